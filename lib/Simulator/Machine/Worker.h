//===- Worker.h - a host thread and the clusters that it runs ---*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_WORKER_H
#define SLUICE_LIB_SIMULATOR_MACHINE_WORKER_H

#include "lib/Simulator/Machine/Cluster.h"
#include "lib/Simulator/Machine/Grid.h"
#include "lib/Simulator/Machine/Pages.h"
#include <random>

namespace sluice::sim {

/// Its warps take turns, in an order that the seed draws. A cluster stays with
/// the worker that has begun it.
class Worker {
public:
  Worker(Grid &grid, unsigned index);

  /// Runs until no cluster is left, or the grid stops.
  void run();

  Grid &getGrid() { return grid; }
  /// The counts of its clusters; classes are summed up at the end.
  Counts &getCounts() { return counts; }
  /// The counts of a code's operations, by index.
  OperationCounts *getCounts(const Code &code);
  /// Thread instructions of the grid so far, as far as others have told.
  uint64_t getThreadInstructions() const {
    return othersExecuted + threadInstructions;
  }
  void noteExecuted(unsigned lanes) { threadInstructions += lanes; }
  /// Something has changed that others may wait for.
  void noteProgress() { ++progress; }
  uint64_t getProgress() const { return progress; }
  /// The number of an instruction's access.
  SiteId getSite(const AccessSite &site);

  /// An asynchronous operation's work: done now, or later, when the seed says
  /// so or nothing else can go on.
  void defer(std::function<void()> work);
  uint64_t draw() { return random(); }

  /// Says whether other workers access global memory at the same time. If so,
  /// what an instruction accesses there is wanted, and then held, to the next
  /// hold() or to its end.
  bool isOneOfMany() const { return grid.getNumWorkers() > 1; }
  /// Other spaces are nobody else's.
  void want(uint64_t address, uint64_t bytes) {
    if (isOneOfMany() && address >= kArenaBase)
      pages.want(address, bytes);
  }
  void hold();
  /// Other workers see what has changed.
  void release() {
    if (pages.isHeld())
      letGo();
  }

  /// Of its warps, which it outlives.
  FramePool frames;
  /// For checks: of CTAs that have ended, for the next ones. All is forgotten.
  llvm::SmallVector<std::unique_ptr<Shadow>, 0> idleShadows;

  // For the grid, while the worker rests or has ended.
  /// Other workers have changed memory since its last round began.
  bool hasNews() const { return grid.getChanges(*this) != seenChanges; }
  /// How often it has changed global memory.
  uint64_t getChanges() const {
    return changes.load(std::memory_order_acquire);
  }
  /// Waits with a time limit end; false if there are none.
  bool timeOut();
  void reportDeadlock();
  llvm::ArrayRef<OperationCounts> getCounts(size_t code) const {
    return operationCounts[code];
  }

private:
  void lookAround();
  bool beginCluster();
  void endClusters();
  /// Finishes a piece of deferred work; returns false if there is none.
  bool finishDeferred(size_t i = 0);
  void letGo();

  Grid &grid;
  std::mt19937_64 random;
  std::vector<std::unique_ptr<Cluster>> clusters;
  std::vector<std::function<void()>> deferred;
  Counts counts;
  /// By the place of its code in the program.
  std::vector<std::vector<OperationCounts>> operationCounts;
  llvm::DenseMap<std::pair<const ptx::Instruction *, unsigned>, SiteId>
      siteNumbers;
  uint64_t threadInstructions = 0, toldExecuted = 0, othersExecuted = 0;
  uint64_t progress = 0;
  /// The others' changes that it knows of, and its progress when it began to
  /// hold pages.
  uint64_t seenChanges = 0, heldAt = 0;
  HeldPages pages;
  alignas(64) std::atomic<uint64_t> changes{0};
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_WORKER_H
