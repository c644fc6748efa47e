//===- AsyncTest.cpp - copies that run beside -----------------------------===//

#include "Run.h"

using namespace sluice::sim;

/// Lane t copies word t to shared memory, and reads it after `wait`.
static KernelRun runCopy(const std::string &wait, uint64_t seed) {
  KernelRun run;
  for (uint32_t i = 0; i < 64; ++i)
    run.words.push_back(i < 32 ? 100 + i : 0);
  run.options.block.x = 32;
  run.options.seed = seed;
  run.run(R"(
    .shared .align 16 .b8 buffer[128];
    .reg .b32 %t, %v, %s; .reg .b64 %a;
    mov.u32 %t, %tid.x;
    mov.u32 %s, buffer;
    mad.lo.u32 %s, %t, 4, %s;
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    cp.async.ca.shared.global [%s], [%a], 4;
  )" + wait +
          R"(
    ld.shared.u32 %v, [%s];
    st.global.u32 [%a+128], %v;)");
  return run;
}

TEST(Async, WaitGroup) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    KernelRun run =
        runCopy("cp.async.commit_group;\ncp.async.wait_group 0;", seed);
    EXPECT_EQ(run.kinds(), "");
    for (uint32_t i = 0; i < 32; ++i)
      EXPECT_EQ(run.words[32 + i], 100 + i);
  }
}

TEST(Async, WaitAll) {
  KernelRun run = runCopy("cp.async.wait_all;", 0);
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[63], 131u);
}

TEST(Async, ReadingBeforeTheWait) {
  for (const char *wait :
       {"", "cp.async.commit_group;", "cp.async.wait_group 0;",
        "cp.async.commit_group;\ncp.async.wait_group 1;"})
    for (uint64_t seed = 0; seed < 10; ++seed)
      EXPECT_NE(runCopy(wait, seed).kinds().find("race"), std::string::npos)
          << wait << seed;
}

/// One thread fills 64 bytes of shared memory by a bulk copy; all of the warp
/// wait on an mbarrier and read.
static KernelRun runBulk(const std::string &expect, const std::string &wait,
                         uint64_t seed = 0) {
  KernelRun run;
  for (uint32_t i = 0; i < 64; ++i)
    run.words.push_back(i < 16 ? 200 + i : 0);
  run.options.block.x = 16;
  run.options.seed = seed;
  run.run(R"(
    .shared .align 128 .b8 buffer[64];
    .shared .align 8 .b64 barrier;
    .reg .b32 %t, %v, %s; .reg .b64 %a, %state; .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    setp.eq.u32 %p, %t, 0;
    @%p mbarrier.init.shared::cta.b64 [barrier], 1;
    fence.mbarrier_init.release.cluster;
    bar.sync 0;
    @!%p bra wait;
  )" + expect +
          R"(
    cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [buffer], [%data], 64, [barrier];
  wait:
  )" + wait +
          R"(
    mov.u32 %s, buffer;
    mad.lo.u32 %s, %t, 4, %s;
    ld.shared.u32 %v, [%s];
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    st.global.u32 [%a+128], %v;)");
  return run;
}

static const char *kExpect =
    "mbarrier.arrive.expect_tx.shared::cta.b64 %state, [barrier], 64;";
static const char *kWait =
    "spin: mbarrier.try_wait.parity.shared::cta.b64 %q, [barrier], 0;\n"
    "@!%q bra spin;";

TEST(Async, BulkCopyOnAnMbarrier) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    KernelRun run = runBulk(kExpect, kWait, seed);
    EXPECT_EQ(run.kinds(), "") << seed;
    for (uint32_t i = 0; i < 16; ++i)
      EXPECT_EQ(run.words[32 + i], 200 + i);
  }
}

TEST(Async, BulkCopyWithoutWait) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    EXPECT_NE(runBulk(kExpect, "", seed).kinds().find("race"),
              std::string::npos);
}

TEST(Async, MbarrierThatNobodyArrivesAt) {
  EXPECT_NE(runBulk("", kWait).kinds().find("deadlock"), std::string::npos);
}

TEST(Async, MbarrierMustBeInitialised) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 1;
  run.run(".shared .align 8 .b64 b; .reg .b64 %s;\n"
          "mbarrier.arrive.shared::cta.b64 %s, [b];");
  EXPECT_EQ(run.kinds(), "mbarrier-misuse");
}

