//===- MeetTest.cpp - lanes that meet at different instructions -----------===//

#include "Lanes.h"
#include "gtest/gtest.h"

using namespace sluice::sim;
using namespace sluice::sim::test;

namespace {

/// Odd lanes do one thing, even ones another; then all go on together.
std::string branch(const std::string &even, const std::string &odd) {
  return "and.b32 %r20, %r1, 1;\n"
         "setp.eq.u32 %p1, %r20, 1;\n"
         "setp.lt.u32 %p2, %r1, 12;\n"
         "@%p1 bra odd;\n" +
         even + "\nbra end;\nodd:\n" + odd + "\nend:";
}

struct Case {
  const char *name, *even, *odd;
  /// What a lane has in %r10 and %r11 afterwards; inputs are makeInputs.
  uint32_t (*d)(unsigned lane), (*p)(unsigned lane);
};

uint32_t none(unsigned) { return 0; }
bool isEven(unsigned lane) { return lane % 2 == 0; }

const Case kCases[] = {
    {"shfl", "shfl.sync.bfly.b32 %r10, %r4, 3, 31, -1;",
     "add.u32 %r4, %r4, 100;\n"
     "shfl.sync.bfly.b32 %r21, %r4, 1, 31, -1;\n"
     "mov.u32 %r10, %r21;",
     [](unsigned lane) {
       unsigned from = lane ^ (isEven(lane) ? 3 : 1);
       return 1000 + from + (isEven(from) ? 0 : 100);
     },
     none},
    {"shfl with and without a predicate",
     "shfl.sync.up.b32 %r10, %r4, 1, 0, -1;",
     "shfl.sync.up.b32 %r10|%p3, %r4, 3, 0, -1;\n"
     "selp.u32 %r11, 1, 2, %p3;",
     [](unsigned lane) {
       unsigned by = isEven(lane) ? 1 : 3;
       return 1000 + (lane < by ? lane : lane - by);
     },
     [](unsigned lane) { return isEven(lane) ? 0u
                                : lane >= 3  ? 1u
                                             : 2u; }},
    {"vote.all", "vote.sync.all.pred %p3, %p2, -1;\nselp.u32 %r10, 1, 2, %p3;",
     "vote.sync.all.pred %p4, %p1, -1;\nselp.u32 %r10, 1, 2, %p4;",
     [](unsigned) { return 2u; }, none},
    {"vote.ballot, negated in one branch",
     "vote.sync.ballot.b32 %r10, %p2, -1;",
     "vote.sync.ballot.b32 %r10, !%p2, -1;",
     [](unsigned) { return 0x555u | 0xaaaaa000u; }, none},
    {"match.any", "shr.u32 %r21, %r1, 3;\nmatch.any.sync.b32 %r10, %r21, -1;",
     "shr.u32 %r22, %r1, 3;\nmatch.any.sync.b32 %r10, %r22, -1;",
     [](unsigned lane) { return 0xffu << lane / 8 * 8; }, none},
    {"match.all of 64 bits",
     "mov.b64 %rd20, {%r20, 7};\nand.b64 %rd20, %rd20, 0x700000000;\n"
     "match.all.sync.b64 %r10|%p3, %rd20, -1;\nselp.u32 %r11, 1, 2, %p3;",
     "mov.u64 %rd21, 0x700000000;\n"
     "match.all.sync.b64 %r10, %rd21, -1;",
     [](unsigned) { return 0xffffffffu; },
     [](unsigned lane) { return isEven(lane) ? 1u : 0u; }},
    {"redux", "redux.sync.add.u32 %r10, %r1, -1;",
     "mov.u32 %r21, 1000;\nredux.sync.add.u32 %r10, %r21, -1;",
     [](unsigned) { return 240u + 16000u; }, none},
    {"elect", "elect.sync %r10|%p3, -1;\nselp.u32 %r11, 1, 2, %p3;",
     "elect.sync _|%p4, -1;\nselp.u32 %r11, 1, 2, %p4;", none,
     [](unsigned lane) { return lane == 0 ? 1u : 2u; }},
    {"bar.warp.sync", "mov.u32 %r10, 1;\nbar.warp.sync -1;",
     "bar.warp.sync -1;\nmov.u32 %r10, 2;",
     [](unsigned lane) { return isEven(lane) ? 1u : 2u; }, none},
    {"three in a row",
     "redux.sync.add.u32 %r10, 1, -1;\nbar.warp.sync -1;\n"
     "redux.sync.add.u32 %r11, 2, -1;",
     "redux.sync.add.u32 %r10, 3, -1;\nbar.warp.sync -1;\n"
     "redux.sync.add.u32 %r11, 4, -1;",
     [](unsigned) { return 64u; }, [](unsigned) { return 96u; }},
};

TEST(WarpMeet, InBothBranches) {
  for (const Case &each : kCases)
    for (uint64_t seed = 0; seed < 10; ++seed) {
      auto result = runLanes(branch(each.even, each.odd), makeInputs(), seed);
      ASSERT_TRUE(result.outcome.isClean())
          << each.name << ": " << result.outcome.getText();
      for (unsigned lane = 0; lane < 32; ++lane) {
        ASSERT_EQ(result.lanes[lane].d, each.d(lane))
            << each.name << ", lane " << lane << ", seed " << seed;
        ASSERT_EQ(result.lanes[lane].p, each.p(lane))
            << each.name << ", lane " << lane << ", seed " << seed;
      }
    }
}

TEST(WarpMeet, GroupsOfOneBranchGoOnAlone) {
  // Lanes 0 to 15 meet across the branches; the others within theirs.
  const char *body = "setp.lt.u32 %p5, %r1, 16;\n"
                     "selp.u32 %r30, 0x55550000, 0xaaaa0000, !%p1;\n"
                     "selp.u32 %r30, 0x0000ffff, %r30, %p5;\n"
                     "redux.sync.add.u32 %r10, %r1, %r30;";
  std::string text = body;
  text.replace(text.find("!%p1"), 4, "%p6");
  text = "not.pred %p6, %p1;\n" + text;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto result = runLanes(branch(text, text), makeInputs(), seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane)
      ASSERT_EQ(result.lanes[lane].d, lane < 16      ? 120u
                                      : isEven(lane) ? 184u
                                                     : 192u);
  }
}

