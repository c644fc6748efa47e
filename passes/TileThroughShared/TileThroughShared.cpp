//===- TileThroughShared.cpp - tensors from thread to thread --------------===//

#include "passes/TileThroughShared/TileThroughShared.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace sluice {
#define GEN_PASS_DEF_TILETHROUGHSHARED
#include "passes/TileThroughShared/TileThroughShared.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

//===----------------------------------------------------------------------===//
// What passes through shared memory
//===----------------------------------------------------------------------===//

/// Returns true if each thread has the elements that it needs.
static bool isRenaming(ConvertOp op) {
  LayoutAttr from = getLayout(op.getOperand().getType());
  return from.holds(getLayout(op.getType()));
}

/// Returns true if several warps hold what is reduced.
static bool isOverWarps(ReduceOp op) {
  LayoutAttr layout = getLayout(op.getOperand().getType());
  ArrayRef<int64_t> warps = layout.getWarps();
  for (size_t i = op.getAxis(); i < warps.size(); i += layout.getRank())
    if (warps[i] != 0)
      return !op.getByWarp();
  return false;
}

static bool isPassage(Operation *op) {
  if (auto convert = dyn_cast<ConvertOp>(op))
    return !isRenaming(convert);
  auto reduce = dyn_cast<ReduceOp>(op);
  return reduce && isOverWarps(reduce);
}

/// Returns true for what may stay in shared memory for long: vectors, and what
/// warps leave of a sum. Matrices pass one after another.
static bool canWait(Operation *op) {
  constexpr int64_t kMostBytes = 1024;
  if (!isPassage(op))
    return false;
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  return isa<ReduceOp>(op) ||
         type.getNumElements() * type.getElementTypeBitWidth() / 8 <=
             kMostBytes;
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

namespace {
/// For each operation of a block the passages that can wait between what stands
/// before the block and its start, which is no earlier than what was said
/// before to the same shared memory.
class Levels {
public:
  void add(Operation &op) {
    unsigned level = 0;
    op.walk([&](Operation *inner) {
      level = std::max(level, getOperandLevel(inner));
      if (auto load = dyn_cast<LoadOp>(inner))
        level = std::max(level, stores.lookup(load.getMemory()));
      else if (auto store = dyn_cast<StoreOp>(inner))
        level = std::max({level, stores.lookup(store.getMemory()),
                          loads.lookup(store.getMemory())});
    });
    levels[&op] = level;
    op.walk([&](Operation *inner) {
      if (auto load = dyn_cast<LoadOp>(inner))
        note(loads, load.getMemory(), level);
      else if (auto store = dyn_cast<StoreOp>(inner))
        note(stores, store.getMemory(), level);
    });
  }

  unsigned get(Operation &op) const { return levels.lookup(&op); }

  /// Has buffers, and what is stored to them, wait for the next who looks at
  /// them, so that they are not all full at once.
  void sinkStores(Block &block) {
    for (Operation &op : llvm::reverse(block)) {
      auto store = dyn_cast<StoreOp>(op);
      Value memory = store ? store.getMemory() : Value();
      if (isa<SharedOp>(op))
        memory = op.getResult(0);
      if (!memory || !memory.getDefiningOp<SharedOp>())
        continue;
      std::optional<unsigned> first;
      for (Operation *user : memory.getUsers()) {
        Operation *next = block.findAncestorOpInBlock(*user);
        if (next && op.isBeforeInBlock(next))
          first = std::min(first.value_or(levels.lookup(next)),
                           levels.lookup(next));
      }
      levels[&op] = std::max(levels.lookup(&op), first.value_or(0));
    }
  }

private:
  using Accesses = DenseMap<Value, unsigned>;

  static void note(Accesses &accesses, Value memory, unsigned level) {
    if (isShared(cast<MemRefType>(memory.getType())))
      accesses[memory] = std::max(accesses.lookup(memory), level);
  }

  unsigned getOperandLevel(Operation *op) const {
    unsigned level = 0;
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      auto found = producer ? levels.find(producer) : levels.end();
      if (found != levels.end())
        level = std::max(level, found->second + canWait(producer));
    }
    return level;
  }

  DenseMap<Operation *, unsigned> levels;
  /// Of the last accesses of each buffer.
  Accesses loads, stores;
};
} // namespace

