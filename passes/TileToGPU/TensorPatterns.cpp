//===- TensorPatterns.cpp - tensors as numbers in registers ---------------===//

#include "dialects/Tile/TileOps.h"
#include "dialects/Tile/TileReductions.h"
#include "lib/Layout/Conversion.h"
#include "lib/Target/Gpu.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/TileToGPU/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;
using layout::LinearLayout;

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
      // The operand's axes, as the result has them.
      SmallVector<StringRef> kept;
      for (int64_t axis : op.getAlong())
        kept.push_back(to.getAxis(static_cast<unsigned>(axis)));
      LayoutAttr from = getLayout(op.getOperand().getType());
      auto registers = layout::findRegisters(
          from.getLinear(), normalize(to.getLinear().keepOutputs(kept)));
      for (int64_t reg = 0; reg < to.getNumRegisters(); ++reg)
        results.push_back(adaptor.getOperand()[registers->apply(reg)]);
    }
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
                  static_cast<int32_t>(layout.getPlace(reg)[axis])))));
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
    RegisterFinder registers(layout);
    SmallVector<Value> results(adaptor.getOperand().begin(),
                               adaptor.getOperand().end());
    Value neutral =
        getNeutral(rewriter, op.getLoc(), op.getKind(), type.getElementType());
    for (int64_t first = 0; first < layout.getNumRegisters(); ++first) {
      SmallVector<int64_t> place = layout.getPlace(first);
      if (place[0] != 0 || registers.get(place) != first)
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
        int64_t reg = registers.get(at);
        results[reg] = product;
        product = product == neutral
                      ? adaptor.getOperand()[reg]
                      : combine(rewriter, op.getLoc(), op.getKind(), product,
                                adaptor.getOperand()[reg]);
      }
    }
    // Of registers that hold the same the first was computed.
    for (int64_t reg = 0; reg < layout.getNumRegisters(); ++reg)
      results[reg] = results[registers.get(layout.getPlace(reg))];
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
          b, loc, size - layout.getPlace(static_cast<int64_t>(reg))[axis]);
      Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                           thread, limit);
      element = arith::SelectOp::create(b, loc, exists, element, neutral);
    }
    return existing;
  }

  /// Over the lanes that hold the axis.
  static Value reduceLanes(OpBuilder &b, ReduceOp op, Value value) {
    LayoutAttr layout = getLayout(op.getOperand().getType());
    LinearLayout threads =
        layout.getThreadsAlong(static_cast<unsigned>(op.getAxis()));
    Location loc = op.getLoc();
    for (auto [bit, place] : llvm::enumerate(threads.getBases(layout::kLane))) {
      if (place == 0)
        continue;
      auto other = gpu::ShuffleOp::create(
          b, loc, value, static_cast<int32_t>(1 << bit),
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
    const LinearLayout &linear = layout.getLinear();
    LinearLayout threads = layout.getThreadsAlong(axis);
    auto moves = [&](StringRef input) {
      return llvm::any_of(threads.getBases(input),
                          [](uint64_t place) { return place != 0; });
    };
    if (moves(layout::kLane) && !element.isF32())
      return op.emitOpError() << "is over lanes, which hand on f32 to one "
                                 "another, found "
                              << element;
    if (moves(layout::kWarp) && !op.getByWarp())
      return op.emitOpError("is over several warps: run "
                            "tile-through-shared before tile-to-gpu");
    SmallVector<Value> elements =
        getExisting(rewriter, op, adaptor.getOperand());
    // Sums by their places, along the axis 0.
    auto getLine = [&](SmallVector<int64_t> place) {
      place[axis] = 0;
      return linear.joinOutput(place);
    };
    uint64_t copies = linear.getFreeBits(layout::kRegister);
    llvm::DenseMap<uint64_t, Value> sums;
    for (auto [reg, element] : llvm::enumerate(elements)) {
      // Of registers that hold the same one counts.
      if (reg & copies)
        continue;
      auto [it, isNew] = sums.try_emplace(
          getLine(layout.getPlace(static_cast<int64_t>(reg))), element);
      if (!isNew)
        it->second =
            combine(rewriter, op.getLoc(), op.getKind(), it->second, element);
    }
    SmallVector<Value> results;
    LayoutAttr to = getLayout(op.getType());
    for (int64_t reg = 0, e = to ? to.getNumRegisters() : 1; reg < e; ++reg) {
      SmallVector<int64_t> place(layout.getRank(), 0);
      if (to) {
        place = to.getPlace(reg);
        if (!op.getByWarp())
          place.insert(place.begin() + axis, 0);
      }
      results.push_back(reduceLanes(rewriter, op, sums.at(getLine(place))));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};
} // namespace

void sluice::populateTensorPatterns(RewritePatternSet &patterns,
                                    const ThreadTypeConverter &converter) {
  patterns.add<ElementwisePattern, BroadcastPattern, PlacePattern,
               PrefixPattern, ReducePattern>(converter, patterns.getContext());
}
