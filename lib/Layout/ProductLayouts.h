//===- ProductLayouts.h - products by tiles of one instruction --*- C++ -*-===//
//
// A product of matrices on tensor cores is many of one small one: tiles of the
// result in the registers of a warp, and in several warps. Warps share the
// tiles' rows first, then their columns; an operand is copied to those that
// share the other one's. What is contracted is in registers.
//
// For example 32 × 16 elements, k = 16, by mma.m16n8k16 of bf16 and two warps:
// each has 16 rows, and of the result the accumulators of two tiles,
//
//   register = [[0, 1], [8, 0], [0, 8]],
//   lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0]]
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_PRODUCTLAYOUTS_H
#define SLUICE_LIB_LAYOUT_PRODUCTLAYOUTS_H

#include "lib/Layout/FragmentLayouts.h"

namespace sluice::layout {

/// The layouts of one product D = A B + C, each in rows and columns of its own
/// matrix; C is laid out as D.
struct ProductLayouts {
  LinearLayout a, b, accumulator;
};

/// Those of a product of `size`, by tiles of an mma with operands of `type` and
/// an accumulator of f32, in 2^warpBits warps. Sizes are padded to the next
/// power of two, and to a tile at least. An error if the tile isn't made of
/// powers of two.
llvm::Expected<ProductLayouts> getProductLayouts(MatrixShape tile,
                                                 ptx::Type type,
                                                 MatrixShape size,
                                                 unsigned warpBits);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_PRODUCTLAYOUTS_H
