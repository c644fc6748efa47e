//===- Clocks.cpp - what a thread knows of all others ---------------------===//

#include "lib/Simulator/Check/Clocks.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;
using namespace sluice::sim;

WarpValue sluice::sim::makeWarpValue(Mask lanes, Clock clock) {
  if (lanes == ~0u || clock == 0)
    return {clock, nullptr};
  auto value = makeIntrusiveRefCnt<LaneClocks>();
  for (unsigned lane = 0; lane < 32; ++lane)
    value->clocks[lane] = (lanes >> lane & 1) ? clock : 0;
  return {0, std::move(value)};
}

/// All that `b` says is known from `a`.
static bool covers(const WarpValue &a, const WarpValue &b) {
  if (!b.lanes && (b.clock == 0 || !a.lanes))
    return a.clock >= b.clock || b.clock == 0;
  if (a.lanes == b.lanes)
    return true;
  for (unsigned lane = 0; lane < 32; ++lane)
    if (a.get(lane) < b.get(lane))
      return false;
  return true;
}

WarpValue sluice::sim::join(const WarpValue &a, const WarpValue &b) {
  if (!a.lanes && !b.lanes)
    return {std::max(a.clock, b.clock), nullptr};
  // Nearly always one of them.
  if (covers(a, b))
    return a;
  if (covers(b, a))
    return b;
  Clock joined[32];
  bool isUniform = true;
  for (unsigned lane = 0; lane < 32; ++lane) {
    joined[lane] = std::max(a.get(lane), b.get(lane));
    isUniform &= joined[lane] == joined[0];
  }
  if (isUniform)
    return {joined[0], nullptr};
  auto value = makeIntrusiveRefCnt<LaneClocks>();
  std::copy_n(joined, 32, value->clocks);
  return {0, std::move(value)};
}

//===----------------------------------------------------------------------===//
// One CTA
//===----------------------------------------------------------------------===//

static const CtaClocks::Entry *findEntry(const CtaClocks &clocks,
                                         uint32_t warp) {
  const CtaClocks::Entry *entry = std::lower_bound(
      clocks.entries.begin(), clocks.entries.end(), warp,
      [](const CtaClocks::Entry &e, uint32_t w) { return e.warp < w; });
  return entry != clocks.entries.end() && entry->warp == warp ? entry : nullptr;
}

Clock CtaClocks::get(uint32_t warp, unsigned lane) const {
  if (const Entry *entry = findEntry(*this, warp))
    return entry->value.get(lane);
  return warp < kMostWarps ? base : 0;
}

WarpValue CtaClocks::getWarp(uint32_t warp) const {
  if (const Entry *entry = findEntry(*this, warp))
    return entry->value;
  return {warp < kMostWarps ? base : 0, nullptr};
}

Mask CtaClocks::getKnown(uint32_t warp, Clock clock) const {
  const Entry *entry = findEntry(*this, warp);
  if (!entry)
    return clock <= (warp < kMostWarps ? base : 0) ? ~0u : 0;
  if (!entry->value.lanes)
    return clock <= entry->value.clock ? ~0u : 0;
  Mask known = 0;
  for (unsigned lane = 0; lane < 32; ++lane)
    known |= Mask(clock <= entry->value.lanes->clocks[lane]) << lane;
  return known;
}

void CtaClocks::set(uint32_t warp, WarpValue value) {
  Entry *entry =
      std::lower_bound(entries.begin(), entries.end(), warp,
                       [](const Entry &e, uint32_t w) { return e.warp < w; });
  if (entry != entries.end() && entry->warp == warp)
    entry->value = std::move(value);
  else
    entries.insert(entry, Entry{warp, std::move(value)});
}

void CtaClocks::finish() {
  llvm::erase_if(entries, [&](const Entry &entry) {
    return !entry.value.lanes &&
           entry.value.clock == (entry.warp < kMostWarps ? base : 0);
  });
  floor = base;
  for (const Entry &entry : entries) {
    if (entry.warp >= kMostWarps)
      break;
    floor =
        std::min(floor, entry.value.lanes
                            ? *std::min_element(entry.value.lanes->clocks,
                                                entry.value.lanes->clocks + 32)
                            : entry.value.clock);
  }
}

