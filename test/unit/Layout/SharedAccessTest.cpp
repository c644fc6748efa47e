//===- SharedAccessTest.cpp - vectors, ldmatrix and banks -----------------===//

#include "lib/Layout/SharedAccess.h"
#include "RandomLayout.h"
#include "SimulatedWarps.h"
#include "lib/Layout/BlockedLayouts.h"
#include "lib/Layout/FragmentLayouts.h"
#include "lib/Layout/SharedLayouts.h"
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

static std::map<unsigned, uint64_t> listAddresses(const LinearLayout &lanes,
                                                  uint64_t inactive) {
  std::map<unsigned, uint64_t> addresses;
  for (uint64_t lane = 0; lane < 32; ++lane)
    if (!(lane & inactive))
      addresses[lane] = lanes.apply(lane);
  return addresses;
}

/// Any linear addresses, with copies, of loads and stores.
TEST(CountWavefronts, IsWhatBanksTake) {
  test::Engine engine(1);
  for (unsigned round = 0; round < 3000; ++round) {
    unsigned bytes = 1u << draw(engine, 5), bits = 5 + draw(engine, 6);
    Vectors lanes = test::drawVectors(engine, 5, bits, draw(engine, 6));
    for (uint64_t &lane : lanes)
      lane *= bytes;
    LinearLayout addresses(Axis(kLane, 5), Axis("byte", 16), lanes);
    bool isLoad = draw(engine, 2);
    uint64_t inactive = draw(engine, 2) ? 0 : engine() % 32;
    EXPECT_EQ(countWavefronts(addresses, bytes, isLoad, inactive),
              test::countBankPasses(listAddresses(addresses, inactive), bytes,
                                    isLoad));
  }
}

/// The access does what it says for this pair: stores all elements once, loads
/// all registers, takes the wavefronts that it has counted.
static void expectAccess(const SharedAccess &access,
                         const LinearLayout &threads,
                         const LinearLayout &memory) {
  auto names = getNames(threads);
  test::RegisterFile full = test::fillRegisters(threads, names);
  uint64_t size = uint64_t(1) << memory.getNumInputBits();
  test::SharedImage expected(size), image(size);
  Span held(threads.getBases());
  LinearLayout ordered = memory.transposeOutputs(names);
  for (uint64_t offset = 0; offset < size; ++offset)
    if (uint64_t place = ordered.apply(offset); held.contains(place))
      expected.values[offset] = place;
  if (access.isLoad) {
    test::RegisterFile loaded(threads);
    image.values = expected.values;
    image.load(access, loaded);
    EXPECT_EQ(loaded, full);
  } else {
    image.store(access, full);
    EXPECT_EQ(image.values, expected.values);
  }
  EXPECT_EQ(image.wavefronts, access.wavefronts);
  EXPECT_EQ(image.instructions, access.instructions);
  EXPECT_EQ(image.permutes, access.permutes);
}

static SharedAccess expectAccess(const LinearLayout &threads,
                                 const LinearLayout &memory, unsigned bytes,
                                 bool isLoad, AccessOptions options = {}) {
  SharedAccess access = planAccess(threads, memory, bytes, isLoad, options);
  expectAccess(access, threads, memory);
  return access;
}

static LinearLayout getFragment(MatrixRole role, MatrixShape shape, Type type,
                                llvm::ArrayRef<Repeat> steps = {}) {
  return repeat(llvm::cantFail(getFragmentLayout(role, shape, type)), steps);
}

TEST(SharedAccess, AnyLayoutsMoveWhatTheyHold) {
  test::Engine engine(2);
  for (unsigned round = 0; round < 300; ++round) {
    unsigned warpBits = draw(engine, 3), registerBits = draw(engine, 5);
    unsigned inputs = warpBits + registerBits + 5;
    unsigned rank = std::max(2u, inputs - draw(engine, 3));
    Axis axes[] = {{kRegister, registerBits}, {kLane, 5}, {kWarp, warpBits}};
    Axis outputs[] = {{kRow, rank / 2}, {kColumn, rank - rank / 2}};
    LinearLayout threads = test::drawLayout(engine, axes, outputs, rank);
    LinearLayout memory =
        test::drawLayout(engine, Axis(kOffset, rank), outputs, rank);
    expectAccess(threads, memory, 1u << draw(engine, 4), draw(engine, 2));
  }
}

