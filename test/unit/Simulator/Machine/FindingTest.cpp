//===- FindingTest.cpp - what is wrong is found ---------------------------===//

#include "Run.h"

using namespace sluice::sim;

/// Threads write their word of shared memory, meet if `meet`, read another's.
static std::string exchange(const std::string &meet) {
  return R"(
    .shared .align 4 .b8 buffer[512];
    .reg .b32 %t, %v, %s;
    .reg .b64 %a;
    mov.u32 %t, %tid.x;
    mov.u32 %s, buffer;
    mad.lo.u32 %s, %t, 4, %s;
    st.shared.u32 [%s], %t;
  )" + meet +
         R"(
    xor.b32 %v, %t, 64;
    mov.u32 %s, buffer;
    mad.lo.u32 %s, %v, 4, %s;
    ld.shared.u32 %v, [%s];
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    st.global.u32 [%a], %v;)";
}

static KernelRun runExchange(const std::string &meet, uint64_t seed = 0) {
  KernelRun run;
  run.words.assign(128, 0);
  run.options.block.x = 128;
  run.options.seed = seed;
  run.run(exchange(meet));
  return run;
}

TEST(Finding, BarrierOrders) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    KernelRun run = runExchange("bar.sync 0;", seed);
    EXPECT_EQ(run.kinds(), "");
    for (uint32_t t = 0; t < 128; ++t)
      EXPECT_EQ(run.words[t], t ^ 64);
  }
}

TEST(Finding, RaceWithoutBarrier) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    KernelRun run = runExchange("", seed);
    EXPECT_NE(run.kinds().find("race"), std::string::npos) << seed;
  }
}

TEST(Finding, RaceNamesBothPlaces) {
  KernelRun run = runExchange("");
  const Finding *race = nullptr;
  for (const Finding &finding : run.result.findings)
    if (finding.kind == FindingKind::Race)
      race = &finding;
  ASSERT_TRUE(race && race->hasOther);
  EXPECT_EQ(race->space, sluice::ptx::Space::Shared);
  ASSERT_TRUE(race->site.instruction && race->other.instruction);
  EXPECT_NE(race->site.instruction->place.line,
            race->other.instruction->place.line);
  EXPECT_EQ(race->site.who.thread[0] ^ 64, race->other.who.thread[0]);
}

TEST(Finding, UnwrittenMemoryReachesAStore) {
  KernelRun run;
  run.words.assign(2, 0);
  run.isWritten = false;
  run.options.block.x = 1;
  run.run(".reg .b32 %r;\nld.global.u32 %r, [%data];\nadd.u32 %r, %r, 1;\n"
          "st.global.u32 [%data+4], %r;");
  EXPECT_EQ(run.kinds(), "uninitialized");
}

/// Two 16-bit sums at once, of which `kept` is stored; nobody has written the
/// lower halves of what is added.
static std::string runHalves(const std::string &kept,
                             const std::string &between = "") {
  KernelRun run;
  run.words.assign(1, 0x40003c00);
  run.options.block.x = 1;
  run.run(".reg .b32 %r<4>;\n.reg .b16 %h<4>;\nld.global.u32 %r0, [%data];\n"
          "mov.b32 {_, %h1}, %r0;\nmov.b32 %r1, {%h0, %h1};\n" +
          between +
          "add.f16x2 %r2, %r0, %r1;\nmov.b32 %r3, %r2;\n"
          "mov.b32 {%h2, %h3}, %r3;\nst.global.b16 [%data], " +
          kept + ";");
  return run.kinds();
}

TEST(Finding, HalvesOfPackedRegistersAreApart) {
  EXPECT_EQ(runHalves("%h3"), "");
  EXPECT_EQ(runHalves("%h2"), "uninitialized");
}

TEST(Finding, HalvesThatAreMixedAreOne) {
  EXPECT_EQ(runHalves("%h3", "mul.lo.u32 %r1, %r1, 3;\n"), "uninitialized");
  EXPECT_EQ(runHalves("%h3", "shfl.sync.idx.b32 %r1, %r1, 0, 31, 1;\n"),
            "uninitialized");
  EXPECT_EQ(runHalves("%h3", "mov.b32 %r1, 5;\n"), "");
  EXPECT_EQ(runHalves("%h2", "ld.global.u32 %r1, [%data];\n"), "");
}

/// Of what selp has to choose from, only what it chooses matters, and half by
/// half.
TEST(Finding, WhatIsNotSelectedMayBeAnything) {
  auto select = [](const std::string &predicate, const std::string &kept) {
    return runHalves(kept, ".reg .pred %p;\nsetp." + predicate +
                               ".u32 %p, %r0, 0;\n"
                               "selp.b32 %r1, %r1, %r0, %p;\n");
  };
  EXPECT_EQ(select("eq", "%h2"), "");
  EXPECT_EQ(select("ne", "%h3"), "");
  EXPECT_EQ(select("ne", "%h2"), "uninitialized");
  // What chooses is of consequence to all.
  EXPECT_EQ(runHalves("%h3", ".reg .pred %p;\nsetp.eq.u32 %p, %r1, 0;\n"
                             "selp.b32 %r1, 1, 2, %p;\n"),
            "uninitialized");
}

