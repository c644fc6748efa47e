//===- ShadowUnit.cpp - 16 bytes and who accessed them --------------------===//

#include "ShadowUnit.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace llvm;
using namespace sluice::sim;

/// Those of one thread that may replace each other.
static std::pair<uint64_t, uint32_t> getThreadKey(const ShadowEntry &entry) {
  uint64_t kind = llvm::countr_zero(entry.cover) << 2 |
                  entry.isReadOnly() << 1 | entry.isWrite();
  return {kind << 32 | entry.getOwner(), entry.who};
}

static uint32_t getBytes(const ShadowEntry &entry) {
  return llvm::popcount(entry.cover);
}

void ShadowCrowd::index() {
  latest.clear();
  bytes = entries.empty() ? 0 : getBytes(entries.front());
  for (uint32_t i = 0; i < entries.size(); ++i) {
    latest[getThreadKey(entries[i])] = i;
    if (getBytes(entries[i]) != bytes)
      bytes = 0;
  }
}

void ShadowOverflow::clear() {
  entries.clear();
  if (!wide.empty())
    wide = ShadowCrowd();
  if (!reads.empty())
    reads = ShadowCrowd();
}

/// Entries of a unit that are looked at one by one.
static constexpr size_t kFewEntries = 8;

/// Of strong entries that never conflict among themselves.
static bool isWide(const ShadowEntry &entry) {
  return entry.isStrong() && entry.getScope() >= SyncScope::Gpu;
}

ShadowActor::ShadowActor(const WarpPlace &place, const LaneGroup &group)
    : cta(place.cta), clusterSize(place.clusterSize), warp(place.warp),
      clock(group.clock), isAsync(false), group(&group) {
  if (const CtaClocks *local = group.knowledge.seen.getLocal().get())
    floor = local->floor;
  if ((place.lanes & ~group.peers) == 0)
    peersKnown = group.peerClock;
}

