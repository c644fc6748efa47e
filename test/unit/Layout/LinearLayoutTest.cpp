//===- LinearLayoutTest.cpp - the algebra, point by point -----------------===//

#include "lib/Layout/LinearLayout.h"
#include "RandomLayout.h"
#include "gtest/gtest.h"
#include <map>

using namespace sluice;
using namespace sluice::layout;
using test::draw;

/// The header's example.
static LinearLayout getAccumulator() {
  return {{{kRegister, 2}, {kLane, 5}},
          {{kRow, 4}, {kColumn, 3}},
          Vectors{16, 8, 32, 64, 1, 2, 4}};
}

static uint64_t getEnd(const LinearLayout &layout) {
  return uint64_t(1) << layout.getNumInputBits();
}

TEST(LinearLayout, AppliesSums) {
  LinearLayout layout = getAccumulator();
  for (uint64_t lane = 0; lane < 32; ++lane)
    for (uint64_t reg = 0; reg < 4; ++reg) {
      Values at = {{kRegister, reg}, {kLane, lane}};
      EXPECT_EQ(layout.apply(at, kRow), lane / 4 + reg / 2 * 8);
      EXPECT_EQ(layout.apply(at, kColumn), lane % 4 * 2 + reg % 2);
    }
  EXPECT_EQ(layout.apply({{kLane, 5}, {kRegister, 3}}),
            layout.packOutput({{kRow, 9}, {kColumn, 3}}));
  EXPECT_EQ(layout.getInputBits(kLane), 5u);
  EXPECT_EQ(layout.getInputBits(kWarp), 0u);
  EXPECT_EQ(layout.getOutputBits(kRow), 4u);
  EXPECT_TRUE(layout.isInvertible());
}

TEST(LinearLayout, FromFunctionChecksThatItIsLinear) {
  auto layout = LinearLayout::fromFunction(
      {{kOffset, 4}}, {{kColumn, 4}}, [](uint64_t i) { return i ^ i / 2; });
  ASSERT_TRUE(bool(layout));
  EXPECT_EQ(layout->apply({{kOffset, 12}}, kColumn), 10u);
  auto other = LinearLayout::fromFunction(
      {{kOffset, 4}}, {{kColumn, 4}}, [](uint64_t i) { return i * 3 % 16; });
  ASSERT_FALSE(bool(other));
  EXPECT_EQ(llvm::toString(other.takeError()),
            "a layout's place of a sum of indices is the sum of their places; "
            "index 3 is at 9, and its bits sum up to 5");
}

TEST(LinearLayout, ThenAppliesBoth) {
  test::Engine engine(1);
  for (unsigned round = 0; round < 100; ++round) {
    LinearLayout inner =
        test::drawLayout(engine, {{kRegister, 2}, {kLane, 4}},
                         {{kRow, 3}, {kColumn, 2}}, draw(engine, 6));
    // The same axes in another order.
    LinearLayout outer = test::drawLayout(engine, {{kColumn, 2}, {kRow, 3}},
                                          {{kOffset, 6}}, draw(engine, 6));
    LinearLayout both = inner.then(outer);
    for (uint64_t point = 0; point < getEnd(inner); ++point) {
      uint64_t middle = inner.apply(point);
      EXPECT_EQ(
          both.apply(point),
          outer.apply({{kRow, inner.getOutputValue(middle, kRow)},
                       {kColumn, inner.getOutputValue(middle, kColumn)}}));
    }
  }
}

TEST(LinearLayout, ProductPlacesTilesSideBySide) {
  test::Engine engine(2);
  for (unsigned round = 0; round < 100; ++round) {
    LinearLayout tile =
        test::drawLayout(engine, {{kRegister, 2}, {kLane, 3}},
                         {{kRow, 2}, {kColumn, 2}}, draw(engine, 5));
    LinearLayout rest =
        test::drawLayout(engine, {{kLane, 2}, {kWarp, 2}},
                         {{kColumn, 1}, {"depth", 2}}, draw(engine, 4));
    LinearLayout product = tile * rest;
    for (uint64_t reg = 0; reg < 4; ++reg)
      for (uint64_t lane = 0; lane < 32; ++lane)
        for (uint64_t warp = 0; warp < 4; ++warp) {
          Values at = {{kRegister, reg}, {kLane, lane}, {kWarp, warp}};
          Values inTile = {{kRegister, reg}, {kLane, lane % 8}};
          Values inRest = {{kLane, lane / 8}, {kWarp, warp}};
          EXPECT_EQ(product.apply(at, kRow), tile.apply(inTile, kRow));
          EXPECT_EQ(product.apply(at, kColumn),
                    tile.apply(inTile, kColumn) +
                        4 * rest.apply(inRest, kColumn));
          EXPECT_EQ(product.apply(at, "depth"), rest.apply(inRest, "depth"));
        }
    std::optional<LinearLayout> quotient = product.divideLeft(tile);
    ASSERT_TRUE(quotient);
    EXPECT_EQ(tile * *quotient, product);
    EXPECT_TRUE(quotient->isEqualModuloBroadcast(rest));
  }
}

