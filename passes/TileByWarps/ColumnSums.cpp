//===- ColumnSums.cpp - sums over columns of several warps ----------------===//

#include "passes/TileByWarps/ColumnSums.h"
#include "dialects/Tile/TileReductions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

ColumnSums::ColumnSums(ArrayRef<ReduceOp> sums, int64_t warps) : warps(warps) {
  for (ReduceOp op : sums)
    memory[op] = Value();
}

MemRefType ColumnSums::getMemoryType(ReduceOp op) const {
  SmallVector<int64_t> shape{warps};
  if (auto type = dyn_cast<RankedTensorType>(op.getType()))
    llvm::append_range(shape, type.getShape());
  return getSharedType(shape, getElementTypeOrSelf(op.getType()));
}

int64_t ColumnSums::getBytes() const {
  int64_t bits = 0;
  for (const auto &[op, place] : memory) {
    (void)place;
    MemRefType type = getMemoryType(cast<ReduceOp>(op));
    bits += type.getNumElements() * type.getElementTypeBitWidth();
  }
  return bits / 8;
}

void ColumnSums::makeMemory(OpBuilder &b) {
  for (auto &[op, place] : memory)
    place =
        SharedOp::create(b, op->getLoc(), getMemoryType(cast<ReduceOp>(op)));
}

/// Has columns that do not exist change nothing.
static Value maskColumns(OpBuilder &b, ReduceOp op, Value mine, Value end) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(mine.getType());
  RankedTensorType places = type.clone(b.getI32Type());
  Value limit = BroadcastOp::create(
      b, loc, places, arith::IndexCastOp::create(b, loc, b.getI32Type(), end),
      ArrayRef<int64_t>());
  Value exists = arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::slt,
      PlaceOp::create(b, loc, places, op.getAxis()), limit);
  Attribute neutral =
      getNeutral(op.getKind(), cast<FloatType>(type.getElementType()));
  return arith::SelectOp::create(
      b, loc, exists, mine,
      arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, neutral)));
}

Value ColumnSums::sum(OpBuilder &b, ReduceOp op, Value mine, Value warp,
                      Value end) const {
  Location loc = op.getLoc();
  if (end)
    mine = maskColumns(b, op, mine, end);
  Value place = memory.lookup(op);
  MemRefType type = cast<MemRefType>(place.getType());
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  SmallVector<Value> row{warp};
  row.append(type.getRank() - 1, zero);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
  StoreOp::create(b, loc,
                  ReduceOp::create(b, loc, op.getKind(), mine, op.getAxis()),
                  place, row, ArrayRef(axes).drop_front(), /*valid=*/Value(),
                  /*in_bounds=*/true);
  Value rows = LoadOp::create(
      b, loc, RankedTensorType::get(type.getShape(), type.getElementType()),
      place, SmallVector<Value>(axes.size(), zero), axes, /*valid=*/Value(),
      /*in_bounds=*/true);
  return ReduceOp::create(b, loc, op.getKind(), rows, /*axis=*/0);
}
