//===- Blocks.cpp - what may be issued in another order -------------------===//

#include "lib/Simulator/Estimate/Blocks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice::sim;
using namespace sluice::sim::estimate;

std::vector<BlockRange> estimate::findBlocks(llvm::ArrayRef<Step> steps) {
  std::vector<BlockRange> blocks;
  uint32_t first = 0;
  auto end = [&](uint32_t at) {
    if (at >= first + 2)
      blocks.push_back({first, at - first});
  };
  for (auto [number, step] : llvm::enumerate(steps)) {
    auto at = static_cast<uint32_t>(number);
    if (step.place.isTarget) {
      end(at);
      first = at;
    }
    if (step.place.isFence) {
      end(at);
      first = at + 1;
    }
  }
  end(static_cast<uint32_t>(steps.size()));
  return blocks;
}

//===----------------------------------------------------------------------===//
// Dependences
//===----------------------------------------------------------------------===//

void Dependences::add(uint32_t from, uint32_t to, Kind kind) {
  if (from == to)
    return;
  // Steps come in order, so one that is there already is the last.
  llvm::SmallVector<Edge, 4> &edges = successors[from];
  if (!edges.empty() && edges.back().to == to) {
    if (kind == Kind::Value)
      edges.back().kind = kind;
    return;
  }
  edges.push_back({to, kind});
  ++predecessors[to];
}

namespace {
using Kind = Dependences::Kind;

/// Who has a register, or memory, between two steps of a block.
struct Use {
  std::optional<uint32_t> writer;
  /// Since it was written.
  llvm::SmallVector<uint32_t, 4> readers;

  void read(Dependences &dependences, uint32_t step, Kind kind) {
    if (writer)
      dependences.add(*writer, step, kind);
    readers.push_back(step);
  }
  /// `kind`: of what was written before.
  void write(Dependences &dependences, uint32_t step, Kind kind) {
    for (uint32_t reader : readers)
      dependences.add(reader, step, Kind::Order);
    if (writer)
      dependences.add(*writer, step, kind);
    writer = step;
    readers.clear();
  }
};
} // namespace

Dependences::Dependences(llvm::ArrayRef<Step> block)
    : successors(block.size()), predecessors(block.size()) {
  llvm::DenseMap<uint32_t, Use> registers;
  constexpr size_t kSpaces = 3;
  Use spaces[kSpaces];
  std::optional<uint32_t> ordered;
  for (auto [number, step] : llvm::enumerate(block)) {
    auto at = static_cast<uint32_t>(number);
    const Place &place = step.place;
    for (uint32_t source : step.sources)
      registers[source].read(*this, at, Kind::Value);
    // ptxas would rename what is written again; here the replay knows registers
    // by their names, and must not take one value for the other. PTX does it
    // rarely.
    for (uint32_t destination : step.destinations)
      registers[destination].write(*this, at,
                                   place.isGuarded ? Kind::Value : Kind::Order);
    if (place.isOrdered) {
      if (ordered)
        add(*ordered, at, Kind::Order);
      ordered = at;
    }
    for (auto [index, space] : llvm::enumerate(spaces)) {
      if (place.writes >> index & 1)
        space.write(*this, at, Kind::Order);
      else if (place.reads >> index & 1)
        space.read(*this, at, Kind::Order);
    }
  }
}

//===----------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------===//

/// `scratch` is for the facts of one block.
static void reorderEvents(WarpTrace &warp, llvm::ArrayRef<Block> blocks,
                          llvm::ArrayRef<uint32_t> blockOf,
                          std::vector<Event> &events,
                          std::vector<Fact> &facts) {
  for (size_t at = 0; at < warp.events.size();) {
    uint32_t first = warp.events[at].step, number = blockOf[first];
    if (number == blocks.size() || blocks[number].first != first) {
      ++at;
      continue;
    }
    const Block &block = blocks[number];
    size_t size = 1;
    while (size < block.order.size() && at + size < warp.events.size() &&
           warp.events[at + size].step == first + size)
      ++size;
    if (size < block.order.size()) {
      at += size;
      continue;
    }
    auto begin = warp.events.begin() + ptrdiff_t(at);
    events.assign(begin, begin + ptrdiff_t(size));
    size_t from = events.front().facts, to = at + size < warp.events.size()
                                                 ? begin[ptrdiff_t(size)].facts
                                                 : warp.facts.size();
    facts.assign(warp.facts.begin() + ptrdiff_t(from),
                 warp.facts.begin() + ptrdiff_t(to));
    size_t place = from;
    for (auto [slot, index] : llvm::enumerate(block.order)) {
      Event event = events[index];
      size_t end = index + 1 < size ? events[index + 1].facts : to;
      size_t next = place;
      for (size_t i = event.facts; i < end; ++i)
        warp.facts[next++] = facts[i - from];
      event.facts = static_cast<uint32_t>(place);
      warp.events[at + slot] = event;
      place = next;
    }
    at += size;
  }
}

void estimate::reorderEvents(Trace &trace) {
  std::vector<uint32_t> blockOf(trace.steps.size(),
                                uint32_t(trace.blocks.size()));
  for (auto [number, block] : llvm::enumerate(trace.blocks))
    for (size_t i = 0; i < block.order.size(); ++i)
      blockOf[block.first + i] = static_cast<uint32_t>(number);
  std::vector<Event> events;
  std::vector<Fact> facts;
  for (CtaTrace &cta : trace.ctas)
    for (WarpTrace &warp : cta.warps)
      ::reorderEvents(warp, trace.blocks, blockOf, events, facts);
}
