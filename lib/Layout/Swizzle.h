//===- Swizzle.h - 16-byte granules by address bits -------------*- C++ -*-===//
//
// Shared memory is swizzled by the hardware that copies boxes (PTX ISA 9.1,
// section 5.5.6) and by that which reads operands of wgmma (section 9.7.15.5):
// both permute granules of 16 bytes, and by the bits of their addresses alone.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_SWIZZLE_H
#define SLUICE_LIB_LAYOUT_SWIZZLE_H

#include <cstdint>

namespace sluice::layout {

/// A granule: 16 bytes at a multiple of 16, the smallest thing that a swizzle
/// moves.
inline constexpr unsigned kGranuleBytes = 16;

/// CuTe's Swizzle<bits, 4, 3> of an address: the bits from the seventh on are
/// XORed into as many from the fourth on. Of 32 bytes: 1 bit, of 64: 2, of 128:
/// 3. Patterns begin at multiples of 1024 bytes, or so many rows of 128 bytes
/// behind one.
inline uint64_t swizzle(uint64_t address, unsigned bits, unsigned rows = 0) {
  uint64_t mask = (uint64_t(1) << bits) - 1;
  return address ^ (((address >> 7) - rows) & mask) << 4;
}

/// So many bytes, aligned to their number, hold the same bytes swizzled or not.
inline uint64_t getSwizzleGroup(unsigned bits) {
  return uint64_t(kGranuleBytes) << bits;
}

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_SWIZZLE_H
