//===- AtomicOrderTest.cpp - threads that meet at one place ---------------===//

#include "Kernel.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace sluice::sim;
using namespace sluice::sim::test;

namespace {

/// Threads of several CTAs on one value, which begins as 0; what each got.
std::vector<uint32_t> contend(const std::string &code, uint32_t &value,
                              uint64_t seed) {
  constexpr Shape kShape = {12, 96};
  std::vector<Buffer> buffers(2);
  buffers[0].words = {value};
  buffers[1].words.assign(kShape.ctas * kShape.threads, 0);
  Outcome outcome = runKernel(code + "\nmul.wide.u32 %rd10, %r0, 4;\n"
                                     "add.s64 %rd10, %rd1, %rd10;\n"
                                     "st.global.u32 [%rd10], %r10;",
                              buffers, {kShape.ctas, kShape.threads, seed});
  EXPECT_TRUE(outcome.isClean()) << outcome.getText();
  value = buffers[0].words[0];
  return buffers[1].words;
}

TEST(AtomicContention, CountersGiveEachThreadItsOwnNumber) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    uint32_t value = 0;
    auto got = contend("atom.global.add.u32 %r10, [%rd0], 1;", value, seed);
    EXPECT_EQ(value, got.size());
    std::sort(got.begin(), got.end());
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_EQ(got[i], i);
  }
}

TEST(AtomicContention, IncrementsWrapAround) {
  uint32_t value = 0;
  auto got = contend("atom.global.inc.u32 %r10, [%rd0], 99;", value, 1);
  EXPECT_EQ(value, got.size() % 100);
  EXPECT_EQ(std::count(got.begin(), got.end(), 7u), 12);
}

TEST(AtomicContention, DecrementsWrapAround) {
  uint32_t value = 0;
  auto got = contend("atom.global.dec.u32 %r10, [%rd0], 99;", value, 1);
  EXPECT_EQ(value, 100 - got.size() % 100);
}

TEST(AtomicContention, TheGreatestOfAllRemains) {
  uint32_t value = 17;
  contend("mul.lo.u32 %r11, %r0, 2654435761;\n"
          "red.global.max.u32 [%rd0], %r11;\n"
          "mov.u32 %r10, 0;",
          value, 2);
  uint32_t expected = 17;
  for (uint32_t i = 0; i < 12 * 96; ++i)
    expected = std::max(expected, i * 2654435761u);
  EXPECT_EQ(value, expected);
}

TEST(AtomicContention, ExchangesLoseNothing) {
  uint32_t value = 0xffffffff;
  auto got = contend("atom.global.exch.b32 %r10, [%rd0], %r0;", value, 3);
  got.push_back(value);
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got.back(), 0xffffffffu);
  for (size_t i = 0; i + 1 < got.size(); ++i)
    ASSERT_EQ(got[i], i);
}

TEST(AtomicContention, ALoopOfCompareAndSwapAddsUp) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    uint32_t value = 0;
    contend("ld.relaxed.gpu.global.u32 %r10, [%rd0];\n"
            "again:\n"
            "mov.u32 %r11, %r10;\n"
            "add.u32 %r12, %r11, 3;\n"
            "atom.global.cas.b32 %r10, [%rd0], %r11, %r12;\n"
            "setp.ne.u32 %p1, %r10, %r11;\n"
            "@%p1 bra again;",
            value, seed);
    EXPECT_EQ(value, 3u * 12 * 96);
  }
}

TEST(AtomicContention, ALockAdmitsOneThreadAtATime) {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    // words[0]: the lock, words[1]: what it guards.
    std::vector<Buffer> buffers = {{{0, 0}}};
    Outcome outcome =
        runKernel("again:\n"
                  "atom.acquire.gpu.global.cas.b32 %r10, [%rd0], 0, 1;\n"
                  "setp.ne.u32 %p1, %r10, 0;\n"
                  "@%p1 bra again;\n"
                  "ld.global.u32 %r11, [%rd0+4];\n"
                  "add.u32 %r11, %r11, 1;\n"
                  "st.global.u32 [%rd0+4], %r11;\n"
                  "atom.release.gpu.global.exch.b32 %r10, [%rd0], 0;",
                  buffers, {4, 10, seed});
    ASSERT_TRUE(outcome.isClean()) << outcome.getText();
    EXPECT_EQ(buffers[0].words[1], 40u);
  }
}

