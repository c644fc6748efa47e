//===- SharedLayouts.h - images of a matrix in shared memory ----*- C++ -*-===//
//
// A layout of memory is a bijection from an offset, in elements, to row and
// column. Rows follow each other without padding; so that not all of a column
// lies in one bank, the bits of the row are added (XOR) to those of the place
// within a row. That is linear, so it is a change of the bases: 8 rows of 64
// elements of 16 bits, with 16-byte pieces swizzled within 128 bytes, are
//
//   offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32],
//             [1, 8], [2, 16], [4, 32]] over (row 8, column 64)
//
// Behind the first row (64 elements) begins what is row 1 from column 8 on.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_SHAREDLAYOUTS_H
#define SLUICE_LIB_LAYOUT_SHAREDLAYOUTS_H

#include "lib/Layout/LinearLayout.h"
#include "lib/Layout/MatrixDescriptor.h"

namespace sluice::layout {

/// A matrix of 2^rowBits × 2^columnBits elements, row after row: vectors of
/// 2^vectorBits elements, of which row r's are permuted by adding (r >>
/// perPhaseBits) mod 2^phaseBits to their number.
struct RowSwizzle {
  unsigned vectorBits = 0, perPhaseBits = 0, phaseBits = 0;
};
LinearLayout getRowMajorLayout(unsigned rowBits, unsigned columnBits,
                               RowSwizzle swizzle = {});

/// The image that a bulk tensor copy leaves and wgmma reads K-major (with
/// stride 8 rows): boxes as wide as the swizzle's pattern (of rows as long as
/// the matrix is wide for none), below each other all rows of a box, one box
/// after the other. The image begins at a multiple of 1024 bytes.
LinearLayout getBoxLayout(unsigned rowBits, unsigned columnBits,
                          unsigned elementBytes, MatrixSwizzle swizzle);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_SHAREDLAYOUTS_H
