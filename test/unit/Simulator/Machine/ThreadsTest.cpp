//===- ThreadsTest.cpp - clusters on several host threads -----------------===//

#include "Run.h"

using namespace sluice::sim;

namespace {
class Threads : public testing::TestWithParam<unsigned> {
protected:
  void SetUp() override {
    run.options.threads = GetParam();
    run.options.limit = 100'000'000;
  }

  void runOn(uint32_t ctas, uint32_t threads, const std::string &body) {
    run.words.assign(ctas * threads + 4, 0);
    run.options.grid.x = ctas;
    run.options.block.x = threads;
    run.run(body);
  }

  KernelRun run;
};
} // namespace

INSTANTIATE_TEST_SUITE_P(Of, Threads, testing::Values(1, 2, 4, 0));

TEST_P(Threads, EveryClusterRuns) {
  uint64_t last = 0, calls = 0;
  run.options.progress = [&](uint64_t done, uint64_t all) {
    EXPECT_LT(last, done);
    EXPECT_EQ(all, 98u);
    last = done;
    ++calls;
  };
  run.options.cluster.x = 2;
  runOn(98, 32, R"(
    .reg .b32 %t<5>; .reg .b64 %a;
    mov.u32 %t1, %ctaid.x;
    mov.u32 %t2, %ntid.x;
    mov.u32 %t3, %tid.x;
    mad.lo.s32 %t4, %t1, %t2, %t3;
    mul.wide.u32 %a, %t4, 4;
    add.s64 %a, %data, %a;
    barrier.cluster.arrive;
    barrier.cluster.wait;
    st.global.u32 [%a], %t4;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_TRUE(run.result.finished);
  for (uint32_t i = 0; i < 98 * 32; ++i)
    ASSERT_EQ(run.words[i], i);
  EXPECT_EQ(last, 98u);
  EXPECT_LE(calls, 49u);
  EXPECT_EQ(run.result.counts.getThreadInstructions(), 98u * 32 * 11);
  EXPECT_EQ(run.result.counts.globalStoreBytes, 98u * 32 * 4);
  EXPECT_EQ(run.result.counts.barriers, 49u);
}

TEST_P(Threads, AtomicsAreAtomic) {
  runOn(20, 64, R"(
    .reg .b32 %i, %old; .reg .b64 %a; .reg .pred %p;
    mov.u32 %i, 0;
  again:
    red.global.add.u32 [%data], 1;
    atom.global.max.u32 %old, [%data+4], %i;
    atom.global.add.v2.f32 {%old, %old}, [%data+8], {0f3F800000, 0f40000000};
    add.u32 %i, %i, 1;
    setp.lt.u32 %p, %i, 20;
    @%p bra again;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[0], 20u * 64 * 20);
  EXPECT_EQ(run.words[1], 19u);
  float sums[2];
  std::memcpy(sums, &run.words[2], sizeof(sums));
  EXPECT_EQ(sums[0], 20.0f * 64 * 20);
  EXPECT_EQ(sums[1], 40.0f * 64 * 20);
}

TEST_P(Threads, LockAcrossCtas) {
  // Plain accesses under a lock: what the checker says of their order is what
  // memory did.
  runOn(24, 33, R"(
    .reg .b32 %old, %v;
    .reg .pred %p;
  again:
    atom.acquire.gpu.global.cas.b32 %old, [%data], 0, 1;
    setp.ne.u32 %p, %old, 0;
    @%p bra again;
    ld.global.u32 %v, [%data+4];
    add.u32 %v, %v, 1;
    st.global.u32 [%data+4], %v;
    st.release.gpu.global.u32 [%data], 0;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[1], 24u * 33);
}

/// Thread 0 of each CTA adds one to a counter and waits until it is %all.
static constexpr const char *kBarrier = R"(
    .reg .b32 %v, %all, %t, %n; .reg .pred %p;
    mov.u32 %all, %nctaid.x;
    mov.u32 %t, %tid.x;
    setp.ne.u32 %p, %t, 0;
    @%p bra done;
    red.release.gpu.global.add.u32 [%data], 1;
  again:
    ld.acquire.gpu.global.u32 %v, [%data];
    setp.lt.u32 %p, %v, %all;
    @%p bra again;
  done:
    bar.sync 0;)";

TEST_P(Threads, BarrierOfMoreCtasThanThreads) {
  runOn(60, 64, kBarrier);
  EXPECT_EQ(run.kinds(), "");
  EXPECT_TRUE(run.result.finished);
}

TEST_P(Threads, BarrierThatOneNeverComesTo) {
  std::string body = kBarrier;
  std::string arrive = "red.release.gpu.global.add.u32 [%data], 1;";
  body.replace(body.find(arrive), arrive.size(),
               "mov.u32 %n, %ctaid.x;\n"
               "setp.ne.u32 %p, %n, 17;\n@%p " +
                   arrive);
  runOn(60, 1, body);
  ASSERT_EQ(run.kinds(), "deadlock");
  EXPECT_EQ(run.result.findings[0].count, 60u);
  EXPECT_EQ(run.result.findings[0].site.who.cta[0], 0u);
  EXPECT_FALSE(run.result.finished);
}

TEST_P(Threads, TheOneThatOthersWaitForTakesItsTime) {
  runOn(12, 32, R"(
    .reg .b32 %v, %n; .reg .pred %p;
    mov.u32 %n, %ctaid.x;
    setp.ne.u32 %p, %n, 11;
    @%p bra again;
    mov.u32 %n, 0;
  count:
    add.u32 %n, %n, 1;
    setp.lt.u32 %p, %n, 200000;
    @%p bra count;
    st.release.gpu.global.u32 [%data], 1;
  again:
    ld.acquire.gpu.global.u32 %v, [%data];
    setp.eq.u32 %p, %v, 0;
    @%p bra again;)");
  // All lanes of CTA 11 write the same.
  EXPECT_EQ(run.kinds(), "");
  EXPECT_TRUE(run.result.finished);
}

