//===- TileThroughShared.cpp - tensors from thread to thread --------------===//

#include "passes/TileThroughShared/TileThroughShared.h"
#include "dialects/Tile/TileOps.h"
#include "lib/Layout/Conversion.h"
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

/// Returns true if the cheapest way to the threads that need the elements is
/// shared memory: they do not have them already, and shuffles, if the elements
/// stay in their warp, cost more, or what they need lies in shared memory.
static bool isThroughShared(ConvertOp op) {
  if (op.findRegisters())
    return false;
  if (!op.planShuffles() || findStore(op) || findSource(op))
    return true;
  // Stores of matrices are not for all targets.
  layout::AccessOptions accesses{.hasMatrixLoad = true,
                                 .hasMatrixStore = false};
  layout::Conversion plan = llvm::cantFail(layout::planConversion(
      getLayout(op.getOperand().getType()).getLinear(), op.getWanted(),
      op.getType().getElementTypeBitWidth() / 8, accesses));
  return plan.kind == layout::ConversionKind::Shared;
}

/// Has a tensor that an earlier conversion has brought to the threads that need
/// it, in other registers, taken from there.
static void shareConversions(KernelOp kernel) {
  kernel.getBody().walk([&](ConvertOp op) {
    if (op.findRegisters())
      return;
    layout::LinearLayout wanted = getLayout(op.getType()).getLinear();
    for (Operation *user : op.getOperand().getUsers()) {
      auto earlier = dyn_cast<ConvertOp>(user);
      if (!earlier || earlier->getBlock() != op->getBlock() ||
          !earlier->isBeforeInBlock(op))
        continue;
      const layout::LinearLayout &held =
          getLayout(earlier.getType()).getLinear();
      if (!layout::findRegisters(held, wanted.resizeOutputs(held.getOutputs())))
        continue;
      op.getOperandMutable().set(earlier.getResult());
      return;
    }
  });
}

/// Returns true if several warps hold what is reduced.
static bool isOverWarps(ReduceOp op) {
  layout::LinearLayout threads =
      getLayout(op.getOperand().getType())
          .getThreadsAlong(static_cast<unsigned>(op.getAxis()));
  return !op.getByWarp() &&
         llvm::any_of(threads.getBases(layout::kWarp),
                      [](uint64_t place) { return place != 0; });
}

/// What passes through shared memory in a kernel.
using Passages = llvm::SmallPtrSet<Operation *, 16>;

static Passages findPassages(KernelOp kernel) {
  Passages passages;
  kernel.getBody().walk([&](Operation *op) {
    auto convert = dyn_cast<ConvertOp>(op);
    auto reduce = dyn_cast<ReduceOp>(op);
    if (convert ? isThroughShared(convert) : reduce && isOverWarps(reduce))
      passages.insert(op);
  });
  return passages;
}

/// Returns true for what may stay in shared memory for long: vectors, and what
/// warps leave of a sum. Matrices pass one after another.
static bool canWait(const Passages &passages, Operation *op) {
  constexpr int64_t kMostBytes = 1024;
  if (!passages.contains(op))
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
  explicit Levels(const Passages &passages) : passages(passages) {}

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
        level = std::max(level, found->second + canWait(passages, producer));
    }
    return level;
  }

  const Passages &passages;
  DenseMap<Operation *, unsigned> levels;
  /// Of the last accesses of each buffer.
  Accesses loads, stores;
};
} // namespace

/// Puts a block's operations in the order of their levels. Notes for each
/// passage the operation before which what it gives is needed.
static void sortByLevel(Block &block, const Passages &passages,
                        DenseMap<Operation *, Operation *> &needed) {
  Levels levels(passages);
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
      if (passages.contains(op))
        needed[op] = canWait(passages, op) ? next : op;
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
  // Without the axis in warps, and with it in registers.
  const layout::LinearLayout &linear = getLayout(partial).getLinear();
  StringRef name = getLayout(partial).getAxis(axis);
  layout::Axes outputs(linear.getOutputs());
  outputs[axis].bits = 0;
  return LayoutAttr::getChecked(
      [&] { return op.emitOpError("cannot gather what its warps hold: "); },
      op.getContext(),
      linear.resizeOutputs(outputs) *
          layout::LinearLayout::getIdentity(
              layout::kRegister, name,
              llvm::Log2_64_Ceil(partial.getDimSize(axis))));
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
  if (StoreOp store = findStore(op)) {
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
    shareConversions(getOperation());
    Passages passages = findPassages(getOperation());
    // A warp waits for itself at no great cost, and copies are waited for in
    // the order in which they were begun: the order stays.
    bool hasCopies = getOperation()
                         .walk([](CopyOp) { return WalkResult::interrupt(); })
                         .wasInterrupted();
    DenseMap<Operation *, Operation *> needed;
    if (!getOperation().getApart() && !hasCopies)
      getOperation().getBody().walk(
          [&](Block *block) { sortByLevel(*block, passages, needed); });
    SmallVector<Operation *> inOrder;
    getOperation().getBody().walk([&](Operation *op) {
      if (passages.contains(op))
        inOrder.push_back(op);
    });
    for (Operation *op : inOrder) {
      Operation *at = needed.contains(op) ? needed.lookup(op) : op;
      if (auto convert = dyn_cast<ConvertOp>(op))
        lower(convert, at);
      else if (failed(lower(cast<ReduceOp>(op), at)))
        return signalPassFailure();
    }
  }
};
} // namespace
