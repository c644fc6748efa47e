//===- BlockOrder.cpp - an order in which little is alive -----------------===//

#include "passes/TileShortenLives/BlockOrder.h"
#include "passes/TileShortenLives/TileShortenLives.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

//===----------------------------------------------------------------------===//
// Who comes before whom
//===----------------------------------------------------------------------===//

BlockOrder::BlockOrder(Block &block, const TileLives &lives, int64_t warps) {
  for (Operation &op : block) {
    nodes.emplace_back().op = &op;
    nodes.back().inside =
        op.getNumRegions() > 0 ? lives.get(&op) - lives.getAround(&op) : 0;
  }
  addValues(block, lives, warps);
  addMemory();
  findGoals();
  Effect effect = before;
  for (unsigned node = 0, e = nodes.size(); node < e; ++node)
    advance(node, effect);
  widest = effect.widest;
  for (const Node &node : nodes)
    for (unsigned operand : node.operands)
      ++users[operand];
}

void BlockOrder::addValues(Block &block, const TileLives &lives,
                           int64_t warps) {
  DenseMap<Value, unsigned> numbers;
  DenseMap<Operation *, unsigned> places;
  auto add = [&](Value value) {
    numbers[value] = registers.size();
    registers.push_back(TileLives::countRegisters(value, warps));
    users.push_back(0);
  };
  for (Value argument : block.getArguments()) {
    add(argument);
    before.after += registers.back();
  }
  if (Operation *parent = block.getParentOp(); !isa<KernelOp>(parent))
    before.after += lives.getAround(parent);
  before.widest = before.after;
  for (auto [place, node] : llvm::enumerate(nodes)) {
    places[node.op] = place;
    llvm::SmallSetVector<unsigned, 8> operands, before;
    node.op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands()) {
        auto found = numbers.find(operand);
        if (found == numbers.end() || operand.getParentBlock() != &block)
          continue;
        operands.insert(found->second);
        if (Operation *producer = operand.getDefiningOp())
          before.insert(places.lookup(producer));
      }
    });
    node.operands.assign(operands.begin(), operands.end());
    node.before.assign(before.begin(), before.end());
    for (unsigned operand : node.operands)
      ++users[operand];
    for (Value result : node.op->getResults()) {
      node.results.push_back(registers.size());
      add(result);
    }
  }
}

void BlockOrder::addMemory() {
  struct Accesses {
    std::optional<unsigned> store;
    SmallVector<unsigned> loads;
  };
  // All memory that is not shared is one: its views may meet.
  llvm::MapVector<Value, Accesses> memory;
  std::optional<unsigned> fence;
  SmallVector<unsigned> sinceFence;
  DenseMap<Value, unsigned> stores;
  for (unsigned place = 0, e = nodes.size(); place < e; ++place) {
    Node &node = nodes[place];
    // What is stored may be read from there as an operand, if it is there.
    if (isa<DotOp>(node.op))
      for (Value operand : node.op->getOperands())
        if (auto found = stores.find(operand); found != stores.end())
          node.before.push_back(found->second);
    if (isMemoryEffectFree(node.op) || isa<SharedOp>(node.op))
      continue;
    llvm::SmallSetVector<Value, 4> loaded, stored;
    bool isFence =
        node.op
            ->walk([&](Operation *inner) {
              auto get = [](Value of) {
                return isShared(cast<MemRefType>(of.getType())) ? of : Value();
              };
              if (auto load = dyn_cast<LoadOp>(inner))
                loaded.insert(get(load.getMemory()));
              else if (auto store = dyn_cast<StoreOp>(inner))
                stored.insert(get(store.getMemory()));
              else if (!isMemoryEffectFree(inner) && !isa<SharedOp>(inner) &&
                       inner->getNumRegions() == 0)
                return WalkResult::interrupt();
              return WalkResult::advance();
            })
            .wasInterrupted();
    if (fence)
      node.before.push_back(*fence);
    if (isFence) {
      node.before.append(sinceFence);
      sinceFence.clear();
      fence = place;
      continue;
    }
    sinceFence.push_back(place);
    for (Value of : loaded) {
      Accesses &accesses = memory[of];
      if (accesses.store)
        node.before.push_back(*accesses.store);
      accesses.loads.push_back(place);
    }
    for (Value of : stored) {
      Accesses &accesses = memory[of];
      if (accesses.store)
        node.before.push_back(*accesses.store);
      for (unsigned load : accesses.loads)
        if (load != place)
          node.before.push_back(load);
      accesses = {place, {}};
      if (auto store = dyn_cast<StoreOp>(node.op); store && of)
        stores.try_emplace(store.getValue(), place);
    }
  }
  Node &last = nodes.back();
  for (unsigned place = 0, e = nodes.size() - 1; place < e; ++place)
    last.before.push_back(place);
}

void BlockOrder::findGoals() {
  for (Node &node : nodes) {
    int64_t taken = 0, largest = 0, given = 0;
    bool isOnlyUser = true;
    for (unsigned operand : node.operands) {
      taken += registers[operand];
      largest = std::max(largest, registers[operand]);
      isOnlyUser &= users[operand] == 1;
    }
    for (unsigned result : node.results)
      given += registers[result];
    node.isGoal = given < largest || (isOnlyUser && given < taken) ||
                  node.op->getNumRegions() > 0;
  }
}

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

