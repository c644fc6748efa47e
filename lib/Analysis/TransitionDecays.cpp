//===- TransitionDecays.cpp - factors between state values ----------------===//

#include "lib/Analysis/Transition.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// The algebra of factors
//===----------------------------------------------------------------------===//

DecayFactor DecayFactor::identity() {
  DecayFactor factor;
  factor.present = factor.one = factor.invariant = true;
  return factor;
}

DecayFactor DecayFactor::along(std::optional<Axis> axis, bool timeInvariant) {
  DecayFactor factor;
  factor.present = true;
  factor.key = axis == Axis::Key;
  factor.value = axis == Axis::Value;
  factor.invariant = timeInvariant;
  return factor;
}

DecayFactor DecayFactor::operator*(DecayFactor other) const {
  if (!present || !other.present)
    return {};
  DecayFactor product;
  product.present = true;
  product.one = one && other.one;
  product.key = key || other.key;
  product.value = value || other.value;
  product.invariant = invariant && other.invariant;
  product.separable = separable && other.separable;
  return product;
}

DecayFactor DecayFactor::operator+(DecayFactor other) const {
  if (!present || !other.present)
    return present ? *this : other;
  DecayFactor sum = *this * other;
  sum.one = false;
  sum.separable = sum.separable && !sum.variesAlongBoth();
  return sum;
}

DecayFactor DecayFactor::doubled() const {
  DecayFactor twice = *this;
  twice.one = false;
  return twice;
}

//===----------------------------------------------------------------------===//
// Factors within a step
//===----------------------------------------------------------------------===//

DecayFactor TransitionAnalysis::gateFactor(Value gate) const {
  const ValueInfo &in = info(gate);
  std::optional<Axis> axis;
  if (!in.uniform)
    axis = cast<VecType>(gate.getType()).getAxis();
  return DecayFactor::along(axis, in.timeInvariant);
}

/// D(V, from) for every state value V, by slot.
SmallVector<DecayFactor> TransitionAnalysis::factorsFrom(Value from) const {
  SmallVector<DecayFactor> factors(stateValues.size());
  unsigned start = slots.lookup(from);
  factors[start] = DecayFactor::identity();
  auto at = [&](Value state) { return factors[slots.lookup(state)]; };
  unsigned firstProduced = std::max<unsigned>(start + 1, states.size());
  for (unsigned i = firstProduced; i < factors.size(); ++i)
    factors[i] = llvm::TypeSwitch<Operation *, DecayFactor>(
                     stateValues[i].getDefiningOp())
                     .Case<DecayOp, ScaleStateOp>([&](auto op) {
                       return at(op.getState()) * gateFactor(op->getOperand(1));
                     })
                     .Case<WriteOp>([&](auto op) { return at(op.getState()); })
                     .Case<AddStatesOp>([&](auto op) {
                       return op.getLhs() == op.getRhs()
                                  ? at(op.getLhs()).doubled()
                                  : at(op.getLhs()) + at(op.getRhs());
                     });
  return factors;
}

void TransitionAnalysis::classifyDecays() {
  size_t n = states.size();
  decays.resize(n * n);
  SmallVector<DecayFactor> unions(n, DecayFactor::identity());
  OperandRange yielded = recurrence.getYield().getStates();
  for (size_t j = 0; j < n; ++j) {
    SmallVector<DecayFactor> factors = factorsFrom(states[j]);
    for (size_t i = 0; i < n; ++i)
      decays[i * n + j] = factors[slots.lookup(yielded[i])];
    bool separable = true;
    for (size_t i = n; i < factors.size(); ++i) {
      Operation *op = stateValues[i].getDefiningOp();
      if (!isLive(op) || !factors[i].isPresent())
        continue;
      unions[j] = unions[j] * factors[i];
      if (separable && !factors[i].isSeparable())
        raise(TransitionClass::Affine, op,
              "a sum of decays of state '" + recurrence.getName(states[j]) +
                  "' along both key and value");
      separable &= factors[i].isSeparable();
    }
  }
  classifyCouplings(unions);
}

/// `unions[j]`: the axes of all factors of incoming state j in live states.
void TransitionAnalysis::classifyCouplings(ArrayRef<DecayFactor> unions) {
  size_t n = states.size();
  llvm::IntEqClasses classes(n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      if (getDecay(i, j).isPresent())
        classes.join(i, j);
  classes.compress();
  groups.resize(classes.getNumClasses());
  for (size_t i = 0; i < n; ++i)
    groups[classes[i]].push_back(i);

  for (ArrayRef<unsigned> group : groups) {
    DecayFactor axes = DecayFactor::identity();
    for (unsigned member : group)
      axes = axes * unions[member];
    if (group.size() == 1 || !axes.variesAlongBoth())
      continue;
    // The culprit: the first gate along the second axis.
    llvm::BitVector reached(stateValues.size());
    for (unsigned member : group)
      reached.set(member);
    DecayFactor found = DecayFactor::identity();
    for (size_t i = n; i < stateValues.size(); ++i) {
      Operation *op = stateValues[i].getDefiningOp();
      for (Value operand : cast<StateOpInterface>(op).getStateOperands())
        reached[i] = reached[i] || reached[slots.lookup(operand)];
      if (!isLive(op) || !reached[i] || !isa<DecayOp, ScaleStateOp>(op))
        continue;
      found = found * gateFactor(op->getOperand(1));
      if (!found.variesAlongBoth())
        continue;
      auto names = llvm::map_range(
          group, [&](unsigned s) { return recurrence.getName(states[s]); });
      raise(TransitionClass::Affine, op,
            "states " + llvm::join(names, ", ") +
                " are coupled, and their factors vary along both key and "
                "value");
      break;
    }
  }
}

bool TransitionAnalysis::isCoupled() const {
  return groups.size() < states.size();
}

DecayFactor TransitionAnalysis::getFactor(Value from, Value to) const {
  return factorsFrom(from)[slots.lookup(to)];
}
