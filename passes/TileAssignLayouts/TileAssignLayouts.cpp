//===- TileAssignLayouts.cpp - who holds which element --------------------===//

#include "passes/TileAssignLayouts/TileAssignLayouts.h"
#include "dialects/Tile/TileAxes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/TileAssignLayouts/Borders.h"
#include "passes/TileAssignLayouts/MatrixLayouts.h"
#include "passes/TileAssignLayouts/VectorLayouts.h"

namespace sluice {
#define GEN_PASS_DEF_TILEASSIGNLAYOUTS
#include "passes/TileAssignLayouts/TileAssignLayouts.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

static RankedTensorType getTensorType(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

/// Loads of operands from shared memory cost less than a way through it: each
/// product has its own, in its own layout.
static void separateLoads(KernelOp kernel) {
  SmallVector<LoadOp> loads;
  kernel.getBody().walk([&](LoadOp op) {
    if (getTensorType(op.getResult()) &&
        isShared(cast<MemRefType>(op.getMemory().getType())))
      loads.push_back(op);
  });
  for (LoadOp op : loads)
    for (OpOperand &use : llvm::make_early_inc_range(op->getUses()))
      if (!op->hasOneUse()) {
        OpBuilder b(op);
        use.set(b.clone(*op)->getResult(0));
      }
}

/// Sets prefixes apart from products that share their class: a product's
/// elementwise maths stays where tensor cores leave it, and what is small
/// enough to be a product's result passes to columns and back.
static void separatePrefixes(KernelOp kernel) {
  TensorClasses classes(kernel);
  SmallVector<PrefixOp> prefixes;
  kernel.getBody().walk([&](PrefixOp op) {
    if (llvm::any_of(classes.get(op.getResult()).values, [](Value value) {
          auto dot = value.getDefiningOp<DotOp>();
          return dot && isForTensorCores(dot);
        }))
      prefixes.push_back(op);
  });
  for (PrefixOp op : prefixes) {
    OpBuilder b(op);
    auto convert = [&](Value value) -> Value {
      return ConvertOp::create(b, op.getLoc(), value.getType(), value);
    };
    op.getOperandMutable().set(convert(op.getOperand()));
    b.setInsertionPointAfter(op);
    Value after = convert(op.getResult());
    op.getResult().replaceAllUsesExcept(after, after.getDefiningOp());
  }
}

/// Sets apart what is multiplied in 16 bits for products alone: they take it as
/// it is made, and what it is made of as they take that.
static void separateFactors(KernelOp kernel) {
  SmallVector<arith::MulFOp> factors;
  kernel.getBody().walk([&](arith::MulFOp op) {
    if (isa<RankedTensorType>(op.getType()) &&
        getElementTypeOrSelf(op.getType()).getIntOrFloatBitWidth() == 16 &&
        llvm::all_of(op->getUsers(), llvm::IsaPred<DotOp>))
      factors.push_back(op);
  });
  for (arith::MulFOp op : factors)
    for (OpOperand &operand : op->getOpOperands())
      if (!matchPattern(operand.get(), m_Constant())) {
        OpBuilder b(op);
        operand.set(
            ConvertOp::create(b, op.getLoc(), op.getType(), operand.get()));
      }
}

static void setType(Value value, LayoutAttr layout) {
  RankedTensorType type = withLayout(getTensorType(value), layout);
  value.setType(type);
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    constant.setValueAttr(
        cast<DenseElementsAttr>(constant.getValue()).reshape(type));
}

namespace {
struct TileAssignLayouts
    : sluice::impl::TileAssignLayoutsBase<TileAssignLayouts> {
  void runOnOperation() override {
    KernelOp kernel = getOperation();
    int64_t warps = kernel.getWarpsOfTensors();
    separateUniforms(kernel);
    if (kernel.getApart())
      separateLoads(kernel);
    separatePrefixes(kernel);
    separateFactors(kernel);
    TensorClasses classes(kernel);
    for (TensorClass &one : classes.get())
      if (kernel.getApart())
        one.isByColumns = chooseOrientation(one);
    for (TensorClass &one : classes.get()) {
      RankedTensorType type = getTensorType(one.values.front());
      // Loops and branches only hand on what an operation gives.
      Operation *op = one.values.front().getDefiningOp();
      if (type.getRank() > 2 || type.getEncoding()) {
        op->emitOpError() << "has a layout already, or more axes than two: "
                          << type;
        return signalPassFailure();
      }
      auto emitError = [&] {
        return op->emitOpError() << "cannot be held by " << warps << " warps: ";
      };
      one.layout =
          type.getRank() == 2 ? getMatrixLayout(emitError, classes, one, warps)
          : one.hasPrefix()
              ? getColumns(emitError, &getContext(), type.getShape(), warps)
              : getBlockedVector(emitError, &getContext(), type.getDimSize(0),
                                 warps);
      if (!one.layout)
        return signalPassFailure();
    }
    for (TensorClass &one : classes.get())
      if (one.layout.getRank() == 1 && !one.hasPrefix())
        one.layout = chooseVectorLayout(classes, one);
    for (const TensorClass &one : classes.get())
      for (Value value : one.values)
        setType(value, one.layout);
    if (failed(convertBorders(kernel, classes)))
      return signalPassFailure();
    if (kernel.getApart())
      gatherRows(kernel);
  }
};
} // namespace
