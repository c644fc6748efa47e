//===- Lexer.cpp - PTX's tokens -------------------------------------------===//

#include "lib/PTX/Lexer.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice::ptx;

static bool isNameCharacter(char c) {
  return isAlnum(c) || c == '_' || c == '$';
}

bool Lexer::skipSpace() {
  while (position < text.size()) {
    char c = text[position];
    if (c == '\n') {
      ++position;
      ++line;
      lineStart = position;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
      ++position;
    } else if (c == '/' && peek(1) == '/') {
      skipWhile([](char c) { return c != '\n'; });
    } else if (c == '/' && peek(1) == '*') {
      size_t end = text.find("*/", position + 2);
      if (end == StringRef::npos)
        return false;
      for (; position < end + 2; ++position)
        if (text[position] == '\n') {
          ++line;
          lineStart = position + 1;
        }
    } else {
      return true;
    }
  }
  return true;
}

/// Position is behind the dot.
void Lexer::scanDot() {
  auto isWord = [](char c) { return isAlnum(c) || c == '_' || c == '$'; };
  skipWhile(isWord);
  while (peek() == ':' && peek(1) == ':' && isWord(peek(2))) {
    position += 2;
    skipWhile(isWord);
  }
}

Token::Kind Lexer::scanNumber() {
  Token::Kind kind = Token::Kind::Integer;
  char prefix = peek() == '0' ? toLower(peek(1)) : '\0';
  if (prefix == 'f' || prefix == 'd') {
    position += 2;
    size_t begin = position;
    skipWhile([](char c) { return isHexDigit(c); });
    kind = position - begin == (prefix == 'f' ? 8 : 16) ? Token::Kind::Float
                                                        : Token::Kind::Error;
  } else if (prefix == 'x' || prefix == 'b') {
    position += 2;
    size_t begin = position;
    skipWhile([=](char c) {
      return prefix == 'x' ? isHexDigit(c) : c == '0' || c == '1';
    });
    if (position == begin)
      kind = Token::Kind::Error;
  } else {
    skipWhile([](char c) { return isDigit(c); });
    if (peek() == '.' && !isAlpha(peek(1)) && peek(1) != '_') {
      kind = Token::Kind::Float;
      ++position;
      skipWhile([](char c) { return isDigit(c); });
    }
    if (toLower(peek()) == 'e') {
      kind = Token::Kind::Float;
      ++position;
      if (peek() == '+' || peek() == '-')
        ++position;
      if (!isDigit(peek()))
        kind = Token::Kind::Error;
      skipWhile([](char c) { return isDigit(c); });
    }
  }
  if (kind == Token::Kind::Integer && peek() == 'U')
    ++position;
  if (isNameCharacter(peek()))
    kind = Token::Kind::Error;
  if (kind == Token::Kind::Error)
    message = "malformed number";
  return kind;
}

/// Position is behind the quote.
Token::Kind Lexer::scanString() {
  for (; position < text.size() && text[position] != '\n'; ++position) {
    if (text[position] == '"') {
      ++position;
      return Token::Kind::String;
    }
    if (text[position] == '\\' && peek(1) != '\n')
      ++position;
  }
  position = std::min(position, text.size());
  message = "string does not end on its line";
  return Token::Kind::Error;
}

/// Reads one token that begins here: not at the end.
Token::Kind Lexer::scan() {
  char c = peek();
  if (isDigit(c))
    return scanNumber();
  if (isAlpha(c) || c == '_' || c == '$' ||
      (c == '%' && isNameCharacter(peek(1)))) {
    ++position;
    skipWhile(isNameCharacter);
    return Token::Kind::Identifier;
  }
  ++position;
  if (c == '.' && isNameCharacter(peek())) {
    scanDot();
    return Token::Kind::Dot;
  }
  if (c == '"')
    return scanString();
  if (c != '\0' && StringRef("{}()[]<>,;:=+-*/%!~&|^@?").contains(c))
    return Token::Kind::Punctuation;
  message = "unexpected character";
  return Token::Kind::Error;
}

Token Lexer::next() {
  size_t before = position;
  bool isSpaceGood = skipSpace();
  Token token;
  token.followsSpace = position != before;
  token.place = {line, static_cast<unsigned>(position - lineStart + 1)};
  if (!isSpaceGood) {
    token.kind = Token::Kind::Error;
    token.text = "comment does not end";
    return token;
  }
  if (position == text.size())
    return token;
  size_t begin = position;
  token.kind = scan();
  token.text = text.slice(begin, position);
  if (token.kind == Token::Kind::String)
    token.text = token.text.drop_front().drop_back();
  else if (token.kind == Token::Kind::Error)
    token.text = message;
  return token;
}
