//===- OffsetsTest.cpp - where lanes' addresses lie in a region -----------===//

#include "lib/Simulator/Execute/LaneOffsets.h"
#include <array>
#include <gtest/gtest.h>

using namespace sluice::sim;

namespace {

constexpr uint64_t kBegin = 0x7000'0000'0400, kBytes = 4;

class Offsets : public testing::TestWithParam<Simd> {
protected:
  void SetUp() override {
    if (!isSupported(GetParam()))
      GTEST_SKIP() << "not of this host";
    setRow(0);
  }
  void setRow(uint64_t first) {
    for (unsigned lane = 0; lane < kLanes; ++lane)
      addresses[lane] = kBegin + first + kBytes * lane;
  }
  OffsetBits find(uint64_t first, Mask lanes = kAllLanes) {
    RegionSpan region = {data.data(), kBegin, data.size() - kBytes};
    return getOffsetFinder(GetParam())(region, first, kBytes, lanes,
                                       addresses.data(), places.data());
  }
  static bool isOutside(OffsetBits bits) { return bits.wrong >> 63; }

  std::array<uint8_t, 256> data{};
  std::array<uint64_t, kLanes> addresses;
  std::array<uint8_t *, kLanes> places;
};

} // namespace

TEST_P(Offsets, OfARow) {
  setRow(128);
  OffsetBits bits = find(128);
  EXPECT_FALSE(isOutside(bits));
  EXPECT_EQ(bits.apart, 0u);
  EXPECT_NE(bits.different, 0u);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    EXPECT_EQ(places[lane], data.data() + 128 + kBytes * lane);
}

TEST_P(Offsets, OfOneAddress) {
  addresses.fill(kBegin + 252);
  OffsetBits bits = find(252);
  EXPECT_FALSE(isOutside(bits));
  EXPECT_NE(bits.apart, 0u);
  EXPECT_EQ(bits.different, 0u);
}

TEST_P(Offsets, AnyLaneMayBeOutside) {
  for (unsigned lane = 0; lane < kLanes; ++lane)
    for (uint64_t wrong : {kBegin - 1, kBegin + 253, uint64_t(0)}) {
      setRow(0);
      addresses[lane] = wrong;
      EXPECT_TRUE(isOutside(find(0))) << lane;
    }
}

TEST_P(Offsets, LanesThatTakeNoPartAreWhereTheFirstIs) {
  addresses.fill(0);
  addresses[3] = addresses[20] = kBegin + 8;
  OffsetBits bits = find(8, 1 << 3 | 1 << 20);
  EXPECT_FALSE(isOutside(bits));
  EXPECT_EQ(bits.different, 0u);
  for (uint8_t *place : places)
    EXPECT_EQ(place, data.data() + 8);
}

INSTANTIATE_TEST_SUITE_P(AllSimd, Offsets,
                         testing::Values(Simd::Baseline, Simd::V3, Simd::V4));
