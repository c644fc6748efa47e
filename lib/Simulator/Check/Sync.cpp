//===- Sync.cpp - release and acquire through memory ----------------------===//

#include "lib/Simulator/Check/Sync.h"

#include <algorithm>
#include <thread>
#include <utility>

using namespace llvm;
using namespace sluice::sim;

void SpinLock::wait() const {
  for (unsigned i = 0; flag.load(std::memory_order_relaxed); ++i)
    if (i % 64 == 63)
      std::this_thread::yield();
}

//===----------------------------------------------------------------------===//
// Published
//===----------------------------------------------------------------------===//

const Knowledge *Published::find(const Numbered &known, uint32_t number) {
  for (const auto &[each, knowledge] : known)
    if (each == number)
      return &knowledge;
  return nullptr;
}

void Published::join(Numbered &known, uint32_t number,
                     const Knowledge &knowledge) {
  for (auto &[each, all] : known)
    if (each == number) {
      all.join(knowledge);
      return;
    }
  known.push_back({number, knowledge});
}

void Published::add(const WarpPlace &who, SyncScope scope,
                    const Knowledge &knowledge) {
  join(byCta, who.cta, knowledge);
  if (scope >= SyncScope::Cluster && who.clusterSize > 1)
    join(byCluster, who.cta / who.clusterSize, knowledge);
  if (scope >= SyncScope::Gpu)
    everywhere.join(knowledge);
}

void Published::forEach(
    const WarpPlace &reader, SyncScope scope,
    function_ref<void(SyncScope, const Knowledge &)> use) const {
  if (const Knowledge *found = find(byCta, reader.cta))
    use(SyncScope::Cta, *found);
  if (scope >= SyncScope::Cluster)
    if (const Knowledge *found =
            find(byCluster, reader.cta / reader.clusterSize))
      use(SyncScope::Cluster, *found);
  if (scope >= SyncScope::Gpu && !everywhere.empty())
    use(SyncScope::Gpu, everywhere);
}

void Published::clear() {
  everywhere = Knowledge();
  byCta.clear();
  byCluster.clear();
}

//===----------------------------------------------------------------------===//
// SyncTable
//===----------------------------------------------------------------------===//

SyncTable::SyncTable() : shards(new Shard[kShards]) {}

SyncTable::Locked SyncTable::lock(uint64_t address, uint32_t bytes) {
  return Locked(*this, shards[(address / 16) % kShards], address, bytes);
}

SyncTable::Locked::Locked(SyncTable &table, Shard &shard, uint64_t address,
                          uint32_t bytes)
    : table(&table), shard(&shard), address(address), bytes(bytes) {
  shard.lock.lock();
}

SyncTable::Locked::Locked(Locked &&other) noexcept
    : table(other.table), shard(other.shard), address(other.address),
      bytes(other.bytes) {
  other.shard = nullptr;
}

SyncTable::Locked::~Locked() {
  if (shard)
    shard->lock.unlock();
}

SyncTable::Location *SyncTable::Locked::find() const {
  if (shard->locations.empty())
    return nullptr;
  auto found = shard->locations.find(address);
  return found == shard->locations.end() ? nullptr : &found->second;
}

void SyncTable::Locked::readTogether(WarpClocks &warp, Mask lanes,
                                     SyncScope scope, bool isAcquire) {
  Location *location = find();
  if (!location || location->bytes != bytes)
    return;
  location->published.forEach(warp.getPlace(), scope,
                              [&](SyncScope atLeast, const Knowledge &known) {
                                if (isAcquire)
                                  warp.acquire(lanes, known);
                                else
                                  warp.defer(lanes, atLeast, known);
                              });
}

void SyncTable::Locked::writeTogether(WarpClocks &warp, Mask lanes,
                                      SyncScope scope, bool isRelease,
                                      bool isReadModifyWrite) {
  Location *location = find();
  if (location && (!isReadModifyWrite || location->bytes != bytes))
    location->published.clear();
  auto add = [&](SyncScope atScope, const Knowledge &known) {
    if (!location) {
      location = &shard->locations[address];
      table->count.fetch_add(1, std::memory_order_relaxed);
    }
    location->bytes = bytes;
    location->published.add(warp.getPlace(), atScope, known);
  };
  if (isRelease)
    add(scope, warp.publish(lanes));
  else
    warp.forEachFence(lanes, [&](SyncScope fence, const Knowledge &known) {
      add(std::min(fence, scope), known);
    });
  if (location && location->published.empty())
    writeWeakly();
}

void SyncTable::Locked::writeWeakly() {
  if (shard->locations.erase(address))
    table->count.fetch_sub(1, std::memory_order_relaxed);
}

void SyncTable::clear(uint64_t address, uint64_t bytes) {
  for (unsigned i = 0; i < kShards; ++i) {
    Shard &shard = shards[i];
    shard.lock.lock();
    SmallVector<uint64_t> gone;
    for (const auto &[at, location] : shard.locations)
      if (at - address < bytes)
        gone.push_back(at);
    for (uint64_t at : gone)
      shard.locations.erase(at);
    count.fetch_sub(gone.size(), std::memory_order_relaxed);
    shard.lock.unlock();
  }
}

//===----------------------------------------------------------------------===//
// MbarrierClock
//===----------------------------------------------------------------------===//

void MbarrierClock::arrive(WarpClocks &warp, Mask lanes, MbarrierScope scope,
                           bool isRelaxed) {
  bool isRemote = warp.getPlace().cta != owner;
  if (isRemote || isRelaxed)
    arriving.join(warp.publishOwn(lanes));
  if (isRelaxed)
    return;
  Knowledge known = warp.publish(lanes);
  pending.add(warp.getPlace(), scope.scope, known);
  if (isRemote && !scope.isWritten)
    pendingAssumed.join(known);
}

void MbarrierClock::complete(const AsyncOp &operation) {
  // Nearly always of the CTA whose warps will wait, whose clocks join quickly.
  if (pendingAsync.empty())
    pendingAsync = Knowledge(operation.cta);
  pendingAsync.join(getCompletion(operation));
}

void MbarrierClock::completePhase() {
  completed = std::move(pending);
  completedAsync = std::move(pendingAsync);
  completedAssumed = std::move(pendingAssumed);
  pending.clear();
  pendingAsync = pendingAssumed = Knowledge();
  if (!arriving.empty())
    arrived.join(std::exchange(arriving, ClockMap()));
}

void MbarrierClock::wait(WarpClocks &warp, Mask lanes, MbarrierScope scope,
                         bool isRelaxed) {
  if (!arrived.empty())
    observed.join(arrived);
  if (isRelaxed)
    return;
  warp.acquire(lanes, completedAsync);
  completed.forEach(
      warp.getPlace(), scope.scope,
      [&](SyncScope, const Knowledge &known) { warp.acquire(lanes, known); });
  if (!scope.isWritten)
    completed.forEach(warp.getPlace(), SyncScope::Cluster,
                      [&](SyncScope atLeast, const Knowledge &known) {
                        if (atLeast == SyncScope::Cluster)
                          warp.acquire(lanes, known, /*isAssumed=*/true);
                      });
  if (!completedAssumed.empty() &&
      (!scope.isWritten || scope.scope >= SyncScope::Cluster))
    warp.acquire(lanes, completedAssumed, /*isAssumed=*/true);
}