/// Of random layouts few are products; the quotient is there for those.
TEST(LinearLayout, QuotientIsThereIfAProductIs) {
  test::Engine engine(3);
  unsigned divisible = 0;
  for (unsigned round = 0; round < 2000; ++round) {
    LinearLayout tile =
        test::drawLayout(engine, {{kLane, 1}}, {{kColumn, 1}}, 1);
    LinearLayout layout =
        test::drawLayout(engine, {{kLane, 2}, {kWarp, 1}},
                         {{kRow, 1}, {kColumn, 2}}, draw(engine, 4));
    // By definition, over all candidates.
    unsigned found = 0;
    for (uint64_t a = 0; a < 4; ++a)
      for (uint64_t b = 0; b < 4; ++b) {
        LinearLayout rest({{kLane, 1}, {kWarp, 1}}, {{kRow, 1}, {kColumn, 1}},
                          Vectors{a, b});
        LinearLayout product = (tile * rest).transposeOutputs({kRow, kColumn});
        if (product != layout)
          continue;
        ++found;
        std::optional<LinearLayout> quotient = layout.divideLeft(tile);
        ASSERT_TRUE(quotient);
        EXPECT_EQ(*quotient, rest);
      }
    divisible += found;
    if (!found)
      EXPECT_FALSE(layout.divideLeft(tile));
  }
  EXPECT_GT(divisible, 10u);
  // A tile has no axis that the layout lacks, nor a longer one.
  EXPECT_FALSE(
      getAccumulator().divideLeft(LinearLayout::getIdentity(kWarp, kRow, 1)));
  EXPECT_FALSE(getAccumulator().divideLeft(
      LinearLayout::getIdentity(kRegister, kColumn, 3)));
}

TEST(LinearLayout, Inverses) {
  test::Engine engine(4);
  for (unsigned round = 0; round < 100; ++round) {
    unsigned free = draw(engine, 3);
    LinearLayout layout =
        test::drawLayout(engine, {{kRegister, 2 + free}, {kLane, 3}},
                         {{kRow, 3}, {kColumn, 2}}, 5);
    LinearLayout inverse = layout.pseudoInvert();
    EXPECT_EQ(layout.getKernel().size(), free);
    for (uint64_t place = 0; place < 32; ++place)
      EXPECT_EQ(layout.apply(inverse.apply(place)), place);
    if (free)
      continue;
    EXPECT_EQ(inverse, layout.invert());
    for (uint64_t point = 0; point < 32; ++point)
      EXPECT_EQ(inverse.apply(layout.apply(point)), point);
  }
}

/// Of all that hold an element the inverse names one without the later bits
/// that repeat.
TEST(LinearLayout, PseudoInversePrefersEarlierBits) {
  LinearLayout layout = LinearLayout::getIdentity(kRegister, kRow, 2) *
                        LinearLayout::getBroadcast(kLane, 2) *
                        LinearLayout::getIdentity(kWarp, kRow, 1);
  LinearLayout inverse = layout.pseudoInvert();
  EXPECT_EQ(inverse.apply({{kRow, 7}}),
            layout.packInput({{kRegister, 3}, {kWarp, 1}}));
  EXPECT_EQ(layout.getFreeBits(kRegister), 0u);
  EXPECT_EQ(layout.getFreeBits(kLane), 3u);
  EXPECT_EQ(layout.getFreeBits(kWarp), 0u);
}

TEST(LinearLayout, RankKernelAndFreeBitsByCounting) {
  test::Engine engine(5);
  for (unsigned round = 0; round < 200; ++round) {
    LinearLayout layout =
        test::drawLayout(engine, {{kRegister, 3}, {kLane, 4}},
                         {{kRow, 3}, {kColumn, 3}}, draw(engine, 7));
    std::map<uint64_t, std::vector<uint64_t>> holders;
    for (uint64_t point = 0; point < getEnd(layout); ++point)
      holders[layout.apply(point)].push_back(point);
    EXPECT_EQ(uint64_t(1) << layout.getRank(), holders.size());
    Span kernel(layout.getKernel());
    for (uint64_t point = 0; point < getEnd(layout); ++point)
      EXPECT_EQ(kernel.contains(point), layout.apply(point) == 0);
    // Free bits may be 0 of one holder of each element, and that is the
    // smallest.
    uint64_t free = layout.getFreeBits(kRegister) | layout.getFreeBits(kLane)
                                                        << 3;
    for (const auto &[place, points] : holders)
      EXPECT_EQ(llvm::count_if(points,
                               [&](uint64_t point) { return !(point & free); }),
                1);
  }
}

