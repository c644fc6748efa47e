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

void sluice::expandL2Norm(L2NormOp norm) {
  // The magnitudes' sum is no smaller than the largest and no larger than n
  // times it: divided by that, n numbers and √ε have squares that float32
  // holds, or too small to count. So have they where the sum is cut to numbers
  // whose reciprocals float32 has: it overflows, or all are subnormal.
  constexpr double kSmallest = 0x1p-126, kLargest = 0x1p126;
  StepBuilder b{OpBuilder(norm), norm.getLoc()};
  Value a = norm.getOperand();
  double root = std::sqrt(norm.getEpsilon().convertToDouble());
  Value sum =
      ReduceOp::create(b.builder, b.loc, ScalarType::get(norm.getContext()),
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
  Value reciprocal = b.make<DivOp>(one, b.make<SqrtOp>(square));
  norm.replaceAllUsesWith(b.make<MulOp>(reciprocal, scaled));
  norm.erase();
}