TEST(WarpMeet, AcrossACall) {
  // Odd lanes come to the shuffle in a function.
  const char *module = R"(
.version 8.6
.target sm_90
.address_size 64
.func (.param .b32 result) exchange(.param .b32 value) {
.reg .b32 %r<9>;
ld.param.u32 %r1, [value];
shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1;
st.param.b32 [result], %r2;
ret;
}
.visible .entry kernel(.param .u64 p0) {
.reg .b32 %r<9>;
.reg .b64 %rd<9>;
.reg .pred %p<9>;
ld.param.u64 %rd1, [p0];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd2, %r1, 4;
add.s64 %rd1, %rd1, %rd2;
and.b32 %r2, %r1, 1;
setp.eq.u32 %p1, %r2, 1;
@%p1 bra odd;
shfl.sync.bfly.b32 %r3, %r1, 1, 31, -1;
bra end;
odd:
{
.param .b32 argument;
.param .b32 got;
st.param.b32 [argument], %r1;
call.uni (got), exchange, (argument);
ld.param.b32 %r3, [got];
}
end:
st.global.u32 [%rd1], %r3;
ret;
}
)";
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<Buffer> buffers(1);
    buffers[0].words.assign(32, kUntouched);
    Outcome outcome = runModule(module, buffers, {1, 32, seed});
    ASSERT_TRUE(outcome.isClean()) << outcome.getText();
    for (unsigned lane = 0; lane < 32; ++lane)
      ASSERT_EQ(buffers[0].words[lane], lane ^ 1);
  }
}

