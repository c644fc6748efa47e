//===- AsyncQueue.cpp - operations that complete in order -----------------===//

#include "lib/Simulator/Check/WarpClocks.h"

#include "llvm/ADT/bit.h"

using namespace sluice::sim;

AsyncQueue::AsyncQueue(WarpClocks &owner, bool isCollective)
    : cta(owner.place.cta),
      index(owner.makeAsyncIndex() | (isCollective ? kCollective : 0)),
      isCollective(isCollective) {}

AsyncQueue::Lane &AsyncQueue::getLane(unsigned i) {
  if (!lanes)
    lanes = std::make_unique<Lane[]>(32);
  return lanes[i];
}

AsyncOp AsyncQueue::issue(WarpClocks &warp, Mask issuing) {
  if (!isCollective) {
    Clock clock = ++issued;
    for (Mask left = issuing; left; left &= left - 1)
      getLane(llvm::countr_zero(left)).last = clock;
    return warp.makeOp(index, issuing, clock);
  }
  AsyncOp operation;
  operation.cta = cta;
  operation.clusterSize = warp.place.clusterSize;
  operation.warp = warp.place.warp;
  operation.index = index;
  operation.lanes = Mask(1) << warp.place.warp;
  operation.isCollective = true;
  operation.clock = getLane(warp.place.warp).committed + 1;
  LaneGroup group;
  group.lanes = operation.lanes;
  group.clock = 0;
  group.knowledge = publish(warp, issuing);
  operation.groups.push_back(std::move(group));
  return operation;
}

const Knowledge &AsyncQueue::publish(WarpClocks &warp, Mask issuing) {
  if (published.size() <= warp.place.warp)
    published.resize(warp.place.warp + 1);
  Publication &last = published[warp.place.warp];
  // What one knows and did lately changes less often than one issues.
  const LaneGroup *group = warp.getConvergedGroup(issuing);
  if (!group || !last.group || group->lanes != last.group->lanes ||
      !group->isLike(*last.group)) {
    last.knowledge = warp.publish(issuing);
    last.group.reset();
    if (group)
      last.group = *group;
  }
  return last.knowledge;
}

void AsyncQueue::commit(WarpClocks &warp, Mask committing) {
  if (isCollective) {
    ++getLane(warp.place.warp).committed;
    return;
  }
  for (Mask left = committing; left; left &= left - 1) {
    Lane &lane = getLane(llvm::countr_zero(left));
    lane.groups.push_back(lane.last);
  }
}

void AsyncQueue::wait(WarpClocks &warp, Mask waiting, unsigned pending) {
  if (!lanes)
    return;
  if (isCollective) {
    Clock committed = lanes[warp.place.warp].committed;
    if (committed <= pending)
      return;
    warp.split(waiting & warp.alive);
    for (LaneGroup &group : warp.groups)
      if (group.lanes & waiting)
        group.knowledge.seen.join(
            cta, index, WarpValue{Clock(committed - pending), nullptr});
    return;
  }
  observeThrough(warp, waiting, [&](const Lane &lane) {
    return lane.groups.size() > pending
               ? lane.groups[lane.groups.size() - 1 - pending]
               : 0;
  });
  // Waiting for fewer later teaches nothing new.
  for (Mask left = waiting; left; left &= left - 1) {
    auto &groups = lanes[llvm::countr_zero(left)].groups;
    if (groups.size() > pending)
      groups.erase(groups.begin(), groups.end() - pending);
  }
}

void AsyncQueue::waitAll(WarpClocks &warp, Mask waiting) {
  if (!lanes)
    return;
  observeThrough(warp, waiting, [](const Lane &lane) { return lane.last; });
}

void AsyncQueue::observeThrough(
    WarpClocks &warp, Mask waiting,
    llvm::function_ref<Clock(const Lane &)> getClock) const {
  waiting &= warp.alive;
  while (waiting) {
    // Lanes that wait for the same operation stay together.
    Clock clock = getClock(lanes[llvm::countr_zero(waiting)]);
    Mask alike = 0;
    for (Mask left = waiting; left; left &= left - 1) {
      unsigned lane = llvm::countr_zero(left);
      if (getClock(lanes[lane]) == clock)
        alike |= Mask(1) << lane;
    }
    waiting &= ~alike;
    if (clock == 0)
      continue;
    warp.split(alike);
    for (LaneGroup &group : warp.groups)
      if (group.lanes & alike)
        WarpClocks::learnOwn(group, index, clock);
  }
}

AsyncOp AsyncQueue::getAll(WarpClocks &warp, unsigned lane) {
  return warp.makeOp(index, Mask(1) << lane, getLane(lane).last);
}
