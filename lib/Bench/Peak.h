//===- Peak.h - What the machine can do -------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_BENCH_PEAK_H
#define SLUICE_LIB_BENCH_PEAK_H

#include "lib/Bench/Measure.h"
#include "lib/Runtime/CPU/WorkerPool.h"

namespace sluice::bench {

/// float32 multiply-adds on registers, by every thread of a pool: no kernel of
/// as many lanes does more. A contestant among others, so that it meets the
/// machine in the state that they meet it in.
class Peak {
public:
  /// `lanes` are 16, 8 or 4, and no more than this processor's.
  Peak(unsigned lanes, runtime::WorkerPool &pool);

  /// The floating-point operations of one repetition.
  double getFlop() const;
  /// This object must outlive it.
  Contestant get();

private:
  unsigned lanes;
  runtime::WorkerPool &pool;
  void (*loop)(float *values);
};

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_PEAK_H
