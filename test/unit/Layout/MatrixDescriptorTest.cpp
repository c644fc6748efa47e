//===- MatrixDescriptorTest.cpp - the canonical layouts -------------------===//
//
// PTX ISA 9.1, section 9.7.15.5.1.2.1.3 gives layouts as CuTe writes them:
// shape and stride of rows, then of columns, in elements, and a swizzle of the
// address. The test evaluates those.
//
//===----------------------------------------------------------------------===//

#include "lib/Layout/MatrixDescriptor.h"
#include "gtest/gtest.h"
#include <vector>

using namespace sluice::layout;

namespace {

/// A mode of a CuTe layout: shape and stride, fastest first.
struct Mode {
  std::vector<unsigned> shape, stride;
  unsigned offset(unsigned index) const {
    unsigned sum = 0;
    for (size_t i = 0; i < shape.size(); ++i) {
      sum += index % shape[i] * stride[i];
      index /= shape[i];
    }
    return sum;
  }
};

struct Layout {
  /// Over M (or N), and over K.
  Mode mn, k;
  /// Swizzle<bits, 4, 3>, of the byte address.
  unsigned bits;
  unsigned bytes;

  unsigned address(unsigned start, unsigned row, unsigned column) const {
    unsigned linear = start + (mn.offset(row) + k.offset(column)) * bytes;
    unsigned mask = ((1u << bits) - 1) << 7;
    return linear ^ (linear & mask) >> 3;
  }
};

uint64_t encode(uint64_t address) { return (address & 0x3ffff) >> 4; }

uint64_t makeDescriptor(uint64_t start, uint64_t leading, uint64_t stride,
                        uint64_t swizzle, uint64_t baseOffset = 0) {
  return encode(start) | encode(leading) << 16 | encode(stride) << 32 |
         baseOffset << 49 | swizzle << 62;
}

void expectLayout(const Layout &layout, MatrixMajor major, uint64_t leading,
                  uint64_t stride, uint64_t swizzle, unsigned rows,
                  unsigned columns) {
  unsigned start = 0x2400;
  MatrixDescriptor descriptor =
      MatrixDescriptor::decode(makeDescriptor(start, leading, stride, swizzle));
  for (unsigned row = 0; row < rows; ++row)
    for (unsigned column = 0; column < columns; ++column)
      EXPECT_EQ(getElementOffset(descriptor, major, row, column, layout.bytes),
                layout.address(start, row, column))
          << row << ", " << column;
}

} // namespace

TEST(MatrixDescriptor, Fields) {
  MatrixDescriptor descriptor =
      MatrixDescriptor::decode(makeDescriptor(0x12340, 0x80, 0x400, 1, 5));
  EXPECT_EQ(descriptor.start, 0x12340u);
  EXPECT_EQ(descriptor.leading, 0x80u);
  EXPECT_EQ(descriptor.stride, 0x400u);
  EXPECT_EQ(descriptor.baseOffset, 5);
  EXPECT_EQ(descriptor.swizzle, MatrixSwizzle::Bytes128);
  EXPECT_EQ(MatrixDescriptor::decode(uint64_t(2) << 62).swizzle,
            MatrixSwizzle::Bytes64);
  EXPECT_EQ(MatrixDescriptor::decode(uint64_t(3) << 62).swizzle,
            MatrixSwizzle::Bytes32);
}

// The five examples with numbers, figures 166 to 170.

TEST(MatrixDescriptor, KMajorNoSwizzleTf32) {
  expectLayout({{{8, 2}, {4, 32}}, {{4, 4}, {1, 64}}, 0, 4}, MatrixMajor::K,
               64 * 4, 32 * 4, 0, 16, 16);
}

TEST(MatrixDescriptor, KMajor32ByteTf32) {
  // The figure has four granules, two atoms of 32 bytes; an instruction reads
  // one.
  expectLayout({{{8, 2}, {8, 64}}, {{4, 2}, {1, 4}}, 1, 4}, MatrixMajor::K, 16,
               64 * 4, 3, 16, 8);
}

