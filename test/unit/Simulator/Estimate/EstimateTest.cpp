//===- EstimateTest.cpp - chips, residency, waves, traces cut short -------===//

#include "Lab.h"

using namespace sluice::sim::estimate;

namespace {

TEST(Chips, EachNumberHasASource) {
  struct Number {
    const char *field;
    double values[3];
    llvm::StringRef source;
  };
  const Number numbers[] = {
#define SLUICE_CHIP_NUMBER(FIELD, A100, H100, H200, SOURCE)                    \
  {#FIELD, {A100, H100, H200}, SOURCE},
#include "lib/Simulator/Estimate/Chips.def"
  };
  for (const Number &number : numbers) {
    EXPECT_GT(number.source.size(), 5u) << number.field;
    for (double value : number.values)
      EXPECT_GE(value, 0) << number.field;
  }
}

TEST(Chips, AnUnknownOneListsTheKnown) {
  llvm::Expected<const Chip *> chip = findChip("b300");
  ASSERT_FALSE(bool(chip));
  EXPECT_EQ(llvm::toString(chip.takeError()),
            "no chip 'b300' is known: expected a100, h100, h200");
  EXPECT_EQ((*findChip("H200"))->name, "h200");
}

TEST(Chips, PeaksAreThoseOfTheDataSheets) {
  const Chip &h100 = **findChip("h100"), &a100 = **findChip("a100");
  EXPECT_NEAR(h100.tensorHalf * h100.sms * h100.gigahertz * 1e-3, 989.4, 1);
  EXPECT_NEAR(a100.tensorHalf * a100.sms * a100.gigahertz * 1e-3, 312, 1);
  EXPECT_NEAR(a100.fp32 * 2 * a100.sms * a100.gigahertz * 1e-3, 19.5, 0.1);
}

struct Fit {
  const char *chip;
  LaunchShape shape;
  unsigned ctas;
  const char *limit;
};

TEST(Residencies, WhatAllowsNoMore) {
  LaunchShape shape;
  shape.gridCtas = 100000;
  auto with = [&](uint64_t threads, uint64_t shared, unsigned registers) {
    LaunchShape own = shape;
    own.ctaThreads = threads;
    own.sharedBytes = shared;
    own.registers = registers;
    return own;
  };
  const Fit fits[] = {
      {"h100", with(256, 0, 0), 8, "threads"},
      {"h100", with(32, 0, 0), 32, "CTAs"},
      {"h100", with(256, 0, 64), 4, "registers"},
      {"h100", with(128, 0, 168), 3, "registers"},
      {"h100", with(384, 0, 168), 1, "registers"},
      {"h100", with(128, 100 * 1024, 0), 2, "shared memory"},
      {"a100", with(128, 100 * 1024, 0), 1, "shared memory"},
      {"h200", with(128, 227 * 1024, 255), 1, "shared memory"},
  };
  for (const Fit &fit : fits) {
    llvm::Expected<Residency> residency =
        getResidency(**findChip(fit.chip), fit.shape);
    ASSERT_TRUE(bool(residency));
    EXPECT_EQ(residency->ctas, fit.ctas);
    EXPECT_EQ(residency->limit, fit.limit);
  }
}

TEST(Residencies, SmallGridsAndClusters) {
  const Chip &h100 = **findChip("h100");
  LaunchShape shape;
  shape.gridCtas = 200;
  llvm::Expected<Residency> residency = getResidency(h100, shape);
  EXPECT_EQ(residency->ctas, 2u);
  EXPECT_EQ(residency->limit, "the grid");
  EXPECT_EQ(residency->sms, 132u);
  shape.gridCtas = 64;
  shape.clusterCtas = 4;
  residency = getResidency(h100, shape);
  EXPECT_EQ(residency->sms, 64u);
  EXPECT_EQ(residency->ctasOfSm, 1u);
}

TEST(Residencies, WhatNoSmCanHold) {
  auto message = [](llvm::StringRef chip, const LaunchShape &shape) {
    llvm::Expected<Residency> residency = getResidency(**findChip(chip), shape);
    return residency ? "" : llvm::toString(residency.takeError());
  };
  LaunchShape shape;
  shape.sharedBytes = 200 * 1024;
  EXPECT_EQ(message("a100", shape),
            "no estimate for a CTA with 204800 bytes of shared memory: "
            "expected at most 166912 (a100)");
  EXPECT_EQ(message("h100", shape), "");
  shape.clusterCtas = shape.gridCtas = 2;
  shape.sharedBytes = 0;
  EXPECT_EQ(message("a100", shape),
            "no estimate for a cluster of 2 CTAs: expected at most 1 (a100)");
  shape.ctaThreads = 1024;
  shape.registers = 128;
  EXPECT_EQ(message("h100", shape),
            "no estimate for a CTA of 1024 threads with 128 registers each: "
            "an SM cannot hold it (h100)");
}

using Estimates = Lab;

TEST_F(Estimates, WavesFollowEachOther) {
  uint32_t fma = math(Math::Fp32);
  for (size_t cta : {0, 1})
    for (int i = 0; i < 900; ++i)
      run(cta, 0, fma);
  Estimate estimate = guess(1, 10);
  EXPECT_EQ(estimate.waveCycles, 900u);
  EXPECT_DOUBLE_EQ(estimate.ctaCycles, 1000); // with the launch between
  EXPECT_EQ(estimate.cycles, 900u + 9 * 1000);
  EXPECT_DOUBLE_EQ(estimate.microseconds, 9.9);
  EXPECT_EQ(estimate.replayedCtas, 2u);
}

TEST_F(Estimates, ATraceThatWasCutSaysSo) {
  uint32_t fma = math(Math::Fp32);
  for (int warp : {0, 1})
    for (int i = 0; i < 1000; ++i)
      run(0, warp, fma);
  for (WarpTrace &warp : trace.ctas[0].warps)
    warp.executed = 4000;
  Estimate estimate = guess();
  EXPECT_NEAR(double(estimate.cycles), 4000, 10);
  bool isSaid = false;
  for (const std::string &note : estimate.notes)
    isSaid |= llvm::StringRef(note).starts_with("the trace was too long: the "
                                                "first 25.0 %");
  EXPECT_TRUE(isSaid);
}

TEST_F(Estimates, TheTimelineIsInOrder) {
  uint32_t load = make(Role::Access, {0}, {0}), fma = math(Math::Fp32);
  for (int i = 0; i < 5; ++i) {
    run(0, 0, load, {global(0, 0, i * 100, 1)});
    run(0, 0, fma);
    run(0, 1, fma);
  }
  Estimate estimate = makeEstimate(chip, trace, getResidency(1, 0), true);
  unsigned stalls = 0;
  for (const TimelineRow &row : estimate.replay.timeline.rows) {
    uint64_t last = 0;
    for (const Span &span : row.spans) {
      EXPECT_GE(span.begin, last);
      EXPECT_GT(span.end, span.begin);
      last = span.end;
      stalls += span.stall == uint8_t(Stall::GlobalLoad);
    }
  }
  EXPECT_EQ(stalls, 4u);
}

} // namespace
