//===- DeltaSlips.cpp - errors in terms of a step -------------------------===//
//
// MLIR's parser reads a step as a list of operations, each of which ends where
// its operands do. What comes behind it (a type, an operator, one operand too
// many) it takes for the next operation, and says that this has no name. Here
// the text around such an error is looked at once more.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaDialect.h"
#include "dialects/Delta/DeltaStepParser.h"
#include "lib/Support/NearestName.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Unknown operations
//===----------------------------------------------------------------------===//

StringRef sluice::delta::findNearestOperation(MLIRContext *context,
                                              StringRef name) {
  SmallVector<StringRef> known;
  for (RegisteredOperationName op : context->getRegisteredOperationsByDialect(
           DeltaDialect::getDialectNamespace()))
    known.push_back(op.stripDialect());
  StringRef nearest = findNearestName(name.substr(name.find('.') + 1), known);
  for (RegisteredOperationName op : context->getRegisteredOperationsByDialect(
           DeltaDialect::getDialectNamespace()))
    if (op.stripDialect() == nearest)
      return op.getStringRef();
  return {};
}

/// What is wrong with it, behind its name.
static std::string describeUnknown(MLIRContext *context, StringRef name) {
  StringRef nearest = findNearestOperation(context, name);
  return ("is unknown" +
          (nearest.empty() ? Twine() : ", did you mean '" + nearest + "'?"))
      .str();
}

/// The parser's errors begin with "custom op 'NAME' ".
static ParseResult refuseUnknown(OpAsmParser &parser, OperationState &result) {
  return parser.emitError(
      parser.getNameLoc(),
      describeUnknown(parser.getContext(), result.name.getStringRef()));
}

