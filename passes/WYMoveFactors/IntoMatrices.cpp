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
        !(forms.isBounded(parts.front()) ||
          isOfRows(op.getScores(), parts.front())) ||
        !isStateFree(parts.front()) || !isStateFree(op.getScores()))
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

private:
  /// Whether a matrix is the inverse T = (I − f ∘ M)⁻¹ of what has the factor
  /// in its rows. T's columns times f, times M, are T − I.
  bool isOfRows(Value matrix, const LinearPart &part) const {
    auto inverse = matrix.getDefiningOp<InverseOp>();
    if (!inverse || part.coefficient.size() != 1)
      return false;
    ScalarProduct factors = forms.factorize(part.coefficient.front());
    return llvm::all_of(factors.scalars, [&](Value factor) {
      return forms.isAtMostOne(factor) ||
             llvm::all_of(inverse.getScores(), [&](Value scores) {
               return isInRows(factor, scores);
             });
    });
  }

  bool isInRows(Value factor, Value scores) const {
    auto isIn = [&](const ScalarProduct &product) {
      return llvm::is_contained(forms.factorize(product).scalars, factor);
    };
    if (auto sum = scores.getDefiningOp<SumOp>())
      return llvm::all_of(sum.getTerms(),
                          [&](Value term) { return isInRows(factor, term); });
    if (auto scale = scores.getDefiningOp<ScaleOp>())
      return (scale.getRows() &&
              isIn(ScalarProduct{false, {scale.getRows()}})) ||
             isInRows(factor, scale.getScores());
    auto product = scores.getDefiningOp<ScoresOp>();
    return product && product.getRows().size() == 1 &&
           llvm::all_of(forms.find(product.getRows().front()),
                        [&](const LinearPart &row) {
                          return row.coefficient.size() == 1 &&
                                 isIn(row.coefficient.front());
                        });
  }
};

/// apply(A, Σ f c ∘ y) = apply(scale(A, columns f), Σ c ∘ y)
struct CommonFactorIntoColumns : FactorPattern<ApplyOp> {
  using FactorPattern::FactorPattern;

  LogicalResult matchAndRewrite(ApplyOp op, PatternRewriter &b) const override {
    SmallVector<LinearPart, 1> parts = forms.find(op.getValues());
    if (parts.size() < 2 || isMadeAnyway(op.getValues()) ||
        !isStateFree(op.getScores()))
      return failure();
    // A sum of factors has none in common with others, as far as is looked for.
    for (LinearPart &part : parts) {
      if (part.coefficient.size() != 1)
        return failure();
      part.coefficient.front() = forms.factorize(part.coefficient.front());
    }
    LinearPart common{{ScalarProduct{}}, {}};
    for (Value scalar : parts.front().coefficient.front().scalars)
      if (!llvm::is_contained(common.coefficient.front().scalars, scalar) &&
          forms.isAtMostOne(scalar) && isStateFree(scalar) &&
          llvm::all_of(parts, [&](const LinearPart &part) {
            return llvm::is_contained(part.coefficient.front().scalars, scalar);
          }))
        common.coefficient.front().scalars.push_back(scalar);
    if (!common.hasCoefficient())
      return failure();
    int64_t stays = 0;
    for (LinearPart &part : parts) {
      ScalarProduct &rest = part.coefficient.front();
      for (Value scalar : common.coefficient.front().scalars)
        rest.scalars.erase(llvm::find(rest.scalars, scalar));
      if (!forms.isFormable(rest))
        return failure();
      if (!part.hasCoefficient())
        stays += getOperandCost(part, op.getValues());
    }
    if (stays <= getPairsCost(op))
      return failure();
    Location loc = op.getLoc();
    SmallVector<Value> terms;
    for (const LinearPart &part : parts)
      terms.push_back(part.build(b, loc));
    Value sum = buildSum(b, loc, terms);
    Value scaled =
        ScaleOp::create(b, loc, op.getScores().getType(), op.getScores(),
                        ValueRange(), Value(), common.buildCoefficient(b, loc));
    b.modifyOpInPlace(op, [&] {
      op.getScoresMutable().assign(scaled);
      op.getValuesMutable().assign(sum);
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

/// Σ scale(A, B, f, h) = scale(Σ A, B, f, h)
struct ScalesOutOfSum : OpRewritePattern<SumOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SumOp op, PatternRewriter &b) const override {
    for (Value term : op.getTerms()) {
      auto scale = term.getDefiningOp<ScaleOp>();
      if (!scale)
        continue;
      SmallVector<Value> inner, terms;
      for (Value other : op.getTerms()) {
        auto same = other.getDefiningOp<ScaleOp>();
        bool isSame = same && same->hasOneUse() &&
                      same.getFactors() == scale.getFactors() &&
                      same.getRows() == scale.getRows() &&
                      same.getColumns() == scale.getColumns();
        (isSame ? inner : terms).push_back(isSame ? same.getScores() : other);
      }
      if (inner.size() < 2)
        continue;
      Value sum = buildSum(b, op.getLoc(), inner);
      terms.push_back(ScaleOp::create(b, op.getLoc(), op.getType(), sum,
                                      scale.getFactors(), scale.getRows(),
                                      scale.getColumns()));
      b.replaceOp(op, buildSum(b, op.getLoc(), terms));
      return success();
    }
    return failure();
  }
};
} // namespace

void sluice::populateIntoMatrices(RewritePatternSet &patterns,
                                  LinearForms &forms) {
  patterns.add<FactorIntoColumns, CommonFactorIntoColumns, FactorIntoRows,
               MergeScales>(patterns.getContext(), forms);
  patterns.add<ScalesOutOfSum>(patterns.getContext());
}