/// All that `b` says is known from `a`.
static bool covers(const CtaClocks &a, const CtaClocks &b) {
  if (a.base < b.base)
    return false;
  const CtaClocks::Entry *inB = b.entries.begin(), *endB = b.entries.end();
  for (const CtaClocks::Entry &inA : a.entries) {
    for (; inB != endB && inB->warp < inA.warp; ++inB)
      if (!covers({inB->warp < kMostWarps ? a.base : 0, nullptr}, inB->value))
        return false;
    if (inB != endB && inB->warp == inA.warp) {
      if (!covers(inA.value, inB->value))
        return false;
      ++inB;
    } else if (inA.warp < kMostWarps && !covers(inA.value, {b.base, nullptr})) {
      return false;
    }
  }
  for (; inB != endB; ++inB)
    if (!covers({inB->warp < kMostWarps ? a.base : 0, nullptr}, inB->value))
      return false;
  return true;
}

CtaRef sluice::sim::join(const CtaRef &a, const CtaRef &b) {
  if (a == b || !b)
    return a;
  if (!a)
    return b;
  if (covers(*a, *b))
    return a;
  if (covers(*b, *a))
    return b;
  auto joined = makeIntrusiveRefCnt<CtaClocks>();
  joined->base = std::max(a->base, b->base);
  joined->entries.reserve(std::max(a->entries.size(), b->entries.size()));
  const CtaClocks::Entry *inA = a->entries.begin(), *endA = a->entries.end(),
                         *inB = b->entries.begin(), *endB = b->entries.end();
  while (inA != endA || inB != endB) {
    uint32_t warp = inB == endB || (inA != endA && inA->warp < inB->warp)
                        ? inA->warp
                        : inB->warp;
    bool isInA = inA != endA && inA->warp == warp;
    bool isInB = inB != endB && inB->warp == warp;
    bool isReal = warp < kMostWarps;
    WarpValue missingA{isReal ? a->base : 0, nullptr},
        missingB{isReal ? b->base : 0, nullptr};
    WarpValue value =
        join(isInA ? inA->value : missingA, isInB ? inB->value : missingB);
    inA += isInA;
    inB += isInB;
    if (value.lanes || value.clock != (isReal ? joined->base : 0))
      joined->entries.push_back({warp, std::move(value)});
  }
  joined->finish();
  return joined;
}

CtaRef sluice::sim::join(const CtaRef &a, uint32_t warp,
                         const WarpValue &value) {
  WarpValue old = a ? a->getWarp(warp) : WarpValue();
  WarpValue now = join(old, value);
  if (now == old)
    return a;
  auto joined = makeIntrusiveRefCnt<CtaClocks>();
  if (a) {
    joined->base = a->base;
    joined->entries = a->entries;
  }
  joined->set(warp, std::move(now));
  joined->finish();
  return joined;
}

//===----------------------------------------------------------------------===//
// The grid
//===----------------------------------------------------------------------===//

using NodeRef = IntrusiveRefCntPtr<const ClockNode>;

/// Both of `level`.
static NodeRef joinNodes(const NodeRef &a, const NodeRef &b, unsigned level) {
  if (a == b || !b)
    return a;
  if (!a)
    return b;
  const auto &nodeA = static_cast<const GridNode &>(*a);
  const auto &nodeB = static_cast<const GridNode &>(*b);
  // Nearly always the result is one of the two: a node is made when it is
  // neither, with the children so far.
  IntrusiveRefCntPtr<GridNode> joined;
  bool isA = true, isB = true;
  for (unsigned i = 0; i < 32; ++i) {
    const NodeRef &childA = nodeA.children[i], &childB = nodeB.children[i];
    if (!joined && childA == childB)
      continue;
    NodeRef child =
        level ? joinNodes(childA, childB, level - 1)
              : NodeRef(
                    join(CtaRef(static_cast<const CtaClocks *>(childA.get())),
                         CtaRef(static_cast<const CtaClocks *>(childB.get()))));
    bool wasA = isA;
    isA &= child == childA;
    isB &= child == childB;
    if (!joined && !isA && !isB) {
      joined = makeIntrusiveRefCnt<GridNode>();
      joined->level = level;
      std::copy_n(wasA ? nodeA.children : nodeB.children, i, joined->children);
    }
    if (joined)
      joined->children[i] = std::move(child);
  }
  if (isA)
    return a;
  if (isB)
    return b;
  return joined;
}

static NodeRef insertCta(const NodeRef &node, unsigned level, uint32_t cta,
                         const CtaRef &clocks) {
  const auto *old = static_cast<const GridNode *>(node.get());
  unsigned i = cta >> (5 * level) & 31;
  NodeRef child = old ? old->children[i] : nullptr;
  NodeRef now =
      level == 0
          ? NodeRef(join(CtaRef(static_cast<const CtaClocks *>(child.get())),
                         clocks))
          : insertCta(child, level - 1, cta, clocks);
  if (old && now == child)
    return node;
  auto joined = makeIntrusiveRefCnt<GridNode>();
  if (old)
    std::copy_n(old->children, 32, joined->children);
  joined->level = level;
  joined->children[i] = std::move(now);
  return joined;
}

