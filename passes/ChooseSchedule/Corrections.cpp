//===- Corrections.cpp - how much a token takes away of a state -----------===//

#include "passes/ChooseSchedule/Corrections.h"
#include "dialects/Delta/DeltaOps.h"
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

/// What computes a value, found through the boundaries of wy.tokens.
static Value getSource(Value value) {
  while (true) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto tokens = dyn_cast<TokensOp>(argument.getOwner()->getParentOp());
      if (!tokens)
        return value;
      value = tokens.getInputs()[argument.getArgNumber()];
    } else if (auto tokens = value.getDefiningOp<TokensOp>()) {
      unsigned result = cast<OpResult>(value).getResultNumber();
      value = tokens.getYield().getValues()[result];
    } else {
      return value;
    }
  }
}

namespace {
/// A value as a product of others, with a sign.
struct Factors {
  explicit Factors(Value value) { add(value); }

  /// Takes one of the factors out, if it is there.
  bool remove(Value factor) {
    auto *found = llvm::find(values, factor);
    if (found == values.end())
      return false;
    values.erase(found);
    return true;
  }

  SmallVector<Value> values;
  bool isNegative = false;

private:
  // Each operation is on a path from a result that multiplies it in, and a
  // square of a square doubles paths: those are not followed.
  static constexpr size_t kMost = 64;

  void add(Value value) {
    value = getSource(value);
    if (auto product = value.getDefiningOp<delta::MulOp>();
        product && values.size() < kMost) {
      add(product.getLhs());
      add(product.getRhs());
    } else if (auto negation = value.getDefiningOp<delta::NegOp>()) {
      isNegative = !isNegative;
      add(negation.getOperand());
    } else if (auto repeat = value.getDefiningOp<delta::BroadcastOp>()) {
      add(repeat.getScalar());
    } else {
      values.push_back(value);
    }
  }
};
} // namespace

/// A decay of the scores' own gate: at most 1, since a gate is what remains.
static bool isDecay(Value factor, ScoresOp scores) {
  if (scores.getGate().size() != 1)
    return false;
  if (*scores.getKind() == GateKind::Log) {
    auto exp = factor.getDefiningOp<delta::ExpOp>();
    if (!exp)
      return false;
    factor = getSource(exp.getOperand());
  }
  return factor == getSource(scores.getGate().front());
}

Correction sluice::findCorrection(SolveOp solve, const GateBounds &bounds) {
  Correction correction;
  auto fail = [&](StringRef why) {
    correction.unknown = why.str();
    return correction;
  };
  // Two that see each other, or the same state, take away more than each does.
  SmallVector<SolveOp::Term> terms = solve.getTermList();
  if (solve.getNumResults() != 1 || terms.size() != 1)
    return fail("several corrections of a token act together");
  auto scores = terms.front().scores.getDefiningOp<ScoresOp>();
  if (!scores || scores.getRows().size() != 1)
    return fail("the corrections are those of states that feed each other");

  Value key = scores.getColumns().front();
  Factors read(scores.getRows().front());
  Factors written(key);
  for (Value factor : written.values)
    if (!read.remove(factor))
      return fail("it is read along another key than is written");
  // What is read is added; what is taken away has the other sign.
  bool isAdded = read.isNegative == written.isNegative;
  Interval factor = Interval::at(1);
  correction.source = BoundSource::Declared;
  auto multiply = [&](const Bound &bound) {
    factor = factor * bound.range;
    if (bound.source != BoundSource::Declared)
      correction.source = BoundSource::Inferred;
  };
  if (Value weight = terms.front().weight)
    multiply(bounds.get(weight));
  for (Value other : read.values)
    if (!isDecay(other, scores))
      multiply(bounds.get(other));
  if (!factor.isBounded())
    return fail("no bound is known of the factor of what is taken away");
  // A normalised key is longer than 1 by rounding.
  constexpr double kUnit = 1 + 0x1p-6;
  if (double length = bounds.get(key).norm;
      std::isfinite(length) && length > kUnit)
    factor = factor * Interval::at(length * length);
  correction.factor = isAdded ? -factor : factor;
  return correction;
}
