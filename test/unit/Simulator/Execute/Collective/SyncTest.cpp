//===- SyncTest.cpp - lanes that wait for each other ----------------------===//

#include "Lanes.h"
#include "gtest/gtest.h"

using namespace sluice::sim;
using namespace sluice::sim::test;

namespace {

/// Lane 31 and those with a non-zero %r5 come to `meet` later, after a loop of
/// %r5 turns; `meet` is first in the text, so that those who are early wait.
std::string lateTo(const std::string &meeting) {
  return "bra start;\n"
         "meet:\n" +
         meeting +
         "\nbra end;\n"
         "start:\n"
         "setp.eq.u32 %p2, %r5, 0;\n"
         "@%p2 bra meet;\n"
         "turn:\n"
         "sub.u32 %r5, %r5, 1;\n"
         "setp.ne.u32 %p2, %r5, 0;\n"
         "@%p2 bra turn;\n"
         "bra meet;\n"
         "end:";
}

TEST(WarpSync, LanesComeAtDifferentTimes) {
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane)
    inputs[lane].b = lane * 7 % 13;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto result = runLanes(lateTo("shfl.sync.bfly.b32 %r10, %r4, 1, 31, -1;"),
                           inputs, seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane)
      ASSERT_EQ(result.lanes[lane].d, 1000 + (lane ^ 1)) << "seed " << seed;
  }
}

TEST(WarpSync, GroupsComeAtDifferentTimes) {
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane) {
    inputs[lane].b = lane * 5 % 11;
    inputs[lane].mask = 0x01010101u << lane % 8;
  }
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto result =
        runLanes(lateTo("redux.sync.add.u32 %r10, %r1, %r7;"), inputs, seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane)
      ASSERT_EQ(result.lanes[lane].d, 4 * (lane % 8) + 48) << "seed " << seed;
  }
}

TEST(WarpSync, ALoopOfItKeepsLanesTogether) {
  // Each lane turns as often as its neighbour says, all meet each time.
  auto result = runLanes("mov.u32 %r20, 0;\n"
                         "loop:\n"
                         "shfl.sync.idx.b32 %r21, %r4, %r20, 31, -1;\n"
                         "add.u32 %r10, %r10, %r21;\n"
                         "and.b32 %r22, %r1, 1;\n"
                         "setp.eq.u32 %p1, %r22, 0;\n"
                         "@%p1 bra even;\n"
                         "add.u32 %r11, %r11, 2;\n"
                         "even:\n"
                         "add.u32 %r20, %r20, 1;\n"
                         "setp.lt.u32 %p2, %r20, 32;\n"
                         "@%p2 bra loop;",
                         makeInputs(), 8);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  for (unsigned lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(result.lanes[lane].d, 32 * 1000u + 496u);
    EXPECT_EQ(result.lanes[lane].p, lane % 2 * 64);
  }
}

TEST(WarpSync, DoesNotWaitForLanesThatHaveExited) {
  auto inputs = makeInputs();
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto result = runLanes("and.b32 %r20, %r1, 1;\n"
                           "setp.eq.u32 %p1, %r20, 1;\n"
                           "@%p1 exit;\n"
                           "redux.sync.add.u32 %r10, %r1, -1;",
                           inputs, seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane)
      EXPECT_EQ(result.lanes[lane].d, lane % 2 ? kUntouched : 240u);
  }
}

TEST(WarpSync, GoesOnWhenAMissingLaneExits) {
  auto inputs = makeInputs();
  inputs[5].b = inputs[6].b = 9;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    // Those who come late do not come: they exit.
    auto result = runLanes("bra start;\n"
                           "meet:\n"
                           "redux.sync.add.u32 %r10, %r1, -1;\n"
                           "bra end;\n"
                           "start:\n"
                           "setp.eq.u32 %p2, %r5, 0;\n"
                           "@%p2 bra meet;\n"
                           "turn:\n"
                           "sub.u32 %r5, %r5, 1;\n"
                           "setp.ne.u32 %p2, %r5, 0;\n"
                           "@%p2 bra turn;\n"
                           "exit;\n"
                           "end:",
                           inputs, seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    EXPECT_EQ(result.lanes[0].d, 496u - 11u);
    EXPECT_EQ(result.lanes[5].d, kUntouched);
  }
}

TEST(WarpSync, LanesThatDoNotExistAreNotWaitedFor) {
  auto result = runLanes("redux.sync.add.u32 %r10, %r1, -1;", makeInputs(), 1,
                         /*threads=*/20);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[19].d, 190u);
}

