//===- Sync.cpp - lanes that wait for each other --------------------------===//

#include "lib/Simulator/Execute/Collective/Sync.h"
#include "lib/Simulator/Execute/Collective/Collective.h"
#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Grid.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;

void sim::onWarpSync(Warp &warp, Mask lanes) {
  const LaunchOptions &options = warp.getCta().getGrid().getOptions();
  const Operation &operation =
      warp.frame().code->operations[warp.path().counter];
  if (!options.check)
    return;
  bool isBarrier = operation.which == ptx::Class::Barrier;
  bool handsOver = !(operation.detail[3] & OrdersNothing);
  if (isBarrier || (handsOver && !options.strictWarp))
    warp.clocks.warpSync(lanes);
}

namespace {
/// Lanes that are here with the same member mask.
struct Group {
  Mask mask = 0, lanes = 0;
  /// Lanes that it waits for.
  Mask missing = 0;
};
} // namespace

/// The lanes of the path at this instruction: others may have been waiting
/// here, whose guard the caller has not looked at.
static Mask gatherActive(Warp &warp, const Operation &operation, Mask active) {
  Mask before = warp.path().lanes, lanes = warp.gather();
  if (lanes == before || operation.guard == kNoRow)
    return active | (lanes & ~before);
  Mask holds = warp.predicate(operation.guard);
  return active |
         (lanes & ~before & (operation.guardIsNegated ? ~holds : holds));
}

/// Lanes whose member mask says nothing: the behaviour of an instruction whose
/// mask does not name the lane that executes it is undefined (PTX ISA 9.0,
/// 9.7.9.6 and the others).
static Mask findStrays(Warp &warp, const Operation &operation, Mask active) {
  Row row = operation.rows.back();
  if (Mask poisoned = warp.poison(row) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the member mask depends on a value that nobody has written");
    return poisoned;
  }
  const uint32_t *masks = warp.words(row);
  Mask strays = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane)
    strays |= ~masks[lane] & Mask(1) << lane;
  strays &= active;
  if (strays)
    warp.find(FindingKind::DivergentBarrier, strays,
              "the member mask does not name the lane that executes the "
              "instruction");
  return strays;
}

static llvm::SmallVector<Group, 4> makeGroups(const uint32_t *masks,
                                              Mask lanes) {
  llvm::SmallVector<Group, 4> groups;
  while (lanes) {
    Group &group = groups.emplace_back();
    group.mask = masks[llvm::countr_zero(lanes)];
    for (unsigned lane = 0; lane < kLanes; ++lane)
      group.lanes |= Mask(masks[lane] == group.mask) << lane;
    group.lanes &= lanes;
    lanes &= ~group.lanes;
  }
  return groups;
}

/// Lanes that wait for each other with different masks: no group of theirs can
/// become complete, as each would have to come with the same mask. Where only
/// one waits for the other, the other may go on and come back.
static Mask findContradictions(llvm::ArrayRef<Group> groups) {
  Mask lanes = 0;
  for (const Group &a : groups)
    for (const Group &b : groups)
      if (&a != &b && a.missing && b.missing && (a.mask & b.lanes) &&
          (b.mask & a.lanes))
        lanes |= a.lanes | b.lanes;
  return lanes;
}

//===----------------------------------------------------------------------===//
// Groups whose lanes stand at several instructions
//===----------------------------------------------------------------------===//

namespace {
/// Lanes of one path that take part.
struct Party {
  size_t path = 0;
  Frame *frame = nullptr;
  const Operation *operation = nullptr;
  Mask lanes = 0;
};
} // namespace

/// "The same qualifiers and the same membermask value" (PTX ISA 9.0, 9.7.9.6
/// and the others) is what lanes that meet have in common; d or d|p is theirs.
static bool isSameCollective(const Operation &a, const Operation &b) {
  return b.run == a.run && b.source->mnemonic == a.source->mnemonic &&
         b.source->qualifiers == a.source->qualifiers;
}

/// Lanes of other paths that wait with this mask for the same thing.
static llvm::SmallVector<Party, 4>
findElsewhere(Warp &warp, const Operation &operation, Mask mask) {
  llvm::SmallVector<Party, 4> parties;
  for (const auto &[i, path] : llvm::enumerate(warp.getPaths())) {
    const auto &operations = path.frame->code->operations;
    if (&path == &warp.path() || !path.begun ||
        path.counter >= operations.size() ||
        !isSameCollective(operation, operations[path.counter]))
      continue;
    const Operation &other = operations[path.counter];
    const uint32_t *masks = path.frame->words(other.rows.back());
    Mask lanes = 0;
    for (Mask rest = path.lanes & path.begun & mask; rest; rest &= rest - 1) {
      unsigned lane = llvm::countr_zero(rest);
      lanes |= Mask(masks[lane] == mask) << lane;
    }
    if (lanes)
      parties.push_back({i, path.frame.get(), &other, lanes});
  }
  return parties;
}

