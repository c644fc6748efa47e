//===- TileSumsByDots.cpp - sums of products by tensor cores --------------===//

#include "passes/TileSumsByDots/TileSumsByDots.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

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

/// The number that all elements are; nothing if they are not known to be one.
static std::optional<llvm::APFloat> getNumber(Value value) {
  if (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getOperand();
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  if (auto elements = dyn_cast<SplatElementsAttr>(attr))
    attr = elements.getSplatValue<Attribute>();
  if (auto number = dyn_cast<FloatAttr>(attr))
    return number.getValue();
  return std::nullopt;
}

/// What a value is the extension of, if its square is all that is asked for;
/// null if of none. A power of two times a bf16 is a bf16, or so small that its
/// square is 0 in float32: it is multiplied in 16 bits.
static Value getNarrowOfSquare(Value value) {
  if (Value narrow = getNarrow(value))
    return narrow;
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product)
    return {};
  Value scaled = product.getRhs();
  std::optional<llvm::APFloat> power = getNumber(product.getLhs());
  if (!power) {
    scaled = product.getLhs();
    power = getNumber(product.getRhs());
  }
  Value narrow = getNarrow(scaled);
  if (!power || power->getExactLog2Abs() == INT_MIN || !narrow ||
      !getElementTypeOrSelf(narrow).isBF16())
    return {};
  OpBuilder b(product);
  bool isInexact;
  power->convert(llvm::APFloat::BFloat(), llvm::APFloat::rmNearestTiesToEven,
                 &isInexact);
  auto type = cast<ShapedType>(narrow.getType());
  Value factor = arith::ConstantOp::create(
      b, product.getLoc(),
      DenseElementsAttr::get(type, b.getFloatAttr(b.getBF16Type(), *power)));
  return arith::MulFOp::create(b, product.getLoc(), narrow, factor);
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
      // Sums along rows that are shorter than there are rows cost less.
      auto type = cast<RankedTensorType>(product.getType());
      if (type.getDimSize(0) > type.getDimSize(1))
        return;
      bool isSquare = product.getLhs() == product.getRhs();
      Value lhs = isSquare ? getNarrowOfSquare(product.getLhs())
                           : getNarrow(product.getLhs());
      Value rhs = isSquare ? lhs : getNarrow(product.getRhs());
      if (lhs && rhs && lhs.getType() == rhs.getType())
        replace(op, lhs, rhs);
    });
  }
};
} // namespace
