//===- AsyncTest.cpp - asynchronous operations, mbarriers, proxies --------===//

#include "Lab.h"

using namespace sluice::sim;

namespace {

constexpr SyncScope kCta = SyncScope::Cta, kCluster = SyncScope::Cluster;
constexpr uint64_t kShared = 0, kGlobal = 1 << 20;

using Mbarrier = Lab;

TEST_F(Mbarrier, ArriveAndWaitPassData) {
  MbarrierClock mbarrier;
  writeRow(warp(0, 0), kShared);
  mbarrier.arrive(warp(0, 0), kAll, kCta);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 1), kAll, kCta);
  EXPECT_EQ(readRow(warp(0, 1), kShared), 0u);
}

TEST_F(Mbarrier, OfOneLaneCoversOneLane) {
  MbarrierClock mbarrier;
  writeRow(warp(0, 0), kShared);
  mbarrier.arrive(warp(0, 0), 1u << 3, kCta);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 1), kAll, kCta);
  EXPECT_EQ(read(warp(0, 1), 7, kShared + 12), 0u);
  EXPECT_NE(read(warp(0, 1), 7, kShared + 16), 0u);
}

TEST_F(Mbarrier, WithoutAWaitIsNoOrder) {
  MbarrierClock mbarrier;
  writeRow(warp(0, 0), kShared);
  mbarrier.arrive(warp(0, 0), kAll, kCta);
  mbarrier.completePhase();
  EXPECT_NE(readRow(warp(0, 1), kShared), 0u);
}

TEST_F(Mbarrier, AWaitOfOneLaneIsForThatLane) {
  MbarrierClock mbarrier;
  writeRow(warp(0, 0), kShared);
  mbarrier.arrive(warp(0, 0), kAll, kCta);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 1), 1, kCta);
  EXPECT_EQ(read(warp(0, 1), 0, kShared), 0u);
  EXPECT_NE(read(warp(0, 1), 1, kShared), 0u);
}

TEST_F(Mbarrier, APhaseIsNotTheNext) {
  MbarrierClock mbarrier;
  writeRow(warp(0, 0), kShared);
  mbarrier.arrive(warp(0, 0), kAll, kCta);
  mbarrier.completePhase();
  writeRow(warp(0, 0), kShared + 128);
  mbarrier.arrive(warp(0, 0), kAll, kCta);
  // The second phase has not ended.
  mbarrier.wait(warp(0, 1), kAll, kCta);
  EXPECT_EQ(readRow(warp(0, 1), kShared), 0u);
  EXPECT_NE(readRow(warp(0, 1), kShared + 128), 0u);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 1), kAll, kCta);
  EXPECT_EQ(readRow(warp(0, 1), kShared + 128), 0u);
}

TEST_F(Mbarrier, ARingOfProducerAndConsumerIsClean) {
  MbarrierClock full[2], empty[2];
  for (unsigned step = 0; step < 10; ++step) {
    unsigned stage = step % 2;
    if (step >= 2)
      empty[stage].wait(warp(0, 0), kAll, kCta);
    EXPECT_EQ(writeRow(warp(0, 0), kShared + 128 * stage), 0u);
    full[stage].arrive(warp(0, 0), kAll, kCta);
    full[stage].completePhase();
    full[stage].wait(warp(0, 1), kAll, kCta);
    EXPECT_EQ(readRow(warp(0, 1), kShared + 128 * stage), 0u);
    empty[stage].arrive(warp(0, 1), kAll, kCta);
    empty[stage].completePhase();
  }
  // A producer that does not wait for the empty stage.
  EXPECT_NE(writeRow(warp(0, 0), kShared + 128), 0u);
}

TEST_F(Mbarrier, OfCtaScopeIsNoOrderForOtherCtas) {
  MbarrierClock mbarrier;
  writeRow(warp(1, 0), kGlobal);
  writeRow(warp(1, 0), kGlobal + 128);
  mbarrier.arrive(warp(1, 0), kAll, kCta);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 0), kAll, kCluster);
  EXPECT_NE(readRow(warp(0, 0), kGlobal), 0u);
  mbarrier.arrive(warp(1, 0), kAll, kCluster);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 0), kAll, kCluster);
  EXPECT_EQ(readRow(warp(0, 0), kGlobal + 128), 0u);
}

