//===- MatrixDescriptor.h - wgmma's operands in shared memory ---*- C++ -*-===//
//
// PTX ISA 9.1, section 9.7.15.5.1.2. The smallest thing that a layout moves is
// 16 bytes along the major dimension: a granule.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_MATRIXDESCRIPTOR_H
#define SLUICE_LIB_LAYOUT_MATRIXDESCRIPTOR_H

#include "lib/Layout/Swizzle.h"

namespace sluice::layout {

/// As the descriptor's bits 62 and 63 number them.
enum class MatrixSwizzle : uint8_t { None, Bytes128, Bytes64, Bytes32 };

/// Along which dimension neighbouring elements are neighbours in memory: K, or
/// M of A and N of B (imm-trans 1).
enum class MatrixMajor : uint8_t { K, MN };

struct MatrixDescriptor {
  /// An offset in the CTA's shared window: 18 bits, a multiple of 16.
  uint32_t start = 0;
  /// The leading and the stride dimension byte offset.
  uint32_t leading = 0, stride = 0;
  /// Where the swizzle's pattern begins, in rows of 128 bytes behind a boundary
  /// of 1024.
  uint8_t baseOffset = 0;
  MatrixSwizzle swizzle = MatrixSwizzle::None;

  static MatrixDescriptor decode(uint64_t bits);
  bool operator==(const MatrixDescriptor &) const = default;
};

/// The bits of a swizzle, as `swizzle` takes them.
unsigned getSwizzleBits(MatrixSwizzle swizzle);

/// The shared offset of a granule. K-major: granule `granule` along K of row
/// `line` (of A; column of B). MN-major: granule `granule` along M or N at k =
/// `line`.
uint32_t getGranuleOffset(const MatrixDescriptor &descriptor, MatrixMajor major,
                          unsigned line, unsigned granule);

/// Eight granules, of lines `line` to `line` + 7: a core. `line` is a multiple
/// of 8.
struct CoreOffsets {
  uint32_t granules[8];
};
CoreOffsets getCoreOffsets(const MatrixDescriptor &descriptor,
                           MatrixMajor major, unsigned line, unsigned granule);

/// The shared offset of an element of `bytes` bytes; `mn` is its row in A or
/// its column in B.
uint32_t getElementOffset(const MatrixDescriptor &descriptor, MatrixMajor major,
                          unsigned mn, unsigned k, unsigned bytes);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_MATRIXDESCRIPTOR_H
