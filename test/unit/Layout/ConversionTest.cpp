//===- ConversionTest.cpp - conversions are executed ----------------------===//

#include "lib/Layout/Conversion.h"
#include "RandomLayout.h"
#include "SimulatedWarps.h"
#include "lib/Layout/BlockedLayouts.h"
#include "lib/Layout/FragmentLayouts.h"
#include "lib/Layout/LayoutText.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;
using ptx::Type;
using test::draw;

static std::vector<llvm::StringRef> getNames(const LinearLayout &layout) {
  std::vector<llvm::StringRef> names;
  for (const Axis &axis : layout.getOutputs())
    names.push_back(axis.name);
  return names;
}

static std::string print(const LinearLayout &layout) {
  std::string text;
  llvm::raw_string_ostream(text) << layout;
  return text;
}

/// Plans, executes, and compares with what the destination must hold.
static Conversion expectConversion(const LinearLayout &source,
                                   const LinearLayout &destination,
                                   unsigned bytes, AccessOptions options = {}) {
  Conversion conversion =
      llvm::cantFail(planConversion(source, destination, bytes, options));
  auto names = getNames(source);
  test::RegisterFile from = test::fillRegisters(source, names);
  EXPECT_EQ(test::convert(conversion, destination, from),
            test::fillRegisters(destination, names))
      << print(source) << "\nto " << print(destination);
  return conversion;
}

/// Whatever is chosen, the other ways are right, too.
static void expectEveryWay(const LinearLayout &source,
                           const LinearLayout &destination, unsigned bytes) {
  expectConversion(source, destination, bytes);
  auto names = getNames(source);
  test::RegisterFile from = test::fillRegisters(source, names);
  Conversion shared;
  shared.kind = ConversionKind::Shared;
  shared.exchange = planExchange(source, destination, bytes);
  EXPECT_EQ(test::convert(shared, destination, from),
            test::fillRegisters(destination, names))
      << print(source) << "\nto " << print(destination);
  Conversion shuffled;
  shuffled.kind = ConversionKind::Shuffle;
  shuffled.shuffle = planShuffles(source, destination, bytes);
  if (shuffled.shuffle)
    EXPECT_EQ(test::convert(shuffled, destination, from),
              test::fillRegisters(destination, names))
        << print(source) << "\nto " << print(destination);
}

static LinearLayout getFragment(MatrixRole role, MatrixShape shape, Type type,
                                llvm::ArrayRef<Repeat> steps = {}) {
  return repeat(llvm::cantFail(getFragmentLayout(role, shape, type)), steps);
}

static LinearLayout transpose(const LinearLayout &layout) {
  return layout.renameOutput(kRow, "old")
      .renameOutput(kColumn, kRow)
      .renameOutput("old", kColumn);
}

/// Layouts of programs that have 2^warpBits warps and 2^rowBits ×
/// 2^columnBits elements.
static std::vector<LinearLayout>
listLayouts(unsigned rowBits, unsigned columnBits, unsigned warpBits) {
  std::vector<LinearLayout> layouts;
  Axis rows(kRow, rowBits), columns(kColumn, columnBits);
  for (unsigned vectorBits : {0u, 1u, 3u}) {
    layouts.push_back(
        getCoalescedLayout({columns, rows}, vectorBits, warpBits));
    layouts.push_back(
        getCoalescedLayout({rows, columns}, vectorBits, warpBits));
  }
  // Tiles of m and n, warps along rows as far as they go, then along columns,
  // or copies.
  auto add = [&](const LinearLayout &tile) {
    unsigned tileRows = tile.getOutputBits(kRow);
    unsigned tileColumns = tile.getOutputBits(kColumn);
    if (tileRows > rowBits || tileColumns > columnBits)
      return;
    unsigned down = rowBits - tileRows, right = columnBits - tileColumns;
    unsigned warpsDown = std::min(warpBits, down);
    unsigned warpsRight = std::min(warpBits - warpsDown, right);
    layouts.push_back(
        repeat(tile, {{kRegister, kColumn, right - warpsRight},
                      {kRegister, kRow, down - warpsDown},
                      {kWarp, kRow, warpsDown},
                      {kWarp, kColumn, warpsRight},
                      {kWarp, "", warpBits - warpsDown - warpsRight}}));
    layouts.push_back(repeat(tile, {{kRegister, kColumn, right},
                                    {kRegister, kRow, down},
                                    {kWarp, "", warpBits}}));
  };
  for (auto [shape, type] : {std::pair(MatrixShape{16, 8, 16}, Type::BF16),
                             {MatrixShape{16, 8, 8}, Type::TF32},
                             {MatrixShape{16, 8, 32}, Type::S8}})
    for (MatrixRole role : {MatrixRole::A, MatrixRole::B}) {
      LinearLayout tile = getFragment(role, shape, type);
      add(tile);
      add(transpose(tile));
    }
  LinearLayout sums =
      getFragment(MatrixRole::Accumulator, {16, 8, 16}, Type::F32);
  add(sums);
  add(transpose(sums));
  return layouts;
}

