//===- WarpClocks.cpp - the lanes of a warp as threads --------------------===//

#include "lib/Simulator/Check/WarpClocks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cassert>

using namespace llvm;
using namespace sluice::sim;

/// Clocks stop here: a race may then be missed, none is invented.
static constexpr Clock kLastClock = ~0u - 1;

/// Lanes that do not exist may be anything: a warp's worth is one number.
static WarpValue makeValue(Mask existing, Mask lanes, Clock clock) {
  return makeWarpValue((existing & ~lanes) == 0 ? ~0u : lanes, clock);
}

/// Joins what the fields of `group` say into its knowledge, but for the lanes'
/// own accesses.
static void settle(LaneGroup &group, uint32_t cta, uint32_t warp,
                   Mask existing) {
  if (group.peers && group.peerClock)
    group.knowledge.seen.join(
        cta, warp, makeValue(existing, group.peers, group.peerClock));
  if (group.peers && group.peerFenced)
    group.knowledge.fenced.join(
        cta, warp, makeValue(existing, group.peers, group.peerFenced));
  group.peers = 0;
  group.peerClock = group.peerFenced = 0;
}

/// Joins what each lane has waited for by itself, as knowledge of `lanes`.
static void addWaited(Knowledge &knowledge, const LaneGroup &group, Mask lanes,
                      uint32_t cta, Mask existing) {
  for (const LaneGroup::Waited &waited : group.waited) {
    knowledge.seen.join(cta, waited.index,
                        makeValue(existing, lanes, waited.clock));
    knowledge.fenced.join(cta, waited.index,
                          makeValue(existing, lanes, waited.fenced));
  }
}

/// All that the group's lanes `lanes` know and have done.
static Knowledge getWhole(const LaneGroup &group, Mask lanes, Clock through,
                          uint32_t cta, uint32_t warp, Mask existing) {
  Knowledge whole = group.knowledge;
  if (group.peers) {
    // One object instead of two where the lanes are the peers.
    WarpValue seen = join(makeValue(existing, group.peers, group.peerClock),
                          makeValue(existing, lanes, through));
    whole.seen.join(cta, warp, seen);
    whole.fenced.join(cta, warp,
                      makeValue(existing, group.peers, group.peerFenced));
  }
  whole.seen.join(cta, warp, makeValue(existing, lanes, through));
  whole.fenced.join(cta, warp, makeValue(existing, lanes, group.ownFenced));
  addWaited(whole, group, lanes, cta, existing);
  return whole;
}

bool LaneGroup::isLike(const LaneGroup &other) const {
  return clock == other.clock && touched == other.touched &&
         peers == other.peers && peerClock == other.peerClock &&
         peerFenced == other.peerFenced && ownFenced == other.ownFenced &&
         knowledge.isSame(other.knowledge) && waited == other.waited;
}

WarpClocks::WarpClocks(const WarpPlace &place)
    : place(place), alive(place.lanes) {
  assert(place.warp < kMostWarps && place.lanes && place.clusterSize);
  LaneGroup all;
  all.lanes = place.lanes;
  all.knowledge = Knowledge(place.cta);
  groups.push_back(std::move(all));
}

Clock WarpClocks::advance(LaneGroup &group) {
  if (!group.touched)
    return group.clock - 1;
  group.touched = false;
  if (group.clock < kLastClock)
    ++group.clock;
  return group.clock - 1;
}

void WarpClocks::split(Mask lanes) {
  for (size_t i = 0, e = groups.size(); i < e; ++i) {
    Mask inside = groups[i].lanes & lanes;
    if (inside == 0 || inside == groups[i].lanes)
      continue;
    LaneGroup part = groups[i];
    part.lanes = inside;
    groups[i].lanes &= ~inside;
    groups.push_back(std::move(part));
  }
}

void WarpClocks::merge() {
  for (size_t i = 0; i < groups.size(); ++i)
    for (size_t j = i + 1; j < groups.size();) {
      if (!groups[i].isLike(groups[j])) {
        ++j;
        continue;
      }
      groups[i].lanes |= groups[j].lanes;
      groups.erase(groups.begin() + j);
    }
}

void WarpClocks::retire(Mask lanes) {
  alive &= ~lanes;
  for (LaneGroup &group : groups)
    group.lanes &= alive;
  llvm::erase_if(groups, [](const LaneGroup &group) { return !group.lanes; });
}

//===----------------------------------------------------------------------===//
// Within the warp
//===----------------------------------------------------------------------===//

