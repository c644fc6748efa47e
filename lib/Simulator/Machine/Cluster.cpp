//===- Cluster.cpp - CTAs that begin and end together ---------------------===//

#include "lib/Simulator/Machine/Cluster.h"
#include "lib/Simulator/Machine/Grid.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace sluice::sim;

Cluster::Cluster(Worker &worker, uint64_t first) : worker(&worker) {
  uint64_t count = worker.getGrid().getOptions().cluster.total();
  for (uint64_t rank = 0; rank < count; ++rank)
    ctas.push_back(std::make_unique<Cta>(*this, first + rank));
}

bool Cluster::isDone() const {
  return llvm::all_of(ctas, [](const auto &cta) { return cta->isDone(); });
}

void Cluster::checkBarrier() {
  if (!barrier.arrived)
    return;
  // Lanes that have exited are not waited for; they come with the others.
  uint64_t live = 0;
  for (const auto &cta : ctas)
    for (const auto &warp : cta->getWarps())
      live += llvm::popcount(warp->getLive() & ~warp->clusterArrived);
  if (live)
    return;
  barrier.arrived = 0;
  barrier.lastClock = barrier.clock.complete();
  barrier.lastFenced = std::exchange(barrier.fenced, Knowledge());
  ++barrier.phase;
  ++worker->getCounts().barriers;
  worker->noteProgress();
  for (const auto &cta : ctas) {
    for (const auto &warp : cta->getWarps())
      warp->clusterArrived = 0;
    cta->wakeAll();
  }
}
