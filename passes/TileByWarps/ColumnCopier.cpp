//===- ColumnCopier.cpp - operations with columns of values ---------------===//

#include "passes/TileByWarps/ColumnCopier.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

Type ColumnCopier::getType(Value value) const {
  std::optional<unsigned> axis = phases.getValueAxis(value);
  if (!axis)
    return value.getType();
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[*axis] = width;
  return type.clone(shape);
}

/// Moves an access of memory along the axis of values.
template <typename Op>
void ColumnCopier::moveAccess(Op op, std::optional<unsigned> axis) {
  if (!axis)
    return;
  int64_t axisOfMemory = op.getAlong()[*axis];
  OpOperand &at = op.getIndicesMutable()[axisOfMemory];
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(op);
  at.set(arith::AddIOp::create(b, op.getLoc(), at.get(), first));
  op.setInBounds(op.getInBounds() && isInBounds);
}

void ColumnCopier::copyBranch(scf::IfOp op) {
  SmallVector<Type> types;
  for (Value result : op.getResults())
    types.push_back(getType(result));
  auto branch =
      scf::IfOp::create(b, op.getLoc(), types, map.lookup(op.getCondition()),
                        /*withElseRegion=*/!op.getElseRegion().empty());
  OpBuilder::InsertionGuard guard(b);
  for (auto [from, to] : llvm::zip(op.getRegions(), branch->getRegions())) {
    if (from->empty())
      continue;
    b.setInsertionPointToStart(&to.front());
    for (Operation &inner : from->front())
      if (!isa<scf::YieldOp>(inner) || types.size() > 0)
        copy(inner);
  }
  map.map(op.getResults(), branch.getResults());
}

void ColumnCopier::copySum(ReduceOp op) {
  Value end;
  if (!isInBounds) {
    Value columns =
        arith::ConstantIndexOp::create(b, op.getLoc(), phases.getColumns());
    end = arith::SubIOp::create(b, op.getLoc(), columns, first);
  }
  map.map(op.getResult(),
          sums.sum(b, op, map.lookup(op.getOperand()), warp, end));
}

void ColumnCopier::copy(Operation &op) {
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return copyBranch(branch);
  if (sums.contains(&op))
    return copySum(cast<ReduceOp>(op));
  Operation *copied = b.clone(op, map);
  for (auto [from, to] : llvm::zip(op.getResults(), copied->getResults()))
    to.setType(getType(from));
  if (auto constant = dyn_cast<arith::ConstantOp>(copied)) {
    if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
      constant.setValueAttr(
          splat.resizeSplat(cast<ShapedType>(constant.getType())));
  } else if (auto load = dyn_cast<LoadOp>(copied)) {
    moveAccess(load, phases.getValueAxis(op.getResult(0)));
  } else if (auto store = dyn_cast<StoreOp>(copied)) {
    moveAccess(store, phases.getValueAxis(op.getOperand(0)));
  }
}
