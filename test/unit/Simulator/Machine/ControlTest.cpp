//===- ControlTest.cpp - lanes part and meet ------------------------------===//

#include "Run.h"

using namespace sluice::sim;

TEST(Control, LanesLoopForThemselves) {
  // data[t] = sum of 1 … t.
  KernelRun run;
  run.words.assign(32, 0);
  run.options.block.x = 32;
  run.run(R"(
    .reg .b32 %t, %sum;
    .reg .b64 %a;
    .reg .pred %p;
    mov.u32 %t, %tid.x;
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    mov.u32 %sum, 0;
  loop:
    setp.eq.u32 %p, %t, 0;
    @%p bra done;
    add.u32 %sum, %sum, %t;
    sub.u32 %t, %t, 1;
    bra loop;
  done:
    st.global.u32 [%a], %sum;)");
  EXPECT_EQ(run.kinds(), "");
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(run.words[t], t * (t + 1) / 2);
  // They meet again: the store is one instruction of one warp.
  EXPECT_EQ(run.result.counts.globalStoreSectors, 4u);
}

TEST(Control, IndexedBranch) {
  KernelRun run;
  run.words.assign(3, 0);
  run.options.block.x = 3;
  run.run(R"(
    .reg .b32 %t, %v;
    .reg .b64 %a;
    mov.u32 %t, %tid.x;
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    targets: .branchtargets L0, L1, L2;
    brx.idx %t, targets;
  L0: mov.u32 %v, 10; bra done;
  L1: mov.u32 %v, 20; bra done;
  L2: mov.u32 %v, 30;
  done:
    st.global.u32 [%a], %v;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words, (std::vector<uint32_t>{10, 20, 30}));
}

TEST(Control, CallsHandValuesOverAndBack) {
  KernelRun run;
  run.words.assign(32, 0);
  run.options.block.x = 32;
  run.run(R"(
    .reg .b32 %t, %v;
    .reg .b64 %a;
    .reg .pred %p;
    mov.u32 %t, %tid.x;
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    mov.u32 %v, 1000;
    setp.lt.u32 %p, %t, 16;
    @!%p bra done;
    { .param .b32 p0; .param .b32 r0;
      st.param.b32 [p0], %t;
      call.uni (r0), twice, (p0);
      ld.param.b32 %v, [r0]; }
  done:
    st.global.u32 [%a], %v;)",
          R"(.func (.param .b32 result) twice(.param .b32 x) {
    .reg .b32 %r;
    ld.param.b32 %r, [x];
    add.u32 %r, %r, %r;
    st.param.b32 [result], %r;
    ret;
  })");
  EXPECT_EQ(run.kinds(), "");
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(run.words[t], t < 16 ? 2 * t : 1000);
}

TEST(Control, TheEndOfAFunctionReturnsItsValue) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 1;
  run.run(R"(
    .reg .b32 %v;
    { .param .b32 p0; .param .b32 r0;
      st.param.b32 [p0], 21;
      call.uni (r0), twice, (p0);
      ld.param.b32 %v, [r0]; }
    st.global.u32 [%data], %v;)",
          R"(.func (.param .b32 result) twice(.param .b32 x) {
    .reg .b32 %r;
    ld.param.b32 %r, [x];
    add.u32 %r, %r, %r;
    st.param.b32 [result], %r;
  })");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[0], 42u);
}

TEST(Control, RecursionIsRefused) {
  KernelRun run;
  run.words.assign(1, 0);
  run.run("call.uni f, ();", ".func f() { call.uni f, (); ret; }");
  EXPECT_NE(run.error.find("recursion is not supported: 'f' can call itself"),
            std::string::npos)
      << run.error;
}

TEST(Control, LockWithinAWarp) {
  // Each lane takes a lock in turn: a scheduler without fairness never ends.
  KernelRun run;
  run.words.assign(2, 0);
  run.options.block.x = 32;
  run.run(R"(
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
  EXPECT_EQ(run.words[1], 32u);
}

TEST(Control, ClockGoesForward) {
  KernelRun run;
  run.words.assign(2, 0);
  run.options.block.x = 1;
  run.run(R"(
    .reg .b32 %a, %b;
    mov.u32 %a, %clock;
    mov.u32 %b, %clock;
    st.global.u32 [%data], %a;
    st.global.u32 [%data+4], %b;)");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_LT(run.words[0], run.words[1]);
}
