//===- Races.cpp - accesses and the checker of races ----------------------===//

#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Space;

namespace {
/// One memory: its shadow, its strong operations, and what its addresses are
/// called.
struct Memory {
  Shadow *shadow;
  SyncTable *sync;
  Space space;
  /// The CTA whose shared memory it is; null: of none.
  Cta *owner = nullptr;

  /// Tells the owner of what may outlive it.
  void noteUse(Warp &warp, Mask lanes, const uint64_t *offsets, uint64_t bytes,
               bool isAsync) const {
    if (!owner || (owner == &warp.getCta() && !isAsync))
      return;
    for (Mask rest = lanes; rest; rest &= rest - 1)
      owner->noteUse(offsets[llvm::countr_zero(rest)], bytes);
  }
};
} // namespace

/// As forEachMemory where all lanes reach the same; false if they do not.
static bool forOneMemory(
    Warp &warp, Mask lanes, const Addresses &addresses,
    llvm::function_ref<void(const Memory &, Mask, const uint64_t *)> use) {
  Grid &grid = warp.getCta().getGrid();
  uint64_t any = addresses.lane[llvm::countr_zero(lanes)];
  uint64_t elsewhere = 0;
  if (any >= kArenaBase) {
    for (unsigned lane = 0; lane < kLanes; ++lane)
      elsewhere |= (lanes >> lane & 1) & (addresses.lane[lane] < kArenaBase);
    if (!elsewhere)
      use({&grid.shadow, &grid.sync, Space::Global}, lanes, addresses.lane);
    return !elsewhere;
  }
  Cta &cta = warp.getCta();
  uint64_t window =
      kSharedWindow + (uint64_t(cta.getClusterRank()) << kSharedRankShift);
  uint64_t offsets[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    offsets[lane] = addresses.lane[lane] - window;
    elsewhere |= lanes >> lane & 1 ? offsets[lane] >> kSharedRankShift : 0;
  }
  if (!elsewhere)
    use({cta.shadow.get(), cta.sync.get(), Space::Shared, &cta}, lanes,
        offsets);
  return !elsewhere;
}

/// Splits lanes by the memory that they reach; lanes' own memory and constants
/// belong to none.
static void forEachMemory(
    Warp &warp, Mask lanes, const Addresses &addresses,
    llvm::function_ref<void(const Memory &, Mask, const uint64_t *)> use) {
  Grid &grid = warp.getCta().getGrid();
  // Nearly always one.
  if (forOneMemory(warp, lanes, addresses, use))
    return;
  Mask global = 0;
  llvm::SmallVector<std::pair<unsigned, Mask>, 2> shared; // by rank
  uint64_t offsets[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint64_t address = addresses.lane[lane];
    offsets[lane] = address;
    if (isSharedAddress(address)) {
      uint64_t place = address - kSharedWindow;
      unsigned rank = place >> kSharedRankShift;
      offsets[lane] = place & ((uint64_t(1) << kSharedRankShift) - 1);
      auto it = llvm::find_if(
          shared, [&](const auto &entry) { return entry.first == rank; });
      if (it == shared.end())
        shared.push_back({rank, Mask(1) << lane});
      else
        it->second |= Mask(1) << lane;
    } else if (address >= kArenaBase) {
      global |= Mask(1) << lane;
    }
  }
  if (global)
    use({&grid.shadow, &grid.sync, Space::Global}, global, offsets);
  for (auto [rank, mask] : shared) {
    Cta *cta = rank == warp.getCta().getClusterRank()
                   ? &warp.getCta()
                   : warp.getCta().getCluster().getCta(rank);
    if (cta)
      use({cta->shadow.get(), cta->sync.get(), Space::Shared, cta}, mask,
          offsets);
  }
}

static Site makeSite(Grid &grid, SiteId site, uint32_t cta, uint32_t warp,
                     uint32_t lane) {
  Site result;
  result.instruction = grid.sites.get(site).instruction;
  const Extent &block = grid.getOptions().block;
  grid.getPlace(cta, result.who.cta);
  uint32_t linear = warp * kLanes + lane;
  result.who.thread[0] = linear % block.x;
  result.who.thread[1] = linear / block.x % block.y;
  result.who.thread[2] = linear / block.x / block.y;
  return result;
}

