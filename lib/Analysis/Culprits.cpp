//===- Culprits.cpp - Which operation an error is about -------------------===//

#include "lib/Analysis/Culprits.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// The states that each state value is made of, as bits.
static llvm::DenseMap<Value, llvm::BitVector> findSources(RecurrenceOp op) {
  SmallVector<BlockArgument> states = op.getStates();
  llvm::DenseMap<Value, llvm::BitVector> sources;
  for (auto [i, state] : llvm::enumerate(states)) {
    llvm::BitVector own(states.size());
    own.set(i);
    sources[state] = own;
  }
  for (Operation &step : op.getStep()) {
    auto onStates = dyn_cast<StateOpInterface>(step);
    if (!onStates || !isa<StateType>(step.getResult(0).getType()))
      continue;
    llvm::BitVector all(states.size());
    for (Value operand : onStates.getStateOperands())
      all |= sources.lookup(operand);
    sources[step.getResult(0)] = all;
  }
  return sources;
}

/// The state values that `state` is made of, itself included.
static llvm::DenseSet<Value> findWay(Value state) {
  llvm::DenseSet<Value> way;
  SmallVector<Value> pending{state};
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    if (!way.insert(value).second)
      continue;
    if (auto made = value.getDefiningOp<StateOpInterface>())
      llvm::append_range(pending, made.getStateOperands());
  }
  return way;
}

Operation *sluice::findDecay(RecurrenceOp op, unsigned from, unsigned to,
                             std::optional<Axis> axis) {
  llvm::DenseMap<Value, llvm::BitVector> sources = findSources(op);
  llvm::DenseSet<Value> way = findWay(op.getYield().getStates()[to]);
  for (Operation &step : op.getStep()) {
    if (!isa<DecayOp, ScaleStateOp>(step) || !way.contains(step.getResult(0)) ||
        !sources.lookup(step.getResult(0)).test(from))
      continue;
    auto vec = dyn_cast<VecType>(step.getOperand(1).getType());
    if (!axis || (vec && vec.getAxis() == *axis))
      return &step;
  }
  return nullptr;
}

Operation *sluice::findCoupling(RecurrenceOp op, ArrayRef<unsigned> group) {
  llvm::DenseMap<Value, llvm::BitVector> sources = findSources(op);
  llvm::BitVector members(op.getStates().size());
  for (unsigned member : group)
    members.set(member);
  llvm::DenseSet<Value> way;
  for (unsigned member : group)
    for (Value state : findWay(op.getYield().getStates()[member]))
      way.insert(state);
  for (auto sum : op.getStep().getOps<AddStatesOp>())
    if (way.contains(sum) && sources.lookup(sum).count() > 1 &&
        sources.lookup(sum).anyCommon(members))
      return sum;
  return op.getYield();
}

ReadOp sluice::findRead(RecurrenceOp op, Axis axis) {
  for (auto read : op.getStep().getOps<ReadOp>())
    if (cast<VecType>(read.getVector().getType()).getAxis() == axis)
      return read;
  return ReadOp();
}
