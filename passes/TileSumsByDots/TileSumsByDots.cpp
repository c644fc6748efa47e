//===- TileSumsByDots.cpp - sums of products by tensor cores --------------===//

#include "passes/TileSumsByDots/TileSumsByDots.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace sluice {
#define GEN_PASS_DEF_TILESUMSBYDOTS
#include "passes/TileSumsByDots/TileSumsByDots.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// What a value is the extension of, in 16 bits; null if it is of none.
static Value getNarrow(Value value) {
  auto extension = value.getDefiningOp<arith::ExtFOp>();
  return extension ? extension.getIn() : Value();
}

/// Replaces a sum along the rows of a product.
static void replace(ReduceOp op, Value lhs, Value rhs) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  int64_t rows = cast<RankedTensorType>(lhs.getType()).getDimSize(0);
  auto type = RankedTensorType::get({rows, rows}, b.getF32Type());
  Type places = type.clone(b.getI32Type());
  Value all = DotOp::create(b, loc, type, lhs, rhs, /*transpose_lhs=*/false,
                            /*transpose_rhs=*/true);
  Value isOnDiagonal = arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::eq, PlaceOp::create(b, loc, places, 0),
      PlaceOp::create(b, loc, places, 1));
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  Value diagonal = arith::SelectOp::create(b, loc, isOnDiagonal, all, zero);
  op.replaceAllUsesWith(
      ReduceOp::create(b, loc, Reduction::Sum, diagonal, /*axis=*/1U)
          .getResult());
  op.erase();
}

namespace {
struct TileSumsByDots : sluice::impl::TileSumsByDotsBase<TileSumsByDots> {
  void runOnOperation() override {
    if (!getOperation().getApart())
      return;
    getOperation().getBody().walk([](ReduceOp op) {
      auto product = op.getOperand().getDefiningOp<arith::MulFOp>();
      if (!product || op.getKind() != Reduction::Sum || op.getAxis() != 1 ||
          !product->hasOneUse())
        return;
      Value lhs = getNarrow(product.getLhs()),
            rhs = getNarrow(product.getRhs());
      // Sums along rows that are shorter than there are rows cost less.
      auto type = cast<RankedTensorType>(product.getType());
      if (lhs && rhs && lhs.getType() == rhs.getType() &&
          type.getDimSize(0) <= type.getDimSize(1))
        replace(op, lhs, rhs);
    });
  }
};
} // namespace