TEST(Async, ClusterBarrierAndRemoteMemory) {
  // Each CTA writes its rank into the other's shared memory.
  for (uint64_t seed = 0; seed < 10; ++seed) {
    KernelRun run;
    run.words.assign(2, 0);
    run.options.grid.x = run.options.cluster.x = 2;
    run.options.block.x = 32;
    run.options.seed = seed;
    run.run(R"(
      .shared .align 4 .b8 box[4];
      .reg .b32 %r, %o, %s, %v; .reg .b64 %a; .reg .pred %p;
      mov.u32 %v, %tid.x;
      setp.ne.u32 %p, %v, 0;
      mov.u32 %r, %cluster_ctarank;
      xor.b32 %o, %r, 1;
      mov.u32 %s, box;
      mapa.shared::cluster.u32 %s, %s, %o;
      @!%p st.shared::cluster.u32 [%s], %r;
      barrier.cluster.arrive.aligned;
      barrier.cluster.wait.aligned;
      @%p bra done;
      ld.shared.u32 %v, [box];
      mul.wide.u32 %a, %r, 4;
      add.s64 %a, %data, %a;
      st.global.u32 [%a], %v;
    done:)");
    EXPECT_EQ(run.kinds(), "");
    EXPECT_EQ(run.words, (std::vector<uint32_t>{1, 0}));
  }
}

TEST(Async, ABulkCopyDoesNotWriteConstants) {
  KernelRun run;
  run.words.assign(4, 0);
  run.options.block.x = 1;
  run.run(R"(
    .shared .align 16 .b64 s[2];
    .reg .b64 %a, %zero;
    mov.u64 %zero, 0;
    mov.u64 %a, table;
    st.shared.u64 [s], %zero;
    st.shared.u64 [s+8], %zero;
    fence.proxy.async;
    cp.async.bulk.global.shared::cta.bulk_group [%a], [s], 16;
    cp.async.bulk.commit_group;
    cp.async.bulk.wait_group 0;)",
          ".const .align 16 .b32 table[4];");
  EXPECT_EQ(run.kinds(), "out-of-bounds");
}

/// 32 lanes send one operation each to one word of shared memory.
static KernelRun runSent(const std::string &operation, const std::string &count,
                         const std::string &before = "") {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 32;
  run.run(R"(
    .shared .align 8 .b64 bar; .shared .b32 word;
    .reg .b32 %t, %m, %w, %v; .reg .pred %p, %q;
    mov.u32 %t, %tid.x; mov.u32 %m, bar; mov.u32 %w, word;
    setp.eq.u32 %p, %t, 0;
    @!%p bra begun;
    st.shared.b32 [word], 0;
    mbarrier.init.shared::cta.b64 [bar], 1;
    fence.mbarrier_init.release.cluster;
    mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], )" +
          count + R"(;
  begun:
    bar.sync 0;
  )" + before +
          operation + R"(
  wait: mbarrier.try_wait.parity.shared::cta.b64 %q, [bar], 0;
    @!%q bra wait;
    ld.shared.u32 %v, [word];
    @%p st.global.u32 [%data], %v;
  )");
  return run;
}

TEST(Async, ReductionsAreAtomicWithEachOther) {
  const std::string red =
      "red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes"
      ".add.u32 [%w], %t, [%m];";
  KernelRun run = runSent(red, "128");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[0], 31u * 32 / 2);
  // With a plain store they race, and so do stores with each other.
  EXPECT_EQ(runSent(red, "128", "@%p st.shared.b32 [word], 5;\n").kinds(),
            "race");
  EXPECT_EQ(runSent("st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 "
                    "[%w], %t, [%m];",
                    "128")
                .kinds(),
            "race");
}

/// A CTA writes 16 bytes of shared memory, and `operation` stores from there.
static std::string storeSixteen(const std::string &operation) {
  KernelRun run;
  run.words.assign(8, 0);
  run.options.block.x = 1;
  run.run(".shared .align 16 .b64 s[4];\n.reg .b64 %zero;\nmov.u64 %zero, 0;\n"
          "st.shared.u64 [s], %zero;\nst.shared.u64 [s+8], %zero;\n"
          "fence.proxy.async;\n" +
          operation +
          "\ncp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;");
  return run.kinds();
}

TEST(Async, ABulkStoreOfWhatNobodyHasWritten) {
  const std::string store = "cp.async.bulk.global.shared::cta.bulk_group ",
                    add = "cp.reduce.async.bulk.global.shared::cta.bulk_group"
                          ".add.u32 ";
  for (const std::string &operation : {store, add}) {
    EXPECT_EQ(storeSixteen(operation + "[%data], [s], 16;"), "") << operation;
    EXPECT_EQ(storeSixteen(operation + "[%data], [s], 32;"), "uninitialized")
        << operation;
    EXPECT_EQ(storeSixteen(operation + "[%data], [s+16], 16;"), "uninitialized")
        << operation;
  }
}