TEST(Conversion, BetweenLayoutsOfPrograms) {
  unsigned kinds[4] = {};
  for (auto [rowBits, columnBits, warpBits] : {std::tuple(4u, 4u, 0u),
                                               {5u, 5u, 0u},
                                               {5u, 6u, 1u},
                                               {6u, 5u, 2u},
                                               {6u, 6u, 3u}}) {
    auto layouts = listLayouts(rowBits, columnBits, warpBits);
    for (const LinearLayout &source : layouts)
      for (const LinearLayout &destination : layouts) {
        unsigned bytes = 1u << (kinds[0] + kinds[1] + kinds[2] + kinds[3]) % 4;
        Conversion conversion = expectConversion(source, destination, bytes);
        ++kinds[unsigned(conversion.kind)];
      }
  }
  for (unsigned count : kinds)
    EXPECT_GT(count, 20u);
}

/// Each wavefront of an exchange has 128 bytes: no bank is asked twice,
/// transposes of 16 bits included.
TEST(Conversion, ExchangesTakeTheFewestWavefronts) {
  for (auto [rowBits, columnBits, warpBits, bytes] :
       {std::tuple(4u, 6u, 0u, 2u),
        {6u, 6u, 2u, 2u},
        {6u, 7u, 2u, 2u},
        {6u, 6u, 2u, 4u},
        {5u, 5u, 0u, 4u},
        {4u, 5u, 0u, 8u}}) {
    auto layouts = listLayouts(rowBits, columnBits, warpBits);
    uint64_t fewest = (uint64_t(bytes) << (rowBits + columnBits)) / 128;
    for (const LinearLayout &source : layouts)
      for (const LinearLayout &destination : layouts) {
        SharedExchange exchange = planExchange(source, destination, bytes);
        // Warps that hold copies store once, but each of them loads.
        unsigned copies = llvm::popcount(destination.getFreeBits(kWarp));
        EXPECT_EQ(exchange.store.wavefronts, fewest);
        EXPECT_EQ(exchange.load.wavefronts, fewest << copies)
            << print(source) << "\nto " << print(destination);
      }
  }
}

/// What kernels.md names: rows of bf16, 16 bytes a lane, to the operands of
/// m16n8k16, and accumulators to rows. Both sides in whole vectors or rows of
/// matrices.
TEST(Conversion, RowsAndOperandsByVectors) {
  LinearLayout rows = getCoalescedLayout({{kRow, 6}, {kColumn, 6}}, 3, 2);
  LinearLayout columns = getCoalescedLayout({{kColumn, 6}, {kRow, 6}}, 3, 2);
  LinearLayout a = getFragment(MatrixRole::A, {16, 8, 16}, Type::BF16,
                               {{kRegister, kColumn, 2}, {kWarp, kRow, 2}});
  LinearLayout b = getFragment(
      MatrixRole::B, {16, 8, 16}, Type::BF16,
      {{kRegister, kRow, 2}, {kRegister, kColumn, 1}, {kWarp, kColumn, 2}});
  for (const LinearLayout *blocked : {&rows, &columns})
    for (const LinearLayout *operand : {&a, &b}) {
      SharedExchange exchange = planExchange(*blocked, *operand, 2);
      EXPECT_EQ(exchange.store.kind, AccessKind::Vector);
      EXPECT_EQ(exchange.store.getElementsPerStep(), 8u);
      EXPECT_NE(exchange.load.kind, AccessKind::Vector);
      EXPECT_EQ(exchange.load.getNumMatrices(), 4u);
      EXPECT_EQ(exchange.getWavefronts(), 128u);
      EXPECT_EQ(exchange.getInstructions(), 32u);
      EXPECT_EQ(exchange.getBytes(), 8192u);
    }
  LinearLayout sums =
      getFragment(MatrixRole::Accumulator, {16, 8, 16}, Type::F32,
                  {{kRegister, kColumn, 3}, {kWarp, kRow, 2}});
  for (const LinearLayout *blocked : {&rows, &columns}) {
    // bf16 by stmatrix, with .trans or not.
    SharedExchange exchange = planExchange(sums, *blocked, 2);
    EXPECT_NE(exchange.store.kind, AccessKind::Vector);
    EXPECT_EQ(exchange.getInstructions(), 32u);
    EXPECT_EQ(exchange.getWavefronts(), 128u);
  }
}