std::optional<Dialect::ParseOpHook>
DeltaDialect::getParseOperationHook(StringRef) const {
  return ParseOpHook(refuseUnknown);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static constexpr StringLiteral kTypes =
    "!delta.scalar, !delta.vec<…> or !delta.state<…>";

std::string sluice::delta::describeWrongType(StringRef word) {
  StringRef name = word;
  name.consume_front("!");
  name.consume_front("delta.");
  if (llvm::is_contained({"scalar", "vec", "state"}, name))
    return ("expected '!delta." + name + "', found '" + word +
            "': types begin with '!delta.'")
        .str();
  return ("expected " + kTypes + ", found '" + word + "'").str();
}

void sluice::delta::explainType(Diagnostic &diagnostic) {
  std::string message = diagnostic.str();
  StringRef text(message), word;
  if (text.consume_front("unknown  type `"))
    word = text.split('`').first;
  else if (text.consume_front("undefined symbol alias id '"))
    word = text.split('\'').first;
  else if (text.contains("type created with unregistered dialect") &&
           text.consume_front("`!\""))
    word = text.split('"').first;
  else
    return;
  bool isOurs = text.contains("in dialect `delta`");
  Diagnostic error(diagnostic.getLocation(), DiagnosticSeverity::Error);
  if (isOurs)
    error << "expected " << kTypes << ", found '!delta." << word << "'";
  else
    error << describeWrongType(("!" + word).str());
  diagnostic = std::move(error);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// The number that begins where `text` does, a sign included; empty if
/// something else does. It may end behind `text`: a 0 ends the source.
static StringRef getNumber(StringRef text) {
  const char *begin = text.data();
  size_t size = StringRef("+-").contains(text.front()) ? 1 : 0;
  auto skipDigits = [&] {
    size_t first = size;
    while (llvm::isDigit(begin[size]))
      ++size;
    return size > first;
  };
  bool hasDigits = skipDigits();
  if (begin[size] == '.') {
    ++size;
    hasDigits |= skipDigits();
  }
  if (!hasDigits)
    return {};
  if (StringRef("eE").contains(begin[size])) {
    size_t end = size;
    size += StringRef("+-").contains(begin[size + 1]) ? 2 : 1;
    if (!skipDigits())
      size = end;
  }
  return StringRef(begin, size);
}

/// The number as delta.constant has it: with a point between digits, and no
/// sign that says nothing.
static std::string spellNumber(StringRef number) {
  number.consume_front("+");
  std::string sign = number.consume_front("-") ? "-" : "";
  auto [digits, fraction] =
      number.take_front(number.find_first_of("eE")).split('.');
  StringRef exponent = number.substr(number.find_first_of("eE"));
  return (Twine(sign) + (digits.empty() ? "0" : digits) + "." +
          (fraction.empty() ? "0" : fraction) + exponent)
      .str();
}

//===----------------------------------------------------------------------===//
// Slips
//===----------------------------------------------------------------------===//

/// The text of a place that an error names, if it is the step's or behind it.
const char *SlipExplainer::findPlace(Location loc) const {
  auto place = loc->findInstanceOf<FileLineColLoc>();
  auto first = dyn_cast<FileLineColLoc>(parser.getEncodedSourceLoc(begin));
  if (!place || !first || place.getFilename() != first.getFilename() ||
      place.getLine() < first.getLine())
    return nullptr;
  const char *pos = begin.getPointer();
  unsigned line = first.getLine(), column = first.getColumn();
  if (place.getLine() == line && place.getColumn() < column)
    return nullptr;
  for (; line < place.getLine(); ++pos) {
    if (!*pos)
      return nullptr;
    if (*pos == '\n') {
      ++line;
      column = 1;
    }
  }
  for (; column < place.getColumn(); ++column, ++pos)
    if (!*pos)
      return nullptr;
  return pos;
}

Diagnostic SlipExplainer::makeError(StringRef place,
                                    const Twine &message) const {
  Diagnostic error(
      parser.getEncodedSourceLoc(SMLoc::getFromPointer(place.begin())),
      DiagnosticSeverity::Error);
  error << message;
  return error;
}

Diagnostic SlipExplainer::makeUnclosed(StringRef place,
                                       const Twine &found) const {
  Diagnostic error =
      makeError(place, "expected '}' at the end of the step, found " + found);
  error.attachNote(parser.getEncodedSourceLoc(begin)) << "the step begins here";
  return error;
}

/// The operation that an operator stands for; empty for other tokens.
static StringRef getOperation(const Token &token) {
  if (token.kind != Token::Kind::Punctuation)
    return {};
  return llvm::StringSwitch<StringRef>(token.text)
      .Case("*", "delta.mul")
      .Case("+", "delta.add")
      .Case("-", "delta.sub")
      .Case("/", "delta.div")
      .Default("");
}

static bool isOnNewLine(const Token &last, const Token &token) {
  return StringRef(last.text.end(), token.text.begin() - last.text.end())
      .contains('\n');
}

/// A number where a value or an operation is expected, or written as
/// delta.constant does not have it. `token` is what the error is about, `last`
/// the one before.
bool SlipExplainer::explainNumber(Diagnostic &diagnostic, StringRef text,
                                  Token token, Token last,
                                  const Token &op) const {
  bool isConstant = op.isWord("delta.constant");
  constexpr StringLiteral integerText =
      "unexpected decimal integer literal for a floating point value";
  if (text != integerText &&
      !llvm::is_contained({"expected operation name in quotes",
                           "expected SSA operand", "expected attribute value",
                           "expected three consecutive dots for an ellipsis"},
                          text))
    return false;
  auto replace = [&](StringRef at, const Twine &what) {
    diagnostic = makeError(at, what);
    return true;
  };
  if (isConstant && text == "expected attribute value" &&
      token.kind == Token::Kind::Value && !isOnNewLine(op, token))
    return replace(token.text, "expected a number, such as 0.5, found '" +
                                   token.text + "'");
  if (isConstant && text == "expected attribute value")
    return replace(StringRef(op.text.end(), 0),
                   "expected a number, such as 0.5, behind 'delta.constant'");
  // `.5` and `-1` are lexed as two.
  if (last.is('.') || (isConstant && (last.is('-') || last.is('+'))))
    token = last;
  else if (last.kind == Token::Kind::Value)
    return false;
  StringRef number;
  if (token.kind == Token::Kind::Number || token.is('-') || token.is('+') ||
      token.is('.'))
    number = getNumber(token.text);
  if (number.empty())
    return false;
  std::string spelt = spellNumber(number);
  if (isConstant)
    return replace(number, "expected '" + Twine(spelt) + "', found '" + number +
                               kNumberRule);
  return replace(number, "expected " +
                             Twine(last.is('=') ? "an operation" : "a value") +
                             ", found '" + number +
                             "': a number is a value of its "
                             "own, '%c = delta.constant " +
                             spelt + "'");
}

void SlipExplainer::explain(Diagnostic &diagnostic) const {
  if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
    return;
  const char *place = findPlace(diagnostic.getLocation());
  if (!place)
    return;

  // The token that the error is about, the two before, and the operation.
  StepLexer lexer(begin);
  Token token = lexer.next(), last, beforeLast, op, nested;
  while (token.text.data() < place && token.kind != Token::Kind::End) {
    if (token.kind == Token::Kind::Word && lexer.depth() == 1 &&
        token.text.contains('.')) {
      op = token;
      if (nested.text.empty() && token.isWord("delta.recurrence"))
        nested = token;
    }
    beforeLast = last;
    last = token;
    token = lexer.next();
  }
  std::string message = diagnostic.str();
  StringRef text(message);
  bool expectsOperation = text == "expected operation name in quotes",
       expectsEqual = text.starts_with("expected '=' after SSA name"),
       expectsComma = text.starts_with("expected ','"),
       expectsOperand = text == "expected SSA operand";
  auto replace = [&](StringRef at, const Twine &what) {
    diagnostic = makeError(at, what);
  };
  explainType(diagnostic);

  // Whatever is wrong with it, a recurrence does not belong in a step.
  if (!nested.text.empty() || token.isWord("delta.recurrence")) {
    diagnostic = makeUnclosed(nested.text.empty() ? token.text : nested.text,
                              "'delta.recurrence': recurrences do not nest");
    return;
  }
  if (expectsOperation && token.kind == Token::Kind::End) {
    diagnostic = makeUnclosed(token.text, "the end of the text");
    return;
  }
  if (text.starts_with("Dialect `")) {
    Token next = lexer.next();
    if (next.is('='))
      return replace(token.text, "names of values begin with '%': expected '%" +
                                     token.text + "'");
    if (token.isWord("return"))
      return replace(token.text, "custom op 'return' is unknown: a step ends "
                                 "with 'delta.yield states(…) outputs(…)'");
    return replace(token.text,
                   "custom op '" + token.text + "' " +
                       describeUnknown(parser.getContext(), token.text));
  }
  if (text == "expected non-function type" && token.kind == Token::Kind::Word)
    return replace(token.text, describeWrongType(token.text));
  if (text.starts_with("custom op 'delta.yield' expected '"))
    return replace(token.text,
                   "expected " +
                       text.substr(text.rfind('\'', text.size() - 2)) +
                       ", found '" + token.text +
                       "': a step ends with 'delta.yield states(…) "
                       "outputs(…)'");
  if (text == "expected integer number of results" && last.is(':') &&
      token.is('='))
    return replace(last.text, "expected '=' behind the name of a result, found "
                              "':='");
  if (lexer.depth() == 1 && explainNumber(diagnostic, text, token, last, op))
    return;
  if (text == "expected ':'" && op.isWord("delta.broadcast"))
    return replace(StringRef(last.text.end(), 0),
                   "expected ':' and the type of the result, !delta.vec<key> "
                   "or !delta.vec<value>, at the end of 'delta.broadcast'");
  if (token.is('#') && text == "invalid SSA value result number")
    return replace(token.text, "comments begin with '//', found '#'");
  if (!expectsOperation && !expectsEqual && !expectsComma && !expectsOperand &&
      text != "unexpected character" && text != "invalid attribute name")
    return;
  if (token.is(';'))
    return replace(token.text, "an operation ends with its line: expected no "
                               "';'");
  if (token.is('#'))
    return replace(token.text, "comments begin with '//', found '#'");

  // `%x = %a * %b`, `delta.mul %a * %b`
  bool isOperand = token.kind == Token::Kind::Value && last.is('=');
  Token infix = isOperand ? lexer.next() : token;
  if (StringRef meant = getOperation(infix); !meant.empty())
    return replace(infix.text, "operands have no '" + infix.text +
                                   "' between them: expected '" + meant +
                                   " %a, %b'");
  if (isOperand)
    return replace(token.text, "expected an operation after '=', found '" +
                                   token.text + "'");
  if (op.text.empty())
    return;
  if (token.is(':'))
    return replace(token.text,
                   "operands have no type behind them: a value has that of "
                   "its definition");
  // `delta.scale %q`, `delta.mul %a, %b, %c`
  auto refuseOperand = [&](const Token &operand) {
    replace(operand.text, "'" + op.text +
                              "' takes no further operand, found '" +
                              operand.text + "'");
  };
  if (expectsEqual && last.kind == Token::Kind::Value &&
      !isOnNewLine(beforeLast, last))
    return refuseOperand(last);
  if (expectsOperation && token.is(','))
    return refuseOperand(lexer.next());
  if (expectsComma)
    return replace(StringRef(place, 0),
                   "'" + op.text + "' takes another operand: expected ','");
  if (!expectsOperand)
    return;
  if (token.is('('))
    return replace(token.text, "operands of '" + op.text +
                                   "' are written without parentheses");
  if (token.kind == Token::Kind::Word)
    return replace(token.text, "names of values begin with '%': expected '%" +
                                   token.text + "'");
}
