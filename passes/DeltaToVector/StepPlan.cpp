//===- StepPlan.cpp - when a value is computed and where it lives ---------===//

#include "passes/DeltaToVector/StepPlan.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

std::optional<Axis> sluice::getAxis(Value value) {
  if (auto vec = dyn_cast<VecType>(value.getType()))
    return vec.getAxis();
  return std::nullopt;
}

bool sluice::isFree(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isa<ConstantOp, ScaleOp>(op);
}

static bool isReduction(Operation *op) { return isa<DotOp, ReduceOp>(op); }

StepPlan::StepPlan(RecurrenceOp op, const StepSizes &sizes) : sizes(sizes) {
  planValues(op);
  planBuffers(op);
}

void StepPlan::planValues(RecurrenceOp op) {
  ops.resize(1);
  reads.resize(1);
  for (Operation &step : op.getStep()) {
    if (isa<YieldOp>(step))
      continue;
    if (auto read = dyn_cast<ReadOp>(step)) {
      planRead(read);
    } else if (!isa<StateType>(step.getResult(0).getType())) {
      planValue(&step);
    } else {
      update.push_back(&step);
      for (Value operand : step.getOperands())
        if (!isa<StateType>(operand.getType()))
          updateOperands.insert(operand);
    }
  }
}

void StepPlan::planRead(ReadOp read) {
  // The vector is complete when its own stage is, so the read opens the next.
  unsigned stage = get(read.getVector()).stage + 1;
  if (getNumStages() <= stage) {
    ops.resize(stage + 1);
    reads.resize(stage + 1);
  }
  reads[stage].push_back(read);
  values[read.getResult()] = {stage, /*depth=*/0};
  columnwise &= read.isLeft() && stage == 1;
}

void StepPlan::planValue(Operation *op) {
  Value result = op->getResult(0);
  if (isFree(result))
    return;
  ValuePlan plan;
  for (Value operand : op->getOperands())
    plan.stage = std::max(plan.stage, get(operand).stage);
  for (Value operand : op->getOperands()) {
    ValuePlan of = get(operand);
    if (of.stage != plan.stage)
      continue;
    Operation *producer = operand.getDefiningOp();
    plan.depth = std::max(
        plan.depth, of.depth + (producer && isReduction(producer) ? 1u : 0u));
  }
  values[result] = plan;
  ops[plan.stage].push_back(op);
  // A scalar or a key vector made of reads has looked at many columns.
  if (plan.stage > 0)
    columnwise &= getAxis(result) == Axis::Value;
}

void StepPlan::allocate(Value value) {
  if (isFree(value) || buffers.contains(value))
    return;
  std::optional<Axis> axis = getAxis(value);
  // A scalar takes a cache line, so that vectors stay aligned.
  int64_t stride = axis ? sizes.paddedDim(*axis) : 1;
  int64_t slots = values.lookup(value).stage == 0 ? sizes.tokenBlock + 1 : 1;
  buffers[value] = {scratchSize, stride, slots};
  scratchSize += (stride * slots + 15) / 16 * 16;
}

void StepPlan::planBuffers(RecurrenceOp op) {
  scratchSize = getStateOffset(op.getStates().size());
  // Sweeps take their operands from scratch, and leave their reads there.
  for (Operation *state : update)
    for (Value operand : state->getOperands())
      if (!isa<StateType>(operand.getType()))
        allocate(operand);
  for (ArrayRef<ReadOp> stage : reads)
    for (ReadOp read : stage) {
      allocate(read.getVector());
      allocate(read.getResult());
    }
  // Values cross from one loop to another by scratch: other stages, other
  // depths. Arguments are read where they are used.
  for (unsigned stage = 0; stage < getNumStages(); ++stage)
    for (Operation *user : ops[stage])
      for (Value operand : user->getOperands()) {
        if (isa<BlockArgument>(operand))
          continue;
        ValuePlan from = get(operand), to = get(user->getResult(0));
        bool crossesLoops = getAxis(operand) && from.depth != to.depth;
        if (from.stage != to.stage || crossesLoops)
          allocate(operand);
      }
}
