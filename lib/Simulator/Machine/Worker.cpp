//===- Worker.cpp - a host thread and the clusters that it runs -----------===//

#include "lib/Simulator/Machine/Worker.h"
#include "lib/Simulator/Machine/InstructionSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;

/// The first worker's order of turns is that of the seed.
static uint64_t getSeed(const Grid &grid, unsigned index) {
  return grid.getOptions().seed + index * 0x9e3779b97f4a7c15;
}

Worker::Worker(Grid &grid, unsigned index)
    : grid(grid), random(getSeed(grid, index)), pages(grid.pageLocks) {
  for (const auto &[function, code] : grid.getProgram().codes)
    operationCounts.emplace_back(code->operations.size());
}

OperationCounts *Worker::getCounts(const Code &code) {
  const auto &codes = grid.getProgram().codes;
  return operationCounts[codes.find(code.function) - codes.begin()].data();
}

SiteId Worker::getSite(const AccessSite &site) {
  unsigned kind = unsigned(site.isWrite) | unsigned(site.isStrong) << 1 |
                  unsigned(site.isAsyncProxy) << 2 |
                  unsigned(site.isReadOnly) << 3 | unsigned(site.scope) << 4;
  auto [it, isNew] = siteNumbers.insert({{site.instruction, kind}, 0});
  if (isNew)
    it->second = grid.sites.add(site);
  return it->second;
}

//===----------------------------------------------------------------------===//
// Turns
//===----------------------------------------------------------------------===//

void Worker::run() {
  while (!grid.hasStopped()) {
    lookAround();
    while (clusters.size() < grid.getResidents() && beginCluster())
      ;
    if (clusters.empty())
      break;
    // One turn of a warp that can go on.
    llvm::SmallVector<Warp *, 64> ready;
    for (const auto &cluster : clusters)
      for (const auto &cta : cluster->getCtas())
        for (const auto &warp : cta->getWarps())
          if (warp->hasRunnable())
            ready.push_back(warp.get());
    if (ready.empty()) {
      // What is resident may wait for what has not begun.
      if (!finishDeferred() && grid.rest(*this))
        beginCluster();
      continue;
    }
    for (size_t i = deferred.size(); i-- > 0;)
      if (random() % 4 == 0)
        finishDeferred(i);
    // A round: each of them once, in an order of its own.
    llvm::shuffle(ready.begin(), ready.end(), random);
    uint64_t executed = 0;
    for (Warp *warp : ready) {
      // Seldom long, often short: orders that differ.
      uint64_t draw = random();
      unsigned budget = 1u << (draw % 11);
      executed += warp->run(budget, draw >> 8) * uint64_t(kLanes);
      if (grid.hasStopped())
        break;
    }
    if (!grid.noteExecuted(executed))
      break;
    endClusters();
  }
  if (grid.getOptions().check)
    for (const auto &cluster : clusters)
      for (const auto &cta : cluster->getCtas())
        for (const auto &warp : cta->getWarps())
          grid.getProgram().instructions->checkRest(*warp);
  grid.leave();
}

/// What other workers have done since the last round.
void Worker::lookAround() {
  if (!isOneOfMany())
    return;
  othersExecuted =
      grid.tellTime(threadInstructions - toldExecuted) - threadInstructions;
  toldExecuted = threadInstructions;
  uint64_t now = grid.getChanges(*this);
  if (now != seenChanges)
    noteProgress();
  seenChanges = now;
}

bool Worker::beginCluster() {
  std::optional<uint64_t> first = grid.takeCluster();
  if (first)
    clusters.push_back(std::make_unique<Cluster>(*this, *first));
  return first.has_value();
}

void Worker::endClusters() {
  auto isDone = [](const auto &cluster) { return cluster->isDone(); };
  // What is under way goes to its end before its CTA does.
  if (llvm::any_of(clusters, isDone))
    while (finishDeferred())
      ;
  size_t before = clusters.size();
  llvm::erase_if(clusters, isDone);
  if (before != clusters.size())
    grid.noteDone(before - clusters.size());
}

void Worker::defer(std::function<void()> work) {
  if (random() % 2)
    return work();
  deferred.push_back(std::move(work));
}

bool Worker::finishDeferred(size_t i) {
  if (i >= deferred.size())
    return false;
  std::function<void()> work = std::move(deferred[i]);
  deferred.erase(deferred.begin() + i);
  work();
  noteProgress();
  release();
  return true;
}

//===----------------------------------------------------------------------===//
// Global memory
//===----------------------------------------------------------------------===//

void Worker::hold() {
  if (!pages.isWanted())
    return;
  if (!pages.isHeld())
    heldAt = progress;
  pages.hold();
}

void Worker::letGo() {
  // All that one may wait for has been noted as progress.
  if (progress != heldAt)
    changes.store(getChanges() + 1, std::memory_order_release);
  pages.release();
}

//===----------------------------------------------------------------------===//
// Where nothing can go on
//===----------------------------------------------------------------------===//

bool Worker::timeOut() {
  bool any = false;
  for (const auto &cluster : clusters)
    for (const auto &cta : cluster->getCtas())
      for (const auto &warp : cta->getWarps())
        any |= warp->timeOut();
  return any;
}

/// Says so at every place where lanes wait.
static void reportDeadlock(Warp &warp, Report &report) {
  for (const Path &path : warp.getPaths()) {
    Finding finding;
    const auto &operations = path.frame->code->operations;
    if (path.counter < operations.size())
      finding.site.instruction = operations[path.counter].source;
    finding.site.who = warp.getThread(llvm::countr_zero(path.lanes));
    finding.count = llvm::popcount(path.lanes);
    // Lanes that an instruction of the whole warp has waited for in vain.
    bool isDivergent = finding.site.instruction && !path.hasArrived &&
                       path.state == Path::State::Blocked &&
                       path.lanes != warp.getLive();
    finding.kind =
        isDivergent ? FindingKind::DivergentBarrier : FindingKind::Deadlock;
    finding.message =
        isDivergent ? "lanes of the warp wait here for others that never come"
        : path.state == Path::State::Spinning
            ? "the loop waits for a change that nobody can make any more"
        : warp.getCta().isWaitingForProducts(warp)
            ? "waits for a wgmma-group that other warps of its warpgroup never "
              "issue"
            : "threads wait here for others that never come";
    report.add(std::move(finding));
  }
}

void Worker::reportDeadlock() {
  for (const auto &cluster : clusters)
    for (const auto &cta : cluster->getCtas())
      for (const auto &warp : cta->getWarps())
        ::reportDeadlock(*warp, grid.getReport());
}
