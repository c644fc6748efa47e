//===- TensorPatterns.cpp - tensors as numbers in registers ---------------===//

#include "dialects/Tile/TileOps.h"
#include "dialects/Tile/TileReductions.h"
#include "lib/Target/Gpu.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/TileToGPU/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// One step of a reduction.
static Value combine(OpBuilder &b, Location loc, Reduction kind, Value x,
                     Value y) {
  switch (kind) {
  case Reduction::Sum:
    return arith::AddFOp::create(b, loc, x, y);
  case Reduction::Max:
    return arith::MaximumFOp::create(b, loc, x, y);
  case Reduction::Min:
    return arith::MinimumFOp::create(b, loc, x, y);
  case Reduction::Product:
    return arith::MulFOp::create(b, loc, x, y);
  }
  llvm_unreachable("covered switch");
}

/// What changes nothing.
static Value getNeutral(OpBuilder &b, Location loc, Reduction kind,
                        Type element) {
  return arith::ConstantOp::create(b, loc,
                                   getNeutral(kind, cast<FloatType>(element)));
}

namespace {
/// One operation for each register.
struct ElementwisePattern : ConversionPattern {
  ElementwisePattern(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<ValueRange> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1 ||
        !isa<RankedTensorType>(op->getResult(0).getType()) ||
        (!isa<arith::ConstantOp>(op) &&
         !OpTrait::hasElementwiseMappableTraits(op)))
      return failure();
    RankedTensorType type = getTensorType(op->getResult(0));
    int64_t registers = getLayout(type).getNumRegisters();
    SmallVector<Value> results;
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      auto elements = cast<SplatElementsAttr>(constant.getValue());
      Value number = arith::ConstantOp::create(
          rewriter, op->getLoc(), elements.getSplatValue<TypedAttr>());
      results.assign(registers, number);
    } else {
      for (int64_t reg = 0; reg < registers; ++reg) {
        OperationState state(op->getLoc(), op->getName());
        for (ValueRange operand : operands)
          state.operands.push_back(operand.size() == 1 ? operand.front()
                                                       : operand[reg]);
        state.addTypes(type.getElementType());
        state.addAttributes(op->getAttrs());
        results.push_back(rewriter.create(state)->getResult(0));
      }
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct BroadcastPattern : OpConversionPattern<BroadcastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(BroadcastOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LayoutAttr to = getLayout(op.getType());
    SmallVector<Value> results;
    if (op.getAlong().empty()) {
      results.assign(to.getNumRegisters(), adaptor.getOperand().front());
    } else {
      auto from = getRegistersByPlace(getLayout(op.getOperand().getType()));
      for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg) {
        SmallVector<int64_t> place = getRegisterPlace(to, reg), kept;
        for (int64_t axis : op.getAlong())
          kept.push_back(place[axis]);
        results.push_back(adaptor.getOperand()[from.at(kept)]);
      }
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

/// Registers that have other numbers.
struct ConvertPattern : OpConversionPattern<ConvertOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ConvertOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LayoutAttr from = getLayout(op.getOperand().getType());
    LayoutAttr to = getLayout(op.getType());
    if (!from.holds(to))
      return op.emitOpError("moves elements between threads: run "
                            "tile-through-shared before tile-to-gpu");
    auto registers = getRegistersByPlace(from);
    SmallVector<Value> results;
    for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg)
      results.push_back(
          adaptor.getOperand()[registers.at(getRegisterPlace(to, reg))]);
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct PlacePattern : OpConversionPattern<PlaceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(PlaceOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LayoutAttr layout = getLayout(op.getType());
    auto axis = static_cast<unsigned>(op.getAxis());
    Location loc = op.getLoc();
    Value thread =
        arith::IndexCastOp::create(rewriter, loc, rewriter.getI32Type(),
                                   getThreadPlace(rewriter, loc, layout, axis));
    SmallVector<Value> results;
    for (int64_t reg = 0; reg < layout.getNumRegisters(); ++reg)
      results.push_back(arith::AddIOp::create(
          rewriter, loc, thread,
          arith::ConstantOp::create(
              rewriter, loc,
              rewriter.getI32IntegerAttr(
                  static_cast<int32_t>(getRegisterPlace(layout, reg)[axis])))));
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// Row after row, in the registers of those that hold a column.
struct PrefixPattern : OpConversionPattern<PrefixOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(PrefixOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = getTensorType(op.getResult());
    LayoutAttr layout = getLayout(type);
    if (failed(checkRowsInRegisters(op, layout)))
      return failure();
    int64_t rows = type.getDimSize(0);
    auto block = static_cast<int64_t>(op.getBlock().value_or(rows));
    auto registers = getRegistersByPlace(layout);
    SmallVector<Value> results(adaptor.getOperand().begin(),
                               adaptor.getOperand().end());
    Value neutral =
        getNeutral(rewriter, op.getLoc(), op.getKind(), type.getElementType());
    for (const auto &[place, first] : registers) {
      (void)first;
      if (place[0] != 0)
        continue;
      Value product = neutral;
      for (int64_t step = 0; step < rows; ++step) {
        // The last block may be short, so it is counted from the front.
        int64_t row = op.getReverse() ? rows - 1 - step : step;
        bool starts = op.getReverse()
                          ? (row + 1) % block == 0 || row + 1 == rows
                          : row % block == 0;
        if (starts)
          product = neutral;
        SmallVector<int64_t> at = place;
        at[0] = row;
        int64_t reg = registers.at(at);
        results[reg] = product;
        product = product == neutral
                      ? adaptor.getOperand()[reg]
                      : combine(rewriter, op.getLoc(), op.getKind(), product,
                                adaptor.getOperand()[reg]);
      }
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct ReducePattern : OpConversionPattern<ReduceOp> {
  using OpConversionPattern::OpConversionPattern;

  /// The thread's elements, without those that do not exist along the axis.
  static SmallVector<Value> getExisting(OpBuilder &b, ReduceOp op,
                                        ValueRange elements) {
    SmallVector<Value> existing(elements);
    RankedTensorType type = getTensorType(op.getOperand());
    LayoutAttr layout = getLayout(type);
    auto axis = static_cast<unsigned>(op.getAxis());
    int64_t size = type.getDimSize(axis);
    if (layout.getShape()[axis] == size)
      return existing;
    Location loc = op.getLoc();
    Value neutral = getNeutral(b, loc, op.getKind(), type.getElementType());
    Value thread = getThreadPlace(b, loc, layout, axis);
    for (auto [reg, element] : llvm::enumerate(existing)) {
      // thread + reg < size
      Value limit = arith::ConstantIndexOp::create(
          b, loc,
          size - getRegisterPlace(layout, static_cast<int64_t>(reg))[axis]);
      Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                           thread, limit);
      element = arith::SelectOp::create(b, loc, exists, element, neutral);
    }
    return existing;
  }

  /// Over the lanes that hold the axis.
  static Value reduceLanes(OpBuilder &b, ReduceOp op, Value value) {
    LayoutAttr layout = getLayout(op.getOperand().getType());
    ArrayRef<int64_t> lanes = layout.getLanes();
    Location loc = op.getLoc();
    for (size_t i = 0; i < lanes.size(); i += layout.getRank()) {
      if (lanes[i + op.getAxis()] == 0)
        continue;
      auto other = gpu::ShuffleOp::create(
          b, loc, value, static_cast<int32_t>(1 << (i / layout.getRank())),
          static_cast<int32_t>(target::kWarpLanes), gpu::ShuffleMode::XOR);
      value = combine(b, loc, op.getKind(), value, other.getShuffleResult());
    }
    return value;
  }

  LogicalResult
  matchAndRewrite(ReduceOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LayoutAttr layout = getLayout(op.getOperand().getType());
    auto axis = static_cast<unsigned>(op.getAxis());
    if (failed(checkLayout(op, layout)))
      return failure();
    Type element = getTensorType(op.getOperand()).getElementType();
    ArrayRef<int64_t> warps = layout.getWarps(), lanes = layout.getLanes();
    for (size_t i = axis; i < lanes.size(); i += layout.getRank())
      if (lanes[i] != 0 && !element.isF32())
        return op.emitOpError() << "is over lanes, which hand on f32 to one "
                                   "another, found "
                                << element;
    for (size_t i = axis; i < warps.size() && !op.getByWarp();
         i += layout.getRank())
      if (warps[i] != 0)
        return op.emitOpError("is over several warps: run "
                              "tile-through-shared before tile-to-gpu");
    SmallVector<Value> elements =
        getExisting(rewriter, op, adaptor.getOperand());
    std::set<SmallVector<int64_t>> seen;
    std::map<SmallVector<int64_t>, Value> sums;
    for (auto [reg, element] : llvm::enumerate(elements)) {
      SmallVector<int64_t> place =
          getRegisterPlace(layout, static_cast<int64_t>(reg));
      // Of registers that hold the same one counts.
      if (!seen.insert(place).second)
        continue;
      if (op.getByWarp())
        place[axis] = 0;
      else
        place.erase(place.begin() + axis);
      auto [it, isNew] = sums.try_emplace(place, element);
      if (!isNew)
        it->second =
            combine(rewriter, op.getLoc(), op.getKind(), it->second, element);
    }
    SmallVector<Value> results;
    LayoutAttr to = getLayout(op.getType());
    for (int64_t reg = 0, e = to ? to.getNumRegisters() : 1; reg < e; ++reg) {
      SmallVector<int64_t> place;
      if (to)
        place = getRegisterPlace(to, reg);
      results.push_back(reduceLanes(rewriter, op, sums.at(place)));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};
} // namespace

void sluice::populateTensorPatterns(RewritePatternSet &patterns,
                                    const ThreadTypeConverter &converter) {
  patterns.add<ElementwisePattern, BroadcastPattern, ConvertPattern,
               PlacePattern, PrefixPattern, ReducePattern>(
      converter, patterns.getContext());
}
