//===- AdjointBuilder.cpp - gradients by the values of a step -------------===//

#include "dialects/Delta/AdjointBuilder.h"
#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

template <typename Op, typename... Operands>
Value AdjointBuilder::make(Operands... operands) {
  return Op::create(builder, loc, operands...);
}

Value AdjointBuilder::number(double value) {
  FloatAttr attribute = builder.getF64FloatAttr(value);
  Value &constant = constants[attribute];
  if (!constant)
    constant = make<ConstantOp>(ScalarType::get(loc.getContext()), attribute);
  return constant;
}

Value AdjointBuilder::chain(Value gradient, Value derivative) {
  if (!derivative)
    return {};
  FloatAttr constant;
  bool isConstant = matchPattern(derivative, m_Constant(&constant));
  if (isConstant && constant.getValueAsDouble() == 1)
    return gradient;
  if (isConstant && constant.getValueAsDouble() == -1)
    return neg(gradient);
  return make<ChainOp>(gradient, derivative);
}

Value AdjointBuilder::neg(Value a) { return make<NegOp>(a.getType(), a); }
Value AdjointBuilder::exp(Value a) { return make<ExpOp>(a.getType(), a); }
Value AdjointBuilder::sqrt(Value a) { return make<SqrtOp>(a.getType(), a); }
Value AdjointBuilder::sigmoid(Value a) {
  return make<SigmoidOp>(a.getType(), a);
}
Value AdjointBuilder::add(Value a, Value b) { return make<AddOp>(a, b); }
Value AdjointBuilder::sub(Value a, Value b) { return make<SubOp>(a, b); }
Value AdjointBuilder::mul(Value a, Value b) { return make<MulOp>(a, b); }
Value AdjointBuilder::div(Value a, Value b) { return make<DivOp>(a, b); }
Value AdjointBuilder::select(Value a, Value b, Value x, Value y) {
  return make<SelectOp>(a, b, x, y);
}
Value AdjointBuilder::dot(Value a, Value b) {
  return make<DotOp>(ScalarType::get(loc.getContext()), a, b);
}
Value AdjointBuilder::broadcast(Value scalar, Type type) {
  return make<BroadcastOp>(type, scalar);
}
Value AdjointBuilder::read(Value state, Value vector) {
  return make<ReadOp>(state, vector);
}
Value AdjointBuilder::decay(Value state, Value gate) {
  return make<DecayOp>(state.getType(), state, gate);
}
Value AdjointBuilder::scaleState(Value state, Value factor) {
  return make<ScaleStateOp>(state.getType(), state, factor);
}
Value AdjointBuilder::dotStates(Value a, Value b, Type type) {
  return make<DotStatesOp>(type, a, b);
}

Value AdjointBuilder::sum(Value vector) {
  return make<ReduceOp>(ScalarType::get(loc.getContext()), Reduction::Sum,
                        vector);
}

Value AdjointBuilder::zeros(Type type) {
  if (isa<StateType>(type))
    return make<ZeroOp>(type);
  Value zero = number(0);
  return isa<ScalarType>(type) ? zero : broadcast(zero, type);
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

Value AdjointBuilder::getGradientOrZeros(Value value) {
  Value gradient = getGradient(value);
  return gradient ? gradient : zeros(value.getType());
}

void AdjointBuilder::accumulate(Value value,
                                llvm::function_ref<Value()> makeTerm) {
  if (!isActive(value))
    return;
  Value term = makeTerm();
  if (!term)
    return;
  if (isa<ScalarType>(value.getType()) && isa<VecType>(term.getType()))
    term = sum(term);
  // What does not vary along the axis of a vector is a scalar.
  if (term.getType() != value.getType())
    term = broadcast(term, value.getType());
  Value &gradient = gradients[value];
  if (!gradient)
    gradient = term;
  else if (isa<StateType>(value.getType()))
    gradient = make<AddStatesOp>(value.getType(), gradient, term);
  else
    gradient = add(gradient, term);
}

void AdjointBuilder::accumulateOuterProduct(Value state, Value x, Value y) {
  if (!isActive(state))
    return;
  Value sum = getGradientOrZeros(state);
  gradients[state] = make<WriteOp>(state.getType(), sum, x, y);
}
