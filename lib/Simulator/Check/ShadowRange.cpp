//===- ShadowRange.cpp - ranges of memory, one lane's ---------------------===//

#include "ShadowMemory.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace llvm;
using namespace sluice::sim;

namespace {

/// What one lane does with ranges of memory.
class RangeVisit {
public:
  /// `value`: what is written, as Shadow::accessRanges has it.
  RangeVisit(Shadow::Implementation &memory, SiteId site, unsigned lane,
             ShadowActor &actor, ConflictSink sink,
             const uint8_t *value = nullptr)
      : memory(memory), pages(memory, site), actor(actor), sink(sink),
        entry(actor.makeEntry(site)), value(value) {
    entry.lanes = Mask(1) << lane;
    entry.hasValue = value != nullptr;
    isRead = !(site & (kSiteWrite | kSiteStrong));
  }

  void visit(uint64_t address, uint64_t bytes) {
    uint64_t end = address + bytes;
    uint64_t firstWhole = llvm::alignTo(address, kUnitBytes),
             endWhole = end / kUnitBytes * kUnitBytes;
    if (firstWhole > endWhole) {
      visitPart(address, bytes);
      return;
    }
    if (address != firstWhole)
      visitPart(address, firstWhole - address);
    for (uint64_t at = firstWhole; at < endWhole;) {
      uint64_t block = at / memory.blockBytes * memory.blockBytes,
               next = std::min(block + memory.blockBytes, endWhole);
      visitBlock(block,
                 llvm::maskTrailingOnes<uint64_t>((next - at) / kUnitBytes)
                     << (at - block) / kUnitBytes,
                 next - at);
      at = next;
    }
    if (end != endWhole)
      visitPart(endWhole, end - endWhole);
  }

  void visit(const RowRange &range) {
    constexpr uint64_t kExtent = ReadLogs::kExtentBytes;
    RowRange part = range;
    for (uint64_t left = range.rows; left; left -= part.rows) {
      // As many rows as are in one extent.
      uint64_t end = (part.address / kExtent + 1) * kExtent;
      uint64_t room = end - part.address;
      bool isInside = part.bytes <= room;
      part.rows = !isInside ? 1
                  : !part.step
                      ? left
                      : std::min(left, (room - part.bytes) / part.step + 1);
      if (!isInside || !isRead || !memory.logs.add(entry, part))
        for (uint64_t row = 0; row < part.rows; ++row)
          visit(part.address + row * part.step, part.bytes);
      part.address += part.rows * part.step;
    }
  }

  void visit(const GranuleSet &set) {
    forEachBlock(set, [&](uint64_t block, uint64_t units) {
      visitBlock(block, units, 0);
      return true;
    });
  }
  /// The same if it is quickly seen that nothing races; false if not, and it
  /// must be visited again.
  bool visitQuickly(const GranuleSet &set) {
    return forEachBlock(set, [&](uint64_t block, uint64_t units) {
      entry.cover = 0xffff;
      return pages.get(block).accessQuickly(actor, entry, block, units, nullptr,
                                            sink);
    });
  }

private:
  template <typename Use> bool forEachBlock(const GranuleSet &set, Use use) {
    unsigned unitsOfBlock = memory.blockBytes / kUnitBytes;
    for (uint64_t done = 0; done < kGranuleSetBytes;
         done += memory.blockBytes) {
      uint64_t units = set.granules >> done / kUnitBytes &
                       llvm::maskTrailingOnes<uint64_t>(unitsOfBlock);
      if (units && !use(set.address + done, units))
        return false;
    }
    return true;
  }
  /// Of a unit.
  void visitPart(uint64_t address, uint64_t bytes) {
    unsigned offset = address % kUnitBytes;
    entry.cover = makeCover(offset, bytes);
    uint64_t unit = address - offset;
    ShadowPage &page = pages.get(unit);
    ShadowUnit &place = page.getUnit(unit);
    if (!value) {
      actor.access(place, unit, entry, nullptr, page.getValues(unit), sink);
      return;
    }
    alignas(16) uint8_t part[kUnitBytes];
    std::memcpy(part + offset, value, bytes);
    value += bytes;
    actor.access(place, unit, entry, part, page.makeValues(unit), sink);
  }
  /// Whole units, neighbours of so many bytes if there is a value.
  void visitBlock(uint64_t block, uint64_t units, uint64_t bytes) {
    entry.cover = 0xffff;
    pages.get(block).accessBlock(actor, entry, block, units, value, sink);
    if (value)
      value += bytes;
  }

  Shadow::Implementation &memory;
  PageHolder pages;
  ShadowActor &actor;
  ConflictSink sink;
  ShadowEntry entry;
  /// Of what has not been visited yet.
  const uint8_t *value;
  /// That may wait for its check until somebody writes.
  bool isRead;
};

} // namespace

/// The operation's lowest lane.
static void
forEachActor(const AsyncOp &operation,
             function_ref<void(ShadowActor &actor, unsigned lane)> use) {
  unsigned lane = llvm::countr_zero(operation.lanes);
  for (const LaneGroup &group : operation.groups)
    if (group.lanes >> lane & 1) {
      ShadowActor actor(operation, group);
      use(actor, lane);
    }
}

void Shadow::accessRange(SiteId site, uint64_t address, uint64_t bytes,
                         const AsyncOp &operation, ConflictSink sink) {
  accessRanges(site, RowRange{address, bytes}, operation, sink);
}

void Shadow::accessRanges(SiteId site, ArrayRef<RowRange> ranges,
                          const AsyncOp &operation, ConflictSink sink,
                          const uint8_t *value) {
  forEachActor(operation, [&](ShadowActor &actor, unsigned lane) {
    RangeVisit visit(*implementation, site, lane, actor, sink, value);
    for (const RowRange &range : ranges)
      visit.visit(range);
  });
}

void Shadow::accessGranules(ArrayRef<SiteGranules> accesses,
                            const AsyncOp &operation, ConflictSink sink) {
  if (accesses.empty())
    return;
  // Block by block, however many instructions share one.
  SmallVector<GranuleSet, 32> together;
  for (const SiteGranules &access : accesses) {
    auto *known = llvm::find_if(together, [&](const GranuleSet &set) {
      return set.address == access.set.address;
    });
    if (known == together.end())
      together.push_back(access.set);
    else
      known->granules |= access.set.granules;
  }
  forEachActor(operation, [&](ShadowActor &actor, unsigned lane) {
    for (const GranuleSet &set : together) {
      // One after the other: each holds the lock of a page.
      if (RangeVisit(*implementation, accesses.front().site, lane, actor, sink)
              .visitQuickly(set))
        continue;
      for (const SiteGranules &access : accesses)
        if (access.set.address == set.address)
          RangeVisit(*implementation, access.site, lane, actor, sink)
              .visit(access.set);
    }
  });
}

void Shadow::accessRange(SiteId site, uint64_t address, uint64_t bytes,
                         WarpClocks &warp, unsigned lane, ConflictSink sink) {
  for (LaneGroup &group : warp.groups) {
    if (!(group.lanes >> lane & 1))
      continue;
    group.touched = true;
    ShadowActor actor(warp.place, group);
    RangeVisit(*implementation, site, lane, actor, sink).visit(address, bytes);
  }
}