/// Data of a warp of CTA 1, which arrives at an mbarrier of CTA 0.
struct RemoteMbarrier : Lab {
  void pass(MbarrierScope arrival, MbarrierScope wait) {
    writeRow(warp(1, 0), kShared);
    mbarrier.arrive(warp(1, 0), kAll, arrival);
    mbarrier.completePhase();
    mbarrier.wait(warp(0, 0), kAll, wait);
  }

  const MbarrierScope none = MbarrierScope::getDefault();
  MbarrierClock mbarrier{0};
};

TEST_F(RemoteMbarrier, IsOrderedAtTheScopeOfTheCluster) {
  pass(kCluster, kCluster);
  EXPECT_EQ(readRow(warp(0, 0), kShared), 0u);
  EXPECT_TRUE(notes.empty());
}

TEST_F(RemoteMbarrier, WithoutAScopeIsANote) {
  for (auto [arrival, wait] :
       {std::pair{none, none}, {none, kCluster}, {kCluster, none}}) {
    pass(arrival, wait);
    EXPECT_EQ(readRow(warp(0, 0), kShared), 0u);
    EXPECT_FALSE(notes.empty());
    shadow.clear();
  }
}

TEST_F(RemoteMbarrier, WithAScopeThatIsTooNarrowIsARace) {
  for (auto [arrival, wait] :
       {std::pair<MbarrierScope, MbarrierScope>{kCta, kCluster},
        {kCluster, kCta},
        {kCta, none},
        {none, kCta}}) {
    pass(arrival, wait);
    EXPECT_NE(readRow(warp(0, 0), kShared), 0u);
    shadow.clear();
  }
}

TEST_F(RemoteMbarrier, WithoutAScopeIsPassedOnAsSuch) {
  pass(none, none);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(readRow(warp(0, 1), kShared), 0u);
  EXPECT_FALSE(notes.empty());
  strongWrite(warp(0, 1), 0, 1 << 16, SyncScope::Gpu, true);
  strongRead(warp(3, 0), 0, 1 << 16, SyncScope::Gpu, true);
  EXPECT_EQ(read(warp(3, 0), 0, kShared), 0u);
  EXPECT_FALSE(notes.empty());
  EXPECT_NE(read(warp(2, 0), 0, kShared), 0u);
}

TEST_F(RemoteMbarrier, WhatIsOrderedOtherwiseIsNoNote) {
  pass(none, none);
  BarrierClock cluster;
  for (unsigned i = 0; i < 4; ++i)
    cluster.arrive(*warps[i], kAll, /*waits=*/true);
  auto result = cluster.complete();
  for (unsigned i = 0; i < 4; ++i)
    result.receive(*warps[i], kAll);
  EXPECT_EQ(readRow(warp(0, 1), kShared), 0u);
  EXPECT_TRUE(notes.empty());
}

TEST_F(RemoteMbarrier, WithoutAScopeStillNeedsAProxyFence) {
  pass(none, none);
  EXPECT_NE(asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 128),
            0u);
  EXPECT_TRUE(races.front().lacksProxyFence);
  shadow.clear();
  pass(none, none);
  warp(0, 0).fenceProxyAsync(kAll);
  EXPECT_EQ(asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 128),
            0u);
  EXPECT_FALSE(notes.empty());
}

TEST_F(RemoteMbarrier, WithoutAScopeIsOrderedInItsOwnCta) {
  writeRow(warp(0, 1), kShared);
  mbarrier.arrive(warp(0, 1), kAll, none);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 0), kAll, none);
  EXPECT_EQ(readRow(warp(0, 0), kShared), 0u);
  EXPECT_TRUE(notes.empty());
}

TEST_F(RemoteMbarrier, AnArrivalThatEndedAWaitIsObserved) {
  for (bool isRelaxed : {false, true}) {
    MbarrierClock narrow(0);
    one(warp(1, 0), 0, strong(true), kShared, 8);
    narrow.arrive(warp(1, 0), 1, kCta, isRelaxed);
    narrow.completePhase();
    EXPECT_TRUE(narrow.getObserved().empty());
    narrow.wait(warp(0, 0), kAll, kCta, isRelaxed);
    EXPECT_NE(narrow.getObserved().get(1, 0, 0), 0u);
    // As one initialises it again, say.
    uint64_t addresses[32] = {kShared};
    WarpAccess access;
    access.site = sites.add(weak(true));
    access.lanes = 1;
    access.addresses = addresses;
    access.bytes = 8;
    unsigned found = 0;
    auto sink = [&](const Conflict &) { ++found; };
    shadow.access(access, warp(0, 0), sink, &narrow.getObserved());
    EXPECT_EQ(found, 0u);
    shadow.clear();
  }
}

