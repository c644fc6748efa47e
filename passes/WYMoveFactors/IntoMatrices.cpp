//===- IntoMatrices.cpp - factors enter matrices of pairs -----------------===//

#include "passes/WYMoveFactors/Neighbourhood.h"
#include "passes/WYMoveFactors/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static bool isStateFree(const LinearPart &part) {
  return llvm::all_of(part.coefficient.front().scalars,
                      [](Value scalar) { return isStateFree(scalar); });
}

namespace {
/// apply(A, f ∘ y) = apply(scale(A, columns f), y)
struct FactorIntoColumns : FactorPattern<ApplyOp> {
  using FactorPattern::FactorPattern;

  LogicalResult matchAndRewrite(ApplyOp op, PatternRewriter &b) const override {
    SmallVector<LinearPart, 1> parts = forms.find(op.getValues());
    if (parts.size() != 1 || !parts.front().hasCoefficient() ||
        !forms.isBounded(parts.front()) || !isStateFree(parts.front()) ||
        !isStateFree(op.getScores()))
      return failure();
    // What others need scaled is there anyway.
    const LinearPart &part = parts.front();
    if (!op.getValues().hasOneUse() && !part.isInput())
      return failure();
    if (getOperandCost(part, op.getValues()) < getPairsCost(op))
      return failure();
    Value factor = part.buildCoefficient(b, op.getLoc());
    Value scaled =
        ScaleOp::create(b, op.getLoc(), op.getScores().getType(),
                        op.getScores(), ValueRange(), Value(), factor);
    Value values = part.buildVectors(b, op.getLoc());
    b.modifyOpInPlace(op, [&] {
      op.getScoresMutable().assign(scaled);
      op.getValuesMutable().assign(values);
    });
    return success();
  }
};

/// f ∘ apply(A, y) = apply(scale(A, rows f), y)
struct FactorIntoRows : FactorPattern<TokensOp> {
  using FactorPattern::FactorPattern;

  LogicalResult matchAndRewrite(TokensOp op,
                                PatternRewriter &b) const override {
    if (op.getNumResults() != 1)
      return failure();
    SmallVector<LinearPart, 1> parts = forms.find(op.getResult(0));
    if (parts.size() != 1 || !parts.front().hasCoefficient() ||
        !forms.isBounded(parts.front()) || !isStateFree(parts.front()) ||
        parts.front().vectors.size() != 1)
      return failure();
    auto apply = parts.front().vectors.front().getDefiningOp<ApplyOp>();
    if (!apply || !apply->hasOneUse() || !isStateFree(apply.getScores()))
      return failure();
    int64_t stays = getNumElements(apply.getResult()), moves = getPairsCost(op);
    if (stays < moves || (stays == moves && isStateFree(apply.getResult())))
      return failure();
    Value factor = parts.front().buildCoefficient(b, op.getLoc());
    Value scaled =
        ScaleOp::create(b, op.getLoc(), apply.getScores().getType(),
                        apply.getScores(), ValueRange(), factor, Value());
    auto moved = cast<ApplyOp>(b.clone(*apply));
    moved.getScoresMutable().assign(scaled);
    b.replaceOp(op, moved.getResult());
    return success();
  }
};

/// scale(scale(A, B, f, h), B', f', h') = scale(A, B B', f f', h h')
struct MergeScales : FactorPattern<ScaleOp> {
  using FactorPattern::FactorPattern;

  LogicalResult matchAndRewrite(ScaleOp op, PatternRewriter &b) const override {
    auto inner = op.getScores().getDefiningOp<ScaleOp>();
    if (!inner || !inner->hasOneUse())
      return failure();
    SmallVector<Value> factors(inner.getFactors());
    llvm::append_range(factors, op.getFactors());
    auto rows = merge(inner.getRows(), op.getRows(), b, op.getLoc());
    auto columns = merge(inner.getColumns(), op.getColumns(), b, op.getLoc());
    if (!rows || !columns)
      return failure();
    b.replaceOpWithNewOp<ScaleOp>(op, op.getType(), inner.getScores(), factors,
                                  *rows, *columns);
    return success();
  }

private:
  /// Nothing for factors of which more than one may be larger than 1.
  std::optional<Value> merge(Value f, Value g, OpBuilder &b,
                             Location loc) const {
    if (!f || !g)
      return f ? f : g;
    if (!forms.isAtMostOne(f) && !forms.isAtMostOne(g))
      return std::nullopt;
    return LinearPart{{ScalarProduct{false, {f, g}}}, {}}.buildCoefficient(b,
                                                                           loc);
  }
};
} // namespace

void sluice::populateIntoMatrices(RewritePatternSet &patterns,
                                  LinearForms &forms) {
  patterns.add<FactorIntoColumns, FactorIntoRows, MergeScales>(
      patterns.getContext(), forms);
}
