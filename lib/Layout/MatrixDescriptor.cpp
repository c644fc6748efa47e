//===- MatrixDescriptor.cpp - wgmma's operands in shared memory -----------===//

#include "lib/Layout/MatrixDescriptor.h"

using namespace sluice;
using namespace sluice::layout;

MatrixDescriptor MatrixDescriptor::decode(uint64_t bits) {
  // matrix-descriptor-encode(x) = (x & 0x3ffff) >> 4.
  auto field = [&](unsigned low) -> uint32_t {
    return ((bits >> low) & 0x3fff) << 4;
  };
  MatrixDescriptor descriptor;
  descriptor.start = field(0);
  descriptor.leading = field(16);
  descriptor.stride = field(32);
  descriptor.baseOffset = (bits >> 49) & 7;
  descriptor.swizzle = static_cast<MatrixSwizzle>(bits >> 62);
  return descriptor;
}

unsigned layout::getSwizzleBits(MatrixSwizzle swizzle) {
  // None is 0, and from 1 on they halve: 128, 64, 32.
  return (4 - unsigned(swizzle)) & 3;
}

CoreOffsets layout::getCoreOffsets(const MatrixDescriptor &descriptor,
                                   MatrixMajor major, unsigned line,
                                   unsigned granule) {
  // The canonical layouts of section 9.7.15.5.1.2.1.3, with T elements to a
  // granule. K-major without a swizzle: ((8,m),(T,2k)):((1T,SBO),(1,LBO)), with
  // one of w granules: ((8,m),(T,2k)):((wT,SBO),(1,T)). MN-major without:
  // ((T,1,m),(8,k)):((1,T,SBO),(1T,LBO)), with: ((T,w,m),(8,k)):
  // ((1,T,LBO),(wT,SBO)).
  uint32_t width = kGranuleBytes << getSwizzleBits(descriptor.swizzle);
  uint32_t granules = width / kGranuleBytes;
  uint32_t address = descriptor.start, eights = line / 8;
  if (granules == 1) {
    bool isK = major == MatrixMajor::K;
    address += eights * (isK ? descriptor.stride : descriptor.leading) +
               granule * (isK ? descriptor.leading : descriptor.stride);
  } else if (major == MatrixMajor::K) {
    address += eights * descriptor.stride + granule * kGranuleBytes;
  } else {
    address += eights * descriptor.stride + granule % granules * kGranuleBytes +
               granule / granules * descriptor.leading;
  }
  // The pattern may begin behind a boundary of 1024: the base offset tells.
  unsigned bits = getSwizzleBits(descriptor.swizzle);
  CoreOffsets offsets;
  for (uint32_t i = 0; i < 8; ++i)
    offsets.granules[i] =
        layout::swizzle(address + i * width, bits, descriptor.baseOffset);
  return offsets;
}

uint32_t layout::getGranuleOffset(const MatrixDescriptor &descriptor,
                                  MatrixMajor major, unsigned line,
                                  unsigned granule) {
  return getCoreOffsets(descriptor, major, line / 8 * 8, granule)
      .granules[line % 8];
}

uint32_t layout::getElementOffset(const MatrixDescriptor &descriptor,
                                  MatrixMajor major, unsigned mn, unsigned k,
                                  unsigned bytes) {
  unsigned along = (major == MatrixMajor::K ? k : mn) * bytes;
  unsigned line = major == MatrixMajor::K ? mn : k;
  return getGranuleOffset(descriptor, major, line, along / kGranuleBytes) +
         along % kGranuleBytes;
}
