//===- StepPatterns.cpp - the operations of a step on tensors -------------===//

#include "passes/DeltaToTile/StepPatterns.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

StepTypeConverter::StepTypeConverter(int64_t keyDim, int64_t valueBlock)
    : keyDim(keyDim), valueBlock(valueBlock) {
  addConversion([](Type type) { return type; });
  // Where the step meets what stands around it; casts there and back cancel.
  auto materialize = [](OpBuilder &b, Type type, ValueRange values,
                        Location loc) -> Value {
    return UnrealizedConversionCastOp::create(b, loc, type, values)
        .getResult(0);
  };
  addSourceMaterialization(materialize);
  addTargetMaterialization(materialize);
  addConversion([](ScalarType type) -> Type {
    return Float32Type::get(type.getContext());
  });
  addConversion([this](VecType type) -> Type {
    return RankedTensorType::get({getDim(type.getAxis())},
                                 Float32Type::get(type.getContext()));
  });
  addConversion([this](StateType type) -> Type {
    return RankedTensorType::get(
        {getDim(type.getRows()), getDim(type.getColumns())},
        Float32Type::get(type.getContext()));
  });
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// `value`, a number or a vector along `axis` of a state, as a tensor of
/// `type`.
static Value broadcast(OpBuilder &b, Location loc, Value value, Type type,
                       int64_t axis) {
  if (value.getType() == type)
    return value;
  SmallVector<int64_t, 1> along;
  if (isa<RankedTensorType>(value.getType()))
    along.push_back(axis);
  return tile::BroadcastOp::create(b, loc, type, value, along);
}

/// The axis of a state along which a vector runs.
static int64_t getStateAxis(StateType state, Value vector) {
  auto vec = dyn_cast<VecType>(vector.getType());
  return vec && vec.getAxis() == state.getColumns() ? 1 : 0;
}

/// The sum, maximum or minimum of a vector.
static Value reduce(OpBuilder &b, Location loc, tile::Reduction kind,
                    Value tensor, unsigned axis) {
  return tile::ReduceOp::create(b, loc, kind, tensor, axis);
}

namespace {
template <typename Op> struct StepPattern : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  using Adaptor = typename Op::Adaptor;

  Type getType(Op op) const {
    return this->getTypeConverter()->convertType(op.getResult().getType());
  }
};

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Numbers broadcast over vectors.
struct ElementwisePattern
    : OpInterfaceConversionPattern<ElementwiseOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;

  LogicalResult
  matchAndRewrite(ElementwiseOpInterface op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op->getResult(0).getType());
    SmallVector<Value> values;
    for (Value operand : operands)
      values.push_back(broadcast(rewriter, op.getLoc(), operand, type, 0));
    rewriter.replaceOp(op, op.emit(rewriter, op.getLoc(), values));
    return success();
  }
};

struct ScalePattern : StepPattern<delta::ScaleOp> {
  ScalePattern(const TypeConverter &converter, MLIRContext *context,
               Value scale)
      : StepPattern(converter, context), scale(scale) {}

  LogicalResult
  matchAndRewrite(delta::ScaleOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, scale);
    return success();
  }

  Value scale;
};

struct ConstantPattern : StepPattern<delta::ConstantOp> {
  using StepPattern::StepPattern;

  LogicalResult
  matchAndRewrite(delta::ConstantOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FloatAttr number =
        rewriter.getF32FloatAttr(op.getValue().convertToDouble());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, number);
    return success();
  }
};

struct BroadcastPattern : StepPattern<delta::BroadcastOp> {
  using StepPattern::StepPattern;

  LogicalResult
  matchAndRewrite(delta::BroadcastOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, broadcast(rewriter, op.getLoc(), adaptor.getScalar(),
                                     getType(op), 0));
    return success();
  }
};

struct DotPattern : StepPattern<delta::DotOp> {
  using StepPattern::StepPattern;

