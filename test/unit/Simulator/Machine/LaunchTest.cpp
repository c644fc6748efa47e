//===- LaunchTest.cpp - a kernel from text to result ----------------------===//

#include "Run.h"

using namespace sluice::sim;

/// data[thread of the grid] = its index.
static constexpr const char *kIndex = R"(
  .reg .b32 %t<8>;
  .reg .b64 %a<4>;
  mov.u32 %t1, %ctaid.x;
  mov.u32 %t2, %ntid.x;
  mov.u32 %t3, %tid.x;
  mad.lo.s32 %t4, %t1, %t2, %t3;
  mul.wide.u32 %a1, %t4, 4;
  add.s64 %a2, %data, %a1;
  st.global.u32 [%a2], %t4;
)";

TEST(Launch, EveryThreadRuns) {
  KernelRun run;
  run.words.assign(300, 7);
  run.options.grid.x = 3;
  run.options.block.x = 100;
  run.run(kIndex);
  EXPECT_EQ(run.kinds(), "");
  EXPECT_TRUE(run.result.finished);
  for (uint32_t i = 0; i < 300; ++i)
    EXPECT_EQ(run.words[i], i);
}

TEST(Launch, SeedsGiveTheSameBits) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    KernelRun run;
    run.words.assign(256, 0);
    run.options.block.x = 128;
    run.options.grid.x = 2;
    run.options.seed = seed;
    run.run(kIndex);
    EXPECT_EQ(run.kinds(), "");
    EXPECT_EQ(run.words[255], 255u);
  }
}

TEST(Launch, CountsThreadInstructions) {
  KernelRun run;
  run.words.assign(64, 0);
  run.options.block.x = 64;
  run.run(kIndex);
  // 7 of kIndex, the load of the parameter, ret.
  EXPECT_EQ(run.result.counts.getThreadInstructions(), 64u * 9);
  EXPECT_EQ(run.result.counts.globalStoreBytes, 64u * 4);
  EXPECT_EQ(run.result.counts.globalStoreSectors, 64u * 4 / 32);
}

TEST(Launch, UnknownInstructionIsNamed) {
  KernelRun run;
  run.words.assign(1, 0);
  run.run("frobnicate.u32 1;");
  EXPECT_EQ(run.error,
            "test.ptx:8:1: error: instruction 'frobnicate' is not supported");
}

TEST(Launch, UnreachableInstructionIsNot) {
  KernelRun run;
  run.words.assign(1, 0);
  run.run("bra end;\nfrobnicate.u32 1;\nend:");
  EXPECT_EQ(run.kinds(), "");
}

TEST(Launch, WrongArguments) {
  KernelRun run;
  run.words.assign(1, 0);
  run.runText(".version 8.0\n.target sm_80\n.address_size 64\n"
              ".entry k(.param .u64 a, .param .u32 b) { ret; }");
  EXPECT_EQ(run.error, "'k' has 2 parameters, found 1 arguments");
}

TEST(Launch, ImpossibleBlock) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 2048;
  run.run("");
  EXPECT_EQ(run.error, "a block of 2048,1,1 threads: expected 1 to 1024, at "
                       "most 64 along z");
}

static std::string getError(const std::string &target, uint64_t dynamicShared,
                            uint64_t fixedShared, uint32_t cluster = 1) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.dynamicShared = dynamicShared;
  run.options.grid.x = run.options.cluster.x = cluster;
  run.runText(".version 8.8\n.target " + target +
              "\n.address_size 64\n.entry k(.param .u64 a) {\n"
              ".shared .b8 t[" +
              std::to_string(fixedShared) +
              "];\n.reg .b32 %r; mov.u32 %r, t; ret; }");
  return run.error;
}

TEST(Launch, SharedMemoryOfTheTarget) {
  EXPECT_EQ(getError("sm_80", 162 * 1024, 1024), "");
  EXPECT_EQ(getError("sm_80", 162 * 1024, 1025),
            "shared memory of a CTA: 1025 bytes of variables and 165888 "
            "dynamic ones, expected at most 166912 (sm_80, the program's "
            ".target)");
  EXPECT_EQ(getError("sm_90", 162 * 1024, 1025), "");
  EXPECT_NE(getError("sm_86", 162 * 1024, 0), "");
  EXPECT_NE(getError("sm_90", ~uint64_t(0), 1024), "");
  EXPECT_EQ(getError("sm_90", 0, 48 * 1024), "");
  EXPECT_EQ(getError("sm_90", 0, 48 * 1024 + 1),
            "49153 bytes of shared variables: expected at most 49152, more "
            "only as .extern .shared");
}

TEST(Launch, ClustersOfTheTarget) {
  EXPECT_EQ(getError("sm_90", 0, 4, 16), "");
  EXPECT_EQ(getError("sm_80", 0, 4, 2),
            "a cluster of 2,1,1 blocks: expected at most 1 (sm_80, the "
            "program's .target) that divide the grid of 2,1,1");
}

TEST(Launch, Limit) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.limit = 10000;
  run.run(".reg .b32 %i;\nmov.u32 %i, 0;\nloop:\nadd.u32 %i, %i, 1;\n"
          "bra loop;");
  EXPECT_EQ(run.kinds(), "limit");
  EXPECT_FALSE(run.result.finished);
}

TEST(Launch, VariablesBeginAsInitialised) {
  KernelRun run;
  run.words.assign(4, 9);
  run.options.block.x = 1;
  run.run(R"(
    .reg .b32 %r<4>;
    ld.global.u32 %r1, [table+4];
    ld.global.u32 %r2, [zeros];
    ld.const.u32 %r3, [fixed];
    st.global.u32 [%data], %r1;
    st.global.u32 [%data+4], %r2;
    st.global.u32 [%data+8], %r3;)",
          ".global .align 4 .u32 table[3] = {1, 2, 3};\n"
          ".global .align 4 .u32 zeros[2];\n"
          ".const .align 4 .u32 fixed = 5;");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words, (std::vector<uint32_t>{2, 0, 5, 9}));
}

TEST(Launch, ConvertsTheLowerBitsOfWiderRegisters) {
  KernelRun run;
  run.words.assign(32 * 2, 0);
  run.options.block.x = 32;
  run.run(R"(
    .reg .b64 %a, %x; .reg .b32 %t, %r;
    mov.u32 %t, %tid.x;
    mul.wide.u32 %a, %t, 8;
    add.s64 %a, %data, %a;
    mad.wide.u32 %x, %t, 253, 0x1ffffff00;
    cvt.s32.s8 %r, %x;
    cvt.u64.u16 %x, %x;
    st.global.u32 [%a], %r;
    st.global.u32 [%a+4], %x;)");
  EXPECT_EQ(run.kinds(), "");
  for (uint32_t t = 0; t < 32; ++t) {
    uint64_t x = t * 253 + 0x1ffffff00;
    EXPECT_EQ(int32_t(run.words[2 * t]), int8_t(x));
    EXPECT_EQ(run.words[2 * t + 1], x & 0xffff);
  }
}
