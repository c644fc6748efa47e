//===- IndependentColumns.cpp - whether a step mixes columns --------------===//

#include "lib/Analysis/IndependentColumns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static bool isAlongValue(Value value) {
  auto vec = dyn_cast<VecType>(value.getType());
  return vec && vec.getAxis() == Axis::Value;
}

Operation *delta::findMixedColumns(RecurrenceOp op) {
  for (Operation &step : op.getStep()) {
    if (auto read = dyn_cast<ReadOp>(step); read && !read.isLeft())
      return &step;
    if (isa<DotOp, ReduceOp, L2NormOp>(step) &&
        isAlongValue(step.getOperand(0)))
      return &step;
  }
  YieldOp yield = op.getYield();
  return llvm::all_of(yield.getOutputs(), isAlongValue) ? nullptr : yield;
}
