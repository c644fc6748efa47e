//===- BlockedLayouts.h - tiles beside tiles --------------------*- C++ -*-===//
//
// Layouts grow from small ones: a tile is repeated by further registers, lanes
// or warps, along one axis after another.
//
// With bf16 rows of 64 columns, 16 bytes a lane, lanes along a row first, four
// warps below each other: repeat({}, {{kRegister, kColumn, 3}, {kLane, kColumn,
// 3}, {kLane, kRow, 2}, {kWarp, kRow, 2}}), which is
//
//   register = [[1, 0], [2, 0], [4, 0]],
//   lane = [[8, 0], [16, 0], [32, 0], [0, 1], [0, 2]],
//   warp = [[0, 4], [0, 8]] over (column 64, row 16)
//
// And the accumulator of 32 × 32 elements by m16n8 tiles, columns first, copied
// to each of two warps: repeat(accumulator, {{kRegister, kColumn, 2},
// {kRegister, kRow, 1}, {kWarp, "", 1}}).
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_BLOCKEDLAYOUTS_H
#define SLUICE_LIB_LAYOUT_BLOCKEDLAYOUTS_H

#include "lib/Layout/LinearLayout.h"

namespace sluice::layout {

/// 2^bits times as much: the next bits of `input` are the next of `output`, or
/// copies if that is empty.
struct Repeat {
  llvm::StringRef input, output;
  unsigned bits;
};

/// The tile, repeated: each step repeats what the steps before it made.
LinearLayout repeat(LinearLayout tile, llvm::ArrayRef<Repeat> steps);

/// A layout that grows by handing out what it shall hold: each input takes the
/// next bits of an axis, from the lowest on.
class Handout {
public:
  explicit Handout(llvm::ArrayRef<Axis> shape);

  /// The bits of an axis that nobody has yet.
  unsigned getLeft(llvm::StringRef output) const;
  /// The next bits of `input` are the next of `output`, at most so many; gives
  /// how many there were.
  unsigned take(llvm::StringRef input, llvm::StringRef output,
                unsigned bits = ~0u);
  /// The next bits of `input` change nothing.
  void copy(llvm::StringRef input, unsigned bits);
  const LinearLayout &get() const { return layout; }

private:
  Axes left;
  LinearLayout layout;
};

/// The layout of a coalesced access to a tensor of these axes, fastest first:
/// each lane has 2^vectorBits elements that follow each other; lanes, then
/// 2^warpBits warps, then further registers go on where they ended, axis by
/// axis. What is too small for all lanes and warps is copied.
LinearLayout getCoalescedLayout(llvm::ArrayRef<Axis> shape, unsigned vectorBits,
                                unsigned warpBits);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_BLOCKEDLAYOUTS_H
