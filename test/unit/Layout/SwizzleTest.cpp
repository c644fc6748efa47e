//===- SwizzleTest.cpp - the patterns of the ISA's figures ----------------===//

#include "lib/Layout/Swizzle.h"
#include "gtest/gtest.h"
#include <set>

using namespace sluice::layout;

/// Section 5.5.6, the tables of 128, 64 and 32 bytes: the granule that is found
/// at each place of the first rows of 128 bytes.
TEST(Swizzle, IsAsTheTablesHaveIt) {
  auto granuleAt = [](unsigned row, unsigned place, unsigned bits) {
    return swizzle(row * 128 + place * kGranuleBytes, bits) % 128 /
           kGranuleBytes;
  };
  const unsigned k128[4][8] = {{0, 1, 2, 3, 4, 5, 6, 7},
                               {1, 0, 3, 2, 5, 4, 7, 6},
                               {2, 3, 0, 1, 6, 7, 4, 5},
                               {3, 2, 1, 0, 7, 6, 5, 4}};
  const unsigned k64[4][8] = {{0, 1, 2, 3, 4, 5, 6, 7},
                              {1, 0, 3, 2, 5, 4, 7, 6},
                              {2, 3, 0, 1, 6, 7, 4, 5},
                              {3, 2, 1, 0, 7, 6, 5, 4}};
  const unsigned k32[2][8] = {{0, 1, 2, 3, 4, 5, 6, 7},
                              {1, 0, 3, 2, 5, 4, 7, 6}};
  for (unsigned row = 0; row < 8; ++row)
    for (unsigned place = 0; place < 8; ++place) {
      EXPECT_EQ(granuleAt(row, place, 0), place);
      EXPECT_EQ(granuleAt(row, place, 1), k32[row % 2][place]);
      EXPECT_EQ(granuleAt(row, place, 2), k64[row % 4][place]);
      EXPECT_EQ(granuleAt(row, place, 3),
                row < 4 ? k128[row][place] : k128[row - 4][place] ^ 4);
    }
}

TEST(Swizzle, StaysInItsGroupAndIsItsOwnInverse) {
  for (unsigned bits = 0; bits < 4; ++bits) {
    uint64_t group = getSwizzleGroup(bits);
    EXPECT_EQ(group, uint64_t(16) << bits);
    std::set<uint64_t> seen;
    for (uint64_t address = 0; address < 2048; ++address) {
      uint64_t moved = swizzle(address, bits);
      EXPECT_EQ(moved / group, address / group);
      EXPECT_EQ(moved % kGranuleBytes, address % kGranuleBytes);
      EXPECT_EQ(swizzle(moved, bits), address);
      seen.insert(moved);
    }
    EXPECT_EQ(seen.size(), 2048u);
  }
}

TEST(Swizzle, PatternsMayBeginBehindABoundary) {
  for (unsigned rows = 0; rows < 8; ++rows)
    for (uint64_t address = 0; address < 1024; address += kGranuleBytes)
      EXPECT_EQ(swizzle(address + rows * 128, 3, rows) - rows * 128,
                swizzle(address, 3));
}
