//===- StackTest.cpp - alloca, and memory by ranges -----------------------===//

#include "Run.h"

using namespace sluice::sim;

namespace {

KernelRun runThreads(unsigned threads, const std::string &body,
                     const std::string &before = "") {
  KernelRun run;
  run.words.assign(64, 7);
  run.options.block.x = threads;
  run.run(R"(
    .reg .b32 %t, %v, %u, %w; .reg .b64 %a, %s, %n, %b; .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    )" + body,
          before);
  return run;
}

TEST(Stack, LanesTakeWhatTheyWant) {
  // Lane t takes 8 (t + 1) bytes, fills them with t and adds them up; then it
  // calls a function whose own local memory must lie behind them.
  KernelRun run = runThreads(32, R"(
    add.u32 %u, %t, 1;
    mul.wide.u32 %n, %u, 8;
    stacksave.u64 %b;
    alloca.u64 %s, %n, 16;
    mov.u32 %w, 0;
  fill:
    st.local.u32 [%s], %t;
    call.uni disturb, ();
    ld.local.u32 %v, [%s];
    add.u32 %w, %w, %v;
    add.s64 %s, %s, 8;
    sub.u32 %u, %u, 1;
    setp.ne.u32 %p, %u, 0;
    @%p bra fill;
    stackrestore.u64 %b;
    st.global.u32 [%a], %w;)",
                             R"(.func disturb() {
    .local .align 8 .b8 own[64];
    .reg .b64 %x;
    mov.u64 %x, 0x123456789;
    st.local.u64 [own], %x;
    st.local.u64 [own+56], %x;
    ret;
  })");
  EXPECT_EQ(run.kinds(), "");
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(run.words[t], t * (t + 1));
}

TEST(Stack, RestoringMakesRoom) {
  // 100 000 times 64 bytes, of which each is given back.
  KernelRun run = runThreads(1, R"(
    mov.u32 %u, 100000;
  again:
    stacksave.u64 %b;
    alloca.u64 %s, 64;
    stackrestore.u64 %b;
    sub.u32 %u, %u, 1;
    setp.ne.u32 %p, %u, 0;
    @%p bra again;)");
  EXPECT_EQ(run.kinds(), "");
}

TEST(Stack, MistakesAreReported) {
  EXPECT_EQ(runThreads(1, "alloca.u64 %s, 8;\nld.local.u32 %v, [%s];\n"
                          "st.global.u32 [%a], %v;")
                .kinds(),
            "uninitialized");
  EXPECT_EQ(runThreads(1, "mov.u64 %n, -1;\nalloca.u64 %s, %n;").kinds(),
            "out-of-bounds");
  EXPECT_EQ(runThreads(1, "mov.u64 %n, 4096;\nstackrestore.u64 %n;").kinds(),
            "out-of-bounds");
  EXPECT_EQ(runThreads(1, "alloca.u64 %s, %n;").kinds(), "uninitialized");
  EXPECT_NE(runThreads(1, "alloca.u64 %s, 8, 3;").error.find("power of two"),
            std::string::npos);
}

TEST(MemoryRange, DiscardedBytesAreUnknown) {
  EXPECT_EQ(runThreads(1, "discard.global.L2 [%data], 128;\n"
                          "ld.global.u32 %v, [%data+128];\n"
                          "st.global.u32 [%data+4], %v;")
                .kinds(),
            "");
  EXPECT_EQ(runThreads(1, "discard.L2 [%data], 128;\n"
                          "ld.global.u32 %v, [%data+8];\n"
                          "st.global.u32 [%data+4], %v;")
                .kinds(),
            "uninitialized");
  EXPECT_EQ(runThreads(1, "discard.L2 [%data+4], 128;").kinds(), "misaligned");
  EXPECT_EQ(runThreads(2, "discard.L2 [%data], 128;").kinds(), "race");
  EXPECT_NE(runThreads(1, "discard.L2 [%data], 64;").error.find("128 bytes"),
            std::string::npos);
}

TEST(MemoryRange, BulkStoresAreZeros) {
  const char *tile = ".shared .align 8 .b8 tile[1032];\n";
  KernelRun run = runThreads(1, std::string(tile) + R"(
    mov.u32 %u, tile;
    st.shared.u32 [tile+1028], 5;
    st.bulk.weak.shared::cta [%u], 1028, 0;
    )");
  EXPECT_EQ(run.kinds(), "misaligned");
  run = runThreads(1, std::string(tile) + R"(
    mov.u32 %u, tile;
    mov.u32 %v, 5;
    st.shared.u32 [tile+1028], %v;
    mov.u64 %n, 1024;
    st.bulk.weak.shared::cta [%u], %n, 0;
    ld.shared.u32 %v, [tile+1020];
    st.global.u32 [%a], %v;
    ld.shared.u32 %v, [tile+1028];
    st.global.u32 [%a+4], %v;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[0], 0u);
  EXPECT_EQ(run.words[1], 5u);
  EXPECT_EQ(runThreads(1, std::string(tile) +
                              "mov.u64 %n, 0x7ffffffffffffff8;\n"
                              "mov.u32 %u, tile;\n"
                              "st.bulk.shared::cta [%u], %n, 0;")
                .kinds(),
            "out-of-bounds");
  EXPECT_EQ(runThreads(1, "st.bulk [%data], 8, 0;").kinds(), "out-of-bounds");
  EXPECT_EQ(runThreads(2, std::string(tile) + "mov.u32 %u, tile;\n"
                                              "st.bulk.shared::cta [%u], 8, 0;")
                .kinds(),
            "race");
}

TEST(Address, SpacesAreToldApart) {
  KernelRun run = runThreads(
      1,
      R"(
    .shared .align 8 .b8 tile[8];
    .local .align 8 .b8 own[8];
    .reg .b64 %x<6>; .reg .b32 %bit; .reg .pred %is<6>;
    mov.u64 %x0, %data;
    mov.u64 %x1, tile; cvta.shared.u64 %x1, %x1;
    mov.u64 %x2, own; cvta.local.u64 %x2, %x2;
    mov.u64 %x3, table; cvta.const.u64 %x3, %x3;
    mov.u64 %x4, k_data; cvta.param.u64 %x4, %x4;
    mov.u32 %w, 0;
)" +
          [] {
            const char *spaces[] = {"global", "shared", "shared::cluster",
                                    "local",  "const",  "param"};
            std::string text;
            for (unsigned i = 0; i < 5; ++i)
              for (unsigned j = 0; j < 6; ++j)
                text += "isspacep." + std::string(spaces[j]) + " %p, %x" +
                        std::to_string(i) + ";\nselp.u32 %bit, " +
                        std::to_string(1u << (6 * i + j)) +
                        ", 0, %p;\nor.b32 %w, %w, %bit;\n";
            return text;
          }() +
          "st.global.u32 [%a], %w;",
      ".const .align 8 .b64 table[2];");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[0], 1u | 6u << 6 | 8u << 12 | 16u << 18 | 32u << 24);
}

TEST(Barrier, ReducesNegatedPredicates) {
  KernelRun run = runThreads(32, R"(
    setp.lt.u32 %p, %t, 5;
    barrier.red.popc.u32 %v, 0, !%p;
    barrier.red.and.pred %q, 0, !%p;
    selp.u32 %u, 100, 200, %q;
    add.u32 %v, %v, %u;
    st.global.u32 [%a], %v;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[3], 27u + 200u);
}

} // namespace
