//===- TokenReduction.cpp - sums and extremes over an axis ----------------===//

#include "passes/WYToVector/TokenReduction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

using namespace mlir;
using namespace sluice;

vector::CombiningKind TokenReduction::getKind() const {
  auto reduce = dyn_cast<delta::ReduceOp>(op);
  if (!reduce || reduce.getKind() == delta::Reduction::Sum)
    return vector::CombiningKind::ADD;
  return reduce.getKind() == delta::Reduction::Max
             ? vector::CombiningKind::MAXIMUMF
             : vector::CombiningKind::MINIMUMF;
}

Value TokenReduction::getNeutral(VectorBuilder &b) const {
  const double infinity = std::numeric_limits<double>::infinity();
  switch (getKind()) {
  case vector::CombiningKind::MAXIMUMF:
    return b.splat(-infinity);
  case vector::CombiningKind::MINIMUMF:
    return b.splat(infinity);
  default:
    return b.splat(0);
  }
}

Value TokenReduction::accumulate(VectorBuilder &b, ArrayRef<Value> operands,
                                 Value soFar) const {
  if (isa<delta::DotOp>(op))
    return b.fma(operands[0], operands[1], soFar);
  switch (getKind()) {
  case vector::CombiningKind::MAXIMUMF:
    return arith::MaximumFOp::create(b.builder, b.loc, soFar, operands[0]);
  case vector::CombiningKind::MINIMUMF:
    return arith::MinimumFOp::create(b.builder, b.loc, soFar, operands[0]);
  default:
    return b.sum(soFar, operands[0]);
  }
}

Value TokenReduction::finish(VectorBuilder &b, Value vector) const {
  return b.reduce(vector, getKind());
}
