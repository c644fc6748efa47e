//===- FragmentLayouts.h - what matrix instructions hold, as layouts ------===//
//
// The linear layouts of fragments. All of them are made from the tables that
// the simulator reads (Fragments.h, Quads.h), evaluated at every lane and
// register and checked to be linear; nothing of the ISA is written here again.
//
// getFragmentLayout(MatrixRole::A, {16, 8, 16}, ptx::Type::BF16), the A operand
// of mma.m16n8k16 of bf16, is
//
//   register = [[0, 1], [8, 0], [0, 8]],
//   lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]] over (row 16, column 16)
//
// Registers count elements: bit 0 is the half of a 32-bit register, bits 1 and
// 2 number the registers.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_FRAGMENTLAYOUTS_H
#define SLUICE_LIB_LAYOUT_FRAGMENTLAYOUTS_H

#include "lib/Layout/Fragments.h"
#include "lib/Layout/LinearLayout.h"

namespace sluice::layout {

/// The operand of an mma or wmma: (register, lane) to (row, column) of the
/// operand's own matrix. An error if the shape isn't made of powers of two
/// (wgmma's n = 24: make it of tiles that are).
llvm::Expected<LinearLayout>
getFragmentLayout(MatrixRole role, MatrixShape shape, ptx::Type type);

/// The accumulator, or A in registers, of a wgmma of m = 64: (register, lane,
/// warp), where four warps have 16 rows each.
llvm::Expected<LinearLayout>
getWarpgroupLayout(MatrixRole role, MatrixShape shape, ptx::Type type);

/// The operands of mma.m8n8k4 of f16, four products at once: (register, lane)
/// to (row, column, product). `isPerLane`: each lane has one row of A
/// (row-major) or, with row and column exchanged, one column of B.
LinearLayout getQuadMultiplicandLayout(bool isPerLane);
/// And its accumulator, of f16 or f32.
LinearLayout getQuadAccumulatorLayout(bool isHalf);

/// What ldmatrix leaves and stmatrix takes, of `count` (1, 2 or 4) matrices of
/// 8 × 8 elements of 16 bits: (register, lane) to (row, column, matrix). A row
/// is one in memory, 16 bytes; with `isTransposed` a lane has elements of two
/// of them.
LinearLayout getMatrixRowsLayout(unsigned count, bool isTransposed);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_FRAGMENTLAYOUTS_H
