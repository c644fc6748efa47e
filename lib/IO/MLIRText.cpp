//===- MLIRText.cpp - May a text be given to MLIR's parser? ---------------===//

#include "lib/IO/MLIRText.h"
#include "lib/IO/NestingScan.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace sluice::io;

static std::string describe(MLIRHazard hazard) {
  switch (hazard) {
  case MLIRHazard::Nesting:
    return ("nests deeper than " + Twine(kMLIRNestingLimit) +
            " levels, or an alias expands to more than " +
            Twine(kMLIRAliasLimit) + " others")
        .str();
  case MLIRHazard::Number:
    return ("a number has at most " + Twine(kMLIRNumberLimit) + " characters")
        .str();
  case MLIRHazard::Metadata:
    return "metadata of a file, {-# … #-}, is not read";
  }
  llvm_unreachable("covered switch");
}

/// True for a `#`, behind which `rest` stands, that begins no attribute:
/// nothing is called so or, at the beginning of a line, it is followed by
/// words.
static bool isCommentSign(StringRef rest, bool beginsLine) {
  if (rest.empty() || isSpace(rest.front()))
    return true;
  if (!beginsLine)
    return false;
  StringRef behind = rest.drop_while([](char c) { return isAlnum(c); });
  StringRef next = behind.ltrim(" \t");
  return behind.size() < rest.size() && next.size() < behind.size() &&
         !next.empty() && isAlpha(next.front());
}

/// What people write from the habit of other languages, and MLIR's parser,
/// which is not in an operation of ours there, would take for something else.
static std::optional<TextFault> findSlip(StringRef text) {
  unsigned numOpen = 0;
  char last = 0;
  bool beginsLine = true;
  for (size_t i = 0; i < text.size(); ++i) {
    StringRef rest = text.drop_front(i);
    char c = rest.front();
    beginsLine |= c == '\n';
    if (isSpace(c))
      continue;
    if (rest.starts_with("//")) {
      // The line's end is looked at in the next round.
      i += rest.take_while([](char c) { return c != '\n'; }).size() - 1;
      continue;
    }
    if (c == '"') {
      // Ends with the line, if it is not closed.
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i)
        i += text[i] == '\\' ? 1 : 0;
    } else if (rest.starts_with("/*")) {
      return TextFault{i, "comments begin with '//', found '/*'"};
    } else if (c == '#' && isCommentSign(rest.drop_front(), beginsLine)) {
      return TextFault{i, "comments begin with '//', found '#'"};
    } else if (c == '{') {
      ++numOpen;
    } else if (c == '}') {
      if (numOpen == 0 && last == '}')
        return TextFault{i, "every '{' is closed already: expected no '}'"};
      numOpen -= numOpen > 0 ? 1 : 0;
    }
    last = c;
    beginsLine = false;
  }
  return std::nullopt;
}

std::optional<TextFault> sluice::io::findMLIRTextFault(StringRef text,
                                                       StringRef what) {
  if (text.size() > kMaxMLIRBytes)
    return TextFault{0, (what + " has at most " + Twine(kMaxMLIRBytes) +
                         " bytes, found " + Twine(text.size()))
                            .str()};
  if (text.starts_with("ML\xefR"))
    return TextFault{0, "this is MLIR bytecode, expected MLIR text"};
  if (std::optional<MLIRHazardPlace> place = findMLIRHazard(text))
    return TextFault{place->offset, describe(place->hazard)};
  return findSlip(text);
}
