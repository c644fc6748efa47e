//===- ChunkPhases.cpp - what of a chunk waits for its state --------------===//

#include "passes/TileByWarps/ChunkPhases.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

bool ChunkPhases::findColumns() {
  for (Value state : loop.getRegionIterArgs()) {
    auto type = dyn_cast<RankedTensorType>(state.getType());
    if (!type || type.getRank() != 2 ||
        axes.get(state, 0) == axes.get(state, 1))
      return false;
    unsigned found = axes.get(state, 1);
    if (columns != 0 && (found != valueClass || type.getDimSize(1) != columns))
      return false;
    valueClass = found;
    columns = type.getDimSize(1);
  }
  return columns != 0;
}

bool ChunkPhases::storesRows(Operation *op) const {
  auto store = dyn_cast<StoreOp>(op);
  return store && !getValueAxis(store.getValue());
}

bool ChunkPhases::storesRows() const {
  return llvm::any_of(*body, [&](Operation &op) { return storesRows(&op); });
}

bool ChunkPhases::isDivisible(KernelOp kernel) const {
  WalkResult walk = kernel.getBody().walk([&](Operation *op) {
    bool isNested = op->getNumRegions() > 0 && body->findAncestorOpInBlock(*op);
    auto dot = dyn_cast<DotOp>(op);
    bool isByFMA = dot && getElementTypeOrSelf(dot.getLhs().getType()).isF32();
    // What has no columns all warps would store behind the loop.
    bool isOfAll = storesRows(op) && !isInLoop(op);
    if (isNested || isByFMA || isOfAll || isa<SharedOp, gpu::BarrierOp>(op) ||
        !(getValues().isSum(op) || getValues().areIndependentIn(op)))
      return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return !walk.wasInterrupted();
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

void ChunkPhases::findSources() {
  SmallVector<Value> pending(body->getTerminator()->getOperands());
  while (!pending.empty()) {
    Operation *source = pending.pop_back_val().getDefiningOp();
    if (isInLoop(source) && sourcesOfStates.insert(source).second)
      llvm::append_range(pending, source->getOperands());
  }
}

bool ChunkPhases::hasColumns(Operation *op) const {
  auto has = [&](Value value) { return getValueAxis(value).has_value(); };
  return llvm::any_of(op->getOperands(), has) ||
         llvm::any_of(op->getResults(), has);
}

/// Whether it costs less to compute an operation's results again than to hand
/// them on: numbers of addresses and masks, and what is the same everywhere.
static bool isCheap(Operation &op) {
  if (!isPure(&op))
    return false;
  if (auto broadcast = dyn_cast<BroadcastOp>(op))
    if (broadcast.getAlong().empty())
      return true;
  return matchPattern(&op, m_Constant()) ||
         llvm::all_of(op.getResultTypes(), [](Type type) {
           return getElementTypeOrSelf(type).isIntOrIndex();
         });
}

Phase ChunkPhases::choosePhase(Operation &op) const {
  auto isState = [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getOwner() == body &&
           argument.getArgNumber() > 0;
  };
  auto isIn = [&](Value value, Phase phase) {
    Operation *producer = value.getDefiningOp();
    return isInLoop(producer) && getPhase(producer) == phase;
  };
  bool waits = llvm::any_of(op.getOperands(), [&](Value value) {
    return isState(value) || isIn(value, Phase::Columns);
  });
  // What the states do not wait for each warp loads itself, for its columns:
  // that may come late, and takes no slot.
  bool isLoadedBefore = isa<LoadOp>(op) && sourcesOfStates.contains(&op);
  if (waits || (hasColumns(&op) && !isLoadedBefore))
    return Phase::Columns;
  if (isCheap(op) && llvm::none_of(op.getOperands(), [&](Value value) {
        return isIn(value, Phase::Chunk);
      }))
    return Phase::Both;
  return Phase::Chunk;
}

void ChunkPhases::cut(Value value) {
  Operation *producer = value.getDefiningOp();
  if (!isInLoop(producer) || getPhase(producer) != Phase::Chunk)
    return;
  if (isa<FloatType>(getElementTypeOrSelf(value.getType()))) {
    cuts.insert(value);
    return;
  }
  // What memory does not hold is made again.
  phases[producer] = Phase::Both;
  for (Value operand : producer->getOperands())
    cut(operand);
}

std::optional<ChunkPhases> ChunkPhases::find(KernelOp kernel) {
  scf::ForOp found;
  for (auto loop : kernel.getBody().getOps<scf::ForOp>()) {
    if (found)
      return std::nullopt;
    found = loop;
  }
  if (!found || kernel.getApart() || kernel.getGrid().size() != 1)
    return std::nullopt;
  ChunkPhases phases(kernel, found);
  IntegerAttr step;
  if (!matchPattern(found.getStep(), m_Constant(&step)) ||
      !phases.findColumns() || !phases.isDivisible(kernel))
    return std::nullopt;
  phases.tokens = step.getInt();
  phases.findSources();
  for (Operation &op : found.getBody()->without_terminator()) {
    Phase phase = phases.choosePhase(op);
    // A sum of columns all warps have, and all would store.
    if (phase == Phase::Columns && phases.storesRows(&op))
      return std::nullopt;
    phases.phases[&op] = phase;
  }
  kernel.getBody().walk([&](ReduceOp op) {
    if (phases.getValues().isSum(op))
      phases.columnSums.push_back(op);
  });
  for (Operation &op : *found.getBody())
    if (phases.getPhase(&op) == Phase::Columns ||
        &op == found.getBody()->getTerminator())
      for (Value operand : op.getOperands())
        phases.cut(operand);
  return phases;
}
