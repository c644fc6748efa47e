//===- Warpgroup.cpp - four warps that multiply together ------------------===//

#include "lib/Simulator/Machine/Warpgroup.h"
#include "lib/Simulator/Machine/Cta.h"
#include <algorithm>

using namespace sluice::sim;

Warpgroup::Member &Warpgroup::getMember(const Warp &warp) {
  return members[warp.getIndex() - first];
}

Warp *Warpgroup::getWarp(unsigned i) const {
  auto &warps = cta->getWarps();
  return first + i < warps.size() ? warps[first + i].get() : nullptr;
}

void Warpgroup::issue(Warp &warp) { ++getMember(warp).issued; }

bool Warpgroup::commit(Warp &warp) {
  Member &own = getMember(warp);
  uint64_t place = own.committed++ - numBefore;
  bool isSame = place == products.size() || products[place] == own.issued;
  if (place == products.size())
    products.push_back(own.issued);
  uint64_t ended = own.committed;
  for (const Member &member : members)
    ended = std::min(ended, member.committed);
  for (; numBefore < ended; ++numBefore)
    products.pop_front();
  for (unsigned i = 0; i < kWarpsInGroup; ++i)
    if (uint64_t awaited = members[i].awaited; awaited && awaited <= ended)
      getWarp(i)->wake();
  return isSame;
}

Warpgroup::Outcome Warpgroup::wait(Warp &warp, uint64_t pending) {
  Member &own = getMember(warp);
  own.awaited = 0;
  if (own.committed <= pending)
    return Outcome::Ended;
  uint64_t group = own.committed - pending;
  if (group <= numBefore)
    return Outcome::Ended;
  for (unsigned i = 0; i < kWarpsInGroup; ++i) {
    Warp *other = getWarp(i);
    if (members[i].committed < group && (!other || other->isDone()))
      return Outcome::Never;
  }
  own.awaited = group;
  return Outcome::Waits;
}

bool Warpgroup::isWaiting(const Warp &warp) const {
  return members[warp.getIndex() - first].awaited != 0;
}

void Warpgroup::noteExit() {
  for (unsigned i = 0; i < kWarpsInGroup; ++i)
    if (members[i].awaited)
      getWarp(i)->wake();
}

AsyncQueue &Warpgroup::getQueue(Warp &warp) {
  if (!queue)
    queue.emplace(warp.clocks, /*isCollective=*/true);
  return *queue;
}
