//===- DeltaElementwise.cpp - what elementwise ops are made of ------------===//

#include "dialects/Delta/DeltaElementwise.h"

using namespace mlir;
using namespace sluice::delta;

Value ElementwiseEmitter::number(double value) {
  auto element = FloatAttr::get(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(shaped, element));
  return arith::ConstantOp::create(b, loc, element);
}

Value ElementwiseEmitter::sigmoid(Value a) {
  Value grown = make<math::ExpOp>(make<arith::NegFOp>(a));
  Value one = number(1);
  return make<arith::DivFOp>(one, make<arith::AddFOp>(one, grown));
}

Value ElementwiseEmitter::softplusTail(Value a) {
  Value negative = make<arith::NegFOp>(make<math::AbsFOp>(a));
  return make<math::Log1pOp>(make<math::ExpOp>(negative));
}

Value ElementwiseEmitter::softplus(Value a) {
  Value high = make<arith::MaximumFOp>(a, number(0));
  return make<arith::AddFOp>(high, softplusTail(a));
}

Value ElementwiseEmitter::logsigmoid(Value a) {
  Value low = make<arith::MinimumFOp>(a, number(0));
  return make<arith::SubFOp>(low, softplusTail(a));
}
