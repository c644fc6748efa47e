//===- DeltaElementwise.cpp - what elementwise ops are made of ------------===//

#include "dialects/Delta/DeltaElementwise.h"

#include <cmath>

using namespace mlir;
using namespace sluice::delta;

Value ElementwiseEmitter::number(double value) {
  auto element = FloatAttr::get(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(shaped, element));
  return arith::ConstantOp::create(b, loc, element);
}

double sluice::delta::sigmoidOf(double x) {
  double g = std::exp(-std::fabs(x));
  return (x >= 0 ? 1 : g) / (1 + g);
}

double sluice::delta::siluOf(double x) {
  double h = std::exp(-std::fabs(x) / 2);
  return (x >= 0 ? x : x * h * h) / (1 + h * h);
}

Value ElementwiseEmitter::negativeMagnitude(Value a) {
  return make<arith::NegFOp>(make<math::AbsFOp>(a));
}

Value ElementwiseEmitter::bySign(Value a, Value positive, Value negative) {
  return select(a, number(0), positive, negative);
}

Value ElementwiseEmitter::select(Value a, Value c, Value x, Value y) {
  Value isX = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, a, c);
  return arith::SelectOp::create(b, loc, isX, x, y);
}

Value ElementwiseEmitter::sigmoid(Value a) {
  Value g = make<math::ExpOp>(negativeMagnitude(a));
  Value one = number(1);
  return make<arith::DivFOp>(bySign(a, one, g), make<arith::AddFOp>(one, g));
}

Value ElementwiseEmitter::silu(Value a) {
  Value h =
      make<math::ExpOp>(make<arith::MulFOp>(negativeMagnitude(a), number(0.5)));
  Value faded = make<arith::MulFOp>(make<arith::MulFOp>(a, h), h);
  Value square = make<arith::MulFOp>(h, h);
  return make<arith::DivFOp>(bySign(a, a, faded),
                             make<arith::AddFOp>(number(1), square));
}

Value ElementwiseEmitter::softplusTail(Value a) {
  return make<math::Log1pOp>(make<math::ExpOp>(negativeMagnitude(a)));
}

Value ElementwiseEmitter::softplus(Value a) {
  Value high = make<arith::MaximumFOp>(a, number(0));
  return make<arith::AddFOp>(high, softplusTail(a));
}

Value ElementwiseEmitter::logsigmoid(Value a) {
  Value low = make<arith::MinimumFOp>(a, number(0));
  return make<arith::SubFOp>(low, softplusTail(a));
}
