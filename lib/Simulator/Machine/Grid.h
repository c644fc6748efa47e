//===- Grid.h - a launch ----------------------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_GRID_H
#define SLUICE_LIB_SIMULATOR_MACHINE_GRID_H

#include "lib/Simulator/Check/Shadow.h"
#include "lib/Simulator/Machine/Cta.h"
#include <deque>
#include <random>

namespace sluice::sim {

/// barrier.cluster of one cluster.
struct ClusterBarrier {
  uint64_t arrived = 0, phase = 0;
  BarrierClock clock;
  BarrierClock::Result lastClock;
  /// What relaxed arrivals release.
  Knowledge fenced, lastFenced;
};

/// All CTAs of a launch make progress: they take turns, in an order that the
/// seed draws.
class Grid {
public:
  /// What %nsmid says.
  static constexpr unsigned kSms = 132;

  Grid(Arena &arena, const Program &program, const LaunchOptions &options,
       uint64_t parameters);

  /// To the end, or to the first thing that makes going on pointless.
  LaunchResult run();

  Arena &getArena() { return arena; }
  const Program &getProgram() const { return program; }
  const LaunchOptions &getOptions() const { return options; }
  Report &getReport() { return report; }
  /// Classes are summed up at the end.
  Counts &getCounts() { return counts; }
  /// Of a code's operations, by index.
  OperationCounts *getCounts(const Code &code) {
    return operationCounts.find(&code)->second.data();
  }
  /// So far.
  uint64_t getThreadInstructions() const { return threadInstructions; }
  void noteExecuted(unsigned lanes) { threadInstructions += lanes; }
  /// The address of the entry's parameters.
  uint64_t getParameters() const { return parameters; }
  /// Where the CTA of a number is: CTAs of a cluster have consecutive ones.
  void getPlace(uint64_t number, uint32_t (&place)[3]) const;
  /// CTA of the same cluster; null if there is none of that rank.
  Cta *getClusterCta(const Cta &cta, unsigned rank);
  uint64_t getSharedSize() const;
  /// Something has changed that others may wait for.
  void noteProgress() { ++progress; }
  uint64_t getProgress() const { return progress; }
  /// Ends the grid: a trap, or the limit.
  void stop() { isStopped = true; }
  bool hasStopped() const { return isStopped; }

  /// An asynchronous operation's work: done now, or later, when the seed says
  /// so or nothing else can go on.
  void defer(std::function<void()> work);
  uint64_t draw() { return random(); }
  ClusterBarrier &getClusterBarrier(const Cta &cta);
  /// After lanes have come or exited.
  void checkClusterBarrier(Cta &cta);

  // For checks: of global memory, and of all instructions.
  AccessSites sites;
  Shadow shadow;
  SyncTable sync;
  /// The number of an instruction's access.
  SiteId getSite(const AccessSite &site);

private:
  void startCtas();
  /// Per instruction, and per class of them.
  void sumCounts(LaunchResult &result) const;
  void reportDeadlock();
  /// False if there is none.
  bool finishDeferred(size_t i = 0);

  Arena &arena;
  const Program &program;
  const LaunchOptions &options;
  uint64_t parameters;
  Report report;
  Counts counts;
  llvm::DenseMap<const Code *, std::vector<OperationCounts>> operationCounts;
  uint64_t threadInstructions = 0;
  uint64_t progress = 0, timedOutAt = ~uint64_t(0), nextCta = 0, doneCtas = 0;
  bool isStopped = false;
  std::deque<std::unique_ptr<Cta>> resident;
  std::mt19937_64 random;
  std::vector<std::function<void()>> deferred;
  std::map<uint64_t, ClusterBarrier> clusterBarriers;
  llvm::DenseMap<std::pair<const ptx::Instruction *, unsigned>, SiteId>
      siteNumbers;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_GRID_H
