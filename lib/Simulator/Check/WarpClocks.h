//===- WarpClocks.h - the lanes of a warp as threads ------------*- C++ -*-===//
//
// Lanes that know the same are one Group, so that a warp that has not parted is
// one object and costs as much as one thread; a lane that acquires alone makes
// two groups, and the next warp-wide synchronisation makes them one again.
//
// Nothing here is safe to use from several host threads at once; what is handed
// out (Knowledge, AsyncOp) is.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_WARPCLOCKS_H
#define SLUICE_LIB_SIMULATOR_CHECK_WARPCLOCKS_H

#include "lib/Simulator/Check/Clocks.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <memory>
#include <optional>
#include <vector>

namespace sluice::sim {

/// The place of a warp. Number CTAs so that those of a cluster are consecutive.
struct WarpPlace {
  uint32_t cta = 0;
  /// In its CTA, below kMostWarps.
  uint32_t warp = 0;
  /// Lanes that exist.
  Mask lanes = ~0u;
  /// Of the whole CTA.
  uint32_t ctaThreads = 32;
  /// CTAs in a cluster.
  uint32_t clusterSize = 1;
};

/// Lanes of a warp that know the same of everybody but themselves.
struct LaneGroup {
  Mask lanes = 0;
  /// That of their next access.
  Clock clock = 1;
  /// Somebody has accessed memory at `clock`. If not, nothing needs telling
  /// apart from it, and a synchronisation need not advance it.
  bool touched = false;
  Knowledge knowledge;
  /// Besides what `knowledge` says of their warp: each lane of `peers` through
  /// `peerClock`, fenced through `peerFenced`. Kept apart so that a warp-wide
  /// synchronisation allocates nothing.
  Mask peers = 0;
  Clock peerClock = 0, peerFenced = 0;
  /// Each lane's own accesses that a fence.proxy.async of its own follows.
  Clock ownFenced = 0;
  /// Each lane's own lane of asynchronous operations that it has waited for.
  struct Waited {
    uint32_t index;
    Clock clock, fenced;
    bool operator==(const Waited &other) const = default;
  };
  llvm::SmallVector<Waited, 0> waited;

  /// The same state: may be one group.
  bool isLike(const LaneGroup &other) const;
};

/// In an index: an operation of a warpgroup, whose lanes stand for warps.
inline constexpr uint32_t kCollective = 1u << 31;

/// An asynchronous operation: a thread of its own in each of `lanes`, at
/// `clock`, which knows what its issuer knew. Copies are cheap.
struct AsyncOp {
  uint32_t cta = 0, clusterSize = 1;
  /// Of the issuer.
  uint32_t warp = 0;
  /// As in CtaClocks: kMostWarps or above.
  uint32_t index = 0;
  /// And all lanes of the issuer's warp.
  Mask lanes = 0, existing = ~0u;
  Clock clock = 0;
  /// Observed without what its issuer knew.
  bool isCollective = false;
  /// One lane's, and so are all others of the index, each known to the next:
  /// the other lanes of the index may be anything.
  bool isAlone = false;
  /// As when it was issued.
  llvm::SmallVector<LaneGroup, 1> groups;
};

class WarpClocks {
public:
  explicit WarpClocks(const WarpPlace &place);

  const WarpPlace &getPlace() const { return place; }
  bool isConverged() const { return groups.size() == 1; }

  /// The lanes have ended.
  void retire(Mask lanes);

  /// bar.warp.sync of `lanes`, and any collective that orders its lanes: what
  /// one did before happens before what the others do after.
  void warpSync(Mask lanes);

  /// fence.proxy.async: what the lanes have seen and done so far through the
  /// generic proxy is ordered before accesses of the async proxy that are
  /// ordered behind the fence.
  void fenceProxyAsync(Mask lanes);

  /// fence.{acq_rel,sc} and what implies them (membar). Earlier relaxed reads
  /// of the lanes acquire now; later relaxed writes release what is known now.
  /// fence.sc adds no order between threads beyond that.
  void fence(Mask lanes, SyncScope scope);

