//===- TensorClasses.cpp - tensors that have one layout -------------------===//

#include "passes/TileAssignLayouts/TensorClasses.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

static bool isTensor(Value value) {
  return isa<RankedTensorType>(value.getType());
}

bool TensorClass::hasPrefix() const {
  return llvm::any_of(
      values, [](Value value) { return value.getDefiningOp<PrefixOp>(); });
}

TensorClasses::TensorClasses(KernelOp kernel) {
  kernel.getBody().walk([&](Operation *op) { visit(op); });
  for (Value value : all) {
    Value leader = members.getLeaderValue(value);
    auto [it, isNew] = numbers.try_emplace(leader, classes.size());
    if (isNew)
      classes.emplace_back();
    numbers[value] = it->second;
    classes[numbers[value]].values.push_back(value);
  }
}

void TensorClasses::add(Value value) {
  if (!isTensor(value) || members.contains(value))
    return;
  members.insert(value);
  all.push_back(value);
}

void TensorClasses::connect(ValueRange a, ValueRange b) {
  for (auto [x, y] : llvm::zip_equal(a, b)) {
    add(x);
    add(y);
    if (isTensor(x))
      members.unionSets(x, y);
  }
}

void TensorClasses::visit(Operation *op) {
  for (Value result : op->getResults())
    add(result);
  for (Region &region : op->getRegions())
    for (Value argument : region.getArguments())
      add(argument);
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    connect(loop.getInitArgs(), loop.getRegionIterArgs());
    connect(loop.getYieldedValues(), loop.getRegionIterArgs());
    connect(loop.getResults(), loop.getRegionIterArgs());
  } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
    if (branch.getNumResults() > 0) {
      connect(branch.thenYield().getOperands(), branch.getResults());
      connect(branch.elseYield().getOperands(), branch.getResults());
    }
  } else if (auto dot = dyn_cast<DotOp>(op)) {
    if (dot.getInto())
      connect(dot.getInto(), dot.getResult());
  } else if (isa<PrefixOp>(op) || OpTrait::hasElementwiseMappableTraits(op)) {
    for (ValueRange values :
         {ValueRange(op->getOperands()), ValueRange(op->getResults())})
      for (Value value : values)
        if (isTensor(value))
          connect(value, op->getResult(0));
  }
}
