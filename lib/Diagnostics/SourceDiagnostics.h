//===- SourceDiagnostics.h - Errors with their source lines -----*- C++ -*-===//

#ifndef SLUICE_LIB_DIAGNOSTICS_SOURCEDIAGNOSTICS_H
#define SLUICE_LIB_DIAGNOSTICS_SOURCEDIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include <cstddef>
#include <string>

namespace sluice {

/// A text that was parsed. The strings belong to somebody else.
struct SourceText {
  llvm::StringRef fileName, text;
};

/// `loc`, and the text that it is a place of, for errors that come later: where
/// passes run, the parser's buffers are gone, and a file would have to be read
/// anew, which a location may name any of.
mlir::Location keepSource(mlir::Location loc, const SourceText &source);

/// What keepSource has kept; empty if nothing was.
SourceText findSource(mlir::Location loc);

/// An error at a byte of the text, in the form below.
std::string formatError(const SourceText &source, size_t offset,
                        const llvm::Twine &message);

/// Collects the diagnostics of a context, while it lives, as lines of text:
///
///     file:line:col: error: message
///       the line of the source
///           ^
///
/// and so for notes. Operations are not printed. What comes from the source is
/// cut to a length for people, and control characters are left out.
class SourceDiagnostics {
public:
  SourceDiagnostics(mlir::MLIRContext &context, const SourceText &source);
  ~SourceDiagnostics();
  SourceDiagnostics(const SourceDiagnostics &) = delete;
  SourceDiagnostics &operator=(const SourceDiagnostics &) = delete;

  /// Adds an error of one's own, at a byte of the text.
  void addError(size_t offset, const llvm::Twine &message) {
    errors += formatError(source, offset, message);
  }

  /// The errors, and behind them the warnings.
  std::string takeErrors() const { return errors + warnings; }
  const std::string &getWarnings() const { return warnings; }

private:
  void add(mlir::Diagnostic &diagnostic);

  mlir::MLIRContext &context;
  SourceText source;
  std::string errors, warnings;
  unsigned numErrors = 0, numWarnings = 0;
  bool printedOperations;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace sluice

#endif // SLUICE_LIB_DIAGNOSTICS_SOURCEDIAGNOSTICS_H