/// And every way that the cheapest one has beaten.
TEST(Conversion, EveryWayMovesTheSame) {
  auto layouts = listLayouts(5, 5, 1);
  for (const LinearLayout &source : layouts)
    for (const LinearLayout &destination : layouts)
      expectEveryWay(source, destination, 2);
  layouts = listLayouts(5, 4, 0);
  for (const LinearLayout &source : layouts)
    for (const LinearLayout &destination : layouts)
      expectEveryWay(source, destination, 4);
}

/// What a row sum or a column sum leaves, to what multiplies by it.
TEST(Conversion, BetweenSlices) {
  auto layouts = listLayouts(6, 6, 2);
  for (llvm::StringRef axis : {kRow, kColumn})
    for (const LinearLayout &source : layouts)
      for (const LinearLayout &destination : layouts)
        expectConversion(source.keepOutputs({axis}),
                         destination.keepOutputs({axis}), 4);
}

/// Bijections nobody would write, and maps with copies anywhere.
TEST(Conversion, BetweenAnyLayouts) {
  test::Engine engine(1);
  for (unsigned round = 0; round < 600; ++round) {
    unsigned warpBits = draw(engine, 3), registerBits = draw(engine, 4);
    unsigned more = draw(engine, 3), bits = 5 + warpBits + registerBits;
    if (draw(engine, 2))
      more = 0;
    Axis outputs[] = {{kRow, bits / 2}, {kColumn, bits - bits / 2}};
    auto drawThreads = [&](unsigned copies) {
      Axis inputs[] = {
          {kRegister, registerBits + copies}, {kLane, 5}, {kWarp, warpBits}};
      return test::drawLayout(engine, inputs, outputs, bits);
    };
    LinearLayout source = drawThreads(more), destination = drawThreads(more);
    if (!more && draw(engine, 2)) {
      // Registers and lanes are mixed, and warps stay.
      llvm::ArrayRef<uint64_t> bases = source.getBases();
      unsigned inWarp = bits - warpBits;
      Vectors mixed;
      for (uint64_t sum : test::drawVectors(engine, inWarp, inWarp, inWarp))
        mixed.push_back(sumColumns(bases, sum));
      mixed.append(bases.begin() + inWarp, bases.end());
      destination = {source.getInputs(), outputs, mixed};
    }
    expectEveryWay(source, destination, 1u << draw(engine, 4));
  }
}

/// Every bijection of registers and lanes is done by no more shuffles than it
/// has words.
TEST(Conversion, BijectionsWithinWarpsAreShuffled) {
  test::Engine engine(2);
  for (unsigned round = 0; round < 500; ++round) {
    unsigned registerBits = draw(engine, 5);
    Axis inputs[] = {{kRegister, registerBits}, {kLane, 5}, {kWarp, 1}};
    Axis output(kColumn, registerBits + 6);
    Vectors bases = test::drawVectors(engine, registerBits + 5,
                                      registerBits + 5, registerBits + 5);
    bases.push_back(uint64_t(1) << (registerBits + 5));
    LinearLayout source(inputs, output, bases);
    Vectors others = test::drawVectors(engine, registerBits + 5,
                                       registerBits + 5, registerBits + 5);
    others.push_back(bases.back());
    LinearLayout destination(inputs, output, others);
    auto plan = planShuffles(source, destination, 4);
    ASSERT_TRUE(plan);
    EXPECT_LE(plan->shuffles, 1u << registerBits);
    test::RegisterFile from = test::fillRegisters(source, {kColumn});
    test::RegisterFile to(destination);
    test::shuffle(*plan, from, to);
    EXPECT_EQ(to, test::fillRegisters(destination, {kColumn}));
  }
}

TEST(Conversion, AccumulatorsAreTheNextOperand) {
  LinearLayout sums = getFragment(MatrixRole::Accumulator, {16, 8, 16},
                                  Type::F32, {{kRegister, kColumn, 1}});
  LinearLayout a = getFragment(MatrixRole::A, {16, 8, 16}, Type::BF16);
  EXPECT_EQ(expectConversion(sums, a, 2).kind, ConversionKind::None);
  // Of more tiles, in another order: other registers.
  LinearLayout wide = getFragment(
      MatrixRole::Accumulator, {16, 8, 16}, Type::F32,
      {{kRegister, kColumn, 1}, {kRegister, kRow, 1}, {kRegister, kColumn, 1}});
  LinearLayout down =
      getFragment(MatrixRole::A, {16, 8, 16}, Type::BF16,
                  {{kRegister, kColumn, 1}, {kRegister, kRow, 1}});
  EXPECT_EQ(expectConversion(wide, down, 2).kind, ConversionKind::Registers);
}

