//===- StripUnroller.cpp - loops over strips of little --------------------===//

#include "passes/TileStrips/StripUnroller.h"
#include "dialects/Tile/KernelMemory.h"
#include "dialects/Tile/TileLives.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// Loads in a loop of what nobody writes, and what says where they are, in
/// order; they need nothing of the round before.
static llvm::SetVector<Operation *> findLoads(scf::ForOp loop,
                                              const WrittenMemory &memory) {
  llvm::SetVector<Operation *> known;
  auto isKnown = [&](Value value) {
    return value == loop.getInductionVar() ||
           !loop.getRegion().isAncestor(value.getParentRegion()) ||
           known.contains(value.getDefiningOp());
  };
  for (Operation &op : loop.getBody()->without_terminator()) {
    auto load = dyn_cast<LoadOp>(op);
    bool isNumber = op.getNumResults() == 1 && op.getNumRegions() == 0 &&
                    op.getResult(0).getType().isIndex() &&
                    isMemoryEffectFree(&op);
    if ((isNumber || (load && memory.isConstant(load.getMemory()))) &&
        llvm::all_of(op.getOperands(), isKnown))
      known.insert(&op);
  }
  return known;
}

static bool isConstant(Operation &op) {
  return op.hasTrait<OpTrait::ConstantLike>();
}

/// Where the operands of all are known, in the loop's block; constants are
/// anywhere, so they come to its start.
static Operation *findEarliest(scf::ForOp loop,
                               const llvm::SetVector<Operation *> &ops) {
  Block &block = *loop->getBlock();
  Operation *last = nullptr;
  for (Operation *op : ops)
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!producer || producer->getBlock() != &block)
        continue;
      if (!isConstant(*producer)) {
        if (!last || last->isBeforeInBlock(producer))
          last = producer;
      } else if (producer != &block.front()) {
        producer->moveBefore(&block.front());
      }
    }
  return last ? last->getNextNode() : &*llvm::find_if_not(block, isConstant);
}

static void unroll(scf::ForOp loop, int64_t rounds,
                   const llvm::SetVector<Operation *> &loads) {
  OpBuilder b(findEarliest(loop, loads));
  SmallVector<IRMapping> maps(static_cast<size_t>(rounds));
  for (auto [round, map] : llvm::enumerate(maps)) {
    map.map(loop.getInductionVar(),
            arith::ConstantIndexOp::create(b, loop.getLoc(),
                                           static_cast<int64_t>(round)));
    for (Operation *op : loads)
      b.clone(*op, map);
  }
  b.setInsertionPoint(loop);
  SmallVector<Value> carried(loop.getInitArgs());
  for (IRMapping &map : maps) {
    map.map(loop.getRegionIterArgs(), carried);
    for (Operation &op : loop.getBody()->without_terminator())
      if (!loads.contains(&op))
        b.clone(op, map);
    carried = llvm::map_to_vector(loop.getYieldedValues(), [&](Value value) {
      return map.lookupOrDefault(value);
    });
  }
  loop.replaceAllUsesWith(carried);
  loop.erase();
}

void sluice::unrollNarrowStrips(KernelOp kernel, int64_t most) {
  constexpr int64_t kMostRounds = 4;
  WrittenMemory memory(kernel);
  TileLives lives(kernel);
  auto warps = static_cast<int64_t>(kernel.getWarpsOfTensors());
  struct Narrow {
    scf::ForOp loop;
    int64_t rounds;
    llvm::SetVector<Operation *> loads;
  };
  SmallVector<Narrow> narrow;
  kernel.getBody().walk([&](scf::ForOp loop) {
    std::optional<int64_t> rounds = getConstantIntValue(loop.getUpperBound());
    if (!rounds || *rounds > kMostRounds ||
        getConstantIntValue(loop.getLowerBound()) != 0 ||
        getConstantIntValue(loop.getStep()) != 1)
      return;
    llvm::SetVector<Operation *> loads = findLoads(loop, memory);
    int64_t loaded = 0;
    for (Operation *op : loads)
      if (isa<LoadOp>(op))
        loaded += TileLives::countRegisters(op->getResult(0), warps);
    if (loaded > 0 && lives.get(loop) + (*rounds - 1) * loaded <= most)
      narrow.push_back({loop, *rounds, std::move(loads)});
  });
  for (const Narrow &each : narrow)
    unroll(each.loop, each.rounds, each.loads);
}
