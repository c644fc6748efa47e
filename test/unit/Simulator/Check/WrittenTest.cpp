//===- WrittenTest.cpp - which bytes somebody has written -----------------===//

#include "lib/Simulator/Check/Written.h"
#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace sluice::sim;

namespace {

TEST(Written, NothingIsAtFirst) {
  Written written(100), initialised(100, true);
  EXPECT_EQ(written.size(), 100u);
  EXPECT_FALSE(written.isWritten(99, 1));
  EXPECT_TRUE(written.isWritten(99, 0));
  EXPECT_TRUE(initialised.isWritten(0, 100));
}

TEST(Written, IsByByte) {
  Written written(100);
  written.mark(7, 2);
  EXPECT_TRUE(written.isWritten(7, 2));
  EXPECT_FALSE(written.isWritten(6, 2));
  EXPECT_FALSE(written.isWritten(8, 2));
}

TEST(Written, LanesInARow) {
  Written written(4096);
  uint64_t offsets[32];
  for (unsigned lane = 0; lane < 32; ++lane)
    offsets[lane] = 100 + 4 * lane;
  EXPECT_EQ(written.getWrittenLanes(~0u, offsets, 4), 0u);
  written.markLanes(~0u, offsets, 4);
  EXPECT_EQ(written.getWrittenLanes(~0u, offsets, 4), ~0u);
  EXPECT_FALSE(written.isWritten(99, 1));
  EXPECT_TRUE(written.isWritten(100, 128));
  EXPECT_FALSE(written.isWritten(228, 1));
}

TEST(Written, LanesThatMissOneByte) {
  Written written(4096);
  uint64_t offsets[32];
  for (unsigned lane = 0; lane < 32; ++lane)
    offsets[lane] = 16 * lane;
  written.mark(0, 512);
  written.unmark(16 * 5 + 3, 1);
  EXPECT_EQ(written.getWrittenLanes(~0u, offsets, 16), ~(1u << 5));
  EXPECT_EQ(written.getWrittenLanes(0xff, offsets, 16), 0xffu & ~(1u << 5));
}

void runRandomly(unsigned seed) {
  std::mt19937 random(seed);
  constexpr unsigned kSize = 700;
  Written written(kSize), other(kSize);
  std::vector<bool> bytes(kSize), otherBytes(kSize);
  for (unsigned step = 0; step < 20000; ++step) {
    unsigned offset = random() % kSize,
             count = random() % (std::min(kSize - offset, 150u) + 1);
    unsigned from = random() % (kSize - count + 1);
    switch (random() % 6) {
    case 0:
      written.mark(offset, count);
      std::fill_n(bytes.begin() + offset, count, true);
      break;
    case 1:
      written.unmark(offset, count);
      std::fill_n(bytes.begin() + offset, count, false);
      break;
    case 2:
      other.copyFrom(written, from, offset, count);
      std::copy_n(bytes.begin() + from, count, otherBytes.begin() + offset);
      break;
    case 3:
      written.copyFrom(other, from, offset, count);
      std::copy_n(otherBytes.begin() + from, count, bytes.begin() + offset);
      break;
    case 4: {
      bool all = true;
      for (unsigned i = 0; i < count; ++i)
        all &= bytes[offset + i];
      ASSERT_EQ(written.isWritten(offset, count), all);
      break;
    }
    default: {
      uint64_t offsets[32];
      uint32_t width = 1u << random() % 7, lanes = random();
      Mask expected = 0;
      for (unsigned lane = 0; lane < 32; ++lane) {
        offsets[lane] = random() % (kSize - width + 1);
        bool all = true;
        for (unsigned i = 0; i < width; ++i)
          all &= bytes[offsets[lane] + i];
        expected |= Mask(all) << lane;
      }
      ASSERT_EQ(written.getWrittenLanes(lanes, offsets, width),
                expected & lanes);
      lanes &= random() & random();
      written.markLanes(lanes, offsets, width);
      for (unsigned lane = 0; lane < 32; ++lane)
        if (lanes >> lane & 1)
          std::fill_n(bytes.begin() + offsets[lane], width, true);
      break;
    }
    }
  }
}

TEST(Written, RandomAgainstBytes) {
  for (unsigned seed = 0; seed < 3; ++seed)
    runRandomly(seed);
}

} // namespace