static FindingKind getKind(const Conflict &conflict,
                           const LaunchOptions &options) {
  if (conflict.isReadOnly)
    return FindingKind::ReadOnlyWritten;
  if (conflict.sameValue)
    return FindingKind::SameValueWrite;
  if (conflict.lacksScope)
    return FindingKind::DefaultScope;
  if (conflict.lacksProxyFence && !conflict.otherIsWrite &&
      !options.strictProxy)
    return FindingKind::MissingProxyFence;
  return FindingKind::Race;
}

static std::string getMessage(const Conflict &conflict) {
  if (conflict.isReadOnly)
    return conflict.isWrite
               ? "writes what the grid loads through the read-only path"
               : "loads through the read-only path what the grid writes";
  if (conflict.lacksProxyFence && !conflict.otherIsWrite)
    return "writes through the async proxy what another thread has read, with "
           "no fence.proxy.async in between";
  return std::string(conflict.isWrite ? "writes" : "reads") + " what another " +
         (conflict.otherIsAsync ? "asynchronous operation " : "thread ") +
         (conflict.otherIsWrite ? "writes" : "reads") +
         (conflict.sameValue ? ", the same value, and nothing orders them"
          : conflict.lacksProxyFence ? ", with no fence.proxy.async in between"
                                     : ", and nothing orders them");
}

static void report(Grid &grid, const Conflict &conflict, Space space) {
  Finding finding;
  finding.kind = getKind(conflict, grid.getOptions());
  finding.space = space;
  finding.address = conflict.address;
  finding.site =
      makeSite(grid, conflict.site, conflict.cta, conflict.warp, conflict.lane);
  finding.other = makeSite(grid, conflict.other, conflict.otherCta,
                           conflict.otherWarp, conflict.otherLane);
  finding.hasOther = true;
  finding.message = getMessage(conflict);
  grid.getReport().add(std::move(finding));
}

static const ptx::Instruction *getInstruction(Warp &warp) {
  return warp.frame().code->operations[warp.path().counter].source;
}

static WarpAccess makeAccess(SiteId site, Mask mask, const uint64_t *offsets,
                             const Access &access) {
  WarpAccess result;
  result.site = site;
  result.lanes = mask;
  result.addresses = offsets;
  result.bytes = access.bytes;
  result.elementBytes = access.elementBytes;
  result.pieces = access.pieces;
  result.pieceBytes = access.pieceBytes;
  result.pieceStride = access.pieceStride;
  return result;
}

static void reportMbarrierBytes(Warp &warp, Mask lanes, bool isWrite,
                                uint64_t mbarrier) {
  warp.find(FindingKind::MbarrierMisuse, lanes,
            llvm::Twine(isWrite ? "writes" : "reads") +
                " bytes of a valid mbarrier as data",
            Space::Shared, mbarrier);
}

/// Bytes of a valid mbarrier are not data.
static void checkMbarrierBytes(Warp &warp, const Memory &memory, Mask lanes,
                               const uint64_t *offsets, uint64_t bytes,
                               bool isWrite, uint64_t extent = 0) {
  if (!memory.owner)
    return;
  MbarrierTable &table = memory.owner->mbarriers;
  if (extent && !table.findTouched(offsets[llvm::countr_zero(lanes)], extent))
    return;
  if (Mask touching = table.findTouching(lanes, offsets, bytes))
    reportMbarrierBytes(
        warp, touching, isWrite,
        *table.findTouched(offsets[llvm::countr_zero(touching)], bytes));
}

/// The same of ranges, a lane's.
static void checkMbarrierBytes(Warp &warp, const Memory &memory, Mask self,
                               llvm::ArrayRef<RowRange> ranges, bool isWrite) {
  if (!memory.owner)
    return;
  MbarrierTable &table = memory.owner->mbarriers;
  for (const RowRange &range : ranges) {
    // Nearly always none lies between the first row and the last.
    if (!table.findTouched(range.address,
                           (range.rows - 1) * range.step + range.bytes))
      continue;
    for (uint64_t row = 0; row < range.rows; ++row)
      if (auto offset =
              table.findTouched(range.address + row * range.step, range.bytes))
        return reportMbarrierBytes(warp, self, isWrite, *offset);
  }
}

