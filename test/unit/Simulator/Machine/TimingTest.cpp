//===- TimingTest.cpp - from PTX to the estimate of time ------------------===//

#include "Run.h"

using namespace sluice;
using namespace sluice::sim;
using estimate::Estimate;
using estimate::Stall;

namespace {

class Timings : public ::testing::Test {
protected:
  /// The estimate of one launch that must succeed.
  const Estimate &play(const std::string &body, const std::string &before = "",
                       const std::string &chip = "h100") {
    kernel.words.resize(std::max<size_t>(kernel.words.size(), 4096));
    kernel.options.chip = chip;
    kernel.run(body, before);
    EXPECT_EQ(kernel.kinds(), "");
    static const Estimate nothing;
    EXPECT_TRUE(kernel.result.estimate.has_value());
    return kernel.result.estimate ? *kernel.result.estimate : nothing;
  }
  /// Machine instructions that a line of the body became.
  static uint64_t getIssued(const Estimate &estimate,
                            llvm::StringRef mnemonic) {
    uint64_t issued = 0;
    for (auto [instruction, times] :
         llvm::zip_equal(estimate.instructions, estimate.replay.steps))
      if (instruction && instruction->mnemonic == mnemonic)
        issued += times.issued;
    return issued;
  }
  static uint64_t getStall(const Estimate &estimate, Stall stall) {
    return estimate.replay.stalls[size_t(stall)];
  }

  KernelRun kernel;
};

constexpr const char *kRegisters = ".reg .b32 %r<20>; .reg .f32 %f<20>; "
                                   ".reg .b64 %rd<20>; .reg .pred %p<8>;\n";

TEST_F(Timings, NobodyAsks) {
  kernel.words.resize(4);
  kernel.run("");
  EXPECT_FALSE(kernel.result.estimate.has_value());
}

TEST_F(Timings, InstructionsBecomeWhatTheyCost) {
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    mov.u32 %r1, 7;
    mov.u32 %r2, %tid.x;
    add.u32 %r3, %r1, %r2;
    add.s64 %rd1, %data, 8;
    div.u32 %r4, %r3, %r1;
    mul.wide.u32 %rd2, %r3, 4;
    cvt.rn.f32.u32 %f1, %r4;
    ex2.approx.f32 %f2, %f1;
    neg.f32 %f3, %f2;
  )");
  EXPECT_EQ(getIssued(estimate, "mov"), 0u);
  EXPECT_EQ(getIssued(estimate, "neg"), 0u);
  EXPECT_EQ(getIssued(estimate, "ld"), 0u); // a parameter
  EXPECT_EQ(getIssued(estimate, "add"), 1u + 2u);
  EXPECT_EQ(getIssued(estimate, "div"), 20u);
  EXPECT_EQ(getIssued(estimate, "mul"), 1u);
  EXPECT_EQ(getIssued(estimate, "cvt"), 1u);
  EXPECT_EQ(getIssued(estimate, "ex2"), 1u);
}

TEST_F(Timings, PairsBecomeOneInstruction) {
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    mov.u32 %r1, %tid.x;
    mov.u32 %r2, 3;
    mul.lo.s32 %r3, %r1, %r2;
    add.s32 %r4, %r3, %r1;
    and.b32 %r5, %r4, %r2;
    xor.b32 %r6, %r5, %r4;
    mul.wide.s32 %rd1, %r6, 4;
    add.s64 %rd2, %rd1, %data;
    shl.b64 %rd3, %rd2, 3;
    add.s64 %rd4, %rd3, %data;
    shl.b32 %r7, %r1, 3;
    add.s32 %r8, %r7, %r2;
    sub.s32 %r9, %r8, %r1;
    sub.s32 %r10, %r9, %r2;
  )");
  EXPECT_EQ(getIssued(estimate, "mul"), 0u);
  EXPECT_EQ(getIssued(estimate, "and"), 0u);
  EXPECT_EQ(getIssued(estimate, "xor"), 1u);
  EXPECT_EQ(getIssued(estimate, "shl"), 0u);
  // IMAD, IMAD.WIDE, LEA with LEA.HI.X, LEA; and IADD3 of the rest.
  EXPECT_EQ(getIssued(estimate, "add"), 1u + 1u + 2u + 1u);
  EXPECT_EQ(getIssued(estimate, "sub"), 1u);
}