/// Layouts whose bases are single bits are what programs have: all orders.
TEST(SharedAccess, AnyOrderOfBitsMovesWhatItHolds) {
  test::Engine engine(3);
  unsigned kinds[3] = {};
  for (unsigned round = 0; round < 1000; ++round) {
    unsigned registerBits = 1 + draw(engine, 4), warpBits = draw(engine, 2);
    unsigned bits = registerBits + 5 + warpBits;
    Vectors units;
    for (unsigned i = 0; i < bits; ++i)
      units.push_back(uint64_t(1) << i);
    std::shuffle(units.begin(), units.end(), engine);
    // Half of them like fragments, or else few were.
    if (unsigned pick = draw(engine, 4); pick < 2) {
      llvm::sort(units);
      std::shuffle(units.begin() + 3, units.end(), engine);
      if (pick)
        std::rotate(units.begin(), units.begin() + 3,
                    units.begin() + registerBits + 5);
      else
        std::rotate(units.begin() + 1, units.begin() + 3,
                    units.begin() + registerBits + 2);
    }
    LinearLayout threads(
        {{kRegister, registerBits}, {kLane, 5}, {kWarp, warpBits}},
        Axis(kColumn, bits), units);
    LinearLayout memory = LinearLayout::getIdentity(kOffset, kColumn, bits);
    SharedAccess access =
        expectAccess(threads, memory, 1u << draw(engine, 3), draw(engine, 2));
    ++kinds[unsigned(access.kind)];
  }
  for (unsigned count : kinds)
    EXPECT_GT(count, 20u);
}

/// Tiles of bf16 as bulk copies leave them and kernels.md uses them: every
/// operand by ldmatrix.x4 with four wavefronts each, that of k along the rows
/// with .trans.
TEST(SharedAccess, OperandsOfSwizzledTilesWithoutConflicts) {
  for (auto [rowBits, columnBits] :
       {std::pair(4u, 6u), {6u, 6u}, {6u, 7u}, {7u, 7u}, {4u, 7u}}) {
    SCOPED_TRACE(testing::Message() << rowBits << ", " << columnBits);
    LinearLayout memory =
        getBoxLayout(rowBits, columnBits, 2, MatrixSwizzle::Bytes128);
    // A of m16n8k16, all of the tile in one warp.
    LinearLayout a = getFragment(
        MatrixRole::A, {16, 8, 16}, Type::BF16,
        {{kRegister, kColumn, columnBits - 4}, {kRegister, kRow, rowBits - 4}});
    // B whose k runs along columns: its own matrix is the image transposed.
    LinearLayout b = getFragment(MatrixRole::B, {16, 8, 16}, Type::BF16,
                                 {{kRegister, kRow, columnBits - 4},
                                  {kRegister, kColumn, rowBits - 3}})
                         .renameOutput(kRow, "k")
                         .renameOutput(kColumn, kRow)
                         .renameOutput("k", kColumn);
    // B whose k runs along rows, and A whose m runs along columns.
    LinearLayout bTransposed = getFragment(
        MatrixRole::B, {16, 8, 16}, Type::BF16,
        {{kRegister, kRow, rowBits - 4}, {kRegister, kColumn, columnBits - 3}});
    LinearLayout aTransposed =
        getFragment(MatrixRole::A, {16, 8, 16}, Type::BF16,
                    {{kRegister, kColumn, rowBits - 4},
                     {kRegister, kRow, columnBits - 4}})
            .renameOutput(kRow, "m")
            .renameOutput(kColumn, kRow)
            .renameOutput("m", kColumn);
    uint64_t tiles = uint64_t(1) << (rowBits + columnBits - 8);
    for (const LinearLayout *plain : {&a, &b}) {
      SharedAccess access = expectAccess(*plain, memory, 2, true);
      EXPECT_EQ(access.kind, AccessKind::Matrix);
      EXPECT_EQ(access.getNumMatrices(), 4u);
      EXPECT_EQ(access.instructions, tiles);
      EXPECT_EQ(access.wavefronts, 4 * tiles);
    }
    for (const LinearLayout *turned : {&bTransposed, &aTransposed}) {
      SharedAccess access = expectAccess(*turned, memory, 2, true);
      EXPECT_EQ(access.kind, AccessKind::MatrixTransposed);
      EXPECT_EQ(access.getNumMatrices(), 4u);
      EXPECT_EQ(access.instructions, tiles);
      EXPECT_EQ(access.wavefronts, 4 * tiles);
    }
    // Rows of lanes, 16 bytes each, two warps.
    LinearLayout rows =
        getCoalescedLayout({{kColumn, columnBits}, {kRow, rowBits}}, 3, 1);
    SharedAccess stores = expectAccess(rows, memory, 2, false);
    EXPECT_EQ(stores.kind, AccessKind::Vector);
    EXPECT_EQ(stores.getElementsPerStep(), 8u);
    EXPECT_EQ(stores.wavefronts, 4 * tiles);
    // Without a swizzle the eight rows of a phase lie in the same banks.
    LinearLayout straight =
        getBoxLayout(rowBits, columnBits, 2, MatrixSwizzle::None);
    EXPECT_EQ(expectAccess(a, straight, 2, true).wavefronts, 8 * 4 * tiles);
  }
}

