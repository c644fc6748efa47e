//===- Quote.cpp - text of others in messages -----------------------------===//

#include "lib/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// The bytes of the printable character that the text begins with; 0 if it
/// begins with something else.
static size_t getPrintable(StringRef text) {
  const auto *begin = reinterpret_cast<const UTF8 *>(text.begin()),
             *end = reinterpret_cast<const UTF8 *>(text.end());
  if (isASCII(text.front()))
    return isPrint(text.front());
  const UTF8 *next = begin;
  UTF32 character;
  if (convertUTF8Sequence(&next, end, &character, strictConversion) !=
          conversionOK ||
      !sys::unicode::isPrintable(static_cast<int>(character)))
    return 0;
  return next - begin;
}

/// Without its end where it is long.
static bool print(raw_ostream &os, StringRef text, size_t most) {
  size_t shown = 0;
  while (shown < text.size()) {
    StringRef rest = text.drop_front(shown);
    size_t size = getPrintable(rest);
    if (shown + std::max<size_t>(size, 1) > most)
      return false;
    if (size > 0)
      os << rest.take_front(size);
    else
      os << "\\x" << toHex(rest.take_front(1), /*LowerCase=*/true);
    shown += std::max<size_t>(size, 1);
  }
  return true;
}

std::string sluice::quote(StringRef text, size_t most) {
  std::string quoted;
  raw_string_ostream os(quoted);
  os << '\'';
  bool isWhole = print(os, text, most);
  os << (isWhole ? "'" : "…'");
  if (!isWhole)
    os << " (" << text.size() << " bytes)";
  return quoted;
}

std::string sluice::makePrintable(StringRef text, size_t most) {
  std::string printable;
  raw_string_ostream os(printable);
  if (!print(os, text, most))
    os << "…";
  return printable;
}