ShadowActor::ShadowActor(const AsyncOp &operation, const LaneGroup &group)
    : cta(operation.cta), clusterSize(operation.clusterSize),
      warp(operation.warp), index(operation.index), clock(operation.clock),
      isAsync(true), isCollective(operation.isCollective), group(&group) {
  if (const CtaClocks *local = group.knowledge.seen.getLocal().get())
    floor = local->floor;
  if (const CtaClocks *local = group.knowledge.fenced.getLocal().get())
    fencedFloor = local->floor;
  if ((operation.existing & ~group.peers) == 0)
    peersKnown = group.peerClock;
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

bool ShadowActor::lookUp(const ShadowEntry &old, bool fenced) {
  Memo &memo = getMemo(old, fenced);
  memo = {old.key, old.who, getAsked(old), fenced, true};
  if (old.isAsync()) {
    memo.isKnown = !(getUnknown(old, old.who, fenced).lanes & memo.lanes);
    return memo.isKnown;
  }
  if (old.getOwner() == cta << 1 && !fenced && old.who == 1u << warp &&
      old.getClock() <= peersKnown)
    return true;
  for (uint32_t left = old.who; left && memo.isKnown; left &= left - 1)
    memo.isKnown = !getUnknown(old, llvm::countr_zero(left), fenced).lanes;
  return memo.isKnown;
}

ShadowActor::Unknown ShadowActor::getUnknown(const ShadowEntry &old,
                                             uint32_t oldWarp, bool fenced,
                                             bool assumed) const {
  const ClockMap &map =
      fenced ? group->knowledge.fenced : group->knowledge.seen;
  Clock asked = old.getClock();
  Unknown unknown{~0u, false};
  bool isHere = old.getCta() == cta;
  if (isHere && map.getHome() == cta) {
    if (const CtaClocks *local = map.getLocal().get())
      unknown.lanes = ~local->getKnown(oldWarp, asked);
  } else if (CtaRef clocks = map.getCta(old.getCta())) {
    unknown.lanes = ~clocks->getKnown(oldWarp, asked);
  }
  if (const AssumedKnowledge *more = group->knowledge.assumed.get();
      more && assumed)
    if (CtaRef clocks =
            (fenced ? more->fenced : more->seen).getCta(old.getCta()))
      unknown.lanes &= ~clocks->getKnown(oldWarp, asked);
  if (!isHere)
    return unknown;
  if (!old.isAsync()) {
    if (oldWarp != warp)
      return unknown;
    if (asked <= (fenced ? group->peerFenced : group->peerClock))
      unknown.lanes &= ~group->peers;
    unknown.knowsSelf = asked <= (fenced ? group->ownFenced : group->clock);
    return unknown;
  }
  // One operation; but a group of collective ones has one clock.
  unknown.knowsSelf =
      isAsync && !isCollective && index == oldWarp && asked == clock;
  for (const LaneGroup::Waited &waited : group->waited)
    if (waited.index == oldWarp)
      unknown.knowsSelf |= asked <= (fenced ? waited.fenced : waited.clock);
  return unknown;
}

bool ShadowActor::findUnordered(const ShadowEntry &old, const ShadowEntry &now,
                                bool fenced, Unordered &found,
                                bool assumed) const {
  auto search = [&](uint32_t oldWarp) {
    Unknown unknown = getUnknown(old, oldWarp, fenced, assumed);
    if (!unknown.lanes)
      return false;
    for (unsigned left = old.cover & now.cover; left; left &= left - 1) {
      unsigned byte = llvm::countr_zero(left);
      Mask before = old.getLanes(byte) & unknown.lanes;
      Mask after = now.getLanes(byte);
      if (!before)
        continue;
      if (unknown.knowsSelf && llvm::has_single_bit(before)) {
        after &= ~before;
        if (!after)
          continue;
      }
      unsigned newLane = llvm::countr_zero(after);
      if (unknown.knowsSelf)
        before &= ~(Mask(1) << newLane);
      found = {byte, oldWarp, unsigned(llvm::countr_zero(before)), newLane};
      return true;
    }
    return false;
  };
  if (old.isAsync())
    return search(old.who);
  for (uint32_t left = old.who; left; left &= left - 1)
    if (search(llvm::countr_zero(left)))
      return true;
  return false;
}

bool ShadowActor::isOrdered(const ShadowEntry &old, const ShadowEntry &now) {
  Unordered found;
  return isQuicklyOrdered(old, now) ||
         !findUnordered(old, now, needsFence(old, now.site), found);
}

//===----------------------------------------------------------------------===//
// Conflict
//===----------------------------------------------------------------------===//

bool ShadowActor::mayRace(const ShadowEntry &old,
                          const ShadowEntry &now) const {
  if (!old.isWrite() && !now.isWrite())
    return false;
  if (!old.isStrong() || !now.isStrong() || old.cover != now.cover)
    return true;
  if (old.getCta() == cta)
    return false;
  SyncScope scope = std::min(old.getScope(), now.getScope());
  if (scope >= SyncScope::Gpu)
    return false;
  return scope < SyncScope::Cluster ||
         old.getCta() / clusterSize != cta / clusterSize;
}

bool ShadowActor::subsumes(const ShadowEntry &now,
                           const ShadowEntry &old) const {
  if (old.isWrite() && !now.isWrite())
    return false;
  if (!mayReplace(old) ||
      (old.isReadOnly() && !now.isReadOnly() && !now.isWrite()))
    return false;
  if (!now.isStrong())
    return true;
  return old.isStrong() && old.getCta() == cta && old.cover == now.cover &&
         old.getScope() >= now.getScope();
}

void ShadowActor::report(const ShadowEntry &old, const ShadowEntry &now,
                         uint64_t address, const uint8_t *value,
                         const uint8_t *values, ConflictSink sink) {
  bool isSame = haveValues(old, now);
  for (unsigned left = old.cover & now.cover; left && isSame;
       left &= left - 1) {
    unsigned byte = llvm::countr_zero(left);
    isSame = value[byte] == values[byte];
  }
  bool isOnce = isSame && isAsync;
  if (isOnce && isTold(Told::SameValue, old.site))
    return;
  Unordered found, unfenced;
  bool fenced = needsFence(old, now.site);
  if (!findUnordered(old, now, fenced, found))
    return;
  if (isOnce)
    told.push_back({Told::SameValue, old.site});
  Conflict conflict = makeConflict(old, now, address, found);
  conflict.sameValue = isSame;
  conflict.lacksScope =
      group->knowledge.assumed &&
      !findUnordered(old, now, fenced, unfenced, /*assumed=*/true);
  conflict.lacksProxyFence =
      fenced && !conflict.lacksScope &&
      !findUnordered(old, now, false, unfenced, /*assumed=*/true);
  if (conflict.lacksProxyFence && !old.isWrite()) {
    if (isTold(Told::UnfencedRead, old.site))
      return;
    told.push_back({Told::UnfencedRead, old.site});
  }
  sink(conflict);
}

bool ShadowActor::passUnfenced(const ShadowEntry &old, const ShadowEntry &now,
                               uint64_t address, ConflictSink sink) {
  if (old.isWrite() || !now.isWrite() || !needsFence(old, now.site) ||
      !(isBelowFloor(old, false) || isKnown(old, false)))
    return false;
  if ((old.cover & now.cover) && !isTold(Told::UnfencedRead, old.site))
    report(old, now, address, nullptr, nullptr, sink);
  return true;
}

void ShadowActor::reportConstant(const ShadowEntry &old, const ShadowEntry &now,
                                 uint64_t address, ConflictSink sink) {
  if (isTold(Told::Constant, old.site))
    return;
  told.push_back({Told::Constant, old.site});
  unsigned byte = llvm::countr_zero(unsigned(old.cover & now.cover));
  Unordered any{byte, old.isAsync() ? old.who : llvm::countr_zero(old.who),
                unsigned(llvm::countr_zero(old.getLanes(byte))),
                unsigned(llvm::countr_zero(now.getLanes(byte)))};
  Conflict conflict = makeConflict(old, now, address, any);
  conflict.isReadOnly = true;
  sink(conflict);
}

Conflict ShadowActor::makeConflict(const ShadowEntry &old,
                                   const ShadowEntry &now, uint64_t address,
                                   const Unordered &found) const {
  Conflict conflict{};
  conflict.site = now.site;
  conflict.other = old.site;
  conflict.isWrite = now.isWrite();
  conflict.otherIsWrite = old.isWrite();
  conflict.address = address + found.byte;
  uint16_t overlap = old.cover & now.cover;
  for (unsigned byte = found.byte; byte < kUnitBytes && (overlap >> byte & 1) &&
                                   (now.getLanes(byte) >> found.newLane & 1);
       ++byte)
    ++conflict.bytes;
  conflict.cta = cta;
  conflict.warp = warp;
  conflict.lane = isCollective ? 0 : found.newLane;
  conflict.isAsync = isAsync;
  conflict.otherCta = old.getCta();
  conflict.otherIsAsync = old.isAsync();
  bool isOtherCollective = old.isAsync() && (old.who & kCollective);
  conflict.otherWarp = isOtherCollective ? found.oldLane
                       : old.isAsync()   ? old.who % kMostWarps
                                         : found.oldWarp;
  conflict.otherLane = isOtherCollective ? 0 : found.oldLane;
  return conflict;
}

void ShadowActor::meet(ShadowEntry &old, const ShadowEntry &now,
                       uint64_t address, const uint8_t *value,
                       const uint8_t *values, ConflictSink sink) {
  if (!(old.cover & now.cover))
    return;
  bool races = mayRace(old, now), drops = subsumes(now, old);
  if (!races && !drops)
    return;
  if (areOfConstant(old, now))
    reportConstant(old, now, address, sink);
  bool ordered = isOrdered(old, now) || passUnfenced(old, now, address, sink);
  if (races && !ordered)
    report(old, now, address, value, values, sink);
  // A race is not told again by whoever comes next.
  if (drops && (ordered || races || isLaterOfQueue(now, old)))
    old.cover &= ~now.cover;
}

//===----------------------------------------------------------------------===//
// Access
//===----------------------------------------------------------------------===//

bool ShadowActor::accessMore(ShadowUnit &unit, uint64_t address,
                             const ShadowEntry &now, ConflictSink sink) {
  ShadowOverflow &more = *unit.more;
  if (!more.wide.empty() || more.entries.size() > kFewEntries)
    return false;
  if (now.isWrite()) {
    auto overwrites = [&](const ShadowEntry &old) {
      return replaces(now, old) ||
             (mayStandFor(now, old) && passUnfenced(old, now, address, sink));
    };
    if (!more.reads.empty() || !overwrites(unit.write) ||
        !overwrites(unit.read) || !llvm::all_of(more.entries, overwrites))
      return false;
    more.entries.clear();
    unit.hasMore = false;
    unit.write = now;
    unit.read.cover = 0;
    return true;
  }
  for (const ShadowEntry &old : more.entries)
    if (old.isWrite())
      return false;
  // Not all that it could replace: the next write does that.
  if (unit.read.merge(now))
    return true;
  for (ShadowEntry &old : more.entries)
    if (old.merge(now))
      return true;
  if (replaces(now, unit.read)) {
    unit.read = now;
    return true;
  }
  for (ShadowEntry &old : more.entries)
    if (replaces(now, old)) {
      old = now;
      return true;
    }
  if (more.entries.size() == kFewEntries)
    insert(more.reads, now);
  else
    more.entries.push_back(now);
  return true;
}

void ShadowActor::accessSlowly(ShadowUnit &unit, uint64_t address,
                               const ShadowEntry &now, const uint8_t *value,
                               uint8_t *values, ConflictSink sink) {
  auto meetOne = [&](ShadowEntry &old) {
    meet(old, now, address, value, values, sink);
    // What it wrote is kept while memory holds the same.
    if (!now.hasValue || !old.isWrite())
      return;
    for (unsigned left = old.cover & now.cover; left; left &= left - 1) {
      unsigned byte = llvm::countr_zero(left);
      if (value[byte] != values[byte])
        old.hasValue = 0;
    }
  };
  auto isGone = [](const ShadowEntry &entry) { return entry.cover == 0; };
  meetOne(unit.write);
  meetOne(unit.read);
  if (unit.hasMore) {
    ShadowOverflow *more = unit.more;
    for (ShadowEntry &old : more->entries)
      meetOne(old);
    llvm::erase_if(more->entries, isGone);
    auto meetCrowd = [&](ShadowCrowd &crowd) {
      bool isChanged = false;
      for (ShadowEntry &old : crowd.entries) {
        uint16_t before = old.cover;
        meetOne(old);
        isChanged |= old.cover != before;
      }
      if (!isChanged)
        return;
      llvm::erase_if(crowd.entries, isGone);
      crowd.index();
    };
    if (!(isWide(now) && more->wide.bytes == getBytes(now)))
      meetCrowd(more->wide);
    if (now.isWrite())
      meetCrowd(more->reads);
  }
  if (value)
    copyShadowValue(values, value, now.cover);
  insert(unit, now);

  if (!unit.hasMore)
    return;
  llvm::erase_if(unit.more->entries, [&](const ShadowEntry &entry) {
    ShadowEntry &place = entry.isWrite() ? unit.write : unit.read;
    if (place.cover)
      return false;
    place = entry;
    return true;
  });
  unit.hasMore = !unit.more->empty();
}

void ShadowActor::insert(ShadowUnit &unit, const ShadowEntry &now) {
  ShadowEntry &place = now.isWrite() ? unit.write : unit.read;
  if (place.merge(now))
    return;
  if (unit.hasMore)
    for (ShadowEntry &old : unit.more->entries)
      if (old.merge(now))
        return;
  if (!place.cover) {
    place = now;
    return;
  }
  ShadowOverflow &more = unit.makeMore();
  unit.hasMore = true;
  if (isWide(now))
    insert(more.wide, now);
  else if (!now.isWrite() && !now.isStrong() &&
           more.entries.size() >= kFewEntries)
    insert(more.reads, now);
  else
    more.entries.push_back(now);
}

void ShadowActor::insert(ShadowCrowd &crowd, const ShadowEntry &now) {
  if (crowd.entries.size() >= crowd.limit) {
    llvm::erase_if(crowd.entries, [&](const ShadowEntry &old) {
      return subsumes(now, old) && !(old.cover & ~now.cover) &&
             isOrdered(old, now);
    });
    crowd.index();
    crowd.limit = std::max<size_t>(64, 2 * crowd.entries.size());
  }
  auto [found, isNew] =
      crowd.latest.try_emplace(getThreadKey(now), crowd.entries.size());
  if (!isNew) {
    ShadowEntry &old = crowd.entries[found->second];
    if (old.merge(now))
      return;
    // The same lanes later: program order, or that of a queue.
    bool isLater =
        isAsync ? isLaterOfQueue(now, old)
                : old.hasLanesOf(now) ||
                      (!old.affine && !now.affine && !(old.lanes & ~now.lanes));
    if (isLater && old.cover == now.cover) {
      old = now;
      return;
    }
    found->second = crowd.entries.size();
  }
  if (crowd.empty())
    crowd.bytes = getBytes(now);
  else if (crowd.bytes != getBytes(now))
    crowd.bytes = 0;
  crowd.entries.push_back(now);
}
