//===- Replayer.h - warps and SMs while they are replayed -------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAYER_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAYER_H

#include "lib/Simulator/Estimate/MemoryPath.h"
#include "lib/Simulator/Estimate/Replay.h"
#include "lib/Simulator/Estimate/Waits.h"
#include <map>
#include <queue>

namespace sluice::sim::estimate {

inline constexpr uint64_t kNever = ~uint64_t(0);

/// Asynchronous operations in groups; a group ends with those before it.
class Groups {
public:
  void add(double time) { open = std::max(open, time); }
  void commit() {
    double before = ends.empty() ? 0 : ends.back();
    ends.push_back(std::max(open, before));
    open = 0;
  }
  /// When all but the latest `pending` groups are done; all that was added if
  /// it is negative.
  double getEnd(int32_t pending) const {
    if (pending < 0)
      return std::max(open, ends.empty() ? 0 : ends.back());
    auto left = static_cast<size_t>(pending);
    return ends.size() > left ? ends[ends.size() - 1 - left] : 0;
  }

private:
  double open = 0;
  std::vector<double> ends;
};

struct CtaState;

struct WarpState {
  const WarpTrace *trace = nullptr;
  CtaState *cta = nullptr;
  uint32_t number = 0;
  size_t next = 0;
  /// Of a step of several instructions: those that are issued.
  unsigned repeated = 0;
  /// Since when it could have issued had nothing held it up; when its operands
  /// are there (kNever: nobody knows), and what it waits for.
  uint64_t since = 0, ready = 0, lastIssue = 0;
  Stall reason = Stall::Math;
  bool isDone = false;
  /// By register.
  std::vector<uint64_t> registerTimes;
  std::vector<Stall> registerStalls;
  Groups copies, bulkReads, bulkWrites, products;
  /// Phases of the barriers at which it has arrived.
  uint64_t phases[kClusterBarrier + 1] = {};
  /// Of the timeline; of the choices.
  size_t row = 0, place = 0;

  llvm::ArrayRef<Fact> getFacts() const {
    size_t begin = trace->events[next].facts;
    size_t end = next + 1 < trace->events.size() ? trace->events[next + 1].facts
                                                 : trace->facts.size();
    return llvm::ArrayRef(trace->facts).slice(begin, end - begin);
  }
  llvm::ArrayRef<uint32_t> getSectors(const Fact &fact) const {
    return llvm::ArrayRef(trace->sectors).slice(fact.a, fact.b);
  }
};

struct ClusterState;

struct CtaState {
  const CtaTrace *trace = nullptr;
  ClusterState *cluster = nullptr;
  unsigned rank = 0;
  size_t liveWarps = 0;
  CountedBarrier barriers[kClusterBarrier];
  std::map<uint32_t, PhasedBarrier> mbarriers;
  MemoryPath::Client client;
};

struct ClusterState {
  std::vector<std::unique_ptr<CtaState>> ctas;
  CountedBarrier barrier;
  size_t liveWarps = 0;
};

struct SmState {
  SmState(const Chip &chip, const Trace &trace, const Residency &residency)
      : subCores(size_t(chip.subCores)), warps(subCores.size()),
        memory(chip, trace, residency) {}

  std::vector<SubCore> subCores;
  /// By partition, those that have not ended.
  std::vector<std::vector<uint32_t>> warps;
  MemoryPath memory;
  /// Partition of the next warp.
  size_t nextPlace = 0;
};

/// Bytes of a bulk copy, or cp.async of a warp, that an mbarrier learns of.
struct Completion {
  uint64_t time;
  CtaState *cta;
  uint32_t mbarrier, arrivals, bytes;
  bool operator<(const Completion &other) const { return time > other.time; }
};

class Replayer {
public:
  Replayer(const Chip &chip, const Trace &trace, const Residency &residency,
           bool keepsTimeline);
  ReplayResult run();

private:
  struct Choice {
    uint64_t time = kNever;
    WarpState *warp = nullptr;
  };

  void startCluster(uint64_t time);
  void endWarp(WarpState &warp, uint64_t time);
  void prepare(WarpState &warp, uint64_t time);
  bool isHeldUp(WarpState &warp, const Step &step, uint64_t &until);
  Choice choose(SmState &sm, size_t place);
  uint64_t getRoomTime(SmState &sm, SubCore &subCore, const WarpState &warp);
  void issue(SmState &sm, SubCore &subCore, WarpState &warp, uint64_t time);
  void account(SmState &sm, SubCore &subCore, const WarpState &warp,
               uint32_t number, uint64_t time);
  double executeNoted(SmState &sm, SubCore &subCore, WarpState &warp,
                      uint32_t number, uint64_t time, Stall &stall);
  double execute(SmState &sm, SubCore &subCore, WarpState &warp,
                 const Step &step, uint64_t time, Stall &stall);
  double executeFact(SmState &sm, WarpState &warp, const Step &step,
                     const Fact &fact, uint64_t time, Stall &stall);
  void synchronise(WarpState &warp, const Fact &fact, uint64_t time);
  void complete(const Completion &completion);
  void wake(Waiters &waiters, uint64_t time);
  bool breakWaits(uint64_t time);
  CtaState *findOwner(CtaState &cta, uint32_t mbarrier);
  void summarise();

  const Chip &chip;
  const Trace &trace;
  size_t clusterCtas, nextCta = 0;
  /// Of the timeline: tensor cores by partition, then shared memory
  /// with the L1, then the TMA unit.
  std::vector<size_t> rows;
  bool keepsTimeline;
  std::vector<SmState> sms;
  std::vector<std::unique_ptr<ClusterState>> clusters;
  std::vector<std::unique_ptr<WarpState>> warps;
  /// By SM and partition. One that is not stale is right or too early: what
  /// other partitions issue can only make the units busier.
  std::vector<Choice> choices;
  std::vector<bool> isStale;
  std::priority_queue<Completion> completions;
  uint64_t now = 0, lastEnd = 0;
  ReplayResult result;
};

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAYER_H
