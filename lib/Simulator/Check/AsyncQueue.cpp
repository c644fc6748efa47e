//===- AsyncQueue.cpp - operations that complete in order -----------------===//

#include "lib/Simulator/Check/WarpClocks.h"

#include "llvm/ADT/bit.h"

using namespace sluice::sim;

AsyncQueue::AsyncQueue(WarpClocks &owner, bool isCollective)
    : cta(owner.place.cta),
      index(owner.makeAsyncIndex() | (isCollective ? kCollective : 0)),
      isCollective(isCollective) {}

AsyncOp AsyncQueue::issue(WarpClocks &warp, Mask issuing) {
  if (!isCollective) {
    Clock clock = ++issued;
    for (Mask left = issuing; left; left &= left - 1)
      lanes[llvm::countr_zero(left)].last = clock;
    return warp.makeOp(index, issuing, clock);
  }
  AsyncOp operation;
  operation.cta = cta;
  operation.clusterSize = warp.place.clusterSize;
  operation.warp = warp.place.warp;
  operation.index = index;
  operation.lanes = Mask(1) << warp.place.warp;
  operation.isCollective = true;
  operation.clock = lanes[warp.place.warp].committed + 1;
  LaneGroup group;
  group.lanes = operation.lanes;
  group.clock = 0;
  group.knowledge = warp.publish(issuing);
  operation.groups.push_back(std::move(group));
  return operation;
}

void AsyncQueue::commit(WarpClocks &warp, Mask committing) {
  if (isCollective) {
    ++lanes[warp.place.warp].committed;
    return;
  }
  for (Mask left = committing; left; left &= left - 1) {
    Lane &lane = lanes[llvm::countr_zero(left)];
    lane.groups.push_back(lane.last);
  }
}

void AsyncQueue::wait(WarpClocks &warp, Mask waiting, unsigned pending) {
  if (isCollective) {
    Clock committed = lanes[warp.place.warp].committed;
    if (committed <= pending)
      return;
    Knowledge learned(cta);
    learned.seen.join(cta, index, makeWarpValue(~0u, committed - pending));
    warp.acquire(waiting, learned);
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
  return warp.makeOp(index, Mask(1) << lane, lanes[lane].last);
}
