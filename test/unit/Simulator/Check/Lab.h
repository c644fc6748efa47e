//===- Lab.h - a few warps and a memory to race in --------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_CHECK_LAB_H
#define SLUICE_TEST_UNIT_SIMULATOR_CHECK_LAB_H

#include "lib/PTX/Module.h"
#include "lib/Simulator/Check/Shadow.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace sluice::sim {

inline constexpr Mask kAll = ~0u;

/// What one lane's access is.
inline AccessSite weak(bool isWrite) {
  AccessSite site;
  site.isWrite = isWrite;
  return site;
}
inline AccessSite strong(bool isWrite, SyncScope scope = SyncScope::Gpu) {
  AccessSite site = weak(isWrite);
  site.isStrong = true;
  site.scope = scope;
  return site;
}
inline AccessSite asyncProxy(bool isWrite) {
  AccessSite site = weak(isWrite);
  site.isAsyncProxy = true;
  return site;
}
/// A load of what is taken to be constant.
inline AccessSite readOnly() {
  AccessSite site = weak(false);
  site.isReadOnly = true;
  return site;
}

/// CTAs of two full warps, in clusters of two; one memory. Each access returns
/// the number of races (notes apart).
class Lab : public testing::Test {
protected:
  explicit Lab(unsigned numCtas = 4) {
    for (unsigned i = 0; i < 2 * numCtas; ++i) {
      WarpPlace place;
      place.cta = i / 2;
      place.warp = i % 2;
      place.ctaThreads = 64;
      place.clusterSize = 2;
      warps.push_back(std::make_unique<WarpClocks>(place));
    }
  }

  WarpClocks &warp(unsigned cta, unsigned number) {
    return *warps[2 * cta + number];
  }

  /// 4 bytes from lane to lane.
  unsigned row(WarpClocks &warp, const AccessSite &site, uint64_t base,
               Mask lanes = kAll, uint32_t bytes = 4) {
    uint64_t addresses[32];
    for (unsigned lane = 0; lane < 32; ++lane)
      addresses[lane] = base + uint64_t(lane) * bytes;
    return access(warp, site, addresses, lanes, bytes);
  }
  unsigned writeRow(WarpClocks &warp, uint64_t base, Mask lanes = kAll) {
    return row(warp, weak(true), base, lanes);
  }
  unsigned readRow(WarpClocks &warp, uint64_t base, Mask lanes = kAll) {
    return row(warp, weak(false), base, lanes);
  }

  unsigned one(WarpClocks &warp, unsigned lane, const AccessSite &site,
               uint64_t address, uint32_t bytes = 4) {
    uint64_t addresses[32];
    std::fill_n(addresses, 32, address);
    return access(warp, site, addresses, Mask(1) << lane, bytes);
  }
  unsigned write(WarpClocks &warp, unsigned lane, uint64_t address,
                 uint32_t bytes = 4) {
    return one(warp, lane, weak(true), address, bytes);
  }
  unsigned read(WarpClocks &warp, unsigned lane, uint64_t address,
                uint32_t bytes = 4) {
    return one(warp, lane, weak(false), address, bytes);
  }
  /// A store of a value that is told.
  unsigned storeLanes(WarpClocks &warp, Mask lanes, const uint64_t *addresses,
                      const uint32_t *values) {
    WarpAccess access = make(weak(true), addresses, lanes, 4);
    const void *pieces[] = {values};
    access.pieces = pieces;
    return run([&](ConflictSink sink) { shadow.access(access, warp, sink); });
  }
  unsigned store(WarpClocks &warp, unsigned lane, uint64_t address,
                 uint32_t value) {
    uint64_t addresses[32];
    uint32_t values[32];
    std::fill_n(addresses, 32, address);
    std::fill_n(values, 32, value);
    return storeLanes(warp, Mask(1) << lane, addresses, values);
  }

  unsigned access(WarpClocks &warp, const AccessSite &site,
                  const uint64_t *addresses, Mask lanes, uint32_t bytes) {
    WarpAccess access = make(site, addresses, lanes, bytes);
    return run([&](ConflictSink sink) { shadow.access(access, warp, sink); });
  }
  unsigned asyncRow(const AsyncOp &operation, const AccessSite &site,
                    uint64_t base, uint32_t bytes = 4) {
    uint64_t addresses[32];
    for (unsigned lane = 0; lane < 32; ++lane)
      addresses[lane] = base + uint64_t(lane) * bytes;
    WarpAccess access = make(site, addresses, operation.lanes, bytes);
    return run(
        [&](ConflictSink sink) { shadow.access(access, operation, sink); });
  }
  unsigned asyncRange(const AsyncOp &operation, const AccessSite &site,
                      uint64_t base, uint64_t bytes) {
    SiteId id = sites.add(site);
    return run([&](ConflictSink sink) {
      shadow.accessRange(id, base, bytes, operation, sink);
    });
  }

  /// A bulk copy's write of known bytes.
  unsigned asyncStore(const AsyncOp &operation, uint64_t base,
                      llvm::ArrayRef<uint8_t> value) {
    SiteId id = sites.add(asyncProxy(true));
    return run([&](ConflictSink sink) {
      shadow.accessRanges(id, RowRange{base, value.size()}, operation, sink,
                          value.data());
    });
  }

  /// A strong access and what it synchronises.
  unsigned strongWrite(WarpClocks &warp, unsigned lane, uint64_t address,
                       SyncScope scope, bool isRelease) {
    unsigned races = one(warp, lane, strong(true, scope), address);
    table.lock(address, 4).write(warp, lane, scope, isRelease, false);
    return races;
  }
  unsigned strongRead(WarpClocks &warp, unsigned lane, uint64_t address,
                      SyncScope scope, bool isAcquire) {
    table.lock(address, 4).read(warp, lane, scope, isAcquire);
    return one(warp, lane, strong(false, scope), address);
  }
  unsigned atomic(WarpClocks &warp, unsigned lane, uint64_t address,
                  SyncScope scope, bool isAcquire, bool isRelease) {
    auto sync = table.lock(address, 4);
    sync.read(warp, lane, scope, isAcquire);
    unsigned races = one(warp, lane, strong(true, scope), address);
    sync.write(warp, lane, scope, isRelease, true);
    return races;
  }

  static void barrier(llvm::ArrayRef<WarpClocks *> participants) {
    llvm::SmallVector<Participant> all;
    for (WarpClocks *warp : participants)
      all.push_back({warp, kAll});
    barrierJoin(all);
  }

  /// To tell sites apart.
  ptx::Instruction instructions[2];
  AccessSites sites;
  Shadow shadow;
  SyncTable table;
  std::vector<std::unique_ptr<WarpClocks>> warps;
  /// Of the last access.
  std::vector<Conflict> races, notes;

private:
  WarpAccess make(const AccessSite &site, const uint64_t *addresses, Mask lanes,
                  uint32_t bytes) {
    WarpAccess access;
    access.site = sites.add(site);
    access.lanes = lanes;
    access.addresses = addresses;
    access.bytes = bytes;
    return access;
  }
  unsigned run(llvm::function_ref<void(ConflictSink)> check) {
    races.clear();
    notes.clear();
    check([&](const Conflict &conflict) {
      bool isNote = conflict.sameValue || conflict.lacksScope ||
                    (conflict.lacksProxyFence && !conflict.otherIsWrite);
      (isNote ? notes : races).push_back(conflict);
    });
    return races.size();
  }
};

} // namespace sluice::sim

#endif // SLUICE_TEST_UNIT_SIMULATOR_CHECK_LAB_H
