//===- Elementwise.cpp - elementwise ops on floats and vectors ------------===//

#include "lib/Algebra/Elementwise.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice::delta;

namespace {
struct Emitter {
  OpBuilder &b;
  Location loc;
  Type type;

  Value number(double value) {
    auto element = FloatAttr::get(getElementTypeOrSelf(type), value);
    if (auto shaped = dyn_cast<ShapedType>(type))
      return arith::ConstantOp::create(b, loc,
                                       DenseElementsAttr::get(shaped, element));
    return arith::ConstantOp::create(b, loc, element);
  }
  template <typename Op> Value make(Value a) { return Op::create(b, loc, a); }
  template <typename Op> Value make(Value a, Value c) {
    return Op::create(b, loc, a, c);
  }
  Value sigmoid(Value a) {
    Value grown = make<math::ExpOp>(make<arith::NegFOp>(a));
    Value one = number(1);
    return make<arith::DivFOp>(one, make<arith::AddFOp>(one, grown));
  }
  /// log(1 + e^(−|a|)), never an overflow.
  Value softplusTail(Value a) {
    Value negative = make<arith::NegFOp>(make<math::AbsFOp>(a));
    return make<math::Log1pOp>(make<math::ExpOp>(negative));
  }
};
} // namespace

Value sluice::emitElementwise(OpBuilder &builder, Location loc, Operation *op,
                              ValueRange x) {
  Emitter e{builder, loc, x.front().getType()};
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](AddOp) { return e.make<arith::AddFOp>(x[0], x[1]); })
      .Case([&](SubOp) { return e.make<arith::SubFOp>(x[0], x[1]); })
      .Case([&](MulOp) { return e.make<arith::MulFOp>(x[0], x[1]); })
      .Case([&](DivOp) { return e.make<arith::DivFOp>(x[0], x[1]); })
      .Case([&](MaxOp) { return e.make<arith::MaximumFOp>(x[0], x[1]); })
      .Case([&](MinOp) { return e.make<arith::MinimumFOp>(x[0], x[1]); })
      .Case([&](NegOp) { return e.make<arith::NegFOp>(x[0]); })
      .Case([&](AbsOp) { return e.make<math::AbsFOp>(x[0]); })
      .Case([&](ExpOp) { return e.make<math::ExpOp>(x[0]); })
      .Case([&](Expm1Op) { return e.make<math::ExpM1Op>(x[0]); })
      .Case([&](LogOp) { return e.make<math::LogOp>(x[0]); })
      .Case([&](SqrtOp) { return e.make<math::SqrtOp>(x[0]); })
      .Case([&](TanhOp) { return e.make<math::TanhOp>(x[0]); })
      .Case([&](SigmoidOp) { return e.sigmoid(x[0]); })
      .Case(
          [&](SiluOp) { return e.make<arith::MulFOp>(x[0], e.sigmoid(x[0])); })
      .Case([&](SoftplusOp) {
        Value high = e.make<arith::MaximumFOp>(x[0], e.number(0));
        return e.make<arith::AddFOp>(high, e.softplusTail(x[0]));
      })
      .Case([&](LogSigmoidOp) {
        Value low = e.make<arith::MinimumFOp>(x[0], e.number(0));
        return e.make<arith::SubFOp>(low, e.softplusTail(x[0]));
      })
      .Case([&](BroadcastOp) { return x[0]; })
      .DefaultUnreachable("an elementwise op without a lowering");
}