static GridRef asGrid(const NodeRef &node) {
  return GridRef(static_cast<const GridNode *>(node.get()));
}

static GridRef raise(GridRef root, unsigned level) {
  while (root->level < level) {
    auto above = makeIntrusiveRefCnt<GridNode>();
    above->level = root->level + 1;
    above->children[0] = std::move(root);
    root = std::move(above);
  }
  return root;
}

static GridRef joinGrids(const GridRef &a, const GridRef &b) {
  if (a == b || !b)
    return a;
  if (!a)
    return b;
  unsigned level = std::max(a->level, b->level);
  return asGrid(joinNodes(raise(a, level), raise(b, level), level));
}

/// Digits of base 32 above the last.
static unsigned getLevel(uint32_t cta) {
  unsigned level = 0;
  while (cta >>= 5)
    ++level;
  return level;
}

static CtaRef findCta(const GridNode *node, uint32_t cta) {
  if (!node || getLevel(cta) > node->level)
    return nullptr;
  for (unsigned level = node->level; level > 0; --level) {
    node = static_cast<const GridNode *>(
        node->children[cta >> (5 * level) & 31].get());
    if (!node)
      return nullptr;
  }
  return CtaRef(static_cast<const CtaClocks *>(node->children[cta & 31].get()));
}

CtaRef ClockMap::getCta(uint32_t cta) const {
  return cta == home ? local : findCta(others.get(), cta);
}

Clock ClockMap::get(uint32_t cta, uint32_t warp, unsigned lane) const {
  CtaRef clocks = getCta(cta);
  return clocks ? clocks->get(warp, lane) : 0;
}

void ClockMap::join(const ClockMap &other) {
  if (home == other.home && home != kNoHome) {
    local = sim::join(local, other.local);
    others = joinGrids(others, other.others);
    return;
  }
  if (other.others && other.others != others) {
    others = joinGrids(others, other.others);
    if (home != kNoHome)
      local = sim::join(local, findCta(other.others.get(), home));
  }
  if (other.local)
    join(other.home, other.local);
}

void ClockMap::join(uint32_t cta, const CtaRef &clocks) {
  if (!clocks)
    return;
  if (cta == home) {
    local = sim::join(local, clocks);
    return;
  }
  unsigned level = getLevel(cta);
  if (others && others->level < level)
    others = raise(others, level);
  others =
      asGrid(insertCta(others, others ? others->level : level, cta, clocks));
}

void ClockMap::join(uint32_t cta, uint32_t warp, const WarpValue &value) {
  if (!value.lanes && value.clock == 0)
    return;
  if (cta == home)
    local = sim::join(local, warp, value);
  else
    join(cta, sim::join(nullptr, warp, value));
}

ClockMap ClockMap::moveTo(uint32_t newHome) const {
  if (newHome == home)
    return *this;
  ClockMap moved(newHome);
  moved.join(*this);
  return moved;
}

//===----------------------------------------------------------------------===//
// Knowledge
//===----------------------------------------------------------------------===//

AssumedRef sluice::sim::join(const AssumedRef &a, const AssumedRef &b) {
  if (a == b || !b)
    return a;
  if (!a)
    return b;
  auto isSame = [](const AssumedKnowledge &x, const AssumedKnowledge &y) {
    return x.seen.isSame(y.seen) && x.fenced.isSame(y.fenced);
  };
  auto joined = makeIntrusiveRefCnt<AssumedKnowledge>(*a);
  joined->seen.join(b->seen);
  joined->fenced.join(b->fenced);
  if (isSame(*joined, *a))
    return a;
  if (isSame(*joined, *b))
    return b;
  return joined;
}

void Knowledge::assume(const Knowledge &other) {
  auto all = makeIntrusiveRefCnt<AssumedKnowledge>();
  all->seen.join(other.seen);
  all->fenced.join(other.fenced);
  assumed = sim::join(sim::join(assumed, all), other.assumed);
}

void Knowledge::fence() {
  fenced = seen;
  if (!assumed || assumed->fenced.isSame(assumed->seen))
    return;
  auto all = makeIntrusiveRefCnt<AssumedKnowledge>(*assumed);
  all->fenced = all->seen;
  assumed = std::move(all);
}

Knowledge Knowledge::moveTo(uint32_t newHome) const {
  Knowledge moved;
  moved.seen = seen.moveTo(newHome);
  moved.fenced = fenced.moveTo(newHome);
  moved.assumed = assumed;
  return moved;
}