TEST(AtomicContention, SharedCountersAreOnesOfTheirCTA) {
  std::vector<Buffer> buffers(1);
  buffers[0].words.assign(5, 0);
  Outcome outcome = runKernel("setp.eq.u32 %p1, %r1, 0;\n"
                              "@%p1 st.shared.u32 [block+8], 0;\n"
                              "bar.sync 0;\n"
                              "red.shared.add.u32 [block+8], 2;\n"
                              "bar.sync 0;\n"
                              "@!%p1 exit;\n"
                              "ld.shared.u32 %r10, [block+8];\n"
                              "mul.wide.u32 %rd10, %r2, 4;\n"
                              "add.s64 %rd10, %rd0, %rd10;\n"
                              "st.global.u32 [%rd10], %r10;",
                              buffers, {5, 70, 1});
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  for (uint32_t count : buffers[0].words)
    EXPECT_EQ(count, 140u);
}

/// Each thread writes its word of buffer 1, takes a ticket, and the last one of
/// all adds up what all have written.
Outcome runTickets(const std::string &ticket, uint32_t &sum) {
  constexpr Shape kShape = {3, 40};
  std::vector<Buffer> buffers = {{{0, 0}}, {std::vector<uint32_t>(120)}};
  Outcome outcome = runKernel("mul.wide.u32 %rd10, %r0, 4;\n"
                              "add.s64 %rd10, %rd1, %rd10;\n"
                              "st.global.u32 [%rd10], %r0;\n" +
                                  ticket +
                                  "\nsetp.ne.u32 %p1, %r10, 119;\n"
                                  "@%p1 exit;\n"
                                  "mov.u32 %r11, 0;\n"
                                  "mov.u32 %r12, 0;\n"
                                  "loop:\n"
                                  "ld.global.u32 %r13, [%rd1];\n"
                                  "add.s64 %rd1, %rd1, 4;\n"
                                  "add.u32 %r11, %r11, %r13;\n"
                                  "add.u32 %r12, %r12, 1;\n"
                                  "setp.lt.u32 %p2, %r12, 120;\n"
                                  "@%p2 bra loop;\n"
                                  "st.global.u32 [%rd0+4], %r11;",
                              buffers, kShape);
  sum = buffers[0].words[1];
  return outcome;
}

TEST(AtomicOrder, ATicketPassesOnWhatOthersHaveWritten) {
  uint32_t sum = 0;
  Outcome outcome =
      runTickets("atom.acq_rel.gpu.global.add.u32 %r10, [%rd0], 1;", sum);
  EXPECT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(sum, 119u * 120 / 2);
}

TEST(AtomicOrder, ARelaxedTicketDoesNot) {
  uint32_t sum = 0;
  Outcome outcome = runTickets("atom.global.add.u32 %r10, [%rd0], 1;", sum);
  EXPECT_TRUE(outcome.has("race at ld")) << outcome.getText();
}

TEST(AtomicOrder, ATicketOfTheCTADoesNotReachOthers) {
  uint32_t sum = 0;
  Outcome outcome =
      runTickets("atom.acq_rel.cta.global.add.u32 %r10, [%rd0], 1;", sum);
  EXPECT_TRUE(outcome.has("race at")) << outcome.getText();
}

TEST(AtomicOrder, AFailedComparisonReleasesNothing) {
  // Thread 32 waits for thread 0 to write a flag, but what it reads behind the
  // flag was not released: only a comparison that failed came after it.
  std::vector<Buffer> buffers = {{{7, 0, 0, 0}}};
  auto run = [&](const char *expected) {
    buffers[0].words = {7, 0, 0, 0};
    return runKernel("setp.eq.u32 %p1, %r1, 0;\n"
                     "setp.eq.u32 %p2, %r1, 32;\n"
                     "@%p1 bra writer;\n"
                     "@%p2 bra reader;\n"
                     "exit;\n"
                     "writer:\n"
                     "st.global.u32 [%rd0+8], 1;\n"
                     "atom.release.gpu.global.cas.b32 %r10, [%rd0], " +
                         std::string(expected) +
                         ", 9;\n"
                         "st.relaxed.gpu.global.u32 [%rd0+4], 1;\n"
                         "exit;\n"
                         "reader:\n"
                         "ld.relaxed.gpu.global.u32 %r11, [%rd0+4];\n"
                         "setp.eq.u32 %p3, %r11, 0;\n"
                         "@%p3 bra reader;\n"
                         "ld.acquire.gpu.global.u32 %r12, [%rd0];\n"
                         "ld.global.u32 %r13, [%rd0+8];",
                     buffers, {1, 64});
  };
  Outcome succeeds = run("7");
  EXPECT_TRUE(succeeds.isClean()) << succeeds.getText();
  EXPECT_EQ(buffers[0].words[0], 9u);
  Outcome fails = run("8");
  EXPECT_TRUE(fails.has("race at ld")) << fails.getText();
  EXPECT_EQ(buffers[0].words[0], 7u);
}

} // namespace
