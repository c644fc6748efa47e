//===- Program.h - The CUDA toolkit's programs ------------------*- C++ -*-===//
//
// What only ptxas and nvdisasm know of a kernel. They are run when an option
// asks for them, without a shell; nothing else here needs them.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_ASSEMBLER_PROGRAM_H
#define SLUICE_LIB_ASSEMBLER_PROGRAM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace sluice::assembler {

/// The path of a program: `name` itself if it has a slash. Else it is looked
/// for in PATH, in bin of the toolkit ($CUDA_HOME, else $CUDA_PATH, else
/// /usr/local/cuda), and in the nvidia packages of the Python environments
/// whose bin is in PATH. An error says all this, and how to get it.
llvm::Expected<std::string> findProgram(llvm::StringRef name);

/// Runs a program with these arguments to its end; what it printed on stdout
/// and stderr. An error if it cannot be run or fails: with what it printed.
llvm::Expected<std::string>
runProgram(llvm::StringRef path, llvm::ArrayRef<llvm::StringRef> arguments);

} // namespace sluice::assembler

#endif // SLUICE_LIB_ASSEMBLER_PROGRAM_H
