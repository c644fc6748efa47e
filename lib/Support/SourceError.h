//===- SourceError.h - An error with a place in a source --------*- C++ -*-===//

#ifndef SLUICE_LIB_SUPPORT_SOURCEERROR_H
#define SLUICE_LIB_SUPPORT_SOURCEERROR_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <system_error>

namespace sluice {

/// What is wrong with a text that a user wrote: whole lines, the first of them
/// `file:line:col: error: …`. To be printed as it is, without a prefix.
class SourceError : public llvm::ErrorInfo<SourceError> {
public:
  static char ID;
  explicit SourceError(std::string text) : text(std::move(text)) {}
  void log(llvm::raw_ostream &os) const override { os << text; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  std::string text;
};

} // namespace sluice

#endif // SLUICE_LIB_SUPPORT_SOURCEERROR_H
