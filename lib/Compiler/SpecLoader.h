//===- SpecLoader.h - From a name or a file to a recurrence -----*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_SPECLOADER_H
#define SLUICE_LIB_COMPILER_SPECLOADER_H

#include "dialects/Delta/DeltaOps.h"
#include "lib/Support/SourceError.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstddef>
#include <string>

namespace sluice::compiler {

/// What is wrong with a spec's text.
class SpecError : public llvm::ErrorInfo<SpecError, SourceError> {
public:
  static char ID;
  using ErrorInfo::ErrorInfo;
};

struct Spec {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// In `module`, verified. Its location keeps the text, for later errors.
  delta::RecurrenceOp op;
  /// Whole lines, as those of a SpecError; often none.
  std::string warnings;
};

/// Parses and verifies `text` and finds the recurrence called `entry`; the only
/// one if `entry` is empty. The context has every dialect registered. Text of
/// any content is safe: it is too long, nests too deeply, or is parsed.
llvm::Expected<Spec> parseSpec(mlir::MLIRContext &context, llvm::StringRef text,
                               llvm::StringRef fileName,
                               llvm::StringRef entry = "");

/// The content of a file or pipe, of standard input for "-"; an error if there
/// are more bytes than that, of which no more are read. `what` it is meant to
/// be is for the error.
llvm::Expected<std::string> readText(llvm::StringRef path, llvm::StringRef what,
                                     size_t mostBytes);

/// The library variant `spec`, or the file of that name; standard input for
/// "-".
llvm::Expected<Spec> loadSpec(mlir::MLIRContext &context, llvm::StringRef spec,
                              llvm::StringRef entry = "");

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_SPECLOADER_H