  /// A release: what the lanes know and have done, for others to acquire. Later
  /// accesses of the lanes are not part of it.
  Knowledge publish(Mask lanes);
  /// What the lanes have done, and nothing of what they know.
  ClockMap publishOwn(Mask lanes);
  /// An acquire: joins `published` into what the lanes know, or know if scopes
  /// are assumed.
  void acquire(Mask lanes, const Knowledge &published, bool isAssumed = false);

  /// A point in the lane's program: what it has done is through this clock,
  /// what it will do is above.
  Clock mark(unsigned lane);
  /// What that thread did through `clock` happens before what the lane does
  /// now; `fenced`: and a fence.proxy.async lies between.
  bool isBehind(unsigned lane, uint32_t cta, uint32_t warp, unsigned otherLane,
                Clock clock, bool fenced) const;

  /// An operation that may complete in any order with others (bulk copies on an
  /// mbarrier, st.async, red.async): known once it is observed.
  AsyncOp issue(Mask lanes);
  /// The lanes learn that the operation has completed. `own`: each lane of its
  /// own lane of the operation only, as cp.async.wait_group; otherwise each
  /// learns of the whole operation.
  void observe(Mask lanes, const AsyncOp &operation, bool own);

  /// A relaxed write may release something.
  bool hasFences() const { return !fences.empty(); }
  /// Calls `use` for each fence of the lanes that a relaxed write now releases,
  /// with its scope and what was known.
  void forEachFence(
      Mask lanes,
      llvm::function_ref<void(SyncScope, const Knowledge &)> use) const;
  /// A relaxed read of the lanes saw `published`; a fence of scope `atLeast` or
  /// wider acquires it.
  void defer(Mask lanes, SyncScope atLeast, const Knowledge &published);

  /// The clock of another thread that this lane knows.
  Clock getKnown(unsigned lane, uint32_t cta, uint32_t warp,
                 unsigned otherLane) const;

private:
  friend class AsyncQueue;
  friend class BarrierClock;
  friend class Shadow;

  /// A number for a new pseudo-warp of this warp's asynchronous operations.
  uint32_t makeAsyncIndex();
  AsyncOp makeOp(uint32_t index, Mask lanes, Clock clock);
  static void learnOwn(LaneGroup &group, uint32_t index, Clock clock);
  LaneGroup *getConvergedGroup(Mask lanes) {
    return groups.size() == 1 && groups[0].lanes == lanes ? groups.data()
                                                          : nullptr;
  }
  /// Makes `lanes` whole groups.
  void split(Mask lanes);
  void merge();
  /// The clock through which accesses are released now; later ones are above.
  static Clock advance(LaneGroup &group);
  /// Synchronises the lanes of a group with each other.
  void syncGroup(LaneGroup &group);

  WarpPlace place;
  llvm::SmallVector<LaneGroup, 2> groups;
  Mask alive;

  /// Each lane's own knowledge at its fence: `group` as it was.
  struct Fence {
    Mask lanes;
    SyncScope scope;
    LaneGroup group;
  };
  llvm::SmallVector<Fence, 0> fences;
  struct Deferred {
    unsigned lane;
    SyncScope scope;
    Knowledge knowledge;
  };
  llvm::SmallVector<Deferred, 0> deferred;

  /// Pseudo-warps for issue(): the clock of each lane's last operation. Single
  /// lanes have their own.
  struct Slot {
    uint32_t index;
    Mask aloneLane;
    Clock last[32];
  };
  std::vector<Slot> slots;
  unsigned nextSlot = 0;
  uint32_t numAsync = 0;
};

/// What an operation that has completed teaches: itself and what it knew.
Knowledge getCompletion(const AsyncOp &operation);

/// bar.sync/bar.red/barrier.sync (arrive with `waits`), bar.arrive (without),
/// barrier.cluster: everybody of a phase contributes, who waits receives. One
/// object for each barrier of a CTA or cluster:
///
///   each participant as it arrives:   barrier.arrive(warp, lanes, waits)
///   when the last has arrived:        auto result = barrier.complete()
///   each waiter before it goes on:    result.receive(warp, lanes)
class BarrierClock {
public:
  class Result {
  public:
    /// What the lanes know after the barrier. Also for barrier.cluster.wait of
    /// lanes that arrived earlier, with `waits` false.
    void receive(WarpClocks &warp, Mask lanes) const;

