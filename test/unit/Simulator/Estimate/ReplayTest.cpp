//===- ReplayTest.cpp - issue, units and memory in replayed time ----------===//

#include "Lab.h"

using namespace sluice::sim::estimate;

namespace {

using Replays = Lab;

TEST_F(Replays, IndependentMathIssuesEachCycle) {
  uint32_t fma = math(Math::Fp32);
  for (int i = 0; i < 100; ++i)
    run(0, 0, fma);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 100u);
  EXPECT_EQ(result.issued, 100u);
  EXPECT_DOUBLE_EQ(use(result, Resource::IssueSlots), 0.25);
  EXPECT_DOUBLE_EQ(use(result, Resource::Fp32Unit), 0.25);
}

TEST_F(Replays, DependentMathWaitsForEachResult) {
  uint32_t fma = math(Math::Fp32, {0}, {0});
  for (int i = 0; i < 100; ++i)
    run(0, 0, fma);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 99u * 4 + 1);
  EXPECT_EQ(stall(result, Stall::Math), 99u * 3);
  EXPECT_EQ(result.steps[fma].issued, 100u);
  EXPECT_EQ(result.steps[fma].stalls[size_t(Stall::Math)], 99u * 3);
}

TEST_F(Replays, PartitionsWorkSideBySide) {
  uint32_t fma = math(Math::Fp32, {0}, {0});
  for (int warp = 0; warp < 4; ++warp)
    for (int i = 0; i < 100; ++i)
      run(0, warp, fma);
  EXPECT_EQ(play().cycles, 99u * 4 + 1);
}

TEST_F(Replays, MoreWarpsHideLatency) {
  uint32_t fma = math(Math::Fp32, {0}, {0});
  for (int warp = 0; warp < 8; ++warp)
    for (int i = 0; i < 100; ++i)
      run(0, warp, fma);
  // The second warp of each partition goes one cycle behind the first.
  EXPECT_EQ(play().cycles, 99u * 4 + 2);
}

TEST_F(Replays, HalfRateUnitIsBusy) {
  uint32_t add = math(Math::Integer);
  for (int i = 0; i < 100; ++i)
    run(0, 0, add);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 199u);
  EXPECT_EQ(stall(result, Stall::Unit), 99u);
}

TEST_F(Replays, AdditionsGoToTheUnitThatIsFree) {
  chip.integerMultiply = 64;
  uint32_t add = math(Math::Add);
  for (int i = 0; i < 100; ++i)
    run(0, 0, add);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 100u);
  EXPECT_DOUBLE_EQ(use(result, Resource::IntegerUnit), 0.25);
  EXPECT_DOUBLE_EQ(use(result, Resource::Fp32Unit), 0.25);
  // Where the other one has work of its own they stay.
  uint32_t other = math(Math::Integer);
  for (int i = 0; i < 100; ++i)
    run(0, 0, other);
  EXPECT_EQ(play().cycles, 100u + 199);
}

TEST_F(Replays, PackingLeavesTheSpecialUnitAlone) {
  chip.special = 16;
  chip.pack = 64;
  uint32_t pack = math(Math::Pack), special = math(Math::Special);
  for (int i = 0; i < 64; ++i) {
    run(0, 0, special); // 8 cycles each
    run(0, 0, pack);    // 2
  }
  EXPECT_EQ(play().cycles, 63u * 8 + 2);
  uint32_t chain = math(Math::Pack, {0}, {0});
  trace.ctas.clear();
  for (int i = 0; i < 10; ++i)
    run(0, 0, chain);
  EXPECT_EQ(play().cycles, 9u * 4 + 1);
}

TEST_F(Replays, IntegersBecomeFloatsWhereTheChipDoesIt) {
  uint32_t convert = math(Math::FromInteger, {0}, {0});
  for (int i = 0; i < 10; ++i)
    run(0, 0, convert);
  EXPECT_EQ(play().cycles, 9u * 4 + 1);
  chip.target = 80;
  chip.specialLatency = 18;
  EXPECT_EQ(play().cycles, 9u * 18 + 1);
}

