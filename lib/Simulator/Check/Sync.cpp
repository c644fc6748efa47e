//===- Sync.cpp - release and acquire through memory ----------------------===//

#include "lib/Simulator/Check/Sync.h"

#include <algorithm>
#include <thread>

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

void Published::add(const WarpPlace &who, SyncScope scope,
                    const Knowledge &knowledge) {
  byCta.try_emplace(who.cta, who.cta).first->second.join(knowledge);
  if (scope >= SyncScope::Cluster && who.clusterSize > 1)
    byCluster[who.cta / who.clusterSize].join(knowledge);
  if (scope >= SyncScope::Gpu)
    everywhere.join(knowledge);
}

void Published::forEach(
    const WarpPlace &reader, SyncScope scope,
    function_ref<void(SyncScope, const Knowledge &)> use) const {
  if (auto found = byCta.find(reader.cta); found != byCta.end())
    use(SyncScope::Cta, found->second);
  if (scope >= SyncScope::Cluster)
    if (auto found = byCluster.find(reader.cta / reader.clusterSize);
        found != byCluster.end())
      use(SyncScope::Cluster, found->second);
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

void SyncTable::Locked::read(WarpClocks &warp, unsigned lane, SyncScope scope,
                             bool isAcquire) {
  Location *location = find();
  if (!location || location->bytes != bytes)
    return;
  location->published.forEach(warp.getPlace(), scope,
                              [&](SyncScope atLeast, const Knowledge &known) {
                                if (isAcquire)
                                  warp.acquire(Mask(1) << lane, known);
                                else
                                  warp.defer(lane, atLeast, known);
                              });
}

void SyncTable::Locked::write(WarpClocks &warp, unsigned lane, SyncScope scope,
                              bool isRelease, bool isReadModifyWrite) {
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
    add(scope, warp.publish(Mask(1) << lane));
  else
    warp.forEachFence(lane, [&](SyncScope fence, const Knowledge &known) {
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

void MbarrierClock::arrive(WarpClocks &warp, Mask lanes, SyncScope scope) {
  pending.add(warp.getPlace(), scope, warp.publish(lanes));
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
  pending.clear();
  pendingAsync = Knowledge();
}

void MbarrierClock::wait(WarpClocks &warp, Mask lanes, SyncScope scope) const {
  warp.acquire(lanes, completedAsync);
  completed.forEach(
      warp.getPlace(), scope,
      [&](SyncScope, const Knowledge &known) { warp.acquire(lanes, known); });
}
