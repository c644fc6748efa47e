//===- OutOfProducts.cpp - factors leave products, or cross them ----------===//

#include "passes/WYMoveFactors/Neighbourhood.h"
#include "passes/WYMoveFactors/Patterns.h"
#include "passes/WYMoveFactors/PeelTokens.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

using Parts = SmallVector<LinearPart, 1>;

static bool haveCoefficients(ArrayRef<LinearPart> parts) {
  return parts.size() > 1 || parts.front().hasCoefficient();
}

namespace {
/// What factors cost at an operand, and how many they are.
struct OperandFactors {
  int64_t cost = 0, count = 0;
};
} // namespace

/// Also of those that stay inside at first, as products of factors that may be
/// large are not formed: they can leave when the others have.
static OperandFactors getFactors(ArrayRef<LinearPart> parts, Value operand,
                                 LinearForms &forms) {
  OperandFactors factors;
  for (const LinearPart &part : parts) {
    if (!part.hasCoefficient())
      continue;
    factors.cost += getOperandCost(part, operand);
    ++factors.count;
    Parts inside;
    if (part.vectors.size() == 1)
      inside = forms.find(part.vectors.front());
    if (inside.empty() || !haveCoefficients(inside))
      continue;
    OperandFactors others = getFactors(inside, operand, forms);
    factors.cost += others.cost;
    factors.count += others.count;
  }
  return factors;
}

/// The vectors of a tensor of one part; nothing of more.
static std::optional<ArrayRef<Value>> getOnlyVectors(const Parts &parts) {
  if (parts.size() != 1)
    return std::nullopt;
  return ArrayRef(parts.front().vectors);
}

namespace {
//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

/// read(S, Σ f ∘ x) = Σ f ∘ read(S, x)
struct FactorsOutOfRead : FactorPattern<ReadOp> {
  using FactorPattern::FactorPattern;

  LogicalResult matchAndRewrite(ReadOp op, PatternRewriter &b) const override {
    Parts parts = forms.find(op.getVectors());
    if (!haveCoefficients(parts) || isMadeAnyway(op.getVectors()))
      return failure();
    OperandFactors factors = getFactors(parts, op.getVectors(), forms);
    if (factors.cost <= factors.count * getNumElements(op.getResult()))
      return failure();
    // Sums go apart if that makes no more products.
    auto isNew = [&](const LinearPart &part) { return !isRead(op, part); };
    if (llvm::count_if(parts, isNew) > 1)
      return failure();
    Location loc = op.getLoc();
    SmallVector<Value> terms;
    for (const LinearPart &part : parts) {
      Value read = ReadOp::create(b, loc, op.getSide(), op.getState(),
                                  part.buildVectors(b, loc));
      terms.push_back(
          part.hasCoefficient()
              ? buildProduct(b, loc, part.buildCoefficient(b, loc), read)
              : read);
    }
    b.replaceOp(op, buildSum(b, loc, terms));
    return success();
  }

private:
  /// Another read gives the same product.
  bool isRead(ReadOp op, const LinearPart &part) const {
    return llvm::any_of(op.getState().getUsers(), [&](Operation *user) {
      auto other = dyn_cast<ReadOp>(user);
      return other && other != op && other.getState() == op.getState() &&
             other.getSide() == op.getSide() &&
             getOnlyVectors(forms.find(other.getVectors())) ==
                 ArrayRef(part.vectors);
    });
  }
};

/// dot(f ∘ x, h ∘ y) = f h dot(x, y)
struct FactorsOutOfDot : FactorPattern<TokensOp> {
  using FactorPattern::FactorPattern;

