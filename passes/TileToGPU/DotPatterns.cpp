//===- DotPatterns.cpp - products on tensor cores -------------------------===//

#include "dialects/Tile/TileOps.h"
#include "lib/Layout/ProductLayouts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "passes/TileToGPU/Patterns.h"
#include "passes/TileToGPU/ThreadWords.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;
using layout::LinearLayout;

namespace {
/// mma.m16n8k16, whose operands have 16 bits.
constexpr layout::MatrixShape kTile{16, 8, 16};

/// Who holds what of an instruction's matrices.
const layout::ProductLayouts &getFragments() {
  static const layout::ProductLayouts fragments = llvm::cantFail(
      layout::getProductLayouts(kTile, ptx::Type::BF16, kTile, /*warpBits=*/0));
  return fragments;
}

/// A matrix of the instruction, or many beside one another, in a tensor:
/// itself, or the transposed one.
class Tiles {
public:
  Tiles(LayoutAttr layout, const LinearLayout &fragment, bool isTransposed)
      : registers(layout), fragment(fragment), isTransposed(isTransposed),
        shape(layout.getShape()),
        areHeld(llvm::equal(layout.getLinear().getBases(layout::kLane),
                            fragment.getBases(layout::kLane),
                            [&](uint64_t held, uint64_t wanted) {
                              return layout.getLinear().splitOutput(held) ==
                                     turn(fragment.splitOutput(wanted));
                            })) {}

  /// The rows of the matrix, or its columns.
  int64_t getSize(unsigned axis) const {
    return shape[isTransposed ? 1 - axis : axis];
  }
  /// The thread's registers of the tile at a place; none if others have it.
  SmallVector<int64_t> find(int64_t row, int64_t column) const {
    SmallVector<int64_t> found;
    for (uint64_t reg = 0, e = fragment.getInputs().front().getSize();
         reg < e && areHeld; ++reg) {
      SmallVector<int64_t> place = fragment.splitOutput(fragment.apply(reg));
      std::optional<int64_t> own =
          registers.find(turn({place[0] + row, place[1] + column}));
      if (!own)
        return {};
      found.push_back(*own);
    }
    return found;
  }

private:
  SmallVector<int64_t> turn(SmallVector<int64_t> place) const {
    if (isTransposed)
      std::swap(place[0], place[1]);
    return place;
  }

  RegisterFinder registers;
  const LinearLayout &fragment;
  bool isTransposed;
  SmallVector<int64_t> shape;
  /// Whether the lanes are the instruction's.
  bool areHeld;
};

/// mma.m16n8k16, for each tile of the product.
struct DotPattern : OpConversionPattern<DotOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(DotOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getLhs().getType());
    if (element.isF32())
      return op.emitOpError("has float32 operands: run tile-dots-by-fma before "
                            "tile-to-gpu");
    Location loc = op.getLoc();
    SmallVector<Value> lhs =
                           dropMissing(rewriter, op.getLhs(), adaptor.getLhs(),
                                       op.getTransposeLhs() ? 0 : 1),
                       rhs =
                           dropMissing(rewriter, op.getRhs(), adaptor.getRhs(),
                                       op.getTransposeRhs() ? 1 : 0);
    // (A B)ᵀ = Bᵀ Aᵀ: where columns of the result are an accumulator's rows,
    // the right operand is the instruction's left one.
    LayoutAttr layout = getLayout(op.getType());
    LinearLayout columns = layout.getThreadsAlong(/*axis=*/0);
    bool isTransposed = columns.getBases(layout::kLane)[0] != 0;
    const layout::ProductLayouts &fragments = getFragments();
    LayoutAttr lhsLayout = getLayout(op.getLhs().getType()),
               rhsLayout = getLayout(op.getRhs().getType());
    bool isLhsTurned = op.getTransposeLhs() != isTransposed,
         isRhsTurned = op.getTransposeRhs() != isTransposed;
    Tiles left(isTransposed ? rhsLayout : lhsLayout, fragments.a,
               isTransposed ? isRhsTurned : isLhsTurned),
        right(isTransposed ? lhsLayout : rhsLayout, fragments.b,
              isTransposed ? isLhsTurned : isRhsTurned),
        product(layout, fragments.accumulator, isTransposed);
    ValueRange ofLeft = isTransposed ? rhs : lhs,
               ofRight = isTransposed ? lhs : rhs;

