//===- Grid.cpp - a launch ------------------------------------------------===//

#include "lib/Simulator/Machine/Grid.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice;
using namespace sluice::sim;

/// CTAs that are begun while none waits for another.
static constexpr size_t kResident = 8;

Grid::Grid(Arena &arena, const Program &program, const LaunchOptions &options,
           uint64_t parameters)
    : arena(arena), program(program), options(options), parameters(parameters),
      random(options.seed) {
  for (const auto &[function, code] : program.codes)
    operationCounts[code.get()].resize(code->operations.size());
}

uint64_t Grid::getSharedSize() const {
  return program.layout.staticSharedBytes + options.dynamicShared;
}

void Grid::getPlace(uint64_t number, uint32_t (&place)[3]) const {
  const Extent &grid = options.grid, &cluster = options.cluster;
  uint64_t which = number / cluster.total(), rank = number % cluster.total();
  uint64_t clusterX = grid.x / cluster.x, clusterY = grid.y / cluster.y;
  place[0] = which % clusterX * cluster.x + rank % cluster.x;
  place[1] =
      which / clusterX % clusterY * cluster.y + rank / cluster.x % cluster.y;
  place[2] =
      which / clusterX / clusterY * cluster.z + rank / cluster.x / cluster.y;
}

SiteId Grid::getSite(const AccessSite &site) {
  unsigned kind = unsigned(site.isWrite) | unsigned(site.isStrong) << 1 |
                  unsigned(site.isAsyncProxy) << 2 | unsigned(site.scope) << 3;
  auto [it, isNew] = siteNumbers.insert({{site.instruction, kind}, 0});
  if (isNew)
    it->second = sites.add(site);
  return it->second;
}

/// Clusters begin as a whole.
void Grid::startCtas() {
  uint64_t total = options.grid.total();
  for (uint64_t i = 0; i < options.cluster.total() && nextCta < total; ++i)
    resident.push_back(std::make_unique<Cta>(*this, nextCta++));
}

Cta *Grid::getClusterCta(const Cta &cta, unsigned rank) {
  const Extent &cluster = options.cluster;
  for (const auto &other : resident) {
    bool isSame = true;
    const uint32_t sizes[] = {cluster.x, cluster.y, cluster.z};
    for (int i = 0; i < 3; ++i)
      isSame &= other->getIndex()[i] / sizes[i] == cta.getIndex()[i] / sizes[i];
    if (isSame && other->getClusterRank() == rank)
      return other.get();
  }
  return nullptr;
}

LaunchResult Grid::run() {
  uint64_t total = options.grid.total();
  uint64_t executed = 0;
  auto isClusterDone = [&](const Cta &cta) {
    for (unsigned rank = 0; rank < options.cluster.total(); ++rank)
      if (Cta *other = getClusterCta(cta, rank); other && !other->isDone())
        return false;
    return true;
  };
  while (!isStopped) {
    while (resident.size() < kResident && nextCta < total)
      startCtas();
    if (resident.empty())
      break;
    // One turn of a warp that can go on.
    llvm::SmallVector<Warp *, 64> ready;
    for (const auto &cta : resident)
      for (const auto &warp : cta->getWarps())
        if (warp->hasRunnable())
          ready.push_back(warp.get());
    if (ready.empty()) {
      // What is resident may wait for what has not begun.
      if (nextCta < total) {
        startCtas();
        continue;
      }
      if (finishDeferred())
        continue;
      // Waits with a time limit end, once for each change that they see.
      if (timedOutAt != progress) {
        timedOutAt = progress;
        bool any = false;
        for (const auto &cta : resident)
          for (const auto &warp : cta->getWarps())
            any |= warp->timeOut();
        if (any)
          continue;
      }
      reportDeadlock();
      break;
    }
    for (size_t i = deferred.size(); i-- > 0;)
      if (random() % 4 == 0)
        finishDeferred(i);
    // A round: each of them once, in an order of its own.
    llvm::shuffle(ready.begin(), ready.end(), random);
    for (Warp *warp : ready) {
      // Seldom long, often short: orders that differ.
      uint64_t draw = random();
      unsigned budget = 1u << (draw % 11);
      executed += warp->run(budget, draw >> 8) * uint64_t(kLanes);
      if (isStopped)
        break;
    }
    if (executed > options.limit) {
      Finding finding;
      finding.kind = FindingKind::Limit;
      finding.message = "the grid has executed more thread-instructions than "
                        "the limit of " +
                        std::to_string(options.limit);
      report.add(std::move(finding));
      break;
    }
    size_t before = resident.size();
    std::vector<bool> done;
    done.reserve(before);
    for (const auto &cta : resident)
      done.push_back(cta->isDone() && isClusterDone(*cta));
    // What is under way goes to its end before its CTA does.
    if (llvm::is_contained(done, true))
      while (finishDeferred())
        ;
    size_t i = 0;
    llvm::erase_if(resident, [&](const auto &) { return done[i++]; });
    doneCtas += before - resident.size();
    if (options.progress && before != resident.size())
      options.progress(doneCtas, total);
  }
  LaunchResult result;
  result.finished = doneCtas == total;
  result.findings = report.getFindings();
  result.counts = counts;
  sumCounts(result);
  return result;
}

