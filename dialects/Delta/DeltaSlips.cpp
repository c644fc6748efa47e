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
  if (!expectsOperation && !expectsEqual && !expectsComma && !expectsOperand &&
      text != "unexpected character")
    return;

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
                   "no type stands behind operands: that of a value is known "
                   "from its definition");
  // `delta.scale %q`, `delta.mul %a, %b, %c`
  auto refuseOperand = [&](const Token &operand) {
    replace(operand.text, "'" + op.text + "' has no further operand, found '" +
                              operand.text + "'");
  };
  if (expectsEqual && last.kind == Token::Kind::Value &&
      !isOnNewLine(beforeLast, last))
    return refuseOperand(last);
  if (expectsOperation && token.is(','))
    return refuseOperand(lexer.next());
  if (expectsComma)
    return replace(StringRef(place, 0),
                   "'" + op.text + "' has a further operand: expected ','");
  if (!expectsOperand)
    return;
  if (token.is('('))
    return replace(token.text,
                   "operands of '" + op.text + "' stand without brackets");
  if (token.kind == Token::Kind::Number)
    return replace(token.text, "expected a value, found '" + token.text +
                                   "': '%c = delta.constant' makes one of a "
                                   "number");
  if (token.kind == Token::Kind::Word)
    return replace(token.text, "names of values begin with '%': expected '%" +
                                   token.text + "'");
}
