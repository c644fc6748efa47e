//===- Measure.h - Paired rounds --------------------------------*- C++ -*-===//
//
// A machine that others use is slow for a while, and then fast again. So the
// contestants take turns: in every round each runs once, ratios are formed
// within a round, and what is reported is the median of those.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_BENCH_MEASURE_H
#define SLUICE_LIB_BENCH_MEASURE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstdint>
#include <functional>
#include <vector>

namespace sluice::bench {

/// Seconds of one repetition.
struct Sample {
  double wall = 0;
  /// Processor time of the process, divided by its threads: what the wall time
  /// would be if nobody else used the machine.
  double cpu = 0;
};
using Samples = std::vector<Sample>;

struct Contestant {
  /// Runs before every turn, not timed.
  std::function<void()> prepare;
  std::function<void(int64_t repetitions)> run;
};

struct MeasureOptions {
  unsigned rounds = 15;
  /// Each turn repeats its work for at least this long.
  double minSeconds = 0.02;
  unsigned threads = 1;
};

/// The samples of each contestant, one a round. Before them, each contestant
/// counts the repetitions it needs, and one round is run and dropped.
std::vector<Samples>
measure(llvm::ArrayRef<Contestant> contestants, const MeasureOptions &options,
        llvm::function_ref<void(double fraction)> progress);

struct Quartiles {
  double q1 = 0, median = 0, q3 = 0;
};

/// The quartiles of at least one number, interpolated between neighbours.
Quartiles getQuartiles(std::vector<double> numbers);

/// The quartiles of one member of the samples.
Quartiles getQuartiles(const Samples &samples, double Sample::*member);

/// The quartiles of how many times longer the `slow` ones took, round by round.
Quartiles getRatio(const Samples &slow, const Samples &fast,
                   double Sample::*member);

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_MEASURE_H
