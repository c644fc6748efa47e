//===- AffineForm.cpp - values that are linear in the states --------------===//

#include "lib/Algebra/AffineForm.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Calls `body` on every value that `root` is made of, operands first, of those
/// for which `isOpen` holds. Without recursion: chains are as long as specs.
static void walkOperandsFirst(Value root,
                              llvm::function_ref<bool(Value)> isOpen,
                              llvm::function_ref<ValueRange(Value)> operandsOf,
                              llvm::function_ref<void(Value)> body) {
  SmallVector<std::pair<Value, bool>> stack{{root, false}};
  while (!stack.empty()) {
    auto [value, operandsDone] = stack.pop_back_val();
    if (!isOpen(value))
      continue;
    if (operandsDone) {
      body(value);
      continue;
    }
    stack.push_back({value, true});
    for (Value operand : operandsOf(value))
      if (isOpen(operand))
        stack.push_back({operand, false});
  }
}

static ValueRange getOperands(Value value) {
  Operation *op = value.getDefiningOp();
  return op ? ValueRange(op->getOperands()) : ValueRange();
}

bool ReadDependence::contains(Value root) {
  walkOperandsFirst(
      root, [&](Value value) { return !known.contains(value); }, getOperands,
      [&](Value value) {
        known[value] = isa_and_nonnull<ReadOp>(value.getDefiningOp()) ||
                       llvm::any_of(getOperands(value), [&](Value operand) {
                         return known.lookup(operand);
                       });
      });
  return known.lookup(root);
}

static std::unique_ptr<AffineForm> makeConstant(Value value) {
  auto form = std::make_unique<AffineForm>();
  form->constant = value;
  return form;
}

const AffineForm *AffineForms::get(Value root) {
  walkOperandsFirst(
      root, [&](Value value) { return !forms.contains(value); },
      [&](Value value) {
        // What stands behind a read is not the form's.
        bool isEnd =
            isAtom(value) || isa_and_nonnull<ReadOp>(value.getDefiningOp());
        return isEnd ? ValueRange() : getOperands(value);
      },
      [&](Value value) {
        Form made = make(value);
        if (!made && !dependence.contains(value))
          made = makeConstant(value);
        forms[value] = std::move(made);
      });
  return find(root);
}

bool AffineForms::isAtom(Value value) const {
  return atoms.writeValues.contains(value) ||
         (isa_and_nonnull<ReadOp>(value.getDefiningOp()) &&
          value.getType() == atoms.free);
}

/// Reaches a read or a write value.
bool AffineForms::hasAtoms(Value value) const {
  const AffineForm *form = find(value);
  return !form || !form->isConstant();
}

AffineForms::Form AffineForms::make(Value value) {
  if (isAtom(value))
    return makeAtom(value);
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<ReadOp>(op))
    return nullptr;
  if (llvm::none_of(getOperands(value),
                    [&](Value operand) { return hasAtoms(operand); }))
    return makeConstant(value);
  return llvm::TypeSwitch<Operation *, Form>(op)
      .Case([&](AddOp sum) {
        return add(find(sum.getLhs()), find(sum.getRhs()));
      })
      .Case([&](SubOp sub) {
        Form negated = neg(find(sub.getRhs()));
        return add(find(sub.getLhs()), negated.get());
      })
      .Case([&](NegOp negated) { return neg(find(negated.getOperand())); })
      .Case([&](MulOp product) -> Form {
        Value factor = product.getLhs(), other = product.getRhs();
        if (hasAtoms(factor))
          std::swap(factor, other);
        if (hasAtoms(factor))
          return nullptr;
        return mul(find(other), factor);
      })
      .Case([&](DivOp quotient) -> Form {
        if (hasAtoms(quotient.getRhs()))
          return nullptr;
        return div(find(quotient.getLhs()), quotient.getRhs());
      })
      .Default([](Operation *) { return nullptr; });
}

AffineForms::Form AffineForms::makeAtom(Value value) {
  auto form = std::make_unique<AffineForm>();
  form->reads.resize(atoms.states.size());
  // A write value that is a read is merged with the others.
  if (auto read = value.getDefiningOp<ReadOp>())
    form->reads[atoms.states.lookup(read.getState())].vector = read.getVector();
  else
    form->writeValues[atoms.writeValues.lookup(value)] = Value();
  return form;
}

Value AffineForms::addFactors(Value a, Value b) {
  auto one = [&](Value factor) { return factor ? factor : values.constant(1); };
  return values.add(one(a), one(b));
}

void AffineForms::addRead(AffineForm &form, unsigned state,
                          AffineForm::Scaled read) {
  AffineForm::Scaled &mine = form.reads[state];
  if (!mine.vector)
    mine = read;
  else if (mine.vector == read.vector)
    mine.coefficient = addFactors(mine.coefficient, read.coefficient);
  else if (mine.coefficient == read.coefficient)
    mine.vector = values.add(mine.vector, read.vector);
  else
    mine = {Value(), values.add(values.mul(mine.coefficient, mine.vector),
                                values.mul(read.coefficient, read.vector))};
}

AffineForms::Form AffineForms::add(const AffineForm *a, const AffineForm *b) {
  if (!a || !b)
    return nullptr;
  auto sum = std::make_unique<AffineForm>(*a);
  sum->constant = values.add(a->constant, b->constant);
  sum->reads.resize(atoms.states.size());
  for (auto [state, read] : llvm::enumerate(b->reads))
    if (read.vector)
      addRead(*sum, state, read);
  auto join = [&](auto &factors, const auto &others) {
    for (auto [key, factor] : others) {
      auto [it, isNew] = factors.try_emplace(key, factor);
      if (!isNew)
        it->second = addFactors(it->second, factor);
    }
  };
  join(sum->weighted, b->weighted);
  join(sum->writeValues, b->writeValues);
  // One vector is read once.
  for (auto [state, read] : llvm::enumerate(sum->reads))
    if (auto it = sum->weighted.find({state, read.vector});
        it != sum->weighted.end()) {
      it->second = addFactors(it->second, read.coefficient);
      read = {};
    }
  return sum;
}

AffineForms::Form AffineForms::scale(const AffineForm *form, bool toWeights,
                                     llvm::function_ref<Value(Value)> change) {
  if (!form)
    return nullptr;
  auto scaled = std::make_unique<AffineForm>(*form);
  if (form->constant)
    scaled->constant = change(form->constant);
  for (auto &[key, weight] : scaled->weighted)
    weight = change(weight);
  for (auto &[m, factor] : scaled->writeValues)
    factor = change(factor);
  for (auto [state, read] : llvm::enumerate(scaled->reads)) {
    if (!read.vector)
      continue;
    read.coefficient = change(read.coefficient);
    if (toWeights) {
      scaled->weighted[{state, read.vector}] = read.coefficient;
      read = {};
    }
  }
  return scaled;
}

AffineForms::Form AffineForms::neg(const AffineForm *form) {
  return scale(form, /*toWeights=*/false,
               [&](Value c) { return values.neg(c); });
}

AffineForms::Form AffineForms::mul(const AffineForm *form, Value factor) {
  return scale(form, /*toWeights=*/factor.getType() == atoms.free,
               [&](Value c) { return values.mul(factor, c); });
}

AffineForms::Form AffineForms::div(const AffineForm *form, Value divisor) {
  return scale(form, /*toWeights=*/divisor.getType() == atoms.free,
               [&](Value c) { return values.div(c, divisor); });
}
