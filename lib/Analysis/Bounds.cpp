//===- Bounds.cpp - where the values of a step lie ------------------------===//

#include "lib/Analysis/Bounds.h"

#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Sums over an axis lose at most K · 2⁻²⁴ of the sum of |terms|, and a norm
/// half of that. Of 2¹⁶ elements, the most that a device takes, that is 2⁻⁸.
static constexpr double kSumSlack = 1 + 0x1p-7, kNormSlack = 1 + 0x1p-8;

StringRef sluice::stringifyBoundSource(BoundSource source) {
  switch (source) {
  case BoundSource::None:
    return "none";
  case BoundSource::Declared:
    return "declared";
  case BoundSource::Inferred:
    return "inferred";
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Of every function whose |f(x)| is at most a multiple of |x|.
static double getNorm(ElementwiseOpInterface op, ArrayRef<Bound> x) {
  return llvm::TypeSwitch<Operation *, double>(op)
      .Case([&](MulOp) {
        return kNormSlack * std::min(x[0].norm * x[1].range.getMagnitude(),
                                     x[1].norm * x[0].range.getMagnitude());
      })
      .Case<AddOp, SubOp>(
          [&](Operation *) { return kNormSlack * (x[0].norm + x[1].norm); })
      .Default([&](Operation *) {
        return op.isNonExpansive() ? kNormSlack * x[0].norm
                                   : std::numeric_limits<double>::infinity();
      });
}

/// A clamp of an argument is that argument's range still.
static bool isDeclared(Operation *op, ArrayRef<Bound> x, Interval range) {
  return isa<MaxOp, MinOp>(op) && llvm::any_of(x, [&](const Bound &operand) {
           return operand.source == BoundSource::Declared &&
                  operand.range == range;
         });
}

static Bound evaluateElementwise(ElementwiseOpInterface op, ArrayRef<Bound> x) {
  Bound bound;
  bound.range = op.evaluateInterval(
      llvm::map_to_vector(x, [](const Bound &b) { return b.range; }));
  double norm = getNorm(op, x);
  // ∞ · 0 says nothing.
  if (norm < bound.norm)
    bound.norm = norm;
  if (isDeclared(op, x, bound.range))
    bound.source = BoundSource::Declared;
  return bound;
}

/// Whatever the vector is: it is scaled before it is squared.
static Bound getL2NormBound() {
  // Every square is part of the sum, so no element passes 1 but by rounding.
  constexpr double kMost = 1 + 0x1p-20;
  Bound bound;
  bound.range = {-kMost, kMost};
  bound.norm = kNormSlack;
  return bound;
}

/// A sum of numbers of `term`, however many: of it only the sign is known.
static Interval sumOf(Interval term) {
  Interval sum;
  if (term.lower >= 0)
    sum.lower = 0;
  if (term.upper <= 0)
    sum.upper = 0;
  return sum;
}

static Bound evaluateDot(DotOp op, const Bound &a, const Bound &b) {
  Bound bound;
  bound.range =
      sumOf(op.getLhs() == op.getRhs() ? square(a.range) : a.range * b.range);
  double most = kSumSlack * a.norm * b.norm;
  // NaN, of 0 · ∞, is not a bound.
  if (most < bound.norm) {
    bound.range = max(bound.range, Interval::at(-most));
    bound.range = min(bound.range, Interval::at(most));
  }
  return bound;
}

static Bound evaluateReduce(ReduceOp op, const Bound &operand) {
  Bound bound;
  bound.range =
      op.getKind() == Reduction::Sum ? sumOf(operand.range) : operand.range;
  return bound;
}

static Bound evaluate(Operation *op, ArrayRef<Bound> x) {
  Bound bound =
      llvm::TypeSwitch<Operation *, Bound>(op)
          .Case([&](ConstantOp constant) {
            Bound bound;
            bound.range = Interval::at(constant.getValue().convertToDouble());
            return bound;
          })
          .Case([&](BroadcastOp) {
            Bound bound = x[0];
            bound.norm = std::numeric_limits<double>::infinity();
            return bound;
          })
          .Case([&](L2NormOp) { return getL2NormBound(); })
          .Case([&](DotOp dot) { return evaluateDot(dot, x[0], x[1]); })
          .Case([&](ReduceOp reduce) { return evaluateReduce(reduce, x[0]); })
          .Case([&](ElementwiseOpInterface function) {
            return evaluateElementwise(function, x);
          })
          // The scale is whatever a run is given, reads depend on states.
          .Default(Bound());
  if (bound.source == BoundSource::None && bound.range != Interval())
    bound.source = BoundSource::Inferred;
  return bound;
}

//===----------------------------------------------------------------------===//
// Steps and graphs
//===----------------------------------------------------------------------===//

/// Of channels, which stand after the signature's arguments, nothing is known.
void GateBounds::setArguments(Block &block, SignatureAttr signature) {
  for (auto [argument, declared] :
       llvm::zip(block.getArguments(), signature.getArguments()))
    if (RangeAttr range = declared.getRange()) {
      Bound &bound = bounds[argument];
      bound.range = {range.getOuterLower(), range.getOuterUpper()};
      bound.source = BoundSource::Declared;
    }
}

void GateBounds::visitStep(Block &step) {
  for (Operation &op : step.without_terminator()) {
    auto operands = llvm::map_to_vector(
        op.getOperands(), [&](Value operand) { return get(operand); });
    for (Value result : op.getResults())
      bounds[result] = evaluate(&op, operands);
  }
}

GateBounds::GateBounds(RecurrenceOp recurrence) {
  setArguments(recurrence.getStep(), recurrence.getSignature());
  visitStep(recurrence.getStep());
}

GateBounds::GateBounds(wy::ScanOp scan) {
  setArguments(scan.getGraph(), scan.getSignature());
  for (auto tokens : scan.getGraph().getOps<wy::TokensOp>()) {
    for (auto [argument, input] :
         llvm::zip(tokens.getStep().getArguments(), tokens.getInputs()))
      bounds[argument] = get(input);
    visitStep(tokens.getStep());
    for (auto [result, value] :
         llvm::zip(tokens.getResults(), tokens.getYield().getValues()))
      bounds[result] = get(value);
  }
}
