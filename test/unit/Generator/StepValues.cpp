//===- StepValues.cpp - random values of a step ---------------------------===//

#include "test/unit/Generator/StepValues.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

std::optional<Term> StepValues::pick(std::optional<Axis> axis,
                                     function_ref<bool(const Term &)> accept) {
  SmallVector<Term> found;
  for (const Term &term : values)
    if (term.getAxis() == axis && accept(term))
      found.push_back(term);
  if (found.empty())
    return std::nullopt;
  return oneOf<Term>(found);
}

Term StepValues::ofArguments(std::optional<Axis> axis) {
  // There is an argument of every type.
  return *pick(axis, [](const Term &term) {
    return !term.isMadeOfReads() && term.largest <= 4;
  });
}

Term StepValues::unitVector(Axis axis) {
  Term term = ofArguments(axis);
  if (term.norm > 1 || chance(0.4))
    term = t.l2norm(term, chance(0.7) ? 1e-6 : 1e-4);
  if (chance(0.15))
    term = t.binary(Binary::Mul, t.scale(), term);
  if (chance(0.15))
    term =
        t.binary(Binary::Mul, term, t.unary(Unary::Sigmoid, ofArguments(axis)));
  return term;
}

/// A gate that is made of a value.
Term StepValues::gateOf(Term term) {
  switch (below(4)) {
  case 0:
    return t.negativeSoftplus(term);
  case 1:
    return t.logSigmoid(term);
  case 2:
    return t.unary(Unary::Neg, t.unary(Unary::Abs, term));
  default:
    return t.logOfSigmoid(term);
  }
}

Term StepValues::gate(std::optional<Axis> axis) {
  SmallVector<Term> fitting;
  for (const Term &term : gates)
    if (term.getAxis() == axis)
      fitting.push_back(term);
  if (!fitting.empty() && chance(0.6)) {
    Term term = oneOf<Term>(fitting);
    if (chance(0.25))
      return t.mulPositive(term, ofArguments(std::nullopt));
    return term;
  }
  Term term =
      !axis && chance(0.15) ? t.constant(-0.25) : gateOf(ofArguments(axis));
  if (!fitting.empty() && chance(0.3))
    term = t.addGates(oneOf<Term>(fitting), term);
  gates.push_back(term);
  return term;
}

Term StepValues::factor(std::optional<Axis> axis) {
  bool isNumber = numbers > 0 && chance(numbers);
  switch (isNumber ? 0 : below(6)) {
  case 0: {
    constexpr double choice[] = {0, -1, -0.5, 0.5, 0.875, 1};
    Term number = t.constant(oneOf<double>(choice));
    return axis ? t.broadcast(number, *axis) : number;
  }
  case 1:
    for (const Term &term : gates)
      if (term.getAxis() == axis)
        return t.gateFunction(term, random);
    [[fallthrough]];
  case 2:
  case 3:
    return t.unary(Unary::Sigmoid, ofArguments(axis));
  case 4:
    return t.unary(Unary::Tanh, ofArguments(axis));
  default: {
    Term term = ofArguments(axis);
    return term.largest <= 1 ? term : t.unary(Unary::Tanh, term);
  }
  }
}

void StepValues::deriveUnary() {
  Term a = oneOf<Term>(values);
  auto kind = static_cast<Unary>(below(kNumUnaries));
  if (kind == Unary::Expm1 && a.largest > 2)
    kind = Unary::Tanh;
  if (kind == Unary::SqrtSigmoid && a.largest > 4)
    kind = Unary::Sigmoid;
  values.push_back(t.unary(kind, a));
}

void StepValues::deriveBinary() {
  Term a = oneOf<Term>(values);
  std::optional<Term> c = pick(chance(0.7) ? a.getAxis() : std::nullopt,
                               [](const Term &) { return true; });
  if (!c)
    return;
  auto kind = static_cast<Binary>(below(kNumBinaries));
  bool isSum = kind == Binary::Add || kind == Binary::Sub;
  if (isSum && (a.sources & c->sources))
    kind = Binary::Max;
  bool bothUnbounded = a.largest > 100 && c->largest > 100;
  if (kind == Binary::Mul && bothUnbounded)
    kind = Binary::Min;
  // The divisor is a sigmoid of c.
  values.push_back(chance(0.5) || kind == Binary::Div ? t.binary(kind, a, *c)
                                                      : t.binary(kind, *c, a));
}

void StepValues::deriveScalar() {
  Axis axis = anyAxis();
  auto any = [](const Term &) { return true; };
  Term a = *pick(axis, any);
  if (chance(0.6)) {
    values.push_back(t.dot(a, chance(0.2) ? a : unitVector(axis)));
    // The square of a read grows as no other value does.
    if (a.largest > 100 && values.back().norm > 1e6 &&
        values.back().reach == Reach::Nonlinear)
      values.pop_back();
    return;
  }
  constexpr Reduction kinds[] = {Reduction::Sum, Reduction::Max,
                                 Reduction::Min};
  values.push_back(t.reduce(oneOf<Reduction>(kinds), a));
}

void StepValues::derive() {
  switch (below(8)) {
  case 0:
  case 1:
    return deriveUnary();
  case 2:
  case 3:
    return deriveBinary();
  case 4:
    return deriveScalar();
  case 5: {
    Axis axis = anyAxis();
    values.push_back(t.broadcast(ofArguments(std::nullopt), axis));
    return;
  }
  case 6:
    if (!gates.empty())
      values.push_back(t.gateFunction(oneOf<Term>(gates), random));
    return;
  default: {
    Term term = *pick(anyAxis(), [](const Term &) { return true; });
    values.push_back(t.l2norm(term, term.isMadeOfReads() ? 1e-2 : 1e-6));
  }
  }
}