/// The headers' example: rows of 8 elements a lane.
TEST(Conversion, AccumulatorsToRowsWithinAWarp) {
  LinearLayout sums = getFragment(MatrixRole::Accumulator, {16, 8, 16},
                                  Type::F32, {{kRegister, kColumn, 1}});
  LinearLayout rows = repeat(
      {}, {{kRegister, kColumn, 3}, {kLane, kColumn, 1}, {kLane, kRow, 4}});
  Conversion conversion = expectConversion(sums, rows, 2);
  ASSERT_EQ(conversion.kind, ConversionKind::Shared);
  EXPECT_TRUE(conversion.exchange->isWithinWarps);
  EXPECT_EQ(conversion.exchange->store.kind, AccessKind::Matrix);
  EXPECT_EQ(conversion.exchange->store.getNumMatrices(), 4u);
  EXPECT_EQ(conversion.exchange->load.getElementsPerStep(), 8u);
  EXPECT_EQ(conversion.exchange->getInstructions(), 2u);
  // Two such warps keep to themselves, unless they change places.
  LinearLayout warps = repeat({}, {{kWarp, kRow, 1}});
  conversion = expectConversion(sums * warps, rows * warps, 2);
  EXPECT_TRUE(conversion.exchange->isWithinWarps);
  LinearLayout others = repeat({}, {{kWarp, kColumn, 1}});
  conversion =
      expectConversion(sums * warps * repeat({}, {{kRegister, kColumn, 1}}),
                       rows * others * repeat({}, {{kRegister, kRow, 1}}), 2);
  ASSERT_EQ(conversion.kind, ConversionKind::Shared);
  EXPECT_FALSE(conversion.exchange->isWithinWarps);
}

/// Halves that change their words have a price.
TEST(Conversion, WordsAreKeptWhole) {
  LinearLayout lanes = repeat({}, {{kLane, kRow, 5}});
  LinearLayout columns = repeat(lanes, {{kRegister, kColumn, 3}});
  auto getCost = [&](llvm::ArrayRef<unsigned> order, unsigned bytes) {
    Conversion conversion = expectConversion(
        columns, columns.permuteInputBits(kRegister, order), bytes);
    EXPECT_EQ(conversion.kind, ConversionKind::Registers);
    return conversion.cost;
  };
  EXPECT_EQ(getCost({0, 2, 1}, 2), 0u);
  EXPECT_EQ(getCost({1, 0, 2}, 2), 4u);
  EXPECT_EQ(getCost({1, 0, 2}, 4), 0u);
  EXPECT_EQ(getCost({1, 0, 2}, 1), 2u);
  EXPECT_EQ(getCost({0, 2, 1}, 1), 2u);
}

/// The header's example of ShufflePlan, in lanes 0 and 1 of sixteen pairs.
TEST(Conversion, TransposeOfPairsIsOneShuffle) {
  LinearLayout rest = repeat({}, {{kLane, "pair", 4}});
  LinearLayout rows =
      repeat({}, {{kRegister, kColumn, 1}, {kLane, kRow, 1}}) * rest;
  LinearLayout columns =
      repeat({}, {{kRegister, kRow, 1}, {kLane, kColumn, 1}}) * rest;
  Conversion conversion = expectConversion(rows, columns, 4);
  ASSERT_EQ(conversion.kind, ConversionKind::Shuffle);
  EXPECT_EQ(conversion.shuffle->shuffles, 1u);
  EXPECT_EQ(conversion.shuffle->getNumRounds(), 2u);
  EXPECT_EQ(conversion.shuffle->getButterfly(1), 1u);
  EXPECT_EQ(conversion.shuffle->selects, 4u);
  // Two halves of a word travel together where both sides have them.
  LinearLayout pairs = LinearLayout::getIdentity(kRegister, "half", 1);
  conversion = expectConversion(pairs * rows, pairs * columns, 2);
  ASSERT_EQ(conversion.kind, ConversionKind::Shuffle);
  EXPECT_EQ(conversion.shuffle->shuffles, 1u);
  // And 64 bits are two words.
  conversion = expectConversion(rows, columns, 8);
  EXPECT_EQ(conversion.shuffle->shuffles, 2u);
}

