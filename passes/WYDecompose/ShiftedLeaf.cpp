//===- ShiftedLeaf.cpp - blocks under a bound on the gate -----------------===//

#include "passes/WYDecompose/ShiftedLeaf.h"
#include <cmath>

using namespace mlir;
using namespace sluice;

/// wy.tokens on vectors along `axis`, which gives what `body` does.
static wy::TokensOp
mapTokens(OpBuilder &b, Location loc, ValueRange inputs, delta::Axis axis,
          llvm::function_ref<SmallVector<Value>(ValueRange)> body) {
  SmallVector<Type> tokens(inputs.size(),
                           delta::VecType::get(b.getContext(), axis));
  Region region;
  Block *step = &region.emplaceBlock();
  step->addArguments(tokens, SmallVector<Location>(tokens.size(), loc));
  SmallVector<Value> values;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(step);
    values = body(step->getArguments());
    wy::YieldOp::create(b, loc, values);
  }
  SmallVector<Type> types(values.size(), inputs.front().getType());
  auto map = wy::TokensOp::create(b, loc, types, inputs);
  map.getBody().takeBody(region);
  return map;
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
        mapTokens(b, loc, gate, axis, [&](ValueRange g) -> SmallVector<Value> {
          Value negative = delta::NegOp::create(b, loc, g[0]);
          return {delta::ExpOp::create(b, loc, g[0]),
                  delta::ExpOp::create(b, loc, negative)};
        });
    return {map.getResult(0), map.getResult(1)};
  }
  wy::TokensOp map =
      mapTokens(b, loc, gate, axis, [&](ValueRange f) -> SmallVector<Value> {
        return {delta::DivOp::create(b, loc, constant(b, loc, 1), f[0])};
      });
  return {gate, map.getResult(0)};
}

Value sluice::buildShiftedLeaf(OpBuilder &b, wy::ScoresOp scores,
                               ShiftedGate gate, Anchors &anchors, int64_t leaf,
                               Value diagonal, delta::Axis axis) {
  Location loc = scores.getLoc();
  double shift = wy::getSteepestGate(*scores.getKind(), *scores.getBound()) *
                 static_cast<double>(leaf) / 2;
  Anchors inverses(b, loc, gate.inverse, wy::GateKind::Factor);
  Value before = anchors.before(leaf).front();
  Value inverse = inverses.before(leaf).front();
  // A shift meets its factor first: no intermediate leaves [e^(−c), e^c].
  auto times = [&](Value x, Value y) -> Value {
    return delta::MulOp::create(b, loc, x, y);
  };
  wy::TokensOp rows = mapTokens(b, loc, {before, scores.getRows().front()},
                                axis, [&](ValueRange x) -> SmallVector<Value> {
                                  Value grown =
                                      constant(b, loc, std::exp(shift));
                                  return {times(times(grown, x[0]), x[1])};
                                });
  wy::TokensOp columns =
      mapTokens(b, loc, {gate.inverse, inverse, scores.getColumns().front()},
                axis, [&](ValueRange x) -> SmallVector<Value> {
                  Value shrunk = constant(b, loc, std::exp(-shift));
                  return {times(times(times(shrunk, x[0]), x[1]), x[2])};
                });
  return wy::ScoresOp::create(
      b, loc, scores.getType(), rows.getResult(0), columns.getResult(0),
      wy::GateKindAttr(), ValueRange(),
      wy::SchemeAttr::get(b.getContext(), wy::Scheme::Ungated), diagonal,
      wy::MaskAttr::get(b.getContext(), wy::MaskKind::Inside, leaf));
}