  private:
    friend class BarrierClock;
    Knowledge knowledge;
    /// All go on above this clock.
    Clock last = 0;
    /// Nobody did anything between arrival and receipt.
    bool allWait = true;
  };

  void arrive(WarpClocks &warp, Mask lanes, bool waits);
  /// Forgets the arrivals: the next phase.
  Result complete();

private:
  struct Arrival {
    /// `number`: in the order of arrival.
    uint32_t cta, warp, number, ctaThreads;
    Mask lanes, existing;
    bool waits;
    Clock clock, ownFenced;
    Mask peers;
    Clock peerClock, peerFenced;
  };
  /// Drops all but the last arrival of lanes that have come more than once,
  /// with bar.arrive before. The last says all: what they knew at the others it
  /// knows too. `arrivals` are in the order of warps, then of arrival.
  void dropEarlier();

  llvm::SmallVector<Arrival, 0> arrivals;
  Knowledge knowledge;
};

/// bar.sync among exactly these.
struct Participant {
  WarpClocks *warp;
  Mask lanes;
};
void barrierJoin(llvm::ArrayRef<Participant> participants);

/// Asynchronous operations that complete in the order of their issue. One
/// object for each kind, and
/// - for each warp: cp.async, bulk groups (one queue for reads of the source,
/// one
///   for writes of the destination). Each lane has its own operations, and
///   waits for its own.
/// - for each warpgroup, "collective": wgmma. Each warp issues by itself, with
///   what that warp knows then; but a wait of one warp is for the operation as
///   a whole: all warps' parts of the group of that number have completed. It
///   orders nothing else between the warps.
class AsyncQueue {
public:
  /// `owner`: the warp, or one of the warpgroup.
  explicit AsyncQueue(WarpClocks &owner, bool isCollective = false);

  /// A new operation; its accesses are checked with it. A collective one is
  /// issued by whole warps.
  AsyncOp issue(WarpClocks &warp, Mask lanes);
  /// cp.async.commit_group and the like.
  void commit(WarpClocks &warp, Mask lanes);
  /// cp.async.wait_group and the like: all groups but the latest `pending` that
  /// the lane (or warp) has committed have completed.
  void wait(WarpClocks &warp, Mask lanes, unsigned pending);
  /// cp.async.wait_all: also what is not committed. Not of a collective queue.
  void waitAll(WarpClocks &warp, Mask lanes);
  /// All operations of the lane so far, as one: for cp.async.mbarrier.arrive,
  /// whose arrival completes with them. Not of a collective queue.
  AsyncOp getAll(WarpClocks &warp, unsigned lane);

private:
  struct Lane {
    /// Its last operation, and the last of each committed group.
    Clock last = 0;
    llvm::SmallVector<Clock, 4> groups;
    /// Collective: groups of this warp.
    Clock committed = 0;
  };
  /// Collective: what a warp has published, and what it was then.
  struct Publication {
    Knowledge knowledge;
    std::optional<LaneGroup> group;
  };
  const Knowledge &publish(WarpClocks &warp, Mask issuing);
  void observeThrough(WarpClocks &warp, Mask lanes,
                      llvm::function_ref<Clock(const Lane &)> getClock) const;

  uint32_t cta, index;
  bool isCollective;
  /// Operations are numbered from 1 over all lanes.
  Clock issued = 0;
  Lane &getLane(unsigned i);
  /// By lane, or by warp if collective; null until there is one.
  std::unique_ptr<Lane[]> lanes;
  /// By warp.
  llvm::SmallVector<Publication, 0> published;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_WARPCLOCKS_H
