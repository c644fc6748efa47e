//===- Grid.cpp - a launch ------------------------------------------------===//

#include "lib/Simulator/Machine/Grid.h"
#include "lib/Simulator/Machine/Recorder.h"
#include "lib/Simulator/Machine/Worker.h"
#include "lib/Support/HostThreads.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <latch>
#include <thread>

using namespace sluice;
using namespace sluice::sim;

static unsigned countWorkers(const LaunchOptions &options) {
  uint64_t threads = options.threads;
  if (!threads)
    threads = std::max(std::thread::hardware_concurrency(), 1u);
  return std::min({threads, kMostHostThreads,
                   options.grid.total() / options.cluster.total()});
}

Grid::Grid(Arena &arena, const Program &program, const LaunchOptions &options,
           uint64_t parameters)
    : arena(arena), program(program), options(options), parameters(parameters),
      numWorkers(countWorkers(options)) {
  setResident(kResident);
}

void Grid::setResident(uint64_t ctas) {
  uint64_t size = options.cluster.total(),
           share = options.grid.total() / size / numWorkers;
  residents = std::min(share, llvm::divideCeil(ctas, size));
}

Grid::~Grid() = default;

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

void Grid::print(llvm::StringRef text) {
  std::lock_guard<std::mutex> lock(mutex);
  if (options.print)
    options.print(text);
}

//===----------------------------------------------------------------------===//
// Workers
//===----------------------------------------------------------------------===//

LaunchResult Grid::run() {
  for (unsigned i = 0; i < numWorkers; ++i)
    workers.push_back(std::make_unique<Worker>(*this, i));
  // None begins before it is known how many there are.
  std::latch begins(1);
  HostThreads threads;
  threads.start(numWorkers - 1, [&](unsigned i) {
    begins.wait();
    workers[i + 1]->run();
  });
  numWorkers = numAwake = threads.size() + 1;
  workers.resize(numWorkers);
  begins.count_down();
  workers.front()->run();
  threads.join();
  return makeResult();
}

std::optional<uint64_t> Grid::takeCluster() {
  uint64_t total = options.grid.total();
  while (nextCta < total) {
    uint64_t first = nextCta.fetch_add(options.cluster.total());
    if (first >= total)
      break;
    if (!options.onlySampled || !recorder || recorder->isSampled(first))
      return first;
    noteDone(1);
  }
  return std::nullopt;
}

void Grid::noteDone(uint64_t clusters) {
  std::lock_guard<std::mutex> lock(mutex);
  doneCtas += clusters * options.cluster.total();
  if (options.progress)
    options.progress(doneCtas, options.grid.total());
}

bool Grid::noteExecuted(uint64_t threadInstructions) {
  uint64_t before = executed.fetch_add(threadInstructions);
  if (before + threadInstructions <= options.limit)
    return true;
  stop();
  // One of the workers says so.
  if (before > options.limit)
    return false;
  Finding finding;
  finding.kind = FindingKind::Limit;
  finding.message = "the grid has executed more thread-instructions than the "
                    "limit of " +
                    std::to_string(options.limit);
  report.add(std::move(finding));
  return false;
}

uint64_t Grid::getChanges(const Worker &but) const {
  uint64_t sum = 0;
  for (const auto &worker : workers)
    sum += worker.get() == &but ? 0 : worker->getChanges();
  return sum;
}

bool Grid::rest(Worker &worker) {
  using namespace std::chrono_literals;
  std::unique_lock<std::mutex> lock(mutex);
  resting.push_back(&worker);
  --numAwake;
  auto isResting = [&] { return llvm::is_contained(resting, &worker); };
  while (isResting() && !isStopped && !worker.hasNews()) {
    if (!numAwake) {
      // Nobody can change anything. Has everybody seen what was changed before?
      if (llvm::none_of(resting, [](const Worker *w) { return w->hasNews(); }))
        decide();
      wakeUp.notify_all();
    }
    // Nobody is told of changes: that would cost those who make them.
    if (isResting() && !isStopped)
      wakeUp.wait_for(lock, 100us);
  }
  if (!isResting())
    return beginsClusters;
  llvm::erase(resting, &worker);
  ++numAwake;
  return false;
}

/// Nothing of the whole grid can go on.
void Grid::decide() {
  // What is resident may wait for what is not.
  beginsClusters = nextCta < options.grid.total();
  if (beginsClusters || endTimedWaits()) {
    numAwake += resting.size();
    resting.clear();
    return;
  }
  for (Worker *worker : resting)
    worker->reportDeadlock();
  stop();
}

/// Once for each change that they see; false if there are none.
bool Grid::endTimedWaits() {
  uint64_t progress = 0;
  for (const auto &worker : workers)
    progress += worker->getProgress();
  if (timedOutAt == progress)
    return false;
  timedOutAt = progress;
  bool any = false;
  for (Worker *worker : resting)
    any |= worker->timeOut();
  return any;
}

void Grid::leave() {
  std::lock_guard<std::mutex> lock(mutex);
  --numAwake;
  wakeUp.notify_all();
}

//===----------------------------------------------------------------------===//
// The result
//===----------------------------------------------------------------------===//

LaunchResult Grid::makeResult() const {
  LaunchResult result;
  result.finished = doneCtas == options.grid.total();
  result.findings = report.getFindings();
  for (const auto &worker : workers)
    result.counts.add(worker->getCounts());
  for (auto [place, entry] : llvm::enumerate(program.codes)) {
    const auto &operations = entry.second->operations;
    for (auto [i, operation] : llvm::enumerate(operations)) {
      OperationCounts sum;
      for (const auto &worker : workers)
        sum.add(worker->getCounts(place)[i]);
      size_t which = static_cast<size_t>(operation.which);
      result.counts.warpInstructions[which] += sum.executions;
      result.counts.threadInstructions[which] += sum.lanes;
      if (operation.source)
        result.instructions.push_back({operation.source, sum});
    }
  }
  auto place = [](const InstructionCounts &counts) {
    return std::pair(counts.instruction->place.line,
                     counts.instruction->place.column);
  };
  llvm::sort(result.instructions,
             [&](const auto &a, const auto &b) { return place(a) < place(b); });
  return result;
}
