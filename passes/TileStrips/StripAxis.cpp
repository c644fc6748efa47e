//===- StripAxis.cpp - the axis that is cut into strips -------------------===//

#include "passes/TileStrips/StripAxis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

bool StripAxis::isForeign(Value value) const {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return false;
  unsigned count = 0;
  for (unsigned axis = 0, e = type.getRank(); axis < e; ++axis)
    if (classes.get(value, axis) == number) {
      ++count;
      if (type.getDimSize(axis) != size)
        return true;
    }
  return count > 1;
}

RankedTensorType StripAxis::getStripType(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[*find(value)] = width;
  return type.clone(shape);
}

bool StripAxis::isSum(Operation *op) const {
  if (auto dot = dyn_cast<DotOp>(op))
    return find(dot.getLhs()) && !find(dot.getResult());
  auto reduce = dyn_cast<ReduceOp>(op);
  return reduce && find(reduce.getOperand()) == reduce.getAxis();
}

bool StripAxis::canStrip(Operation *op) const {
  bool isSeen = false;
  for (ValueRange values :
       {ValueRange(op->getOperands()), ValueRange(op->getResults())})
    for (Value value : values) {
      if (isForeign(value))
        return false;
      isSeen |= find(value).has_value();
    }
  if (!isSeen || op->getNumRegions() > 0)
    return false;
  // `valid` counts along the first axis.
  if (auto load = dyn_cast<LoadOp>(op))
    return !load.getValid() || find(load.getResult()) != 0u;
  if (auto store = dyn_cast<StoreOp>(op))
    return !store.getValid() || find(store.getValue()) != 0u;
  if (auto prefix = dyn_cast<PrefixOp>(op))
    return find(prefix.getResult()) != 0u;
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return !reduce.getByWarp();
  if (isa<arith::ConstantOp, BroadcastOp, DotOp, PlaceOp>(op))
    return true;
  return op->getNumResults() == 1 && isMemoryEffectFree(op) &&
         OpTrait::hasElementwiseMappableTraits(op);
}
