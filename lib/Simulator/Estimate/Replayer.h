//===- Replayer.h - warps and SMs while they are replayed -------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAYER_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAYER_H

#include "lib/Simulator/Estimate/MemoryPath.h"
#include "lib/Simulator/Estimate/Replay.h"
#include "lib/Simulator/Estimate/Waits.h"
#include <map>
#include <optional>
#include <queue>

namespace sluice::sim::estimate {

inline constexpr uint64_t kNever = ~uint64_t(0);

/// Asynchronous operations in groups; a group ends with those before it.
class Groups {
public:
  /// An operation of the open group, whose number is returned; and when it
  /// ends, as soon as that is known.
  size_t begin() {
    ++groups.back().running;
    return groups.size() - 1;
  }
  void finish(size_t group, double time) {
    --groups[group].running;
    groups[group].end = std::max(groups[group].end, time);
  }
  void add(double time) { finish(begin(), time); }
  void commit() { groups.emplace_back(); }
  size_t getCommitted() const { return groups.size() - 1; }
  /// The time at which all but the latest `pending` groups are done; all that
  /// was begun if it is negative. None if nobody knows yet.
  std::optional<double> getEnd(int32_t pending);

private:
  struct Group {
    double end = 0;
    size_t running = 0;
  };
  /// The last one is open; the first `settled` have ended, each with the ends
  /// before it.
  std::vector<Group> groups{1};
  size_t settled = 0;
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
  /// For asynchronous work that has not begun.
  bool waitsForUnits = false;
  /// It issues nothing before its products have ended.
  bool awaitsProducts = false;
  /// By register.
  std::vector<uint64_t> registerTimes;
  std::vector<Stall> registerStalls;
  std::vector<Pipe> registerPipes;
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
  /// The number of its first warp.
  uint32_t firstWarp = 0;
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

/// wgmma.mma_async of one warp, before its partition's tensor core begins it.
struct QueuedProduct {
  WarpState *warp;
  uint32_t step;
  size_t group;
};

/// A bulk copy that the TMA unit has not done with.
struct QueuedTransfer {
  WarpState *warp;
  const Fact *fact;
  uint32_t step;
  /// Of bulkReads and bulkWrites, if no mbarrier is told.
  size_t readGroup = 0, writeGroup = 0;
  /// What the TMA unit has asked for so far, and when that is done.
  bool hasBegun = false;
  uint32_t sectors = 0;
  double bytes = 0;
  MemoryPath::Moved moved = {};
};

struct SmState {
  SmState(const Chip &chip, const Trace &trace, const Residency &residency)
      : subCores(size_t(chip.subCores)), warps(subCores.size()),
        memory(chip, trace, residency), products(subCores.size()) {}

  std::vector<SubCore> subCores;
  /// By partition, those that have not ended.
  std::vector<std::vector<uint32_t>> warps;
  MemoryPath memory;
  /// By partition; in order. While there are any, a turn of the unit is due.
  std::vector<std::deque<QueuedProduct>> products;
  std::deque<QueuedTransfer> transfers;
  /// When the last one was done.
  double lastTransfer = 0;
  /// Partition of the next warp.
  size_t nextPlace = 0;
};

/// Bytes of a bulk copy, or cp.async of a warp, that an mbarrier learns of.
struct Completion {
  CtaState *cta;
  uint32_t mbarrier, arrivals, bytes;
};

/// What happens at its time, whatever warps do: a completion; the TMA unit of
/// an SM, or the tensor core of a partition, goes on with what is queued.
struct Due {
  enum class Kind : uint8_t { Completion, Transfer, Product };
  double time;
  Kind kind;
  /// Of a turn.
  uint32_t sm = 0, place = 0;
  Completion completion = {};
  bool operator<(const Due &other) const { return time > other.time; }
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
  /// The four warps that multiply together, or those that there are.
  llvm::ArrayRef<std::unique_ptr<WarpState>>
  getWarpgroup(const WarpState &warp) const;
  Choice choose(SmState &sm, size_t place);
  uint64_t getRoomTime(SmState &sm, SubCore &subCore, const WarpState &warp);
  void issue(SmState &sm, SubCore &subCore, WarpState &warp, uint64_t time);
  void account(SmState &sm, SubCore &subCore, const WarpState &warp,
               uint32_t number, uint64_t time);
  double executeNoted(SmState &sm, SubCore &subCore, WarpState &warp,
                      uint32_t number, uint64_t time, Stall &stall);
  double execute(SmState &sm, SubCore &subCore, WarpState &warp,
                 uint32_t number, uint64_t time, Stall &stall);
  double executeFact(SmState &sm, WarpState &warp, uint32_t number,
                     const Fact &fact, uint64_t time, Stall &stall);
  void synchronise(WarpState &warp, const Fact &fact, uint64_t time);
  void complete(const Completion &completion, uint64_t time);
  void queueProduct(SmState &sm, WarpState &warp, uint32_t number,
                    uint64_t time);
  void queueTransfer(SmState &sm, WarpState &warp, uint32_t number,
                     const Fact &fact, uint64_t time);
  void beginProduct(SmState &sm, uint32_t place, double time);
  void moveTransfer(SmState &sm, double time);
  void endTransfer(SmState &sm, const QueuedTransfer &transfer, double time);
  void tell(CtaState &cta, const Fact &fact, double time);
  void happen(const Due &due);
  void wake(Waiters &waiters, uint64_t time);
  /// Wakes a warp that may have waited for asynchronous work.
  void wakeForUnits(WarpState &warp, double time);
  void wakeWarpgroup(const WarpState &warp, double time);
  bool breakWaits(uint64_t time);
  CtaState *findOwner(CtaState &cta, uint32_t mbarrier);
  uint32_t getNumber(const SmState &sm) const {
    return static_cast<uint32_t>(&sm - sms.data());
  }
  /// Notes for the timeline that units work for the step.
  void note(const SmState &sm, size_t row, uint32_t step, double begin,
            double end) {
    if (keepsTimeline && &sm == &sms.front() && end > begin)
      result.timeline.addWork(rows[row], step, begin, end);
  }
  void summarise();

  const Chip &chip;
  const Trace &trace;
  /// By step.
  std::vector<Pipe> pipes;
  /// By step, too: where its block begins in the text.
  std::vector<uint32_t> blockBegins;
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
  std::priority_queue<Due> dues;
  uint64_t now = 0, lastEnd = 0;
  ReplayResult result;
};

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_REPLAYER_H
