//===- ShiftedLeaf.cpp - blocks under a bound on the gate -----------------===//

#include "passes/WYDecompose/ShiftedLeaf.h"
#include "dialects/WY/TokenMaps.h"
#include <cmath>

using namespace mlir;
using namespace sluice;

/// wy.tokens on vectors along `axis`, which gives what `body` does.
static wy::TokensOp mapVectors(
    OpBuilder &b, Location loc, ValueRange vectors, delta::Axis axis,
    llvm::function_ref<SmallVector<Value>(OpBuilder &, ValueRange)> body) {
  auto inputs = llvm::map_to_vector(
      vectors, [&](Value vector) { return wy::alongAxis(vector, axis); });
  return wy::mapTokens(b, loc, inputs, body);
}

static Value constant(OpBuilder &b, Location loc, double number) {
  return delta::ConstantOp::create(b, loc, b.getF64FloatAttr(number));
}

ShiftedGate sluice::buildShiftedGate(OpBuilder &b, wy::ScoresOp scores,
                                     delta::Axis axis) {
  Location loc = scores.getLoc();
  Value gate = scores.getGate().front();
  if (*scores.getKind() == wy::GateKind::Log) {
    wy::TokensOp map =
        mapVectors(b, loc, gate, axis,
                   [&](OpBuilder &b, ValueRange g) -> SmallVector<Value> {
                     Value negative = delta::NegOp::create(b, loc, g[0]);
                     return {delta::ExpOp::create(b, loc, g[0]),
                             delta::ExpOp::create(b, loc, negative)};
                   });
    return {map.getResult(0), map.getResult(1)};
  }
  wy::TokensOp map = mapVectors(
      b, loc, gate, axis,
      [&](OpBuilder &b, ValueRange f) -> SmallVector<Value> {
        return {delta::DivOp::create(b, loc, constant(b, loc, 1), f[0])};
      });
  return {gate, map.getResult(0)};
}

Value sluice::buildShiftedLeaf(OpBuilder &b, wy::ScoresOp scores,
                               ShiftedGate gate, wy::Anchors &anchors,
                               int64_t leaf, Value diagonal, delta::Axis axis) {
  Location loc = scores.getLoc();
  double shift = wy::getSteepestGate(*scores.getKind(), *scores.getBound()) *
                 static_cast<double>(leaf) / 2;
  wy::Anchors inverses(b, loc, gate.inverse, wy::GateKind::Factor);
  Value before = anchors.before(leaf).front();
  Value inverse = inverses.before(leaf).front();
  // A shift meets its factor first: no intermediate leaves [e^(−c), e^c].
  auto multiply = [&](double shift, ValueRange factors) {
    return mapVectors(b, loc, factors, axis,
                      [&](OpBuilder &b, ValueRange x) -> SmallVector<Value> {
                        Value product = constant(b, loc, shift);
                        for (Value factor : x)
                          product =
                              delta::MulOp::create(b, loc, product, factor);
                        return {product};
                      });
  };
  wy::TokensOp rows =
      multiply(std::exp(shift), {before, scores.getRows().front()});
  wy::TokensOp columns = multiply(
      std::exp(-shift), {gate.inverse, inverse, scores.getColumns().front()});
  return wy::ScoresOp::create(
      b, loc, scores.getType(), rows.getResult(0), columns.getResult(0),
      wy::GateKindAttr(), ValueRange(),
      wy::SchemeAttr::get(b.getContext(), wy::Scheme::Ungated), diagonal,
      wy::MaskAttr::get(b.getContext(), wy::MaskKind::Inside, leaf));
}