TEST_F(Timings, PairsThatStayTwo) {
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    mov.u32 %r1, %tid.x;
    mul.lo.s32 %r2, %r1, 5;
    add.s32 %r3, %r2, %r1;
    and.b32 %r4, %r2, 7;
    mul.lo.s32 %r5, %r1, 7;
    setp.lt.s32 %p1, %r3, 100;
    @%p1 bra next;
  next:
    add.s32 %r6, %r5, 1;
    @%p1 mul.lo.s32 %r7, %r1, 7;
    add.s32 %r8, %r7, 1;
    xor.b32 %r9, %r1, 1;
    xor.b32 %r10, %r9, 2;
    xor.b32 %r11, %r10, 4;
    mul.hi.s32 %r12, %r1, 7;
    add.s32 %r13, %r12, 1;
  )");
  // Used twice; in another block; guarded; the upper half.
  EXPECT_EQ(getIssued(estimate, "mul"), 4u);
  EXPECT_EQ(getIssued(estimate, "add"), 4u);
  // Two of three: LOP3 has no fourth operand.
  EXPECT_EQ(getIssued(estimate, "xor"), 2u);
}

TEST_F(Timings, ConversionsGoWherePtxasPutsThem) {
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    .reg .b16 %h<4>;
    mov.f32 %f1, 0f3F800000;
    mov.u32 %r1, %tid.x;
    cvt.rn.bf16x2.f32 %r2, %f1, %f1;
    cvt.rn.bf16.f32 %h1, %f1;
    cvt.rn.f32.s32 %f2, %r1;
    cvt.rzi.s32.f32 %r3, %f1;
    cvt.f32.bf16 %f3, %h1;
    cvt.u64.u32 %rd1, %r1;
    cvt.s64.s32 %rd2, %r1;
    cvt.rna.tf32.f32 %r4, %f1;
  )");
  // One each, three for tf32 and none for the extension by zeros.
  EXPECT_EQ(getIssued(estimate, "cvt"), 6u + 3u);
  auto use = [&](estimate::Resource resource) {
    return estimate.replay.use[size_t(resource)] *
           double(estimate.replay.cycles) * 4;
  };
  // Only the float that becomes an integer.
  EXPECT_NEAR(use(estimate::Resource::SpecialUnit), 8, 1e-6);
}

TEST_F(Timings, ConflictsTakeTime) {
  auto body = [](unsigned stride) {
    return std::string(kRegisters) + R"(
      .shared .align 4 .b8 tile[4096];
      mov.u32 %r1, %tid.x;
      mov.u32 %r2, tile;
      mad.lo.u32 %r2, %r1, )" +
           std::to_string(stride) + R"(, %r2;
      mov.u32 %r3, 0;
    again:
      st.shared.u32 [%r2], %r1;
      ld.shared.u32 %r1, [%r2];
      add.u32 %r3, %r3, 1;
      setp.lt.u32 %p1, %r3, 50;
      @%p1 bra again;
    )";
  };
  kernel.options.block = {32};
  uint64_t without = play(body(4)).cycles, with = play(body(128)).cycles;
  EXPECT_GT(with, without + 50 * 50);
  EXPECT_EQ(kernel.result.estimate->replay.brokenWaits, 0u);
}

TEST_F(Timings, BarriersOfWarpsThatComeLate) {
  kernel.options.block = {128};
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    mov.u32 %r1, %tid.x;
    mov.u32 %r2, 0;
    setp.ge.u32 %p1, %r1, 32;
    @%p1 bra meet;
    ld.global.u32 %r3, [%data];
    add.u32 %r3, %r3, 1;
  meet:
    bar.sync 0;
    bar.sync 1, 128;
  )");
  EXPECT_EQ(estimate.replay.brokenWaits, 0u);
  EXPECT_GT(getStall(estimate, Stall::Barrier), 3u * 400);
  EXPECT_GT(getStall(estimate, Stall::GlobalLoad), 400u);
}

