//===- DeltaStepParser.h - the body of a recurrence, with care --*- C++ -*-===//
//
// What the parser of delta.recurrence does beyond MLIR's: names of values are
// kept, and slips are named. This happens where text becomes IR, so every tool
// that reads a spec has it.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_DELTA_DELTASTEPPARSER_H
#define SLUICE_DIALECTS_DELTA_DELTASTEPPARSER_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OpImplementation.h"

namespace sluice::delta {

/// Parses `{ … }`, the step of a recurrence. The location of an operation
/// becomes a NameLoc with the name that its result has in the text.
llvm::ParseResult
parseStep(mlir::OpAsmParser &parser, mlir::Region &body,
          llvm::ArrayRef<mlir::OpAsmParser::Argument> arguments);

/// A token of a step's text: enough of MLIR's lexer to find the names of
/// values and the places of slips.
struct Token {
  enum class Kind { End, Value, Word, Number, String, Punctuation };
  Kind kind = Kind::End;
  /// Begins at the place in the source, also of the end.
  llvm::StringRef text;

  bool is(char c) const {
    return kind == Kind::Punctuation && text.size() == 1 && text.front() == c;
  }
  bool isWord(llvm::StringRef word) const {
    return kind == Kind::Word && text == word;
  }
};

/// Reads tokens of the text that `parser` parses: up to a place, or to the end,
/// which is a null byte.
class StepLexer {
public:
  explicit StepLexer(llvm::SMLoc begin, llvm::SMLoc end = llvm::SMLoc())
      : pos(begin.getPointer()), end(end.getPointer()) {}
  Token next();
  /// How many brackets are open behind the last token.
  unsigned depth() const { return numOpen; }

private:
  void skipSpace();
  const char *pos, *end;
  unsigned numOpen = 0;
};

/// Puts errors of MLIR's parser in terms of a step: what it takes for another
/// operation ("expected operation name in quotes") is a type behind operands,
/// an operator between them, a missing bracket …
class SlipExplainer {
public:
  /// The step begins at the parser's place.
  explicit SlipExplainer(mlir::OpAsmParser &parser)
      : parser(parser), begin(parser.getCurrentLocation()) {}

  /// Replaces the error by one that names the slip, if it is one.
  void explain(mlir::Diagnostic &diagnostic) const;

private:
  const char *findPlace(mlir::Location loc) const;
  mlir::Diagnostic makeError(llvm::StringRef place,
                             const llvm::Twine &message) const;
  mlir::Diagnostic makeUnclosed(llvm::StringRef place,
                                const llvm::Twine &found) const;
  bool explainNumber(mlir::Diagnostic &diagnostic, llvm::StringRef text,
                     Token token, Token last, const Token &op) const;

  mlir::OpAsmParser &parser;
  llvm::SMLoc begin;
};

/// What ends an error about a number that is written otherwise.
inline constexpr llvm::StringLiteral kNumberRule =
    "': a number has a point, and digits on both sides of it";

/// What is wrong with `word` where a type stands: "expected '!delta.vec', found
/// 'vec': …"
std::string describeWrongType(llvm::StringRef word);

/// Puts an error of MLIR's parser about a type that it does not know in terms
/// of those that there are.
void explainType(mlir::Diagnostic &diagnostic);

/// The operation that may have been meant by an unknown one, `delta.` included;
/// empty if none is near.
llvm::StringRef findNearestOperation(mlir::MLIRContext *context,
                                     llvm::StringRef name);

} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_DELTASTEPPARSER_H