  LogicalResult matchAndRewrite(TokensOp op,
                                PatternRewriter &b) const override {
    SingleOp single =
        op.getNumResults() == 1 ? findSingleOp(op.getResult(0)) : SingleOp();
    if (!single || !isa<delta::DotOp>(single.op))
      return failure();
    Parts x = forms.find(single.operands[0]),
          y = forms.find(single.operands[1]);
    if (x.size() != 1 || y.size() != 1 || x.front().coefficient.size() != 1 ||
        y.front().coefficient.size() != 1 ||
        (!x.front().hasCoefficient() && !y.front().hasCoefficient()))
      return failure();
    // Where both may be larger than 1 their product is not formed.
    if (!forms.isBounded(x.front()) && !forms.isBounded(y.front()))
      return failure();
    Location loc = op.getLoc();
    SmallVector<Value> vectors = {x.front().buildVectors(b, loc),
                                  y.front().buildVectors(b, loc)};
    auto dot = cast<TokensOp>(b.clone(*op));
    Operation &inner = dot.getStep().front();
    for (auto [operand, vector] : llvm::zip(inner.getOperands(), vectors))
      dot.setOperand(cast<BlockArgument>(operand).getArgNumber(), vector);
    LinearPart product = x.front();
    ScalarProduct &scalars = product.coefficient.front();
    const ScalarProduct &others = y.front().coefficient.front();
    scalars.isNegative ^= others.isNegative;
    llvm::append_range(scalars.scalars, others.scalars);
    scalars.scalars.push_back(dot.getResult(0));
    b.replaceOp(op, product.buildCoefficient(b, loc));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// scores(x, y; a scalar g) = scale(scores(x, y), decays(g))
struct DecaysOutOfScores : OpRewritePattern<ScoresOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScoresOp op,
                                PatternRewriter &b) const override {
    if (op.getScheme() != Scheme::AfterProduct)
      return failure();
    Location loc = op.getLoc();
    Value decays = DecaysOp::create(b, loc, op.getType(), *op.getKind(),
                                    op.getGate().front());
    Value product = ScoresOp::create(
        b, loc, op.getType(), op.getRows(), op.getColumns(), GateKindAttr(),
        ValueRange(), SchemeAttr::get(b.getContext(), Scheme::Ungated),
        op.getDiagonal(), op.getMaskAttr());
    b.replaceOpWithNewOp<ScaleOp>(op, op.getType(), product, decays, Value(),
                                  Value());
    return success();
  }
};

/// scores(Σ f ∘ x, Σ h ∘ y) = Σ scale(scores(x, y), rows f, columns h)
struct FactorsOutOfScores : FactorPattern<ScoresOp> {
  using FactorPattern::FactorPattern;

  LogicalResult matchAndRewrite(ScoresOp op,
                                PatternRewriter &b) const override {
    if (op.getRows().size() != 1)
      return failure();
    Parts rows = findParts(op, op.getRows().front());
    Parts columns = findParts(op, op.getColumns().front());
    if (!haveCoefficients(rows) && !haveCoefficients(columns))
      return failure();
    unsigned added = 0;
    for (const LinearPart &row : rows)
      for (const LinearPart &column : columns)
        added += !isScored(op, row, column);
    if (added > 1)
      return failure();

    Location loc = op.getLoc();
    // A scalar gate leaves with them.
    bool isScalar = op.getScheme() == Scheme::AfterProduct;
    SmallVector<Value> decays, terms;
    if (isScalar)
      decays.push_back(DecaysOp::create(b, loc, op.getType(), *op.getKind(),
                                        op.getGate().front()));
    auto ungated = SchemeAttr::get(b.getContext(), Scheme::Ungated);
    Value x, y;
    for (const LinearPart &row : rows)
      for (const LinearPart &column : columns) {
        x = row.buildVectors(b, loc);
        y = column.buildVectors(b, loc);
        Value product = ScoresOp::create(
            b, loc, op.getType(), x, y,
            isScalar ? GateKindAttr() : op.getKindAttr(),
            isScalar ? ValueRange() : op.getGate(),
            isScalar ? ungated : op.getSchemeAttr(), Value(), op.getMaskAttr());
        terms.push_back(ScaleOp::create(b, loc, op.getType(), product, decays,
                                        build(row, b, loc),
                                        build(column, b, loc)));
      }
    // A token's own factors are in its diagonal.
    if (op.getDiagonal())
      terms.push_back(ScoresOp::create(
          b, loc, op.getType(), x, y, GateKindAttr(), ValueRange(), ungated,
          op.getDiagonal(), MaskAttr::get(b.getContext(), MaskKind::Pairs, 0)));
    b.replaceOp(op, buildSum(b, loc, terms));
    return success();
  }

private:
  static Value build(const LinearPart &part, OpBuilder &b, Location loc) {
    return part.hasCoefficient() ? part.buildCoefficient(b, loc) : Value();
  }

  /// The gate that stays inside.
  static ValueRange getInnerGate(ScoresOp op) {
    return op.getScheme() == Scheme::AfterProduct ? ValueRange() : op.getGate();
  }

  /// The parts of an operand, which is one part if its factors are to stay.
  Parts findParts(ScoresOp op, Value operand) const {
    Parts parts = forms.find(operand);
    OperandFactors factors = getFactors(parts, operand, forms);
    if (isMadeAnyway(operand) || isMadeOfScaled(operand) ||
        factors.cost <= factors.count * getPairsCost(op))
      return {LinearPart{{ScalarProduct{}}, {operand}}};
    return parts;
  }