SmallVector<unsigned> BlockOrder::getPath(unsigned goal, bool toNearest) {
  SmallVector<unsigned> path;
  // Of each operation that waits, how many of those before it were looked at.
  SmallVector<std::pair<unsigned, unsigned>> waiting{{goal, 0}};
  isOnPath.set(goal);
  while (!waiting.empty()) {
    auto &[node, next] = waiting.back();
    if (next == nodes[node].before.size()) {
      path.push_back(node);
      waiting.pop_back();
      continue;
    }
    unsigned before = nodes[node].before[next++];
    if (isTaken.test(before) || isOnPath.test(before))
      continue;
    if (toNearest && nodes[before].isGoal) {
      isOnPath.reset();
      return {};
    }
    isOnPath.set(before);
    waiting.push_back({before, 0});
  }
  for (unsigned node : path)
    isOnPath.reset(node);
  return path;
}

void BlockOrder::advance(unsigned number, Effect &effect) {
  const Node &node = nodes[number];
  int64_t most = effect.after;
  for (unsigned operand : node.operands)
    if (--users[operand] == 0)
      effect.after -= registers[operand];
  most = std::max(most, effect.after + node.inside);
  for (unsigned result : node.results)
    if (users[result] > 0)
      effect.after += registers[result];
  effect.widest = std::max({effect.widest, most, effect.after});
}

BlockOrder::Effect BlockOrder::tryPath(ArrayRef<unsigned> path) {
  Effect effect{made.after, made.after};
  for (unsigned node : path)
    advance(node, effect);
  for (unsigned node : path)
    for (unsigned operand : nodes[node].operands)
      ++users[operand];
  return effect;
}

void BlockOrder::takePath(ArrayRef<unsigned> path) {
  for (unsigned node : path) {
    advance(node, made);
    isTaken.set(node);
    order.push_back(node);
  }
}

/// What comes from far away is asked for first, as far as it takes little.
void BlockOrder::takeLoads() {
  constexpr int64_t kMost = 64;
  int64_t first = made.after;
  for (unsigned number = 0, e = nodes.size(); number < e; ++number) {
    auto load = dyn_cast<LoadOp>(nodes[number].op);
    if (!load || isShared(cast<MemRefType>(load.getMemory().getType())) ||
        isTaken.test(number))
      continue;
    SmallVector<unsigned> path = getPath(number);
    Effect effect = tryPath(path);
    if (effect.widest - first <= kMost)
      takePath(path);
  }
}

SmallVector<unsigned> BlockOrder::choosePath(int64_t limit) {
  SmallVector<unsigned> best;
  std::optional<std::tuple<int64_t, int64_t, int64_t>> least;
  limit = std::max(limit, made.widest);
  for (unsigned goal = 0, e = nodes.size() - 1; goal < e; ++goal) {
    if (isTaken.test(goal) || !nodes[goal].isGoal)
      continue;
    SmallVector<unsigned> path = getPath(goal, /*toNearest=*/true);
    if (path.empty())
      continue;
    Effect effect = tryPath(path);
    // Up to the limit width is free.
    std::tuple<int64_t, int64_t, int64_t> cost{std::max(effect.widest, limit),
                                               effect.after, effect.widest};
    if (least && cost >= *least)
      continue;
    least = cost;
    best = std::move(path);
  }
  return best;
}

void BlockOrder::makeOrder(int64_t limit) {
  isTaken.reset();
  order.clear();
  made = before;
  SmallVector<int64_t> kept = users;
  takeLoads();
  while (true) {
    SmallVector<unsigned> path = choosePath(limit);
    if (path.empty())
      break;
    takePath(path);
  }
  takePath(getPath(nodes.size() - 1));
  users = kept;
}

bool BlockOrder::shorten() {
  constexpr int64_t kLimits = 8;
  isTaken.resize(nodes.size());
  isOnPath.resize(nodes.size());
  SmallVector<unsigned> best;
  int64_t first = widest;
  for (int64_t part = 1; part < kLimits; ++part) {
    makeOrder(first * part / kLimits);
    if (made.widest >= widest)
      continue;
    widest = made.widest;
    best = order;
  }
  if (best.empty())
    return false;
  Operation *last = nodes.back().op;
  for (unsigned node : ArrayRef(best).drop_back())
    nodes[node].op->moveBefore(last);
  return true;
}

void sluice::shortenLives(KernelOp kernel, int64_t most) {
  SmallVector<Block *> blocks;
  kernel.getBody().walk<WalkOrder::PostOrder>(
      [&](Block *block) { blocks.push_back(block); });
  // From the inside out: its block counts how wide a loop is.
  for (Block *block : blocks) {
    TileLives lives(kernel);
    BlockOrder order(*block, lives, kernel.getWarpsOfTensors());
    if (order.getWidest() > most)
      order.shorten();
  }
}
