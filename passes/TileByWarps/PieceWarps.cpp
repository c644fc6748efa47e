//===- PieceWarps.cpp - a warp for each chunk -----------------------------===//
//
// Of kernels whose chunks are independent: a CTA is one warp, which makes a
// chunk by itself, or some of its columns of values.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/TileByWarps/ColumnCopier.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// The loop over the chunks of a CTA, if it carries nothing and a warp can do
/// each of its operations by itself.
static scf::ForOp findLoop(KernelOp kernel) {
  if (kernel.getApart() || kernel.getGrid().size() != 1 ||
      kernel.getBody().getOps<PieceOp>().empty())
    return nullptr;
  auto loops = kernel.getBody().getOps<scf::ForOp>();
  if (!llvm::hasSingleElement(loops) || (*loops.begin()).getNumResults() > 0)
    return nullptr;
  scf::ForOp loop = *loops.begin();
  WalkResult walk = kernel.getBody().walk([&](Operation *op) {
    bool isNested =
        op->getNumRegions() > 0 && loop.getBody()->findAncestorOpInBlock(*op);
    auto dot = dyn_cast<DotOp>(op);
    bool isByFMA = dot && getElementTypeOrSelf(dot.getLhs().getType()).isF32();
    return isNested || isByFMA || isa<SharedOp, gpu::BarrierOp>(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return walk.wasInterrupted() ? scf::ForOp() : loop;
}

/// The largest tensor of a chunk; null if there is none.
static Value findLargest(scf::ForOp loop) {
  Value largest;
  auto count = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getNumElements();
  };
  for (Operation &op : *loop.getBody())
    for (Value result : op.getResults())
      if (isa<RankedTensorType>(result.getType()) &&
          (!largest || count(result) > count(largest)))
        largest = result;
  return largest;
}

/// Whether each CTA may have some of the columns, of which there are `size`.
static bool areDivisible(KernelOp kernel, const ValueColumns &columns,
                         int64_t size) {
  WalkResult walk = kernel.getBody().walk([&](Operation *op) {
    // What has no columns all CTAs of a chunk would store.
    auto store = dyn_cast<StoreOp>(op);
    bool isOfAll = store && !columns.getAxis(store.getValue());
    bool isOther = llvm::any_of(op->getResults(), [&](Value result) {
      std::optional<unsigned> axis = columns.getAxis(result);
      return axis &&
             cast<RankedTensorType>(result.getType()).getDimSize(*axis) != size;
    });
    return isOfAll || isOther || !columns.areIndependentIn(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return !walk.wasInterrupted();
}

/// Copies the kernel's body, with `width` of the columns in each CTA.
static void divide(KernelOp kernel, scf::ForOp loop,
                   const ValueColumns &columns, int64_t size, int64_t width) {
  OpBuilder b(kernel.getContext());
  Location loc = kernel.getLoc();
  Region region;
  Block *body = b.createBlock(&region);
  IRMapping map;
  for (BlockArgument argument : kernel.getBody().getArguments())
    map.map(argument, body->addArgument(argument.getType(), argument.getLoc()));
  Value block = divideGrid(b, loc, kernel, llvm::divideCeil(size, width), map);
  Value first = arith::MulIOp::create(
      b, loc, block, arith::ConstantIndexOp::create(b, loc, width));
  ColumnCopier copier{b,     columns,           width,
                      first, size % width == 0, std::move(map)};
  for (Operation &op : kernel.getBody().getOps()) {
    if (isa<gpu::BlockIdOp>(op))
      continue;
    if (&op != loop) {
      copier.copy(op);
      continue;
    }
    auto get = [&](Value value) { return copier.map.lookup(value); };
    scf::ForOp::create(b, loop.getLoc(), get(loop.getLowerBound()),
                       get(loop.getUpperBound()), get(loop.getStep()),
                       ValueRange(),
                       [&](OpBuilder &, Location, Value at, ValueRange) {
                         copier.map.map(loop.getInductionVar(), at);
                         for (Operation &inner : *loop.getBody())
                           copier.copy(inner);
                       });
  }
  kernel.getBody().takeBody(region);
}

bool sluice::makeWarpsOfPieces(KernelOp kernel) {
  // What a warp holds of a tensor in 128 registers a thread, of which strips
  // take half; and columns of a fragment.
  constexpr int64_t kMostElements = 4096, kLeastColumns = 16;
  scf::ForOp loop = findLoop(kernel);
  Value largest = loop ? findLargest(loop) : Value();
  if (!largest)
    return false;
  auto type = cast<RankedTensorType>(largest.getType());
  if (type.getNumElements() > kMostElements) {
    AxisClasses axes(kernel);
    auto last = static_cast<unsigned>(type.getRank() - 1);
    ValueColumns columns(axes, axes.get(largest, last));
    int64_t size = type.getDimSize(last);
    auto fitting =
        static_cast<uint64_t>(kMostElements * size / type.getNumElements());
    int64_t width =
        std::max(static_cast<int64_t>(llvm::bit_floor(fitting)), kLeastColumns);
    if (!areDivisible(kernel, columns, size))
      return false;
    divide(kernel, loop, columns, size, width);
  }
  kernel.setApart(true);
  kernel.setWarps(1);
  return true;
}
