//===- CountsTest.cpp - what single instructions have cost ----------------===//

#include "Run.h"

using namespace sluice::sim;

namespace {

/// Instructions of `body`, two warps; the words are [0, 1024).
class InstructionCountsTest : public ::testing::Test {
protected:
  void runBody(const std::string &body) {
    run.words.resize(1024);
    for (uint32_t i = 0; i < 1024; ++i)
      run.words[i] = i;
    run.options.block.x = 64;
    run.run(R"(
      .shared .align 16 .b8 buffer[8192];
      .reg .b32 %t, %l, %s, %r<5>;
      .reg .b64 %a, %r8;
      .reg .pred %p, %q;
      mov.u32 %r1, 1; mov.u32 %r2, 2; mov.u32 %r3, 3; mov.u32 %r4, 4;
      mov.u32 %t, %tid.x;
      mov.u32 %l, %laneid;
      mov.u64 %r8, 0;)" +
            body);
    ASSERT_EQ(run.kinds(), "");
    ASSERT_GT(run.result.instructions.size(), kBefore);
  }

  /// Of the body's i-th instruction.
  const OperationCounts &at(size_t i) {
    return run.result.instructions[kBefore + i].counts;
  }
  void expectShared(size_t i, uint64_t wavefronts, uint64_t ideal) {
    EXPECT_EQ(at(i).sharedWavefronts, wavefronts) << i;
    EXPECT_EQ(at(i).sharedIdealWavefronts, ideal) << i;
  }
  void expectGlobal(size_t i, uint64_t bytes, uint64_t sectors) {
    EXPECT_EQ(at(i).globalBytes, bytes) << i;
    EXPECT_EQ(at(i).globalSectors, sectors) << i;
  }

  static constexpr size_t kBefore = 8;
  KernelRun run;
};

TEST_F(InstructionCountsTest, Executions) {
  runBody(R"(
    setp.lt.u32 %p, %t, 40;
    @%p mov.u32 %r1, 0;
    @%p bra end;
    mov.u32 %r2, 1;
  end:
    mov.u32 %r3, 2;)");
  // The guard holds in 32 and in 8 lanes.
  EXPECT_EQ(at(0).executions, 2u);
  EXPECT_EQ(at(0).lanes, 64u);
  EXPECT_EQ(at(1).executions, 2u);
  EXPECT_EQ(at(1).lanes, 40u);
  EXPECT_EQ(at(2).lanes, 40u);
  EXPECT_EQ(at(3).executions, 1u);
  EXPECT_EQ(at(3).lanes, 24u);
  EXPECT_EQ(at(4).lanes, 64u);
  uint64_t lanes = 0;
  for (const InstructionCounts &one : run.result.instructions)
    lanes += one.counts.lanes;
  EXPECT_EQ(lanes, run.result.counts.getThreadInstructions());
}

TEST_F(InstructionCountsTest, NeverExecuted) {
  runBody(R"(
    bra end;
    mov.u32 %r2, 1;
  end:
    mov.u32 %r3, 2;)");
  EXPECT_EQ(at(0).executions, 2u);
  EXPECT_EQ(at(1).executions, 0u);
  EXPECT_EQ(at(1).lanes, 0u);
  EXPECT_EQ(at(2).executions, 2u);
}

TEST_F(InstructionCountsTest, Banks) {
  run.options.check = false; // the stores race
  runBody(R"(
    mov.u32 %s, buffer;
    mad.lo.u32 %r1, %t, 4, %s;
    st.shared.u32 [%r1], %r2;
    mad.lo.u32 %r1, %t, 128, %s;
    st.shared.u32 [%r1], %r2;
    mad.lo.u32 %r1, %t, 8, %s;
    st.shared.u32 [%r1], %r2;
    st.shared.u64 [%r1], %r8;
    mad.lo.u32 %r1, %t, 16, %s;
    st.shared.v4.u32 [%r1], {%r2, %r3, %r4, %r4};
    bar.sync 0;
    ld.shared.u32 %r3, [%s];
    mad.lo.u32 %r1, %t, 2, %s;
    ld.shared.u16 %r3, [%r1];
    setp.lt.u32 %p, %l, 2;
    mad.lo.u32 %r1, %t, 128, %s;
    @%p ld.shared.u32 %r3, [%r1];)");
  // Of two warps each.
  expectShared(2, 2, 2);
  expectShared(4, 64, 2);
  expectShared(6, 4, 2);
  expectShared(7, 4, 4);
  expectShared(9, 8, 8);
  expectShared(11, 2, 2);
  expectShared(13, 2, 2);
  expectShared(16, 4, 2);
  EXPECT_EQ(run.result.counts.sharedWavefronts, 90u);
  EXPECT_EQ(run.result.counts.sharedIdealWavefronts, 24u);
}

TEST_F(InstructionCountsTest, WideLoadsOfPairs) {
  runBody(R"(
    mov.u32 %s, buffer;
    ld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%s];
    ld.shared.v2.u32 {%r1, %r2}, [%s];
    ld.shared.u32 %r1, [%s];
    shr.u32 %r1, %l, 1;
    mad.lo.u32 %r1, %r1, 16, %s;
    ld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%r1];
    and.b32 %r1, %l, 16;
    mad.lo.u32 %r1, %r1, 2, %s;
    ld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%r1];
    and.b32 %r1, %l, 15;
    mad.lo.u32 %r1, %r1, 32, %s;
    ld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%r1];
    and.b32 %r1, %l, 29;
    mad.lo.u32 %r1, %r1, 8, %s;
    ld.shared.v2.u32 {%r1, %r2}, [%r1];)");
  // Of two warps each. One address for all lanes:
  expectShared(1, 4, 4);
  expectShared(2, 2, 2);
  expectShared(3, 2, 2);
  // For two neighbours; for 16 lanes, and for the other 16.
  expectShared(6, 4, 4);
  expectShared(9, 4, 4);
  // Lanes 16 apart are not a pair, and every second address has half of the
  // banks.
  expectShared(12, 16, 8);
  // Lanes 2 apart; a gap of 8 bytes behind each two.
  expectShared(15, 4, 2);
}

TEST_F(InstructionCountsTest, Sectors) {
  runBody(R"(
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %a, %data;
    ld.global.u32 %r2, [%a];
    ld.global.u32 %r2, [%a+4];
    ld.global.u32 %r2, [%data+128];
    mul.wide.u32 %a, %t, 32;
    add.s64 %a, %a, %data;
    ld.global.u32 %r2, [%a];
    mul.wide.u32 %a, %t, 16;
    add.s64 %a, %a, %data;
    ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%a];
    sub.u32 %r2, 63, %t;
    mul.wide.u32 %a, %r2, 8;
    add.s64 %a, %a, %data;
    ld.global.u32 %r2, [%a];
    mul.lo.u32 %r2, %l, 5;
    and.b32 %r2, %r2, 31;
    mul.wide.u32 %a, %r2, 4;
    add.s64 %a, %a, %data;
    ld.global.u32 %r2, [%a];)");
  // Of two warps each: 128 bytes in 4 sectors is the best of 4 bytes a lane.
  expectGlobal(2, 256, 8);
  expectGlobal(3, 256, 10);
  expectGlobal(4, 256, 2);
  expectGlobal(7, 256, 64);
  expectGlobal(10, 1024, 32);
  expectGlobal(14, 256, 16);
  expectGlobal(19, 256, 8);
  EXPECT_EQ(run.result.counts.globalLoadSectors, 140u);
}

} // namespace
