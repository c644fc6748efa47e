//===- TileStrips.cpp - long axes worked off in strips --------------------===//

#include "passes/TileStrips/TileStrips.h"
#include "dialects/Tile/TileLives.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "passes/TileShortenLives/TileShortenLives.h"
#include "passes/TileStrips/StripEmitter.h"
#include "passes/TileStrips/StripPlan.h"
#include "passes/TileStrips/StripUnroller.h"
#include "llvm/ADT/SetVector.h"

namespace sluice {
#define GEN_PASS_DEF_TILESTRIPS
#include "passes/TileStrips/TileStrips.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// The largest divisor of a size that is no more than `width`; none where
/// strips would be narrower than a quarter of that.
static std::optional<int64_t> findStrip(int64_t size, int64_t width) {
  for (int64_t strip = width; 4 * strip >= width && strip > 0; --strip)
    if (size % strip == 0)
      return strip;
  return std::nullopt;
}

/// The classes that have a long axis among what a block's operations give, with
/// its size. None along which something goes from element to element.
static llvm::MapVector<unsigned, int64_t>
findLongAxes(Block &block, const AxisClasses &classes, int64_t width) {
  llvm::MapVector<unsigned, int64_t> sizes;
  for (Operation &op : block)
    for (Value result : op.getResults())
      if (auto type = dyn_cast<RankedTensorType>(result.getType()))
        for (auto [axis, size] : llvm::enumerate(type.getShape()))
          if (size > width)
            sizes.insert({classes.get(result, axis), size});
  for (auto prefix : block.getOps<PrefixOp>())
    sizes.erase(classes.get(prefix.getResult(), 0));
  return sizes;
}

namespace {
struct TileStrips : sluice::impl::TileStripsBase<TileStrips> {
  using TileStripsBase::TileStripsBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (onlyApart && !kernel.getApart())
      return;
    if (width < 1) {
      kernel.emitOpError() << "is worked off in strips of one element at "
                              "least, found 'width' "
                           << int64_t(width);
      return signalPassFailure();
    }
    if (failed(checkTypes(kernel)))
      return signalPassFailure();
    OwningOpRef<KernelOp> best;
    std::optional<int64_t> narrowest;
    for (int64_t most = width; most > 0 && most * 4 >= width; most /= 2) {
      // A copy, since a kernel in which nothing is worth it stays as it is.
      OwningOpRef<KernelOp> copy = kernel.clone();
      bool isChanged = rewrite(*copy, most);
      shortenLives(*copy, registers);
      int64_t widest = TileLives(*copy).getWidest();
      if (!narrowest || widest < *narrowest) {
        best = isChanged ? std::move(copy) : OwningOpRef<KernelOp>();
        narrowest = widest;
      }
      if (*narrowest <= registers)
        break;
    }
    if (!best)
      return;
    kernel.getBody().takeBody(best->getBody());
    unrollNarrowStrips(kernel, unroll);
  }

  static LogicalResult checkTypes(KernelOp kernel) {
    WalkResult walk = kernel.getBody().walk([](Operation *op) {
      for (Type type : op->getResultTypes())
        if (getLayout(type))
          return WalkResult(op->emitOpError()
                            << "has a layout already: run tile-strips before "
                               "tile-assign-layouts");
      return WalkResult::advance();
    });
    return failure(walk.wasInterrupted());
  }

  /// Cuts the axes of all blocks. Returns false if there are none.
  bool rewrite(KernelOp kernel, int64_t strip) {
    separateUniforms(kernel);
    SmallVector<Block *> blocks{&kernel.getBody().front()};
    kernel.getBody().walk([&](Operation *op) {
      for (Region &region : op->getRegions())
        for (Block &block : region)
          blocks.push_back(&block);
    });
    bool isChanged = false;
    for (Block *block : blocks)
      isChanged |= rewrite(kernel, *block, strip);
    if (isChanged) {
      IRRewriter rewriter(&getContext());
      DominanceInfo dominance(kernel);
      eliminateCommonSubExpressions(rewriter, dominance, kernel);
    }
    return isChanged;
  }

  /// Cuts the axis of a block that gains most. Returns false if there is none.
  bool rewrite(KernelOp kernel, Block &block, int64_t most) {
    AxisClasses classes(kernel);
    StripMemory memory(kernel);
    llvm::MapVector<unsigned, int64_t> axes =
        findLongAxes(block, classes, most);
    if (axes.empty())
      return false;
    // A way through shared memory costs a store, a load and their addresses.
    // Where there is no room for it, more is made again.
    constexpr StripRepeats kRepeats[] = {{4, false}, {12, true}};
    int64_t room = getRoom(kernel);
    for (StripRepeats again : kRepeats) {
      std::optional<StripPlan> best;
      for (auto [number, size] : axes) {
        std::optional<int64_t> strip = findStrip(size, most);
        if (!strip)
          continue;
        StripPlan plan(block, {classes, number, size, *strip}, memory, again);
        if (succeeded(plan.build(least, room)) &&
            (!best || plan.getGain() > best->getGain()))
          best.emplace(std::move(plan));
      }
      if (!best)
        continue;
      emitStrips(*best);
      return true;
    }
    return false;
  }

  /// Bytes of shared memory that are left for the tensors of a warp, or of all
  /// together.
  int64_t getRoom(KernelOp kernel) const {
    SharedBytes bytes(kernel);
    auto holders =
        kernel.getApart() ? static_cast<int64_t>(kernel.getWarps()) : 1;
    return (mostBytes - bytes.ofCTA) / holders - bytes.ofWarp;
  }
};
} // namespace
