//===- MemoryOrderTest.cpp - order by release and acquire -----------------===//

#include "Lab.h"

using namespace sluice::sim;

namespace {

constexpr SyncScope kCta = SyncScope::Cta, kCluster = SyncScope::Cluster,
                    kGpu = SyncScope::Gpu, kSys = SyncScope::Sys;
constexpr uint64_t kData = 0, kFlag = 4096, kOther = 8192;

using MemoryOrder = Lab;

TEST_F(MemoryOrder, ReleaseAndAcquirePassData) {
  write(warp(0, 0), 0, kData);
  EXPECT_EQ(strongWrite(warp(0, 0), 0, kFlag, kGpu, true), 0u);
  EXPECT_EQ(strongRead(warp(3, 1), 9, kFlag, kGpu, true), 0u);
  EXPECT_EQ(read(warp(3, 1), 9, kData), 0u);
  EXPECT_EQ(write(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, AreOfOneLane) {
  write(warp(0, 0), 1, kData);
  write(warp(0, 0), 0, kData + 64);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongRead(warp(3, 1), 9, kFlag, kGpu, true);
  EXPECT_NE(read(warp(3, 1), 9, kData), 0u);
  EXPECT_NE(read(warp(3, 1), 8, kData + 64), 0u);
}

TEST_F(MemoryOrder, ReleaseDoesNotCoverWhatFollowsIt) {
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  write(warp(0, 0), 0, kData);
  strongRead(warp(3, 1), 9, kFlag, kGpu, true);
  EXPECT_NE(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, AnotherLocationTeachesNothing) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongRead(warp(3, 1), 9, kOther, kGpu, true);
  EXPECT_NE(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, RelaxedAloneIsNone) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  strongRead(warp(1, 0), 0, kFlag, kGpu, false);
  EXPECT_NE(read(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, RelaxedWriteIsNoRelease) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  strongRead(warp(1, 0), 0, kFlag, kGpu, true);
  EXPECT_NE(read(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, RelaxedReadIsNoAcquire) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongRead(warp(1, 0), 0, kFlag, kGpu, false);
  EXPECT_NE(read(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, VolatileAloneIsNone) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kSys, false);
  strongRead(warp(0, 1), 0, kFlag, kSys, false);
  EXPECT_NE(read(warp(0, 1), 0, kData), 0u);
}

TEST_F(MemoryOrder, FenceAndVolatileThenVolatileAndFencePassData) {
  write(warp(0, 0), 0, kData);
  warp(0, 0).fence(kAll, kGpu);
  strongWrite(warp(0, 0), 0, kFlag, kSys, false);
  strongRead(warp(3, 1), 9, kFlag, kSys, false);
  warp(3, 1).fence(1u << 9, kGpu);
  EXPECT_EQ(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, FenceOnTheWritersSideAloneIsNone) {
  write(warp(0, 0), 0, kData);
  warp(0, 0).fence(kAll, kGpu);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  strongRead(warp(3, 1), 9, kFlag, kGpu, false);
  EXPECT_NE(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, FenceBeforeTheReadIsNoAcquire) {
  write(warp(0, 0), 0, kData);
  warp(0, 0).fence(kAll, kGpu);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  warp(3, 1).fence(kAll, kGpu);
  strongRead(warp(3, 1), 9, kFlag, kGpu, false);
  EXPECT_NE(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, FenceBeforeTheDataIsNoRelease) {
  warp(0, 0).fence(kAll, kGpu);
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  strongRead(warp(3, 1), 9, kFlag, kGpu, true);
  EXPECT_NE(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, FenceReleaseAndAcquirePassData) {
  write(warp(0, 0), 0, kData);
  warp(0, 0).fence(kAll, kGpu);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  strongRead(warp(3, 1), 9, kFlag, kGpu, true);
  EXPECT_EQ(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, ReleaseAndFenceAcquirePassData) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongRead(warp(3, 1), 9, kFlag, kGpu, false);
  EXPECT_NE(read(warp(3, 1), 9, kData), 0u);
  write(warp(0, 0), 0, kData + 64);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongRead(warp(3, 1), 9, kFlag, kGpu, false);
  warp(3, 1).fence(kAll, kGpu);
  EXPECT_EQ(read(warp(3, 1), 9, kData + 64), 0u);
}

TEST_F(MemoryOrder, FencesAreOfOneLane) {
  // Lane 1's store is before lane 1's fence, but lane 0 writes the flag.
  write(warp(0, 0), 1, kData);
  warp(0, 0).fence(kAll, kGpu);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  strongRead(warp(3, 1), 9, kFlag, kGpu, true);
  EXPECT_NE(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, FenceHoldsForLaterWrites) {
  write(warp(0, 0), 0, kData);
  warp(0, 0).fence(1, kGpu);
  strongWrite(warp(0, 0), 0, kOther, kGpu, false);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  strongRead(warp(3, 1), 9, kFlag, kGpu, true);
  EXPECT_EQ(read(warp(3, 1), 9, kData), 0u);
}

TEST_F(MemoryOrder, BarrierThenFenceCoversTheCta) {
  // The grid-wide barrier of cooperative groups.
  writeRow(warp(0, 1), kData);
  barrier({&warp(0, 0), &warp(0, 1)});
  warp(0, 0).fence(1, kGpu);
  atomic(warp(0, 0), 0, kFlag, kGpu, false, false);
  strongRead(warp(1, 0), 0, kFlag, kSys, false);
  warp(1, 0).fence(1, kGpu);
  barrier({&warp(1, 0), &warp(1, 1)});
  EXPECT_EQ(readRow(warp(1, 1), kData), 0u);
}

TEST_F(MemoryOrder, OfCtaScopeAcrossCtasIsNoneAndARace) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kCta, true);
  EXPECT_NE(strongRead(warp(1, 0), 0, kFlag, kGpu, true), 0u);
  EXPECT_NE(read(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, OfCtaScopeWithinACtaIsOrder) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kCta, true);
  EXPECT_EQ(strongRead(warp(0, 1), 0, kFlag, kCta, true), 0u);
  EXPECT_EQ(read(warp(0, 1), 0, kData), 0u);
}

TEST_F(MemoryOrder, WiderScopesIncludeNarrowerOnesOfTheSameCta) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kSys, true);
  EXPECT_EQ(strongRead(warp(0, 1), 0, kFlag, kCta, true), 0u);
  EXPECT_EQ(read(warp(0, 1), 0, kData), 0u);
}

TEST_F(MemoryOrder, OfClusterScopeIsWithinTheCluster) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kCluster, true);
  strongRead(warp(1, 0), 0, kFlag, kCluster, true);
  EXPECT_EQ(read(warp(1, 0), 0, kData), 0u);
  strongRead(warp(2, 0), 0, kFlag, kGpu, true);
  EXPECT_NE(read(warp(2, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, AFencesScopeCounts) {
  write(warp(0, 0), 0, kData);
  warp(0, 0).fence(1, kCta);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, false);
  strongRead(warp(0, 1), 0, kFlag, kGpu, true);
  EXPECT_EQ(read(warp(0, 1), 0, kData), 0u);
  strongRead(warp(1, 0), 0, kFlag, kGpu, true);
  EXPECT_NE(read(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, AnAcquiringFencesScopeCounts) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongRead(warp(1, 0), 0, kFlag, kGpu, false);
  warp(1, 0).fence(1, kCta);
  EXPECT_NE(read(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, ALaterWiderFenceStillAcquires) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongRead(warp(1, 0), 0, kFlag, kGpu, false);
  warp(1, 0).fence(1, kCta);
  warp(1, 0).fence(1, kGpu);
  EXPECT_EQ(read(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, ALockGuards) {
  for (unsigned round = 0; round < 3; ++round)
    for (unsigned i = 0; i < 8; ++i) {
      unsigned lane = (i + round) % 32;
      EXPECT_EQ(atomic(*warps[i], lane, kFlag, kGpu, true, false), 0u);
      EXPECT_EQ(read(*warps[i], lane, kData), 0u);
      EXPECT_EQ(write(*warps[i], lane, kData), 0u);
      EXPECT_EQ(atomic(*warps[i], lane, kFlag, kGpu, false, true), 0u);
    }
}

TEST_F(MemoryOrder, ALockWithoutAcquireGuardsNothing) {
  atomic(warp(0, 0), 0, kFlag, kGpu, true, false);
  write(warp(0, 0), 0, kData);
  atomic(warp(0, 0), 0, kFlag, kGpu, false, true);
  atomic(warp(1, 0), 0, kFlag, kGpu, false, false);
  EXPECT_NE(write(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, ALockWithoutReleaseGuardsNothing) {
  atomic(warp(0, 0), 0, kFlag, kGpu, true, false);
  write(warp(0, 0), 0, kData);
  atomic(warp(0, 0), 0, kFlag, kGpu, false, false);
  atomic(warp(1, 0), 0, kFlag, kGpu, true, false);
  EXPECT_NE(write(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, IsCumulative) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongRead(warp(1, 0), 5, kFlag, kGpu, true);
  strongWrite(warp(1, 0), 5, kOther, kGpu, true);
  strongRead(warp(2, 1), 7, kOther, kGpu, true);
  EXPECT_EQ(read(warp(2, 1), 7, kData), 0u);
}

TEST_F(MemoryOrder, AReadModifyWriteContinuesARelease) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  atomic(warp(1, 0), 0, kFlag, kGpu, false, false);
  atomic(warp(2, 0), 0, kFlag, kGpu, false, false);
  strongRead(warp(3, 0), 0, kFlag, kGpu, true);
  EXPECT_EQ(read(warp(3, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, AllReleasesOfASequenceAreAcquired) {
  for (unsigned i = 0; i < 7; ++i) {
    write(*warps[i], 0, kData + 16 * i);
    atomic(*warps[i], 0, kFlag, kGpu, false, true);
  }
  strongRead(*warps[7], 0, kFlag, kGpu, true);
  for (unsigned i = 0; i < 7; ++i)
    EXPECT_EQ(read(*warps[7], 0, kData + 16 * i), 0u);
}

TEST_F(MemoryOrder, AStoreEndsARelease) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongWrite(warp(1, 0), 0, kFlag, kGpu, false);
  strongRead(warp(2, 0), 0, kFlag, kGpu, true);
  EXPECT_NE(read(warp(2, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, AWeakStoreEndsARelease) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  EXPECT_FALSE(table.empty());
  table.lock(kFlag, 4).writeWeakly();
  EXPECT_TRUE(table.empty());
  strongRead(warp(2, 0), 0, kFlag, kGpu, true);
  EXPECT_NE(read(warp(2, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, AReadOfAnotherSizeAcquiresNothing) {
  write(warp(0, 0), 0, kData);
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  table.lock(kFlag, 8).read(warp(1, 0), 0, kGpu, true);
  EXPECT_NE(read(warp(1, 0), 0, kData), 0u);
}

TEST_F(MemoryOrder, EndsWhereMemoryIsFreed) {
  strongWrite(warp(0, 0), 0, kFlag, kGpu, true);
  strongWrite(warp(0, 0), 0, kOther, kGpu, true);
  table.clear(kFlag, 16);
  EXPECT_FALSE(table.empty());
  table.clear(kOther, 16);
  EXPECT_TRUE(table.empty());
}

TEST_F(MemoryOrder, OfAThousandCtas) {
  // The last block to finish adds up what all have written.
  std::vector<std::unique_ptr<WarpClocks>> many;
  for (unsigned cta = 0; cta < 1500; ++cta) {
    WarpPlace place;
    place.cta = cta;
    many.push_back(std::make_unique<WarpClocks>(place));
    write(*many[cta], 0, 1 << 20 | cta * 4);
    EXPECT_EQ(atomic(*many[cta], 0, kFlag, kGpu, true, true), 0u);
  }
  for (unsigned cta = 0; cta < 1500; ++cta)
    EXPECT_EQ(read(*many.back(), 0, 1 << 20 | cta * 4), 0u);
  for (unsigned cta = 100; cta < 1500; ++cta)
    EXPECT_NE(read(*many[99], 0, 1 << 20 | cta * 4), 0u);
}

} // namespace
