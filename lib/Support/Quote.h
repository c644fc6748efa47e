//===- Quote.h - text of others in messages ---------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SUPPORT_QUOTE_H
#define SLUICE_LIB_SUPPORT_QUOTE_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace sluice {

/// `'text'` as a message may hold it, whatever a file or a command line says:
/// on one line, without what a terminal would obey (control characters,
/// invisible ones, bytes that are not UTF-8: as `\xNN`), and cut off after
/// `most` bytes, with how many there are.
std::string quote(llvm::StringRef text, size_t most = 100);

/// The same without quotes around it.
std::string makePrintable(llvm::StringRef text, size_t most = 100);

} // namespace sluice

#endif // SLUICE_LIB_SUPPORT_QUOTE_H
