//===- MatrixLayouts.cpp - what tensor cores want -------------------------===//

#include "passes/TileAssignLayouts/MatrixLayouts.h"
#include "lib/Layout/Freedoms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

bool sluice::isForTensorCores(DotOp op) {
  return !getElementTypeOrSelf(op.getLhs().getType()).isF32();
}

DotLayouts::DotLayouts(EmitError emitError, DotOp op, bool isByColumns,
                       int64_t warps) {
  constexpr layout::MatrixShape kTile{16, 8, 16};
  ArrayRef<int64_t> shape = op.getType().getShape();
  unsigned axis = op.getTransposeLhs() ? 0 : 1;
  layout::MatrixShape size{
      static_cast<unsigned>(shape[0]), static_cast<unsigned>(shape[1]),
      static_cast<unsigned>(getTensorType(op.getLhs()).getDimSize(axis))};
  if (isByColumns)
    std::swap(size.m, size.n);
  // Who holds what is the same for all types of 16 bits.
  layout::ProductLayouts product = llvm::cantFail(layout::getProductLayouts(
      kTile, ptx::Type::BF16, size, llvm::Log2_64(warps)));
  if (isByColumns)
    product = layout::transposeProduct(product);
  auto get = [&](const layout::LinearLayout &matrix, bool isTransposed) {
    return LayoutAttr::getChecked(emitError, op.getContext(),
                                  isTransposed ? layout::transposeMatrix(matrix)
                                               : matrix);
  };
  LayoutAttr a = get(product.a, op.getTransposeLhs());
  LayoutAttr b = a ? get(product.b, op.getTransposeRhs()) : a;
  LayoutAttr c = b ? get(product.accumulator, /*isTransposed=*/false) : b;
  if (c)
    std::tie(lhs, rhs, result) = std::tuple(a, b, c);
}

/// The axis of an operand that is not summed over.
static unsigned getFreeAxis(OpOperand &operand) {
  auto dot = cast<DotOp>(operand.getOwner());
  bool isRight = operand.getOperandNumber() == 1;
  return isRight ? !dot.getTransposeRhs() : dot.getTransposeLhs();
}

static bool isOperand(OpOperand &use) {
  auto dot = dyn_cast<DotOp>(use.getOwner());
  return dot && isForTensorCores(dot) && use.getOperandNumber() < 2;
}

bool sluice::chooseOrientation(const TensorClass &products) {
  int64_t rows = 0, columns = 0;
  for (Value value : products.values)
    for (OpOperand &use : value.getUses())
      if (isOperand(use))
        (getFreeAxis(use) == 0 ? rows : columns) +=
            getTensorType(value).getNumElements();
  return columns > rows;
}

LayoutAttr sluice::getInverseLayout(EmitError emitError, InverseOp op,
                                    int64_t warps) {
  return getColumns(emitError, op.getContext(), op.getType().getShape(), warps,
                    op.getRowsOfBlock());
}

/// The product that alone uses what alone a class has, a load from shared
/// memory, or that takes first what factors make for products alone; null if
/// the class has anything else.
static OpOperand *getOnlyOperand(const TensorClass &matrices) {
  OpOperand *first = nullptr;
  for (Value value : matrices.values) {
    Operation *producer = value.getDefiningOp();
    auto load = dyn_cast_if_present<LoadOp>(producer);
    bool isAlone = load && matrices.values.size() == 1 && value.hasOneUse() &&
                   isShared(cast<MemRefType>(load.getMemory().getType()));
    if (!isAlone &&
        !isa_and_nonnull<ConvertOp, arith::ConstantOp, arith::MulFOp>(producer))
      return nullptr;
    for (OpOperand &use : value.getUses()) {
      bool isInClass = isa<arith::MulFOp>(use.getOwner());
      if (!isInClass && !isOperand(use))
        return nullptr;
      if (!isInClass && (!first || use.getOperandNumber() == 0))
        first = &use;
    }
  }
  return first;
}

LayoutAttr sluice::getMatrixLayout(EmitError emitError,
                                   const TensorClasses &classes,
                                   const TensorClass &matrices, int64_t warps) {
  if (OpOperand *use = getOnlyOperand(matrices)) {
    auto dot = cast<DotOp>(use->getOwner());
    DotLayouts layouts(emitError, dot, classes.get(dot.getResult()).isByColumns,
                       warps);
    return use->getOperandNumber() == 0 ? layouts.lhs : layouts.rhs;
  }
  MLIRContext *context = matrices.values.front().getContext();
  ArrayRef<int64_t> shape = getTensorType(matrices.values.front()).getShape();
  if (matrices.hasPrefix())
    return getColumns(emitError, context, shape, warps);
  for (Value value : matrices.values)
    if (auto dot = value.getDefiningOp<DotOp>(); dot && isForTensorCores(dot))
      return DotLayouts(emitError, dot, matrices.isByColumns, warps).result;
  for (Value value : matrices.values)
    if (auto inverse = value.getDefiningOp<InverseOp>())
      return getInverseLayout(emitError, inverse, warps);
  return getBlockedMatrix(emitError, context, shape[0], shape[1], warps);
}
