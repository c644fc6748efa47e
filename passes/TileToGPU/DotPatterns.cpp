//===- DotPatterns.cpp - products on tensor cores -------------------------===//

#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "passes/TileToGPU/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// A thread's elements of an operand by their places, rows of the product, or
/// columns, first.
class Operand {
public:
  Operand(OpBuilder &b, Location loc, RankedTensorType type,
          ValueRange elements, bool isContractedFirst)
      : b(b), loc(loc), element(type.getElementType()),
        elements(elements.begin(), elements.end()),
        isContractedFirst(isContractedFirst) {
    LayoutAttr layout = getLayout(type);
    for (int64_t reg = layout.getNumRegisters(); reg-- > 0;)
      registers[getRegisterPlace(layout, reg)] = reg;
    unsigned axis = isContractedFirst ? 0 : 1;
    depth = layout.getShape()[axis];
    if (depth > type.getDimSize(axis))
      dropMissing(layout, axis, type.getDimSize(axis));
  }

  /// Places along the contracted axis.
  int64_t getDepth() const { return depth; }

  /// The pair of elements (at, depth) and (at, depth + 1) as an mma takes it.
  Value getPair(int64_t at, int64_t depth) {
    Value pair = LLVM::UndefOp::create(b, loc, VectorType::get({2}, element));
    for (int32_t i = 0; i < 2; ++i)
      pair = LLVM::InsertElementOp::create(
          b, loc, pair, get(at, depth + i),
          LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(i)));
    if (element.isF16())
      return pair;
    return LLVM::BitcastOp::create(b, loc, b.getI32Type(), pair);
  }

private:
  Value get(int64_t at, int64_t depth) const {
    SmallVector<int64_t> place{at, depth};
    if (isContractedFirst)
      std::swap(place[0], place[1]);
    return elements[registers.at(place)];
  }

  /// What does not exist adds nothing to a sum.
  void dropMissing(LayoutAttr layout, unsigned axis, int64_t size) {
    Value thread = getThreadPlace(b, loc, layout, axis);
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
    for (const auto &[place, reg] : registers) {
      Value limit = arith::ConstantIndexOp::create(b, loc, size - place[axis]);
      Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                           thread, limit);
      elements[reg] =
          arith::SelectOp::create(b, loc, exists, elements[reg], zero);
    }
  }

  OpBuilder &b;
  Location loc;
  Type element;
  SmallVector<Value> elements;
  bool isContractedFirst;
  int64_t depth;
  std::map<SmallVector<int64_t>, int64_t> registers;
};

/// Returns true if the four lanes of an accumulator's row go down a column.
bool isByColumns(LayoutAttr layout) { return layout.getLanes().front() != 0; }