TEST_F(Timings, LoadsThatOthersHadBeforeAreNearer) {
  // Every CTA reads the same bytes: all but a first wave find them in the L2.
  kernel.options.grid = {132 * 2};
  kernel.options.block = {1024};
  kernel.options.registers = 64; // one CTA an SM
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    ld.global.cg.u32 %r1, [%data];
    add.u32 %r1, %r1, 1;
  )");
  EXPECT_EQ(estimate.residency.limit, "registers");
  EXPECT_EQ(estimate.replayedCtas, 2u);
  EXPECT_EQ(estimate.deviceBytes, 32u);
  // Each of 32 warps of each CTA touches the sector.
  EXPECT_EQ(estimate.sectorBytes, 132u * 2 * 32 * 32);
  const std::vector<uint64_t> &ends = estimate.replay.ctaEnds;
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_LT(ends[1] - ends[0] - uint64_t(estimate.chip.ctaLatency) + 150,
            ends[0]);
}

TEST_F(Timings, AtomicsReadAndWrite) {
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    red.global.add.u32 [%data], 1;
    atom.global.add.u32 %r1, [%data+64], 1;
    add.u32 %r1, %r1, 1;
  )");
  EXPECT_EQ(estimate.deviceBytes, 2u * 2 * 32);
  EXPECT_EQ(estimate.sectorBytes, estimate.deviceBytes);
  EXPECT_GT(getStall(estimate, Stall::GlobalLoad), 500u);
}

TEST_F(Timings, AsyncCopiesAreWaitedForWhereTheProgramDoes) {
  auto body = [](const char *wait) {
    return std::string(kRegisters) + R"(
      .shared .align 16 .b8 tile[1024];
      mov.u32 %r1, tile;
      cp.async.ca.shared.global [%r1], [%data], 16;
      cp.async.commit_group;
      cp.async.ca.shared.global [%r1+16], [%data+1024], 16;
      cp.async.commit_group;
    )" + wait +
           "\n";
  };
  const Estimate &one = play(body("cp.async.wait_group 1;"));
  EXPECT_GT(getStall(one, Stall::Copies), 400u);
  EXPECT_EQ(getStall(play(body("")), Stall::Copies), 0u);
}

TEST_F(Timings, MbarriersWithBulkCopies) {
  kernel.options.block = {64};
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    .shared .align 16 .b8 tile[1024];
    .shared .align 8 .b64 bar;
    mov.u32 %r1, tile;
    mov.u32 %r2, bar;
    mov.u32 %r3, %tid.x;
    setp.ne.u32 %p1, %r3, 0;
    @%p1 bra ready;
    mbarrier.init.shared.b64 [%r2], 1;
    fence.mbarrier_init.release.cluster;
  ready:
    bar.sync 0;
    @%p1 bra wait;
    mbarrier.arrive.expect_tx.shared.b64 _, [%r2], 1024;
    cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%data], 1024, [%r2];
  wait:
    mbarrier.try_wait.parity.shared.b64 %p2, [%r2], 0;
    @!%p2 bra wait;
  )");
  EXPECT_EQ(estimate.replay.brokenWaits, 0u);
  EXPECT_GT(getStall(estimate, Stall::Mbarrier), 2u * 500);
  EXPECT_GT(estimate.replay.use[size_t(estimate::Resource::BulkUnit)], 0);
  EXPECT_EQ(estimate.deviceBytes, 1024u);
  EXPECT_EQ(estimate.sectorBytes, 1024u);
}

TEST_F(Timings, WhatIsReadAgainIsTraffic) {
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    ld.global.u32 %r1, [%data];
    ld.global.u32 %r2, [%data+4];
    st.global.u32 [%data+32], %r1;
    st.global.u32 [%data+36], %r2;
    st.global.u32 [%data+40], %r2;
  )");
  EXPECT_EQ(estimate.deviceBytes, 2u * 32);
  EXPECT_EQ(estimate.sectorBytes, 5u * 32);
}

