//===- Cluster.h - CTAs that begin and end together -------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_CLUSTER_H
#define SLUICE_LIB_SIMULATOR_MACHINE_CLUSTER_H

#include "lib/Simulator/Machine/Cta.h"

namespace sluice::sim {

class Worker;

/// barrier.cluster of one cluster.
struct ClusterBarrier {
  uint64_t arrived = 0, phase = 0;
  BarrierClock clock;
  BarrierClock::Result lastClock;
  /// What relaxed arrivals release.
  Knowledge fenced, lastFenced;
};

/// A CTA of a grid without clusters is one by itself.
class Cluster {
public:
  /// CTAs from this number on.
  Cluster(Worker &worker, uint64_t first);

  Worker &getWorker() { return *worker; }
  llvm::ArrayRef<std::unique_ptr<Cta>> getCtas() const { return ctas; }
  /// The CTA of that rank, null if there is none.
  Cta *getCta(unsigned rank) const {
    return rank < ctas.size() ? ctas[rank].get() : nullptr;
  }
  bool isDone() const;
  /// Checks the barrier after lanes have come to it, or exited.
  void checkBarrier();

  ClusterBarrier barrier;

private:
  Worker *worker;
  std::vector<std::unique_ptr<Cta>> ctas;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_CLUSTER_H
