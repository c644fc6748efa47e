//===- ApproximateMath.cpp - math on vectors ------------------------------===//
//
// MLIR's approximations, but where they leave a part of float32 out: its
// exponential knows no result below the smallest normal number, its logarithm
// no such operand.
//
//===----------------------------------------------------------------------===//

#include "passes/ApproximateMath/ApproximateMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>

namespace sluice {
#define GEN_PASS_DEF_APPROXIMATEMATH
#include "passes/ApproximateMath/ApproximateMath.h.inc"
} // namespace sluice

using namespace mlir;

namespace {
/// Code on float32 numbers, or vectors of them, and on their bits.
class Float32Builder {
public:
  Float32Builder(OpBuilder &b, Location loc, Type type)
      : b(b), loc(loc), type(type), bits(withElement(b.getI32Type())) {}

  Value number(double value) {
    return constant(type, b.getF32FloatAttr(static_cast<float>(value)));
  }
  Value integer(int32_t value) {
    return constant(bits, b.getI32IntegerAttr(value));
  }
  Value toBits(Value x) { return arith::BitcastOp::create(b, loc, bits, x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, loc, type, x); }
  template <typename Op> Value make(Value x, Value y) {
    return Op::create(b, loc, x, y);
  }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, loc, x, y, z);
  }
  Value is(arith::CmpFPredicate predicate, Value x, Value y) {
    return arith::CmpFOp::create(b, loc, predicate, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
  Value log(Value x) { return math::LogOp::create(b, loc, x); }
  Value negate(Value x) { return arith::NegFOp::create(b, loc, x); }
  /// ex2 of PTX; `flush`: subnormal results are 0, which saves the instructions
  /// that ptxas puts around it for them.
  Value exp2(Value x, bool flush) {
    StringRef name =
        flush ? "llvm.nvvm.ex2.approx.ftz.f32" : "llvm.nvvm.ex2.approx.f32";
    return LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(name), x)
        .getResult(0);
  }

  /// rsqrt of PTX: within two units in the last place, ∞ of 0 and 0 of ∞.
  Value reciprocalRoot(Value x) {
    return LLVM::CallIntrinsicOp::create(
               b, loc, type, b.getStringAttr("llvm.nvvm.rsqrt.approx.f"), x)
        .getResult(0);
  }

private:
  Type withElement(Type element) {
    if (auto vector = dyn_cast<VectorType>(type))
      return vector.clone(element);
    return element;
  }
  Value constant(Type type, TypedAttr element) {
    if (auto vector = dyn_cast<VectorType>(type))
      element = DenseElementsAttr::get(vector, Attribute(element));
    return arith::ConstantOp::create(b, loc, element);
  }

  OpBuilder &b;
  Location loc;
  Type type, bits;
};
} // namespace

template <typename Op> static bool mayBeRough(Op op) {
  return arith::bitEnumContainsAny(op.getFastmath(), arith::FastMathFlags::afn);
}

static bool isFloat32(Value value) {
  return getElementTypeOrSelf(value.getType()).isF32();
}

/// e^x = 2ⁿ e^r with n = x ÷ ln 2 rounded and |r| ≤ ln 2 ÷ 2, e^r by Cephes'
/// polynomial.
static Value emitExp(Float32Builder &f, Value x) {
  // Beyond these it is 0 and ∞ in any case; NaN passes both.
  Value low = f.number(-104), high = f.number(89);
  x = f.select(f.is(arith::CmpFPredicate::UGE, x, low), x, low);
  x = f.select(f.is(arith::CmpFPredicate::ULE, x, high), x, high);
  // Added to 1.5 · 2²³ a number is rounded to an integer, which then stands in
  // the last bits: n + 254, twice the exponent's bias.
  Value shift = f.number(0x1.8p23 + 254);
  Value shifted = f.fma(x, f.number(1.44269504088896341), shift);
  Value n = f.make<arith::SubFOp>(shifted, shift);
  // ln 2 in two parts; times n the first is exact.
  Value r = f.fma(n, f.number(-0.693359375), x);
  r = f.fma(n, f.number(2.12194440e-4), r);
  Value sum = f.number(1.9875691500e-4);
  for (double coefficient : {1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
                             1.6666665459e-1, 5.0000001201e-1, 1.0, 1.0})
    sum = f.fma(sum, r, f.number(coefficient));
  // 2ⁿ in two factors, n ÷ 2 each: of n below −126 or above 127 there is none.
  // The second product rounds, to a subnormal number if need be.
  Value exponents = f.toBits(shifted);
  Value half = f.make<arith::ShRUIOp>(exponents, f.integer(1));
  Value rest = f.make<arith::SubIOp>(exponents, half);
  for (Value exponent : {half, rest}) {
    Value power = f.fromBits(f.make<arith::ShLIOp>(exponent, f.integer(23)));
    sum = f.make<arith::MulFOp>(sum, power);
  }
  return sum;
}