/// The lanes' part of a row.
static void copyRow(const Frame &from, Row fromRow, Frame &to, Row toRow,
                    Mask lanes, bool isPredicate, bool isLong) {
  const uint32_t *source = from.words(fromRow);
  uint32_t *target = to.words(toRow);
  assign(to.poison[toRow], from.poison[fromRow], lanes);
  if (isPredicate)
    return assign(target[0], source[0], lanes);
  for (Mask rest = lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    if (isLong)
      std::memcpy(target + size_t(2) * lane, source + size_t(2) * lane, 8);
    else
      target[lane] = source[lane];
  }
}

/// Runs `body` on rows of its own, which the parties' lanes are copied to and
/// from.
static void runAcross(Warp &warp, llvm::ArrayRef<Party> parties,
                      GroupBody body) {
  // With both results if anybody wants them.
  const Party &widest = *llvm::max_element(parties, [](auto &a, auto &b) {
    return a.operation->destinations < b.operation->destinations;
  });
  Operation operation = *widest.operation;
  operation.detail[3] &= ~uint32_t(NegatedSource);
  auto rows = std::make_shared<Frame>();
  rows->code = warp.frame().code;
  for (auto [i, row] : llvm::enumerate(operation.rows))
    row = 2 * i; // as many as 64 bits take
  rows->rows.resize(2 * operation.rows.size());
  rows->poison.resize(2 * operation.rows.size());
  Mask members = 0;
  for (const Party &party : parties) {
    const Operation &own = *party.operation;
    members |= party.lanes;
    for (size_t i = own.destinations; i < own.rows.size(); ++i) {
      bool isFirst = i == own.destinations;
      Row to = operation.rows[operation.destinations + i - own.destinations];
      copyRow(*party.frame, own.rows[i], *rows, to, party.lanes,
              isFirst && (own.detail[3] & PredicateSource),
              isFirst && (own.detail[3] & LongSource));
      if (isFirst && (own.detail[3] & NegatedSource))
        rows->words(to)[0] ^= party.lanes;
    }
  }
  FrameRef frame = std::exchange(warp.path().frame, rows);
  body(warp, operation, members);
  warp.path().frame = std::move(frame);
  for (const Party &party : parties)
    for (size_t i = 0; i < party.operation->destinations; ++i)
      copyRow(*rows, operation.rows[i], *party.frame, party.operation->rows[i],
              party.lanes,
              i > 0 || (party.operation->detail[3] & PredicateResult), false);
}

/// A group that waits for lanes elsewhere: true if they have come.
static bool meetElsewhere(Warp &warp, const Operation &operation,
                          const Group &group, GroupBody body) {
  auto parties = findElsewhere(warp, operation, group.mask);
  Mask members = group.lanes;
  for (const Party &party : parties)
    members |= party.lanes;
  if (group.missing & ~members)
    return false;
  parties.push_back({0, &warp.frame(), &operation, group.lanes});
  onWarpSync(warp, members);
  runAcross(warp, parties, body);
  for (const Party &party : llvm::drop_end(parties))
    warp.release(party.path, party.lanes);
  return true;
}

Flow sim::meet(Warp &warp, const Operation &operation, Mask active,
               GroupBody body) {
  active = gatherActive(warp, operation, active);
  Mask strays = findStrays(warp, operation, active);
  auto groups = makeGroups(warp.words(operation.rows.back()), active & ~strays);
  // Lanes that have exited are not waited for; nor are strays, which are known
  // to be wrong already.
  for (Group &group : groups)
    group.missing = group.mask & warp.getLive() & ~group.lanes & ~strays;
  if (Mask confused = findContradictions(groups)) {
    warp.find(FindingKind::DivergentBarrier, confused,
              "lanes that wait for each other name different member masks");
    strays |= confused;
    llvm::erase_if(groups, [&](const Group &group) {
      return (group.lanes & confused) != 0;
    });
  }
  Mask waiting = 0;
  for (const Group &group : groups) {
    if (group.missing) {
      if (warp.getPaths().size() == 1 ||
          !meetElsewhere(warp, operation, group, body))
        waiting |= group.lanes;
      continue;
    }
    onWarpSync(warp, group.lanes);
    body(warp, operation, group.lanes);
  }
  for (unsigned i = 0; i < operation.destinations; ++i)
    warp.poison(operation.rows[i]) |= strays;
  if (!waiting)
    return Flow::Next;
  if (waiting == warp.path().lanes)
    return Flow::Blocked;
  // The others go on: what those who wait here wait for may depend on them.
  return warp.splitOff(waiting);
}
