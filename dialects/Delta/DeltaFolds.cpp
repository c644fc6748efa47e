//===- DeltaFolds.cpp - folding, canonical forms --------------------------===//

#include "dialects/Delta/DeltaElementwise.h"
#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Folds
//===----------------------------------------------------------------------===//

static std::optional<double> constantOf(Value value) {
  FloatAttr number;
  if (matchPattern(value, m_Constant(&number)))
    return number.getValueAsDouble();
  // A constant repeated along an axis.
  if (auto broadcast = value.getDefiningOp<BroadcastOp>())
    return constantOf(broadcast.getScalar());
  return std::nullopt;
}

static bool isConstant(Value value, double number) {
  std::optional<double> found = constantOf(value);
  return found && *found == number;
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

OpFoldResult sluice::delta::foldConstants(Operation *op) {
  if (!isa<ScalarType>(op->getResult(0).getType()))
    return {};
  SmallVector<double> numbers;
  for (Value operand : op->getOperands()) {
    std::optional<double> number = constantOf(operand);
    if (!number)
      return {};
    numbers.push_back(*number);
  }
  double result = cast<ElementwiseOpInterface>(op).evaluate(numbers);
  return FloatAttr::get(Float64Type::get(op->getContext()), result);
}

/// The operand `kept` if the result has its type: a scalar that broadcast over
/// a vector must not replace it.
static OpFoldResult foldTo(Operation *op, Value kept) {
  return kept.getType() == op->getResult(0).getType() ? OpFoldResult(kept)
                                                      : OpFoldResult();
}

OpFoldResult sluice::delta::foldNeutral(Operation *op, double neutral,
                                        bool onEitherSide) {
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  if (isConstant(rhs, neutral))
    if (OpFoldResult kept = foldTo(op, lhs))
      return kept;
  if (onEitherSide && isConstant(lhs, neutral))
    if (OpFoldResult kept = foldTo(op, rhs))
      return kept;
  return foldConstants(op);
}

OpFoldResult sluice::delta::foldIdempotent(Operation *op) {
  return op->getOperand(0) == op->getOperand(1)
             ? OpFoldResult(op->getOperand(0))
             : foldConstants(op);
}

OpFoldResult sluice::delta::foldInvolution(Operation *op) {
  Operation *inner = op->getOperand(0).getDefiningOp();
  if (inner && inner->getName() == op->getName())
    return inner->getOperand(0);
  return foldConstants(op);
}

OpFoldResult DecayOp::fold(FoldAdaptor) {
  return isConstant(getGate(), 0) ? getState() : OpFoldResult();
}

OpFoldResult ScaleStateOp::fold(FoldAdaptor) {
  return isConstant(getFactor(), 1) ? getState() : OpFoldResult();
}

OpFoldResult WriteOp::fold(FoldAdaptor) {
  return isConstant(getRow(), 0) || isConstant(getColumn(), 0) ? getState()
                                                               : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// Canonical forms
//===----------------------------------------------------------------------===//

namespace {
/// decay(decay(S, a), b) -> decay(S, a + b) where the gates broadcast into one
/// another: logs add, so one exponential serves both.
struct MergeDecays : OpRewritePattern<DecayOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DecayOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getState().getDefiningOp<DecayOp>();
    if (!inner || !inner->hasOneUse())
      return failure();
    Type a = inner.getGate().getType(), b = op.getGate().getType();
    if (a != b)
      return failure();
    Value sum =
        AddOp::create(rewriter, op.getLoc(), inner.getGate(), op.getGate());
    rewriter.replaceOpWithNewOp<DecayOp>(op, op.getType(), inner.getState(),
                                         sum);
    return success();
  }
};

/// scale_state(S, exp(g)) -> decay(S, g): keep the log where there is one.
struct ScaleByExpIsDecay : OpRewritePattern<ScaleStateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScaleStateOp op,
                                PatternRewriter &rewriter) const override {
    auto exp = op.getFactor().getDefiningOp<ExpOp>();
    if (!exp)
      return failure();
    rewriter.replaceOpWithNewOp<DecayOp>(op, op.getType(), op.getState(),
                                         exp.getOperand());
    return success();
  }
};

/// A vector that repeats one scalar acts on a state as the scalar does.
template <typename Op> struct DropBroadcast : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    auto broadcast = op->getOperand(1).template getDefiningOp<BroadcastOp>();
    if (!broadcast)
      return failure();
    rewriter.modifyOpInPlace(op,
                             [&] { op->setOperand(1, broadcast.getScalar()); });
    return success();
  }
};

/// read(scale_state(S, f), a) -> f · read(S, a) for a scalar f: V or K
/// products in place of K · V.
struct ReadOfScaled : OpRewritePattern<ReadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReadOp op,
                                PatternRewriter &rewriter) const override {
    auto scale = op.getState().getDefiningOp<ScaleStateOp>();
    if (!scale || !scale->hasOneUse() ||
        !isa<ScalarType>(scale.getFactor().getType()))
      return failure();
    Value read =
        ReadOp::create(rewriter, op.getLoc(), scale.getState(), op.getVector());
    rewriter.replaceOpWithNewOp<MulOp>(op, scale.getFactor(), read);
    return success();
  }
};

/// S + S -> 2 S.
struct AddSelf : OpRewritePattern<AddStatesOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AddStatesOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getLhs() != op.getRhs())
      return failure();
    Value two = ConstantOp::create(rewriter, op.getLoc(),
                                   rewriter.getF64FloatAttr(2.0));
    rewriter.replaceOpWithNewOp<ScaleStateOp>(op, op.getType(), op.getLhs(),
                                              two);
    return success();
  }
};
} // namespace

void DecayOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<MergeDecays, DropBroadcast<DecayOp>>(context);
}

void ScaleStateOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *context) {
  patterns.add<ScaleByExpIsDecay, DropBroadcast<ScaleStateOp>>(context);
}

void ReadOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<ReadOfScaled>(context);
}

void AddStatesOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<AddSelf>(context);
}