/// Of a word in memory somebody has written the upper half. It is loaded, goes
/// through `body` from %r0 to %r1, and is stored as `type`.
static std::string runHalfWritten(const std::string &body,
                                  const std::string &type) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 1;
  run.run(".shared .align 8 .b32 pair[2];\n.reg .b32 %r<4>;\n.reg .b16 %h;\n"
          "mov.b32 %r2, 7;\nst.shared.b16 [pair+2], %r2;\n"
          "ld.shared.b32 %r0, [pair];\n" +
          body + "\nst.global." + type + " [%data], %r1;");
  return run.kinds();
}

TEST(Finding, HalvesCutOutAreApart) {
  const std::string upper[] = {"shr.u32 %r1, %r0, 16;", "shr.s32 %r1, %r0, 20;",
                               "and.b32 %r1, %r0, 0xffff0000;",
                               "and.b32 %r1, %r0, -65536;",
                               "mov.b32 {_, %h}, %r0;\ncvt.u32.u16 %r1, %h;"};
  for (const std::string &body : upper)
    EXPECT_EQ(runHalfWritten(body, "b32"), "") << body;
  const std::string lower[] = {"shl.b32 %r1, %r0, 16;",
                               "and.b32 %r1, %r0, 0xffff;",
                               "cvt.u16.u32 %h, %r0;\ncvt.u32.u16 %r1, %h;"};
  for (const std::string &body : lower)
    EXPECT_EQ(runHalfWritten(body, "b32"), "uninitialized") << body;
  const std::string both[] = {"mov.b32 %r1, %r0;", "shr.u32 %r1, %r0, 15;",
                              "shr.u32 %r1, %r0, %r2;", "or.b32 %r1, %r0, 0;",
                              "and.b32 %r1, %r0, 0x1ffff;"};
  for (const std::string &body : both)
    EXPECT_EQ(runHalfWritten(body, "b32"), "uninitialized") << body;
}

/// Exchanges the halves.
static const char kSwap[] = ".reg .b16 %x<2>;\nmov.b32 {%x0, %x1}, %r0;\n"
                            "mov.b32 %r1, {%x1, %x0};\n";

TEST(Finding, OfAWiderRegisterTheLowerHalfIsStored) {
  EXPECT_EQ(runHalfWritten(kSwap, "b16"), "");
  EXPECT_EQ(runHalfWritten(kSwap, "b8"), "");
  EXPECT_EQ(runHalfWritten(kSwap, "b32"), "uninitialized");
  EXPECT_EQ(runHalfWritten("mov.b32 %r1, %r0;", "b16"), "uninitialized");
}

TEST(Finding, MemoryKeepsHalvesApart) {
  auto pass = [](const std::string &offset) {
    return runHalfWritten(std::string(kSwap) +
                              "st.shared.b32 [pair+4], %r1;\n"
                              "ld.shared.u16 %r1, [pair+" +
                              offset + "];",
                          "b32");
  };
  EXPECT_EQ(pass("4"), "");
  EXPECT_EQ(pass("6"), "uninitialized");
}

TEST(Finding, BytesOfSixteenBitsAreOne) {
  EXPECT_EQ(runHalfWritten(".reg .b8 %b<2>;\nmov.b16 {%b0, _}, 1;\n"
                           "mov.b16 %h, {%b0, %b1};\n"
                           "st.global.b16 [%data], %h;\nmov.b32 %r1, 0;",
                           "b16"),
            "uninitialized");
}

TEST(Finding, UnwrittenMemoryThatNobodyUsesIsFine) {
  KernelRun run;
  run.words.assign(2, 0);
  run.isWritten = false;
  run.options.block.x = 1;
  run.run(".reg .b32 %r;\nld.global.u32 %r, [%data];");
  EXPECT_EQ(run.kinds(), "");
}

/// What runs after others have ended starts as they did: CTAs with an even
/// number write a register and a word of shared memory that the next ones read.
TEST(Finding, NothingIsLeftOfCtasThatHaveEnded) {
  constexpr unsigned kCtas = 64;
  KernelRun run;
  run.words.assign(kCtas, 9);
  run.options.grid.x = kCtas;
  run.run(R"(
    .shared .align 4 .b8 buffer[4];
    .reg .b32 %c, %odd, %r, %v;
    .reg .b64 %a;
    .reg .pred %p;
    mov.u32 %c, %ctaid.x;
    and.b32 %odd, %c, 1;
    setp.eq.u32 %p, %odd, 0;
    mov.u32 %v, 0;
    @%p mov.u32 %r, 7;
    @%p st.shared.u32 [buffer], %r;
    @!%p ld.shared.u32 %v, [buffer];
    add.u32 %r, %r, %v;
    mul.wide.u32 %a, %c, 4;
    add.s64 %a, %data, %a;
    st.global.u32 [%a], %r;)");
  EXPECT_EQ(run.kinds(), "uninitialized");
  ASSERT_EQ(run.result.findings.size(), 1u);
  EXPECT_EQ(run.result.findings[0].count, kCtas / 2);
  for (unsigned i = 0; i < kCtas; ++i)
    EXPECT_EQ(run.words[i], i % 2 ? 0u : 7u) << i;
}