TEST_F(Replays, OtherPipesAndGuardsWaitLonger) {
  chip.otherPipeLatency = 5;
  chip.guardLatency = 13;
  uint32_t fma = math(Math::Fp32, {0}, {0}),
           logic = math(Math::Integer, {0}, {0}),
           add = math(Math::Add, {0}, {0}), load = make(Role::Access, {1}, {0});
  auto cycles = [&](std::initializer_list<uint32_t> steps) {
    trace.ctas.clear();
    for (uint32_t step : steps)
      if (step == load)
        run(0, 0, step, {fact(Fact::Kind::Shared, 1)});
      else
        run(0, 0, step);
    return play().cycles;
  };
  EXPECT_EQ(cycles({fma, fma}), 4u + 1);
  EXPECT_EQ(cycles({fma, logic}), 5u + 1);
  EXPECT_EQ(cycles({logic, fma}), 5u + 1);
  EXPECT_EQ(cycles({fma, add, logic}), 4u + 4 + 1);
  EXPECT_EQ(cycles({logic, load}), 5u + 1);
  EXPECT_EQ(cycles({add, load}), 5u + 1);
  Step guarded;
  guarded.role = Role::Math;
  guarded.math = Math::Integer;
  guarded.place.isGuarded = true;
  guarded.sources = {0};
  EXPECT_EQ(cycles({logic, add, add, add, add, add, add}), 6u * 4 + 1);
  EXPECT_EQ(cycles({logic, this->add(guarded)}), 13u + 1);
  // A move hands on where it comes from.
  EXPECT_EQ(cycles({logic, make(Role::Free, {0}, {0}), fma}), 5u + 1);
}

TEST_F(Replays, MovesTakeNothingAndHandOnTheWait) {
  uint32_t fma = math(Math::Fp32, {1}, {0}), move = make(Role::Free, {0}, {1});
  for (int i = 0; i < 100; ++i) {
    run(0, 0, fma);
    run(0, 0, move);
  }
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 99u * 4 + 1);
  EXPECT_EQ(result.issued, 100u);
}

TEST_F(Replays, AChainOfMachineInstructions) {
  Step divide;
  divide.role = Role::Math;
  divide.math = Math::Fp32;
  divide.count = 10;
  divide.isChain = true;
  run(0, 0, add(divide));
  EXPECT_EQ(play().cycles, 9u * 4 + 1);
}

TEST_F(Replays, OffInstructionsTakeASlotOnly) {
  uint32_t add = math(Math::Integer, {0}, {0});
  for (int i = 0; i < 100; ++i) {
    run(0, 0, add);
    trace.ctas[0].warps[0].events.back().isOff = true;
  }
  EXPECT_EQ(play().cycles, 100u);
}

TEST_F(Replays, JumpsCost) {
  uint32_t branch = make(Role::Branch);
  uint32_t fma = math(Math::Fp32);
  // Not taken, then taken.
  run(0, 0, branch);
  run(0, 0, fma);
  EXPECT_EQ(play().cycles, 2u);
  run(0, 0, branch);
  run(0, 0, branch);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 2u + 1 + 8);
  EXPECT_EQ(stall(result, Stall::Branch), 7u);
}

TEST_F(Replays, ConflictsMultiplySharedLoads) {
  uint32_t load = make(Role::Access, {0}, {0});
  for (uint32_t wavefronts : {1u, 32u}) {
    trace.ctas.clear();
    for (int i = 0; i < 10; ++i)
      run(0, 0, load, {fact(Fact::Kind::Shared, wavefronts)});
    ReplayResult result = play();
    EXPECT_EQ(result.cycles, 9 * (30 + wavefronts - 1) + 1 + wavefronts - 1);
    EXPECT_GT(stall(result, Stall::SharedLoad), 9u * 25);
  }
}

TEST_F(Replays, SharedMemoryServesAWavefrontACycle) {
  uint32_t load = make(Role::Access);
  for (int warp = 0; warp < 8; ++warp)
    for (int i = 0; i < 50; ++i)
      run(0, warp, load, {fact(Fact::Kind::Shared, 4)});
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 8u * 50 * 4);
  EXPECT_DOUBLE_EQ(use(result, Resource::SharedMemory), 1);
}

TEST_F(Replays, LoadsComeFromWhereTheBytesAre) {
  uint32_t load = make(Role::Access, {0}, {0});
  run(0, 0, load, {global(0, 0, 0, 4)});
  run(0, 0, load, {global(0, 0, 0, 4)});
  run(0, 0, load, {global(0, 0, 1000, 4)});
  uint32_t last = math(Math::Fp32, {1}, {0});
  run(0, 0, last);
  // Device memory: 4 sectors of a cycle each; the L1; device memory again.
  EXPECT_EQ(play().cycles, (400u + 4) + 40 + (400 + 4) + 1);
}

