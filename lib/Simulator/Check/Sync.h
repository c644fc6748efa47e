//===- Sync.h - release and acquire through memory --------------*- C++ -*-===//
//
// The release and acquire patterns of the PTX memory model (PTX ISA,
// "Release and Acquire Patterns", "Synchronizes"): a release, or a fence and
// then a relaxed write, is observed by an acquire, or by a relaxed read and
// then a fence, if the read takes its value from the write or from atomic
// read-modify-writes behind it. Who reads what is what memory really did, so
// the memory operation belongs inside the lock:
//
//   auto sync = table.lock(address, bytes);
//   sync.read(...); <read, compute, write memory>; sync.write(...);
//
// Both sides must be morally strong: each scope includes the other thread. So
// releases are kept by who can see them: those in the same CTA (any scope), in
// the same cluster (scope cluster or wider), in the grid (scope gpu or sys).
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_SYNC_H
#define SLUICE_LIB_SIMULATOR_CHECK_SYNC_H

#include "lib/Simulator/Check/WarpClocks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <atomic>
#include <memory>

namespace sluice::sim {

/// Spins; for sections of some nanoseconds.
class SpinLock {
public:
  void lock() {
    while (flag.exchange(true, std::memory_order_acquire))
      wait();
  }
  void unlock() { flag.store(false, std::memory_order_release); }

private:
  void wait() const;
  std::atomic<bool> flag{false};
};

/// Releases, by who can acquire them.
class Published {
public:
  void add(const WarpPlace &who, SyncScope scope, const Knowledge &knowledge);
  /// Calls back for what a reader at `scope` is morally strong with, and with
  /// the narrowest scope that its acquire (operation or fence) must have.
  void
  forEach(const WarpPlace &reader, SyncScope scope,
          llvm::function_ref<void(SyncScope, const Knowledge &)> use) const;
  void clear();
  bool empty() const { return byCta.empty(); }

private:
  /// By number; nearly always one.
  using Numbered = llvm::SmallVector<std::pair<uint32_t, Knowledge>, 1>;
  static const Knowledge *find(const Numbered &known, uint32_t number);
  static void join(Numbered &known, uint32_t number,
                   const Knowledge &knowledge);

  Knowledge everywhere;
  Numbered byCta, byCluster;
};

/// The locations of strong operations in global memory, or in one CTA's shared
/// memory. Safe from several host threads.
class SyncTable {
  struct Location {
    uint32_t bytes = 0;
    Published published;
  };
  struct Shard {
    SpinLock lock;
    llvm::DenseMap<uint64_t, Location> locations;
  };

public:
  SyncTable();

  class Locked {
  public:
    Locked(Locked &&other) noexcept;
    ~Locked();
    /// A strong read of this location by a lane: acquires at once
    /// (`isAcquire`), and in any case when a fence follows.
    void read(WarpClocks &warp, unsigned lane, SyncScope scope,
              bool isAcquire) {
      readTogether(warp, Mask(1) << lane, scope, isAcquire);
    }
    /// The same of several lanes.
    void readTogether(WarpClocks &warp, Mask lanes, SyncScope scope,
                      bool isAcquire);
    /// A strong write: releases what the lane knows (`isRelease`), or what it
    /// knew at its last fence. One that is not a read-modify-write ends the
    /// release sequence of what was there before. A compare-and-swap that fails
    /// writes nothing: do not call this.
    void write(WarpClocks &warp, unsigned lane, SyncScope scope, bool isRelease,
               bool isReadModifyWrite) {
      writeTogether(warp, Mask(1) << lane, scope, isRelease, isReadModifyWrite);
    }
    /// The same of several lanes: read-modify-writes, in any order.
    void writeTogether(WarpClocks &warp, Mask lanes, SyncScope scope,
                       bool isRelease, bool isReadModifyWrite);
    /// A weak write: nothing can be acquired from it.
    void writeWeakly();

  private:
    friend class SyncTable;
    Locked(SyncTable &table, Shard &shard, uint64_t address, uint32_t bytes);
    Location *find() const;

    SyncTable *table;
    Shard *shard;
    uint64_t address;
    uint32_t bytes;
  };
  /// Locations are known by their first byte; a read of another size than the
  /// write is not morally strong with it and acquires nothing.
  Locked lock(uint64_t address, uint32_t bytes);

  /// No location has anything to acquire: weak writes need not call.
  bool empty() const { return count.load(std::memory_order_relaxed) == 0; }
  /// Memory was freed.
  void clear(uint64_t address, uint64_t bytes);

private:
  static constexpr unsigned kShards = 64;
  std::unique_ptr<Shard[]> shards;
  std::atomic<uint64_t> count{0};
};

/// The scope of an operation on an mbarrier: without one it is that of the CTA,
/// and yet others rely on it (CUTLASS writes none).
struct MbarrierScope {
  /// A scope that is written.
  MbarrierScope(SyncScope scope) : scope(scope), isWritten(true) {}
  static MbarrierScope getDefault() {
    MbarrierScope none(SyncScope::Cta);
    none.isWritten = false;
    return none;
  }

  SyncScope scope;
  bool isWritten;
};

/// An mbarrier object: arrivals and completions of a phase are released to
/// those who successfully wait for it. Not safe from several host threads by
/// itself.
class MbarrierClock {
public:
  /// `owner`: the CTA in whose memory it is.
  explicit MbarrierClock(uint32_t owner = ClockMap::kNoHome) : owner(owner) {}

  /// mbarrier.arrive of the lanes, also with expect_tx and arrive_drop;
  /// mbarrier.complete_tx is one that is relaxed. Who waits knows, whatever the
  /// scopes are, that the arrivals themselves have been; of what came before
  /// them, what a release (the default) and the scopes of both sides say.
  void arrive(WarpClocks &warp, Mask lanes, MbarrierScope scope,
              bool isRelaxed = false);
  /// complete_tx, or an arrival that an asynchronous operation makes. Whoever
  /// waits observes it, at any scope: a multicast completes on barriers of
  /// other CTAs, and nobody waits for those at cluster scope.
  void complete(const AsyncOp &operation);
  /// The pending count and the transaction count are zero: the phase ends.
  void completePhase();
  /// test_wait/try_wait that returned true for the phase that ended last; with
  /// .acquire (the default) or relaxed.
  void wait(WarpClocks &warp, Mask lanes, MbarrierScope scope,
            bool isRelaxed = false);

  /// Arrivals that ended waits, if those are not ordered by themselves.
  const ClockMap &getObserved() const { return observed; }

private:
  uint32_t owner;
  Published pending, completed;
  Knowledge pendingAsync, completedAsync;
  /// Of arrivals from other CTAs without a scope: what those know who wait at
  /// that of the cluster, if it is assumed.
  Knowledge pendingAssumed, completedAssumed;
  /// Arrivals: of this phase, of those before, and of phases waited for.
  ClockMap arriving, arrived, observed;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_SYNC_H