TEST(LinearLayout, AxesAreRenamedTransposedAndKept) {
  LinearLayout layout = getAccumulator();
  LinearLayout turned = layout.renameOutput(kRow, "m")
                            .renameInput(kLane, "thread")
                            .transposeOutputs({kColumn, "m"})
                            .transposeInputs({"thread", kRegister});
  EXPECT_EQ(turned.getOutputs()[0], Axis(kColumn, 3));
  LinearLayout rows = layout.keepOutputs({kRow});
  LinearLayout lanes = layout.keepInputs({kLane});
  LinearLayout few = layout.restrictInput(kLane, 2);
  for (uint64_t lane = 0; lane < 32; ++lane)
    for (uint64_t reg = 0; reg < 4; ++reg) {
      Values at = {{kRegister, reg}, {kLane, lane}};
      EXPECT_EQ(turned.apply({{kRegister, reg}, {"thread", lane}}, "m"),
                layout.apply(at, kRow));
      EXPECT_EQ(turned.apply({{kRegister, reg}, {"thread", lane}}, kColumn),
                layout.apply(at, kColumn));
      EXPECT_EQ(rows.apply(at), layout.apply(at, kRow));
      EXPECT_EQ(lanes.apply({{kLane, lane}}), layout.apply({{kLane, lane}}));
      if (lane < 4)
        EXPECT_EQ(few.apply(at), layout.apply(at));
    }
  EXPECT_EQ(few.getInputBits(kLane), 2u);
  // What is left of a row sum is held by four lanes and two registers.
  EXPECT_EQ(rows.getKernel().size(), 3u);
}

TEST(LinearLayout, BitsArePermutedAndDropped) {
  LinearLayout layout = getAccumulator();
  LinearLayout swapped = layout.permuteInputBits(kRegister, {1, 0});
  for (uint64_t reg = 0; reg < 4; ++reg)
    EXPECT_EQ(swapped.apply({{kRegister, reg}, {kLane, 9}}),
              layout.apply({{kRegister, reg / 2 + reg % 2 * 2}, {kLane, 9}}));
  LinearLayout column = layout.keepOutputs({kColumn}).dropZeroBits(kRegister);
  EXPECT_EQ(column.getInputBits(kRegister), 1u);
  EXPECT_EQ(column.getInputBits(kLane), 5u);
  EXPECT_EQ(column.apply({{kRegister, 1}, {kLane, 6}}), 5u);
}

TEST(LinearLayout, PointsAreSplitAndNamed) {
  test::Engine engine(11);
  for (unsigned round = 0; round < 100; ++round) {
    Axis outputs[] = {
        {kRow, draw(engine, 4)}, {"empty", 0}, {kColumn, draw(engine, 4)}};
    unsigned bits = test::countBits(outputs);
    LinearLayout layout =
        test::drawLayout(engine, Axis(kLane, 5), outputs, std::min(bits, 5u));
    LinearLayout named = layout.nameOutputs({"x", "y", "z"});
    for (uint64_t lane = 0; lane < 32; ++lane) {
      uint64_t place = layout.apply(lane);
      llvm::SmallVector<int64_t> values = layout.splitOutput(place);
      ASSERT_EQ(values.size(), 3u);
      EXPECT_EQ(uint64_t(values[0]), layout.getOutputValue(place, kRow));
      EXPECT_EQ(values[1], 0);
      EXPECT_EQ(uint64_t(values[2]), layout.getOutputValue(place, kColumn));
      EXPECT_EQ(layout.joinOutput(values), place);
      EXPECT_EQ(named.apply({{kLane, lane}}, "x"), uint64_t(values[0]));
      EXPECT_EQ(named.apply({{kLane, lane}}, "z"), uint64_t(values[2]));
    }
    EXPECT_EQ(hash_value(layout), hash_value(LinearLayout(layout)));
  }
}

TEST(LinearLayout, ResizedOutputsKeepWhatFits) {
  test::Engine engine(12);
  for (unsigned round = 0; round < 100; ++round) {
    Axis before[] = {{kRow, draw(engine, 5)}, {kColumn, draw(engine, 5)}};
    Axis after[] = {{kRow, draw(engine, 5)}, {kColumn, draw(engine, 5)}};
    unsigned bits = test::countBits(before);
    LinearLayout layout =
        test::drawLayout(engine, Axis(kLane, 5), before, std::min(bits, 5u));
    LinearLayout resized = layout.resizeOutputs(after);
    for (uint64_t lane = 0; lane < 32; ++lane)
      for (auto &axis : after)
        EXPECT_EQ(resized.apply({{kLane, lane}}, axis.name),
                  layout.apply({{kLane, lane}}, axis.name) % axis.getSize());
  }
}

