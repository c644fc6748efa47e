//===- BlockedLayouts.cpp - tensors spread over a CTA ---------------------===//

#include "passes/TileAssignLayouts/BlockedLayouts.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;

namespace {
constexpr unsigned kLaneBits = 5;

/// Hands out the bits of each axis of a tensor, from the lowest on.
class PlaceTaker {
public:
  explicit PlaceTaker(ArrayRef<int64_t> shape) {
    for (int64_t size : shape) {
      left.push_back(llvm::Log2_64_Ceil(size));
      next.push_back(1);
    }
  }

  unsigned getLeft(unsigned axis) const { return left[axis]; }

  /// Appends the next bits of an axis, at most `count`; how many there were.
  unsigned take(unsigned axis, unsigned count, SmallVectorImpl<int64_t> &to) {
    count = std::min(count, left[axis]);
    for (unsigned i = 0; i < count; ++i) {
      for (unsigned other = 0; other < left.size(); ++other)
        to.push_back(other == axis ? next[axis] : 0);
      next[axis] *= 2;
    }
    left[axis] -= count;
    return count;
  }

  /// Appends places that change nothing.
  void repeat(unsigned count, SmallVectorImpl<int64_t> &to) {
    to.append(size_t(count) * left.size(), 0);
  }

private:
  SmallVector<unsigned, 2> left;
  SmallVector<int64_t, 2> next;
};
} // namespace

tile::LayoutAttr sluice::getBlockedVector(EmitError emitError,
                                          MLIRContext *context, int64_t size,
                                          int64_t warps) {
  unsigned warpBits = llvm::Log2_64(warps);
  PlaceTaker places(size);
  SmallVector<int64_t> registers, lanes, ofWarps;
  unsigned bits = places.getLeft(0), threads = kLaneBits + warpBits;
  places.take(0, bits > threads ? bits - threads : 0, registers);
  places.repeat(kLaneBits - places.take(0, kLaneBits, lanes), lanes);
  places.repeat(warpBits - places.take(0, warpBits, ofWarps), ofWarps);
  return tile::LayoutAttr::getChecked(
      emitError, context, /*rank=*/1U, ArrayRef<int64_t>(registers),
      ArrayRef<int64_t>(lanes), ArrayRef<int64_t>(ofWarps));
}

tile::LayoutAttr sluice::getBlockedMatrix(EmitError emitError,
                                          MLIRContext *context, int64_t rows,
                                          int64_t columns, int64_t warps) {
  constexpr unsigned kRows = 0, kColumns = 1;
  constexpr unsigned kVectorBits = 2, kLineBits = 3, kRowBits = 2;
  unsigned warpBits = llvm::Log2_64(warps);
  PlaceTaker places({rows, columns});
  SmallVector<int64_t> registers, lanes, ofWarps;
  places.take(kColumns, kVectorBits, registers);
  unsigned taken = places.take(kColumns, kLineBits, lanes);
  // Rows that follow one another are read by one access of what is broadcast
  // over them, unless lanes would go without any.
  if (places.getLeft(kRows) >= kRowBits + kLaneBits - taken)
    places.take(kRows, kRowBits, registers);
  taken += places.take(kRows, kLaneBits - taken, lanes);
  places.repeat(kLaneBits - taken, lanes);
  taken = places.take(kColumns, warpBits, ofWarps);
  taken += places.take(kRows, warpBits - taken, ofWarps);
  places.repeat(warpBits - taken, ofWarps);
  places.take(kColumns, places.getLeft(kColumns), registers);
  places.take(kRows, places.getLeft(kRows), registers);
  return tile::LayoutAttr::getChecked(
      emitError, context, /*rank=*/2U, ArrayRef<int64_t>(registers),
      ArrayRef<int64_t>(lanes), ArrayRef<int64_t>(ofWarps));
}

tile::LayoutAttr sluice::getColumns(EmitError emitError, MLIRContext *context,
                                    ArrayRef<int64_t> shape, int64_t warps,
                                    int64_t block) {
  unsigned warpBits = llvm::Log2_64(warps), blockBits = llvm::Log2_64(block);
  PlaceTaker places(shape);
  SmallVector<int64_t> registers, lanes, ofWarps;
  // Columns that a thread has beside one another come and go in one access.
  constexpr unsigned kVectorBits = 2;
  unsigned besides = 0;
  if (shape.size() > 1 && places.getLeft(1) > kLaneBits + warpBits)
    besides = places.take(
        /*axis=*/1,
        std::min(kVectorBits, places.getLeft(1) - kLaneBits - warpBits),
        registers);
  places.take(/*axis=*/0, places.getLeft(0), registers);
  auto takeColumns = [&](unsigned count, SmallVectorImpl<int64_t> &to) {
    unsigned taken = shape.size() > 1 ? places.take(/*axis=*/1, count, to) : 0;
    places.repeat(count - taken, to);
  };
  takeColumns(kLaneBits, lanes);
  if (shape.size() > 1 && blockBits > kLaneBits + besides)
    places.take(/*axis=*/1, blockBits - kLaneBits - besides, registers);
  takeColumns(warpBits, ofWarps);
  if (shape.size() > 1)
    places.take(/*axis=*/1, places.getLeft(1), registers);
  return tile::LayoutAttr::getChecked(
      emitError, context, static_cast<unsigned>(shape.size()),
      ArrayRef<int64_t>(registers), ArrayRef<int64_t>(lanes),
      ArrayRef<int64_t>(ofWarps));
}

