//===- ConstructedLayoutsTest.cpp - blocked layouts and memory images -----===//

#include "lib/Layout/BlockedLayouts.h"
#include "lib/Layout/FragmentLayouts.h"
#include "lib/Layout/LayoutText.h"
#include "lib/Layout/SharedLayouts.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;

static std::string print(const LinearLayout &layout) {
  std::string text;
  llvm::raw_string_ostream(text) << layout;
  return text;
}

TEST(BlockedLayouts, AsTheHeaderShows) {
  EXPECT_EQ(print(repeat({}, {{kRegister, kColumn, 3},
                              {kLane, kColumn, 3},
                              {kLane, kRow, 2},
                              {kWarp, kRow, 2}})),
            "register = [[1, 0], [2, 0], [4, 0]], lane = [[8, 0], [16, 0], "
            "[32, 0], [0, 1], [0, 2]], warp = [[0, 4], [0, 8]] over (column "
            "64, row 16)");
}

TEST(BlockedLayouts, TilesOfFragments) {
  LinearLayout tile = llvm::cantFail(
      getFragmentLayout(MatrixRole::Accumulator, {16, 8, 16}, ptx::Type::F32));
  LinearLayout layout = repeat(tile, {{kRegister, kColumn, 2},
                                      {kRegister, kRow, 1},
                                      {kWarp, "", 1},
                                      {kWarp, kRow, 1}});
  for (uint64_t reg = 0; reg < 32; ++reg)
    for (uint64_t lane = 0; lane < 32; ++lane)
      for (uint64_t warp = 0; warp < 4; ++warp) {
        Values at = {{kRegister, reg}, {kLane, lane}, {kWarp, warp}};
        Values inTile = {{kRegister, reg % 4}, {kLane, lane}};
        EXPECT_EQ(layout.apply(at, kRow),
                  tile.apply(inTile, kRow) + 16 * (reg / 16) + 32 * (warp / 2));
        EXPECT_EQ(layout.apply(at, kColumn),
                  tile.apply(inTile, kColumn) + 8 * (reg / 4 % 4));
      }
  EXPECT_EQ(layout.getFreeBits(kWarp), 1u);
}

/// Lane after lane, then warp after warp, then the next register: the order of
/// memory.
TEST(BlockedLayouts, CoalescedFollowsMemory) {
  LinearLayout layout =
      getCoalescedLayout({{kColumn, 6}, {kRow, 6}}, 3, /*warpBits=*/2);
  for (uint64_t i = 0; i < 4096; ++i) {
    Values at = {{kRegister, i % 8 + i / 1024 * 8},
                 {kLane, i / 8 % 32},
                 {kWarp, i / 256 % 4}};
    EXPECT_EQ(layout.apply(at, kColumn), i % 64);
    EXPECT_EQ(layout.apply(at, kRow), i / 64);
  }
  EXPECT_EQ(layout.getConsecutive(kRegister, kColumn), 8u);
  // Too small for all: half of the lanes and all warps are copies.
  LinearLayout small = getCoalescedLayout({{kColumn, 4}, {kRow, 3}}, 3, 1);
  EXPECT_EQ(print(small),
            "register = [[1, 0], [2, 0], [4, 0]], lane = [[8, 0], [0, 1], "
            "[0, 2], [0, 4], [0, 0]], warp = [[0, 0]] over (column 16, row 8)");
}

TEST(SharedLayouts, AsTheHeaderShows) {
  EXPECT_EQ(print(getBoxLayout(3, 6, 2, MatrixSwizzle::Bytes128)),
            "offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32], "
            "[1, 8], [2, 16], [4, 32]] over (row 8, column 64)");
}

TEST(SharedLayouts, RowsArePermutedByVectors) {
  for (const RowSwizzle &swizzle :
       {RowSwizzle{}, RowSwizzle{3, 0, 3}, RowSwizzle{2, 1, 2}}) {
    LinearLayout layout = getRowMajorLayout(5, 6, swizzle);
    EXPECT_TRUE(layout.isInvertible());
    LinearLayout offsets = layout.invert();
    for (uint64_t row = 0; row < 32; ++row)
      for (uint64_t column = 0; column < 64; ++column) {
        uint64_t vector = column >> swizzle.vectorBits;
        uint64_t phase =
            (row >> swizzle.perPhaseBits) % (uint64_t(1) << swizzle.phaseBits);
        uint64_t inVector = column % (uint64_t(1) << swizzle.vectorBits);
        EXPECT_EQ(offsets.apply({{kRow, row}, {kColumn, column}}),
                  row * 64 + ((vector ^ phase) << swizzle.vectorBits) +
                      inVector);
      }
  }
}

/// What wgmma reads through a descriptor is where the layout has it.
TEST(SharedLayouts, BoxesAreThoseOfDescriptors) {
  for (MatrixSwizzle swizzle : {MatrixSwizzle::Bytes32, MatrixSwizzle::Bytes64,
                                MatrixSwizzle::Bytes128})
    for (unsigned bytes : {1u, 2u, 4u}) {
      unsigned rowBits = 5, columnBits = 7, rows = 1u << rowBits;
      unsigned boxBytes = 16u << getSwizzleBits(swizzle);
      LinearLayout offsets =
          getBoxLayout(rowBits, columnBits, bytes, swizzle).invert();
      for (unsigned row = 0; row < rows; ++row)
        for (unsigned column = 0; column < 1u << columnBits; ++column) {
          unsigned box = column * bytes / boxBytes;
          MatrixDescriptor descriptor;
          descriptor.start = 0x4000 + box * rows * boxBytes;
          descriptor.stride = 8 * boxBytes;
          descriptor.swizzle = swizzle;
          EXPECT_EQ(0x4000 +
                        bytes * offsets.apply({{kRow, row}, {kColumn, column}}),
                    getElementOffset(descriptor, MatrixMajor::K, row,
                                     column - box * boxBytes / bytes, bytes));
        }
    }
  // Without a swizzle rows are as long as they are.
  EXPECT_EQ(getBoxLayout(4, 7, 2, MatrixSwizzle::None),
            getRowMajorLayout(4, 7));
}
