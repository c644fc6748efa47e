//===- DeltaOps.cpp - types, verifiers and assembly of the step ops -------===//

#include "dialects/Delta/DeltaOps.h"
#include "dialects/Delta/DeltaElementwise.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include <cmath>

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Operands without types
//===----------------------------------------------------------------------===//

/// R7: finds the type that `operand` was defined with. The parser can only be
/// asked "is it a T?", and answers no with a diagnostic, so ask for each of
/// the dialect's few types and drop the noes. A name that is not defined yet
/// would be taken for a forward reference of any type: an error here, since a
/// step is a straight line.
static ParseResult inferType(OpAsmParser &parser,
                             const OpAsmParser::UnresolvedOperand &operand,
                             Type &type) {
  MLIRContext *context = parser.getContext();
  const Type candidates[] = {ScalarType::get(context),
                             VecType::get(context, Axis::Key),
                             VecType::get(context, Axis::Value),
                             StateType::get(context, Axis::Key, Axis::Value)};
  for (Type candidate : candidates) {
    SmallVector<Value, 1> values;
    {
      ScopedDiagnosticHandler drop(context,
                                   [](Diagnostic &) { return success(); });
      if (failed(parser.resolveOperand(operand, candidate, values)))
        continue;
    }
    // The parser's stand-in for a forward reference is in no block.
    Operation *producer = values.front().getDefiningOp();
    if (producer && !producer->getBlock())
      return parser.emitError(operand.location)
             << "use of undeclared value '" << operand.name
             << "': a step uses values above the use only";
    type = candidate;
    return success();
  }
  return parser.emitError(operand.location)
         << "value '" << operand.name
         << "' is not a scalar, a vector or a state";
}

static ParseResult parseInferredOperand(OpAsmParser &parser,
                                        OpAsmParser::UnresolvedOperand &operand,
                                        Type &type) {
  return failure(parser.parseOperand(operand) ||
                 inferType(parser, operand, type));
}

static void printInferredOperand(OpAsmPrinter &printer, Operation *,
                                 Value operand, Type) {
  printer << operand;
}

static ParseResult
parseInferredOperands(OpAsmParser &parser,
                      SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
                      SmallVectorImpl<Type> &types) {
  if (parser.parseOperandList(operands))
    return failure();
  for (const OpAsmParser::UnresolvedOperand &operand : operands)
    if (inferType(parser, operand, types.emplace_back()))
      return failure();
  return success();
}

static void printInferredOperands(OpAsmPrinter &printer, Operation *,
                                  OperandRange operands, TypeRange) {
  printer << operands;
}

//===----------------------------------------------------------------------===//
// Result types
//===----------------------------------------------------------------------===//

/// R9: scalars broadcast over vectors; vectors run along one axis.
static LogicalResult inferBroadcast(MLIRContext *context,
                                    std::optional<Location> loc,
                                    StringRef opName, ValueRange operands,
                                    SmallVectorImpl<Type> &types) {
  Type result = ScalarType::get(context);
  for (Type type : operands.getTypes()) {
    if (!isa<VecType>(type))
      continue;
    if (isa<VecType>(result) && result != type)
      return emitOptionalError(
          loc, "'", opName, "' op operands run along different axes: ", result,
          " and ", type);
    result = type;
  }
  types.push_back(result);
  return success();
}

#define INFER_BROADCAST(OP)                                                    \
  LogicalResult OP::inferReturnTypes(                                          \
      MLIRContext *context, std::optional<Location> loc, OP::Adaptor adaptor,  \
      SmallVectorImpl<Type> &types) {                                          \
    return inferBroadcast(context, loc, getOperationName(),                    \
                          adaptor.getOperands(), types);                       \
  }
INFER_BROADCAST(AddOp)
INFER_BROADCAST(SubOp)
INFER_BROADCAST(MulOp)
INFER_BROADCAST(DivOp)
INFER_BROADCAST(MaxOp)
INFER_BROADCAST(MinOp)
INFER_BROADCAST(SelectOp)
INFER_BROADCAST(ChainOp)
#undef INFER_BROADCAST

/// R8: a state and a vector; the axis that is left is the result's.
LogicalResult ReadOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       ReadOp::Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  auto state = dyn_cast<StateType>(adaptor.getState().getType());
  auto vector = dyn_cast<VecType>(adaptor.getVector().getType());
  if (!state || !vector)
    return emitOptionalError(
        loc, "'delta.read' op reads a state with a vector, found ",
        adaptor.getState().getType(), " and ", adaptor.getVector().getType());
  Axis other = vector.getAxis() == state.getRows() ? state.getColumns()
                                                   : state.getRows();
  types.push_back(VecType::get(context, other));
  return success();
}

bool ReadOp::isLeft() {
  return cast<VecType>(getVector().getType()).getAxis() ==
         cast<StateType>(getState().getType()).getRows();
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

// R10: rows, then columns.
LogicalResult WriteOp::verify() {
  auto state = cast<StateType>(getState().getType());
  auto check = [&](Value vector, StringRef which, Axis axis) -> LogicalResult {
    Axis found = cast<VecType>(vector.getType()).getAxis();
    if (found == axis)
      return success();
    return emitOpError() << "the " << which << " vector runs along "
                         << stringifyAxis(axis) << ", found "
                         << stringifyAxis(found);
  };
  return failure(failed(check(getRow(), "first", state.getRows())) ||
                 failed(check(getColumn(), "second", state.getColumns())));
}

// R9.
LogicalResult DotOp::verify() {
  if (getLhs().getType() != getRhs().getType())
    return emitOpError() << "operands run along different axes: "
                         << getLhs().getType() << " and " << getRhs().getType();
  return success();
}

// R12: NaN is refused too.
LogicalResult L2NormOp::verify() {
  double epsilon = getEpsilon().convertToDouble();
  if (!(epsilon >= 0))
    return emitOpError() << "epsilon is not negative, found " << epsilon;
  return success();
}

//===----------------------------------------------------------------------===//
// States among the operands
//===----------------------------------------------------------------------===//

OperandRange DecayOp::getStateOperands() { return getODSOperands(0); }
OperandRange ScaleStateOp::getStateOperands() { return getODSOperands(0); }
OperandRange ReadOp::getStateOperands() { return getODSOperands(0); }
OperandRange WriteOp::getStateOperands() { return getODSOperands(0); }
OperandRange AddStatesOp::getStateOperands() { return getOperands(); }
OperandRange DotStatesOp::getStateOperands() { return getOperands(); }

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

ParseResult ConstantOp::parse(OpAsmParser &parser, OperationState &result) {
  FloatAttr value;
  Type f64 = parser.getBuilder().getF64Type();
  if (parser.parseAttribute(value, f64, "value", result.attributes) ||
      parser.parseOptionalAttrDict(result.attributes))
    return failure();
  result.addTypes(ScalarType::get(parser.getContext()));
  return success();
}

void ConstantOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printAttributeWithoutType(getValueAttr());
  printer.printOptionalAttrDict((*this)->getAttrs(), {"value"});
}

void ConstantOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), "cst");
}

#define GET_OP_CLASSES
#include "dialects/Delta/DeltaOps.cpp.inc"

#include "dialects/Delta/DeltaInterfaces.cpp.inc"
