//===- Cta.cpp - warps that share memory ----------------------------------===//

#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace sluice::sim;

Cta::Cta(Cluster &cluster, uint64_t number)
    : mbarriers(number), ended(number), grid(&cluster.getWorker().getGrid()),
      worker(&cluster.getWorker()), cluster(&cluster), number(number) {
  const LaunchOptions &options = grid->getOptions();
  grid->getPlace(number, place);
  clusterRank = number % options.cluster.total();
  // Without checks there is no poison.
  shared = Region(kSharedStart, grid->getSharedSize(), !options.check);
  if (options.check) {
    auto &idle = worker->idleShadows;
    shadow = idle.empty() ? std::make_unique<Shadow>(kGranuleSetBytes)
                          : idle.pop_back_val();
    sync = std::make_unique<SyncTable>();
  }
  uint64_t threads = options.block.total();
  for (uint64_t first = 0; first < threads; first += kLanes) {
    Mask lanes = threads - first >= kLanes ? kAllLanes
                                           : (Mask(1) << (threads - first)) - 1;
    warps.push_back(std::make_unique<Warp>(*this, first / kLanes, lanes));
    if (grid->recorder)
      warps.back()->recorder = grid->recorder->makeWarp(number, first / kLanes);
  }
}

Cta::~Cta() {
  if (!shadow)
    return;
  shadow->clear();
  worker->idleShadows.push_back(std::move(shadow));
}

bool Cta::isDone() const {
  return llvm::all_of(warps, [](const auto &warp) { return warp->isDone(); });
}

bool Cta::hasRunnable() const {
  return llvm::any_of(warps,
                      [](const auto &warp) { return warp->hasRunnable(); });
}

Warpgroup &Cta::getWarpgroup(const Warp &warp) {
  unsigned number = warp.getIndex() / kWarpsInGroup;
  return warpgroups.try_emplace(number, *this, number).first->second;
}

bool Cta::isWaitingForProducts(const Warp &warp) const {
  auto it = warpgroups.find(warp.getIndex() / kWarpsInGroup);
  return it != warpgroups.end() && it->second.isWaiting(warp);
}

void Cta::noteExit(const Warp &warp) {
  auto it = warpgroups.find(warp.getIndex() / kWarpsInGroup);
  if (it != warpgroups.end())
    it->second.noteExit();
}

void Cta::wakeAll() {
  for (const auto &warp : warps)
    warp->wake();
}

void Cta::arrive(NamedBarrier &barrier, Warp &warp, Mask lanes,
                 unsigned expected, bool waits) {
  barrier.isOpen = true;
  barrier.expected = std::max(barrier.expected, expected);
  barrier.arrived.resize(warps.size());
  auto &turns = barrier.arrived[warp.getIndex()];
  Mask left = lanes;
  for (Mask &turn : turns) {
    Mask again = left & turn;
    turn |= left;
    left = again;
  }
  if (left)
    turns.push_back(left);
  if (grid->getOptions().check)
    barrier.clock.arrive(warp.clocks, lanes, waits);
  worker->noteProgress();
  completeIfFull(barrier);
}

/// Barriers count arrivals of warps: lanes that do not exist or have exited
/// come with the others of their warp.
void Cta::completeIfFull(NamedBarrier &barrier) {
  if (!barrier.isOpen)
    return;
  unsigned count = 0, expected = 0, threads = 0;
  for (auto [warp, arrived] : llvm::zip(warps, barrier.arrived)) {
    Mask live = warp->getLive();
    if (!barrier.expected && (live & ~(arrived.empty() ? 0 : arrived[0])))
      return; // all are waited for
    for (Mask turn : arrived) {
      count += (live & ~turn) == 0 ? kLanes : llvm::popcount(turn);
      threads += llvm::popcount(turn);
    }
    expected += warp->isDone() && arrived.empty() ? 0 : kLanes;
  }
  if (count < (barrier.expected ? barrier.expected : expected))
    return;
  for (auto &turns : barrier.arrived)
    turns.clear();
  barrier.isOpen = false;
  barrier.expected = 0;
  barrier.lastTrueCount = std::exchange(barrier.trueCount, 0);
  barrier.lastCount = threads;
  barrier.lastClock = barrier.clock.complete();
  ++barrier.phase;
  ++worker->getCounts().barriers;
  wakeAll();
}

void Cta::checkBarriers() {
  for (NamedBarrier &barrier : barriers)
    completeIfFull(barrier);
  cluster->checkBarrier();
}
