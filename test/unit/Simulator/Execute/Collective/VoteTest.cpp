//===- VoteTest.cpp - vote and match (PTX ISA 9.0, 9.7.13.8 to 9.7.13.10) -===//

#include "Lanes.h"
#include "llvm/ADT/Twine.h"
#include "gtest/gtest.h"

using namespace sluice::sim;
using namespace sluice::sim::test;

namespace {

/// Lanes of the masks 0x3, 0x5c, and the rest: what a lane's group is.
constexpr uint32_t kGroups[] = {0x3, 0x5c, 0xffffffa0};

std::array<LaneInput, 32> inGroups(std::mt19937 &random, unsigned values) {
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane) {
    inputs[lane].a = random() % values;
    inputs[lane].b = random() % values;
    for (uint32_t group : kGroups)
      if (group >> lane & 1)
        inputs[lane].mask = group;
  }
  return inputs;
}

/// The lanes of `lane`'s group for which `holds` says so.
template <typename Predicate>
uint32_t findLanes(const std::array<LaneInput, 32> &inputs, unsigned lane,
                   Predicate holds) {
  uint32_t lanes = 0;
  for (unsigned other = 0; other < 32; ++other)
    if ((inputs[lane].mask >> other & 1) && holds(inputs[other]))
      lanes |= 1u << other;
  return lanes;
}

void testVote(const std::string &mode, bool isNegated) {
  auto random = makeRandom(3);
  for (unsigned values : {1u, 2u, 9u}) {
    auto inputs = inGroups(random, values);
    std::string source = isNegated ? "!%p1" : "%p1";
    std::string text = ("setp.ne.u32 %p1, %r4, 0;\nvote.sync." +
                        llvm::Twine(mode) + ".pred %p2, " + source +
                        ", %r7;\n"
                        "selp.u32 %r11, 1, 0, %p2;\n"
                        "vote.sync.ballot.b32 %r10, " +
                        source + ", %r7;")
                           .str();
    auto result = runLanes(text, inputs);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane) {
      uint32_t yes = findLanes(inputs, lane, [&](const LaneInput &input) {
        return (input.a != 0) != isNegated;
      });
      uint32_t all = inputs[lane].mask;
      bool expected = mode == "all"   ? yes == all
                      : mode == "any" ? yes != 0
                                      : yes == 0 || yes == all;
      EXPECT_EQ(result.lanes[lane].p, uint32_t(expected)) << lane;
      EXPECT_EQ(result.lanes[lane].d, yes) << lane;
    }
  }
}

TEST(Vote, All) { testVote("all", false); }
TEST(Vote, Any) { testVote("any", false); }
TEST(Vote, Uniform) { testVote("uni", false); }
TEST(Vote, AllNegated) { testVote("all", true); }
TEST(Vote, AnyNegated) { testVote("any", true); }
TEST(Vote, UniformNegated) { testVote("uni", true); }

TEST(Vote, BallotOfAConstant) {
  auto result = runLanes("vote.sync.ballot.b32 %r10, 1, -1;", makeInputs(), 1,
                         /*threads=*/7);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[0].d, 0x7fu);
}

TEST(Vote, WithoutSyncAsksTheLanesThatAreThere) {
  auto result = runLanes("setp.lt.u32 %p1, %r1, 20;\n"
                         "setp.ge.u32 %p2, %r1, 4;\n"
                         "@%p1 vote.ballot.b32 %r10, %p2;\n"
                         "vote.any.pred %p3, !%p2;\n"
                         "selp.u32 %r11, 1, 0, %p3;",
                         makeInputs());
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[7].d, 0xffff0u);
  EXPECT_EQ(result.lanes[31].d, 0u);
  EXPECT_EQ(result.lanes[31].p, 1u);
}

TEST(Vote, OnAPredicateThatNobodyHasWrittenIsPoison) {
  auto result = runLanes("setp.ne.u32 %p2, %r1, 9;\n"
                         "@%p2 setp.eq.u32 %p1, %r1, 9;\n"
                         "vote.sync.ballot.b32 %r10, %p1, -1;",
                         makeInputs());
  EXPECT_TRUE(result.outcome.has("uninitialized at st"))
      << result.outcome.getText();
}

TEST(Match, AnyFindsLanesOfTheSameValue) {
  auto random = makeRandom(4);
  for (unsigned values : {1u, 3u, 40u}) {
    auto inputs = inGroups(random, values);
    auto result = runLanes("match.any.sync.b32 %r10, %r4, %r7;\n"
                           "match.sync.any.b32 %r11, %r4, %r7;",
                           inputs);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane) {
      uint32_t expected = findLanes(inputs, lane, [&](const LaneInput &input) {
        return input.a == inputs[lane].a;
      });
      EXPECT_EQ(result.lanes[lane].d, expected) << lane;
      EXPECT_EQ(result.lanes[lane].p, expected) << lane;
    }
  }
}

TEST(Match, AnyComparesAllOf64Bits) {
  auto random = makeRandom(5);
  auto inputs = inGroups(random, 3);
  auto result = runLanes("mov.b64 %rd20, {%r4, %r5};\n"
                         "match.any.sync.b64 %r10, %rd20, %r7;",
                         inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  for (unsigned lane = 0; lane < 32; ++lane)
    EXPECT_EQ(result.lanes[lane].d,
              findLanes(inputs, lane,
                        [&](const LaneInput &input) {
                          return input.a == inputs[lane].a &&
                                 input.b == inputs[lane].b;
                        }))
        << lane;
}

TEST(Match, AllSaysWhetherAllAreTheSame) {
  auto random = makeRandom(6);
  auto inputs = inGroups(random, 100);
  for (unsigned lane : {0u, 1u})
    inputs[lane].a = inputs[lane].b = 5;
  for (const char *body : {"match.all.sync.b32 %r10|%p1, %r4, %r7;\n"
                           "selp.u32 %r11, 1, 0, %p1;",
                           "mov.b64 %rd20, {%r4, %r5};\n"
                           "match.all.sync.b64 %r10, %rd20, %r7;\n"
                           "match.all.sync.b64 _|%p1, %rd20, %r7;\n"
                           "selp.u32 %r11, 1, 0, %p1;"}) {
    auto result = runLanes(body, inputs);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(result.lanes[lane].d, lane < 2 ? 3u : 0u) << lane;
      EXPECT_EQ(result.lanes[lane].p, uint32_t(lane < 2)) << lane;
    }
  }
}

TEST(Match, IgnoresLanesThatHaveExited) {
  auto result = runLanes("setp.ge.u32 %p1, %r1, 30;\n"
                         "@%p1 exit;\n"
                         "match.all.sync.b32 %r10|%p1, %r5, -1;\n"
                         "selp.u32 %r11, 1, 0, %p1;",
                         makeInputs());
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[0].d, 0x3fffffffu);
  EXPECT_EQ(result.lanes[0].p, 1u);
}

} // namespace