void WarpClocks::syncGroup(LaneGroup &group) {
  if (!group.touched && group.peers == group.lanes &&
      group.peerClock == group.clock - 1 &&
      group.peerFenced >= group.ownFenced && group.waited.empty())
    return;
  Clock through = advance(group);
  if (group.peers != group.lanes)
    settle(group, place.cta, place.warp, place.lanes);
  if (!group.waited.empty()) {
    addWaited(group.knowledge, group, group.lanes, place.cta, place.lanes);
    group.waited.clear();
  }
  group.peers = group.lanes;
  group.peerClock = through;
  group.peerFenced = std::max(group.peerFenced, group.ownFenced);
}

void WarpClocks::warpSync(Mask lanes) {
  lanes &= alive;
  if (LaneGroup *group = getConvergedGroup(lanes)) {
    syncGroup(*group);
    return;
  }
  split(lanes);
  LaneGroup together;
  bool isFirst = true, isAlike = true;
  Clock last = 0;
  for (LaneGroup &group : groups) {
    if (!(group.lanes & lanes))
      continue;
    last = std::max(last, advance(group));
    if (isFirst) {
      together.peerFenced = group.peerFenced;
      together.ownFenced = group.ownFenced;
      isFirst = false;
    }
    isAlike &= group.peers == lanes &&
               together.peerFenced == group.peerFenced &&
               together.ownFenced == group.ownFenced;
  }
  // What the lanes did is below; that of other peers, and fences of some lanes
  // only, must be written out.
  together.knowledge = Knowledge(place.cta);
  for (LaneGroup &group : groups) {
    if (!(group.lanes & lanes))
      continue;
    if (!isAlike) {
      if ((group.peers & ~lanes) || group.peerFenced)
        settle(group, place.cta, place.warp, place.lanes);
      group.knowledge.fenced.join(
          place.cta, place.warp,
          makeValue(place.lanes, group.lanes, group.ownFenced));
    }
    addWaited(group.knowledge, group, group.lanes, place.cta, place.lanes);
    together.knowledge.join(group.knowledge);
  }
  together.lanes = lanes;
  together.clock = last + 1;
  together.peers = lanes;
  together.peerClock = last;
  if (isAlike)
    together.peerFenced = std::max(together.peerFenced, together.ownFenced);
  else
    together.peerFenced = together.ownFenced = 0;
  llvm::erase_if(groups,
                 [&](const LaneGroup &group) { return group.lanes & lanes; });
  groups.push_back(std::move(together));
}

void WarpClocks::fenceProxyAsync(Mask lanes) {
  split(lanes & alive);
  for (LaneGroup &group : groups) {
    if (!(group.lanes & lanes))
      continue;
    group.ownFenced = advance(group);
    group.knowledge.fence();
    group.peerFenced = group.peerClock;
    for (LaneGroup::Waited &waited : group.waited)
      waited.fenced = waited.clock;
  }
}

//===----------------------------------------------------------------------===//
// Between warps
//===----------------------------------------------------------------------===//

Knowledge WarpClocks::publish(Mask lanes) {
  Knowledge published(place.cta);
  for (LaneGroup &group : groups) {
    Mask inside = group.lanes & lanes;
    if (inside)
      published.join(getWhole(group, inside, advance(group), place.cta,
                              place.warp, place.lanes));
  }
  return published;
}

ClockMap WarpClocks::publishOwn(Mask lanes) {
  ClockMap own;
  for (LaneGroup &group : groups)
    if (Mask inside = group.lanes & lanes)
      own.join(place.cta, place.warp,
               makeValue(place.lanes, inside, advance(group)));
  return own;
}

Clock WarpClocks::mark(unsigned lane) {
  for (LaneGroup &group : groups)
    if (group.lanes >> lane & 1) {
      group.touched = true;
      return advance(group);
    }
  return 0;
}

void WarpClocks::acquire(Mask lanes, const Knowledge &published,
                         bool isAssumed) {
  lanes &= alive;
  for (size_t i = 0, e = groups.size(); i < e; ++i) {
    Mask inside = groups[i].lanes & lanes;
    if (!inside)
      continue;
    Knowledge joined = groups[i].knowledge;
    if (isAssumed)
      joined.assume(published);
    else
      joined.join(published);
    if (joined.isSame(groups[i].knowledge))
      continue;
    if (inside == groups[i].lanes) {
      groups[i].knowledge = std::move(joined);
      continue;
    }
    LaneGroup part = groups[i];
    part.lanes = inside;
    part.knowledge = std::move(joined);
    groups[i].lanes &= ~inside;
    groups.push_back(std::move(part));
  }
}

