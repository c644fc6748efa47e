//===- ShadowPage.cpp - units, and blocks of them alike -------------------===//

#include "ShadowPage.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice::sim;

//===----------------------------------------------------------------------===//
// Spans: as ShadowActor::accessQuickly does with a unit's entries
//===----------------------------------------------------------------------===//

static bool isGone(const ShadowSpan &span) { return span.units == 0; }

static unsigned getFirst(uint64_t units) { return llvm::countr_zero(units); }

bool BlockValues::areSame(uint64_t units) const {
  for (uint64_t left = units; left; left &= left - 1) {
    unsigned unit = getFirst(left);
    if (std::memcmp(getWritten(unit), getKept(unit), kUnitBytes) != 0)
      return false;
  }
  return true;
}

void BlockValues::keep(uint64_t units) const {
  std::memcpy(getKept(first), written,
              size_t(llvm::popcount(units)) * kUnitBytes);
}

bool ShadowBlock::access(ShadowActor &actor, const ShadowEntry &now,
                         uint64_t address, uint64_t units,
                         const BlockValues &values, ConflictSink sink) {
  if (now.isStrong())
    return false;
  return now.isWrite() ? write(actor, now, address, units, values, sink)
                       : read(actor, now, units);
}

/// Of so many readers units keep track at less cost.
static constexpr size_t kMostSpans = 32;

bool ShadowBlock::read(ShadowActor &actor, const ShadowEntry &now,
                       uint64_t units) {
  ShadowSpan *same = nullptr, *alike = nullptr;
  for (ShadowSpan &span : spans) {
    const ShadowEntry &old = span.entry;
    if (old.key != now.key || old.who != now.who || old.isWrite() ||
        !old.isSiteLike(now))
      continue;
    if (old.lanes == now.lanes)
      same = &span;
    else if (span.units == units)
      alike = &span;
  }
  if (same && same->isBehindWrites) {
    same->units |= units;
    return true;
  }
  bool isBehindWrites = true;
  for (const ShadowSpan &span : spans) {
    if (!span.entry.isWrite() || actor.isQuicklyOrdered(span.entry, now))
      continue;
    if (span.units & units)
      return false;
    isBehindWrites = false;
  }
  if (same) {
    same->units |= units;
    same->isBehindWrites = isBehindWrites;
    return true;
  }
  if (alike) {
    alike->entry.lanes |= now.lanes;
    return true;
  }
  if (spans.size() >= kMostSpans)
    return false;
  for (ShadowSpan &span : spans)
    if (!span.entry.isWrite() && (span.units & units) &&
        actor.replaces(now, span.entry))
      span.units &= ~units;
  llvm::erase_if(spans, isGone);
  spans.push_back({now, units, isBehindWrites});
  return true;
}

bool ShadowBlock::write(ShadowActor &actor, const ShadowEntry &now,
                        uint64_t address, uint64_t units,
                        const BlockValues &values, ConflictSink sink) {
  ShadowSpan *same = nullptr;
  auto overwrites = [&](const ShadowSpan &span) {
    const ShadowEntry &old = span.entry;
    uint64_t common = span.units & units;
    if (!common)
      return true;
    if (!actor.mayReplace(old))
      return false;
    if (actor.isQuicklyOrdered(old, now))
      return true;
    if (!ShadowActor::haveValues(old, now) || !values.areSame(common))
      return false;
    unsigned unit = getFirst(common);
    actor.tellSame(old, now, address + size_t(unit) * kUnitBytes,
                   values.getWritten(unit), values.getKept(unit), sink);
    return true;
  };
  for (ShadowSpan &span : spans) {
    const ShadowEntry &old = span.entry;
    if (!overwrites(span))
      return false;
    if (old.key == now.key && old.who == now.who && old.site == now.site &&
        old.lanes == now.lanes)
      same = &span;
  }
  for (ShadowSpan &span : spans) {
    span.units &= ~units;
    span.isBehindWrites = false;
  }
  if (same)
    same->units |= units;
  else
    spans.push_back({now, units});
  llvm::erase_if(spans, isGone);
  return true;
}

//===----------------------------------------------------------------------===//
// Pages
//===----------------------------------------------------------------------===//

ShadowPage::~ShadowPage() {
  // Units of other blocks have never been used.
  for (uint32_t used = apart | stale; used; used &= used - 1) {
    unsigned block = llvm::countr_zero(used);
    for (const ShadowUnit &unit :
         ArrayRef(units + size_t(block) * unitsOfBlock, unitsOfBlock))
      delete unit.more;
  }
  delete[] units;
}

/// As one entry or another of the unit.
static void addRead(ShadowUnit &unit, const ShadowEntry &entry) {
  if (!unit.read.cover) {
    unit.read = entry;
    return;
  }
  if (unit.read.merge(entry))
    return;
  ShadowOverflow &more = unit.makeMore();
  unit.hasMore = true;
  for (ShadowEntry &old : more.entries)
    if (old.merge(entry))
      return;
  more.entries.push_back(entry);
}