/// e^x = 2^t 2^r by the instruction for 2^t, whose error is two units in the
/// last place; t is x ÷ ln 2, and r what is lost of it.
static Value emitExpByInstruction(Float32Builder &f, Value x) {
  // As above; of infinite t nothing is known of r.
  x = f.make<arith::MaximumFOp>(x, f.number(-104));
  x = f.make<arith::MinimumFOp>(x, f.number(89));
  Value inverse = f.number(1.44269504088896341);
  Value t = f.make<arith::MulFOp>(x, inverse);
  Value r = f.fma(x, inverse, f.negate(t));
  return f.make<arith::MulFOp>(
      f.exp2(t, /*flush=*/false),
      f.fma(r, f.number(0.693147180559945309), f.number(1)));
}

/// e^x = 2^t with t as it is rounded, which changes the result by |x| 2⁻²⁴ of
/// itself at most: of a decay, whose x is not above 0, by 0.4 · 2⁻²⁴.
static Value emitRoughExp(Float32Builder &f, Value x) {
  double inverse = 1.44269504088896341;
  // A sign costs nothing.
  if (auto negative = x.getDefiningOp<arith::NegFOp>()) {
    x = negative.getOperand();
    inverse = -inverse;
  }
  return f.exp2(f.make<arith::MulFOp>(x, f.number(inverse)), /*flush=*/true);
}

/// Whether `x` is e to the power of what is not above 0: from 0 to 1, or NaN.
static bool isDecay(Value x) {
  auto exp = x.getDefiningOp<math::ExpOp>();
  auto negative =
      exp ? exp.getOperand().getDefiningOp<arith::NegFOp>() : nullptr;
  return negative && negative.getOperand().getDefiningOp<math::AbsFOp>();
}

/// log(1 + x) of x from 0 to 1, as x times a polynomial of the least relative
/// error: 3e-8 before it is rounded, or 6e-5, a thirtieth of what rounding to
/// bfloat16 may be, with four terms fewer.
static Value emitLog1pOfDecay(Float32Builder &f, Value x, bool isRough) {
  static constexpr double kExact[] = {
      0.0052326396107673645, -0.029505016282200813, 0.07822558283805847,
      -0.13663212954998016,  0.1910599023103714,    -0.2484297752380371,
      0.3331909477710724,    -0.4999949336051941,   0.9999999403953552};
  static constexpr double kRough[] = {0.04134730249643326, -0.15742720663547516,
                                      0.30630093812942505, -0.4969778060913086,
                                      0.9999432563781738};
  ArrayRef<double> coefficients = isRough ? ArrayRef(kRough) : ArrayRef(kExact);
  Value sum = f.number(coefficients.front());
  for (double coefficient : coefficients.drop_front())
    sum = f.fma(sum, x, f.number(coefficient));
  return f.make<arith::MulFOp>(sum, x);
}

/// log x = log (2²³ x) − 23 ln 2 where x is not a normal number.
static Value emitLog(Float32Builder &f, Value x) {
  Value small = f.is(arith::CmpFPredicate::OLT, x, f.number(0x1p-126));
  Value normal = f.select(small, f.make<arith::MulFOp>(x, f.number(0x1p23)), x);
  Value shift =
      f.select(small, f.number(23 * 0.693147180559945309), f.number(0));
  return f.make<arith::SubFOp>(f.log(normal), shift);
}

namespace {
struct ApproximateMath : sluice::impl::ApproximateMathBase<ApproximateMath> {
  using ApproximateMathBase::ApproximateMathBase;

  void runOnOperation() override {
    if (gpu) {
      emitLog1pOfDecays();
      emitReciprocalRoots();
    }
    getOperation()->walk([&](Operation *op) {
      if (!isa<math::ExpOp, math::LogOp>(op) || !isFloat32(op->getOperand(0)))
        return;
      OpBuilder builder(op);
      Value x = op->getOperand(0);
      Float32Builder f(builder, op->getLoc(), x.getType());
      Value made = isa<math::LogOp>(op) ? emitLog(f, x)
                   : !gpu               ? emitExp(f, x)
                   : mayBeRough(cast<math::ExpOp>(op))
                       ? emitRoughExp(f, x)
                       : emitExpByInstruction(f, x);
      op->replaceAllUsesWith(ValueRange(made));
      op->erase();
    });
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

  /// Quotients by roots that may be rough, without quotients and roots.
  void emitReciprocalRoots() {
    getOperation()->walk([&](arith::DivFOp op) {
      auto root = op.getRhs().getDefiningOp<math::SqrtOp>();
      if (!root || !mayBeRough(root) || !root->hasOneUse() ||
          !op.getType().isF32())
        return;
      OpBuilder builder(op);
      Float32Builder f(builder, op.getLoc(), op.getType());
      Value reciprocal = f.reciprocalRoot(root.getOperand());
      if (!matchPattern(op.getLhs(), m_OneFloat()))
        reciprocal = f.make<arith::MulFOp>(op.getLhs(), reciprocal);
      op.replaceAllUsesWith(reciprocal);
      op.erase();
      root.erase();
    });
  }

  /// Before the exponentials are gone that tell what they are of.
  void emitLog1pOfDecays() {
    getOperation()->walk([&](math::Log1pOp op) {
      Value x = op.getOperand();
      if (!isFloat32(x) || !isDecay(x))
        return;
      OpBuilder builder(op);
      Float32Builder f(builder, op.getLoc(), x.getType());
      op.replaceAllUsesWith(emitLog1pOfDecay(f, x, mayBeRough(op)));
      op.erase();
    });
  }
};
} // namespace