/// The same of what a wgmma reads of the CTA's shared memory.
static void checkMbarrierBytes(Warp &warp,
                               llvm::ArrayRef<GranuleSet> granules) {
  constexpr uint64_t kGranuleBytes = 16;
  MbarrierTable &table = warp.getCta().mbarriers;
  for (const GranuleSet &set : granules) {
    if (!table.findTouched(set.address, kGranuleSetBytes))
      continue;
    for (uint64_t left = set.granules; left; left &= left - 1)
      if (auto offset = table.findTouched(
              set.address + kGranuleBytes * llvm::countr_zero(left),
              kGranuleBytes))
        return reportMbarrierBytes(warp, kAllLanes, /*isWrite=*/false, *offset);
  }
}

/// Checks mbarrier.init or mbarrier.inval, which know the arrivals that have
/// ended waits, too.
static void checkLifetime(Warp &warp, const Memory &memory, Mask lanes,
                          const uint64_t *offsets, const Access &access,
                          SiteId site, ConflictSink sink) {
  for (Mask rest = lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    const MbarrierTable::Object *object =
        memory.owner->mbarriers.find(offsets[lane]);
    memory.shadow->access(makeAccess(site, Mask(1) << lane, offsets, access),
                          warp.clocks, sink,
                          object ? &object->clock.getObserved() : nullptr);
  }
}

static bool isOne(Mask lanes, const uint64_t *offsets) {
  uint64_t different = 0, any = offsets[llvm::countr_zero(lanes)];
  for (Mask rest = lanes; rest; rest &= rest - 1)
    different |= offsets[llvm::countr_zero(rest)] ^ any;
  return different == 0;
}

void sim::checkRaces(Warp &warp, Mask lanes, const Addresses &addresses,
                     const Access &access, uint64_t extent) {
  using Semantics = Ordering::Semantics;
  Grid &grid = warp.getCta().getGrid();
  Semantics semantics = access.ordering.semantics;
  bool isStrong = semantics != Semantics::Weak || access.isAtomic;
  bool isAcquire =
      semantics == Semantics::Acquire || semantics == Semantics::AcquireRelease;
  bool isRelease =
      semantics == Semantics::Release || semantics == Semantics::AcquireRelease;
  auto scope = static_cast<SyncScope>(access.ordering.scope);
  SiteId site = warp.getCta().getWorker().getSite(
      {getInstruction(warp), access.isWrite, isStrong,
       isStrong ? scope : SyncScope::Sys, /*isAsyncProxy=*/false,
       access.isReadOnly});
  forEachMemory(
      warp, lanes, addresses,
      [&](const Memory &memory, Mask mask, const uint64_t *offsets) {
        auto forEachLane = [&](llvm::function_ref<void(unsigned)> body) {
          for (Mask rest = mask; rest; rest &= rest - 1)
            body(llvm::countr_zero(rest));
        };
        memory.noteUse(warp, mask, offsets, access.bytes, /*isAsync=*/false);
        if (!access.isMbarrier)
          checkMbarrierBytes(warp, memory, mask, offsets, access.bytes,
                             access.isWrite, extent);
        // Shared memory is its CTA's host thread's: there nothing is released
        // behind its back.
        bool isSynced = !memory.owner || !memory.sync->empty();
        bool isOnePlace = isStrong && isSynced && isOne(mask, offsets);
        uint64_t any = offsets[llvm::countr_zero(mask)];
        if (isStrong && access.isRead && isSynced) {
          if (isOnePlace)
            memory.sync->lock(any, access.bytes)
                .readTogether(warp.clocks, mask, scope, isAcquire);
          else
            forEachLane([&](unsigned lane) {
              memory.sync->lock(offsets[lane], access.bytes)
                  .read(warp.clocks, lane, scope, isAcquire);
            });
        }
        auto sink = [&](const Conflict &conflict) {
          report(grid, conflict, memory.space);
        };
        if (access.isMbarrier && !access.isAtomic)
          checkLifetime(warp, memory, mask, offsets, access, site, sink);
        else
          memory.shadow->access(makeAccess(site, mask, offsets, access),
                                warp.clocks, sink);
        if (!access.isWrite)
          return;
        if (isRelease && scope >= SyncScope::Cluster)
          warp.getCta().mbarriers.release(warp.clocks, mask);
        bool mayRelease = isSynced || isRelease || warp.clocks.hasFences();
        if (isStrong && mayRelease && isOnePlace && access.isAtomic)
          memory.sync->lock(any, access.bytes)
              .writeTogether(warp.clocks, mask, scope, isRelease,
                             /*isReadModifyWrite=*/true);
        else if (isStrong && mayRelease)
          forEachLane([&](unsigned lane) {
            memory.sync->lock(offsets[lane], access.bytes)
                .write(warp.clocks, lane, scope, isRelease, access.isAtomic);
          });
        else if (!isStrong && !memory.sync->empty())
          forEachLane([&](unsigned lane) {
            memory.sync->lock(offsets[lane], access.bytes).writeWeakly();
          });
      });
}

