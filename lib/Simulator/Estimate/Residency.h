//===- Residency.h - how many CTAs an SM holds ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_RESIDENCY_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_RESIDENCY_H

#include "lib/Simulator/Estimate/Chip.h"

namespace sluice::sim::estimate {

/// What of a launch decides it.
struct LaunchShape {
  uint64_t gridCtas = 1, clusterCtas = 1, ctaThreads = 32;
  /// Of a CTA, static and dynamic.
  uint64_t sharedBytes = 0;
  /// Of a thread, as ptxas prints them; 0: not known, taken not to limit.
  unsigned registers = 0;
};

struct Residency {
  /// CTAs that fit on an SM at once, and what allows no more: "threads",
  /// "registers", "shared memory", "CTAs", or "the grid".
  unsigned ctas = 0;
  llvm::StringRef limit;
  /// SMs that have work. A cluster takes as many SMs as it has CTAs.
  uint64_t sms = 0;
  /// CTAs that the busiest SM gets, one after another.
  uint64_t ctasOfSm = 0;
};

/// Errors: a CTA that no SM of the chip can hold, a cluster that is too large.
llvm::Expected<Residency> getResidency(const Chip &chip,
                                       const LaunchShape &shape);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_RESIDENCY_H