/// Puts a block's operations in the order of their levels. Notes for each
/// passage the operation before which what it gives is needed.
static void sortByLevel(Block &block,
                        DenseMap<Operation *, Operation *> &needed) {
  Levels levels;
  for (Operation &op : block.without_terminator())
    levels.add(op);
  levels.sinkStores(block);
  SmallVector<SmallVector<Operation *>> byLevel;
  for (Operation &op : block.without_terminator()) {
    unsigned level = levels.get(op);
    byLevel.resize(std::max<size_t>(byLevel.size(), level + 1));
    byLevel[level].push_back(&op);
  }
  for (auto [level, ops] : llvm::enumerate(byLevel)) {
    Operation *next = level + 1 < byLevel.size() ? byLevel[level + 1].front()
                                                 : block.getTerminator();
    for (Operation *op : ops) {
      op->moveBefore(block.getTerminator());
      if (isPassage(op))
        needed[op] = canWait(op) ? next : op;
    }
  }
}

//===----------------------------------------------------------------------===//
// Passages
//===----------------------------------------------------------------------===//

/// Stores `value` where the builder is, and loads it as `type` before `needed`,
/// where it leaves the builder.
static Value pass(OpBuilder &b, Value value, RankedTensorType type,
                  Operation *needed) {
  Location loc = value.getLoc();
  auto memory = SharedOp::create(
      b, loc, getPaddedType(type.getShape(), type.getElementType()),
      /*by_warp=*/needed->getParentOfType<KernelOp>().getApart());
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  SmallVector<Value> indices(type.getRank(), zero);
  SmallVector<int64_t> along =
      llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
  StoreOp::create(b, loc, value, memory, indices, along, /*valid=*/Value(),
                  /*in_bounds=*/true);
  b.setInsertionPoint(needed);
  return LoadOp::create(b, loc, type, memory, indices, along, /*valid=*/Value(),
                        /*in_bounds=*/true);
}

/// A layout of the whole axis in the registers of all who hold what is left;
/// fails where those are too many.
static LayoutAttr getGathered(ReduceOp op, RankedTensorType partial,
                              unsigned axis) {
  LayoutAttr layout = getLayout(partial);
  unsigned rank = layout.getRank();
  auto clear = [&](ArrayRef<int64_t> places) {
    SmallVector<int64_t> cleared(places);
    for (size_t i = axis; i < cleared.size(); i += rank)
      cleared[i] = 0;
    return cleared;
  };
  SmallVector<int64_t> registers(layout.getRegisters()),
      warps = clear(layout.getWarps());
  for (int64_t place = 1; place < partial.getDimSize(axis); place *= 2) {
    registers.append(rank, 0);
    registers[registers.size() - rank + axis] = place;
  }
  return LayoutAttr::getChecked(
      [&] { return op.emitOpError("cannot gather what its warps hold: "); },
      layout.getContext(), rank, ArrayRef<int64_t>(registers),
      layout.getLanes(), ArrayRef<int64_t>(warps));
}

static LogicalResult lower(ReduceOp op, Operation *needed) {
  OpBuilder b(op);
  auto axis = static_cast<unsigned>(op.getAxis());
  LayoutAttr layout = getLayout(op.getOperand().getType());
  if (!ReduceOp::canLeaveWarpsApart(layout, axis))
    return op.emitOpError() << "is over warps that differ along another axis "
                               "than "
                            << axis << ", too: " << layout;
  Value partial = ReduceOp::create(b, op.getLoc(), op.getKind(),
                                   op.getOperand(), axis, /*by_warp=*/true);
  auto type = cast<RankedTensorType>(partial.getType());
  LayoutAttr gathered = getGathered(op, type, axis);
  if (!gathered)
    return failure();
  Value all = pass(b, partial, withLayout(type, gathered), needed);
  Value result = ReduceOp::create(b, op.getLoc(), op.getKind(), all, axis);
  op.replaceAllUsesWith(result);
  op.erase();
  return success();
}

