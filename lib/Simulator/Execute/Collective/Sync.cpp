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
  bool isBarrier = operation.which == ptx::Class::Barrier;
  if (options.check && (isBarrier || !options.strictWarp))
    warp.clocks.warpSync(lanes);
}

namespace {
/// Lanes that are here with the same member mask.
struct Group {
  Mask mask = 0, lanes = 0;
  bool waits = false;
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
      if (&a != &b && a.waits && b.waits && (a.mask & b.lanes) &&
          (b.mask & a.lanes))
        lanes |= a.lanes | b.lanes;
  return lanes;
}

Flow sim::meet(Warp &warp, const Operation &operation, Mask active,
               GroupBody body) {
  active = gatherActive(warp, operation, active);
  Mask strays = findStrays(warp, operation, active);
  auto groups = makeGroups(warp.words(operation.rows.back()), active & ~strays);
  // Lanes that have exited are not waited for; nor are strays, which are known
  // to be wrong already.
  for (Group &group : groups)
    group.waits = group.mask & warp.getLive() & ~group.lanes & ~strays;
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
    if (group.waits) {
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
