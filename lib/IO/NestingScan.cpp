//===- NestingScan.cpp - Bound the nesting of text before parsing ---------===//

#include "lib/IO/NestingScan.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include <algorithm>

using namespace llvm;

std::optional<size_t> sluice::io::findJSONNestingDeeperThan(StringRef text,
                                                            unsigned limit) {
  unsigned depth = 0;
  bool inString = false;
  for (size_t pos = 0; pos < text.size(); ++pos) {
    char c = text[pos];
    if (inString) {
      if (c == '\\')
        ++pos;
      else if (c == '"')
        inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit)
        return pos;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

namespace {

/// One pass over MLIR text with the tokens of MLIR's lexer.
class MLIRScan {
public:
  MLIRScan(StringRef text, unsigned limit) : text(text), limit(limit) {
    levels.push_back({});
  }

  /// The first place with one of the hazards that are asked for.
  std::optional<sluice::io::MLIRHazardPlace> run(bool nestingOnly);

private:
  /// The inside of one open bracket; the file itself has bracket 0.
  struct Level {
    char bracket = 0;
    /// Whether this lies in the body of a dialect's attribute or type.
    bool inDialectBody = false;
    /// Whether the last token here ended an operand of an expression.
    bool afterOperand = false;
    /// Operators of the current chain `x op y op z`.
    unsigned chain = 0;
  };

  /// `#name = ...` or `!name = ...` whose value is being scanned.
  struct AliasDefinition {
    StringRef name = {};
    /// levels.size() and depth where the value begins.
    size_t numLevels = 0;
    unsigned baseDepth = 0;
    /// How deep the value nests, and how many aliases it is made of.
    unsigned depth = 0;
    uint64_t size = 1;
  };

  char peek(size_t ahead = 0) const {
    return pos + ahead < text.size() ? text[pos + ahead] : '\0';
  }
  template <typename Predicate> void skipWhile(Predicate predicate) {
    while (pos < text.size() && predicate(text[pos]))
      ++pos;
  }

  void scanToken();
  void scanComment();
  void scanString();
  void scanNumber();
  StringRef scanWord();
  /// Scans what follows the sigil of `%x`, `^x`, `#x` or `!x`.
  void scanSuffix();
  void scanAliasName();

  void open(char bracket, bool startsDialectBody);
  void close(char bracket);
  void operand();
  void operation();
  void punctuation();
  void endChain();

  unsigned depth() const {
    return static_cast<unsigned>(levels.size()) - 1 + chained;
  }
  void note(unsigned depth);
  void useAlias(StringRef name);
  void beginAlias(StringRef name);
  void endAlias();

  StringRef text;
  unsigned limit;
  size_t pos = 0;
  SmallVector<Level, 32> levels;
  /// Sum of all levels' chains.
  unsigned chained = 0;
  bool tooDeep = false, tooLong = false, hasMetadata = false;
  /// `#name` or `!name` if that was the last token.
  StringRef lastAliasName;
  std::optional<AliasDefinition> alias;
  StringMap<AliasDefinition> aliases;
};

} // namespace

static char openerOf(char closer) {
  switch (closer) {
  case ')':
    return '(';
  case ']':
    return '[';
  case '}':
    return '{';
  default:
    return '<';
  }
}

static bool isWordStart(char c) { return isAlpha(c) || c == '_'; }

static bool isAffineOperator(StringRef word) {
  return word == "mod" || word == "floordiv" || word == "ceildiv";
}

/// Counts `depth` against the limit and for the alias under definition.
void MLIRScan::note(unsigned depth) {
  if (depth > limit)
    tooDeep = true;
  if (alias && depth > alias->baseDepth)
    alias->depth = std::max(alias->depth, depth - alias->baseDepth);
}

void MLIRScan::open(char bracket, bool startsDialectBody) {
  Level level;
  level.bracket = bracket;
  level.inDialectBody = startsDialectBody || levels.back().inDialectBody;
  levels.push_back(level);
  note(depth());
}

/// Closes the innermost `bracket`. A '<' that never closes was the operator of
/// `d0 <= 4` and goes with the bracket around it; a closer without an opener is
/// the '>' of `d0 >= 4`, or an error at which MLIR's parser stops. Ignoring it
/// keeps the levels here a superset of the parser's.
void MLIRScan::close(char bracket) {
  size_t match = levels.size() - 1;
  while (levels[match].bracket == '<' && bracket != '<')
    --match;
  if (levels[match].bracket != bracket)
    return punctuation();
  while (levels.size() > match) {
    chained -= levels.back().chain;
    levels.pop_back();
  }
  levels.back().afterOperand = true;
  if (alias && levels.size() < alias->numLevels)
    endAlias();
}

void MLIRScan::endChain() {
  chained -= levels.back().chain;
  levels.back().chain = 0;
}

/// Two operands in a row belong to different expressions; at the level of an
/// alias' definition the second one begins what follows the definition.
void MLIRScan::operand() {
  if (levels.back().afterOperand) {
    endChain();
    if (alias && levels.size() == alias->numLevels)
      endAlias();
  }
  levels.back().afterOperand = true;
}

void MLIRScan::operation() {
  ++levels.back().chain;
  ++chained;
  levels.back().afterOperand = false;
  note(depth());
}

void MLIRScan::punctuation() {
  endChain();
  levels.back().afterOperand = false;
}

/// A use stands for the whole definition, in depth and in size.
void MLIRScan::useAlias(StringRef name) {
  AliasDefinition used = aliases.lookup(name);
  note(depth() + used.depth);
  if (!alias)
    return;
  // Both at most the limit, so the sum does not overflow.
  alias->size += used.size;
  if (alias->size > sluice::io::kMLIRAliasLimit) {
    alias->size = sluice::io::kMLIRAliasLimit;
    tooDeep = true;
  }
}

void MLIRScan::beginAlias(StringRef name) {
  endAlias();
  alias = AliasDefinition{name, levels.size(), depth()};
}

void MLIRScan::endAlias() {
  if (alias)
    aliases[alias->name] = *alias;
  alias.reset();
}

/// Skips `// ...`. In a dialect's body the parser may or may not heed the
/// comment, so there what nests counts, and what ends nesting does not.
void MLIRScan::scanComment() {
  bool heeded = !levels.back().inDialectBody;
  while (pos < text.size() && text[pos] != '\n' && text[pos] != '\r') {
    char c = text[pos];
    if (heeded) {
      ++pos;
      continue;
    }
    if (isWordStart(c)) {
      if (isAffineOperator(scanWord()))
        operation();
    } else if (c == '#' || c == '!') {
      size_t begin = pos++;
      scanSuffix();
      useAlias(text.slice(begin, pos));
    } else {
      if (StringRef("([{<").contains(c))
        open(c, /*startsDialectBody=*/false);
      else if (StringRef("+-*").contains(c))
        operation();
      ++pos;
    }
    if (tooDeep)
      return;
  }
}

/// Skips a string up to its closing quote. No string of MLIR spans lines.
void MLIRScan::scanString() {
  for (++pos; pos < text.size(); ++pos) {
    char c = text[pos];
    if (c == '\n' || c == '\v' || c == '\f')
      return;
    if (c == '\\') {
      ++pos;
    } else if (c == '"') {
      ++pos;
      return;
    }
  }
}

void MLIRScan::scanNumber() {
  size_t begin = pos;
  scope_exit measure(
      [&] { tooLong |= pos - begin > sluice::io::kMLIRNumberLimit; });
  if (peek() == '0' && peek(1) == 'x' && isHexDigit(peek(2))) {
    pos += 2;
    return skipWhile([](char c) { return isHexDigit(c); });
  }
  auto isDecimal = [](char c) { return isDigit(c); };
  skipWhile(isDecimal);
  if (peek() != '.')
    return;
  ++pos;
  skipWhile(isDecimal);
  if (peek() != 'e' && peek() != 'E')
    return;
  bool isSigned = peek(1) == '+' || peek(1) == '-';
  if (!isDigit(peek(isSigned ? 2 : 1)))
    return;
  pos += isSigned ? 2 : 1;
  skipWhile(isDecimal);
}

StringRef MLIRScan::scanWord() {
  size_t begin = pos;
  skipWhile([](char c) { return isAlnum(c) || StringRef("_$.").contains(c); });
  return text.slice(begin, pos);
}

void MLIRScan::scanSuffix() {
  if (isDigit(peek()))
    return skipWhile([](char c) { return isDigit(c); });
  skipWhile([](char c) { return isAlnum(c) || StringRef("$._-").contains(c); });
}

void MLIRScan::scanAliasName() {
  size_t begin = pos++;
  scanSuffix();
  StringRef name = text.slice(begin, pos);
  operand();
  useAlias(name);
  lastAliasName = name;
}

void MLIRScan::scanToken() {
  StringRef previousAliasName = lastAliasName;
  lastAliasName = StringRef();
  char c = text[pos];
  switch (c) {
  case '"':
    operand();
    return scanString();
  case '%':
  case '^':
    operand();
    ++pos;
    return scanSuffix();
  case '#':
  case '!':
    return scanAliasName();
  case '(':
  case '[':
  case '{':
  case '<':
    hasMetadata |= text.substr(pos).starts_with("{-#");
    open(c, /*startsDialectBody=*/c == '<' && !previousAliasName.empty());
    break;
  case ')':
  case ']':
  case '}':
  case '>':
    close(openerOf(c));
    break;
  case '-':
    if (peek(1) == '>') {
      ++pos;
      punctuation();
      break;
    }
    [[fallthrough]];
  case '+':
  case '*':
    operation();
    break;
  case '=':
    punctuation();
    if (!previousAliasName.empty())
      beginAlias(previousAliasName);
    break;
  default:
    if (isDigit(c)) {
      operand();
      return scanNumber();
    }
    if (isWordStart(c))
      return isAffineOperator(scanWord()) ? operation() : operand();
    punctuation();
    break;
  }
  ++pos;
}

std::optional<sluice::io::MLIRHazardPlace> MLIRScan::run(bool nestingOnly) {
  using sluice::io::MLIRHazard;
  while (pos < text.size()) {
    char c = text[pos];
    // MLIR's lexer skips a NUL within the text as it does white space.
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0') {
      ++pos;
      continue;
    }
    size_t begin = pos;
    if (c == '/' && peek(1) == '/')
      scanComment();
    else
      scanToken();
    if (tooDeep)
      return {{MLIRHazard::Nesting, begin}};
    if (tooLong && !nestingOnly)
      return {{MLIRHazard::Number, begin}};
    if (hasMetadata && !nestingOnly)
      return {{MLIRHazard::Metadata, begin}};
  }
  return std::nullopt;
}

std::optional<size_t> sluice::io::findMLIRNestingDeeperThan(StringRef text,
                                                            unsigned limit) {
  std::optional<MLIRHazardPlace> found =
      MLIRScan(text, limit).run(/*nestingOnly=*/true);
  if (!found)
    return std::nullopt;
  return found->offset;
}

std::optional<sluice::io::MLIRHazardPlace>
sluice::io::findMLIRHazard(StringRef text) {
  return MLIRScan(text, kMLIRNestingLimit).run(/*nestingOnly=*/false);
}
