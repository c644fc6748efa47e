//===- DeltaStepRules.cpp - what holds of every step ----------------------===//
//
// The numbered rules are those of docs/spec.md;
// test/Dialect/Delta/*-errors.mlir has one case each.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaStepRules.h"
#include "dialects/Delta/DeltaStepParser.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

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

ParseResult delta::parseStepName(OpAsmParser &parser, OperationState &result) {
  StringAttr symbol;
  if (parseName(parser, symbol))
    return failure();
  result.addAttribute(SymbolTable::getSymbolAttrName(), symbol);
  return success();
}

ParseResult delta::parseSignedStep(OpAsmParser &parser,
                                   OperationState &result) {
  SmallVector<OpAsmParser::Argument> args;
  FailureOr<SignatureAttr> signature = parseSignature(parser, args);
  if (failed(signature) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addAttribute("signature", *signature);
  return parseStep(parser, *result.addRegion(), args);
}

void delta::printSignedStep(OpAsmPrinter &printer, SignatureOpInterface op,
                            Block &step, ArrayRef<StringRef> elided) {
  printSignature(printer, op.getSignature(), step.getArguments());
  SmallVector<StringRef> hidden = {SymbolTable::getSymbolAttrName(),
                                   "signature"};
  llvm::append_range(hidden, elided);
  printer.printOptionalAttrDictWithKeyword(op->getAttrs(), hidden);
  printer << ' ';
  printer.printRegion(*step.getParent(), /*printEntryBlockArgs=*/false);
}

void delta::nameArguments(SignatureAttr signature, Region &region,
                          OpAsmSetValueNameFn setName) {
  // Also called on operations that do not verify.
  if (!signature)
    return;
  for (auto [argument, declared] :
       llvm::zip(region.getArguments(), signature.getArguments()))
    setName(argument, declared.getName().getValue());
}

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

/// What a value is called in the text, or its place in a list where it has no
/// name.
static std::string describe(Value value, size_t index) {
  std::string name;
  if (auto loc = value.getLoc()->findInstanceOf<NameLoc>())
    name = loc.getName().str();
  auto argument = dyn_cast<BlockArgument>(value);
  auto holder =
      argument
          ? dyn_cast<SignatureOpInterface>(argument.getOwner()->getParentOp())
          : SignatureOpInterface();
  if (holder && argument.getArgNumber() < holder.getNumArgs())
    name = holder.getArgName(argument.getArgNumber()).str();
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

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

LogicalResult delta::verifyArguments(SignatureOpInterface op, Block &step) {
  // R15: in the generic form types stand twice.
  if (op.getNumArgs() != step.getNumArguments()) {
    auto names = llvm::map_to_vector(
        op.getSignature().getArguments(),
        [](ArgumentAttr argument) { return argument.getName().getValue(); });
    return op->emitOpError() << "has " << step.getNumArguments() << " arguments"
                             << describeCount(names, step.getArguments());
  }
  for (BlockArgument arg : step.getArguments()) {
    Type declared = op.getArgType(arg.getArgNumber());
    if (arg.getType() != declared)
      return op->emitOpError()
             << "argument '" << op.getArgName(arg.getArgNumber()) << "' is "
             << declared << " in the signature, found " << arg.getType();
  }
  return success();
}

LogicalResult delta::verifyOperations(SignatureOpInterface op, Block &step) {
  // Blocks end with a terminator, and of these the dialect has one.
  for (Operation &inner : step)
    if (!isa_and_nonnull<DeltaDialect>(inner.getDialect())) {
      InFlightDiagnostic diag = inner.emitOpError(
          "cannot stand in a step: only delta operations can");
      diag.attachNote(op->getLoc()) << "the recurrence is here";
      return diag;
    }
  return success();
}

LogicalResult delta::verifyNextStates(SignatureOpInterface op, YieldOp yield,
                                      ArrayRef<StringRef> states) {
  if (yield.getStates().size() == states.size())
    return success();
  InFlightDiagnostic diag =
      yield.emitOpError() << "yields " << yield.getStates().size() << " states"
                          << describeCount(states, yield.getStates());
  diag.attachNote(op->getLoc()) << "the states are declared here";
  return diag;
}

LogicalResult delta::verifyOutputs(SignatureOpInterface op, YieldOp yield) {
  if (yield.getOutputs().size() != op.getNumOutputs()) {
    auto names = llvm::map_to_vector(
        op.getSignature().getOutputs(),
        [](OutputAttr output) { return output.getName().getValue(); });
    InFlightDiagnostic diag = yield.emitOpError()
                              << "yields " << yield.getOutputs().size()
                              << " outputs"
                              << describeCount(names, yield.getOutputs());
    diag.attachNote(op->getLoc()) << "the outputs are declared here";
    return diag;
  }
  for (auto [i, value] : llvm::enumerate(yield.getOutputs())) {
    Type declared = op.getOutputType(i);
    if (value.getType() == declared)
      continue;
    InFlightDiagnostic diag = yield.emitOpError()
                              << "output '" << op.getOutputName(i)
                              << "' is declared as " << declared << ", found "
                              << value.getType();
    diag.attachNote(op->getLoc()) << "declared here";
    return diag;
  }
  return success();
}
