//===- DeltaStepParser.cpp - the body of a recurrence, with care ----------===//

#include "dialects/Delta/DeltaStepParser.h"

#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

static bool isWordStart(char c) { return llvm::isAlpha(c) || c == '_'; }
static bool isWordPart(char c) {
  return llvm::isAlnum(c) || c == '_' || c == '.' || c == '$';
}
static bool isSuffixPart(char c) { return isWordPart(c) || c == '-'; }

void StepLexer::skipSpace() {
  while (true) {
    while (*pos == ' ' || *pos == '\t' || *pos == '\n' || *pos == '\r')
      ++pos;
    if (pos[0] != '/' || pos[1] != '/')
      return;
    while (*pos && *pos != '\n')
      ++pos;
  }
}

Token StepLexer::next() {
  skipSpace();
  const char *first = pos;
  auto make = [&](Token::Kind kind) {
    return Token{kind, StringRef(first, pos - first)};
  };
  char c = *pos;
  if (!c || (end && pos >= end))
    return make(Token::Kind::End);
  ++pos;
  if (isWordStart(c)) {
    while (isWordPart(*pos))
      ++pos;
    return make(Token::Kind::Word);
  }
  if (llvm::isDigit(c)) {
    // `1.0e-5` is one token.
    while (isWordPart(*pos) || (StringRef("+-").contains(*pos) &&
                                StringRef("eE").contains(pos[-1])))
      ++pos;
    return make(Token::Kind::Number);
  }
  if (c == '%') {
    while (isSuffixPart(*pos))
      ++pos;
    return make(Token::Kind::Value);
  }
  if (c == '"') {
    while (*pos && *pos != '"' && *pos != '\n')
      pos += pos[0] == '\\' && pos[1] ? 2 : 1;
    if (*pos == '"')
      ++pos;
    return make(Token::Kind::String);
  }
  if (c == '-' && *pos == '>') {
    ++pos;
    return make(Token::Kind::Punctuation);
  }
  if (StringRef("({[<").contains(c))
    ++numOpen;
  else if (StringRef(")}]>").contains(c) && numOpen > 0)
    --numOpen;
  return make(Token::Kind::Punctuation);
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// The names that values are defined with in the text of a step, in order, and
/// its closing bracket.
static std::pair<SmallVector<StringRef>, Token> findNames(StepLexer lexer) {
  SmallVector<StringRef> names;
  Token last;
  while (true) {
    Token token = lexer.next();
    if (token.kind == Token::Kind::End)
      return {std::move(names), last};
    // A property of the generic form has no name with a '%'.
    if (token.is('=') && last.kind == Token::Kind::Value &&
        last.text.size() > 1)
      names.push_back(last.text.drop_front());
    last = token;
  }
}

/// Numbers are what MLIR prints where there is no name; a location that the
/// text gives itself, or gives later, is left alone.
static void keepNames(Block &step, ArrayRef<StringRef> names) {
  SmallVector<Operation *> ops;
  for (Operation &op : step)
    if (op.getNumResults() > 0)
      ops.push_back(&op);
  // Something that no step has, and that the verifier refuses.
  if (ops.size() != names.size())
    return;
  for (auto [op, name] : llvm::zip(ops, names))
    if (!llvm::isDigit(name.front()) && isa<FileLineColLoc>(op->getLoc()))
      op->setLoc(
          NameLoc::get(StringAttr::get(op->getContext(), name), op->getLoc()));
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

ParseResult
sluice::delta::parseStep(OpAsmParser &parser, Region &body,
                         ArrayRef<OpAsmParser::Argument> arguments) {
  SMLoc begin = parser.getCurrentLocation();
  {
    SlipExplainer slips(parser);
    // Whoever shows errors gets it afterwards.
    ScopedDiagnosticHandler handler(parser.getContext(),
                                    [&](Diagnostic &diagnostic) {
                                      slips.explain(diagnostic);
                                      return failure();
                                    });
    if (parser.parseRegion(body, arguments))
      return failure();
  }
  // An empty region is for the verifier.
  if (body.empty())
    return success();
  auto [names, end] = findNames(StepLexer(begin, parser.getCurrentLocation()));
  // The verifier would say so of the last operation, which is not to blame.
  if (body.hasOneBlock() && !body.front().empty() &&
      !body.front().back().mightHaveTrait<OpTrait::IsTerminator>())
    return emitError(parser.getEncodedSourceLoc(
               SMLoc::getFromPointer(end.text.begin())))
           << "expected 'delta.yield states(…) outputs(…)' at the end of the "
              "step";
  keepNames(body.front(), names);
  return success();
}
