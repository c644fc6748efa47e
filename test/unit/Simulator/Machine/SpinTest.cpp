//===- SpinTest.cpp - loops that only others can end ----------------------===//

#include "Run.h"

using namespace sluice::sim;

/// One CTA of so many threads.
static void runOn(KernelRun &run, uint32_t threads, const std::string &body,
                  const std::string &before = "") {
  run.words.assign(4, 0);
  run.options.block.x = threads;
  run.options.limit = 1'000'000;
  run.run(body, before);
}

TEST(Spin, ForNobody) {
  KernelRun run;
  runOn(run, 1, R"(
    .reg .b32 %v; .reg .pred %p;
  again:
    ld.relaxed.gpu.global.u32 %v, [%data];
    setp.eq.u32 %p, %v, 0;
    @%p bra again;)");
  EXPECT_EQ(run.kinds(), "deadlock");
}

TEST(Spin, SeveralJumpsBack) {
  KernelRun run;
  runOn(run, 32, R"(
    .reg .b32 %v, %i; .reg .pred %p, %q;
  again:
    mov.u32 %i, 0;
  sleep:
    add.u32 %i, %i, 1;
    setp.lt.u32 %q, %i, 5;
    @%q bra sleep;
    ld.relaxed.gpu.global.u32 %v, [%data];
    setp.eq.u32 %p, %v, 0;
    @%p bra again;)");
  EXPECT_EQ(run.kinds(), "deadlock");
}

static constexpr const char *kReadFlag = R"(
.func (.param .b32 result) read(.param .b64 from) {
  .reg .b64 %a; .reg .b32 %v, %i; .reg .pred %p;
  mov.u32 %i, 0;
sleep:
  add.u32 %i, %i, 1;
  setp.lt.u32 %p, %i, 4;
  @%p bra sleep;
  ld.param.b64 %a, [from];
  ld.relaxed.gpu.global.u32 %v, [%a];
  st.param.b32 [result], %v;
  ret;
})";

TEST(Spin, AroundACall) {
  KernelRun run;
  runOn(run, 32, R"(
    .reg .b32 %v; .reg .pred %p;
  again:
    { .param .b64 p0; .param .b32 r0;
      st.param.b64 [p0], %data;
      call.uni (r0), read, (p0);
      ld.param.b32 %v, [r0]; }
    setp.eq.u32 %p, %v, 0;
    @%p bra again;)",
        kReadFlag);
  EXPECT_EQ(run.kinds(), "deadlock");
}

TEST(Spin, CallsThatAreCountedAreNone) {
  // The callee's loop is the same each time, the caller's is not.
  KernelRun run;
  runOn(run, 32, R"(
    .reg .b32 %v, %n; .reg .pred %p;
    mov.u32 %n, 0;
  again:
    { .param .b64 p0; .param .b32 r0;
      st.param.b64 [p0], %data;
      call.uni (r0), read, (p0);
      ld.param.b32 %v, [r0]; }
    add.u32 %n, %n, 1;
    setp.lt.u32 %p, %n, 500;
    @%p bra again;)",
        kReadFlag);
  EXPECT_EQ(run.kinds(), "");
}

TEST(Spin, CounterInLocalMemoryIsNone) {
  KernelRun run;
  runOn(run, 32, R"(
    .local .align 4 .b8 counter[4];
    .reg .b32 %v; .reg .pred %p;
    st.local.u32 [counter], 0;
  again:
    ld.local.u32 %v, [counter];
    add.u32 %v, %v, 1;
    st.local.u32 [counter], %v;
    setp.lt.u32 %p, %v, 500;
    mov.u32 %v, 0;
    @%p bra again;)");
  EXPECT_EQ(run.kinds(), "");
}

TEST(Spin, LanesThatAreDoneDoNotMatter) {
  // Lane 31 counts to its end while the others wait for it.
  KernelRun run;
  runOn(run, 32, R"(
    .reg .b32 %v, %t, %n; .reg .pred %p, %q;
    mov.u32 %t, %laneid;
    setp.eq.u32 %q, %t, 31;
    @%q bra count;
  again:
    ld.acquire.gpu.global.u32 %v, [%data];
    setp.eq.u32 %p, %v, 0;
    @%p bra again;
    bra done;
  count:
    mov.u32 %n, 0;
  more:
    add.u32 %n, %n, 1;
    setp.lt.u32 %q, %n, 10000;
    @%q bra more;
    st.release.gpu.global.u32 [%data], 1;
  done:)");
  EXPECT_EQ(run.kinds(), "");
  // The others have had their turns, and few.
  EXPECT_LT(run.result.counts.getThreadInstructions(), 150'000u);
}

TEST(Spin, WaitersForALockTryOnceForEachChange) {
  KernelRun run;
  runOn(run, 256, R"(
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
  EXPECT_EQ(run.words[1], 256u);
}
