//===- MbarrierTableTest.cpp - the mbarriers of a CTA ---------------------===//

#include "lib/Simulator/Check/MbarrierTable.h"
#include "Lab.h"

using namespace sluice::sim;

namespace {

struct Table : Lab {
  Table() { std::fill_n(offsets, 32, 0); }

  /// Lanes side by side.
  Mask touch(uint64_t base, uint64_t bytes, Mask lanes = kAll) {
    for (unsigned lane = 0; lane < 32; ++lane)
      offsets[lane] = base + lane * bytes;
    return table.findTouching(lanes, offsets, bytes);
  }
  MbarrierTable::Object &make(uint64_t offset, unsigned lane = 0) {
    return table.initialize(offset, warp(0, 0), lane);
  }

  MbarrierTable table{0};
  uint64_t offsets[32];
};

TEST_F(Table, WithoutMbarriersNothingIsTouched) {
  EXPECT_EQ(touch(1024, 4), 0u);
  EXPECT_FALSE(table.findTouched(0, 1 << 20));
  EXPECT_FALSE(table.find(1024));
}

TEST_F(Table, EightBytesAreTheMbarriers) {
  make(1024 + 64);
  EXPECT_EQ(touch(1024, 4), 3u << 16);
  EXPECT_EQ(touch(1024, 8), 1u << 8);
  EXPECT_EQ(touch(1024, 1, 0xffff), 0u);
  EXPECT_EQ(touch(1024 + 71, 1), 1u);
  EXPECT_EQ(touch(1024 + 72, 16), 0u);
  EXPECT_EQ(touch(1024 + 48, 16), 2u);
  EXPECT_EQ(touch(1024, 4, ~(3u << 16)), 0u);
  EXPECT_EQ(table.findTouched(0, 1 << 20), 1024u + 64);
  EXPECT_FALSE(table.findTouched(0, 1024 + 64));
}

TEST_F(Table, BetweenMbarriersThereIsData) {
  // Of several words of the map.
  make(1024);
  make(8192);
  make(4096);
  EXPECT_EQ(touch(1024 + 8, 16), 0u);
  EXPECT_EQ(touch(2048, 128, 0xffff), 0u);
  EXPECT_EQ(touch(2048, 128), 1u << 16);
  EXPECT_EQ(table.findTouched(1032, 8192), 4096u);
  EXPECT_EQ(table.findTouched(4104, 8192), 8192u);
  EXPECT_FALSE(table.findTouched(1032, 4096 - 1032));
  EXPECT_FALSE(table.findTouched(4104, 8192 - 4104));
}

TEST_F(Table, AfterInvalTheirBytesAreFree) {
  table.invalidate(1024, make(1024));
  EXPECT_EQ(touch(1024, 8), 0u);
  ASSERT_TRUE(table.find(1024));
  EXPECT_FALSE(table.find(1024)->isLive);
  make(4096);
  EXPECT_EQ(touch(1024, 8), 0u);
  make(1024);
  EXPECT_TRUE(table.find(1024)->isLive);
  EXPECT_EQ(touch(1024, 8), 1u);
}

TEST_F(Table, WaitersComeAndGo) {
  MbarrierTable::Object &object = make(1024);
  object.suspend(0, 0xf);
  object.suspend(1, kAll);
  object.suspend(0, 0xf0);
  object.resume(1, kAll);
  object.resume(0, 0xf);
  EXPECT_FALSE(object.waiting.empty());
  object.resume(0, kAll);
  EXPECT_TRUE(object.waiting.empty());
}

TEST_F(Table, InitIsPublishedByAReleaseOfItsThread) {
  MbarrierTable::Object &object = make(1024, 3);
  EXPECT_FALSE(table.isPublished(object, warp(0, 0), 3));
  table.release(warp(0, 0), 1u << 4);
  table.release(warp(0, 1), kAll);
  EXPECT_FALSE(table.isPublished(object, warp(0, 0), 3));
  table.release(warp(0, 0), 1u << 3);
  EXPECT_TRUE(table.isPublished(object, warp(0, 0), 3));
  // Others must come behind it.
  EXPECT_FALSE(table.isPublished(object, warp(0, 0), 4));
  EXPECT_FALSE(table.isPublished(object, warp(0, 1), 0));
  warp(0, 0).warpSync(kAll);
  EXPECT_TRUE(table.isPublished(object, warp(0, 0), 4));
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_TRUE(table.isPublished(object, warp(0, 1), 0));
}

TEST_F(Table, AReleaseBehindTheBarrierIsTooLateForOthers) {
  MbarrierTable::Object &object = make(1024);
  barrier({&warp(0, 0), &warp(0, 1)});
  table.release(warp(0, 0), 1);
  EXPECT_TRUE(table.isPublished(object, warp(0, 0), 0));
  EXPECT_FALSE(table.isPublished(object, warp(0, 1), 0));
}

TEST_F(Table, AReleaseBeforeInitIsNone) {
  table.release(warp(0, 0), kAll);
  EXPECT_FALSE(table.isPublished(make(1024), warp(0, 0), 0));
  table.release(warp(0, 0), kAll);
  // Another mbarrier in the same place.
  table.invalidate(1024, *table.find(1024));
  EXPECT_FALSE(table.isPublished(make(1024), warp(0, 0), 0));
}

TEST_F(Table, InitIsPublishedByAProxyFenceOfAnyThread) {
  MbarrierTable::Object &object = make(1024);
  warp(0, 1).fenceProxyAsync(kAll);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_FALSE(table.isPublished(object, warp(0, 1), 5));
  warp(0, 1).fenceProxyAsync(1u << 5);
  EXPECT_TRUE(table.isPublished(object, warp(0, 1), 5));
  EXPECT_FALSE(table.isPublished(object, warp(0, 0), 0));
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_TRUE(table.isPublished(object, warp(0, 0), 0));
}

TEST_F(Table, InitIsPublishedByTheProxyFenceOfItsThread) {
  writeRow(warp(0, 0), 1024);
  MbarrierTable::Object &object = make(1024);
  warp(0, 0).fenceProxyAsync(1);
  EXPECT_TRUE(table.isPublished(object, warp(0, 0), 0));
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_TRUE(table.isPublished(object, warp(0, 1), 0));
}

} // namespace
