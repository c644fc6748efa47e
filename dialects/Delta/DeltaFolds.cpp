//===- DeltaFolds.cpp - meaning on numbers, folding, canonical forms ------===//

#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include <cmath>

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Elementwise operations on numbers
//===----------------------------------------------------------------------===//

#define ELEMENTWISE(OP, VALUE, LINEAR)                                         \
  double OP::evaluate(ArrayRef<double> x) { return VALUE; }                    \
  bool OP::isLinearIn(unsigned i) { return LINEAR; }

ELEMENTWISE(AddOp, x[0] + x[1], true)
ELEMENTWISE(SubOp, x[0] - x[1], true)
ELEMENTWISE(MulOp, x[0] * x[1], true)
ELEMENTWISE(DivOp, x[0] / x[1], i == 0)
ELEMENTWISE(MaxOp, std::isnan(x[0]) ? x[0] : (x[1] <= x[0] ? x[0] : x[1]),
            false)
ELEMENTWISE(MinOp, std::isnan(x[0]) ? x[0] : (x[0] <= x[1] ? x[0] : x[1]),
            false)
ELEMENTWISE(NegOp, -x[0], true)
ELEMENTWISE(AbsOp, std::fabs(x[0]), false)
ELEMENTWISE(ExpOp, std::exp(x[0]), false)
ELEMENTWISE(Expm1Op, std::expm1(x[0]), false)
ELEMENTWISE(LogOp, std::log(x[0]), false)
ELEMENTWISE(SqrtOp, std::sqrt(x[0]), false)
ELEMENTWISE(TanhOp, std::tanh(x[0]), false)
ELEMENTWISE(SigmoidOp, 1 / (1 + std::exp(-x[0])), false)
ELEMENTWISE(SoftplusOp,
            std::fmax(x[0], 0) + std::log1p(std::exp(-std::fabs(x[0]))), false)
ELEMENTWISE(LogSigmoidOp,
            std::fmin(x[0], 0) - std::log1p(std::exp(-std::fabs(x[0]))), false)
ELEMENTWISE(SiluOp, x[0] / (1 + std::exp(-x[0])), false)
#undef ELEMENTWISE

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

/// A scalar of constants is a constant.
static OpFoldResult foldConstants(Operation *op) {
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

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

OpFoldResult AddOp::fold(FoldAdaptor) {
  if (isConstant(getRhs(), 0))
    if (OpFoldResult kept = foldTo(*this, getLhs()))
      return kept;
  if (isConstant(getLhs(), 0))
    if (OpFoldResult kept = foldTo(*this, getRhs()))
      return kept;
  return foldConstants(*this);
}

OpFoldResult SubOp::fold(FoldAdaptor) {
  if (isConstant(getRhs(), 0))
    if (OpFoldResult kept = foldTo(*this, getLhs()))
      return kept;
  return foldConstants(*this);
}

OpFoldResult MulOp::fold(FoldAdaptor) {
  if (isConstant(getRhs(), 1))
    if (OpFoldResult kept = foldTo(*this, getLhs()))
      return kept;
  if (isConstant(getLhs(), 1))
    if (OpFoldResult kept = foldTo(*this, getRhs()))
      return kept;
  return foldConstants(*this);
}

OpFoldResult DivOp::fold(FoldAdaptor) {
  if (isConstant(getRhs(), 1))
    if (OpFoldResult kept = foldTo(*this, getLhs()))
      return kept;
  return foldConstants(*this);
}

OpFoldResult MaxOp::fold(FoldAdaptor) {
  return getLhs() == getRhs() ? OpFoldResult(getLhs()) : foldConstants(*this);
}

OpFoldResult MinOp::fold(FoldAdaptor) {
  return getLhs() == getRhs() ? OpFoldResult(getLhs()) : foldConstants(*this);
}

OpFoldResult NegOp::fold(FoldAdaptor) {
  if (auto inner = getOperand().getDefiningOp<NegOp>())
    return inner.getOperand();
  return foldConstants(*this);
}

#define FOLD_CONSTANTS(OP)                                                     \
  OpFoldResult OP::fold(FoldAdaptor) { return foldConstants(*this); }
FOLD_CONSTANTS(AbsOp)
FOLD_CONSTANTS(ExpOp)
FOLD_CONSTANTS(Expm1Op)
FOLD_CONSTANTS(LogOp)
FOLD_CONSTANTS(SqrtOp)
FOLD_CONSTANTS(TanhOp)
FOLD_CONSTANTS(SigmoidOp)
FOLD_CONSTANTS(LogSigmoidOp)
FOLD_CONSTANTS(SoftplusOp)
FOLD_CONSTANTS(SiluOp)
#undef FOLD_CONSTANTS

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
