//===- Waits.h - barriers in replayed time ----------------------*- C++ -*-===//
//
// Who comes when is the replay's: arrivals are counted anew, and a wait ends
// when the last of them has come, whatever the order was when it was recorded.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_WAITS_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_WAITS_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace sluice::sim::estimate {

/// Warps, by number.
using Waiters = llvm::SmallVector<uint32_t, 8>;

/// bar.sync and its like, and a cluster's barrier.
struct CountedBarrier {
  uint64_t arrived = 0, phase = 0;
  /// Of the open phase: threads that it waits for, 0 for all.
  uint64_t expected = 0;
  /// When the last phase ended.
  uint64_t endedAt = 0;
  Waiters waiters;

  /// Returns true if that ends the phase; `all`: threads that are there.
  bool arrive(uint64_t threads, uint64_t asked, uint64_t all, uint64_t time);
  /// Checks again after warps have ended; returns true as above.
  bool checkAll(uint64_t all, uint64_t time);
};

/// mbarrier.
struct PhasedBarrier {
  int64_t pending = 0, expected = 0, bytes = 0;
  bool parity = false, isLive = false;
  uint64_t endedAt = 0;
  Waiters waiters;

  void init(uint32_t count);
  /// The open phase waits for so many arrivals more.
  void hold(uint32_t count) { pending += count; }
  /// A phase ends when neither arrivals nor bytes are missing: true then.
  bool arrive(uint32_t count, uint32_t moreBytes, bool isDrop, uint64_t time);
  bool complete(uint32_t byteCount, uint64_t time);
  /// The phase of this parity has ended. What was never initialised where the
  /// replay can see it holds nobody up.
  bool hasEnded(bool waited) const { return !isLive || parity != waited; }

private:
  bool check(uint64_t time);
};

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_WAITS_H