  LogicalResult
  matchAndRewrite(delta::DotOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value products = arith::MulFOp::create(rewriter, op.getLoc(),
                                           adaptor.getLhs(), adaptor.getRhs());
    rewriter.replaceOp(
        op, reduce(rewriter, op.getLoc(), tile::Reduction::Sum, products, 0));
    return success();
  }
};

struct ReducePattern : StepPattern<delta::ReduceOp> {
  using StepPattern::StepPattern;

  static tile::Reduction convert(delta::Reduction kind) {
    switch (kind) {
    case delta::Reduction::Sum:
      return tile::Reduction::Sum;
    case delta::Reduction::Max:
      return tile::Reduction::Max;
    case delta::Reduction::Min:
      return tile::Reduction::Min;
    }
    llvm_unreachable("covered switch");
  }

  LogicalResult
  matchAndRewrite(delta::ReduceOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, reduce(rewriter, op.getLoc(), convert(op.getKind()),
                                  adaptor.getOperand(), 0));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

/// A state times a factor along one of its axes.
static Value scaleState(OpBuilder &b, Location loc, Value state, Value factor,
                        int64_t axis) {
  return arith::MulFOp::create(
      b, loc, state, broadcast(b, loc, factor, state.getType(), axis));
}

struct DecayPattern : StepPattern<delta::DecayOp> {
  using StepPattern::StepPattern;

  LogicalResult
  matchAndRewrite(delta::DecayOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value factor =
        math::ExpOp::create(rewriter, op.getLoc(), adaptor.getGate());
    rewriter.replaceOp(
        op, scaleState(rewriter, op.getLoc(), adaptor.getState(), factor,
                       getStateAxis(op.getState().getType(), op.getGate())));
    return success();
  }
};

struct ScaleStatePattern : StepPattern<delta::ScaleStateOp> {
  using StepPattern::StepPattern;

  LogicalResult
  matchAndRewrite(delta::ScaleStateOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, scaleState(rewriter, op.getLoc(), adaptor.getState(),
                       adaptor.getFactor(),
                       getStateAxis(op.getState().getType(), op.getFactor())));
    return success();
  }
};

struct ReadPattern : StepPattern<delta::ReadOp> {
  using StepPattern::StepPattern;

  LogicalResult
  matchAndRewrite(delta::ReadOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    int64_t axis = op.isLeft() ? 0 : 1;
    Value products = scaleState(rewriter, op.getLoc(), adaptor.getState(),
                                adaptor.getVector(), axis);
    rewriter.replaceOp(op, reduce(rewriter, op.getLoc(), tile::Reduction::Sum,
                                  products, axis));
    return success();
  }
};

struct WritePattern : StepPattern<delta::WriteOp> {
  using StepPattern::StepPattern;

  LogicalResult
  matchAndRewrite(delta::WriteOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = adaptor.getState().getType();
    Value row = broadcast(rewriter, op.getLoc(), adaptor.getRow(), type, 0);
    Value product = scaleState(rewriter, op.getLoc(), row, adaptor.getColumn(),
                               /*axis=*/1);
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, adaptor.getState(), product);
    return success();
  }
};

struct AddStatesPattern : StepPattern<delta::AddStatesOp> {
  using StepPattern::StepPattern;

  LogicalResult
  matchAndRewrite(delta::AddStatesOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, adaptor.getLhs(),
                                               adaptor.getRhs());
    return success();
  }
};
} // namespace

void sluice::populateStepPatterns(RewritePatternSet &patterns,
                                  const StepTypeConverter &converter,
                                  Value scale) {
  MLIRContext *context = patterns.getContext();
  patterns.add<ElementwisePattern, ConstantPattern, BroadcastPattern,
               DotPattern, ReducePattern, DecayPattern, ScaleStatePattern,
               ReadPattern, WritePattern, AddStatesPattern>(converter, context);
  patterns.add<ScalePattern>(converter, context, scale);
}
