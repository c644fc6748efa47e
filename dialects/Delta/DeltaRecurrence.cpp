//===- DeltaRecurrence.cpp - the recurrence op ----------------------------===//
//
// Assembly and verifier of delta.recurrence. The numbered rules are those of
// docs/spec.md; test/Dialect/Delta/recurrence-errors.mlir has one case each.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaOps.h"
#include "dialects/Delta/DeltaStepRules.h"

using namespace mlir;
using namespace sluice::delta;

YieldOp RecurrenceOp::getYield() {
  return cast<YieldOp>(getStep().getTerminator());
}

void RecurrenceOp::getAsmBlockArgumentNames(Region &region,
                                            OpAsmSetValueNameFn setName) {
  nameArguments(getSignature(), region, setName);
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

ParseResult RecurrenceOp::parse(OpAsmParser &parser, OperationState &result) {
  return failure(parseStepName(parser, result) ||
                 parseSignedStep(parser, result));
}

void RecurrenceOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printSignedStep(printer, *this, getStep());
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

LogicalResult RecurrenceOp::verify() {
  if (failed(verifyArguments(*this, getStep())))
    return failure();
  // R3: there is something to carry.
  if (getStates().empty())
    return emitOpError("needs at least one state");
  return success();
}

LogicalResult RecurrenceOp::verifyRegions() {
  if (failed(verifyOperations(*this, getStep())))
    return failure();
  auto names = llvm::map_to_vector(
      getStates(), [&](BlockArgument state) { return getName(state); });
  return failure(failed(verifyNextStates(*this, getYield(), names)) ||
                 failed(verifyOutputs(*this, getYield())));
}