TEST_F(RemoteMbarrier, AnArrivalOfTheOpenPhaseIsNotObserved) {
  mbarrier.arrive(warp(1, 0), 1, kCta);
  mbarrier.wait(warp(0, 0), kAll, kCta);
  EXPECT_TRUE(mbarrier.getObserved().empty());
}

using CpAsync = Lab;

TEST_F(CpAsync, ReadingTheDestinationBeforeTheWaitIsARace) {
  AsyncQueue queue(warp(0, 0));
  AsyncOp copy = queue.issue(warp(0, 0), kAll);
  EXPECT_EQ(asyncRow(copy, weak(true), kShared), 0u);
  queue.commit(warp(0, 0), kAll);
  EXPECT_NE(read(warp(0, 0), 0, kShared), 0u);
  EXPECT_TRUE(races[0].otherIsAsync);
  EXPECT_EQ(races[0].otherWarp, 0u);
  EXPECT_EQ(races[0].otherLane, 0u);
}

TEST_F(CpAsync, ReadingTheDestinationAfterTheWaitIsNone) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared);
  queue.commit(warp(0, 0), kAll);
  queue.wait(warp(0, 0), kAll, 0);
  EXPECT_EQ(readRow(warp(0, 0), kShared), 0u);
}

TEST_F(CpAsync, AWaitIsForTheLanesOwnCopies) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared);
  queue.commit(warp(0, 0), kAll);
  queue.wait(warp(0, 0), kAll, 0);
  EXPECT_NE(read(warp(0, 0), 1, kShared), 0u);
  EXPECT_NE(read(warp(0, 1), 1, kShared + 8), 0u);
}

TEST_F(CpAsync, AWaitAndABarrierAreForAll) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared);
  queue.commit(warp(0, 0), kAll);
  queue.wait(warp(0, 0), kAll, 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(read(warp(0, 0), 1, kShared), 0u);
  EXPECT_EQ(readRow(warp(0, 1), kShared), 0u);
}

TEST_F(CpAsync, ABarrierWithoutTheWaitIsNotEnough) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared);
  queue.commit(warp(0, 0), kAll);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_NE(readRow(warp(0, 1), kShared), 0u);
}

TEST_F(CpAsync, WaitLeavesTheLatestGroups) {
  AsyncQueue queue(warp(0, 0));
  for (unsigned stage = 0; stage < 3; ++stage) {
    asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared + 128 * stage);
    queue.commit(warp(0, 0), kAll);
  }
  queue.wait(warp(0, 0), kAll, 1);
  EXPECT_EQ(readRow(warp(0, 0), kShared), 0u);
  EXPECT_EQ(readRow(warp(0, 0), kShared + 128), 0u);
  EXPECT_NE(readRow(warp(0, 0), kShared + 256), 0u);
}

TEST_F(CpAsync, EmptyGroupsCount) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared);
  queue.commit(warp(0, 0), kAll);
  queue.commit(warp(0, 0), kAll);
  queue.wait(warp(0, 0), kAll, 1);
  EXPECT_EQ(readRow(warp(0, 0), kShared), 0u);
}

TEST_F(CpAsync, WaitGroupIsNotForWhatIsNotCommittedButWaitAllIs) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared);
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared + 128);
  queue.wait(warp(0, 0), kAll, 0);
  EXPECT_NE(readRow(warp(0, 0), kShared), 0u);
  queue.waitAll(warp(0, 0), kAll);
  EXPECT_EQ(readRow(warp(0, 0), kShared + 128), 0u);
}