TEST_P(Threads, FlagsFromCtaToCta) {
  // Each waits for the one before it, the first for none.
  runOn(40, 1, R"(
    .reg .b32 %v, %n, %m; .reg .b64 %a; .reg .pred %p;
    mov.u32 %n, %ctaid.x;
    mul.wide.u32 %a, %n, 4;
    add.s64 %a, %data, %a;
    mov.u32 %m, 0;
    setp.eq.u32 %p, %n, 0;
    @%p bra first;
  again:
    ld.acquire.gpu.global.u32 %m, [%a+-4];
    setp.eq.u32 %p, %m, 0;
    @%p bra again;
  first:
    add.u32 %m, %m, 1;
    st.release.gpu.global.u32 [%a], %m;)");
  EXPECT_EQ(run.kinds(), "");
  for (uint32_t i = 0; i < 40; ++i)
    EXPECT_EQ(run.words[i], i + 1);
}

TEST_P(Threads, WaitsWithATimeLimitEnd) {
  // Nobody arrives: each wait comes back false, and the program goes on.
  runOn(12, 32, R"(
    .shared .align 8 .b64 bar;
    .reg .b32 %s, %t; .reg .pred %p, %q;
    mov.u32 %s, bar;
    mov.u32 %t, %tid.x;
    setp.ne.u32 %q, %t, 0;
    @!%q mbarrier.init.shared.b64 [%s], 1;
    bar.sync 0;
    mbarrier.try_wait.parity.shared.b64 %p, [%s], 0, 100;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_TRUE(run.result.finished);
}

TEST_P(Threads, WaitsWithATimeLimitThatNobodyEnds) {
  runOn(12, 1, R"(
    .shared .align 8 .b64 bar;
    .reg .b32 %s; .reg .pred %p;
    mov.u32 %s, bar;
    mbarrier.init.shared.b64 [%s], 1;
  again:
    mbarrier.try_wait.parity.shared.b64 %p, [%s], 0, 100;
    @!%p bra again;)");
  EXPECT_EQ(run.kinds(), "deadlock");
}

TEST_P(Threads, CopiesThatEndWithTheirCta) {
  // Nobody waits for them, and no ret stands at the end.
  run.words.assign(400, 0);
  run.options.grid.x = 100;
  run.runText(R"(
.version 8.0
.target sm_90a
.address_size 64
.visible .entry k(.param .u64 k_data) {
  .shared .align 16 .b8 tile[16];
  .reg .b64 %a, %data; .reg .b32 %n, %s;
  ld.param.u64 %data, [k_data];
  mov.u32 %s, tile;
  mov.u32 %n, %ctaid.x;
  mul.wide.u32 %a, %n, 16;
  add.s64 %a, %data, %a;
  st.shared.v4.u32 [%s], {%n, %n, %n, %n};
  fence.proxy.async;
  cp.async.bulk.global.shared::cta.bulk_group [%a], [%s], 16;
})");
  EXPECT_EQ(run.kinds(), "async-use");
  for (uint32_t i = 0; i < 400; ++i)
    ASSERT_EQ(run.words[i], i / 4);
}

TEST_P(Threads, TrapStopsAll) {
  runOn(40, 32, R"(
    .reg .b32 %n; .reg .pred %p;
    mov.u32 %n, %ctaid.x;
    setp.ne.u32 %p, %n, 3;
    @%p bra again;
    trap;
  again:
    add.u32 %n, %n, 1;
    bra again;)");
  EXPECT_EQ(run.kinds(), "trap");
  EXPECT_FALSE(run.result.finished);
}

TEST_P(Threads, LimitIsOneFinding) {
  run.options.limit = 1'000'000;
  runOn(40, 32, R"(
    .reg .b32 %n;
  again:
    add.u32 %n, %n, 1;
    bra again;)");
  EXPECT_EQ(run.kinds(), "limit");
  EXPECT_EQ(run.result.findings[0].count, 1u);
}

TEST_P(Threads, FindingsAreTheSame) {
  // Two lanes of each CTA are wrong, each in one of two lines.
  runOn(30, 32, R"(
    .reg .b32 %t, %v; .reg .b64 %a; .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    setp.eq.u32 %p, %t, 7;
    setp.eq.u32 %q, %t, 9;
    @%p ld.global.u32 %v, [%data+-4];
    @%q st.global.u32 [1], %t;)");
  EXPECT_EQ(run.kinds(), "out-of-bounds out-of-bounds");
  ASSERT_EQ(run.result.findings.size(), 2u);
  const uint32_t threads[] = {7, 9};
  for (size_t i = 0; i < 2; ++i) {
    const Finding &finding = run.result.findings[i];
    EXPECT_EQ(finding.count, 30u);
    EXPECT_EQ(finding.site.who.cta[0], 0u);
    EXPECT_EQ(finding.site.who.thread[0], threads[i]);
  }
}

TEST_P(Threads, RacesAcrossCtas) {
  runOn(30, 1, R"(
    .reg .b32 %n, %v;
    mov.u32 %n, %ctaid.x;
    ld.global.u32 %v, [%data];
    add.u32 %v, %v, %n;
    st.global.u32 [%data], %v;)");
  EXPECT_NE(run.kinds().find("race"), std::string::npos);
}
