//===- ListSchedule.cpp - issue order as a compiler would choose ----------===//
//
// Where values must wait for loads, and loads for registers, there is no best
// order that is cheap to find: this is the greedy one that compilers use. It is
// linear in the size of a block, since it looks a fixed way ahead.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Estimate/ListSchedule.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include <queue>

using namespace sluice::sim;
using namespace sluice::sim::estimate;

/// Steps behind the first that is not issued yet that are looked at.
static constexpr uint32_t kWindow = 256;

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

/// From the issue to the first use of what it makes, if nothing is in the way.
static double getLatency(const Chip &chip, const Step &step) {
  switch (step.role) {
  case Role::Free:
    return 0;
  case Role::Math:
  case Role::Branch: {
    double once = estimate::getLatency(chip, step.math);
    return step.isChain ? step.count * once : once + step.count - 1;
  }
  case Role::Matrix:
    return getMatrixCycles(chip, step) + chip.mmaLatency;
  case Role::Access:
    if (step.destinations.empty())
      return 1;
    return step.place.reads == kShared ? chip.sharedLatency : chip.l2Latency;
  default:
    return 1;
  }
}

namespace {
/// The units of a partition that a warp has for itself.
class Units {
public:
  explicit Units(const Chip &chip) : chip(chip) {}

  double getFree(const Step &step) {
    if (step.role == Role::Free)
      return 0;
    Server *server = getServer(step);
    return std::max(issue, server ? std::floor(server->getFree()) : 0);
  }
  void take(const Step &step, double time) {
    if (step.role == Role::Free)
      return;
    if (Server *server = getServer(step))
      server->take(time, getCost(step));
    double last = step.isChain ? ::getLatency(chip, step) -
                                     estimate::getLatency(chip, step.math)
                               : step.count - 1;
    issue = time + last + 1;
  }

private:
  Server *getServer(const Step &step) {
    if (step.role == Role::Matrix)
      return &subCore.tensor;
    if (step.role == Role::Math && step.math != Math::Shuffle)
      return &subCore.getPipe(chip, step.math);
    return nullptr;
  }
  double getCost(const Step &step) const {
    return step.role == Role::Matrix ? getMatrixCycles(chip, step)
                                     : step.count * getCycles(chip, step.math);
  }

  const Chip &chip;
  SubCore subCore;
  double issue = 0;
};

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

/// How many registers the values of a block take, as it is issued.
class Pressure {
public:
  /// `isOutside`: registers that other blocks use, too.
  Pressure(const Trace &trace, BlockRange range,
           const std::vector<bool> &isOutside)
      : trace(trace), isOutside(isOutside),
        block(llvm::ArrayRef(trace.steps).slice(range.first, range.size)) {
    for (const Step &step : block) {
      for (uint32_t reg : step.destinations)
        values[reg];
      forEachSource(step, [&](uint32_t reg) { ++values[reg].uses; });
    }
    Pressure inTextOrder = *this;
    for (uint32_t i = 0; i < range.size; ++i) {
      inTextOrder.take(i);
      limit = std::max(limit, inTextOrder.now);
    }
  }

  /// The step needs more than there are.
  bool isTooMuch(uint32_t step) const {
    int change = getChange(block[step]);
    return change > 0 && now + change > limit;
  }
  void take(uint32_t index) {
    const Step &step = block[index];
    now += getChange(step);
    forEachSource(step, [&](uint32_t reg) { --values.find(reg)->second.uses; });
    for (uint32_t reg : step.destinations)
      values.find(reg)->second.isHeld = true;
  }

private:
  struct Value {
    /// Steps that use it and have not been issued.
    unsigned uses = 0;
    /// The block has made it.
    bool isHeld = false;
  };
  static void forEachSource(const Step &step,
                            llvm::function_ref<void(uint32_t)> visit) {
    llvm::ArrayRef<uint32_t> sources = step.sources;
    for (auto [i, reg] : llvm::enumerate(sources))
      if (!llvm::is_contained(sources.take_front(i), reg))
        visit(reg);
  }
  int getWords(uint32_t reg) const {
    return reg < trace.registerWords.size() ? trace.registerWords[reg] : 0;
  }
  int getChange(const Step &step) const {
    int change = 0;
    for (uint32_t reg : step.destinations)
      if (!values.find(reg)->second.isHeld)
        change += getWords(reg);
    forEachSource(step, [&](uint32_t reg) {
      const Value &value = values.find(reg)->second;
      if (value.isHeld && value.uses == 1 && !isOutside[reg])
        change -= getWords(reg);
    });
    return change;
  }

  const Trace &trace;
  const std::vector<bool> &isOutside;
  llvm::ArrayRef<Step> block;
  llvm::DenseMap<uint32_t, Value> values;
  int now = 0, limit = kBlockRegisters;
};
} // namespace

