//===- ShuffleTest.cpp - shfl (PTX ISA 9.0, 9.7.9.5 and 9.7.9.6) ----------===//

#include "Lanes.h"
#include "gtest/gtest.h"

using namespace sluice::sim;
using namespace sluice::sim::test;

namespace {

/// As the ISA's text: the lane that is read, and whether it is in range.
std::pair<int, bool> findSource(const std::string &mode, int lane, uint32_t b,
                                uint32_t c) {
  int offset = b % 32, clamp = c % 32, segment = c / 256 % 32;
  int most = (lane & segment) | (clamp & ~segment), least = lane & segment;
  int j = 0;
  bool isIn = false;
  if (mode == "up") {
    j = lane - offset;
    isIn = j >= most;
  } else if (mode == "down") {
    j = lane + offset;
    isIn = j <= most;
  } else if (mode == "bfly") {
    j = lane ^ offset;
    isIn = j <= most;
  } else {
    j = least | (offset & ~segment);
    isIn = j <= most;
  }
  return {isIn ? j : lane, isIn};
}

const char *const kModes[] = {"up", "down", "bfly", "idx"};

std::string shuffle(const std::string &mode) {
  return "shfl.sync." + mode +
         ".b32 %r10|%p1, %r4, %r5, %r6, %r7;\n"
         "selp.u32 %r11, 1, 0, %p1;";
}

class ShuffleMode : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(All, ShuffleMode, testing::ValuesIn(kModes),
                         [](const auto &info) { return info.param; });

void expectAsReference(const std::string &mode, const LanesResult &result,
                       const std::array<LaneInput, 32> &inputs,
                       Mask lanes = kAllLanes) {
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    auto [source, isIn] =
        findSource(mode, lane, inputs[lane].b, inputs[lane].c);
    EXPECT_EQ(result.lanes[lane].d, inputs[source].a)
        << mode << " lane " << lane << " b " << inputs[lane].b << " c "
        << inputs[lane].c;
    EXPECT_EQ(result.lanes[lane].p, uint32_t(isIn)) << mode << " lane " << lane;
  }
}

TEST_P(ShuffleMode, ReadsTheLaneThatTheISASays) {
  auto random = makeRandom(7);
  for (int round = 0; round < 20; ++round) {
    auto inputs = makeInputs();
    for (LaneInput &input : inputs)
      input = {uint32_t(random()), uint32_t(random()), uint32_t(random()),
               kAllLanes};
    auto result = runLanes(shuffle(GetParam()), inputs, round);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    expectAsReference(GetParam(), result, inputs);
  }
}

TEST_P(ShuffleMode, ClampsAtTheBordersOfSegments) {
  bool isUp = std::string(GetParam()) == "up";
  for (unsigned width : {1u, 2u, 4u, 8u, 16u, 32u})
    for (unsigned offset : {0u, 1u, 3u, 7u, 16u, 31u}) {
      auto inputs = makeInputs();
      for (LaneInput &input : inputs) {
        input.b = offset;
        // As CUDA's __shfl_sync and its like compute it.
        input.c = (32 - width) << 8 | (isUp ? 0 : 31);
      }
      auto result = runLanes(shuffle(GetParam()), inputs);
      ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
      expectAsReference(GetParam(), result, inputs);
      // .bfly may reach into the segments below.
      for (unsigned lane = 0; lane < 32; ++lane)
        if (GetParam() != std::string("bfly"))
          EXPECT_EQ((result.lanes[lane].d - 1000) / width, lane / width);
    }
}