/// Lane 31 comes to `meet` when lane 0, which is behind it, has set a flag.
std::string waitsForLaneZero(const std::string &meeting) {
  return "setp.eq.u32 %p3, %r1, 31;\n"
         "setp.eq.u32 %p4, %r1, 0;\n"
         "setp.ge.u32 %p5, %r1, 16;\n"
         "bra start;\n"
         "meet:\n" +
         meeting +
         "\n@%p4 st.volatile.global.u32 [%rd2], 1;\n"
         "bra end;\n"
         "start:\n"
         "@!%p3 bra meet;\n"
         "poll:\n"
         "ld.volatile.global.u32 %r20, [%rd2];\n"
         "setp.eq.u32 %p6, %r20, 0;\n"
         "@%p6 bra poll;\n"
         "bra meet;\n"
         "end:";
}

TEST(WarpSync, ACompleteGroupLeavesAnIncompleteOneBehind) {
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane)
    inputs[lane].mask = lane < 16 ? 0xffff : 0xffff0000;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto result = runLanes(
        waitsForLaneZero("redux.sync.add.u32 %r10, %r1, %r7;"), inputs, seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    EXPECT_EQ(result.lanes[0].d, 120u);
    EXPECT_EQ(result.lanes[31].d, 376u);
  }
}

TEST(WarpSync, LanesWhoseGuardFailsDoNotWait) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto result = runLanes(
        waitsForLaneZero("@%p5 redux.sync.add.u32 %r10, %r1, 0xffff0000;"),
        makeInputs(), seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    EXPECT_EQ(result.lanes[0].d, 0u);
    EXPECT_EQ(result.lanes[31].d, 376u);
  }
}

TEST(WarpSync, ALaneMayComeWithAnotherMaskFirst) {
  // Lane 0 asks itself, then comes back for the group that waits for it.
  auto inputs = makeInputs();
  inputs[0].mask = 1;
  auto result = runLanes("again:\n"
                         "redux.sync.add.u32 %r10, %r1, %r7;\n"
                         "setp.eq.u32 %p1, %r7, -1;\n"
                         "mov.u32 %r7, -1;\n"
                         "@!%p1 bra again;",
                         inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[0].d, 496u);
  EXPECT_EQ(result.lanes[7].d, 496u);
}

TEST(WarpSync, ReportsAMaskWithoutTheLaneItself) {
  auto result = runLanes("redux.sync.add.u32 %r10, %r1, 0xffff;\n"
                         "setp.ge.u32 %p1, %r1, 16;\n"
                         "@%p1 exit;",
                         makeInputs());
  EXPECT_TRUE(result.outcome.finished);
  ASSERT_EQ(result.outcome.findings.size(), 1u) << result.outcome.getText();
  EXPECT_TRUE(result.outcome.has("divergent-barrier at redux: the member mask "
                                 "does not name the lane"))
      << result.outcome.getText();
  EXPECT_EQ(result.lanes[3].d, 120u);
}

TEST(WarpSync, ReportsMasksThatContradictEachOther) {
  auto inputs = makeInputs();
  inputs[4].mask = 0x7fffffff;
  auto result = runLanes("bar.warp.sync %r7;", inputs);
  EXPECT_TRUE(result.outcome.finished);
  ASSERT_EQ(result.outcome.findings.size(), 1u) << result.outcome.getText();
  EXPECT_TRUE(result.outcome.has("divergent-barrier at bar: lanes that wait "
                                 "for each other name different member masks"))
      << result.outcome.getText();
}

TEST(WarpSync, ReportsLanesThatNeverCome) {
  auto result = runLanes("setp.ge.u32 %p1, %r1, 16;\n"
                         "bar.warp.sync -1;\n"
                         "@%p1 bra other;\n"
                         "bar.warp.sync -1;\n"
                         "bra end;\n"
                         "other:\n"
                         "bar.sync 0;\n"
                         "end:",
                         makeInputs());
  EXPECT_FALSE(result.outcome.finished);
  EXPECT_TRUE(result.outcome.has("divergent-barrier at bar"))
      << result.outcome.getText();
}

TEST(WarpSync, ReportsAMaskThatNobodyHasWritten) {
  auto result = runLanes("bar.warp.sync %r30;", makeInputs());
  EXPECT_TRUE(result.outcome.finished);
  EXPECT_TRUE(result.outcome.has("uninitialized at bar: the member mask"))
      << result.outcome.getText();
}

TEST(WarpSync, ABarrierLetsLanesTalkThroughMemory) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto inputs = makeInputs();
    for (unsigned lane = 0; lane < 32; ++lane)
      inputs[lane].b = lane * 3 % 7;
    auto result = runLanes(lateTo("mul.wide.u32 %rd20, %r1, 4;\n"
                                  "add.s64 %rd21, %rd2, %rd20;\n"
                                  "st.global.u32 [%rd21], %r4;\n"
                                  "bar.warp.sync 0xffffffff;\n"
                                  "xor.b32 %r20, %r1, 31;\n"
                                  "mul.wide.u32 %rd20, %r20, 4;\n"
                                  "add.s64 %rd21, %rd2, %rd20;\n"
                                  "ld.global.u32 %r10, [%rd21];"),
                           inputs, seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane)
      ASSERT_EQ(result.lanes[lane].d, 1000 + (31 - lane)) << "seed " << seed;
  }
}