TEST_F(Replays, AnEarlierWaveHasBroughtItIntoTheL2) {
  uint32_t load = make(Role::Access, {0}, {0});
  uint32_t last = math(Math::Fp32, {1}, {0});
  for (size_t cta : {0, 1}) {
    run(cta, 0, load, {global(cta, 0, 0, 4)});
    run(cta, 0, last);
  }
  chip.l1Bytes = 0;
  ReplayResult result = play();
  ASSERT_EQ(result.ctaEnds.size(), 2u);
  EXPECT_EQ(result.ctaEnds[1] - result.ctaEnds[0], 100u + 200 + 2 + 1);
  // Both pay half of the bytes.
  EXPECT_NEAR(use(result, Resource::DeviceMemory) * double(result.cycles), 4,
              0.1);
}

TEST_F(Replays, AStreamTakesItsBytes) {
  // Eight loads are under way before the first is used.
  constexpr uint32_t kRounds = 32, kWarps = 16, kAhead = 8;
  uint32_t loads[kAhead], stores[kAhead];
  for (uint32_t i = 0; i < kAhead; ++i) {
    loads[i] = make(Role::Access, {i});
    stores[i] = make(Role::Access, {}, {i});
  }
  for (uint32_t warp = 0; warp < kWarps; ++warp)
    for (uint32_t i = 0; i < kRounds; i += kAhead) {
      uint32_t first = (warp * kRounds + i) * 4;
      for (uint32_t j = 0; j < kAhead; ++j)
        run(0, warp, loads[j], {global(0, warp, first + j * 4, 4)});
      for (uint32_t j = 0; j < kAhead; ++j)
        run(0, warp, stores[j],
            {global(0, warp, 100000 + first + j * 4, 4, true)});
    }
  Estimate estimate = guess();
  double bytes = 2.0 * kRounds * kWarps * 128;
  EXPECT_EQ(estimate.deviceBytes, uint64_t(bytes));
  EXPECT_NEAR(estimate.deviceMicroseconds, bytes / 32e3, 1e-9);
  EXPECT_GE(estimate.microseconds, estimate.deviceMicroseconds);
  EXPECT_LT(estimate.microseconds, 1.2 * estimate.deviceMicroseconds);
  EXPECT_EQ(estimate.getBinding(), "device memory");
}

TEST_F(Replays, ResidentCtasHideLatency) {
  uint32_t load = make(Role::Access, {0}, {0});
  for (size_t cta = 0; cta < 8; ++cta)
    for (uint32_t i = 0; i < 10; ++i)
      run(cta, 0, load, {global(cta, 0, uint32_t(cta) * 1000 + i * 8, 1)});
  uint64_t alone = play(1).cycles, four = play(4).cycles;
  EXPECT_LT(four * 3, alone);
  Estimate estimate = guess(1);
  EXPECT_EQ(estimate.getBinding(), "latency: global load");
}

TEST_F(Replays, ProductsRunAtTheTensorCoresRate) {
  uint32_t mma = product(Role::Matrix, 4096);
  for (int warp = 0; warp < 4; ++warp)
    for (int i = 0; i < 100; ++i)
      run(0, warp, mma);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 99u * 4 + 1);
  EXPECT_GT(use(result, Resource::TensorCores), 0.99);
  Estimate estimate = guess();
  EXPECT_EQ(estimate.getBinding(), "tensor cores");
}

TEST_F(Replays, DependentProductsWait) {
  Step mma;
  mma.role = Role::Matrix;
  mma.flop = 4096;
  mma.sources = {0};
  mma.destinations = {0};
  uint32_t step = add(mma);
  for (int i = 0; i < 10; ++i)
    run(0, 0, step);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 9u * (4 + 20) + 1);
  EXPECT_EQ(stall(result, Stall::Product), 9u * 23);
}

TEST_F(Replays, DramShareFollowsTheSms) {
  uint32_t load = make(Role::Access, {0}, {0});
  run(0, 0, load, {global(0, 0, 0, 32)});
  run(0, 0, math(Math::Fp32, {1}, {0}));
  Residency residency = getResidency(1, 0);
  uint64_t alone = replay(chip, trace, residency, false).cycles;
  residency.sms = 4;
  // 32 sectors at a fourth of the bandwidth.
  EXPECT_EQ(replay(chip, trace, residency, false).cycles, alone + 3 * 32);
}

} // namespace