void sim::checkRaces(Warp &warp, Mask lanes, const Addresses &addresses,
                     const Access &access, const AsyncOp &operation,
                     bool isAsyncProxy) {
  Grid &grid = warp.getCta().getGrid();
  SiteId site =
      warp.getCta().getWorker().getSite({getInstruction(warp), access.isWrite,
                                         false, SyncScope::Sys, isAsyncProxy});
  forEachMemory(warp, lanes, addresses,
                [&](const Memory &memory, Mask mask, const uint64_t *offsets) {
                  checkMbarrierBytes(warp, memory, mask, offsets, access.bytes,
                                     access.isWrite);
                  memory.shadow->access(makeAccess(site, mask, offsets, access),
                                        operation,
                                        [&](const Conflict &conflict) {
                                          report(grid, conflict, memory.space);
                                        });
                });
}

void sim::checkRangeRaces(Warp &warp, llvm::ArrayRef<RowRange> ranges,
                          bool isWrite, const AsyncOp &operation,
                          bool isAsyncProxy, bool isReduction,
                          const uint8_t *value) {
  if (ranges.empty())
    return;
  Grid &grid = warp.getCta().getGrid();
  SiteId site = warp.getCta().getWorker().getSite(
      {getInstruction(warp), isWrite, isReduction,
       isReduction ? SyncScope::Gpu : SyncScope::Sys, isAsyncProxy});
  Addresses addresses;
  addresses.lane[0] = ranges.front().address;
  forEachMemory(warp, 1, addresses,
                [&](const Memory &memory, Mask, const uint64_t *offsets) {
                  llvm::SmallVector<RowRange, 4> inMemory(ranges);
                  for (RowRange &range : inMemory) {
                    range.address += offsets[0] - addresses.lane[0];
                    memory.noteUse(warp, 1, &range.address,
                                   (range.rows - 1) * range.step + range.bytes,
                                   /*isAsync=*/true);
                  }
                  checkMbarrierBytes(warp, memory,
                                     operation.lanes & -operation.lanes,
                                     inMemory, isWrite);
                  memory.shadow->accessRanges(
                      site, inMemory, operation,
                      [&](const Conflict &conflict) {
                        report(grid, conflict, memory.space);
                      },
                      value);
                });
}

void sim::checkMbarrierRaces(Warp &warp, Cta &owner, uint64_t offset,
                             const AsyncOp &operation) {
  Grid &grid = warp.getCta().getGrid();
  SiteId site = warp.getCta().getWorker().getSite(
      {getInstruction(warp), /*isWrite=*/true, /*isStrong=*/true,
       SyncScope::Sys, /*isAsyncProxy=*/false});
  owner.shadow->accessRange(
      site, offset, kMbarrierBytes, operation,
      [&](const Conflict &conflict) { report(grid, conflict, Space::Shared); });
}