/// By register: whether more than one block uses it.
static std::vector<bool> findOutside(const Trace &trace,
                                     llvm::ArrayRef<BlockRange> blocks) {
  std::vector<uint32_t> blockOf(trace.steps.size());
  uint32_t last = 0;
  for (BlockRange range : blocks) {
    ++last;
    for (uint32_t i = 0; i < range.size; ++i)
      blockOf[range.first + i] = last;
  }
  std::vector<bool> isOutside(trace.numRegisters);
  constexpr uint32_t kNobody = ~0u;
  std::vector<uint32_t> user(trace.numRegisters, kNobody);
  for (auto [number, step] : llvm::enumerate(trace.steps)) {
    // What is in no block is one of its own.
    uint32_t own = blockOf[number] ? blockOf[number]
                                   : last + 1 + static_cast<uint32_t>(number);
    auto note = [&](llvm::ArrayRef<uint32_t> registers) {
      for (uint32_t reg : registers) {
        isOutside[reg] =
            isOutside[reg] || (user[reg] != kNobody && user[reg] != own);
        user[reg] = own;
      }
    };
    note(step.sources);
    note(step.destinations);
  }
  return isOutside;
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

namespace {
/// One block while its order is found.
class ListScheduler {
public:
  ListScheduler(const Chip &chip, const Trace &trace, BlockRange range,
                const std::vector<bool> &isOutside)
      : block(llvm::ArrayRef(trace.steps).slice(range.first, range.size)),
        dependences(block), units(chip), pressure(trace, range, isOutside),
        latencies(range.size), heights(range.size), earliest(range.size),
        isDone(range.size) {
    for (size_t i = block.size(); i-- > 0;) {
      latencies[i] = ::getLatency(chip, block[i]);
      heights[i] = latencies[i];
      for (Dependences::Edge edge : dependences.successors[i])
        heights[i] =
            std::max(heights[i], getDistance(i, edge) + heights[edge.to]);
    }
  }

  std::vector<uint32_t> run() {
    std::vector<uint32_t> order;
    while (order.size() < block.size()) {
      while (isDone[oldest])
        ++oldest;
      for (; entered < block.size() && entered < oldest + kWindow; ++entered)
        if (!dependences.predecessors[entered])
          ready.push_back(entered);
      size_t best = choose();
      uint32_t step = ready[best];
      ready[best] = ready.back();
      ready.pop_back();
      issue(step);
      order.push_back(step);
    }
    return order;
  }

private:
  double getDistance(size_t from, Dependences::Edge edge) const {
    if (edge.kind == Dependences::Kind::Value)
      return latencies[from];
    return block[from].role == Role::Free ? 0 : 1;
  }

  size_t choose() {
    std::optional<size_t> best;
    std::tuple<double, double, uint32_t> bestRank;
    for (size_t i = 0; i < ready.size(); ++i) {
      uint32_t step = ready[i];
      double start = std::max(earliest[step], units.getFree(block[step]));
      std::tuple rank(start, -heights[step], step);
      // The oldest is always one of them: it waits for nobody.
      if ((!best || rank < bestRank) &&
          (step == oldest || !pressure.isTooMuch(step))) {
        best = i;
        bestRank = rank;
      }
    }
    return *best;
  }

  void issue(uint32_t step) {
    double start = std::max(earliest[step], units.getFree(block[step]));
    units.take(block[step], start);
    pressure.take(step);
    isDone[step] = true;
    for (Dependences::Edge edge : dependences.successors[step]) {
      earliest[edge.to] =
          std::max(earliest[edge.to], start + getDistance(step, edge));
      if (!--dependences.predecessors[edge.to] && edge.to < entered)
        ready.push_back(edge.to);
    }
  }

  llvm::ArrayRef<Step> block;
  Dependences dependences;
  Units units;
  Pressure pressure;
  /// By step: to its results; from its issue to the block's end at the least;
  /// when its operands are there.
  std::vector<double> latencies, heights, earliest;
  std::vector<bool> isDone;
  std::vector<uint32_t> ready;
  /// Steps before the first have been issued; those before the second may be.
  uint32_t oldest = 0, entered = 0;
};
} // namespace

static void addIfChanged(std::vector<Block> &blocks, uint32_t first,
                         std::vector<uint32_t> order) {
  if (!llvm::is_sorted(order))
    blocks.push_back({first, std::move(order)});
}

std::vector<Block> estimate::scheduleByLatency(const Chip &chip,
                                               const Trace &trace) {
  std::vector<BlockRange> ranges = findBlocks(trace.steps);
  std::vector<bool> isOutside = findOutside(trace, ranges);
  std::vector<Block> blocks;
  for (BlockRange range : ranges)
    addIfChanged(blocks, range.first,
                 ListScheduler(chip, trace, range, isOutside).run());
  return blocks;
}

std::vector<Block>
estimate::scheduleByPosition(const Trace &trace,
                             llvm::ArrayRef<uint32_t> positions) {
  std::vector<Block> blocks;
  for (BlockRange range : findBlocks(trace.steps)) {
    Dependences dependences(
        llvm::ArrayRef(trace.steps).slice(range.first, range.size));
    using Next = std::pair<uint32_t, uint32_t>;
    std::priority_queue<Next, std::vector<Next>, std::greater<>> ready;
    auto add = [&](uint32_t step) {
      ready.push({positions[range.first + step], step});
    };
    for (uint32_t i = 0; i < range.size; ++i)
      if (!dependences.predecessors[i])
        add(i);
    std::vector<uint32_t> order;
    while (!ready.empty()) {
      uint32_t step = ready.top().second;
      ready.pop();
      order.push_back(step);
      for (Dependences::Edge edge : dependences.successors[step])
        if (!--dependences.predecessors[edge.to])
          add(edge.to);
    }
    addIfChanged(blocks, range.first, std::move(order));
  }
  return blocks;
}