TEST_P(ShuffleMode, WorksWithoutAPredicate) {
  auto inputs = makeInputs();
  for (LaneInput &input : inputs)
    input.b = 3, input.c = 31;
  auto result = runLanes("shfl.sync." + std::string(GetParam()) +
                             ".b32 %r10, %r4, %r5, %r6, 0xffffffff;",
                         inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  for (unsigned lane = 0; lane < 32; ++lane)
    EXPECT_EQ(result.lanes[lane].d,
              1000u + findSource(GetParam(), lane, 3, 31).first);
}

TEST_P(ShuffleMode, MayOverwriteItsSources) {
  auto inputs = makeInputs();
  for (LaneInput &input : inputs)
    input.b = 5, input.c = 31;
  auto result = runLanes("shfl.sync." + std::string(GetParam()) +
                             ".b32 %r4, %r4, %r5, %r6, %r7;\n"
                             "mov.u32 %r10, %r4;",
                         inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  for (unsigned lane = 0; lane < 32; ++lane)
    EXPECT_EQ(result.lanes[lane].d,
              1000u + findSource(GetParam(), lane, 5, 31).first);
}

TEST_P(ShuffleMode, OfEachSubMaskIsAGroupOfItsOwn) {
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane) {
    unsigned width = lane < 16 ? 16 : 8;
    inputs[lane].mask = width == 16 ? 0xffff : 0xffu << (lane & ~7u);
    inputs[lane].b = 3;
    inputs[lane].c =
        (32 - width) << 8 | (GetParam() == std::string("up") ? 0 : 31);
  }
  auto result = runLanes(shuffle(GetParam()), inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  expectAsReference(GetParam(), result, inputs);
}

TEST_P(ShuffleMode, OnlyTouchesLanesWhoseGuardHolds) {
  auto inputs = makeInputs(0x0f0f0f0f);
  for (LaneInput &input : inputs)
    input.b = 1, input.c = 0x1c00 | (GetParam() == std::string("up") ? 0 : 31);
  auto result = runLanes("and.b32 %r20, %r1, 4;\n"
                         "setp.eq.u32 %p2, %r20, 0;\n"
                         "mov.u32 %r10, 77;\n"
                         "@%p2 shfl.sync." +
                             std::string(GetParam()) +
                             ".b32 %r10|%p1, %r4, %r5, %r6, %r7;\n"
                             "@%p2 selp.u32 %r11, 1, 0, %p1;",
                         inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  expectAsReference(GetParam(), result, inputs, 0x0f0f0f0f);
  for (unsigned lane : {4u, 5u, 15u, 31u})
    EXPECT_EQ(result.lanes[lane].d, 77u);
}

TEST_P(ShuffleMode, WithoutSyncTakesTheLanesThatAreThere) {
  auto inputs = makeInputs();
  for (LaneInput &input : inputs)
    input.b = 9, input.c = 31;
  auto result = runLanes("shfl." + std::string(GetParam()) +
                             ".b32 %r10|%p1, %r4, %r5, %r6;\n"
                             "selp.u32 %r11, 1, 0, %p1;",
                         inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  expectAsReference(GetParam(), result, inputs);
}

TEST(Shuffle, TakesOperandsAsNumbers) {
  auto result =
      runLanes("shfl.sync.down.b32 %r10|%p1, %r4, 4, 31, -1;", makeInputs());
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[0].d, 1004u);
  EXPECT_EQ(result.lanes[27].d, 1031u);
  EXPECT_EQ(result.lanes[28].d, 1028u);
}

TEST(Shuffle, ThrowsAPredicateAway) {
  auto result =
      runLanes("shfl.sync.down.b32 %r10|_, %r4, 4, 31, -1;", makeInputs());
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[0].d, 1004u);
}

TEST(Shuffle, FromALaneOutsideOfTheMaskIsPoison) {
  auto result = runLanes("setp.lt.u32 %p2, %r1, 16;\n"
                         "@!%p2 exit;\n"
                         "shfl.sync.idx.b32 %r10, %r4, 20, 31, 0xffff;",
                         makeInputs());
  EXPECT_TRUE(result.outcome.has("uninitialized at st"))
      << result.outcome.getText();
}

TEST(Shuffle, PoisonComesFromTheSourceLane) {
  // Lane 3 alone has nothing to give; all others read what is defined.
  std::string body = "setp.ne.u32 %p2, %r1, 3;\n"
                     "@%p2 mov.u32 %r30, %r4;\n"
                     "shfl.sync.idx.b32 %r10, %r30, %r5, 31, -1;";
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane)
    inputs[lane].b = lane == 3 ? 4 : lane;
  auto clean = runLanes(body, inputs);
  EXPECT_TRUE(clean.outcome.isClean()) << clean.outcome.getText();
  EXPECT_EQ(clean.lanes[3].d, 1004u);
  inputs[9].b = 3;
  auto dirty = runLanes(body, inputs);
  EXPECT_TRUE(dirty.outcome.has("uninitialized at st"))
      << dirty.outcome.getText();
}

TEST(Shuffle, ReportsAnUndefinedSourceLane) {
  for (const char *body : {"shfl.sync.idx.b32 %r10, %r4, %r30, 31, -1;",
                           "shfl.sync.idx.b32 %r10, %r4, 0, %r30, -1;"}) {
    auto result = runLanes(body, makeInputs());
    EXPECT_TRUE(result.outcome.has("uninitialized at shfl: the source lane"))
        << result.outcome.getText();
    EXPECT_EQ(result.outcome.findings.size(), 1u);
  }
}

} // namespace
