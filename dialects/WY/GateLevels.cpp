//===- GateLevels.cpp - gates between halves of blocks --------------------===//

#include "dialects/WY/GateLevels.h"
#include "dialects/WY/TokenMaps.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static MaskAttr getPairs(OpBuilder &b, int64_t half) {
  return MaskAttr::get(b.getContext(), MaskKind::Pairs, half);
}

static SchemeAttr getUngated(OpBuilder &b) {
  return SchemeAttr::get(b.getContext(), Scheme::Ungated);
}

Value wy::sumOf(OpBuilder &b, Location loc, ValueRange terms) {
  if (terms.size() == 1)
    return terms.front();
  return SumOp::create(b, loc, terms.front().getType(), terms);
}

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

Anchors::Anchors(OpBuilder &builder, Location loc, ValueRange gate,
                 GateKind kind)
    : b(builder), loc(loc), gate(gate), kind(kind) {}

ValueRange Anchors::get(wy::Range range, int64_t half) {
  if (half == 1 || gate.empty())
    return {};
  AccumulateOp &last = coarsest[range == wy::Range::Before ? 0 : 1];
  auto size = [&] { return last ? static_cast<int64_t>(*last.getBlock()) : 1; };
  while (size() < half) {
    ValueRange finer = last ? ValueRange(last.getResults()) : ValueRange();
    last = AccumulateOp::create(b, loc, TypeRange(gate), range,
                                b.getI64IntegerAttr(2 * size()), kind, gate,
                                finer);
  }
  return last.getResults();
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// Of n states a'_k = Σ_i a_i ∘ P_ik, for aᵀ D x with D = P U, and
/// x'_k = Σ_j U_kj ∘ x_j.
static SmallVector<Value> anchor(OpBuilder &b, Location loc, ValueRange vectors,
                                 ValueRange factors, bool areRows,
                                 delta::Axis axis) {
  if (factors.empty())
    return vectors;
  SmallVector<Value> anchored;
  size_t n = vectors.size();
  for (size_t k = 0; k < n; ++k) {
    SmallVector<std::pair<TokenTensor, TokenTensor>> products;
    for (size_t i = 0; i < n; ++i)
      products.push_back(
          {alongAxis(vectors[i], axis),
           alongAxis(factors[areRows ? i * n + k : k * n + i], axis)});
    anchored.push_back(sumOfProducts(b, loc, products));
  }
  return anchored;
}

void wy::addScoreLevels(OpBuilder &b, ScoresOp op, Halves halves,
                        Anchors &anchors, Value diagonal, delta::Axis axis,
                        SmallVectorImpl<Value> &terms) {
  Location loc = op.getLoc();
  for (int64_t half = halves.first; half < halves.end; half *= 2) {
    SmallVector<Value> rows = anchor(b, loc, op.getRows(), anchors.before(half),
                                     /*areRows=*/true, axis);
    SmallVector<Value> columns =
        anchor(b, loc, op.getColumns(), anchors.after(half),
               /*areRows=*/false, axis);
    terms.push_back(ScoresOp::create(
        b, loc, op.getType(), rows, columns, GateKindAttr(), ValueRange(),
        getUngated(b), std::exchange(diagonal, Value()), getPairs(b, half)));
  }
}

Value wy::decayProduct(OpBuilder &b, ScoresOp op) {
  Location loc = op.getLoc();
  Value decays = DecaysOp::create(b, loc, op.getType(), *op.getKind(),
                                  op.getGate().front());
  Value product = ScoresOp::create(
      b, loc, op.getType(), op.getRows(), op.getColumns(), GateKindAttr(),
      ValueRange(), getUngated(b), op.getDiagonal(), MaskAttr());
  return ScaleOp::create(b, loc, op.getType(), product, decays,
                         /*rows=*/Value(), /*columns=*/Value());
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

void wy::addApplyLevels(OpBuilder &b, Location loc, Value scores, Value values,
                        Halves halves, Anchors &anchors, delta::Axis axis,
                        SmallVectorImpl<Value> &terms) {
  auto multiply = [&](ValueRange factor, Value vectors) -> Value {
    if (factor.empty())
      return vectors;
    return sumOfProducts(
        b, loc, {{alongAxis(factor.front(), axis), alongAxis(vectors, axis)}});
  };
  for (int64_t half = halves.first; half < halves.end; half *= 2) {
    Value written = multiply(anchors.after(half), values);
    Value read = ApplyOp::create(b, loc, scores, written, getPairs(b, half));
    terms.push_back(multiply(anchors.before(half), read));
  }
}

Value wy::decayScores(OpBuilder &b, ApplyOp op) {
  Location loc = op.getLoc();
  Type type = op.getScores().getType();
  Value decays =
      DecaysOp::create(b, loc, type, *op.getKind(), op.getGate().front());
  Value scaled = ScaleOp::create(b, loc, type, op.getScores(), decays,
                                 /*rows=*/Value(), /*columns=*/Value());
  return ApplyOp::create(b, loc, scaled, op.getValues());
}
