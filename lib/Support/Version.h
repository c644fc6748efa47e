//===- Version.h - What --version prints ------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SUPPORT_VERSION_H
#define SLUICE_LIB_SUPPORT_VERSION_H

#include "llvm/ADT/StringRef.h"

namespace sluice {

/// The project's, as "0.1.0".
llvm::StringRef getVersion();

/// Makes --version print "Sluice 0.1.0 (LLVM 22.1.8)". To be called before the
/// command line is parsed, but not before cl::ResetCommandLineParser(), which
/// would forget --version and --help.
void setVersionPrinter();

} // namespace sluice

#endif // SLUICE_LIB_SUPPORT_VERSION_H