void WarpClocks::fence(Mask lanes, SyncScope scope) {
  lanes &= alive;
  llvm::erase_if(deferred, [&](const Deferred &read) {
    if (!(lanes >> read.lane & 1) || read.scope > scope)
      return false;
    acquire(Mask(1) << read.lane, read.knowledge);
    return true;
  });
  for (Fence &fence : fences)
    if (fence.scope <= scope)
      fence.lanes &= ~lanes;
  llvm::erase_if(fences, [](const Fence &fence) { return !fence.lanes; });
  for (LaneGroup &group : groups) {
    Mask inside = group.lanes & lanes;
    if (!inside)
      continue;
    Clock through = advance(group);
    fences.push_back({inside, scope, group});
    fences.back().group.clock = through;
  }
}

void WarpClocks::forEachFence(
    Mask lanes, function_ref<void(SyncScope, const Knowledge &)> use) const {
  for (const Fence &fence : fences)
    if (Mask inside = fence.lanes & lanes)
      use(fence.scope, getWhole(fence.group, inside, fence.group.clock,
                                place.cta, place.warp, place.lanes));
}

void WarpClocks::defer(Mask lanes, SyncScope atLeast,
                       const Knowledge &published) {
  for (const LaneGroup &group : groups) {
    if (!(group.lanes & lanes))
      continue;
    Knowledge joined = group.knowledge;
    joined.join(published);
    if (joined.isSame(group.knowledge))
      lanes &= ~group.lanes;
  }
  for (Deferred &read : deferred)
    if ((lanes >> read.lane & 1) && read.scope == atLeast) {
      read.knowledge.join(published);
      lanes &= ~(Mask(1) << read.lane);
    }
  for (Mask left = lanes; left; left &= left - 1) {
    deferred.push_back(
        {unsigned(llvm::countr_zero(left)), atLeast, Knowledge(place.cta)});
    deferred.back().knowledge.join(published);
  }
}

bool WarpClocks::isBehind(unsigned lane, uint32_t cta, uint32_t warp,
                          unsigned otherLane, Clock clock, bool fenced) const {
  for (const LaneGroup &group : groups) {
    if (!(group.lanes >> lane & 1))
      continue;
    const ClockMap &map =
        fenced ? group.knowledge.fenced : group.knowledge.seen;
    if (clock <= map.get(cta, warp, otherLane))
      return true;
    if (cta != place.cta || warp != place.warp)
      return false;
    if (lane == otherLane)
      return !fenced || clock <= group.ownFenced;
    return (group.peers >> otherLane & 1) &&
           clock <= (fenced ? group.peerFenced : group.peerClock);
  }
  return false;
}