TEST_F(Timings, LoopsThatLookForAChangeCountOnce) {
  // CTA 1 waits for CTA 0, which turns for a while first.
  kernel.words.assign(4096, 0);
  kernel.options.grid = {2};
  kernel.options.block = {1};
  uint64_t issued[2];
  for (int i : {0, 1}) {
    kernel.words[0] = 0;
    const Estimate &estimate = play(std::string(kRegisters) + R"(
      mov.u32 %r1, %ctaid.x;
      setp.eq.u32 %p1, %r1, 1;
      mov.u32 %r2, )" + (i ? "2000" : "20") +
                                    R"(;
      @%p1 bra work;
    again:
      ld.relaxed.gpu.global.u32 %r3, [%data];
      setp.eq.u32 %p2, %r3, 0;
      @%p2 bra again;
      bra done;
    work:
      sub.u32 %r2, %r2, 1;
      setp.ne.u32 %p3, %r2, 0;
      @%p3 bra work;
      st.relaxed.gpu.global.u32 [%data], 1;
    done:
    )");
    issued[i] = estimate.replay.issued;
    // CTA 0 is the one that is replayed.
    EXPECT_EQ(estimate.residency.ctasOfSm, 1u);
  }
  EXPECT_LE(issued[0], 20u);
  EXPECT_LE(issued[1], issued[0] + 6);
}

TEST_F(Timings, CtasShareTheWorkOfACounter) {
  // 64 CTAs take 640 pieces of work.
  kernel.words.assign(4096, 0);
  kernel.options.grid = {64};
  kernel.options.block = {32};
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    mov.u32 %r5, %tid.x;
    setp.ne.u32 %p3, %r5, 0;
    @%p3 bra done;
  next:
    atom.relaxed.gpu.global.add.u32 %r1, [%data], 1;
    setp.ge.u32 %p1, %r1, 640;
    @%p1 bra done;
    mov.u32 %r2, 0;
  work:
    add.u32 %r2, %r2, 1;
    setp.lt.u32 %p2, %r2, 100;
    @%p2 bra work;
    bra next;
  done:
  )");
  uint64_t pieces = getIssued(estimate, "atom") - 1;
  EXPECT_GE(pieces, 3u);
  EXPECT_LE(pieces, 30u);
}

TEST_F(Timings, ATraceThatIsTooLongIsCut) {
  kernel.options.block = {1024};
  const Estimate &estimate = play(std::string(kRegisters) + R"(
    mov.u32 %r1, 0;
  again:
    add.u32 %r1, %r1, 1;
    add.u32 %r2, %r1, 1;
    setp.lt.u32 %p1, %r1, 100000;
    @%p1 bra again;
  )");
  EXPECT_TRUE(estimate.replay.isPartial);
  EXPECT_LT(estimate.replay.replayed, estimate.replay.executed);
  ASSERT_FALSE(estimate.notes.empty());
  EXPECT_TRUE(llvm::StringRef(estimate.notes[0])
                  .starts_with("the trace was too long: the first "));
  // 32 warps share four partitions. An instruction takes two cycles of the
  // integer unit, or, an addition, of the FP32 unit: 8 warps, 4 instructions by
  // two units that are not always both busy, 100,000 turns.
  constexpr double kLeast = 8.0 * 2 * 2 * 100000;
  EXPECT_GE(double(estimate.cycles), kLeast * 0.99);
  EXPECT_LE(double(estimate.cycles), kLeast * 1.2);
}

TEST_F(Timings, AGridThatDoesNotFinishHasNone) {
  kernel.words.resize(4);
  kernel.options.chip = "h100";
  kernel.run("trap;");
  EXPECT_EQ(kernel.kinds(), "trap");
  EXPECT_FALSE(kernel.result.estimate.has_value());
}

TEST_F(Timings, ChipsThatCannotRunIt) {
  kernel.words.resize(4);
  kernel.options.chip = "h300";
  kernel.run("");
  EXPECT_EQ(kernel.error, "no chip 'h300' is known: expected a100, h100, h200");
  kernel.options.chip = "a100";
  kernel.run("");
  EXPECT_EQ(kernel.error, "the program is for sm_90a, a100 is sm_80");
}

} // namespace
