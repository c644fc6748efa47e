//===- WaitTest.cpp - barriers and asynchronous work in replayed time -----===//

#include "Lab.h"

using namespace sluice::sim::estimate;
using Kind = Fact::Kind;

namespace {

class ReplayedWaits : public Lab {
protected:
  void work(size_t warp, int count) {
    for (int i = 0; i < count; ++i)
      run(0, warp, fma);
  }
  void barrier(size_t warp, uint32_t index = 0, uint32_t expected = 0) {
    run(0, warp, sync, {fact(Kind::Arrive, index, expected, 32)});
    run(0, warp, sync, {fact(Kind::Wait, index)});
  }

  uint32_t fma = math(Math::Fp32), sync = make(Role::Synchronise);
};

TEST_F(ReplayedWaits, TheLastArrivalEndsABarrier) {
  work(0, 100);
  barrier(0);
  barrier(1);
  work(1, 10);
  ReplayResult result = play();
  // Arrives in cycle 100, after 100 instructions; the others go on 20 later.
  EXPECT_EQ(result.cycles, 100u + 20 + 1 + 10);
  EXPECT_EQ(stall(result, Stall::Barrier), (100u + 20 - 1) + (20 - 1));
  EXPECT_EQ(result.brokenWaits, 0u);
}

TEST_F(ReplayedWaits, BarriersAreMetAnewHoweverTheyWereRecorded) {
  // In the recording warp 1 may have come last; in time it is warp 0, twice.
  for (int round = 0; round < 2; ++round) {
    work(0, 50);
    barrier(0, 3, 64);
    barrier(1, 3, 64);
  }
  ReplayResult result = play();
  EXPECT_EQ(result.brokenWaits, 0u);
  EXPECT_EQ(result.cycles, 2 * (50u + 20 + 1));
}

TEST_F(ReplayedWaits, AnEndedWarpIsNotWaitedFor) {
  work(0, 200);
  barrier(1);
  ReplayResult result = play();
  EXPECT_EQ(result.brokenWaits, 0u);
  EXPECT_EQ(result.cycles, 200u + 20 + 1);
}

TEST_F(ReplayedWaits, AWarpThatComesTwiceInAPhaseCountsTwice) {
  run(0, 0, sync, {fact(Kind::Arrive, 3, 64, 32)});
  work(0, 10);
  barrier(0, 3, 64);
  work(1, 5);
  ReplayResult result = play();
  EXPECT_EQ(result.brokenWaits, 0u);
  EXPECT_EQ(result.cycles, 1 + 10 + 20 + 1u);
}

TEST_F(ReplayedWaits, ABarrierThatNobodyCompletesIsBroken) {
  barrier(0, 1, 64);
  work(0, 5);
  work(1, 100);
  ReplayResult result = play();
  EXPECT_EQ(result.brokenWaits, 1u);
  EXPECT_GE(result.cycles, 100u);
}

TEST_F(ReplayedWaits, AnMbarrierWaitsForArrivalsAndBytes) {
  constexpr uint32_t kBarrier = 64;
  run(0, 0, sync, {fact(Kind::MbarrierInit, kBarrier, 2)});
  run(0, 0, sync, {fact(Kind::MbarrierArrive, kBarrier, 1, 1024)});
  uint32_t bulk = make(Role::Bulk);
  Fact transfer = global(0, 0, 0, 32);
  transfer.kind = Kind::Transfer;
  transfer.c = 1024;
  transfer.d = kBarrier;
  run(0, 0, bulk, {transfer});
  work(0, 600);
  run(0, 0, sync, {fact(Kind::MbarrierArrive, kBarrier, 1)});
  run(0, 1, fma);
  run(0, 1, fma);
  run(0, 1, sync, {fact(Kind::MbarrierWait, kBarrier, 0)});
  ReplayResult late = play();
  EXPECT_EQ(late.brokenWaits, 0u);
  // The wait goes through shared memory right behind the last arrival.
  EXPECT_EQ(late.cycles, 3u + 600 + 2);
  EXPECT_GT(stall(late, Stall::Mbarrier), 590u);

  // Now the bytes are the last to come: 32 sectors and the way.
  chip.dramLatency = 2000;
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 2u + 32 + 2000 + 1);
}

TEST_F(ReplayedWaits, AnMbarrierLearnsOfCopies) {
  constexpr uint32_t kBarrier = 64;
  for (bool isHeld : {false, true}) {
    trace.ctas.clear();
    run(0, 0, sync, {fact(Kind::MbarrierInit, kBarrier, 1)});
    run(0, 0, make(Role::Copy), {global(0, 0, 0, 1)});
    Fact copies = fact(Kind::MbarrierCopies, kBarrier, 1);
    copies.isHeld = isHeld;
    run(0, 0, sync, {copies});
    // Beside what the phase expects the copies hold it, or they are what it
    // expects.
    if (isHeld)
      run(0, 0, sync, {fact(Kind::MbarrierArrive, kBarrier, 1)});
    run(0, 0, sync, {fact(Kind::MbarrierWait, kBarrier, 0)});
    ReplayResult result = play();
    EXPECT_EQ(result.brokenWaits, 0u);
    EXPECT_EQ(result.cycles, 1u + 401 + 1);
  }
}

TEST_F(ReplayedWaits, GroupsOfCopiesEndInOrder) {
  uint32_t copy = make(Role::Copy), commit = make(Role::CommitCopies),
           one = make(Role::WaitCopies, {}, {}, 1),
           none = make(Role::WaitCopies, {}, {}, 0);
  for (uint32_t i : {0, 1}) {
    run(0, 0, copy, {global(0, 0, i * 100, 1)});
    run(0, 0, commit);
  }
  run(0, 0, one);
  EXPECT_EQ(play().cycles, 401u + 1);
  run(0, 0, none);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 2u + 401 + 1);
  EXPECT_GT(stall(result, Stall::Copies), 390u);
}

