//===- DeltaRecurrence.cpp - the recurrence op ----------------------------===//
//
// Assembly and verifier of delta.recurrence. The numbered rules are those of
// docs/spec.md; test/Dialect/Delta/recurrence-errors.mlir has one case each.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaOps.h"
#include "dialects/Delta/DeltaStepParser.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sluice::delta;

YieldOp RecurrenceOp::getYield() {
  return cast<YieldOp>(getStep().getTerminator());
}

void RecurrenceOp::getAsmBlockArgumentNames(Region &region,
                                            OpAsmSetValueNameFn setName) {
  // Also called on operations that do not verify.
  if (!getSignature())
    return;
  for (auto [argument, declared] :
       llvm::zip(region.getArguments(), getSignature().getArguments()))
    setName(argument, declared.getName().getValue());
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

static ParseResult parseName(OpAsmParser &parser, StringAttr &name) {
  if (succeeded(parser.parseOptionalSymbolName(name)))
    return success();
  SMLoc loc = parser.getCurrentLocation();
  std::string word;
  if (failed(parser.parseOptionalKeywordOrString(&word)) ||
      symbolizeArgKind(word))
    return parser.emitError(loc) << "expected a name, such as '@step'";
  return parser.emitError(loc) << "expected '@" << word << "', found '" << word
                               << "': the name of a recurrence begins with '@'";
}

ParseResult RecurrenceOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr symbol;
  if (parseName(parser, symbol))
    return failure();
  result.addAttribute(SymbolTable::getSymbolAttrName(), symbol);
  SmallVector<OpAsmParser::Argument> args;
  FailureOr<SignatureAttr> signature = parseSignature(parser, args);
  if (failed(signature) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addAttribute(getSignatureAttrName(result.name), *signature);
  return parseStep(parser, *result.addRegion(), args);
}

void RecurrenceOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printSignature(printer, getSignature(), getStep().getArguments());
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {SymbolTable::getSymbolAttrName(), getSignatureAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

/// What a value is called in the text, or its place in a list where it has no
/// name.
static std::string describe(Value value, size_t index) {
  std::string name;
  if (auto loc = value.getLoc()->findInstanceOf<NameLoc>())
    name = loc.getName().str();
  auto argument = dyn_cast<BlockArgument>(value);
  auto recurrence =
      argument ? dyn_cast<RecurrenceOp>(argument.getOwner()->getParentOp())
               : RecurrenceOp();
  if (recurrence && argument.getArgNumber() < recurrence.getNumArgs())
    name = recurrence.getName(argument).str();
  return name.empty() ? ("number " + Twine(index + 1)).str()
                      : ("'%" + Twine(name) + "'").str();
}

/// ", expected 2 ('S', 'M'): '%x' is one too many", or which one is missing.
/// There are more or fewer values than names.
static std::string describeCount(ArrayRef<StringRef> names, ValueRange values) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto quote = [&](StringRef name) { os << '\'' << name << '\''; };
  os << ", expected " << names.size();
  if (values.size() < names.size()) {
    ArrayRef<StringRef> missing = names.drop_front(values.size());
    os << ": ";
    llvm::interleaveComma(missing, os, quote);
    os << (missing.size() == 1 ? " is missing" : " are missing");
    return text;
  }
  if (!names.empty()) {
    os << " (";
    llvm::interleaveComma(names, os, quote);
    os << ')';
  }
  os << ": ";
  llvm::ListSeparator separator;
  for (size_t i = names.size(); i < values.size(); ++i)
    os << separator << describe(values[i], i);
  os << (values.size() == names.size() + 1 ? " is one too many"
                                           : " are too many");
  return text;
}

LogicalResult RecurrenceOp::verify() {
  Block &step = getStep();
  // R15: in the generic form types stand twice.
  if (getNumArgs() != step.getNumArguments()) {
    auto names = llvm::map_to_vector(
        getSignature().getArguments(),
        [](ArgumentAttr argument) { return argument.getName().getValue(); });
    return emitOpError() << "has " << step.getNumArguments() << " arguments"
                         << describeCount(names, step.getArguments());
  }
  for (BlockArgument arg : step.getArguments())
    if (arg.getType() != getArgType(arg.getArgNumber()))
      return emitOpError() << "argument '" << getName(arg) << "' is "
                           << getArgType(arg.getArgNumber())
                           << " in the signature, found " << arg.getType();
  // R3: there is something to carry.
  if (getStates().empty())
    return emitOpError("needs at least one state");
  return success();
}

LogicalResult RecurrenceOp::verifyRegions() {
  // R5: the body is a straight line of the dialect's own operations.
  for (Operation &op : getStep())
    if (!isa_and_nonnull<DeltaDialect>(op.getDialect())) {
      InFlightDiagnostic diag =
          op.emitOpError("cannot stand in a step: only delta operations can");
      diag.attachNote(getLoc()) << "the recurrence is here";
      return diag;
    }
  // Blocks end with a terminator, and of these the dialect has one.
  YieldOp yield = getYield();

  // R6: a next state for every state, and the outputs that were declared.
  SmallVector<BlockArgument> states = getStates();
  if (yield.getStates().size() != states.size()) {
    auto names = llvm::map_to_vector(
        states, [&](BlockArgument state) { return getName(state); });
    InFlightDiagnostic diag = yield.emitOpError()
                              << "yields " << yield.getStates().size()
                              << " states"
                              << describeCount(names, yield.getStates());
    diag.attachNote(getLoc()) << "the states are declared here";
    return diag;
  }
  if (yield.getOutputs().size() != getNumOutputs()) {
    auto names =
        llvm::map_to_vector(getSignature().getOutputs(), [](OutputAttr output) {
          return output.getName().getValue();
        });
    InFlightDiagnostic diag = yield.emitOpError()
                              << "yields " << yield.getOutputs().size()
                              << " outputs"
                              << describeCount(names, yield.getOutputs());
    diag.attachNote(getLoc()) << "the outputs are declared here";
    return diag;
  }
  for (auto [i, value] : llvm::enumerate(yield.getOutputs())) {
    Type declared = getOutputType(i);
    if (value.getType() == declared)
      continue;
    InFlightDiagnostic diag = yield.emitOpError()
                              << "output '" << getOutputName(i)
                              << "' is declared as " << declared << ", found "
                              << value.getType();
    diag.attachNote(getLoc()) << "declared here";
    return diag;
  }
  return success();
}
