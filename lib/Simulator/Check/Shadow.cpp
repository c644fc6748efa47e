//===- Shadow.cpp - who accessed which byte last --------------------------===//

#include "lib/Simulator/Check/Shadow.h"

#include "ShadowMemory.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cassert>

using namespace llvm;
using namespace sluice::sim;

//===----------------------------------------------------------------------===//
// Sites
//===----------------------------------------------------------------------===//

SiteId AccessSites::add(const AccessSite &site) {
  AccessSite wanted = site;
  if (!wanted.isStrong)
    wanted.scope = SyncScope::Gpu;
  std::lock_guard<std::mutex> guard(mutex);
  auto &ids = known[wanted.instruction];
  for (SiteId id : ids)
    if (sites[id >> kSiteIndexShift] == wanted)
      return id;
  // One device: there is nobody in the system but its grid.
  SyncScope scope = std::min(wanted.scope, SyncScope::Gpu);
  SiteId id = uint32_t(sites.size()) << kSiteIndexShift |
              uint32_t(scope) << kSiteScopeShift |
              (wanted.isAsyncProxy ? kSiteAsyncProxy : 0) |
              (wanted.isReadOnly ? kSiteReadOnly : 0) |
              (wanted.isStrong ? kSiteStrong : 0) |
              (wanted.isWrite ? kSiteWrite : 0);
  sites.push_back(wanted);
  ids.push_back(id);
  return id;
}

