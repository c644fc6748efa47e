//===- ColumnCopier.cpp - some columns of a kernel's values ---------------===//

#include "passes/TileByWarps/ColumnCopier.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

bool ValueColumns::isSum(Operation *op) const {
  auto reduce = dyn_cast<ReduceOp>(op);
  return reduce && !reduce.getByWarp() &&
         axes->get(reduce.getOperand(), reduce.getAxis()) == number;
}

bool ValueColumns::areIndependentIn(Operation *op) const {
  auto isValues = [&](Value value, unsigned axis) {
    return axes->get(value, axis) == number;
  };
  for (Value result : op->getResults())
    if (auto tensor = dyn_cast<RankedTensorType>(result.getType())) {
      std::optional<unsigned> axis = getAxis(result);
      if (axis && *axis + 1 < tensor.getRank() && isValues(result, *axis + 1))
        return false;
    }
  if (auto dot = dyn_cast<DotOp>(op))
    return !isValues(dot.getLhs(), AxisClasses::getContracted(dot, false));
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return !isValues(reduce.getOperand(), reduce.getAxis());
  if (auto prefix = dyn_cast<PrefixOp>(op))
    return !isValues(prefix.getOperand(), 0);
  if (auto inverse = dyn_cast<InverseOp>(op))
    return !isValues(inverse.getResult(), 0) &&
           !isValues(inverse.getResult(), 1);
  return true;
}

Type ColumnCopier::getType(Value value) const {
  std::optional<unsigned> axis = columns.getAxis(value);
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

/// Counts places along the axis of values from the first column on.
void ColumnCopier::movePlaces(PlaceOp from, PlaceOp to) {
  if (columns.getAxis(from.getResult()) != from.getAxis())
    return;
  Location loc = to.getLoc();
  Value number = arith::IndexCastOp::create(b, loc, b.getI32Type(), first);
  Value shift =
      BroadcastOp::create(b, loc, to.getType(), number, ArrayRef<int64_t>());
  map.map(from.getResult(),
          arith::AddIOp::create(b, loc, to.getResult(), shift).getResult());
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
  if (!isInBounds)
    end = arith::SubIOp::create(
        b, op.getLoc(), arith::ConstantIndexOp::create(b, op.getLoc(), total),
        first);
  map.map(op.getResult(),
          sums->sum(b, op, map.lookup(op.getOperand()), warp, end));
}

void ColumnCopier::copy(Operation &op) {
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return copyBranch(branch);
  if (sums && sums->contains(&op))
    return copySum(cast<ReduceOp>(op));
  Operation *copied = b.clone(op, map);
  for (auto [from, to] : llvm::zip(op.getResults(), copied->getResults()))
    to.setType(getType(from));
  if (auto constant = dyn_cast<arith::ConstantOp>(copied)) {
    if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
      constant.setValueAttr(
          splat.resizeSplat(cast<ShapedType>(constant.getType())));
  } else if (auto load = dyn_cast<LoadOp>(copied)) {
    moveAccess(load, columns.getAxis(op.getResult(0)));
  } else if (auto store = dyn_cast<StoreOp>(copied)) {
    moveAccess(store, columns.getAxis(op.getOperand(0)));
  } else if (auto place = dyn_cast<PlaceOp>(copied)) {
    movePlaces(cast<PlaceOp>(op), place);
  }
}

Value sluice::divideGrid(OpBuilder &b, Location loc, KernelOp kernel,
                         int64_t parts, IRMapping &map) {
  SmallVector<Attribute> grid(kernel.getGrid().begin(), kernel.getGrid().end());
  std::string size = cast<StringAttr>(grid[0]).getValue().str();
  kernel.setGridAttr(
      b.getStrArrayAttr({"(" + size + ") * " + std::to_string(parts)}));
  Value number = gpu::BlockIdOp::create(b, loc, gpu::Dimension::x);
  Value count = arith::ConstantIndexOp::create(b, loc, parts);
  Value place = arith::DivUIOp::create(b, loc, number, count);
  kernel.getBody().walk(
      [&](gpu::BlockIdOp op) { map.map(op.getResult(), place); });
  return arith::RemUIOp::create(b, loc, number, count);
}
