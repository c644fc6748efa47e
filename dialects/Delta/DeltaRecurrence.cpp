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

ParseResult RecurrenceOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr symbol;
  if (parser.parseSymbolName(symbol, SymbolTable::getSymbolAttrName(),
                             result.attributes))
    return failure();
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

LogicalResult RecurrenceOp::verify() {
  Block &step = getStep();
  // R15: in the generic form types stand twice.
  if (getNumArgs() != step.getNumArguments())
    return emitOpError() << "has " << step.getNumArguments()
                         << " arguments, but a signature of " << getNumArgs();
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
    InFlightDiagnostic diag = yield.emitOpError()
                              << "yields " << yield.getStates().size()
                              << " states, expected " << states.size();
    diag.attachNote(getLoc()) << "the states are declared here";
    return diag;
  }
  if (yield.getOutputs().size() != getNumOutputs()) {
    InFlightDiagnostic diag = yield.emitOpError()
                              << "yields " << yield.getOutputs().size()
                              << " outputs, expected " << getNumOutputs();
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