AccessSite AccessSites::get(SiteId id) const {
  std::lock_guard<std::mutex> guard(mutex);
  return sites[id >> kSiteIndexShift];
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

namespace {

/// The bytes of one lane of an instruction, by address.
void gather(const WarpAccess &access, unsigned lane, unsigned begin,
            unsigned count, uint8_t *to) {
  while (count) {
    unsigned piece = begin / access.pieceBytes,
             offset = begin % access.pieceBytes;
    unsigned bytes = std::min(count, access.pieceBytes - offset);
    std::memcpy(to,
                static_cast<const uint8_t *>(access.pieces[piece]) +
                    lane * access.pieceStride + offset,
                bytes);
    to += bytes;
    begin += bytes;
    count -= bytes;
  }
}

/// `count` bits of lanes, each as 2^shift bits of bytes.
uint16_t spread(Mask lanes, unsigned shift) {
  static constexpr uint16_t kBy4[16] = {
      0x0000, 0x000f, 0x00f0, 0x00ff, 0x0f00, 0x0f0f, 0x0ff0, 0x0fff,
      0xf000, 0xf00f, 0xf0f0, 0xf0ff, 0xff00, 0xff0f, 0xfff0, 0xffff};
  switch (shift) {
  case 0:
    return lanes;
  case 1: {
    uint32_t bits = lanes & 0xff;
    bits = (bits | bits << 4) & 0x0f0f;
    bits = (bits | bits << 2) & 0x3333;
    bits = (bits | bits << 1) & 0x5555;
    return bits | bits << 1;
  }
  case 2:
    return kBy4[lanes & 15];
  case 3:
    return ((lanes & 1) ? 0xff : 0) | ((lanes & 2) ? 0xff00 : 0);
  default:
    return (lanes & 1) ? 0xffff : 0;
  }
}

/// One instruction of lanes that know the same.
class Visit {
public:
  Visit(Shadow::Implementation &memory, const WarpAccess &access, Mask lanes,
        ShadowActor &actor, ConflictSink sink)
      : pages(memory, access.site), access(access), lanes(lanes), actor(actor),
        sink(sink), entry(actor.makeEntry(access.site)) {
    entry.hasValue = (access.site & kSiteWrite) && !access.pieces.empty();
  }

  void run() {
    bool isStrong = access.site & kSiteStrong;
    if (!isStrong && visitRow(lanes))
      return;
    uint32_t element =
        isStrong && access.elementBytes ? access.elementBytes : access.bytes;
    unsigned first = llvm::countr_zero(lanes);
    Mask rest = lanes & (lanes - 1);
    // Lanes that store one after the other to one place are checked as such.
    bool isOne = isStrong || !(access.site & kSiteWrite);
    for (Mask left = rest; left && isOne; left &= left - 1)
      isOne =
          access.addresses[llvm::countr_zero(left)] == access.addresses[first];
    if (isOne) {
      visitBytes(access.addresses[first], element, lanes, first);
      return;
    }
    for (Mask left = lanes; left;) {
      unsigned lane = llvm::countr_zero(left);
      Mask run = isStrong ? Mask(1) << lane : getRun(left, lane);
      left &= ~run;
      if (llvm::has_single_bit(run) || !visitRow(run))
        visitLanes(run, element);
    }
  }

private:
  /// Of those left the first one, and what comes right behind it.
  Mask getRun(Mask left, unsigned first) const {
    unsigned end = first + 1;
    while (end < 32 && (left >> end & 1) &&
           access.addresses[end] == access.addresses[end - 1] + access.bytes)
      ++end;
    return (end < 32 ? (Mask(1) << end) - 1 : ~0u) & (~0u << first);
  }

  void visitLanes(Mask who, uint32_t element) {
    for (; who; who &= who - 1) {
      unsigned lane = llvm::countr_zero(who);
      visitBytes(access.addresses[lane], element, Mask(1) << lane, lane);
    }
  }

  /// Lanes side by side.
  bool visitRow(Mask lanes) {
    uint32_t bytes = access.bytes;
    if (bytes > kUnitBytes || !llvm::has_single_bit(bytes))
      return false;
    unsigned first = llvm::countr_zero(lanes),
             last = 31 - llvm::countl_zero(lanes);
    const uint64_t *addresses = access.addresses;
    // Of lane 0, if it took part.
    uint64_t start = addresses[first] - uint64_t(first) * bytes;
    uint64_t different = (addresses[first] & (bytes - 1)) |
                         (addresses[last] ^ (start + uint64_t(last) * bytes));
    if (different)
      return false;
    if (lanes == ~0u) {
      for (unsigned lane = 0; lane < 32; ++lane)
        different |= addresses[lane] ^ (start + uint64_t(lane) * bytes);
    } else {
      for (Mask left = lanes; left && !different; left &= left - 1) {
        unsigned lane = llvm::countr_zero(left);
        different |= addresses[lane] ^ (start + uint64_t(lane) * bytes);
      }
    }
    if (different)
      return false;
    unsigned shift = llvm::countr_zero(bytes);
    unsigned perUnit = kUnitBytes >> shift;
    entry.affine = shift + 1;
    uint64_t end = addresses[last] + bytes;
    bool hasValue = entry.hasValue;
    bool isContiguous =
        hasValue && access.pieces.size() == 1 && access.pieceStride == bytes;
    for (uint64_t unit = addresses[first] & -uint64_t(kUnitBytes); unit < end;
         unit += kUnitBytes) {
      int32_t lane0 = int32_t(int64_t(unit - start) >> shift);
      Mask inside = lane0 >= 0 ? lanes >> lane0 : lanes << -lane0;
      if (perUnit < 32)
        inside &= (1u << perUnit) - 1;
      entry.cover = spread(inside, shift);
      if (!entry.cover)
        continue;
      entry.lanes = lane0;
      ShadowPage &page = pages.get(unit);
      ShadowUnit &place = page.getUnit(unit);
      if (!hasValue) {
        actor.access(place, unit, entry, nullptr, page.getValues(unit), sink);
        continue;
      }
      alignas(16) uint8_t value[kUnitBytes];
      if (isContiguous && entry.cover == 0xffff)
        std::memcpy(value,
                    static_cast<const uint8_t *>(access.pieces[0]) +
                        lane0 * int64_t(bytes),
                    kUnitBytes);
      else
        for (Mask left = inside; left; left &= left - 1) {
          unsigned i = llvm::countr_zero(left);
          gather(access, lane0 + i, 0, bytes, value + i * bytes);
        }
      actor.access(place, unit, entry, value, page.makeValues(unit), sink);
    }
    return true;
  }

  /// `bytes` of the instruction from `address`, by elements.
  void visitBytes(uint64_t address, uint32_t element, Mask who, unsigned lane) {
    entry.affine = 0;
    entry.lanes = who;
    for (uint32_t done = 0; done < access.bytes;) {
      unsigned offset = (address + done) % kUnitBytes;
      unsigned count = std::min(
          {kUnitBytes - offset, access.bytes - done, element - done % element});
      entry.cover = makeCover(offset, count);
      uint64_t unit = address + done - offset;
      ShadowPage &page = pages.get(unit);
      ShadowUnit &place = page.getUnit(unit);
      if (entry.hasValue) {
        alignas(16) uint8_t value[kUnitBytes];
        gather(access, lane, done, count, value + offset);
        actor.access(place, unit, entry, value, page.makeValues(unit), sink);
      } else {
        actor.access(place, unit, entry, nullptr, page.getValues(unit), sink);
      }
      done += count;
    }
  }

  PageHolder pages;
  const WarpAccess &access;
  Mask lanes;
  ShadowActor &actor;
  ConflictSink sink;
  ShadowEntry entry;
};

} // namespace

//===----------------------------------------------------------------------===//
// Shadow
//===----------------------------------------------------------------------===//

Shadow::Shadow(unsigned blockBytes)
    : implementation(new Implementation(blockBytes)) {
  assert(llvm::isPowerOf2_32(blockBytes) && blockBytes >= 128 &&
         blockBytes <= kMostBlockUnits * kUnitBytes);
}
Shadow::~Shadow() = default;

void Shadow::access(const WarpAccess &access, WarpClocks &warp,
                    ConflictSink sink, const ClockMap *known) {
  for (LaneGroup &group : warp.groups) {
    Mask lanes = access.lanes & group.lanes;
    if (!lanes)
      continue;
    group.touched = true;
    if (LLVM_LIKELY(!known)) {
      ShadowActor actor(warp.place, group);
      Visit(*implementation, access, lanes, actor, sink).run();
      continue;
    }
    LaneGroup informed = group;
    informed.knowledge.seen.join(*known);
    ShadowActor actor(warp.place, informed);
    Visit(*implementation, access, lanes, actor, sink).run();
  }
}

void Shadow::access(const WarpAccess &access, const AsyncOp &operation,
                    ConflictSink sink) {
  for (const LaneGroup &group : operation.groups) {
    Mask lanes = access.lanes & group.lanes;
    if (!lanes)
      continue;
    ShadowActor actor(operation, group);
    Visit(*implementation, access, lanes, actor, sink).run();
  }
}

void Shadow::clear(uint64_t address, uint64_t bytes) {
  if (bytes == 0)
    return;
  uint64_t end = address + bytes;
  uint64_t firstPage = address / kPageBytes, lastPage = (end - 1) / kPageBytes;
  // What else was read of these pages must not be forgotten.
  PageHolder pages(*implementation, kSiteWrite);
  for (uint64_t page = firstPage; page <= lastPage; ++page) {
    uint64_t begin = page * kPageBytes;
    uint64_t first = std::max(address, begin) - begin,
             last = std::min(end, begin + kPageBytes) - begin;
    pages.get(begin).clear(first / kUnitBytes,
                           (last + kUnitBytes - 1) / kUnitBytes);
  }
}

void Shadow::clear() {
  implementation->logs.clear();
  for (unsigned i = 0; i < kPageShards; ++i) {
    PageShard &shard = implementation->shards[i];
    if (!shard.lastPage) // has none
      continue;
    for (auto &[number, page] : shard.pages) {
      page->clear(0, kPageUnits);
      page->isComplete = false;
    }
  }
}