void ShadowPage::takeApart(unsigned block) {
  if (!units)
    units = new ShadowUnit[kPageUnits]();
  if (stale >> block & 1)
    clearUnits(block * unitsOfBlock, (block + 1) * unitsOfBlock);
  stale &= ~(uint32_t(1) << block);
  apart |= uint32_t(1) << block;
  if (!blocks)
    return;
  for (const ShadowSpan &span : blocks[block].spans)
    for (uint64_t left = span.units; left; left &= left - 1) {
      ShadowUnit &unit = units[block * unitsOfBlock + llvm::countr_zero(left)];
      // Spans of writes do not overlap.
      if (span.entry.isWrite())
        unit.write = span.entry;
      else
        ::addRead(unit, span.entry);
    }
  blocks[block].spans.clear();
}

void ShadowPage::putTogether(unsigned block, const ShadowEntry &now) {
  unsigned begin = block * unitsOfBlock;
  for (const ShadowUnit &unit : ArrayRef(units + begin, unitsOfBlock)) {
    const ShadowEntry &write = unit.write;
    if (write.key != now.key || write.who != now.who ||
        write.site != now.site || write.cover != now.cover ||
        write.hasValue != now.hasValue || !write.hasLanesOf(now) ||
        unit.read.cover || unit.hasMore)
      return;
  }
  dropUnits(block);
  if (!blocks)
    blocks = std::make_unique<ShadowBlock[]>(kPageUnits / unitsOfBlock);
  blocks[block].spans.push_back({now, getAllUnits()});
}

bool ShadowPage::accessQuickly(ShadowActor &actor, const ShadowEntry &now,
                               uint64_t address, uint64_t accessed,
                               const uint8_t *value, ConflictSink sink) {
  unsigned block = address % kPageBytes >> blockShift;
  if (apart >> block & 1)
    return false;
  if (!blocks)
    blocks = std::make_unique<ShadowBlock[]>(kPageUnits / unitsOfBlock);
  BlockValues both;
  if (value)
    both = {value, makeValues(address), getFirst(accessed)};
  if (!blocks[block].access(actor, now, address, accessed, both, sink))
    return false;
  if (value)
    both.keep(accessed);
  return true;
}

void ShadowPage::accessBlock(ShadowActor &actor, const ShadowEntry &now,
                             uint64_t address, uint64_t accessed,
                             const uint8_t *value, ConflictSink sink) {
  if (accessQuickly(actor, now, address, accessed, value, sink))
    return;
  unsigned block = address % kPageBytes >> blockShift;
  if (!(apart >> block & 1))
    takeApart(block);
  for (uint64_t left = accessed; left; left &= left - 1) {
    unsigned i = getFirst(left);
    uint64_t at = address + i * kUnitBytes;
    actor.access(units[block * unitsOfBlock + i], at, now, value,
                 value ? makeValues(at) : getValues(at), sink);
    if (value)
      value += kUnitBytes;
  }
  if (now.isWrite() && !now.isStrong() && accessed == getAllUnits())
    putTogether(block, now);
}

void ShadowPage::addRead(const ShadowEntry &entry, uint64_t address,
                         uint64_t bytes) {
  for (uint64_t done = 0; done < bytes;) {
    unsigned offset = (address + done) % kUnitBytes;
    unsigned count = std::min<uint64_t>(kUnitBytes - offset, bytes - done);
    ShadowEntry part = entry;
    part.cover = ((1u << count) - 1) << offset;
    ::addRead(getUnit(address + done), part);
    done += count;
  }
}

void ShadowPage::clear(unsigned begin, unsigned end) {
  for (unsigned block = begin / unitsOfBlock; block * unitsOfBlock < end;
       ++block) {
    unsigned first = block * unitsOfBlock, last = first + unitsOfBlock;
    bool isWhole = begin <= first && last <= end;
    if (apart >> block & 1) {
      if (isWhole)
        dropUnits(block);
      else
        clearUnits(std::max(begin, first), std::min(end, last));
      continue;
    }
    if (!blocks)
      continue;
    SmallVectorImpl<ShadowSpan> &spans = blocks[block].spans;
    if (isWhole) {
      spans.clear();
      continue;
    }
    uint64_t gone = getAllUnits();
    if (begin > first)
      gone &= ~uint64_t(0) << (begin - first);
    if (end < last)
      gone &= ~uint64_t(0) >> (64 - (end - first));
    for (ShadowSpan &span : spans)
      span.units &= ~gone;
    llvm::erase_if(spans, isGone);
  }
}

void ShadowPage::clearUnits(unsigned begin, unsigned end) {
  for (ShadowUnit &unit : MutableArrayRef(units + begin, end - begin))
    unit.clear();
}

void ShadowPage::dropUnits(unsigned block) {
  apart &= ~(uint32_t(1) << block);
  stale |= uint32_t(1) << block;
}