    // A tile of the product.
    struct Tile {
      int64_t row, column;
      SmallVector<int64_t> registers;
      /// Of every second product, and of the others, where those are apart.
      SmallVector<SmallVector<Value>, 2> sums;
    };
    SmallVector<Tile> tiles;
    Value zero =
        arith::ConstantOp::create(rewriter, loc, rewriter.getF32FloatAttr(0));
    // Along the tensor's rows first.
    std::array<int64_t, 2> steps{kTile.m, kTile.n}, at{0, 0};
    unsigned first = isTransposed, second = !isTransposed;
    for (at[first] = 0; at[first] < product.getSize(first);
         at[first] += steps[first])
      for (at[second] = 0; at[second] < product.getSize(second);
           at[second] += steps[second]) {
        SmallVector<int64_t> registers = product.find(at[0], at[1]);
        if (registers.empty())
          continue;
        SmallVector<Value> sums;
        for (int64_t reg : registers)
          sums.push_back(op.getInto() ? adaptor.getInto()[reg] : zero);
        tiles.push_back(
            {at[0], at[1], std::move(registers), {std::move(sums)}});
      }
    // Tiles take turns, so that a product does not wait for the one before. Few
    // tiles have two sums each.
    bool areApart = static_cast<int64_t>(tiles.size()) <= kFewTiles &&
                    left.getSize(1) >= kLongDepth;
    if (areApart)
      for (Tile &tile : tiles)
        tile.sums.emplace_back(tile.registers.size(), zero);
    for (int64_t depth = 0; depth < left.getSize(1); depth += kTile.k)
      for (Tile &tile : tiles) {
        SmallVector<int64_t> a = left.find(tile.row, depth),
                             b = right.find(depth, tile.column);
        if (a.empty() || b.empty())
          return emitNotHeld(op);
        multiply(rewriter, loc, element, pack(rewriter, loc, ofLeft, a),
                 pack(rewriter, loc, ofRight, b),
                 tile.sums[depth / kTile.k % tile.sums.size()]);
      }
    SmallVector<Value> results(layout.getNumRegisters());
    for (const Tile &tile : tiles)
      for (auto [i, reg] : llvm::enumerate(tile.registers))
        results[reg] =
            areApart ? arith::AddFOp::create(rewriter, loc, tile.sums[0][i],
                                             tile.sums[1][i])
                           .getResult()
                     : tile.sums[0][i];
    // Of registers that hold the same the first was computed.
    RegisterFinder registers(layout);
    for (int64_t reg = 0; reg < layout.getNumRegisters(); ++reg)
      results[reg] = results[registers.get(layout.getPlace(reg))];
    if (llvm::is_contained(results, Value()))
      return emitNotHeld(op);
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }

private:
  static constexpr int64_t kFewTiles = 2, kLongDepth = 64;

  static LogicalResult emitNotHeld(DotOp op) {
    return op.emitOpError(
        "has tensors that threads do not hold as mma.m16n8k16 "
        "has them: tile-assign-layouts makes them so");
  }

  /// The thread's elements of an operand. What does not exist along the axis
  /// that is contracted adds nothing to a sum.
  static SmallVector<Value> dropMissing(OpBuilder &b, Value operand,
                                        ValueRange elements, unsigned axis) {
    SmallVector<Value> existing(elements);
    auto type = cast<RankedTensorType>(operand.getType());
    LayoutAttr layout = getLayout(type);
    int64_t size = type.getDimSize(axis);
    if (layout.getShape()[axis] == size)
      return existing;
    Location loc = operand.getLoc();
    Value thread = getThreadPlace(b, loc, layout, axis);
    Value zero =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(type.getElementType()));
    for (auto [reg, element] : llvm::enumerate(existing)) {
      Value limit = arith::ConstantIndexOp::create(
          b, loc, size - layout.getPlace(static_cast<int64_t>(reg))[axis]);
      Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                           thread, limit);
      element = arith::SelectOp::create(b, loc, exists, element, zero);
    }
    return existing;
  }

  /// Pairs of elements as an mma takes them.
  static SmallVector<Value> pack(OpBuilder &b, Location loc,
                                 ValueRange elements,
                                 ArrayRef<int64_t> registers) {
    SmallVector<Value> pairs;
    for (; !registers.empty(); registers = registers.drop_front(2)) {
      Type element = elements.front().getType();
      Value pair = packElements(
          b, loc, {elements[registers[0]], elements[registers[1]]});
      if (!element.isF16())
        pair = LLVM::BitcastOp::create(b, loc, b.getI32Type(), pair);
      pairs.push_back(pair);
    }
    return pairs;
  }

  /// Adds the product of two tiles to the sums of a third.
  static void multiply(OpBuilder &b, Location loc, Type element,
                       ArrayRef<Value> left, ArrayRef<Value> right,
                       SmallVectorImpl<Value> &sums) {
    NVVM::MMATypes type =
        element.isF16() ? NVVM::MMATypes::f16 : NVVM::MMATypes::bf16;
    auto sumsType = LLVM::LLVMStructType::getLiteral(
        b.getContext(), SmallVector<Type>(sums.size(), b.getF32Type()));
    Value product = NVVM::MmaOp::create(
        b, loc, sumsType, left, right, sums,
        ArrayRef<int64_t>{kTile.m, kTile.n, kTile.k}, /*b1Op=*/std::nullopt,
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