/// A function's registers are undefined in every call of it.
TEST(Finding, NothingIsLeftOfCallsThatHaveReturned) {
  KernelRun run;
  run.words.assign(2, 9);
  run.run(R"(
    .reg .b32 %x<3>;
    .param .b32 in, out;
    st.param.b32 [in], 1;
    call (out), f, (in);
    ld.param.b32 %x1, [out];
    st.param.b32 [in], 0;
    call (out), f, (in);
    ld.param.b32 %x2, [out];
    st.global.v2.u32 [%data], {%x1, %x2};)",
          R"(.func (.param .b32 out) f(.param .b32 in) {
    .reg .b32 %c, %r;
    .reg .pred %p;
    ld.param.b32 %c, [in];
    setp.ne.u32 %p, %c, 0;
    @%p mov.u32 %r, 5;
    st.param.b32 [out], %r;
    ret;
  })");
  EXPECT_EQ(run.kinds(), "uninitialized");
  EXPECT_EQ(run.words, (std::vector<uint32_t>{5, 0}));
}

TEST(Finding, OutOfBounds) {
  KernelRun run;
  run.words.assign(4, 0);
  run.options.block.x = 5;
  run.run(R"(
    .reg .b32 %t; .reg .b64 %a;
    mov.u32 %t, %tid.x;
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    st.global.u32 [%a], %t;)");
  EXPECT_EQ(run.kinds(), "out-of-bounds");
  EXPECT_EQ(run.result.findings[0].site.who.thread[0], 4u);
  EXPECT_EQ(run.words[3], 3u);
}

TEST(Finding, Misaligned) {
  KernelRun run;
  run.words.assign(4, 0);
  run.options.block.x = 1;
  run.run(".reg .b32 %r;\nld.global.u32 %r, [%data+2];");
  EXPECT_EQ(run.kinds(), "misaligned");
}

TEST(Finding, Trap) {
  KernelRun run;
  run.words.assign(1, 0);
  run.run("trap;");
  EXPECT_EQ(run.kinds(), "trap");
  EXPECT_FALSE(run.result.finished);
}

TEST(Finding, BarrierThatSomeNeverReach) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 64;
  run.run(R"(
    .reg .b32 %t; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 32;
    @%p bra other;
    bar.sync 1;
    bra done;
  other:
    bar.sync 2;
  done:)");
  EXPECT_EQ(run.kinds(), "deadlock deadlock");
}

TEST(Finding, DivergentBarrier) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 32;
  run.run(R"(
    .reg .b32 %t; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 7;
    @%p bra other;
    bar.sync 0;
    bra done;
  other:
    bar.sync 0;
  done:)");
  EXPECT_EQ(run.kinds(), "divergent-barrier divergent-barrier");
}

TEST(Finding, FlagAcrossCtas) {
  // CTA 0 writes and releases, CTA 1 acquires and reads.
  const char *body = R"(
    .reg .b32 %c, %v; .reg .pred %p;
    mov.u32 %c, %ctaid.x;
    setp.ne.u32 %p, %c, 0;
    @%p bra wait;
    st.global.u32 [%data+4], 42;
    st.release.SCOPE.global.u32 [%data], 1;
    bra done;
  wait:
    ld.acquire.SCOPE.global.u32 %v, [%data];
    setp.eq.u32 %p, %v, 0;
    @%p bra wait;
    ld.global.u32 %v, [%data+4];
    st.global.u32 [%data+8], %v;
  done:)";
  for (const char *scope : {"gpu", "cta"}) {
    std::string text = body;
    for (size_t at; (at = text.find("SCOPE")) != std::string::npos;)
      text.replace(at, 5, scope);
    KernelRun run;
    run.words.assign(3, 0);
    run.options.grid.x = 2;
    run.run(text);
    EXPECT_EQ(run.words[2], 42u);
    if (std::string(scope) == "gpu")
      EXPECT_EQ(run.kinds(), "");
    else
      EXPECT_NE(run.kinds().find("race"), std::string::npos);
  }
}

TEST(Finding, SameValueWriteIsANote) {
  for (const char *value : {"7", "%t"}) {
    KernelRun run;
    run.words.assign(1, 0);
    run.options.block.x = 32;
    run.run(std::string(R"(
      .shared .align 4 .b8 buffer[4];
      .reg .b32 %t, %s;
      mov.u32 %t, %tid.x;
      mov.u32 %s, buffer;
      st.shared.b32 [%s], )") +
            value + ";");
    EXPECT_EQ(run.kinds(), *value == '7' ? "same-value-write" : "race");
  }
}