static bool isOnlyStore(StoreOp store) {
  return llvm::all_of(store.getMemory().getUsers(), [&](Operation *user) {
    return user == store || !isa<StoreOp>(user);
  });
}

/// A store before `op` of all that it converts, which shared memory still has
/// as it is; null if there is none.
static StoreOp findStore(ConvertOp op) {
  for (Operation *user : op.getOperand().getUsers()) {
    auto store = dyn_cast<StoreOp>(user);
    if (store && store->getBlock() == op->getBlock() &&
        store->isBeforeInBlock(op) && store.getInBounds() &&
        !store.getValid() && !store.getTo() &&
        isShared(cast<MemRefType>(store.getMemory().getType())) &&
        isOnlyStore(store))
      return store;
  }
  return {};
}

/// A load before `op` of all that `store` has put where it lies, by threads
/// that each take what `op` wants of them; null if there is none.
static LoadOp findLoad(ConvertOp op, StoreOp store) {
  for (Operation *user : store.getMemory().getUsers()) {
    auto load = dyn_cast<LoadOp>(user);
    if (load && load->getBlock() == op->getBlock() &&
        store->isBeforeInBlock(load) && load->isBeforeInBlock(op) &&
        load.getIndices() == store.getIndices() &&
        load.getAlong() == store.getAlong() && !load.getValid() &&
        getLayout(load.getType()).holds(getLayout(op.getType())))
      return load;
  }
  return {};
}

/// The load of what `op` converts from shared memory that still has it; null if
/// there is none.
static LoadOp findSource(ConvertOp op) {
  auto load = op.getOperand().getDefiningOp<LoadOp>();
  if (!load || load->getBlock() != op->getBlock() ||
      !isShared(cast<MemRefType>(load.getMemory().getType())))
    return {};
  for (Operation *user : load.getMemory().getUsers()) {
    Operation *own = op->getBlock()->findAncestorOpInBlock(*user);
    if (isa<StoreOp>(user) && own && load->isBeforeInBlock(own) &&
        own->isBeforeInBlock(op))
      return {};
  }
  return load;
}

static void lower(ConvertOp op, Operation *needed) {
  OpBuilder b(op);
  if (LoadOp source = findSource(op)) {
    auto load = LoadOp::create(b, op.getLoc(), op.getType(), source.getMemory(),
                               source.getIndices(), source.getAlong(),
                               source.getValid(), source.getInBounds());
    op.replaceAllUsesWith(load.getResult());
    op.erase();
    if (source->use_empty())
      source->erase();
    return;
  }
  StoreOp store = findStore(op);
  if (LoadOp load = store ? findLoad(op, store) : LoadOp()) {
    op.getOperandMutable().set(load.getResult());
    return;
  }
  if (store) {
    auto load = LoadOp::create(b, op.getLoc(), op.getType(), store.getMemory(),
                               store.getIndices(), store.getAlong(),
                               /*valid=*/Value(), /*in_bounds=*/true);
    op.replaceAllUsesWith(load.getResult());
    op.erase();
    return;
  }
  op.replaceAllUsesWith(
      pass(b, op.getOperand(), cast<RankedTensorType>(op.getType()), needed));
  op.erase();
}

namespace {
struct TileThroughShared
    : sluice::impl::TileThroughSharedBase<TileThroughShared> {
  void runOnOperation() override {
    if (failed(checkLayouts(getOperation(), getArgument())))
      return signalPassFailure();
    // A warp waits for itself at no great cost: the order stays.
    DenseMap<Operation *, Operation *> needed;
    if (!getOperation().getApart())
      getOperation().getBody().walk(
          [&](Block *block) { sortByLevel(*block, needed); });
    SmallVector<Operation *> passages;
    getOperation().getBody().walk([&](Operation *op) {
      if (isPassage(op))
        passages.push_back(op);
    });
    for (Operation *op : passages) {
      Operation *at = needed.contains(op) ? needed.lookup(op) : op;
      if (auto convert = dyn_cast<ConvertOp>(op))
        lower(convert, at);
      else if (failed(lower(cast<ReduceOp>(op), at)))
        return signalPassFailure();
    }
  }
};
} // namespace
