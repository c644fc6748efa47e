//===- Parser.h - PTX text to a module --------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_PTX_PARSER_H
#define SLUICE_LIB_PTX_PARSER_H

#include "lib/PTX/Module.h"
#include "llvm/Support/Error.h"

namespace sluice::ptx {

/// Parses a module (PTX ISA 7.0 to 9.5, as LLVM, nvcc and Triton write it).
/// Whatever the text, this ends: with a module whose every index and pointer is
/// in range, or with an error "FILE:LINE:COLUMN: error: …" that says what was
/// found and what was expected.
llvm::Expected<std::unique_ptr<Module>> parseModule(llvm::StringRef text,
                                                    llvm::StringRef fileName);

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_PARSER_H
