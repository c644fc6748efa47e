//===- Borders.cpp - conversions where layouts meet -----------------------===//

#include "passes/TileAssignLayouts/Borders.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/TileAssignLayouts/MatrixLayouts.h"
#include "passes/TileAssignLayouts/VectorLayouts.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

static RankedTensorType getTensorType(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

/// Has `operand` converted to a layout before `op`.
static void convertOperand(OpOperand &operand, LayoutAttr layout) {
  RankedTensorType type = getTensorType(operand.get());
  if (getLayout(type) == layout)
    return;
  OpBuilder b(operand.getOwner());
  operand.set(ConvertOp::create(b, operand.getOwner()->getLoc(),
                                withLayout(type, layout), operand.get()));
}

/// Has a result that is made in a layout converted to the one that its users
/// expect.
static void convertResult(Value result, Type made) {
  Type expected = result.getType();
  if (made == expected)
    return;
  OpBuilder b(result.getContext());
  b.setInsertionPointAfterValue(result);
  result.setType(made);
  auto convert = ConvertOp::create(b, result.getLoc(), expected, result);
  result.replaceAllUsesExcept(convert.getResult(), convert);
}

static LogicalResult convertAround(DotOp op, bool isByColumns, int64_t warps) {
  auto emitError = [&] {
    return op.emitOpError() << "cannot be held by " << warps << " warps: ";
  };
  DotLayouts layouts(emitError, op, isByColumns, warps);
  if (!layouts.result)
    return failure();
  convertOperand(op.getLhsMutable(), layouts.lhs);
  convertOperand(op.getRhsMutable(), layouts.rhs);
  RankedTensorType made = withLayout(op.getType(), layouts.result);
  if (op.getInto())
    convertOperand(op.getIntoMutable()[0], layouts.result);
  convertResult(op.getResult(), made);
  return success();
}

static LogicalResult convertAround(InverseOp op, int64_t warps) {
  auto emitError = [&] {
    return op.emitOpError() << "cannot be held by " << warps << " warps: ";
  };
  LayoutAttr layout = getInverseLayout(emitError, op, warps);
  if (!layout)
    return failure();
  convertOperand(op.getOperandMutable(), layout);
  convertResult(op.getResult(), withLayout(op.getType(), layout));
  return success();
}

LogicalResult sluice::convertBorders(KernelOp kernel,
                                     const TensorClasses &classes) {
  int64_t warps = kernel.getWarpsOfTensors();
  SmallVector<Operation *> borders;
  kernel.getBody().walk([&](Operation *op) {
    if (isa<BroadcastOp, DotOp, InverseOp, ReduceOp>(op))
      borders.push_back(op);
  });
  for (Operation *op : borders) {
    if (auto dot = dyn_cast<DotOp>(op)) {
      if (isForTensorCores(dot) &&
          failed(convertAround(dot, classes.get(dot.getResult()).isByColumns,
                               warps)))
        return failure();
    } else if (auto inverse = dyn_cast<InverseOp>(op)) {
      if (failed(convertAround(inverse, warps)))
        return failure();
    } else if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
      if (getTensorType(broadcast.getOperand()))
        convertOperand(broadcast.getOperandMutable(),
                       getLayout(broadcast.getType())
                           .dropAxis(1 - broadcast.getAlong().front()));
    } else {
      auto reduce = cast<ReduceOp>(op);
      convertResult(reduce.getResult(),
                    ReduceOp::inferType(getTensorType(reduce.getOperand()),
                                        reduce.getAxis(), /*byWarp=*/false));
    }
  }
  return success();
}

void sluice::gatherRows(KernelOp kernel) {
  SmallVector<StoreOp> stores;
  kernel.getBody().walk([&](StoreOp op) {
    RankedTensorType type = getTensorType(op.getValue());
    if (type && type.getRank() == 2 && op->getParentOfType<scf::ForOp>() &&
        !isShared(cast<MemRefType>(op.getMemory().getType())) &&
        getVectorLength(getLayout(type)) == 1)
      stores.push_back(op);
  });
  for (StoreOp op : stores) {
    ArrayRef<int64_t> shape = getTensorType(op.getValue()).getShape();
    LayoutAttr rows =
        getBlockedMatrix([&] { return op.emitOpError(); }, op.getContext(),
                         shape[0], shape[1], kernel.getWarpsOfTensors());
    convertOperand(op.getValueMutable(), rows);
  }
}