  /// Whether an operand's factors come with a vector that it is a multiple of
  /// and that something other than scores needs as it is: without them the
  /// vector would have to be made twice.
  bool isMadeOfScaled(Value operand) const {
    SingleOp single = findSingleOp(operand);
    if (!single || !isa<delta::MulOp>(single.op))
      return false;
    return llvm::any_of(single.operands, [&](Value vectors) {
      return isa<delta::VecType>(single.op->getOperandTypes()[0]) &&
             isa<delta::VecType>(single.op->getOperandTypes()[1]) &&
             haveCoefficients(forms.find(vectors)) &&
             llvm::any_of(vectors.getUsers(),
                          [](Operation *user) { return !isForScores(user); });
    });
  }

  static bool isForScores(Operation *user) {
    return isa<ScoresOp>(user) ||
           (isa<TokensOp>(user) &&
            llvm::all_of(user->getUsers(), llvm::IsaPred<ScoresOp>));
  }

  /// Other scores are the same product.
  bool isScored(ScoresOp op, const LinearPart &row,
                const LinearPart &column) const {
    return llvm::any_of(
        op->getBlock()->getOps<ScoresOp>(), [&](ScoresOp other) {
          return other != op && other.getRows().size() == 1 &&
                 other.getMask() == op.getMask() &&
                 llvm::equal(getInnerGate(other), getInnerGate(op)) &&
                 getOnlyVectors(forms.find(other.getRows().front())) ==
                     ArrayRef(row.vectors) &&
                 getOnlyVectors(forms.find(other.getColumns().front())) ==
                     ArrayRef(column.vectors);
        });
  }
};

//===----------------------------------------------------------------------===//
// Writes
//===----------------------------------------------------------------------===//

/// (f ∘ x)ᵀ y = xᵀ (f ∘ y)
struct FactorsAcrossUpdate : FactorPattern<UpdateOp> {
  using FactorPattern::FactorPattern;

  LogicalResult matchAndRewrite(UpdateOp op,
                                PatternRewriter &b) const override {
    SmallVector<Value> writes(op.getWrites());
    bool changes = false;
    for (unsigned m = 0, e = op.getNumWrites(); m < e; ++m)
      changes |= move(writes[2 * m], writes[2 * m + 1], /*toValue=*/true, b,
                      op.getLoc()) ||
                 move(writes[2 * m + 1], writes[2 * m], /*toValue=*/false, b,
                      op.getLoc());
    if (!changes)
      return failure();
    b.modifyOpInPlace(op, [&] { op.getWritesMutable().assign(writes); });
    return success();
  }

private:
  bool move(Value &from, Value &to, bool toValue, OpBuilder &b,
            Location loc) const {
    Parts leaving = forms.find(from), entered = forms.find(to);
    if (leaving.size() != 1 || !leaving.front().hasCoefficient() ||
        !forms.isBounded(leaving.front()) || isMadeAnyway(from))
      return false;
    const LinearPart &part = leaving.front();
    // Where a factor is multiplied already, one for each token is added to it.
    int64_t stays = getOperandCost(part, from), moves;
    bool isScaled = entered.size() == 1 && entered.front().hasCoefficient() &&
                    entered.front().coefficient.size() == 1;
    if (isScaled)
      moves = cast<RankedTensorType>(to.getType()).getDimSize(0);
    else
      moves = entered.size() == 1 ? getOperandCost(entered.front(), to)
                                  : getNumElements(to);
    // A tie goes to where the state does not reach, then along value: of
    // that axis every part of a state has its own piece.
    bool isTie = stays == moves && toValue && isStateFree(to);
    if (stays < moves || (stays == moves && !isTie))
      return false;
    from = part.buildVectors(b, loc);
    if (isScaled) {
      LinearPart &product = entered.front();
      ScalarProduct &scalars = product.coefficient.front();
      scalars.isNegative ^= part.coefficient.front().isNegative;
      llvm::append_range(scalars.scalars, part.coefficient.front().scalars);
      to = buildProduct(b, loc, product.buildCoefficient(b, loc),
                        product.buildVectors(b, loc));
    } else {
      to = buildProduct(b, loc, part.buildCoefficient(b, loc), to);
    }
    return true;
  }
};
} // namespace

void sluice::populateOutOfProducts(RewritePatternSet &patterns,
                                   LinearForms &forms) {
  patterns.add<FactorsOutOfRead, FactorsOutOfDot, FactorsAcrossUpdate>(
      patterns.getContext(), forms);
  patterns.add<DecaysOutOfScores>(patterns.getContext());
  // A gate leaves together with factors, so that a diagonal keeps apart.
  patterns.add<FactorsOutOfScores>(patterns.getContext(), forms, /*benefit=*/2);
}