TEST_F(CpAsync, GroupsAreByLane) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), 0xff), weak(true), kShared);
  queue.commit(warp(0, 0), 0xff);
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared + 128);
  queue.commit(warp(0, 0), kAll);
  // The first eight lanes have two groups.
  queue.wait(warp(0, 0), kAll, 1);
  EXPECT_EQ(readRow(warp(0, 0), kShared, 0xff), 0u);
  EXPECT_NE(readRow(warp(0, 0), kShared + 128, 0xff00), 0u);
}

TEST_F(CpAsync, ReusingTheSourceBeforeTheWaitIsARace) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(false), kGlobal);
  queue.commit(warp(0, 0), kAll);
  EXPECT_NE(writeRow(warp(0, 0), kGlobal), 0u);
}

TEST_F(CpAsync, ReusingTheSourceAfterTheWaitIsNone) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(false), kGlobal);
  queue.commit(warp(0, 0), kAll);
  queue.wait(warp(0, 0), kAll, 0);
  EXPECT_EQ(writeRow(warp(0, 0), kGlobal), 0u);
}

TEST_F(CpAsync, TheSourceIsWhatTheLaneWroteBefore) {
  AsyncQueue queue(warp(0, 0));
  writeRow(warp(0, 0), kGlobal);
  AsyncOp copy = queue.issue(warp(0, 0), kAll);
  EXPECT_EQ(asyncRow(copy, weak(false), kGlobal), 0u);
  // But not what another lane wrote.
  EXPECT_NE(asyncRow(copy, weak(false), kGlobal + 4), 0u);
}

TEST_F(CpAsync, TwoCopiesToOnePlaceRace) {
  AsyncQueue queue(warp(0, 0));
  asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared);
  EXPECT_NE(asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared), 0u);
}

TEST_F(CpAsync, AWriteAfterIssueRacesWithItsDestination) {
  writeRow(warp(0, 0), kShared);
  AsyncQueue queue(warp(0, 0));
  EXPECT_EQ(asyncRow(queue.issue(warp(0, 0), kAll), weak(true), kShared), 0u);
  EXPECT_NE(writeRow(warp(0, 0), kShared), 0u);
}

TEST_F(CpAsync, CompletesOnAnMbarrier) {
  AsyncQueue queue(warp(0, 0));
  MbarrierClock mbarrier;
  asyncRow(queue.issue(warp(0, 0), 1), weak(true), kShared);
  asyncRow(queue.issue(warp(0, 0), 1), weak(true), kShared + 128);
  mbarrier.complete(queue.getAll(warp(0, 0), 0));
  asyncRow(queue.issue(warp(0, 0), 1), weak(true), kShared + 256);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 1), kAll, kCta);
  EXPECT_EQ(read(warp(0, 1), 9, kShared), 0u);
  EXPECT_EQ(read(warp(0, 1), 9, kShared + 128), 0u);
  EXPECT_NE(read(warp(0, 1), 9, kShared + 256), 0u);
}

using BulkCopy = Lab;

TEST_F(BulkCopy, IsObservedThroughItsMbarrier) {
  MbarrierClock mbarrier;
  AsyncOp copy = warp(0, 0).issue(1);
  EXPECT_EQ(asyncRange(copy, asyncProxy(true), kShared, 1000), 0u);
  mbarrier.complete(copy);
  mbarrier.completePhase();
  EXPECT_NE(read(warp(0, 1), 0, kShared + 16), 0u);
  mbarrier.wait(warp(0, 1), kAll, kCta);
  EXPECT_EQ(readRow(warp(0, 1), kShared + 128), 0u);
}

TEST_F(BulkCopy, ThatIsNotAwaitedRacesAlsoWithTheIssuer) {
  asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 1000);
  EXPECT_NE(read(warp(0, 0), 0, kShared + 999, 1), 0u);
  EXPECT_EQ(read(warp(0, 0), 0, kShared + 1000, 1), 0u);
}

TEST_F(BulkCopy, TheOthersInFlightAreNotObserved) {
  MbarrierClock first, second;
  AsyncOp a = warp(0, 0).issue(1), b = warp(0, 0).issue(1);
  asyncRange(a, asyncProxy(true), kShared, 128);
  asyncRange(b, asyncProxy(true), kShared + 128, 128);
  second.complete(b);
  second.completePhase();
  second.wait(warp(0, 1), kAll, kCta);
  EXPECT_EQ(readRow(warp(0, 1), kShared + 128), 0u);
  EXPECT_NE(readRow(warp(0, 1), kShared), 0u);
}

