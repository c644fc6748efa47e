//===- TileAxes.cpp - which axes of a kernel are one ----------------------===//

#include "dialects/Tile/TileAxes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// Returns true for what takes an instruction at most.
static bool isSimple(Operation *op) {
  return isa<arith::ConstantOp, BroadcastOp, PlaceOp>(op) ||
         (OpTrait::hasElementwiseMappableTraits(op) &&
          isa<arith::ArithDialect>(op->getDialect()) &&
          !isa<arith::DivFOp, arith::RemFOp>(op));
}

void tile::separateUniforms(KernelOp kernel) {
  llvm::SetVector<Operation *> uniforms;
  kernel.getBody().walk([&](Operation *op) {
    bool isOfUniforms = llvm::all_of(op->getOperands(), [&](Value operand) {
      return !isa<RankedTensorType>(operand.getType()) ||
             uniforms.contains(operand.getDefiningOp());
    });
    if (op->getNumResults() == 1 && isSimple(op) &&
        isa<RankedTensorType>(op->getResult(0).getType()) && isOfUniforms)
      uniforms.insert(op);
  });
  // Users come first, so that what they look at has as many as there will be.
  for (Operation *op : llvm::reverse(uniforms)) {
    for (OpOperand &use :
         llvm::make_early_inc_range(op->getResult(0).getUses())) {
      OpBuilder b(use.getOwner());
      use.set(b.clone(*op)->getResult(0));
    }
    op->erase();
  }
}

static unsigned getNumAxes(Value value) {
  auto shaped = dyn_cast<ShapedType>(value.getType());
  return shaped ? shaped.getRank() : 0;
}

AxisClasses::AxisClasses(KernelOp kernel) {
  for (Value argument : kernel.getBody().getArguments())
    add(argument);
  kernel.getBody().walk([&](Operation *op) {
    for (Value result : op->getResults())
      add(result);
    for (Region &region : op->getRegions())
      for (Value argument : region.getArguments())
        add(argument);
  });
  classes.grow(next);
  kernel.getBody().walk([&](Operation *op) { visit(op); });
  classes.compress();
}

std::optional<unsigned> AxisClasses::find(Value value, unsigned number) const {
  if (!isa<RankedTensorType>(value.getType()) || !numbers.contains(value))
    return std::nullopt;
  for (unsigned axis = 0, e = getNumAxes(value); axis < e; ++axis)
    if (get(value, axis) == number)
      return axis;
  return std::nullopt;
}

void AxisClasses::add(Value value) {
  if (unsigned count = getNumAxes(value)) {
    numbers[value] = next;
    next += count;
  }
}

void AxisClasses::join(Value a, unsigned axisOfA, Value b, unsigned axisOfB) {
  classes.join(numbers.lookup(a) + axisOfA, numbers.lookup(b) + axisOfB);
}

void AxisClasses::joinAll(Value a, Value b) {
  if (getNumAxes(a) != getNumAxes(b))
    return;
  for (unsigned axis = 0, e = getNumAxes(a); axis < e; ++axis)
    join(a, axis, b, axis);
}

void AxisClasses::joinAll(ValueRange a, ValueRange b) {
  for (auto [x, y] : llvm::zip_equal(a, b))
    joinAll(x, y);
}

void AxisClasses::visit(Operation *op) {
  auto access = [&](Value tensor, Value memory, ArrayRef<int64_t> along) {
    for (auto [axis, axisOfMemory] : llvm::enumerate(along))
      join(tensor, axis, memory, axisOfMemory);
  };
  if (auto load = dyn_cast<LoadOp>(op)) {
    access(load.getResult(), load.getMemory(), load.getAlong());
  } else if (auto store = dyn_cast<StoreOp>(op)) {
    access(store.getValue(), store.getMemory(), store.getAlong());
  } else if (auto copy = dyn_cast<CopyOp>(op)) {
    for (auto [axis, axisOfFrom] :
         llvm::zip_equal(copy.getAlong(), copy.getFromAlong()))
      join(copy.getMemory(), axis, copy.getFrom(), axisOfFrom);
  } else if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    access(broadcast.getOperand(), broadcast.getResult(), broadcast.getAlong());
  } else if (auto dot = dyn_cast<DotOp>(op)) {
    unsigned left = getContracted(dot, /*isRight=*/false),
             right = getContracted(dot, /*isRight=*/true);
    join(dot.getLhs(), left, dot.getRhs(), right);
    join(dot.getLhs(), 1 - left, dot.getResult(), 0);
    join(dot.getRhs(), 1 - right, dot.getResult(), 1);
    if (dot.getInto())
      joinAll(dot.getInto(), dot.getResult());
  } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
    for (unsigned axis = 0, e = getNumAxes(reduce.getResult()); axis < e;
         ++axis)
      join(reduce.getResult(), axis, reduce.getOperand(),
           axis + (!reduce.getByWarp() && axis >= reduce.getAxis()));
  } else if (auto loop = dyn_cast<scf::ForOp>(op)) {
    joinAll(loop.getInitArgs(), loop.getRegionIterArgs());
    joinAll(loop.getYieldedValues(), loop.getRegionIterArgs());
    joinAll(loop.getResults(), loop.getRegionIterArgs());
  } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
    if (branch.getNumResults() > 0) {
      joinAll(branch.thenYield().getOperands(), branch.getResults());
      joinAll(branch.elseYield().getOperands(), branch.getResults());
    }
  } else if (isa<PrefixOp, InverseOp, ConvertOp>(op) ||
             OpTrait::hasElementwiseMappableTraits(op)) {
    for (Value operand : op->getOperands())
      joinAll(operand, op->getResult(0));
  }
}