Clock WarpClocks::getKnown(unsigned lane, uint32_t cta, uint32_t warp,
                           unsigned otherLane) const {
  for (const LaneGroup &group : groups) {
    if (!(group.lanes >> lane & 1))
      continue;
    Clock known = group.knowledge.seen.get(cta, warp, otherLane);
    if (cta != place.cta)
      return known;
    if (warp == place.warp && (group.peers >> otherLane & 1))
      known = std::max(known, group.peerClock);
    if (lane == otherLane)
      for (const LaneGroup::Waited &waited : group.waited)
        if (waited.index == warp)
          known = std::max(known, waited.clock);
    return known;
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

void BarrierClock::arrive(WarpClocks &warp, Mask lanes, bool waits) {
  const WarpPlace &place = warp.place;
  if (arrivals.empty())
    knowledge = Knowledge(place.cta);
  for (LaneGroup &group : warp.groups) {
    Mask inside = group.lanes & lanes;
    if (!inside)
      continue;
    Clock through = WarpClocks::advance(group);
    knowledge.join(group.knowledge);
    addWaited(knowledge, group, inside, place.cta, place.lanes);
    uint32_t number = arrivals.size();
    arrivals.push_back({place.cta, place.warp, number, place.ctaThreads, inside,
                        place.lanes, waits, through, group.ownFenced,
                        group.peers, group.peerClock, group.peerFenced});
  }
}

void BarrierClock::dropEarlier() {
  Mask later = 0;
  for (size_t i = arrivals.size(); i-- > 0;) {
    Arrival &arrival = arrivals[i];
    bool isNext = i + 1 < arrivals.size() &&
                  arrival.cta == arrivals[i + 1].cta &&
                  arrival.warp == arrivals[i + 1].warp;
    later = isNext ? later : 0;
    arrival.lanes &= ~later;
    later |= arrival.lanes;
  }
  llvm::erase_if(arrivals,
                 [](const Arrival &arrival) { return !arrival.lanes; });
}

BarrierClock::Result BarrierClock::complete() {
  llvm::sort(arrivals, [](const Arrival &a, const Arrival &b) {
    return std::tie(a.cta, a.warp, a.number) <
           std::tie(b.cta, b.warp, b.number);
  });
  dropEarlier();
  Result result;
  // Where nobody has released anything, who waits knows more than that.
  result.allWait = !arrivals.empty();
  for (const Arrival &arrival : arrivals) {
    result.last = std::max(result.last, arrival.clock);
    result.allWait &= arrival.waits;
  }
  for (ArrayRef<Arrival> rest = arrivals; !rest.empty();) {
    uint32_t cta = rest.front().cta;
    ArrayRef<Arrival> here =
        rest.take_while([&](const Arrival &a) { return a.cta == cta; });
    rest = rest.drop_front(here.size());

    unsigned threads = 0;
    Clock first = ~0u;
    for (const Arrival &arrival : here) {
      threads += llvm::popcount(arrival.lanes);
      first = std::min(first, arrival.clock);
    }
    auto seen = makeIntrusiveRefCnt<CtaClocks>();
    auto fenced = makeIntrusiveRefCnt<CtaClocks>();
    // With everybody here, nobody has done more than is known now. Those who
    // wait go on above `last`; who does not may be at work below it already.
    bool isFull = threads == here.front().ctaThreads;
    if (isFull)
      seen->base = result.allWait ? result.last : first;

    bool hasFenced = false;
    Clock leastFenced = ~0u;
    for (ArrayRef<Arrival> left = here; !left.empty();) {
      uint32_t warp = left.front().warp;
      ArrayRef<Arrival> lanes =
          left.take_while([&](const Arrival &a) { return a.warp == warp; });
      left = left.drop_front(lanes.size());
      Mask existing = lanes.front().existing;
      WarpValue seenValue, fencedValue;
      for (const Arrival &arrival : lanes) {
        if (!isFull && arrival.peers)
          seenValue = join(
              seenValue, makeValue(existing, arrival.peers, arrival.peerClock));
        if (!(isFull && result.allWait))
          seenValue =
              join(seenValue,
                   makeValue(existing, arrival.lanes,
                             result.allWait ? result.last : arrival.clock));
        if (arrival.peers)
          fencedValue = join(fencedValue, makeValue(existing, arrival.peers,
                                                    arrival.peerFenced));
        fencedValue = join(
            fencedValue, makeValue(existing, arrival.lanes, arrival.ownFenced));
      }
      if (!isFull)
        seen->set(warp, seenValue);
      else if (!result.allWait)
        seen->set(warp, join(seenValue, WarpValue{seen->base, nullptr}));
      if (fencedValue.lanes || fencedValue.clock) {
        fenced->set(warp, fencedValue);
        hasFenced = true;
      }
      leastFenced =
          std::min(leastFenced, fencedValue.lanes ? 0 : fencedValue.clock);
    }
    knowledge.seen.join(
        cta, seen->entries.empty() && !isFull ? nullptr : [&] {
          seen->finish();
          return CtaRef(seen);
        }());
    if (hasFenced) {
      if (isFull)
        fenced->base = leastFenced;
      fenced->finish();
      knowledge.fenced.join(cta, fenced);
    }
  }
  result.knowledge = std::move(knowledge);
  knowledge = Knowledge();
  arrivals.clear();
  return result;
}

void BarrierClock::Result::receive(WarpClocks &warp, Mask lanes) const {
  lanes &= warp.alive;
  if (LaneGroup *group = warp.getConvergedGroup(lanes);
      group && allWait && knowledge.seen.getHome() == warp.place.cta) {
    group->clock = std::max(group->clock, last + 1);
    group->touched = false;
    group->knowledge = knowledge;
    group->peers = 0;
    group->peerClock = group->peerFenced = group->ownFenced = 0;
    group->waited.clear();
    return;
  }
  if (!allWait)
    warp.acquire(lanes, knowledge);
  else
    warp.split(lanes);
  LaneGroup together;
  together.lanes = 0;
  for (LaneGroup &group : warp.groups) {
    if (!(group.lanes & lanes))
      continue;
    group.clock = std::max(group.clock, last + 1);
    together.lanes |= group.lanes;
    together.clock = std::max(together.clock, group.clock);
  }
  // All that a waiter knew is in what it receives.
  if (!allWait || !together.lanes)
    return;
  together.knowledge = knowledge.moveTo(warp.place.cta);
  llvm::erase_if(warp.groups,
                 [&](const LaneGroup &group) { return group.lanes & lanes; });
  warp.groups.push_back(std::move(together));
}

void sluice::sim::barrierJoin(ArrayRef<Participant> participants) {
  BarrierClock barrier;
  for (const Participant &participant : participants)
    barrier.arrive(*participant.warp, participant.lanes, /*waits=*/true);
  BarrierClock::Result result = barrier.complete();
  for (const Participant &participant : participants)
    result.receive(*participant.warp, participant.lanes);
}

//===----------------------------------------------------------------------===//
// Asynchronous operations
//===----------------------------------------------------------------------===//

uint32_t WarpClocks::makeAsyncIndex() {
  return kMostWarps + (numAsync++ * kMostWarps + place.warp);
}

AsyncOp WarpClocks::makeOp(uint32_t index, Mask lanes, Clock clock) {
  AsyncOp operation;
  operation.cta = place.cta;
  operation.clusterSize = place.clusterSize;
  operation.warp = place.warp;
  operation.index = index;
  operation.lanes = lanes;
  operation.existing = place.lanes;
  operation.clock = clock;
  for (LaneGroup &group : groups) {
    Mask inside = group.lanes & lanes;
    if (!inside)
      continue;
    Clock through = advance(group);
    operation.groups.push_back(group);
    operation.groups.back().lanes = inside;
    operation.groups.back().clock = through;
  }
  return operation;
}

AsyncOp WarpClocks::issue(Mask lanes) {
  // A slot is free if the issuer knows what used it last: whoever learns of the
  // new operation then knows the old one, too.
  Mask aloneLane = llvm::has_single_bit(lanes) ? lanes : 0;
  auto isFree = [&](const Slot &slot) {
    if (slot.aloneLane != aloneLane)
      return false;
    for (Mask left = lanes; left; left &= left - 1) {
      unsigned lane = llvm::countr_zero(left);
      if (slot.last[lane] &&
          getKnown(lane, place.cta, slot.index, lane) < slot.last[lane])
        return false;
    }
    return true;
  };
  Slot *slot = nullptr;
  unsigned tries = std::min<size_t>(slots.size(), 64);
  for (unsigned i = 0; i < tries && !slot; ++i) {
    nextSlot = nextSlot + 1 < slots.size() ? nextSlot + 1 : 0;
    if (isFree(slots[nextSlot]))
      slot = &slots[nextSlot];
  }
  if (!slot) {
    slot = &slots.emplace_back();
    slot->index = makeAsyncIndex();
    slot->aloneLane = aloneLane;
    std::fill_n(slot->last, 32, 0);
  }
  Clock clock = *std::max_element(slot->last, slot->last + 32) + 1;
  for (unsigned lane = 0; lane < 32; ++lane)
    if (lanes >> lane & 1)
      slot->last[lane] = clock;
  AsyncOp operation = makeOp(slot->index, lanes, clock);
  operation.isAlone = aloneLane;
  return operation;
}

Knowledge sluice::sim::getCompletion(const AsyncOp &operation) {
  Knowledge knowledge(operation.cta);
  for (const LaneGroup &group : operation.groups)
    knowledge.join(getWhole(group, group.lanes, group.clock, operation.cta,
                            operation.warp, operation.existing));
  knowledge.seen.join(operation.cta, operation.index,
                      makeWarpValue(operation.isAlone ? ~0u : operation.lanes,
                                    operation.clock));
  return knowledge;
}

void WarpClocks::observe(Mask lanes, const AsyncOp &operation, bool own) {
  lanes &= alive;
  if (!own) {
    acquire(lanes, getCompletion(operation));
    return;
  }
  lanes &= operation.lanes;
  split(lanes);
  for (LaneGroup &group : groups)
    if (group.lanes & lanes)
      learnOwn(group, operation.index, operation.clock);
}

void WarpClocks::learnOwn(LaneGroup &group, uint32_t index, Clock clock) {
  for (LaneGroup::Waited &waited : group.waited)
    if (waited.index == index) {
      waited.clock = std::max(waited.clock, clock);
      return;
    }
  group.waited.push_back({index, clock, 0});
}