TEST_F(BulkCopy, ManyInFlightAreToldApart) {
  std::vector<AsyncOp> copies;
  for (unsigned i = 0; i < 100; ++i) {
    copies.push_back(warp(0, 0).issue(1));
    asyncRange(copies.back(), asyncProxy(true), kShared + 16 * i, 16);
  }
  for (unsigned i = 0; i < 100; i += 3)
    warp(0, 1).observe(kAll, copies[i], /*own=*/false);
  for (unsigned i = 0; i < 100; ++i)
    EXPECT_EQ(read(warp(0, 1), 5, kShared + 16 * i) == 0, i % 3 == 0);
}

TEST_F(BulkCopy, ARingReusesItsThreads) {
  MbarrierClock full, empty;
  for (unsigned step = 0; step < 100; ++step) {
    if (step)
      empty.wait(warp(0, 0), 1, kCta);
    AsyncOp copy = warp(0, 0).issue(1);
    EXPECT_EQ(copy.index, kMostWarps);
    EXPECT_EQ(asyncRange(copy, asyncProxy(true), kShared, 256), 0u);
    full.complete(copy);
    full.completePhase();
    full.wait(warp(0, 1), kAll, kCta);
    EXPECT_EQ(asyncRange(warp(0, 1).issue(1), asyncProxy(false), 4096, 0), 0u);
    warp(0, 1).fenceProxyAsync(kAll);
    empty.arrive(warp(0, 1), kAll, kCta);
    empty.completePhase();
  }
}

TEST_F(BulkCopy, CarriesWhatItsIssuerKnew) {
  MbarrierClock mbarrier;
  write(warp(0, 0), 0, kGlobal);
  AsyncOp copy = warp(0, 0).issue(1);
  write(warp(0, 0), 0, kGlobal + 64);
  mbarrier.complete(copy);
  mbarrier.completePhase();
  mbarrier.wait(warp(1, 0), kAll, kCta);
  EXPECT_EQ(read(warp(1, 0), 5, kGlobal), 0u);
  EXPECT_NE(read(warp(1, 0), 5, kGlobal + 64), 0u);
}

using Proxy = Lab;

TEST_F(Proxy, AGenericWriteNeedsAFenceBeforeAnAsyncRead) {
  write(warp(0, 0), 0, kShared);
  EXPECT_EQ(asyncRange(warp(0, 0).issue(1), asyncProxy(false), kShared, 16),
            1u);
  EXPECT_TRUE(races[0].lacksProxyFence);
}

TEST_F(Proxy, AGenericReadBeforeAnAsyncWriteIsANote) {
  read(warp(0, 1), 5, kShared);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 16), 0u);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_TRUE(notes[0].lacksProxyFence);
  EXPECT_EQ(notes[0].address, kShared);
  EXPECT_EQ(notes[0].otherWarp, 1u);
  EXPECT_EQ(notes[0].otherLane, 5u);
}

TEST_F(Proxy, ATileThatManyHaveReadIsOneNote) {
  for (unsigned turn = 0; turn < 12; ++turn) {
    // Later reads of one warp than of the other: more than a unit has room for.
    for (uint64_t at = 0; at < 1024; at += 128)
      readRow(warp(0, turn % 2), kShared + at);
    warp(0, turn % 2).publish(1);
  }
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 1024),
            0u);
  EXPECT_EQ(notes.size(), 1u);
}

TEST_F(Proxy, AGenericReadIsNoNoteBehindAFence) {
  readRow(warp(0, 1), kShared);
  barrier({&warp(0, 0), &warp(0, 1)});
  warp(0, 0).fenceProxyAsync(1);
  EXPECT_EQ(asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 128),
            0u);
  EXPECT_TRUE(notes.empty());
}

TEST_F(Proxy, AGenericReadWithoutOrderIsARace) {
  readRow(warp(0, 1), kShared);
  EXPECT_NE(asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 128),
            0u);
  EXPECT_FALSE(races[0].lacksProxyFence);
  // Of two readers one has released what it did.
  readRow(warp(0, 0), kShared + 512);
  readRow(warp(0, 1), kShared + 512);
  EXPECT_NE(
      asyncRange(warp(0, 0).issue(kAll), asyncProxy(true), kShared + 512, 128),
      0u);
}

