//===- ValueBuilder.cpp - values of a step, with null for 0 and 1 ---------===//

#include "lib/Algebra/ValueBuilder.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static bool isConstant(Value value, double number) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && constant.getValue().isExactlyValue(number);
}

template <typename Op, typename... Operands>
Value ValueBuilder::make(Operands... operands) {
  std::array<Value, 2> list{operands...};
  Value &known = built[{TypeID::get<Op>(), list[0], list[1]}];
  if (!known)
    known = Op::create(builder, loc, operands...);
  return known;
}

Value ValueBuilder::constant(double number) {
  FloatAttr attribute = builder.getF64FloatAttr(number);
  Value &known = constants[attribute];
  if (!known)
    known = ConstantOp::create(builder, loc, attribute);
  return known;
}

Value ValueBuilder::broadcast(Value scalar, Type type) {
  return BroadcastOp::create(builder, loc, type, scalar);
}

Value ValueBuilder::mul(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  if (isConstant(a, -1) || isConstant(b, -1))
    return neg(isConstant(a, -1) ? b : a);
  return make<MulOp>(a, b);
}

Value ValueBuilder::add(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return make<AddOp>(a, b);
}

Value ValueBuilder::neg(Value a) {
  if (!a)
    return constant(-1);
  if (isConstant(a, -1))
    return Value();
  return make<NegOp>(a);
}

Value ValueBuilder::div(Value a, Value b) {
  return make<DivOp>(a ? a : constant(1), b);
}

Value ValueBuilder::exp(Value a) { return make<ExpOp>(a); }

Value ValueBuilder::read(Value state, Value vector) {
  return make<ReadOp>(state, vector);
}

Value ValueBuilder::factor(const AxisGate &gate) {
  return mul(gate.log ? exp(gate.log) : Value(), gate.factor);
}
