//===- Estimate.h - how long a launch would take ----------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_ESTIMATE_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_ESTIMATE_H

#include "lib/Simulator/Estimate/Replay.h"
#include <optional>

namespace sluice::sim::estimate {

struct Estimate {
  Chip chip;
  Residency residency;
  /// Registers of a thread; 0: not known, taken not to limit residency.
  unsigned registers = 0;

  /// Of the kernel, from the first CTA's start to the last one's end, and the
  /// cycles of the busiest SM that this is.
  double microseconds = 0;
  uint64_t cycles = 0;
  /// Of the first wave of CTAs, and per CTA from then on.
  uint64_t waveCycles = 0;
  double ctaCycles = 0;

  /// What there is least of; none if nothing is used up and warps wait most for
  /// `stall`.
  std::optional<Resource> binding;
  Stall stall = Stall::Math;
  /// "tensor cores", "latency: global load".
  std::string getBinding() const;

  /// Bytes that device memory must give and take, at the least.
  uint64_t deviceBytes = 0;
  /// Bytes of all sectors that instructions touch, each time that one does:
  /// what caches and device memory give and take together.
  uint64_t sectorBytes = 0;
  /// What they take of the chip's bandwidth.
  double deviceMicroseconds = 0;

  /// CTAs of the busiest SM that were replayed.
  uint64_t replayedCtas = 0;
  ReplayResult replay;
  /// What the reader must know to trust it: in lower case, without full stops.
  std::vector<std::string> notes;
  /// Of the text, by step; null for what is not in it.
  std::vector<const ptx::Instruction *> instructions;
};

/// CTAs of one SM whose trace tells what the others would: two waves.
uint64_t getSampleSize(const Residency &residency);

Estimate makeEstimate(const Chip &chip, const Trace &trace,
                      const Residency &residency, bool keepsTimeline);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_ESTIMATE_H
