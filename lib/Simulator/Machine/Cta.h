//===- Cta.h - warps that share memory --------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_CTA_H
#define SLUICE_LIB_SIMULATOR_MACHINE_CTA_H

#include "lib/Simulator/Check/MbarrierTable.h"
#include "lib/Simulator/Check/Shadow.h"
#include "lib/Simulator/Machine/Device.h"
#include "lib/Simulator/Machine/Memory.h"
#include "lib/Simulator/Machine/TensorMapViews.h"
#include "lib/Simulator/Machine/Warp.h"
#include "lib/Simulator/Machine/Warpgroup.h"

namespace sluice::sim {

class Cluster;
class Grid;
class Worker;

/// One of a CTA's sixteen barriers (bar, barrier.cta).
struct NamedBarrier {
  /// Of each warp the lanes that have come once, twice, and so on: arrivals are
  /// counted, and a warp may make several (bar.arrive, later bar.sync).
  std::vector<llvm::SmallVector<Mask, 2>> arrived;
  /// Threads that the barrier was asked to wait for; 0: all of the CTA.
  unsigned expected = 0;
  bool isOpen = false;
  /// Counts completions: a waiter goes on when it has moved.
  uint64_t phase = 0;
  /// Of barrier.red: threads whose predicate held, now and in the last phase.
  unsigned trueCount = 0, lastTrueCount = 0, lastCount = 0;
  /// What those who come know, and what those who wait learn.
  BarrierClock clock;
  BarrierClock::Result lastClock;
};

class Cta {
public:
  Cta(Cluster &cluster, uint64_t number);
  ~Cta();

  Grid &getGrid() { return *grid; }
  /// The host thread that runs it.
  Worker &getWorker() { return *worker; }
  Cluster &getCluster() { return *cluster; }
  /// Grid::getPlace says where it is.
  uint64_t getNumber() const { return number; }
  const uint32_t (&getIndex() const)[3] { return place; }
  unsigned getClusterRank() const { return clusterRank; }
  std::vector<std::unique_ptr<Warp>> &getWarps() { return warps; }
  bool isDone() const;
  bool hasRunnable() const;

  /// Offsets begin at kSharedStart.
  Region shared;
  NamedBarrier barriers[16];
  /// For checks, of `shared`; null without.
  std::unique_ptr<Shadow> shadow;
  std::unique_ptr<SyncTable> sync;
  /// And which of its bytes are mbarriers.
  MbarrierTable mbarriers;

  /// For checks: what its tensor copies may see.
  TensorMapViews tensorMaps;

  /// For checks: what its threads that have exited knew and did.
  Knowledge ended;
  /// Notes for checks that an asynchronous operation or another CTA uses
  /// [offset, offset + bytes) of `shared`, which ends with this CTA.
  void noteUse(uint64_t offset, uint64_t bytes) {
    usedBegin = std::min(usedBegin, offset);
    usedEnd = std::max(usedEnd, offset + bytes);
  }
  /// What encloses all that was noted.
  std::pair<uint64_t, uint64_t> getUsed() const { return {usedBegin, usedEnd}; }
  bool isUsed() const { return usedBegin < usedEnd; }
  /// That of the warp, for wgmma.
  Warpgroup &getWarpgroup(const Warp &warp);
  /// The warp waits for a wgmma-group that others have still to issue.
  bool isWaitingForProducts(const Warp &warp) const;

  /// `lanes` of a warp come to a barrier, to wait there or to go on.
  void arrive(NamedBarrier &barrier, Warp &warp, Mask lanes, unsigned expected,
              bool waits);
  /// Completes barriers that have all they wait for after lanes have exited.
  void checkBarriers();
  /// Notes that a warp has exited, for which others may wait in vain.
  void noteExit(const Warp &warp);
  /// Blocked paths look again.
  void wakeAll();

private:
  void completeIfFull(NamedBarrier &barrier);

  Grid *grid;
  Worker *worker;
  Cluster *cluster;
  uint64_t number;
  uint32_t place[3];
  unsigned clusterRank = 0;
  std::vector<std::unique_ptr<Warp>> warps;
  uint64_t usedBegin = ~uint64_t(0), usedEnd = 0;
  /// By number, those that have come to a wgmma.
  std::map<unsigned, Warpgroup> warpgroups;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_CTA_H