TEST_F(Proxy, AGenericWriteIsNotHiddenByAReadBehindIt) {
  writeRow(warp(0, 0), kShared);
  barrier({&warp(0, 0), &warp(0, 1)});
  readRow(warp(0, 1), kShared);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_NE(asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 128),
            0u);
  EXPECT_TRUE(races[0].lacksProxyFence && races[0].otherIsWrite);
}

TEST_F(Proxy, ReadsOfBothProxiesNeedNoFence) {
  readRow(warp(0, 1), kShared);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(asyncRange(warp(0, 0).issue(1), asyncProxy(false), kShared, 128),
            0u);
  EXPECT_TRUE(notes.empty());
}

TEST_F(Proxy, AnAsyncWriteBehindAReadIsRemembered) {
  readRow(warp(0, 1), kShared);
  barrier({&warp(0, 0), &warp(0, 1)});
  asyncRange(warp(0, 0).issue(1), asyncProxy(true), kShared, 128);
  EXPECT_NE(readRow(warp(0, 1), kShared), 0u);
}

TEST_F(Proxy, AFenceOfTheWriterIsEnough) {
  writeRow(warp(0, 0), kShared);
  warp(0, 0).fenceProxyAsync(kAll);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(asyncRange(warp(0, 1).issue(1), asyncProxy(false), kShared, 128),
            0u);
}

TEST_F(Proxy, AFenceOfTheIssuerIsEnough) {
  writeRow(warp(0, 0), kShared);
  barrier({&warp(0, 0), &warp(0, 1)});
  warp(0, 1).fenceProxyAsync(1);
  EXPECT_EQ(asyncRange(warp(0, 1).issue(1), asyncProxy(false), kShared, 128),
            0u);
}

TEST_F(Proxy, AFenceOnTheWayIsEnough) {
  strongWrite(warp(0, 0), 0, 4096, SyncScope::Gpu, true);
  write(warp(0, 0), 0, kGlobal);
  strongWrite(warp(0, 0), 0, 4096, SyncScope::Gpu, true);
  strongRead(warp(1, 0), 3, 4096, SyncScope::Gpu, true);
  warp(1, 0).fenceProxyAsync(1u << 3);
  strongWrite(warp(1, 0), 3, 8192, SyncScope::Gpu, true);
  strongRead(warp(2, 0), 5, 8192, SyncScope::Gpu, true);
  EXPECT_EQ(
      asyncRange(warp(2, 0).issue(1u << 5), asyncProxy(true), kGlobal, 16), 0u);
}

TEST_F(Proxy, AFenceOfAnotherLaneThatKnowsNothingIsNot) {
  writeRow(warp(0, 0), kShared);
  warp(0, 1).fenceProxyAsync(kAll);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_NE(asyncRange(warp(0, 1).issue(1), asyncProxy(false), kShared, 128),
            0u);
  EXPECT_TRUE(races[0].lacksProxyFence);
}

TEST_F(Proxy, AFenceOfOneLaneIsForItsOwnWrites) {
  writeRow(warp(0, 0), kShared);
  warp(0, 0).fenceProxyAsync(1);
  warp(0, 0).warpSync(kAll);
  AsyncOp copy = warp(0, 0).issue(1);
  EXPECT_EQ(asyncRange(copy, asyncProxy(false), kShared, 4), 0u);
  EXPECT_NE(asyncRange(copy, asyncProxy(false), kShared + 4, 4), 0u);
}

TEST_F(Proxy, AFenceBeforeTheWriteIsNot) {
  warp(0, 0).fenceProxyAsync(kAll);
  write(warp(0, 0), 0, kShared);
  EXPECT_NE(asyncRange(warp(0, 0).issue(1), asyncProxy(false), kShared, 16),
            0u);
}

TEST_F(Proxy, AFenceIsNoOrder) {
  writeRow(warp(0, 0), kShared);
  warp(0, 0).fenceProxyAsync(kAll);
  EXPECT_NE(asyncRange(warp(0, 1).issue(1), asyncProxy(false), kShared, 128),
            0u);
  EXPECT_FALSE(races[0].lacksProxyFence);
}

