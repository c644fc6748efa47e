//===- Lab.h - traces made by hand ------------------------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_ESTIMATE_LAB_H
#define SLUICE_TEST_UNIT_SIMULATOR_ESTIMATE_LAB_H

#include "lib/Simulator/Estimate/Estimate.h"
#include "lib/Simulator/Estimate/Replayer.h"
#include <gtest/gtest.h>

namespace sluice::sim::estimate {

/// A trace and a chip whose numbers are easy to reckon with.
class Lab : public ::testing::Test {
protected:
  Lab() {
    chip = **findChip("h100");
    chip.name = "lab";
    chip.sms = 1;
    chip.gigahertz = 1;
    chip.fp32 = 128;   // a warp and partition each cycle
    chip.integer = 64; // every second cycle
    chip.mathLatency = chip.otherPipeLatency = chip.guardLatency = 4;
    chip.sharedLatency = 30;
    chip.l1Latency = 40;
    chip.l2Latency = 200;
    chip.dramLatency = 400;
    chip.barrierLatency = 20;
    chip.bulkLatency = 0;
    chip.bulkIssue = 0;
    chip.branchLatency = 8;
    chip.ctaLatency = 100;
    chip.l2RateOfSm = chip.l2Rate = chip.bulkRate = 64;
    chip.dramBandwidth = 32; // a sector a cycle
    chip.tensorSustained = chip.mmaShare = 1;
    chip.tensorHalf = 4096; // m16n8k16 in 4 cycles
    chip.mmaLatency = 20;
    chip.wgmmaLatency = 16;
    chip.accessQueue = 8;
  }

  /// A step's number.
  uint32_t add(Step step) {
    auto count = [&](llvm::ArrayRef<uint32_t> registers) {
      for (uint32_t number : registers)
        trace.numRegisters = std::max(trace.numRegisters, number + 1);
    };
    count(step.sources);
    count(step.destinations);
    trace.steps.push_back(std::move(step));
    return trace.steps.size() - 1;
  }
  uint32_t math(Math which, std::initializer_list<uint32_t> destinations = {},
                std::initializer_list<uint32_t> sources = {}) {
    Step step;
    step.role = Role::Math;
    step.math = which;
    step.destinations = destinations;
    step.sources = sources;
    return add(step);
  }
  uint32_t make(Role role, std::initializer_list<uint32_t> destinations = {},
                std::initializer_list<uint32_t> sources = {},
                int32_t pending = 0) {
    Step step;
    step.role = role;
    step.destinations = destinations;
    step.sources = sources;
    step.pending = pending;
    step.usesL1 = true;
    return add(step);
  }
  uint32_t product(Role role, uint32_t flop, uint32_t wavefronts = 0) {
    Step step;
    step.role = role;
    step.flop = flop;
    step.sharedWavefronts = wavefronts;
    return add(step);
  }

  /// Appends what a warp of a CTA executes.
  void run(size_t cta, size_t warp, uint32_t step,
           std::initializer_list<Fact> facts = {}) {
    if (trace.ctas.size() <= cta)
      trace.ctas.resize(cta + 1);
    trace.ctas[cta].number = cta;
    std::vector<WarpTrace> &warps = trace.ctas[cta].warps;
    if (warps.size() <= warp)
      warps.resize(warp + 1);
    WarpTrace &own = warps[warp];
    own.events.push_back({step, 0, uint32_t(own.facts.size())});
    own.facts.insert(own.facts.end(), facts);
    ++own.executed;
  }
  /// Sectors [first, first + count) of the warp that goes on with this fact.
  Fact global(size_t cta, size_t warp, uint32_t first, uint32_t count,
              bool isWrite = false) {
    if (trace.ctas.size() <= cta)
      trace.ctas.resize(cta + 1);
    std::vector<WarpTrace> &warps = trace.ctas[cta].warps;
    if (warps.size() <= warp)
      warps.resize(warp + 1);
    WarpTrace &own = warps[warp];
    Fact fact{Fact::Kind::Global};
    fact.isWrite = isWrite;
    fact.a = own.sectors.size();
    fact.b = count;
    for (uint32_t i = 0; i < count; ++i) {
      own.sectors.push_back(first + i);
      trace.sectors.note(first + i, cta, isWrite);
    }
    return fact;
  }
  static Fact fact(Fact::Kind kind, uint32_t a, uint32_t b = 0, uint32_t c = 0,
                   uint32_t d = 0) {
    Fact fact{kind};
    fact.a = a, fact.b = b, fact.c = c, fact.d = d;
    return fact;
  }

  /// `resident` CTAs at once, of `all` that the SM gets; 0: those of the trace.
  ReplayResult play(unsigned resident = 1, uint64_t all = 0) {
    return replay(chip, trace, getResidency(resident, all), false);
  }
  Estimate guess(unsigned resident = 1, uint64_t all = 0) {
    return makeEstimate(chip, trace, getResidency(resident, all), false);
  }
  Residency getResidency(unsigned resident, uint64_t all) const {
    Residency residency;
    residency.ctas = resident;
    residency.limit = "the grid";
    residency.sms = trace.clusterCtas;
    residency.ctasOfSm = all ? all : trace.ctas.size() / trace.clusterCtas;
    return residency;
  }
  static double use(const ReplayResult &result, Resource resource) {
    return result.use[size_t(resource)];
  }
  static uint64_t stall(const ReplayResult &result, Stall stall) {
    return result.stalls[size_t(stall)];
  }

  Chip chip;
  Trace trace;
};

} // namespace sluice::sim::estimate

#endif // SLUICE_TEST_UNIT_SIMULATOR_ESTIMATE_LAB_H
