//===- Lexer.h - PTX's tokens -----------------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_PTX_LEXER_H
#define SLUICE_LIB_PTX_LEXER_H

#include "lib/PTX/Module.h"
#include "llvm/ADT/StringRef.h"

namespace sluice::ptx {

struct Token {
  enum class Kind : uint8_t {
    End,
    /// `text` is the message.
    Error,
    /// Names, also `%r1` and `_`.
    Identifier,
    /// A dot and what belongs to it: ".shared::cta", ".2d". Not told apart:
    /// directives, types, qualifiers, components.
    Dot,
    Integer,
    /// 0f…, 0d… or decimal.
    Float,
    /// `text` without the quotes, escapes as written.
    String,
    /// One character.
    Punctuation,
  };
  Kind kind = Kind::End;
  /// White space or a comment lies before it.
  bool followsSpace = false;
  llvm::StringRef text;
  Place place;

  bool is(Kind which) const { return kind == which; }
  bool is(char punctuation) const {
    return kind == Kind::Punctuation && text[0] == punctuation;
  }
  bool isDot(llvm::StringRef name) const {
    return kind == Kind::Dot && text.drop_front() == name;
  }
};

/// Small: a copy is how the parser looks ahead.
class Lexer {
public:
  explicit Lexer(llvm::StringRef text) : text(text) {}

  Token next();
  /// What is not yet read.
  llvm::StringRef rest() const { return text.substr(position); }

private:
  char peek(size_t ahead = 0) const {
    return position + ahead < text.size() ? text[position + ahead] : '\0';
  }
  template <typename Predicate> void skipWhile(Predicate predicate) {
    while (position < text.size() && predicate(text[position]))
      ++position;
  }
  /// Skips blanks and comments; returns false at a comment that does not end.
  bool skipSpace();
  Token::Kind scan();
  Token::Kind scanNumber();
  Token::Kind scanString();
  void scanDot();

  llvm::StringRef text;
  size_t position = 0;
  /// Where the current line begins.
  size_t lineStart = 0;
  unsigned line = 1;
  llvm::StringRef message;
};

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_LEXER_H
