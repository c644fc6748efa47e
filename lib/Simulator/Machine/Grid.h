//===- Grid.h - a launch ----------------------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_GRID_H
#define SLUICE_LIB_SIMULATOR_MACHINE_GRID_H

#include "lib/Simulator/Check/Shadow.h"
#include "lib/Simulator/Machine/Device.h"
#include "lib/Simulator/Machine/Memory.h"
#include "lib/Simulator/Machine/Pages.h"
#include "lib/Simulator/Machine/Program.h"
#include "lib/Simulator/Machine/TensorMapViews.h"
#include <atomic>
#include <condition_variable>
#include <optional>

namespace sluice::sim {

class Recorder;
class Worker;

/// What all clusters of a launch share. They are spread over host threads,
/// workers, and all make progress.
class Grid {
public:
  /// What %nsmid says.
  static constexpr unsigned kSms = 132;

  Grid(Arena &arena, const Program &program, const LaunchOptions &options,
       uint64_t parameters);
  ~Grid();

  /// Runs to the end, or to the first thing that makes going on pointless.
  LaunchResult run();

  Arena &getArena() { return arena; }
  const Program &getProgram() const { return program; }
  const LaunchOptions &getOptions() const { return options; }
  Report &getReport() { return report; }
  /// The address of the entry's parameters.
  uint64_t getParameters() const { return parameters; }
  /// Gives the place of the CTA of a number: CTAs of a cluster have consecutive
  /// ones.
  void getPlace(uint64_t number, uint32_t (&place)[3]) const;
  uint64_t getSharedSize() const;
  /// What the program prints, at once.
  void print(llvm::StringRef text);
  /// Ends the grid: a trap, or the limit.
  void stop() { isStopped = true; }
  bool hasStopped() const { return isStopped; }

  /// For the estimate of time; null if nobody asks for one.
  Recorder *recorder = nullptr;
  /// So many CTAs are begun by a worker while none waits for another.
  static constexpr uint64_t kResident = 8;
  void setResident(uint64_t ctas);

  // For checks: of global memory, and of all instructions.
  AccessSites sites;
  Shadow shadow;
  SyncTable sync;
  ChangedTensorMaps changedTensorMaps;

  // For workers.
  unsigned getNumWorkers() const { return numWorkers; }
  /// Clusters that a worker begins while none waits for another.
  unsigned getResidents() const { return residents; }
  /// The first CTA of one that nobody has begun, if there is one.
  std::optional<uint64_t> takeCluster();
  void noteDone(uint64_t clusters);
  /// Counts towards the limit; false once it is exceeded.
  bool noteExecuted(uint64_t threadInstructions);
  /// Adds what a worker has executed; what all have.
  uint64_t tellTime(uint64_t threadInstructions) {
    return time.fetch_add(threadInstructions) + threadInstructions;
  }
  /// How often all workers but this one have changed global memory.
  uint64_t getChanges(const Worker &but) const;
  /// Waits, when nothing of the worker can go on, until something has changed
  /// or nothing of the whole grid can go on. Returns true if it should begin a
  /// cluster.
  bool rest(Worker &worker);
  /// A worker has no clusters any more, and finds none.
  void leave();
  PageLocks pageLocks;

private:
  void decide();
  bool endTimedWaits();
  LaunchResult makeResult() const;

  Arena &arena;
  const Program &program;
  const LaunchOptions &options;
  uint64_t parameters;
  Report report;
  unsigned numWorkers, residents;
  std::vector<std::unique_ptr<Worker>> workers;
  std::atomic<bool> isStopped{false};
  /// Apart from what every instruction reads.
  alignas(64) std::atomic<uint64_t> nextCta{0};
  std::atomic<uint64_t> executed{0}, time{0};

  /// Guards what follows, the user's functions, and the workers that rest.
  std::mutex mutex;
  std::condition_variable wakeUp;
  uint64_t doneCtas = 0, timedOutAt = ~uint64_t(0);
  std::vector<Worker *> resting;
  unsigned numAwake = 0;
  /// What those who are woken shall do.
  bool beginsClusters = false;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_GRID_H
