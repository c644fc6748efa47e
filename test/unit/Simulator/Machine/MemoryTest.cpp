//===- MemoryTest.cpp - loads, stores, spaces -----------------------------===//

#include "Run.h"

using namespace sluice::sim;

TEST(Memory, SmallTypesAreExtended) {
  KernelRun run;
  run.words = {0x8081ff7f, 0, 0, 0, 0, 0};
  run.options.block.x = 1;
  run.run(R"(
    .reg .b32 %r<5>;
    .reg .b64 %d;
    ld.global.s8 %r1, [%data+1];
    ld.global.u8 %r2, [%data+1];
    ld.global.s16 %r3, [%data+2];
    ld.global.s32 %d, [%data];
    st.global.u32 [%data+4], %r1;
    st.global.u32 [%data+8], %r2;
    st.global.u32 [%data+12], %r3;
    st.global.u64 [%data+16], %d;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[1], 0xffffffffu);
  EXPECT_EQ(run.words[2], 0xffu);
  EXPECT_EQ(run.words[3], 0xffff8081u);
  EXPECT_EQ(run.words[4], 0x8081ff7fu);
  EXPECT_EQ(run.words[5], 0xffffffffu);
}

TEST(Memory, Vectors) {
  KernelRun run;
  run.words = {1, 2, 3, 4, 0, 0, 0, 0};
  run.options.block.x = 1;
  run.run(R"(
    .reg .b32 %r<5>;
    ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%data];
    st.global.v2.u32 [%data+16], {%r4, %r3};
    st.global.v2.u32 [%data+24], {%r2, %r1};)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words, (std::vector<uint32_t>{1, 2, 3, 4, 4, 3, 2, 1}));
}

TEST(Memory, SharedThroughGenericAddresses) {
  KernelRun run;
  run.words.assign(32, 0);
  run.options.block.x = 32;
  run.run(R"(
    .shared .align 4 .b8 buffer[128];
    .reg .b32 %t, %v, %s;
    .reg .b64 %a, %g;
    mov.u32 %t, %tid.x;
    mov.u64 %g, buffer;
    cvta.shared.u64 %g, %g;
    mul.wide.u32 %a, %t, 4;
    add.s64 %g, %g, %a;
    st.u32 [%g], %t;
    bar.sync 0;
    mov.u32 %s, buffer;
    xor.b32 %v, %t, 31;
    shl.b32 %v, %v, 2;
    add.u32 %s, %s, %v;
    ld.shared.u32 %v, [%s];
    add.s64 %a, %data, %a;
    st.global.u32 [%a], %v;)");
  EXPECT_EQ(run.kinds(), "");
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(run.words[t], 31 - t);
}

TEST(Memory, LocalIsEachLanesOwn) {
  KernelRun run;
  run.words.assign(32, 0);
  run.options.block.x = 32;
  run.run(R"(
    .local .align 8 .b8 frame[16];
    .reg .b32 %t, %v;
    .reg .b64 %l, %a;
    mov.u64 %l, frame;
    cvta.local.u64 %l, %l;
    mov.u32 %t, %tid.x;
    st.local.u32 [frame+8], %t;
    ld.u32 %v, [%l+8];
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    st.global.u32 [%a], %v;)");
  EXPECT_EQ(run.kinds(), "");
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(run.words[t], t);
}

/// Loads four words of which nobody has written the second and the upper half
/// of the third, and stores element `stored`.
static std::string loadWithMask(const char *mask, const char *stored) {
  KernelRun run;
  run.words.assign(4, 0);
  run.options.block.x = 1;
  run.run(std::string(R"(
    .shared .align 16 .b8 s[16];
    .reg .b32 %a, %b, %c, %d; .reg .b16 %h;
    mov.u32 %a, 7;
    mov.u16 %h, 8;
    st.shared.u32 [s], %a;
    st.shared.u16 [s+8], %h;
    st.shared.u32 [s+12], %a;
    )") + mask +
          R"(
    ld.shared.v4.u32 {%a, %b, %c, %d}, [s];
    st.global.u32 [%data], )" +
          stored + ";");
  return run.kinds();
}

TEST(Memory, BytesThatAreNotUsedMayBeAnything) {
  const char *mask = ".pragma \"used_bytes_mask 0x030f\";";
  EXPECT_EQ(loadWithMask(mask, "%a"), "");
  EXPECT_EQ(loadWithMask(mask, "%c"), "");
  // What is not used is not known.
  EXPECT_EQ(loadWithMask(mask, "%b"), "uninitialized");
  EXPECT_EQ(loadWithMask(mask, "%d"), "uninitialized");
  EXPECT_EQ(loadWithMask("", "%c"), "uninitialized");
  EXPECT_EQ(loadWithMask("", "%d"), "");
  EXPECT_EQ(loadWithMask(".pragma \"used_bytes_mask 0xffff\";", "%c"),
            "uninitialized");
}

TEST(Memory, SpecialRegistersOfTheLaunch) {
  KernelRun run;
  run.words.assign(4, 9);
  run.options.grid.x = run.options.cluster.x = 2;
  run.run(R"(
    .reg .b32 %v; .reg .b64 %w; .reg .pred %p;
    mov.u32 %v, %ctaid.x;
    setp.ne.u32 %p, %v, 0;
    @%p exit;
    mov.pred %p, %is_explicit_cluster;
    selp.u32 %v, 1, 0, %p;
    st.global.u32 [%data], %v;
    mov.u32 %v, %envreg3;
    st.global.u32 [%data+4], %v;
    mov.u64 %w, %current_graph_exec;
    st.global.u64 [%data+8], %w;
    st.mmio.relaxed.sys.global.u32 [%data+4], %v;
    ld.mmio.relaxed.sys.global.u32 %v, [%data+4];)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words, (std::vector<uint32_t>{1, 0, 0, 0}));
}

TEST(Memory, DynamicSharedIsBehindStatic) {
  KernelRun run;
  run.words.assign(2, 0);
  run.options.block.x = 1;
  run.options.dynamicShared = 64;
  run.run(R"(
    .shared .align 4 .b8 fixed[64];
    .reg .b32 %a, %b;
    mov.u32 %a, fixed;
    mov.u32 %b, dynamic;
    sub.u32 %a, %b, %a;
    st.global.u32 [%data], %a;
    mov.u32 %a, %dynamic_smem_size;
    st.global.u32 [%data+4], %a;
    st.shared.u32 [dynamic+60], %a;)",
          ".extern .shared .align 16 .b8 dynamic[];");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_GE(run.words[0], 64u);
  EXPECT_EQ(run.words[1], 64u);
}

TEST(Memory, BankConflictsAreCounted) {
  // 32 lanes, 32 words apart: all in one bank.
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 32;
  run.options.dynamicShared = 4096;
  run.run(R"(
    .reg .b32 %t, %s;
    mov.u32 %t, %tid.x;
    mov.u32 %s, dynamic;
    mad.lo.u32 %s, %t, 128, %s;
    st.shared.u32 [%s], %t;)",
          ".extern .shared .align 128 .b8 dynamic[];");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.result.counts.sharedWavefronts, 32u);
  EXPECT_EQ(run.result.counts.sharedIdealWavefronts, 1u);
}
