//===- ConstructedLayoutsTest.cpp - blocked layouts and memory images -----===//

#include "lib/Layout/BlockedLayouts.h"
#include "lib/Layout/FragmentLayouts.h"
#include "lib/Layout/LayoutText.h"
#include "lib/Layout/ProductLayouts.h"
#include "lib/Layout/SharedLayouts.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <set>

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

/// Each input counts on where it stopped, and so does each axis.
TEST(BlockedLayouts, HandedOutBitByBit) {
  Handout handout({{kRow, 3}, {kColumn, 4}});
  EXPECT_EQ(handout.take(kRegister, kColumn, 2), 2u);
  EXPECT_EQ(handout.getLeft(kColumn), 2u);
  EXPECT_EQ(handout.take(kLane, kColumn, 3), 2u);
  EXPECT_EQ(handout.take(kLane, kRow, 2), 2u);
  handout.copy(kLane, 1);
  EXPECT_EQ(handout.take(kWarp, kColumn, 1), 0u);
  EXPECT_EQ(handout.take(kRegister, kRow), 1u);
  EXPECT_EQ(handout.getLeft(kRow), 0u);
  const LinearLayout &layout = handout.get();
  for (uint64_t reg = 0; reg < 8; ++reg)
    for (uint64_t lane = 0; lane < 32; ++lane) {
      Values at = {{kRegister, reg}, {kLane, lane}};
      EXPECT_EQ(layout.apply(at, kColumn), reg % 4 + lane % 4 * 4);
      EXPECT_EQ(layout.apply(at, kRow), lane / 4 % 4 + reg / 4 * 4);
    }
  EXPECT_EQ(layout.getOutputs()[0], Axis(kRow, 3));
  EXPECT_EQ(layout.getInputBits(kWarp), 0u);
}

/// Products by tiles: executed warp by warp, each result is summed up once for
/// each warp that holds it, from what that warp holds of the operands.
TEST(ProductLayouts, WarpsHoldWhatTheyMultiply) {
  MatrixShape tile{16, 8, 16};
  auto size = [](unsigned whole, unsigned part) {
    return llvm::bit_ceil(std::max(whole, part));
  };
  for (MatrixShape shape : {MatrixShape{16, 8, 16},
                            {16, 16, 60},
                            {5, 100, 16},
                            {64, 64, 64},
                            {40, 8, 32}})
    for (unsigned warpBits : {0u, 1u, 2u, 3u}) {
      ProductLayouts product = llvm::cantFail(
          getProductLayouts(tile, ptx::Type::BF16, shape, warpBits));
      uint64_t rows = size(shape.m, tile.m), columns = size(shape.n, tile.n),
               depth = size(shape.k, tile.k);
      auto list = [](const LinearLayout &layout, uint64_t warp) {
        std::set<std::pair<uint64_t, uint64_t>> held;
        for (uint64_t lane = 0; lane < 32; ++lane)
          for (uint64_t reg = 0;
               reg < uint64_t(1) << layout.getInputBits(kRegister); ++reg) {
            Values at = {{kRegister, reg}, {kLane, lane}, {kWarp, warp}};
            held.emplace(layout.apply(at, kRow), layout.apply(at, kColumn));
          }
        return held;
      };
      std::set<std::pair<uint64_t, uint64_t>> all;
      for (uint64_t warp = 0; warp < uint64_t(1) << warpBits; ++warp) {
        auto a = list(product.a, warp), b = list(product.b, warp),
             sums = list(product.accumulator, warp);
        for (auto [row, column] : sums)
          for (uint64_t k = 0; k < depth; ++k) {
            EXPECT_TRUE(a.count({row, k}));
            EXPECT_TRUE(b.count({k, column}));
          }
        // And no more.
        EXPECT_EQ(a.size() * b.size(), sums.size() * depth * depth);
        all.merge(sums);
      }
      EXPECT_EQ(all.size(), rows * columns);
      // Warp after warp until none is left without a tile of its own.
      uint64_t tiles = rows / tile.m * columns / tile.n;
      EXPECT_EQ(list(product.accumulator, 0).size(),
                rows * columns / std::min(tiles, uint64_t(1) << warpBits));
      // Each tile is an instruction's.
      EXPECT_TRUE(product.a.divideLeft(llvm::cantFail(
          getFragmentLayout(MatrixRole::A, tile, ptx::Type::BF16))));
      EXPECT_TRUE(product.b.divideLeft(llvm::cantFail(
          getFragmentLayout(MatrixRole::B, tile, ptx::Type::BF16))));
    }
  EXPECT_FALSE(llvm::errorToBool(
      getProductLayouts(tile, ptx::Type::F16, {16, 24, 16}, 0).takeError()));
  EXPECT_TRUE(llvm::errorToBool(
      getProductLayouts({16, 24, 16}, ptx::Type::F16, {16, 24, 16}, 0)
          .takeError()));
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