TEST_F(ReplayedWaits, ProductsGoOnBesideTheWarp) {
  uint32_t multiply = product(Role::AsyncMatrix, 65536),
           commit = make(Role::CommitMatrix),
           wait = make(Role::WaitMatrix, {}, {}, 0);
  run(0, 0, multiply); // 64 cycles
  run(0, 0, commit);
  work(0, 30);
  run(0, 0, wait);
  EXPECT_EQ(play().cycles, 64u + 1);
}

TEST_F(ReplayedWaits, AGroupOfProductsIsTheWarpgroups) {
  uint32_t multiply = product(Role::AsyncMatrix, 65536), // 64 cycles
      commit = make(Role::CommitMatrix),
           wait = make(Role::WaitMatrix, {}, {}, 0),
           waitForFirst = make(Role::WaitMatrix, {}, {}, 1);
  // A wait for nothing is over; the group that is waited for ends when the last
  // warp's products have.
  for (size_t warp : {3, 0, 1, 2}) {
    work(warp, warp == 3 ? 100 : 1);
    run(0, warp, waitForFirst);
    run(0, warp, multiply);
    run(0, warp, commit);
    run(0, warp, wait);
  }
  work(0, 1);
  ReplayResult result = play();
  EXPECT_EQ(result.brokenWaits, 0u);
  // Warp 3 multiplies from cycle 101 on.
  EXPECT_EQ(result.cycles, 101u + 64 + 1 + 1);
  EXPECT_EQ(result.steps[wait].stalls[size_t(Stall::AsyncProduct)],
            (64u - 2) + 3 * (101 + 64 - 4));

  // Of two groups the first is waited for.
  trace.ctas.clear();
  for (size_t warp : {1, 0}) {
    work(warp, warp ? 100 : 1);
    run(0, warp, multiply);
    run(0, warp, commit);
    run(0, warp, multiply);
    run(0, warp, commit);
    if (warp == 0)
      run(0, warp, waitForFirst);
  }
  work(0, 1);
  EXPECT_EQ(play().cycles, 100u + 64 + 1 + 1);
}

TEST_F(ReplayedWaits, OperandsFromSharedMemoryBindSmallProducts) {
  uint32_t multiply = product(Role::AsyncMatrix, 4096, 16), // 4 and 16 cycles
      commit = make(Role::CommitMatrix),
           wait = make(Role::WaitMatrix, {}, {}, 0);
  for (int i = 0; i < 10; ++i)
    run(0, 0, multiply);
  run(0, 0, commit);
  run(0, 0, wait);
  ReplayResult result = play();
  EXPECT_EQ(result.cycles, 10u * 16 + 1);
  EXPECT_GT(use(result, Resource::SharedMemory), 0.9);
}

TEST_F(ReplayedWaits, TwoBuffersAreFasterThanOne) {
  // A producer fills stages by bulk copies, a consumer works 300 cycles each.
  auto makePipeline = [&](uint32_t stages) {
    trace.ctas.clear();
    auto full = [](uint32_t stage) { return 64 + stage * 16; };
    auto empty = [](uint32_t stage) { return 72 + stage * 16; };
    for (uint32_t stage = 0; stage < stages; ++stage)
      run(0, 0, sync,
          {fact(Kind::MbarrierInit, full(stage), 1),
           fact(Kind::MbarrierInit, empty(stage), 1)});
    barrier(0);
    barrier(1);
    uint32_t bulk = make(Role::Bulk);
    for (uint32_t i = 0; i < 16; ++i) {
      uint32_t stage = i % stages, round = i / stages;
      if (round)
        run(0, 0, sync,
            {fact(Kind::MbarrierWait, empty(stage), (round - 1) % 2)});
      run(0, 0, sync, {fact(Kind::MbarrierArrive, full(stage), 1, 1024)});
      Fact transfer = global(0, 0, i * 32, 32);
      transfer.kind = Kind::Transfer;
      transfer.c = 1024;
      transfer.d = full(stage);
      run(0, 0, bulk, {transfer});
      run(0, 1, sync, {fact(Kind::MbarrierWait, full(stage), round % 2)});
      work(1, 300);
      run(0, 1, sync, {fact(Kind::MbarrierArrive, empty(stage), 1)});
    }
    ReplayResult result = play();
    EXPECT_EQ(result.brokenWaits, 0u);
    return result.cycles;
  };
  uint64_t one = makePipeline(1), two = makePipeline(2), four = makePipeline(4);
  EXPECT_GT(one, 16u * (300 + 400));
  EXPECT_LT(two, one * 3 / 4);
  EXPECT_LT(four, two);
  EXPECT_LT(four, 16u * 300 + 600);
}

TEST_F(ReplayedWaits, AClustersBarrierJoinsItsSms) {
  trace.clusterCtas = 2;
  for (size_t cta : {0, 1}) {
    for (size_t i = 0; i < (cta ? 10u : 500u); ++i)
      run(cta, 0, fma);
    run(cta, 0, sync, {fact(Kind::Arrive, kClusterBarrier, 0, 32)});
    run(cta, 0, sync, {fact(Kind::Wait, kClusterBarrier)});
  }
  ReplayResult result = play();
  EXPECT_EQ(result.brokenWaits, 0u);
  EXPECT_EQ(result.cycles, 500u + uint64_t(chip.clusterBarrierLatency) + 1);
}

} // namespace
