//===- Quads.h - which lane holds what of mma.m8n8k4 ------------*- C++ -*-===//
//
// PTX ISA 9.1, section 9.7.14.5.1: of f16 it is four products at once, each of
// eight lanes, 4 q to 4 q + 3 and the same in the upper half of the warp.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_QUADS_H
#define SLUICE_LIB_LAYOUT_QUADS_H

#include "lib/Layout/Fragments.h"

namespace sluice::layout {

/// One of the four products: its lanes, by number from 0 to 7, and where their
/// elements are.
struct Quad {
  unsigned number;

  unsigned getLane(unsigned i) const {
    return 4 * number + i % 4 + (i / 4) * 16;
  }
  /// Element e of lane i of a multiplicand: along M or N, and along K.
  /// `isPerLane`: each lane has one row of A (row-major), or one column of B
  /// (column-major).
  static MatrixPlace getMultiplicandPlace(unsigned i, unsigned e,
                                          bool isPerLane) {
    if (isPerLane)
      return {i, e};
    return {e + i / 4 * 4, i % 4};
  }
  /// Element e of lane i of C and D, of .f16 or of .f32.
  static MatrixPlace getAccumulatorPlace(unsigned i, unsigned e, bool isHalf) {
    if (isHalf)
      return {i, e};
    return {(i & 1) + (e & 2) + i / 4 * 4, (e & 4) + (i & 2) + (e & 1)};
  }
};

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_QUADS_H