/// Places add up as numbers do, for all pairs of inputs that have no bit in
/// common, or for some pair they do not.
TEST(LinearLayout, AdditiveByAllPairs) {
  test::Engine engine(13);
  unsigned counts[2] = {};
  for (unsigned round = 0; round < 300; ++round) {
    Vectors bases;
    for (unsigned i = 0; i < 4; ++i)
      bases.push_back(engine() & engine() & engine() & 255);
    LinearLayout layout(Axis(kLane, 4), {{kRow, 4}, {kColumn, 4}}, bases);
    bool adds = true;
    for (uint64_t a = 0; a < 16; ++a)
      for (uint64_t b = 0; b < 16; ++b)
        if (!(a & b))
          adds &= layout.apply(a) + layout.apply(b) == layout.apply(a ^ b);
    EXPECT_EQ(layout.isAdditive(), adds);
    ++counts[adds];
  }
  EXPECT_GT(counts[0], 20u);
  EXPECT_GT(counts[1], 20u);
}

TEST(LinearLayout, NeighboursAreGrouped) {
  test::Engine engine(14);
  unsigned longest = 0;
  for (unsigned round = 0; round < 200; ++round) {
    Vectors units{1, 2, 4, 8, 16, 32};
    std::shuffle(units.begin(), units.end(), engine);
    units.truncate(4);
    LinearLayout layout(Axis(kRegister, 4), {{kRow, 3}, {kColumn, 3}}, units);
    unsigned most = draw(engine, 4);
    LinearLayout groups = layout.groupNeighbours(kRegister, kColumn, most);
    EXPECT_TRUE(groups.isInvertible());
    uint64_t size = groups.getInputs().front().getSize();
    for (uint64_t point = 0; point < 16; ++point) {
      uint64_t first = layout.apply(groups.apply(point / size * size));
      EXPECT_EQ(layout.apply(groups.apply(point)),
                first + layout.packOutput({{kColumn, point % size}}));
    }
    // One more is too many, or nobody has the next.
    bool hasNext = llvm::is_contained(units, size << 3);
    EXPECT_TRUE(size == uint64_t(1) << most || size == 8 || !hasNext);
    EXPECT_LE(size, uint64_t(1) << most);
    longest = std::max(longest, unsigned(size));
  }
  EXPECT_EQ(longest, 8u);
}

TEST(LinearLayout, ConsecutiveElements) {
  auto consecutive = [](std::initializer_list<uint64_t> bases) {
    return LinearLayout({{kRegister, unsigned(bases.size())}},
                        {{kRow, 3}, {kColumn, 3}}, Vectors(bases))
        .getConsecutive(kRegister, kColumn);
  };
  EXPECT_EQ(consecutive({8, 16, 32}), 8u);
  EXPECT_EQ(consecutive({8, 16, 1, 32}), 4u);
  EXPECT_EQ(consecutive({1, 8, 16}), 1u);
  EXPECT_EQ(consecutive({8 + 1, 16}), 1u);
  EXPECT_EQ(consecutive({8, 16, 32, 0}), 8u);
  EXPECT_EQ(consecutive({}), 1u);
  EXPECT_EQ(getAccumulator().getConsecutive(kRegister, kColumn), 2u);
}

TEST(LinearLayout, EqualModuloBroadcast) {
  LinearLayout layout = getAccumulator();
  EXPECT_TRUE(layout.isEqualModuloBroadcast(
      layout * LinearLayout::getBroadcast(kWarp, 2)));
  EXPECT_TRUE((layout * LinearLayout::getBroadcast(kRegister, 1))
                  .isEqualModuloBroadcast(layout));
  EXPECT_TRUE(
      layout.isEqualModuloBroadcast(layout.transposeOutputs({kColumn, kRow})));
  EXPECT_FALSE(layout.isEqualModuloBroadcast(
      layout * LinearLayout::getIdentity(kWarp, kRow, 2)));
  EXPECT_FALSE(layout.isEqualModuloBroadcast(
      layout.permuteInputBits(kRegister, {1, 0})));
  EXPECT_FALSE(
      layout.isEqualModuloBroadcast(layout.renameOutput(kRow, "depth")));
  // A copy in between shifts what comes behind.
  LinearLayout between = LinearLayout::getBroadcast(kRegister, 1) * layout;
  EXPECT_FALSE(between.isEqualModuloBroadcast(layout));
  EXPECT_TRUE(between.dropZeroBits(kRegister)
                  .transposeOutputs({kRow, kColumn})
                  .isEqualModuloBroadcast(layout));
}