TEST(MatrixDescriptor, MNMajorNoSwizzleBf16) {
  expectLayout({{{8, 1, 2}, {1, 8, 64}}, {{8, 2}, {8, 128}}, 0, 2},
               MatrixMajor::MN, 128 * 2, 64 * 2, 0, 16, 16);
}

TEST(MatrixDescriptor, MNMajor32ByteBf16) {
  expectLayout({{{8, 2, 2}, {1, 8, 128}}, {{8, 2}, {16, 256}}, 1, 2},
               MatrixMajor::MN, 128 * 2, 256 * 2, 3, 32, 16);
}

TEST(MatrixDescriptor, MNMajor64ByteBf16) {
  expectLayout({{{8, 4, 2}, {1, 8, 256}}, {{8, 2}, {32, 512}}, 2, 2},
               MatrixMajor::MN, 256 * 2, 512 * 2, 2, 64, 16);
}

/// Every row of the table, for every size of element, with offsets that leave
/// holes: T = 16 / bytes.
TEST(MatrixDescriptor, CanonicalLayouts) {
  for (unsigned bytes : {1u, 2u, 4u}) {
    unsigned t = kGranuleBytes / bytes;
    unsigned sbo = 4096 / bytes, lbo = 8192 * 2 / bytes;
    const unsigned codes[] = {0, 3, 2, 1};
    for (unsigned bits = 0; bits < 4; ++bits) {
      SCOPED_TRACE(testing::Message() << bytes << " bytes, swizzle " << bits);
      unsigned w = 1u << bits; // granules in a row of the pattern
      unsigned leading = lbo * bytes, stride = sbo * bytes;
      if (bits == 0) {
        expectLayout({{{8, 4}, {t, sbo}}, {{t, 2}, {1, lbo}}, 0, bytes},
                     MatrixMajor::K, leading, stride, 0, 32, 2 * t);
        expectLayout({{{t, 1, 4}, {1, t, sbo}}, {{8, 2}, {t, lbo}}, 0, bytes},
                     MatrixMajor::MN, leading, stride, 0, 4 * t, 16);
        continue;
      }
      expectLayout({{{8, 4}, {w * t, sbo}}, {{t, w}, {1, t}}, bits, bytes},
                   MatrixMajor::K, leading, stride, codes[bits], 32, w * t);
      expectLayout(
          {{{t, w, 2}, {1, t, lbo}}, {{8, 2}, {w * t, sbo}}, bits, bytes},
          MatrixMajor::MN, leading, stride, codes[bits], 2 * w * t, 16);
    }
  }
}

/// Stepping along K inside a swizzled atom, as every GEMM does: the start moves
/// by 32 bytes, the pattern stays where it is.
TEST(MatrixDescriptor, StartInsideAPattern) {
  uint64_t first = makeDescriptor(0x4000, 16, 1024, 1);
  for (unsigned step = 0; step < 4; ++step) {
    MatrixDescriptor whole = MatrixDescriptor::decode(first),
                     part = MatrixDescriptor::decode(first + 2 * step);
    for (unsigned row = 0; row < 64; ++row)
      for (unsigned k = 0; k < 16; ++k)
        EXPECT_EQ(
            getElementOffset(part, MatrixMajor::K, row, k, 2),
            getElementOffset(whole, MatrixMajor::K, row, k + 16 * step, 2));
  }
}

/// A pattern that begins 3 rows behind a boundary of 1024 bytes: the base
/// offset is (start >> 7) & 7, and what matters is the row of the pattern.
TEST(MatrixDescriptor, BaseOffset) {
  unsigned start = 0x4000 + 3 * 128;
  MatrixDescriptor descriptor = MatrixDescriptor::decode(
      makeDescriptor(start, 16, 1024, 1, (start >> 7) & 7));
  for (unsigned row = 0; row < 8; ++row)
    for (unsigned granule = 0; granule < 8; ++granule)
      EXPECT_EQ(getGranuleOffset(descriptor, MatrixMajor::K, row, granule),
                start + row * 128 + (granule ^ row) * 16);
}