/// mma.m16n8k16, for each tile of the product.
struct DotPattern : OpConversionPattern<DotOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(DotOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto lhsType = cast<RankedTensorType>(op.getLhs().getType());
    auto rhsType = cast<RankedTensorType>(op.getRhs().getType());
    Type element = lhsType.getElementType();
    if (element.isF32())
      return op.emitOpError("has float32 operands: run tile-dots-by-fma before "
                            "tile-to-gpu");
    Location loc = op.getLoc();
    Operand lhs(rewriter, loc, lhsType, adaptor.getLhs(), op.getTransposeLhs());
    Operand rhs(rewriter, loc, rhsType, adaptor.getRhs(),
                !op.getTransposeRhs());
    LayoutAttr layout = getLayout(op.getType());
    // (A B)ᵀ = Bᵀ Aᵀ: where columns of the result are an accumulator's rows,
    // the right operand is the instruction's left one.
    bool isTransposed = isByColumns(layout);
    Operand &left = isTransposed ? rhs : lhs, &right = isTransposed ? lhs : rhs;
    std::map<SmallVector<int64_t>, int64_t> registers;
    for (int64_t reg = layout.getNumRegisters(); reg-- > 0;)
      registers[getRegisterPlace(layout, reg)] = reg;
    struct Tile {
      int64_t row, column;
      /// The registers of its numbers: the rows, then the columns.
      SmallVector<int64_t> places;
      /// Of every second product, and of the others, where those are apart.
      SmallVector<SmallVector<Value>, 2> sums;
    };
    SmallVector<Tile> tiles;
    for (const auto &[place, reg] : registers) {
      int64_t row = place[isTransposed], column = place[!isTransposed];
      if (row % kRows != 0 || column % kColumns != 0)
        continue;
      Tile &tile = tiles.emplace_back(Tile{row, column, {}, {}});
      for (int64_t further : {0, 8})
        for (int64_t next : {0, 1})
          tile.places.push_back(registers.at(
              isTransposed
                  ? SmallVector<int64_t>{column + next, row + further}
                  : SmallVector<int64_t>{row + further, column + next}));
      Value zero =
          arith::ConstantOp::create(rewriter, loc, rewriter.getF32FloatAttr(0));
      SmallVector<Value> &first = tile.sums.emplace_back();
      for (int64_t at : tile.places)
        first.push_back(op.getInto() ? adaptor.getInto()[at] : zero);
    }
    // Tiles take turns, so that a product does not wait for the one before. Few
    // tiles have two sums each.
    bool areApart = static_cast<int64_t>(tiles.size()) <= kFewTiles &&
                    left.getDepth() >= kLongDepth;
    for (Tile &tile : tiles)
      if (areApart)
        tile.sums.emplace_back(tile.places.size(),
                               arith::ConstantOp::create(
                                   rewriter, loc, rewriter.getF32FloatAttr(0)));
    for (int64_t depth = 0; depth < left.getDepth(); depth += kDepth)
      for (Tile &tile : tiles)
        multiply(rewriter, loc, element, left, right, tile.row, tile.column,
                 depth, tile.sums[depth / kDepth % tile.sums.size()]);
    SmallVector<Value> results(layout.getNumRegisters());
    for (const Tile &tile : tiles)
      for (auto [i, at] : llvm::enumerate(tile.places))
        results[at] =
            areApart ? arith::AddFOp::create(rewriter, loc, tile.sums[0][i],
                                             tile.sums[1][i])
                           .getResult()
                     : tile.sums[0][i];
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }

private:
  static constexpr int64_t kRows = 16, kColumns = 8, kDepth = 16, kSums = 4;
  static constexpr int64_t kFewTiles = 2, kLongDepth = 64;

  /// Adds a tile's product over 16 places of what is contracted to its sums.
  static void multiply(OpBuilder &b, Location loc, Type element, Operand &lhs,
                       Operand &rhs, int64_t row, int64_t column, int64_t depth,
                       SmallVectorImpl<Value> &sums) {
    SmallVector<Value> left, right;
    for (int64_t further : {0, 8}) {
      for (int64_t below : {0, 8})
        left.push_back(lhs.getPair(row + below, depth + further));
      right.push_back(rhs.getPair(column, depth + further));
    }
    NVVM::MMATypes type =
        element.isF16() ? NVVM::MMATypes::f16 : NVVM::MMATypes::bf16;
    auto sumsType = LLVM::LLVMStructType::getLiteral(
        b.getContext(), SmallVector<Type>(kSums, b.getF32Type()));
    Value product = NVVM::MmaOp::create(
        b, loc, sumsType, left, right, sums,
        ArrayRef<int64_t>{kRows, kColumns, kDepth}, /*b1Op=*/std::nullopt,
        /*intOverflow=*/std::nullopt, std::array{type, type},
        std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
    for (auto [i, sum] : llvm::enumerate(sums))
      sum = LLVM::ExtractValueOp::create(b, loc, product,
                                         static_cast<int64_t>(i));
  }
};
} // namespace

void sluice::populateDotPatterns(RewritePatternSet &patterns,
                                 const ThreadTypeConverter &converter) {
  patterns.add<DotPattern>(converter, patterns.getContext());
}
