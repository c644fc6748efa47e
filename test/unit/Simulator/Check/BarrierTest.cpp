//===- BarrierTest.cpp - order by barriers and within a warp --------------===//

#include "Lab.h"

using namespace sluice::sim;

namespace {

using Barrier = Lab;

TEST_F(Barrier, WithoutItAnotherWarpsReadRaces) {
  writeRow(warp(0, 0), 0);
  EXPECT_NE(readRow(warp(0, 1), 0), 0u);
}

TEST_F(Barrier, WithoutItAnotherWarpsWriteAfterAReadRaces) {
  readRow(warp(0, 0), 0);
  EXPECT_NE(writeRow(warp(0, 1), 0), 0u);
}

TEST_F(Barrier, OrdersAllWarpsOfACta) {
  writeRow(warp(0, 0), 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(readRow(warp(0, 1), 0), 0u);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(writeRow(warp(0, 0), 0), 0u);
}

TEST_F(Barrier, OrdersNothingThatComesAfterIt) {
  barrier({&warp(0, 0), &warp(0, 1)});
  writeRow(warp(0, 0), 0);
  EXPECT_NE(readRow(warp(0, 1), 0), 0u);
}

TEST_F(Barrier, OfOneCtaOrdersNothingForAnother) {
  writeRow(warp(0, 0), 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  barrier({&warp(1, 0), &warp(1, 1)});
  EXPECT_NE(readRow(warp(1, 0), 0), 0u);
}

TEST_F(Barrier, OfSomeLanesOrdersOnlyThem) {
  writeRow(warp(0, 0), 0);
  barrierJoin({{&warp(0, 0), 0xff}, {&warp(0, 1), 0xff}});
  EXPECT_EQ(readRow(warp(0, 1), 0, 0xff), 0u);
  EXPECT_NE(read(warp(0, 1), 0, 4 * 8), 0u);
  EXPECT_NE(read(warp(0, 1), 8, 0), 0u);
}

TEST_F(Barrier, TwoNamedOnesAreIndependent) {
  // Warp 0 alone meets barrier 1, warp 1 alone barrier 2.
  writeRow(warp(0, 0), 0);
  barrier({&warp(0, 0)});
  barrier({&warp(0, 1)});
  EXPECT_NE(readRow(warp(0, 1), 0), 0u);
}

TEST_F(Barrier, ArriveContributesAndSyncReceives) {
  BarrierClock barrier;
  writeRow(warp(0, 0), 0);
  barrier.arrive(warp(0, 0), kAll, /*waits=*/false);
  barrier.arrive(warp(0, 1), kAll, /*waits=*/true);
  barrier.complete().receive(warp(0, 1), kAll);
  EXPECT_EQ(readRow(warp(0, 1), 0), 0u);
}

TEST_F(Barrier, ArriveDoesNotCoverWhatFollowsIt) {
  BarrierClock barrier;
  // Warp 1 has the higher clock, and is not to lend it to warp 0.
  for (unsigned i = 0; i < 10; ++i) {
    writeRow(warp(0, 1), 1024);
    warp(0, 1).warpSync(kAll);
  }
  writeRow(warp(0, 0), 128);
  barrier.arrive(warp(0, 0), kAll, /*waits=*/false);
  writeRow(warp(0, 0), 0);
  barrier.arrive(warp(0, 1), kAll, /*waits=*/true);
  barrier.complete().receive(warp(0, 1), kAll);
  EXPECT_EQ(readRow(warp(0, 1), 128), 0u);
  EXPECT_NE(readRow(warp(0, 1), 0), 0u);
}

TEST_F(Barrier, ArriveAloneReceivesNothing) {
  BarrierClock barrier;
  writeRow(warp(0, 1), 0);
  barrier.arrive(warp(0, 0), kAll, /*waits=*/false);
  barrier.arrive(warp(0, 1), kAll, /*waits=*/true);
  barrier.complete().receive(warp(0, 1), kAll);
  EXPECT_NE(readRow(warp(0, 0), 0), 0u);
}

TEST_F(Barrier, ArriveThenSyncOfOneWarpCountsForItAlone) {
  // Two arrivals of a warp's 32 threads are not those of all 64.
  BarrierClock barrier;
  writeRow(warp(0, 1), 0);
  barrier.arrive(warp(0, 0), kAll, /*waits=*/false);
  barrier.arrive(warp(0, 0), kAll, /*waits=*/true);
  barrier.complete().receive(warp(0, 0), kAll);
  EXPECT_NE(readRow(warp(0, 0), 0), 0u);
}

TEST_F(Barrier, SyncAfterAnArriveCoversWhatLiesBetween) {
  BarrierClock barrier;
  writeRow(warp(0, 0), 0);
  barrier.arrive(warp(0, 0), kAll, /*waits=*/false);
  writeRow(warp(0, 0), 128);
  barrier.arrive(warp(0, 1), kAll, /*waits=*/true);
  barrier.arrive(warp(0, 0), kAll, /*waits=*/true);
  auto result = barrier.complete();
  result.receive(warp(0, 0), kAll);
  result.receive(warp(0, 1), kAll);
  EXPECT_EQ(readRow(warp(0, 1), 0), 0u);
  EXPECT_EQ(readRow(warp(0, 1), 128), 0u);
  writeRow(warp(0, 0), 256);
  EXPECT_NE(readRow(warp(0, 1), 256), 0u);
}

TEST_F(Barrier, LanesThatComeOnlyEarlyAreKnownAsTheyWereThen) {
  BarrierClock barrier;
  barrier.arrive(warp(0, 0), kAll, /*waits=*/false);
  writeRow(warp(0, 0), 0);
  barrier.arrive(warp(0, 0), 0xffff, /*waits=*/true);
  barrier.arrive(warp(0, 1), kAll, /*waits=*/true);
  auto result = barrier.complete();
  result.receive(warp(0, 1), kAll);
  EXPECT_EQ(readRow(warp(0, 1), 0, 0xffff), 0u);
  EXPECT_NE(readRow(warp(0, 1), 0, 0xffff0000), 0u);
}

TEST_F(Barrier, OfAClusterOrdersItsCtas) {
  BarrierClock barrier;
  writeRow(warp(0, 0), 0);
  writeRow(warp(2, 0), 512);
  for (unsigned i = 0; i < 4; ++i)
    barrier.arrive(*warps[i], kAll, /*waits=*/false);
  writeRow(warp(0, 0), 1024);
  auto result = barrier.complete();
  for (unsigned i = 0; i < 4; ++i)
    result.receive(*warps[i], kAll);
  EXPECT_EQ(readRow(warp(1, 1), 0), 0u);
  // What came between arrive and wait; and the other cluster.
  EXPECT_NE(readRow(warp(1, 1), 1024), 0u);
  EXPECT_NE(readRow(warp(1, 1), 512), 0u);
}

TEST_F(Barrier, ThatNobodyReleasesToTeachesNothingAndForgetsNothing) {
  // barrier.cluster.arrive.relaxed of all.
  writeRow(warp(0, 0), 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  writeRow(warp(0, 0), 128);
  BarrierClock relaxed;
  relaxed.complete().receive(warp(0, 1), kAll);
  EXPECT_EQ(readRow(warp(0, 1), 0), 0u);
  EXPECT_NE(readRow(warp(0, 1), 128), 0u);
}

TEST_F(Barrier, IsTransitive) {
  writeRow(warp(0, 0), 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  strongWrite(warp(0, 1), 3, 4096, SyncScope::Gpu, true);
  strongRead(warp(3, 0), 5, 4096, SyncScope::Gpu, true);
  EXPECT_EQ(read(warp(3, 0), 5, 64), 0u);
}

TEST_F(Barrier, LeavesOutLanesThatHaveEnded) {
  writeRow(warp(0, 1), 0, 0xffff0000);
  warp(0, 1).retire(0xffff0000);
  barrierJoin({{&warp(0, 0), kAll}, {&warp(0, 1), 0xffff}});
  EXPECT_NE(readRow(warp(0, 0), 0, 0xffff0000), 0u);
}

using Warp = Lab;

TEST_F(Warp, LanesAreThreads) {
  write(warp(0, 0), 0, 0);
  EXPECT_NE(read(warp(0, 0), 1, 0), 0u);
}

TEST_F(Warp, ALaneIsInProgramOrder) {
  write(warp(0, 0), 7, 0);
  EXPECT_EQ(read(warp(0, 0), 7, 0), 0u);
  EXPECT_EQ(write(warp(0, 0), 7, 0), 0u);
}

TEST_F(Warp, SyncOrdersItsLanes) {
  write(warp(0, 0), 0, 0);
  warp(0, 0).warpSync(kAll);
  EXPECT_EQ(read(warp(0, 0), 1, 0), 0u);
  EXPECT_NE(write(warp(0, 0), 2, 0), 0u);
}

TEST_F(Warp, SyncOrdersNoOtherWarp) {
  writeRow(warp(0, 0), 0);
  warp(0, 0).warpSync(kAll);
  warp(0, 1).warpSync(kAll);
  EXPECT_NE(readRow(warp(0, 1), 0), 0u);
}

TEST_F(Warp, SyncOfSomeLanesOrdersOnlyThem) {
  write(warp(0, 0), 0, 0);
  write(warp(0, 0), 9, 64);
  warp(0, 0).warpSync(0xf);
  EXPECT_EQ(read(warp(0, 0), 1, 0), 0u);
  EXPECT_NE(read(warp(0, 0), 8, 0), 0u);
  EXPECT_NE(read(warp(0, 0), 1, 64), 0u);
}

TEST_F(Warp, SyncAfterDivergenceBringsAllTogether) {
  write(warp(0, 0), 0, 0);
  warp(0, 0).warpSync(0xf);
  write(warp(0, 0), 16, 64);
  warp(0, 0).warpSync(0xffff0000);
  EXPECT_FALSE(warp(0, 0).isConverged());
  EXPECT_NE(read(warp(0, 0), 20, 0), 0u);
  warp(0, 0).warpSync(kAll);
  EXPECT_TRUE(warp(0, 0).isConverged());
  EXPECT_EQ(read(warp(0, 0), 31, 64), 0u);
  EXPECT_EQ(read(warp(0, 0), 30, 0), 0u);
}

TEST_F(Warp, SyncCarriesWhatOneLaneAcquired) {
  writeRow(warp(1, 0), 0);
  strongWrite(warp(1, 0), 0, 4096, SyncScope::Gpu, true);
  strongRead(warp(0, 0), 4, 4096, SyncScope::Gpu, true);
  warp(0, 0).warpSync(kAll);
  EXPECT_EQ(read(warp(0, 0), 12, 0), 0u);
  EXPECT_NE(read(warp(0, 0), 12, 4), 0u) << "lane 1's store is not released";
}

TEST_F(Warp, StrictOnesCollectivesOrderNothing) {
  // With strictWarp the executor does not call warpSync at a shuffle.
  write(warp(0, 0), 0, 0);
  EXPECT_NE(read(warp(0, 0), 1, 0), 0u);
}

TEST_F(Warp, WithFewLanesIsWholeWithThem) {
  WarpPlace place;
  place.cta = 9;
  place.lanes = 0x3ff;
  place.ctaThreads = 10;
  WarpClocks few(place);
  write(few, 0, 0);
  few.warpSync(kAll);
  EXPECT_TRUE(few.isConverged());
  EXPECT_EQ(read(few, 9, 0), 0u);
  barrierJoin({{&few, 0x3ff}});
  EXPECT_EQ(write(few, 3, 0), 0u);
}

} // namespace