TEST_F(Proxy, AnAsyncWriteNeedsNoFenceAfterItsCompletion) {
  AsyncOp copy = warp(0, 0).issue(1);
  asyncRange(copy, asyncProxy(true), kShared, 128);
  warp(0, 1).observe(kAll, copy, /*own=*/false);
  EXPECT_EQ(readRow(warp(0, 1), kShared), 0u);
  AsyncQueue wgmma(warp(0, 1), true);
  AsyncOp copy2 = warp(0, 0).issue(1);
  asyncRange(copy2, asyncProxy(true), kShared + 512, 128);
  warp(0, 1).observe(kAll, copy2, /*own=*/false);
  EXPECT_EQ(asyncRange(wgmma.issue(warp(0, 1), kAll), asyncProxy(false),
                       kShared + 512, 128),
            0u);
}

TEST_F(Proxy, CpAsyncIsGeneric) {
  AsyncQueue queue(warp(0, 0)), wgmma(warp(0, 0), true);
  for (bool isFenced : {false, true}) {
    uint64_t base = isFenced ? kShared : kShared + 1024;
    asyncRow(queue.issue(warp(0, 0), kAll), weak(true), base);
    queue.commit(warp(0, 0), kAll);
    queue.wait(warp(0, 0), kAll, 0);
    if (isFenced)
      warp(0, 0).fenceProxyAsync(kAll);
    warp(0, 0).warpSync(kAll);
    unsigned found =
        asyncRange(wgmma.issue(warp(0, 0), kAll), asyncProxy(false), base, 128);
    EXPECT_EQ(found == 0, isFenced);
    EXPECT_TRUE(isFenced || races[0].lacksProxyFence);
  }
}

using Wgmma = Lab;

TEST_F(Wgmma, OverwritingItsOperandBeforeTheWaitIsARace) {
  AsyncQueue wgmma(warp(0, 0), true);
  asyncRange(wgmma.issue(warp(0, 0), kAll), asyncProxy(false), kShared, 128);
  wgmma.commit(warp(0, 0), kAll);
  EXPECT_NE(write(warp(0, 0), 0, kShared), 0u);
  wgmma.wait(warp(0, 0), kAll, 0);
  EXPECT_EQ(write(warp(0, 0), 5, kShared + 64), 0u);
}

TEST_F(Wgmma, OneWarpsWaitIsForAllWarpsParts) {
  AsyncQueue wgmma(warp(0, 0), true);
  for (unsigned i = 0; i < 2; ++i) {
    asyncRange(wgmma.issue(warp(0, i), kAll), asyncProxy(false), kShared, 128);
    wgmma.commit(warp(0, i), kAll);
  }
  wgmma.wait(warp(0, 0), kAll, 0);
  EXPECT_EQ(write(warp(0, 0), 0, kShared), 0u);
}

TEST_F(Wgmma, DoesNotOrderItsWarps) {
  AsyncQueue wgmma(warp(0, 0), true);
  writeRow(warp(0, 1), kShared);
  writeRow(warp(0, 1), kShared + 512);
  warp(0, 1).fenceProxyAsync(kAll);
  AsyncOp other = wgmma.issue(warp(0, 1), kAll);
  // Warp 0's part starts without knowing of warp 1's store.
  EXPECT_NE(asyncRange(wgmma.issue(warp(0, 0), kAll), asyncProxy(false),
                       kShared, 128),
            0u);
  EXPECT_EQ(asyncRange(other, asyncProxy(false), kShared + 512, 128), 0u);
  wgmma.commit(warp(0, 0), kAll);
  wgmma.commit(warp(0, 1), kAll);
  wgmma.wait(warp(0, 0), kAll, 0);
  EXPECT_NE(readRow(warp(0, 0), kShared + 512), 0u);
}

TEST_F(Wgmma, ReadsInFlightTogetherAreNone) {
  AsyncQueue wgmma(warp(0, 0), true);
  for (unsigned step = 0; step < 4; ++step) {
    EXPECT_EQ(asyncRange(wgmma.issue(warp(0, step % 2), kAll),
                         asyncProxy(false), kShared, 128),
              0u);
    wgmma.commit(warp(0, step % 2), kAll);
  }
  wgmma.wait(warp(0, 0), kAll, 1);
  EXPECT_NE(write(warp(0, 0), 0, kShared), 0u) << "the second group runs";
}

} // namespace