void sim::noteProductReads(Warp &warp, llvm::ArrayRef<GranuleSet> granules,
                           const AsyncOp &operation) {
  checkMbarrierBytes(warp, granules);
  ProductReads &reads = warp.productReads;
  auto isSame = [&](const AsyncOp &other) {
    return operation.clock == other.clock && other.groups.size() == 1 &&
           operation.groups.size() == 1 &&
           operation.groups[0].knowledge.isSame(other.groups[0].knowledge);
  };
  if (!reads.accesses.empty() && !isSame(reads.operation))
    checkProductReads(warp);
  if (reads.accesses.empty())
    reads.operation = operation;
  SiteId site = warp.getCta().getWorker().getSite(
      {getInstruction(warp), /*isWrite=*/false, /*isStrong=*/false,
       SyncScope::Sys, /*isAsyncProxy=*/true});
  size_t size = reads.accesses.size();
  reads.accesses.resize_for_overwrite(size + granules.size());
  for (const GranuleSet &set : granules)
    reads.accesses[size++] = {site, set};
}

void sim::checkProductReads(Warp &warp) {
  Grid &grid = warp.getCta().getGrid();
  ProductReads &reads = warp.productReads;
  warp.getCta().shadow->accessGranules(
      reads.accesses, reads.operation,
      [&](const Conflict &conflict) { report(grid, conflict, Space::Shared); });
  reads.accesses.clear();
}

/// Reports a use of shared memory that may come after its CTA's end.
static void reportLateUse(Cta &cta, const Conflict &conflict) {
  Grid &grid = cta.getGrid();
  AccessSite use = grid.sites.get(conflict.other);
  bool isOwn = conflict.otherCta == cta.getNumber();
  // An own thread is there to the end, and a cp.async is part of its thread.
  if (isOwn && !(conflict.otherIsAsync && use.isAsyncProxy))
    return;
  Finding finding;
  finding.kind = conflict.lacksScope     ? FindingKind::DefaultScope
                 : conflict.otherIsAsync ? FindingKind::AsyncUse
                                         : FindingKind::OutOfBounds;
  finding.space = Space::Shared;
  finding.address = conflict.address;
  finding.site = makeSite(grid, conflict.other, conflict.otherCta,
                          conflict.otherWarp, conflict.otherLane);
  finding.message =
      std::string(use.isWrite ? "writes" : "reads") +
      " the shared memory of a CTA that may have exited: " +
      (conflict.lacksScope ? "an mbarrier operation without a scope, which is "
                             ".cta then, orders its exit behind "
                           : "nothing orders its exit behind ") +
      (conflict.otherIsAsync ? "the end of this operation" : "this access");
  grid.getReport().add(std::move(finding));
}

void sim::checkExit(Warp &warp, Mask lanes) {
  checkProductReads(warp);
  Cta &cta = warp.getCta();
  Grid &grid = cta.getGrid();
  // Where nobody else has come so far, the CTA's own threads know nothing that
  // matters; of a cluster others may come yet.
  if (!cta.isUsed() && grid.getOptions().cluster.total() == 1)
    return;
  cta.ended.join(warp.clocks.publish(lanes));
  if (!cta.isDone() || !cta.isUsed())
    return;
  // The end is an operation that knows what all of the CTA's threads knew.
  AsyncOp end = warp.clocks.issue(lanes & -lanes);
  for (LaneGroup &group : end.groups)
    group.knowledge.join(cta.ended);
  SiteId site = warp.getCta().getWorker().getSite(
      {nullptr, /*isWrite=*/true, /*isStrong=*/false, SyncScope::Sys,
       /*isAsyncProxy=*/false});
  auto check = [&](uint64_t from, uint64_t to, const AsyncOp &end) {
    if (from < to)
      cta.shadow->accessRange(
          site, from, to - from, end,
          [&](const Conflict &conflict) { reportLateUse(cta, conflict); });
  };
  auto [from, to] = cta.getUsed();
  // Of an mbarrier it knows the arrivals that ended waits, too.
  cta.mbarriers.forEach(
      [&](uint64_t offset, const MbarrierTable::Object &object) {
        uint64_t next = offset + kMbarrierBytes;
        if (object.clock.getObserved().empty() || next <= from || to <= offset)
          return;
        check(from, offset, end);
        AsyncOp informed = end;
        for (LaneGroup &group : informed.groups)
          group.knowledge.seen.join(object.clock.getObserved());
        check(std::max(from, offset), std::min(next, to), informed);
        from = next;
      });
  check(from, to, end);
}