//===----------------------------------------------------------------------===//
// Tensor cores
//===----------------------------------------------------------------------===//

tile::LayoutAttr sluice::getMMALayout(EmitError emitError, MLIRContext *context,
                                      MMARole role, ArrayRef<int64_t> shape,
                                      ArrayRef<int64_t> product,
                                      int64_t warps) {
  // PTX ISA 9.1, section 9.7.14.5.8: of an element of 16 bits two are in a
  // register, of 32 bits one; all fragments are made of 8 × 8 pieces, a row of
  // which four lanes hold.
  constexpr int64_t kRows = 16, kColumns = 8, kDepth = 16;
  auto bitsAbove = [](int64_t size, int64_t tile) {
    return llvm::Log2_64_Ceil(std::max(size, tile)) - llvm::Log2_64(tile);
  };
  unsigned warpBits = llvm::Log2_64(warps);
  unsigned rowBits = bitsAbove(product[0], kRows);
  unsigned columnBits = bitsAbove(product[1], kColumns);
  unsigned rowWarps = std::min(warpBits, rowBits);
  unsigned columnWarps = std::min(warpBits - rowWarps, columnBits);

  SmallVector<int64_t> registers, lanes, ofWarps;
  auto add = [](SmallVectorImpl<int64_t> &to, int64_t row, int64_t column) {
    to.push_back(row);
    to.push_back(column);
  };
  // Lanes: a row of four, and eight rows; of the right operand eight columns.
  bool isRight = role == MMARole::Right;
  auto addAlong = [&](SmallVectorImpl<int64_t> &to, int64_t outer,
                      int64_t inner) {
    if (isRight)
      add(to, inner, outer);
    else
      add(to, outer, inner);
  };
  for (int64_t inner : {2, 4})
    addAlong(lanes, 0, inner);
  for (int64_t outer : {1, 2, 4})
    addAlong(lanes, outer, 0);
  addAlong(registers, 0, 1);
  if (!isRight)
    add(registers, 8, 0);
  if (role != MMARole::Product)
    addAlong(registers, 0, 8);
  // Tiles: what warps do not share is in registers.
  bool hasRows = role != MMARole::Right, hasColumns = role != MMARole::Left;
  auto addTiles = [&](unsigned axis, unsigned bits, int64_t tile,
                      SmallVectorImpl<int64_t> &to, unsigned from = 0) {
    for (unsigned bit = 0; bit < bits; ++bit) {
      int64_t place = tile << (from + bit);
      add(to, axis == 0 ? place : 0, axis == 0 ? 0 : place);
    }
  };
  auto repeat = [](unsigned bits, SmallVectorImpl<int64_t> &to) {
    to.append(size_t(bits) * 2, 0);
  };
  unsigned rowsInRegisters = rowBits - rowWarps;
  unsigned columnsInRegisters = columnBits - columnWarps;
  if (hasRows) {
    addTiles(0, rowsInRegisters, kRows, registers);
    addTiles(0, rowWarps, kRows, ofWarps, rowsInRegisters);
  } else {
    repeat(rowWarps, ofWarps);
  }
  if (hasColumns) {
    addTiles(1, columnsInRegisters, kColumns, registers);
    addTiles(1, columnWarps, kColumns, ofWarps, columnsInRegisters);
  } else {
    repeat(columnWarps, ofWarps);
  }
  repeat(warpBits - rowWarps - columnWarps, ofWarps);
  // What is contracted is in registers.
  if (role != MMARole::Product)
    addTiles(isRight ? 0 : 1, bitsAbove(shape[isRight ? 0 : 1], kDepth), kDepth,
             registers);
  return tile::LayoutAttr::getChecked(
      emitError, context, /*rank=*/2U, ArrayRef<int64_t>(registers),
      ArrayRef<int64_t>(lanes), ArrayRef<int64_t>(ofWarps));
}

tile::LayoutAttr sluice::transpose(tile::LayoutAttr layout) {
  auto swap = [](ArrayRef<int64_t> places) {
    SmallVector<int64_t> swapped(places);
    for (size_t i = 0; i < swapped.size(); i += 2)
      std::swap(swapped[i], swapped[i + 1]);
    return swapped;
  };
  SmallVector<int64_t> registers = swap(layout.getRegisters()),
                       lanes = swap(layout.getLanes()),
                       warps = swap(layout.getWarps());
  return tile::LayoutAttr::get(
      layout.getContext(), /*rank=*/2, ArrayRef<int64_t>(registers),
      ArrayRef<int64_t>(lanes), ArrayRef<int64_t>(warps));
}
