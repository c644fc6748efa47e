//===- TileParkStates.cpp - states out of the way -------------------------===//

#include "passes/TileParkStates/TileParkStates.h"
#include "dialects/Tile/KernelMemory.h"
#include "dialects/Tile/TileLives.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace sluice {
#define GEN_PASS_DEF_TILEPARKSTATES
#include "passes/TileParkStates/TileParkStates.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// The loop over a block's chunks that takes all that `blocks` carries, and
/// gives it back; null where there is none.
static scf::ForOp findChunks(scf::ForOp blocks) {
  auto chunks = dyn_cast_if_present<scf::ForOp>(
      blocks.getNumResults() > 0 ? blocks.getYieldedValues()[0].getDefiningOp()
                                 : nullptr);
  if (!chunks || chunks->getBlock() != blocks.getBody() ||
      chunks.getInitArgs() != ValueRange(blocks.getRegionIterArgs()) ||
      blocks.getYieldedValues() != ValueRange(chunks.getResults()))
    return {};
  for (Value carried : blocks.getRegionIterArgs()) {
    auto type = dyn_cast<RankedTensorType>(carried.getType());
    if (!carried.hasOneUse() || !type || type.getRank() != 2)
      return {};
  }
  return chunks;
}

/// Registers of a thread at the widest point of a block but in the loop over
/// its chunks.
static int64_t countRegisters(KernelOp kernel, scf::ForOp blocks,
                              scf::ForOp chunks) {
  TileLives lives(kernel);
  int64_t widest = 0;
  for (Operation &op : *blocks.getBody())
    if (&op != chunks)
      widest = std::max(widest, lives.get(&op));
  return widest;
}

/// Eight rows start in eight banks each.
static constexpr int64_t kPadding = 8;

/// What all buffers take, those that states would be in, and those in which
/// tensors of the first phase will pass from lane to lane, or to memory in the
/// second, of which one is needed at a time.
static int64_t estimateBytes(KernelOp kernel, scf::ForOp blocks,
                             scf::ForOp chunks) {
  SharedBytes bytes(kernel);
  int64_t longest = 0;
  auto addPassage = [&](Type type) {
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      longest = std::max(
          longest,
          getBytes(getPaddedType(tensor.getShape(), tensor.getElementType())));
  };
  blocks.getBody()->walk([&](Operation *op) {
    auto store = dyn_cast<StoreOp>(op);
    if (store && chunks->isAncestor(op))
      addPassage(store.getValue().getType());
    if (!chunks->isAncestor(op) && !op->use_empty())
      llvm::for_each(op->getResultTypes(), addPassage);
  });
  for (Type type : blocks.getResultTypes()) {
    auto state = cast<RankedTensorType>(type);
    bytes.ofWarp += state.getDimSize(1) * (state.getDimSize(0) + kPadding) *
                    state.getElementTypeBitWidth() / 8;
  }
  return bytes.ofCTA +
         (bytes.ofWarp + longest) * static_cast<int64_t>(kernel.getWarps());
}

namespace {
/// Stores states to shared memory of each warp and loads them from there. Their
/// columns are rows there, as an accumulator's are: neighbours of a thread are
/// neighbours in memory.
class Parking {
public:
  Parking(OpBuilder &b, ValueRange states) : b(b) {
    for (Value state : states) {
      types.push_back(cast<RankedTensorType>(state.getType()));
      SmallVector<int64_t> shape{types.back().getDimSize(1),
                                 types.back().getDimSize(0) + kPadding};
      places.push_back(
          SharedOp::create(b, state.getLoc(),
                           getSharedType(shape, types.back().getElementType()),
                           /*by_warp=*/true));
    }
  }

  void store(ValueRange states) {
    for (auto [state, place] : llvm::zip(states, places))
      StoreOp::create(b, state.getLoc(), state, place, getIndices(place),
                      kAlong,
                      /*valid=*/Value(), /*in_bounds=*/true);
  }
  SmallVector<Value> load() {
    SmallVector<Value> states;
    for (auto [type, place] : llvm::zip(types, places))
      states.push_back(LoadOp::create(b, place.getLoc(), type, place,
                                      getIndices(place), kAlong,
                                      /*valid=*/Value(), /*in_bounds=*/true));
    return states;
  }

private:
  static constexpr int64_t kAlong[] = {1, 0};

  SmallVector<Value> getIndices(Value place) {
    return SmallVector<Value>(
        2, arith::ConstantIndexOp::create(b, place.getLoc(), 0));
  }

  OpBuilder &b;
  SmallVector<RankedTensorType> types;
  SmallVector<Value> places;
};

struct TileParkStates : sluice::impl::TileParkStatesBase<TileParkStates> {
  using TileParkStatesBase::TileParkStatesBase;

  void runOnOperation() override {
    if (!getOperation().getApart())
      return;
    for (auto blocks : llvm::make_early_inc_range(
             getOperation().getBody().getOps<scf::ForOp>()))
      if (scf::ForOp chunks = findChunks(blocks);
          chunks && countRegisters(getOperation(), blocks, chunks) > most &&
          estimateBytes(getOperation(), blocks, chunks) <= mostBytes)
        park(blocks, chunks);
  }

  static void park(scf::ForOp blocks, scf::ForOp chunks) {
    OpBuilder b(blocks);
    Parking parking(b, blocks.getInitArgs());
    parking.store(blocks.getInitArgs());
    auto loop = scf::ForOp::create(b, blocks.getLoc(), blocks.getLowerBound(),
                                   blocks.getUpperBound(), blocks.getStep());
    b.setInsertionPointAfter(loop);
    blocks.replaceAllUsesWith(parking.load());

    b.setInsertionPoint(chunks);
    chunks.getInitArgsMutable().assign(parking.load());
    b.setInsertionPointAfter(chunks);
    parking.store(chunks.getResults());
    blocks.getBody()->getTerminator()->erase();
    blocks.getInductionVar().replaceAllUsesWith(loop.getInductionVar());
    loop.getBody()->getOperations().splice(
        loop.getBody()->getTerminator()->getIterator(),
        blocks.getBody()->getOperations());
    blocks.erase();
  }
};
} // namespace
