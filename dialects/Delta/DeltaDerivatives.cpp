//===- DeltaDerivatives.cpp - the adjoints of a step's operations ---------===//
//
// Each as DeltaOps.td states it. Those of elementwise operations stand where
// the operations are defined, in DeltaElementwise.td.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/AdjointBuilder.h"
#include "dialects/Delta/DeltaElementwise.h"
#include "dialects/Delta/DeltaOps.h"

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Sources and elementwise operations
//===----------------------------------------------------------------------===//

void ScaleOp::buildAdjoint(AdjointBuilder &) {}
void ConstantOp::buildAdjoint(AdjointBuilder &) {}

void sluice::delta::addPartials(ElementwiseOpInterface op,
                                AdjointBuilder &adjoint) {
  Value gradient = adjoint.getGradient(op->getResult(0));
  for (OpOperand &operand : op->getOpOperands())
    adjoint.accumulate(operand.get(), [&] {
      return adjoint.chain(gradient,
                           op.emitPartial(adjoint, operand.getOperandNumber()));
    });
}

//===----------------------------------------------------------------------===//
// Along an axis
//===----------------------------------------------------------------------===//

void BroadcastOp::buildAdjoint(AdjointBuilder &adjoint) {
  adjoint.accumulate(getScalar(), adjoint.getGradient(getResult()));
}

void DotOp::buildAdjoint(AdjointBuilder &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  adjoint.accumulate(getLhs(),
                     [&] { return adjoint.chain(gradient, getRhs()); });
  adjoint.accumulate(getRhs(),
                     [&] { return adjoint.chain(gradient, getLhs()); });
}

void ReduceOp::buildAdjoint(AdjointBuilder &adjoint) {
  Value a = getOperand(), r = getResult(), gradient = adjoint.getGradient(r);
  adjoint.accumulate(a, [&]() -> Value {
    if (getKind() == Reduction::Sum)
      return gradient;
    // No element is above a maximum, or below a minimum.
    bool isMax = getKind() == Reduction::Max;
    Value isEqual = adjoint.select(isMax ? a : r, isMax ? r : a,
                                   adjoint.number(1), adjoint.number(0));
    Value share = adjoint.div(isEqual, adjoint.sum(isEqual));
    return adjoint.chain(gradient, share);
  });
}

void L2NormOp::buildAdjoint(AdjointBuilder &adjoint) {
  Value a = getOperand(), r = getResult(), gradient = adjoint.getGradient(r);
  adjoint.accumulate(a, [&] {
    Value epsilon = adjoint.number(getEpsilon().convertToDouble());
    Value length = adjoint.sqrt(adjoint.add(adjoint.dot(a, a), epsilon));
    Value along = adjoint.mul(adjoint.dot(r, gradient), r);
    return adjoint.div(adjoint.sub(gradient, along), length);
  });
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

void DecayOp::buildAdjoint(AdjointBuilder &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  adjoint.accumulate(getState(),
                     [&] { return adjoint.decay(gradient, getGate()); });
  adjoint.accumulate(getGate(), [&] {
    return adjoint.dotStates(gradient, getResult(), getGate().getType());
  });
}

void ScaleStateOp::buildAdjoint(AdjointBuilder &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  adjoint.accumulate(getState(),
                     [&] { return adjoint.scaleState(gradient, getFactor()); });
  adjoint.accumulate(getFactor(), [&] {
    return adjoint.dotStates(gradient, getState(), getFactor().getType());
  });
}

void ReadOp::buildAdjoint(AdjointBuilder &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  if (isLeft())
    adjoint.accumulateOuterProduct(getState(), getVector(), gradient);
  else
    adjoint.accumulateOuterProduct(getState(), gradient, getVector());
  adjoint.accumulate(getVector(),
                     [&] { return adjoint.read(getState(), gradient); });
}

void WriteOp::buildAdjoint(AdjointBuilder &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  adjoint.accumulate(getState(), gradient);
  adjoint.accumulate(getRow(),
                     [&] { return adjoint.read(gradient, getColumn()); });
  adjoint.accumulate(getColumn(),
                     [&] { return adjoint.read(gradient, getRow()); });
}

void AddStatesOp::buildAdjoint(AdjointBuilder &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  adjoint.accumulate(getLhs(), gradient);
  adjoint.accumulate(getRhs(), gradient);
}