/// Accumulators of f32 by pairs, in rows of 32 bytes or more.
TEST(SharedAccess, AccumulatorsAreStoredByPairs) {
  LinearLayout sums = getFragment(MatrixRole::Accumulator, {16, 8, 16},
                                  Type::F32, {{kRegister, kColumn, 3}});
  SharedAccess access =
      expectAccess(sums, getRowMajorLayout(4, 6, {3, 0, 2}), 4, false);
  EXPECT_EQ(access.kind, AccessKind::Vector);
  EXPECT_EQ(access.getElementsPerStep(), 2u);
  EXPECT_EQ(access.instructions, 16u);
  EXPECT_EQ(access.wavefronts, 32u);
}

/// As bf16 they are rows of stmatrix, if the target has it.
TEST(SharedAccess, StoresAskTheTarget) {
  LinearLayout sums = getFragment(MatrixRole::Accumulator, {16, 8, 16},
                                  Type::F32, {{kRegister, kColumn, 3}});
  LinearLayout memory = getBoxLayout(4, 6, 2, MatrixSwizzle::Bytes128);
  SharedAccess access = expectAccess(sums, memory, 2, false);
  EXPECT_EQ(access.kind, AccessKind::Matrix);
  EXPECT_EQ(access.wavefronts, 16u);
  access = expectAccess(sums, memory, 2, false, {.hasMatrixStore = false});
  EXPECT_EQ(access.kind, AccessKind::Vector);
  EXPECT_EQ(access.getElementsPerStep(), 2u);
  access = expectAccess(sums, memory, 2, true, {.hasMatrixLoad = false});
  EXPECT_EQ(access.kind, AccessKind::Vector);
}

/// A slice of a fragment is held by four lanes each: one of them stores, all of
/// them load.
TEST(SharedAccess, CopiesAreStoredOnce) {
  LinearLayout rows =
      getFragment(MatrixRole::Accumulator, {16, 8, 16}, Type::F32,
                  {{kRegister, kColumn, 2}, {kWarp, kRow, 1}, {kWarp, "", 1}})
          .keepOutputs({kRow});
  LinearLayout memory = LinearLayout::getIdentity(kOffset, kRow, 5);
  SharedAccess stores = expectAccess(rows, memory, 4, false);
  EXPECT_EQ(stores.inactiveLanes, 3u);
  EXPECT_EQ(stores.inactiveWarps, 2u);
  EXPECT_EQ(stores.wavefronts, 4u);
  SharedAccess loads = expectAccess(rows, memory, 4, true);
  EXPECT_EQ(loads.inactiveLanes | loads.inactiveWarps, 0u);
  EXPECT_EQ(loads.copies.apply({{kRegister, 13}}, kRegister), 0u);
  EXPECT_EQ(loads.copies.apply({{kRegister, 14}}, kRegister), 2u);
}

/// What only matrix instructions may do they do right, whatever it costs, and
/// not at all where lanes lie otherwise.
TEST(SharedAccess, MatricesAloneWhereTheyFit) {
  test::Engine engine(7);
  LinearLayout memory = getRowMajorLayout(5, 5);
  unsigned kinds[3] = {};
  for (unsigned round = 0; round < 200; ++round) {
    bool isByColumns = draw(engine, 2), isLoad = draw(engine, 2);
    LinearLayout threads =
        getFragment(MatrixRole::A, {16, 8, 16}, Type::BF16,
                    {{kRegister, kRow, 1}, {kRegister, kColumn, 1}});
    if (isByColumns)
      threads = threads.renameOutput(kRow, "old")
                    .renameOutput(kColumn, kRow)
                    .renameOutput("old", kColumn);
    // Registers in any order; the lanes of half of them, too.
    llvm::SmallVector<unsigned> order{0, 1, 2, 3, 4}, lanes = order;
    std::shuffle(order.begin(), order.end(), engine);
    threads = threads.permuteInputBits(kRegister, order);
    bool isTurned = draw(engine, 2);
    if (isTurned)
      std::rotate(lanes.begin(), lanes.begin() + 1, lanes.end());
    threads = threads.permuteInputBits(kLane, lanes);
    for (bool isTransposed : {false, true}) {
      std::optional<SharedAccess> access =
          planMatrixAccess(threads, memory, 2, isLoad, isTransposed);
      EXPECT_EQ(access.has_value(), !isTurned && isTransposed == isByColumns);
      if (!access)
        continue;
      expectAccess(*access, threads, memory);
      ++kinds[unsigned(access->kind)];
    }
  }
  EXPECT_EQ(kinds[unsigned(AccessKind::Vector)], 0u);
  EXPECT_GT(kinds[unsigned(AccessKind::Matrix)], 20u);
  EXPECT_GT(kinds[unsigned(AccessKind::MatrixTransposed)], 20u);
}
