//===- L2Norm.cpp - normalisation by simpler operations -------------------===//

#include "lib/Algebra/L2Norm.h"
#include "mlir/IR/Builders.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace sluice::delta;

namespace {
/// Operations of delta, one after another.
struct StepBuilder {
  OpBuilder builder;
  Location loc;

  Value number(double value) {
    return ConstantOp::create(builder, loc, builder.getF64FloatAttr(value));
  }
  template <typename Op> Value make(Value a) {
    return Op::create(builder, loc, a);
  }
  template <typename Op> Value make(Value a, Value c) {
    return Op::create(builder, loc, a, c);
  }
};
} // namespace

/// 1 ÷ √(a·a + ε) for an ε that is much to what a·a loses below float32, and
/// nothing to lengths near its end: of two sums of squares, the second one of
/// a ÷ 2⁸⁰, at least one has not left float32's range. Where it is the first,
/// the second is cut so that its result is smaller, and where the first
/// overflows its result is 0.
static Value makeFactorOfTwoSums(StepBuilder &b, Value a, double epsilon) {
  Value one = b.number(1);
  Value square = DotOp::create(b.builder, b.loc, a, a);
  square = b.make<AddOp>(square, b.number(epsilon));
  Value power = b.number(0x1p-80);
  Value small = b.make<MulOp>(power, a);
  Value ofSmall = DotOp::create(b.builder, b.loc, small, small);
  ofSmall = b.make<MaxOp>(ofSmall, b.number(0x1p-60));
  Value ofFirst = b.make<DivOp>(one, b.make<SqrtOp>(square));
  return b.make<MaxOp>(ofFirst, b.make<DivOp>(power, b.make<SqrtOp>(ofSmall)));
}

/// a ÷ √(a·a + ε) for an ε of any size, a being divided by the sum of its
/// magnitudes first. That is no smaller than the largest and no larger than n
/// times it: n numbers and √ε divided by it have squares that float32 holds, or
/// too small to count. So have they where the sum is cut to numbers whose
/// reciprocals float32 has: it overflows, or all are subnormal.
static Value makeOfMagnitudes(StepBuilder &b, Value a, double epsilon) {
  constexpr double kSmallest = 0x1p-126, kLargest = 0x1p126;
  double root = std::sqrt(epsilon);
  Value sum = ReduceOp::create(b.builder, b.loc,
                               ScalarType::get(b.builder.getContext()),
                               Reduction::Sum, b.make<AbsOp>(a));
  sum = b.make<MaxOp>(sum, b.number(std::max(root, kSmallest)));
  sum = b.make<MinOp>(sum, b.number(kLargest));
  Value one = b.number(1);
  Value factor = b.make<DivOp>(one, sum);
  Value scaled = b.make<MulOp>(factor, a);
  Value square = DotOp::create(b.builder, b.loc, scaled, scaled);
  if (root > 0) {
    // The factor is at most 1 ÷ kSmallest; float32 does not have every √ε below
    // that.
    bool isSmall = root < kSmallest;
    Value last = isSmall ? b.make<MulOp>(factor, b.number(kSmallest)) : factor;
    last = b.make<MulOp>(last, b.number(isSmall ? root / kSmallest : root));
    square = b.make<AddOp>(square, b.make<MulOp>(last, last));
    // An ε that is nothing beside the smallest number is much beside 0.
    if (isSmall)
      square = b.make<MaxOp>(square, b.number(kSmallest));
  }
  return b.make<MulOp>(b.make<DivOp>(one, b.make<SqrtOp>(square)), scaled);
}

/// A scale of the step, or a constant, that is neither so large nor so small
/// that its product with a factor from 2⁻¹³⁰ to 2³⁰ would leave float32.
static bool isUsualNumber(Value value) {
  if (!isa<ScalarType>(value.getType()))
    return false;
  if (value.getDefiningOp<ScaleOp>())
    return true;
  auto constant = value.getDefiningOp<ConstantOp>();
  double size = constant ? std::fabs(constant.getValue().convertToDouble()) : 0;
  return size >= 1 && size <= 0x1p90;
}

/// Replaces the result, `factor` times `a`. Of a number times that the factor
/// is multiplied: a number of a token is cheaper to multiply than its vectors.
static void replaceByProduct(StepBuilder &b, L2NormOp norm, Value factor) {
  Value a = norm.getOperand();
  for (Operation *user : llvm::make_early_inc_range(norm->getUsers())) {
    auto product = dyn_cast<MulOp>(user);
    if (!product || product->getBlock() != norm->getBlock())
      continue;
    Value other = product.getLhs() == norm.getResult() ? product.getRhs()
                                                       : product.getLhs();
    if (!isUsualNumber(other))
      continue;
    // In place: whoever walks the step may have it in hand.
    StepBuilder behind{OpBuilder(product), product.getLoc()};
    product->setOperands({behind.make<MulOp>(other, factor), a});
  }
  norm.replaceAllUsesWith(b.make<MulOp>(factor, a));
}

void sluice::expandL2Norm(L2NormOp norm) {
  StepBuilder b{OpBuilder(norm), norm.getLoc()};
  Value a = norm.getOperand();
  double epsilon = norm.getEpsilon().convertToDouble();
  if (epsilon >= 0x1p-60 && epsilon <= 0x1p60)
    replaceByProduct(b, norm, makeFactorOfTwoSums(b, a, epsilon));
  else
    norm.replaceAllUsesWith(makeOfMagnitudes(b, a, epsilon));
  norm.erase();
}
