//===- UnitsTest.cpp - units that are shared, and work beside the warps ---===//

#include "Lab.h"
#include <random>

using namespace sluice::sim::estimate;
using Kind = Fact::Kind;

namespace {

TEST(SlotsOfAPath, WhatComesLaterLeavesTheCyclesBefore) {
  Slots slots;
  Slots::Span late = slots.take(100, 10);
  EXPECT_EQ(late.first, 100u);
  EXPECT_EQ(late.last, 109u);
  Slots::Span early = slots.take(20, 5);
  EXPECT_EQ(early.first, 20u);
  EXPECT_EQ(early.last, 24u);
  EXPECT_EQ(slots.getEnd(), 110u);
}

TEST(SlotsOfAPath, PiecesGoRoundWhatIsTaken) {
  Slots slots;
  slots.take(3, 2);
  slots.take(6, 1);
  Slots::Span span = slots.take(1.5, 5); // 2, 5, 7, 8, 9
  EXPECT_EQ(span.first, 2u);
  EXPECT_EQ(span.last, 9u);
  EXPECT_EQ(slots.take(0, 3).last, 10u); // 0, 1, 10
}

TEST(SlotsOfAPath, AUnitThatNeedsFewLeavesTheRest) {
  Slots slots;
  Slots::Span slow = slots.take(0, 8, 5);
  EXPECT_EQ(slow.last, 35u);
  // Four of five cycles are free.
  EXPECT_EQ(slots.take(0, 32).last, 39u);
  // What finds its cycle taken does not come closer to the one before.
  Slots other;
  other.take(0, 3);
  EXPECT_EQ(other.take(0, 2, 4).last, 4u);
}

TEST(SlotsOfAPath, NoCycleIsGivenTwice) {
  std::mt19937 random(7);
  auto draw = [&](uint64_t below) { return random() % below; };
  Slots slots;
  std::vector<uint64_t> taken;
  uint64_t now = 0, asked = 0;
  for (int i = 0; i < 2000; ++i) {
    now += draw(8);
    slots.forget(now);
    uint64_t count = 1 + draw(6), time = now + draw(500);
    asked += count;
    uint64_t next = time;
    for (uint64_t piece = 0; piece < count; ++piece) {
      Slots::Span span = slots.take(double(next), 1);
      EXPECT_GE(span.first, next);
      EXPECT_EQ(span.first, span.last);
      next = span.last + 1;
      taken.push_back(span.first);
    }
  }
  EXPECT_EQ(slots.getBusy(), asked);
  std::sort(taken.begin(), taken.end());
  EXPECT_EQ(std::adjacent_find(taken.begin(), taken.end()), taken.end());
  EXPECT_EQ(slots.getEnd(), taken.back() + 1);
}

TEST(OperationsInGroups, AGroupEndsWithThoseBefore) {
  Groups groups;
  size_t first = groups.begin();
  groups.commit();
  groups.add(50);
  groups.commit();
  EXPECT_FALSE(groups.getEnd(0));
  EXPECT_FALSE(groups.getEnd(1));
  EXPECT_EQ(groups.getEnd(2), 0);
  groups.finish(first, 80);
  EXPECT_EQ(groups.getEnd(0), 80);
  EXPECT_EQ(groups.getEnd(1), 80);
  size_t open = groups.begin();
  EXPECT_EQ(groups.getEnd(0), 80);
  EXPECT_FALSE(groups.getEnd(-1));
  groups.finish(open, 120);
  EXPECT_EQ(groups.getEnd(-1), 120);
}

class SharedUnits : public Lab {
protected:
  Fact transfer(uint32_t first, uint32_t sectors, uint32_t bytes) {
    Fact fact = global(0, 0, first, sectors);
    fact.kind = Kind::Transfer;
    fact.c = bytes;
    fact.d = kNoBarrier;
    return fact;
  }
  uint32_t load = make(Role::Access, {0}, {0}), bulk = make(Role::Bulk);
};

TEST_F(SharedUnits, QueuedCopiesDoNotHoldUpOtherWarps) {
  chip.bulkIssue = 32;
  for (int i = 0; i < 20; ++i)
    run(0, 1, load, {fact(Kind::Shared, 1)});
  uint64_t alone = play().steps[load].stalls[size_t(Stall::SharedLoad)];
  for (uint32_t i = 0; i < 50; ++i)
    run(0, 0, bulk, {transfer(i * 2, 2, 64)});
  ReplayResult result = play();
  // A copy's wavefront now and then comes before a load's.
  EXPECT_LE(result.steps[load].stalls[size_t(Stall::SharedLoad)], alone + 20);
  EXPECT_EQ(result.steps[load].stalls[size_t(Stall::Unit)], 0u);
  // One copy after the other, and the last one's way.
  EXPECT_EQ(result.cycles, 50u * 33 + 400 + 1);
}

TEST_F(SharedUnits, QueuedCopiesDoNotHoldUpOtherLoads) {
  // Bytes for 4096 cycles of the L2, and a load behind the first of them.
  run(0, 0, bulk, {transfer(0, 8192, 8192 * 32)});
  chip.dramBandwidth = 1e6;
  chip.bulkRate = 1e6;
  chip.memoryQueue = 100;
  run(0, 1, load, {global(0, 1, 10000, 1)});
  run(0, 1, math(Math::Fp32, {1}, {0}));
  ReplayResult result = play();
  EXPECT_EQ(result.brokenWaits, 0u);
  uint64_t wait =
      stall(result, Stall::GlobalLoad) + stall(result, Stall::Memory);
  EXPECT_GT(wait, 400u);
  EXPECT_LT(wait, 400u + 100 + 20);
  EXPECT_GE(result.cycles, 4096u + 400);
}

TEST_F(SharedUnits, CopiesAndLoadsShareTheCycles) {
  // 512 wavefronts of a copy while others want each cycle of 1024.
  run(0, 0, bulk, {transfer(0, 2048, 2048 * 32)});
  chip.l2RateOfSm = chip.l2Rate = chip.dramBandwidth = 1e6;
  chip.l2Latency = chip.dramLatency = 100;
  uint32_t read = make(Role::Access);
  for (size_t warp = 1; warp < 9; ++warp)
    for (int i = 0; i < 256; ++i)
      run(0, warp, read, {fact(Kind::Shared, 1)});
  ReplayResult result = play();
  double busy = use(result, Resource::SharedMemory) * double(result.cycles);
  EXPECT_NEAR(busy, 8 * 256 + 512, 1e-6);
  EXPECT_GE(result.cycles, 8u * 256 + 512);
  EXPECT_LE(result.cycles, 8u * 256 + 512 + 20);
}

TEST_F(SharedUnits, QueuedProductsDoNotHoldUpOtherWarps) {
  // 40 products of 32 cycles, with 4 wavefronts each.
  uint32_t multiply = product(Role::AsyncMatrix, 32768, 4),
           shuffle = math(Math::Shuffle, {0}, {0});
  for (int i = 0; i < 40; ++i) {
    run(0, 1, shuffle);
    run(0, 1, load, {fact(Kind::Shared, 1)});
  }
  uint64_t alone = play().cycles;
  for (int i = 0; i < 40; ++i)
    run(0, 0, multiply);
  run(0, 0, make(Role::CommitMatrix));
  run(0, 0, make(Role::WaitMatrix, {}, {}, 0));
  ReplayResult result = play();
  EXPECT_LE(result.cycles, alone + 40);
  EXPECT_GE(result.cycles, 40u * 32);
  EXPECT_EQ(stall(result, Stall::Unit), 0u);
  double busy = use(result, Resource::SharedMemory) * double(result.cycles);
  EXPECT_NEAR(busy, 40 * 4 + 40, 1e-6);
  double tensor = use(result, Resource::TensorCores) * double(result.cycles);
  EXPECT_NEAR(tensor, 40 * 32 / 4.0, 1e-6);
}

TEST_F(SharedUnits, SerialisedProductsHoldTheirWarp) {
  Step multiply;
  multiply.role = Role::AsyncMatrix;
  multiply.flop = 32768; // 32 cycles
  for (bool isSerial : {false, true}) {
    trace.ctas.clear();
    multiply.isChain = isSerial;
    uint32_t step = add(multiply), fma = math(Math::Fp32);
    for (int i = 0; i < 10; ++i) {
      run(0, 0, step);
      for (int j = 0; j < 20; ++j)
        run(0, 0, fma);
    }
    ReplayResult result = play();
    if (isSerial)
      EXPECT_EQ(result.cycles, 10u * (32 + 20));
    else
      EXPECT_EQ(result.cycles, 10u * 21 + 0);
    EXPECT_EQ(stall(result, Stall::AsyncProduct), isSerial ? 10u * 31 : 0u);
  }
}

TEST_F(SharedUnits, ProductsThatNeedAllOfSharedMemoryLeaveTurnsToLoads) {
  // Four partitions, 8 wavefronts for 4 cycles each: reading binds.
  uint32_t multiply = product(Role::AsyncMatrix, 4096, 8);
  for (size_t warp = 0; warp < 4; ++warp) {
    for (int i = 0; i < 100; ++i)
      run(0, warp, multiply);
    run(0, warp, make(Role::CommitMatrix));
    run(0, warp, make(Role::WaitMatrix, {}, {}, 0));
  }
  for (int i = 0; i < 20; ++i)
    run(0, 4, load, {fact(Kind::Shared, 1)});
  ReplayResult result = play();
  EXPECT_GE(result.cycles, 4u * 8 * 100 + 20);
  EXPECT_LE(result.cycles, 4u * 8 * 100 + 20 + 40);
  // No load waits for more than what each partition has begun.
  EXPECT_LE(result.steps[load].stalls[size_t(Stall::SharedLoad)],
            20u * (30 + 4 * 8));
}

TEST_F(SharedUnits, AWaitForCopiesThatHaveNotBegun) {
  run(0, 0, bulk, {transfer(0, 2048, 2048 * 32)});
  run(0, 0, make(Role::CommitBulk));
  run(0, 0, bulk, {transfer(4096, 1, 32)});
  run(0, 0, make(Role::CommitBulk));
  run(0, 0, make(Role::WaitBulk, {}, {}, 1));
  uint64_t first = play().cycles;
  run(0, 0, make(Role::WaitBulk, {}, {}, 0));
  ReplayResult result = play();
  EXPECT_EQ(result.brokenWaits, 0u);
  // A sector a cycle by way of device memory; the second one behind it.
  EXPECT_EQ(first, 2048u + 400 + 1);
  EXPECT_EQ(result.cycles, 2049u + 400 + 1);
}

} // namespace