TEST(WarpMeet, PoisonCrosses) {
  // Even lanes get what odd ones have not written.
  auto result = runLanes(branch("shfl.sync.bfly.b32 %r10, %r4, 1, 31, -1;",
                                "shfl.sync.bfly.b32 %r21, %r40, 1, 31, -1;"),
                         makeInputs());
  EXPECT_TRUE(result.outcome.finished);
  ASSERT_EQ(result.outcome.findings.size(), 1u) << result.outcome.getText();
  EXPECT_TRUE(result.outcome.has("uninitialized at st"));
}

TEST(WarpMeet, OrdersMemory) {
  const char *exchange = "mov.u32 %r20, block;\n"
                         "mad.lo.u32 %r21, %r1, 4, %r20;\n"
                         "xor.b32 %r22, %r1, 1;\n"
                         "mad.lo.u32 %r22, %r22, 4, %r20;\n"
                         "st.shared.u32 [%r21], %r1;\n"
                         "and.b32 %r23, %r1, 1;\n"
                         "setp.eq.u32 %p1, %r23, 1;\n"
                         "@%p1 bra odd;\n"
                         "bar.warp.sync -1;\n"
                         "bra end;\n"
                         "odd:\n"
                         "bar.warp.sync -1;\n"
                         "end:\n"
                         "ld.shared.u32 %r10, [%r22];";
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto result = runLanes(exchange, makeInputs(), seed);
    ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
    EXPECT_EQ(result.lanes[7].d, 6u);
  }
}

/// What must not meet: reported, for whatever order.
void expectDivergent(const std::string &even, const std::string &odd,
                     const std::string &mnemonic) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    auto result = runLanes(branch(even, odd), makeInputs(), seed);
    EXPECT_FALSE(result.outcome.finished) << even;
    EXPECT_TRUE(result.outcome.has("divergent-barrier at " + mnemonic))
        << even << result.outcome.getText();
  }
}

TEST(WarpMeet, ReportsAnotherInstruction) {
  expectDivergent("redux.sync.add.u32 %r10, %r1, -1;", "bar.warp.sync -1;",
                  "redux");
}

TEST(WarpMeet, ReportsOtherQualifiers) {
  expectDivergent("shfl.sync.bfly.b32 %r10, %r4, 1, 31, -1;",
                  "shfl.sync.idx.b32 %r10, %r4, 1, 31, -1;", "shfl");
  expectDivergent("redux.sync.add.u32 %r10, %r1, -1;",
                  "redux.sync.add.s32 %r10, %r1, -1;", "redux");
}

TEST(WarpMeet, ReportsAnotherMask) {
  expectDivergent("bar.warp.sync -1;", "bar.warp.sync 0xaaaaaaab;", "bar");
}

TEST(WarpMeet, ReportsAMissingLane) {
  // All odd lanes but one come, and that one waits elsewhere.
  expectDivergent("bar.warp.sync -1;",
                  "setp.eq.u32 %p5, %r1, 5;\n"
                  "@%p5 bra lost;\n"
                  "bar.warp.sync -1;\n"
                  "bra end;\n"
                  "lost:\n"
                  "bar.sync 1;",
                  "bar");
}

TEST(WarpMeet, AlignedInstructionsDoNotMeet) {
  expectDivergent("bar.sync 0;", "bar.sync 0;", "bar");
  expectDivergent("barrier.sync.aligned 0;", "barrier.sync.aligned 0;",
                  "barrier");
  const char *load = "mov.u32 %r30, block;\n"
                     "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r31}, [%r30];";
  expectDivergent(load, load, "ldmatrix");
  const char *product =
      "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 "
      "{%f1, %f2, %f3, %f4}, {%r4, %r4}, {%r4}, {%f1, %f2, %f3, %f4};";
  expectDivergent(product, product, "mma");
}

} // namespace
