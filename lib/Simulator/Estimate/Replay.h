//===- Replay.h - a trace in the time of a chip -----------------*- C++ -*-===//
//
// The resident CTAs of one SM (of a cluster's SMs) issue their instructions
// again: each partition one a cycle, a warp's in order, each when its operands
// are there and its unit has room. Asynchronous work goes on beside; barriers
// are met anew. When a CTA ends, the next takes its place.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAY_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAY_H

#include "lib/Simulator/Estimate/Residency.h"
#include "lib/Simulator/Estimate/Timeline.h"

namespace sluice::sim::estimate {

/// Warp cycles that a step was issued and waited for.
struct StepTimes {
  uint64_t issued = 0;
  std::array<uint64_t, kNumStalls> stalls = {};
};

struct ReplayResult {
  /// Until all is done and the last store has left.
  uint64_t cycles = 0;
  /// The trace was cut short, and so the replay: instructions that it has got
  /// to, and those of its CTAs.
  bool isPartial = false;
  uint64_t replayed = 0, executed = 0;
  /// Of the first SM's CTAs, in order.
  std::vector<uint64_t> ctaEnds;
  /// Of the first SM, from 0 to 1.
  std::array<double, kNumResources> use = {};
  std::array<uint64_t, kNumStalls> stalls = {};
  /// Of the trace's steps.
  std::vector<StepTimes> steps;
  /// Warp instructions that took a slot.
  uint64_t issued = 0;
  /// Waits that nothing in the trace would have ended.
  uint64_t brokenWaits = 0;
  Timeline timeline;
};

/// `keepsTimeline`: of the first SM.
ReplayResult replay(const Chip &chip, const Trace &trace,
                    const Residency &residency, bool keepsTimeline);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAY_H
