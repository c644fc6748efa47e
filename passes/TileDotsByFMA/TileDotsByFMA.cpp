//===- TileDotsByFMA.cpp - products without tensor cores ------------------===//

#include "passes/TileDotsByFMA/TileDotsByFMA.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace sluice {
#define GEN_PASS_DEF_TILEDOTSBYFMA
#include "passes/TileDotsByFMA/TileDotsByFMA.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// Stores an operand with what is contracted first: k × m, or k × n.
static Value storeByStep(OpBuilder &b, Location loc, Value operand,
                         bool isByStep) {
  auto type = cast<RankedTensorType>(operand.getType());
  SmallVector<int64_t> shape(type.getShape()), along{0, 1};
  if (!isByStep) {
    std::swap(shape[0], shape[1]);
    std::swap(along[0], along[1]);
  }
  Value memory =
      SharedOp::create(b, loc, getSharedType(shape, type.getElementType()));
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  StoreOp::create(b, loc, operand, memory, ValueRange{zero, zero}, along,
                  /*valid=*/Value(), /*in_bounds=*/true);
  return memory;
}

static void expand(DotOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  RankedTensorType type = op.getType();
  LayoutAttr layout = getLayout(type);
  Value lhs = storeByStep(b, loc, op.getLhs(), op.getTransposeLhs());
  Value rhs = storeByStep(b, loc, op.getRhs(), !op.getTransposeRhs());
  auto index = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value zero = index(0), one = index(1);
  int64_t steps = cast<MemRefType>(lhs.getType()).getDimSize(0);
  Value first = op.getInto();
  if (!first)
    first = arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, b.getF32FloatAttr(0)));
  // Row `step` of an operand, along one axis of the result and over the other.
  auto loadStep = [&](Value memory, Value step, unsigned axis) -> Value {
    auto row = RankedTensorType::get({type.getDimSize(axis)}, b.getF32Type(),
                                     layout.dropAxis(1 - axis));
    Value loaded = LoadOp::create(b, loc, row, memory, ValueRange{step, zero},
                                  ArrayRef<int64_t>{1}, /*valid=*/Value(),
                                  /*in_bounds=*/true);
    return BroadcastOp::create(b, loc, type, loaded,
                               ArrayRef<int64_t>{static_cast<int64_t>(axis)});
  };
  auto loop = scf::ForOp::create(
      b, loc, zero, index(steps), one, first,
      [&](OpBuilder &, Location, Value step, ValueRange sums) {
        Value product = arith::MulFOp::create(b, loc, loadStep(lhs, step, 0),
                                              loadStep(rhs, step, 1));
        Value sum = arith::AddFOp::create(b, loc, sums[0], product);
        scf::YieldOp::create(b, loc, sum);
      });
  op.replaceAllUsesWith(loop.getResult(0));
  op.erase();
}

namespace {
struct TileDotsByFMA : sluice::impl::TileDotsByFMABase<TileDotsByFMA> {
  void runOnOperation() override {
    SmallVector<DotOp> dots;
    getOperation().getBody().walk([&](DotOp op) {
      if (getElementTypeOrSelf(op.getLhs().getType()).isF32())
        dots.push_back(op);
    });
    for (DotOp op : dots) {
      if (!getLayout(op.getType())) {
        op.emitOpError("has no layout: run tile-assign-layouts before "
                       "tile-dots-by-fma");
        return signalPassFailure();
      }
      expand(op);
    }
  }
};
} // namespace