/// Registers of random layouts with the same lanes: found if, and only if, each
/// thread has the element.
TEST(Conversion, RegistersAreFoundWhereTheyAre) {
  test::Engine engine(21);
  unsigned counts[2] = {};
  for (unsigned round = 0; round < 400; ++round) {
    Axis registers(kRegister, 1 + draw(engine, 4)), wanted(kRegister, 2);
    Axis place(kRow, 9);
    LinearLayout from =
        test::drawLayout(engine, {registers, {kLane, 5}, {kWarp, 1}}, place, 6);
    Vectors bases = test::drawVectors(engine, 2, 9, 1);
    if (draw(engine, 2))
      for (uint64_t &basis : bases)
        basis = sumColumns(from.getBases(kRegister),
                           engine() % registers.getSize());
    bases.append(from.getBases(kLane).begin(), from.getBases(kLane).end());
    bases.append(from.getBases(kWarp).begin(), from.getBases(kWarp).end());
    LinearLayout to({wanted, {kLane, 5}, {kWarp, 1}}, place, bases);
    std::optional<LinearLayout> found = findRegisters(from, to);
    bool isHeld = true;
    for (uint64_t reg = 0; reg < 4; ++reg) {
      bool isOne = false;
      for (uint64_t own = 0; own < registers.getSize(); ++own)
        isOne |= from.apply({{kRegister, own}}) == to.apply({{kRegister, reg}});
      isHeld &= isOne;
      if (found)
        EXPECT_EQ(from.apply({{kRegister, found->apply(reg)}}),
                  to.apply({{kRegister, reg}}));
    }
    EXPECT_EQ(found.has_value(), isHeld);
    ++counts[isHeld];
  }
  EXPECT_GT(counts[0], 50u);
  EXPECT_GT(counts[1], 50u);
}

TEST(Conversion, ErrorsSayWhatDiffers) {
  auto getError = [](const LinearLayout &a, const LinearLayout &b) {
    auto conversion = planConversion(a, b, 4);
    return conversion ? "" : llvm::toString(conversion.takeError());
  };
  auto lanes = [](llvm::ArrayRef<Repeat> more) {
    return repeat(repeat({}, {{kLane, kRow, 5}}), more);
  };
  EXPECT_EQ(getError(lanes({{kRegister, kRow, 1}}), lanes({})),
            "a conversion keeps the axes of a tensor; the source has (row 64) "
            "and the destination (row 32)");
  EXPECT_EQ(getError(lanes({{kWarp, "", 1}}), lanes({})),
            "a conversion keeps the warps; the source has 2 and the "
            "destination 1");
  EXPECT_EQ(getError(lanes({{kBlock, kRow, 1}}),
                     lanes({{kBlock, "", 1}, {kRegister, kRow, 1}})),
            "a conversion stays within each CTA; source and destination differ "
            "in the axis 'block'");
  EXPECT_EQ(getError(lanes({{kBlock, kColumn, 1}, {kBlock, kRow, 1}}),
                     repeat({}, {{kLane, kRow, 6}})),
            "a layout of threads has 32 lanes; the destination has 64");
  EXPECT_EQ(getError(lanes({{kOffset, kRow, 1}}), lanes({})),
            "the inputs of a layout of threads are register, lane, warp and "
            "block; the source has 'offset'");
  LinearLayout half = llvm::cantFail(parseLayout(
      "register = [[0]], lane = [[1], [2], [4], [8], [0]] over (row 32)"));
  EXPECT_EQ(getError(half, lanes({})),
            "the source of a conversion holds all that the destination does; "
            "nobody holds (row 16)");
  EXPECT_EQ(getError(lanes({}), half), "");
}

/// CTAs of a cluster that have the same share on both sides.
TEST(Conversion, StaysWithinBlocks) {
  LinearLayout block = LinearLayout::getIdentity(kBlock, kRow, 1);
  LinearLayout rows = getCoalescedLayout({{kColumn, 4}, {kRow, 4}}, 2, 1);
  LinearLayout columns = getCoalescedLayout({{kRow, 4}, {kColumn, 4}}, 2, 1);
  Conversion conversion =
      llvm::cantFail(planConversion(rows * block, columns * block, 4));
  test::RegisterFile from = test::fillRegisters(rows, {kRow, kColumn});
  EXPECT_EQ(test::convert(conversion, columns, from),
            test::fillRegisters(columns, {kRow, kColumn}));
}
