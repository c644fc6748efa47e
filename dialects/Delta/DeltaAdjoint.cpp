//===- DeltaAdjoint.cpp - the adjoint op ----------------------------------===//
//
// Assembly and verifier of delta.adjoint. The numbered rules are those of
// docs/spec.md; test/Dialect/Delta/adjoint-errors.mlir has one case each.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaStepRules.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

YieldOp AdjointOp::getYield() {
  return cast<YieldOp>(getStep().getTerminator());
}

SmallVector<unsigned> AdjointOp::getCarried(RecurrenceOp recurrence) {
  return llvm::filter_to_vector(getSignature().getStates(), [&](unsigned i) {
    return !recurrence.findArg(getArgName(i));
  });
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

void AdjointOp::getAsmBlockArgumentNames(Region &region,
                                         OpAsmSetValueNameFn setName) {
  nameArguments(getSignature(), region, setName);
}

/// `@name` `of` `@recurrence`, then as a recurrence.
ParseResult AdjointOp::parse(OpAsmParser &parser, OperationState &result) {
  FlatSymbolRefAttr recurrence;
  if (parseStepName(parser, result) || parser.parseKeyword("of") ||
      parser.parseAttribute(recurrence, getRecurrenceAttrName(result.name),
                            result.attributes))
    return failure();
  return parseSignedStep(parser, result);
}

void AdjointOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " of ";
  printer.printSymbolName(getRecurrence());
  printSignedStep(printer, *this, getStep(), {getRecurrenceAttrName()});
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

LogicalResult AdjointOp::verify() { return verifyArguments(*this, getStep()); }

LogicalResult AdjointOp::verifyRegions() {
  return failure(failed(verifyOperations(*this, getStep())) ||
                 failed(verifyOutputs(*this, getYield())));
}

/// What the adjoint's argument of that name is, by the recurrence: one of its
/// arguments, or the gradient by an output or a state. Null where it is none.
static ArgumentAttr findExpected(RecurrenceOp recurrence, StringRef name) {
  SignatureAttr signature = recurrence.getSignature();
  if (std::optional<unsigned> index = signature.findArg(name))
    return signature.getArguments()[*index];
  auto make = [&](ArgKind kind, Type type) {
    return ArgumentAttr::get(recurrence.getContext(),
                             StringAttr::get(recurrence.getContext(), name),
                             kind, type, RangeAttr());
  };
  if (!name.starts_with("d"))
    return {};
  StringRef of = name.drop_front();
  if (std::optional<unsigned> index = signature.findOutput(of)) {
    OutputAttr output = signature.getOutputs()[*index];
    return make(output.getKind(), output.getType());
  }
  std::optional<unsigned> index = signature.findArg(of);
  if (!index || recurrence.getArgKind(*index) != ArgKind::State)
    return {};
  return make(ArgKind::State, recurrence.getArgType(*index));
}

/// The gradient by an argument that is no state; null where there is none.
static OutputAttr findExpectedOutput(RecurrenceOp recurrence, StringRef name) {
  std::optional<unsigned> index = name.starts_with("d")
                                      ? recurrence.findArg(name.drop_front())
                                      : std::nullopt;
  if (!index || recurrence.getArgKind(*index) == ArgKind::State)
    return {};
  return OutputAttr::get(
      recurrence.getContext(), StringAttr::get(recurrence.getContext(), name),
      recurrence.getArgKind(*index), recurrence.getArgType(*index));
}

LogicalResult AdjointOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  // R20: it is of a recurrence beside it.
  auto recurrence = symbolTable.lookupNearestSymbolFrom<RecurrenceOp>(
      *this, getRecurrenceAttr());
  if (!recurrence)
    return emitOpError() << "is the adjoint of a recurrence beside it, found '@"
                         << getRecurrence() << "'";
  auto fail = [&](const Twine &message) -> LogicalResult {
    InFlightDiagnostic diag = emitOpError() << message;
    diag.attachNote(recurrence.getLoc()) << "the recurrence is here";
    return diag;
  };
  // R21: what it takes and gives has the names, kinds and types of that one.
  for (ArgumentAttr argument : getSignature().getArguments()) {
    StringRef name = argument.getName().getValue();
    ArgumentAttr expected = findExpected(recurrence, name);
    if (!expected)
      return fail("argument '" + name + "' is none of '@" + getRecurrence() +
                  "', and not the gradient by an output or state of it");
    if (argument != expected)
      return fail("argument '" + name + "': expected " +
                  delta::describe(expected) + ", found " +
                  delta::describe(argument));
  }
  for (OutputAttr output : getSignature().getOutputs()) {
    StringRef name = output.getName().getValue();
    OutputAttr expected = findExpectedOutput(recurrence, name);
    if (!expected)
      return fail("output '" + name +
                  "' is not the gradient by an argument of '@" +
                  getRecurrence() + "' that is no state");
    if (output != expected)
      return fail("output '" + name + "': expected " +
                  delta::describe(expected) + ", found " +
                  delta::describe(output));
  }
  auto carried = llvm::map_to_vector(getCarried(recurrence),
                                     [&](unsigned i) { return getArgName(i); });
  return verifyNextStates(*this, getYield(), carried);
}
