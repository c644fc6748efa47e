//===- BlockTest.cpp - what asynchronous operations access by blocks ------===//

#include "Lab.h"

using namespace sluice::sim;

namespace {

constexpr SyncScope kCta = SyncScope::Cta;
constexpr uint64_t kBlock = 128, kTile = 4096;

/// Blocks of the default size.
class Blocks : public Lab {
protected:
  unsigned copyIn(WarpClocks &by, uint64_t base, uint64_t bytes) {
    return asyncRange(by.issue(1), asyncProxy(true), base, bytes);
  }
  unsigned rows(const AsyncOp &operation, bool isWrite, const RowRange &box) {
    unsigned found = 0;
    shadow.accessRanges(sites.add(asyncProxy(isWrite)), box, operation,
                        [&](const Conflict &conflict) {
                          ++found;
                          races.push_back(conflict);
                        });
    return found;
  }
};

TEST_F(Blocks, AWriteToTheHalfThatIsReadLater) {
  AsyncQueue wgmma(warp(0, 0), true);
  // Reads are checked where somebody has written.
  copyIn(warp(0, 1), kTile + 1024, kBlock);
  EXPECT_EQ(asyncRange(wgmma.issue(warp(0, 0), kAll), asyncProxy(false), kTile,
                       kBlock / 2),
            0u);
  EXPECT_EQ(copyIn(warp(0, 1), kTile + kBlock / 2, kBlock / 2), 0u);
  EXPECT_EQ(asyncRange(wgmma.issue(warp(0, 0), kAll), asyncProxy(false), kTile,
                       kBlock / 2),
            0u);
  EXPECT_NE(asyncRange(wgmma.issue(warp(0, 0), kAll), asyncProxy(false), kTile,
                       kBlock),
            0u);
}

TEST_F(Blocks, OneLaneOfABlockThatACopyWrote) {
  AsyncOp copy = warp(0, 0).issue(1);
  asyncRange(copy, asyncProxy(true), kTile, kBlock);
  EXPECT_NE(read(warp(0, 1), 3, kTile + 20), 0u);
  EXPECT_EQ(races[0].address, kTile + 20);
  EXPECT_EQ(races[0].bytes, 4u);
  warp(0, 1).observe(kAll, copy, /*own=*/false);
  EXPECT_EQ(read(warp(0, 1), 3, kTile + 24), 0u);
  // The rest is still the copy's.
  EXPECT_NE(read(warp(1, 1), 3, kTile + kBlock - 4), 0u);
  EXPECT_EQ(read(warp(1, 1), 3, kTile + kBlock), 0u);
}

TEST_F(Blocks, AWholeWriteMakesABlockOfUnits) {
  MbarrierClock full, empty;
  writeRow(warp(0, 1), kTile);
  warp(0, 1).fenceProxyAsync(kAll);
  empty.arrive(warp(0, 1), kAll, kCta);
  empty.completePhase();
  empty.wait(warp(0, 0), kAll, kCta);
  AsyncOp copy = warp(0, 0).issue(1);
  EXPECT_EQ(asyncRange(copy, asyncProxy(true), kTile, kBlock), 0u);
  // Neither the writes before it nor itself are lost.
  EXPECT_NE(readRow(warp(0, 1), kTile), 0u);
}

TEST_F(Blocks, AWriteThatStandsForNothingKeepsTheReads) {
  AsyncQueue products(warp(0, 0), true);
  readRow(warp(0, 1), kTile);
  barrier({&warp(0, 0), &warp(0, 1)});
  warp(0, 0).fenceProxyAsync(kAll);
  EXPECT_EQ(asyncRange(products.issue(warp(0, 0), kAll), asyncProxy(true),
                       kTile, kBlock),
            0u);
  products.commit(warp(0, 0), kAll);
  products.wait(warp(0, 0), kAll, 0);
  MbarrierClock done;
  done.arrive(warp(0, 0), kAll, kCta);
  // Another CTA knows of nothing.
  EXPECT_EQ(writeRow(warp(1, 0), kTile), 16u) << "two in each unit";
}

TEST_F(Blocks, ACopyOfARow) {
  AsyncOp copy = warp(0, 0).issue(1);
  EXPECT_EQ(rows(copy, true, {kTile, 64, 8, 256}), 0u);
  EXPECT_NE(read(warp(0, 1), 0, kTile + 7 * 256 + 60), 0u);
  EXPECT_EQ(read(warp(0, 1), 0, kTile + 7 * 256 + 64), 0u);
  EXPECT_EQ(read(warp(0, 1), 0, kTile + 8 * 256), 0u);
}

/// Nobody has written yet when the box is read.
TEST_F(Blocks, ABoxIsReadBeforeItIsWritten) {
  // Across extents.
  uint64_t base = (1 << 16) - 512;
  AsyncOp copy = warp(0, 0).issue(1);
  EXPECT_EQ(rows(copy, false, {base, 40, 8, 256}), 0u);
  EXPECT_EQ(write(warp(0, 1), 0, base + 40), 0u);
  EXPECT_NE(write(warp(0, 1), 0, base + 36), 0u);
  EXPECT_TRUE(races[0].otherIsAsync);
  EXPECT_NE(write(warp(0, 1), 0, base + 7 * 256), 0u);
  EXPECT_EQ(write(warp(0, 1), 0, base + 8 * 256), 0u);
  // Now that somebody has written, reads are checked.
  EXPECT_NE(rows(warp(0, 0).issue(1), false, {base, 44, 8, 256}), 0u);
}

TEST_F(Blocks, ReadsOfWhatWasFreedAreForgotten) {
  AsyncOp copy = warp(0, 0).issue(1);
  rows(copy, false, {kTile, 128, 4, 1024});
  shadow.clear(kTile, 2048);
  EXPECT_EQ(write(warp(0, 1), 0, kTile), 0u);
  EXPECT_NE(write(warp(0, 1), 0, kTile + 2048), 0u);
  shadow.clear();
  rows(copy, false, {kTile, 128, 4, 1024});
  EXPECT_NE(write(warp(0, 1), 0, kTile + 2048), 0u);
}

/// What is known of one lane's part of an operation says nothing of others.
TEST_F(Blocks, PartsOfAnOperation) {
  AsyncQueue queue(warp(0, 0));
  AsyncOp copy = queue.issue(warp(0, 0), kAll);
  uint64_t addresses[32];
  for (unsigned lane = 0; lane < 32; ++lane)
    addresses[lane] = kTile + 32 * lane;
  WarpAccess access;
  access.site = sites.add(weak(true));
  access.lanes = kAll;
  access.addresses = addresses;
  access.bytes = 4;
  shadow.access(access, copy, [](const Conflict &) {});
  queue.commit(warp(0, 0), kAll);
  queue.wait(warp(0, 0), kAll, 0);
  MbarrierClock mbarrier;
  mbarrier.arrive(warp(0, 0), 1, kCta);
  mbarrier.completePhase();
  mbarrier.wait(warp(0, 1), kAll, kCta);
  EXPECT_EQ(Lab::access(warp(0, 1), weak(false), addresses, kAll, 4), 31u);
}

} // namespace
