//===- TileStrips.cpp - long axes worked off in strips --------------------===//

#include "passes/TileStrips/TileStrips.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "passes/TileStrips/StripEmitter.h"
#include "passes/TileStrips/StripPlan.h"
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
    // A copy, since a kernel in which nothing is worth it stays as it is.
    OwningOpRef<KernelOp> copy = kernel.clone();
    separateUniforms(*copy);
    SmallVector<Block *> blocks{&copy->getBody().front()};
    copy->getBody().walk([&](Operation *op) {
      for (Region &region : op->getRegions())
        for (Block &block : region)
          blocks.push_back(&block);
    });
    bool isChanged = false;
    for (Block *block : blocks)
      isChanged |= rewrite(*copy, *block);
    if (!isChanged)
      return;
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(*copy);
    eliminateCommonSubExpressions(rewriter, dominance, *copy);
    kernel.getBody().takeBody(copy->getBody());
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

  /// Cuts the axis of a block that gains most. Returns false if there is none.
  bool rewrite(KernelOp kernel, Block &block) {
    AxisClasses classes(kernel);
    StripMemory memory(kernel);
    std::optional<StripPlan> best;
    for (auto [number, size] : findLongAxes(block, classes, width)) {
      std::optional<int64_t> strip = findStrip(size, width);
      if (!strip)
        continue;
      StripPlan plan(block, {classes, number, size, *strip}, memory);
      if (succeeded(plan.build(least, most)) &&
          (!best || plan.getGain() > best->getGain()))
        best.emplace(std::move(plan));
    }
    if (!best)
      return false;
    emitStrips(*best);
    return true;
  }
};
} // namespace