void Grid::sumCounts(LaunchResult &result) const {
  for (const auto &[function, code] : program.codes)
    for (auto [operation, own] : llvm::zip_equal(
             code->operations, operationCounts.find(code.get())->second)) {
      size_t which = static_cast<size_t>(operation.which);
      result.counts.warpInstructions[which] += own.executions;
      result.counts.threadInstructions[which] += own.lanes;
      if (operation.source)
        result.instructions.push_back({operation.source, own});
    }
  auto place = [](const InstructionCounts &counts) {
    return std::pair(counts.instruction->place.line,
                     counts.instruction->place.column);
  };
  llvm::sort(result.instructions,
             [&](const auto &a, const auto &b) { return place(a) < place(b); });
}

void Grid::defer(std::function<void()> work) {
  if (random() % 2)
    return work();
  deferred.push_back(std::move(work));
}

bool Grid::finishDeferred(size_t i) {
  if (i >= deferred.size())
    return false;
  std::function<void()> work = std::move(deferred[i]);
  deferred.erase(deferred.begin() + i);
  work();
  noteProgress();
  return true;
}

ClusterBarrier &Grid::getClusterBarrier(const Cta &cta) {
  return clusterBarriers[cta.getNumber() / options.cluster.total()];
}

void Grid::checkClusterBarrier(Cta &cta) {
  ClusterBarrier &barrier = getClusterBarrier(cta);
  if (!barrier.arrived)
    return;
  // Lanes that have exited are not waited for; they come with the others.
  uint64_t live = 0;
  llvm::SmallVector<Cta *, 16> members;
  for (unsigned rank = 0; rank < options.cluster.total(); ++rank)
    if (Cta *member = getClusterCta(cta, rank)) {
      members.push_back(member);
      for (const auto &warp : member->getWarps())
        live += llvm::popcount(warp->getLive() & ~warp->clusterArrived);
    }
  if (live)
    return;
  barrier.arrived = 0;
  barrier.lastClock = barrier.clock.complete();
  barrier.lastFenced = std::exchange(barrier.fenced, Knowledge());
  ++barrier.phase;
  ++counts.barriers;
  noteProgress();
  for (Cta *member : members) {
    for (const auto &warp : member->getWarps())
      warp->clusterArrived = 0;
    member->wakeAll();
  }
}

/// Nothing can go on: says so at every place where lanes wait.
void Grid::reportDeadlock() {
  for (const auto &cta : resident)
    for (const auto &warp : cta->getWarps())
      for (const Path &path : warp->getPaths()) {
        Finding finding;
        const auto &operations = path.frame->code->operations;
        if (path.counter < operations.size())
          finding.site.instruction = operations[path.counter].source;
        finding.site.who = warp->getThread(llvm::countr_zero(path.lanes));
        finding.count = llvm::popcount(path.lanes);
        // Lanes that an instruction of the whole warp has waited for in vain.
        bool isDivergent = finding.site.instruction && !path.hasArrived &&
                           path.state == Path::State::Blocked &&
                           path.lanes != warp->getLive();
        finding.kind =
            isDivergent ? FindingKind::DivergentBarrier : FindingKind::Deadlock;
        finding.message =
            isDivergent
                ? "lanes of the warp wait here for others that never come"
            : path.state == Path::State::Spinning
                ? "the loop waits for a change that nobody can make any more"
                : "threads wait here for others that never come";
        report.add(std::move(finding));
      }
}
