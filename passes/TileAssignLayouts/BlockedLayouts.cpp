//===- BlockedLayouts.cpp - tensors spread over a CTA ---------------------===//

#include "passes/TileAssignLayouts/BlockedLayouts.h"
#include "lib/Layout/BlockedLayouts.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using layout::Handout;
using layout::kColumn;
using layout::kLane;
using layout::kRegister;
using layout::kRow;
using layout::kWarp;

static constexpr unsigned kLaneBits = 5;

static layout::Axis getAxis(StringRef name, int64_t size) {
  return {name, llvm::Log2_64_Ceil(size)};
}

tile::LayoutAttr sluice::getBlockedVector(EmitError emitError,
                                          MLIRContext *context, int64_t size,
                                          int64_t warps) {
  layout::Axis elements = getAxis(kRow, size);
  unsigned warpBits = llvm::Log2_64(warps), threads = kLaneBits + warpBits;
  unsigned each = elements.bits > threads ? elements.bits - threads : 0;
  return tile::LayoutAttr::getChecked(
      emitError, context, layout::getCoalescedLayout(elements, each, warpBits));
}

tile::LayoutAttr sluice::getBlockedMatrix(EmitError emitError,
                                          MLIRContext *context, int64_t rows,
                                          int64_t columns, int64_t warps) {
  constexpr unsigned kVectorBits = 2, kLineBits = 3, kRowBits = 2;
  unsigned warpBits = llvm::Log2_64(warps);
  Handout places({getAxis(kRow, rows), getAxis(kColumn, columns)});
  places.take(kRegister, kColumn, kVectorBits);
  unsigned taken = places.take(kLane, kColumn, kLineBits);
  // Rows that follow one another are read by one access of what is broadcast
  // over them, unless lanes would go without any.
  if (places.getLeft(kRow) >= kRowBits + kLaneBits - taken)
    places.take(kRegister, kRow, kRowBits);
  taken += places.take(kLane, kRow, kLaneBits - taken);
  places.copy(kLane, kLaneBits - taken);
  taken = places.take(kWarp, kColumn, warpBits);
  taken += places.take(kWarp, kRow, warpBits - taken);
  places.copy(kWarp, warpBits - taken);
  places.take(kRegister, kColumn);
  places.take(kRegister, kRow);
  return tile::LayoutAttr::getChecked(emitError, context, places.get());
}

tile::LayoutAttr sluice::getColumns(EmitError emitError, MLIRContext *context,
                                    ArrayRef<int64_t> shape, int64_t warps,
                                    int64_t block) {
  unsigned warpBits = llvm::Log2_64(warps), blockBits = llvm::Log2_64(block);
  layout::Axes axes{getAxis(kRow, shape[0])};
  // A vector is one column, which all threads have.
  bool isMatrix = shape.size() > 1;
  if (isMatrix)
    axes.push_back(getAxis(kColumn, shape[1]));
  Handout places(axes);
  auto takeColumns = [&](StringRef input, unsigned count) {
    return isMatrix ? places.take(input, kColumn, count) : 0;
  };
  // Columns that a thread has beside one another come and go in one access.
  constexpr unsigned kVectorBits = 2;
  unsigned besides = 0, threads = kLaneBits + warpBits;
  if (isMatrix && places.getLeft(kColumn) > threads)
    besides = takeColumns(
        kRegister, std::min(kVectorBits, places.getLeft(kColumn) - threads));
  places.take(kRegister, kRow);
  places.copy(kLane, kLaneBits - takeColumns(kLane, kLaneBits));
  if (blockBits > kLaneBits + besides)
    takeColumns(kRegister, blockBits - kLaneBits - besides);
  places.copy(kWarp, warpBits - takeColumns(kWarp, warpBits));
  takeColumns(kRegister, ~0u);
  return tile::LayoutAttr::getChecked(emitError, context, places.get());
}