/// Lanes exchange words of shared memory; `sync` stands between.
Outcome exchange(const std::string &sync, bool strictWarp) {
  std::vector<Buffer> buffers(1);
  buffers[0].words.assign(32, 0);
  return runKernel("mov.u32 %r20, block;\n"
                   "mad.lo.u32 %r21, %r1, 4, %r20;\n"
                   "xor.b32 %r22, %r1, 1;\n"
                   "mad.lo.u32 %r22, %r22, 4, %r20;\n"
                   "st.shared.u32 [%r21], %r1;\n" +
                       sync +
                       "\nld.shared.u32 %r10, [%r22];\n"
                       "mul.wide.u32 %rd10, %r1, 4;\n"
                       "add.s64 %rd10, %rd0, %rd10;\n"
                       "st.global.u32 [%rd10], %r10;",
                   buffers, {1, 32, 1, strictWarp});
}

TEST(WarpOrder, ABarrierOrdersItsLanes) {
  for (bool strictWarp : {false, true}) {
    Outcome outcome = exchange("bar.warp.sync -1;", strictWarp);
    EXPECT_TRUE(outcome.isClean()) << outcome.getText();
  }
}

TEST(WarpOrder, ABarrierOrdersTheLanesOfItsMaskOnly) {
  // Even and odd lanes meet apart from each other.
  Outcome outcome = exchange("and.b32 %r30, %r1, 1;\n"
                             "setp.eq.u32 %p1, %r30, 0;\n"
                             "selp.u32 %r31, 0x55555555, 0xaaaaaaaa, %p1;\n"
                             "bar.warp.sync %r31;",
                             false);
  EXPECT_TRUE(outcome.has("race at ld")) << outcome.getText();
}

TEST(WarpOrder, OthersOrderTheirLanesUnlessStrict) {
  for (const char *sync : {"shfl.sync.idx.b32 %r40, %r1, 0, 31, -1;",
                           "vote.sync.ballot.b32 %r40, 1, -1;",
                           "match.any.sync.b32 %r40, %r1, -1;",
                           "redux.sync.add.u32 %r40, %r1, -1;"}) {
    Outcome ordered = exchange(sync, false);
    EXPECT_TRUE(ordered.isClean()) << sync << ordered.getText();
    Outcome strict = exchange(sync, true);
    EXPECT_TRUE(strict.has("race at ld")) << sync << strict.getText();
  }
}

/// elect.sync hands no lane a value of another.
TEST(WarpOrder, WithoutSyncNothingIsOrdered) {
  for (const char *sync :
       {"", "elect.sync _|%p1, -1;", "vote.ballot.b32 %r40, 1;",
        "shfl.idx.b32 %r40, %r1, 0, 31;", "activemask.b32 %r40;"}) {
    Outcome outcome = exchange(sync, false);
    EXPECT_TRUE(outcome.has("race at ld")) << sync << outcome.getText();
  }
}

TEST(Elect, ChoosesOneLaneOfTheMask) {
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane)
    inputs[lane].mask = lane < 8 ? 0xff : 0xffffff00;
  auto result = runLanes("elect.sync %r10|%p1, %r7;\n"
                         "selp.u32 %r11, 1, 0, %p1;",
                         inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  for (unsigned lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(result.lanes[lane].d, lane < 8 ? 0u : 8u);
    EXPECT_EQ(result.lanes[lane].p, uint32_t(lane == 0 || lane == 8));
  }
}

TEST(Elect, ThrowsTheLaneAway) {
  auto result = runLanes("elect.sync _|%p1, -1;\n"
                         "selp.u32 %r11, 1, 0, %p1;",
                         makeInputs());
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[0].p, 1u);
  EXPECT_EQ(result.lanes[1].p, 0u);
}

TEST(ActiveMask, NamesTheLanesOfTheGuard) {
  auto result = runLanes("setp.lt.u32 %p1, %r1, 5;\n"
                         "activemask.b32 %r10;\n"
                         "@%p1 activemask.b32 %r11;",
                         makeInputs());
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  EXPECT_EQ(result.lanes[9].d, 0xffffffffu);
  EXPECT_EQ(result.lanes[2].p, 0x1fu);
  EXPECT_EQ(result.lanes[9].p, 0u);
}

} // namespace
