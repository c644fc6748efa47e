//===- TokenForm.cpp - one token in its normal form -----------------------===//

#include "passes/DeltaToWY/TokenForm.h"
#include "lib/Analysis/Transition.h"
#include "passes/SingleSweep/ReadPusher.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Writes that reach a state along paths which decay differently along the
/// outer axis stay apart; a step that needs more is refused.
static constexpr size_t kMostWritesPerState = 64;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static bool isConstant(Value value, double number) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && constant.getValue().isExactlyValue(number);
}

Value ValueBuilder::constant(double number) {
  return ConstantOp::create(builder, loc, builder.getF64FloatAttr(number));
}

Value ValueBuilder::mul(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  if (isConstant(a, -1) || isConstant(b, -1))
    return neg(isConstant(a, -1) ? b : a);
  return MulOp::create(builder, loc, a, b);
}

Value ValueBuilder::add(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return AddOp::create(builder, loc, a, b);
}

Value ValueBuilder::neg(Value a) {
  if (!a)
    return constant(-1);
  return NegOp::create(builder, loc, a);
}

Value ValueBuilder::div(Value a, Value b) {
  return DivOp::create(builder, loc, a ? a : constant(1), b);
}

Value ValueBuilder::exp(Value a) {
  Value &known = exponentials[a];
  if (!known)
    known = ExpOp::create(builder, loc, a);
  return known;
}

Value ValueBuilder::factor(AxisGate gate) {
  return mul(gate.log ? exp(gate.log) : Value(), gate.factor);
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

TokenForm::TokenForm(RecurrenceOp op)
    : op(op), values(std::make_unique<ValueBuilder>(op)) {}

/// Corrections say from which side; without any, the reads do.
static Axis chooseInner(const TransitionAnalysis &analysis) {
  RecurrenceOp op = analysis.getRecurrence();
  for (WriteOp write : op.getStep().getOps<WriteOp>())
    if (analysis.isLive(write)) {
      if (analysis.getWriteKind(write) == WriteKind::Right)
        return Axis::Value;
      if (analysis.getWriteKind(write) == WriteKind::Left)
        return Axis::Key;
    }
  bool anyRight = false;
  for (ReadOp read : op.getStep().getOps<ReadOp>()) {
    if (!analysis.isUsed(read))
      continue;
    if (read.isLeft())
      return Axis::Key;
    anyRight = true;
  }
  return anyRight ? Axis::Value : Axis::Key;
}

FailureOr<TokenForm> TokenForm::create(RecurrenceOp op) {
  TokenForm form(op);
  form.inner = chooseInner(TransitionAnalysis(op));
  if (failed(pushReadsToIncomingStates(op)) || failed(form.formStates()))
    return failure();
  form.findGroups();
  return form;
}

TokenForm::StateForm TokenForm::multiply(const StateForm &form, Value gate,
                                         bool isLog) {
  auto vec = dyn_cast<VecType>(gate.getType());
  bool isOuter = vec && vec.getAxis() != inner;
  StateForm result;
  for (Decay decay : form.decays) {
    AxisGate &axis = isOuter ? decay.outer : decay.inner;
    if (decay.isPresent && isLog)
      axis.log = values->add(axis.log, gate);
    else if (decay.isPresent)
      axis.factor = values->mul(axis.factor, gate);
    result.decays.push_back(decay);
  }
  if (form.writes.empty())
    return result;
  Value factor = isLog ? values->exp(gate) : gate;
  for (auto [column, row] : form.writes) {
    if (isOuter)
      result.writes[values->mul(factor, column)] = row;
    else
      result.writes[column] = values->mul(factor, row);
  }
  return result;
}

/// The class promises that the sum varies along one axis at most.
Decay TokenForm::addDecays(const Decay &a, const Decay &b) {
  if (!a.isPresent || !b.isPresent)
    return a.isPresent ? a : b;
  auto one = [&](Value value) { return value ? value : values->constant(1); };
  auto isVector = [](Value value) {
    return value && isa<VecType>(value.getType());
  };
  Value innerA = values->factor(a.inner), innerB = values->factor(b.inner);
  Value outerA = values->factor(a.outer), outerB = values->factor(b.outer);
  Decay sum{/*isPresent=*/true, {}, {}};
  if (isVector(outerA) || isVector(outerB))
    sum.outer.factor = values->add(one(values->mul(innerA, outerA)),
                                   one(values->mul(innerB, outerB)));
  else
    sum.inner.factor = values->add(one(innerA), one(innerB));
  return sum;
}

FailureOr<TokenForm::StateForm>
TokenForm::add(AddStatesOp op, const StateForm &a, const StateForm &b) {
  StateForm sum = a;
  for (auto [mine, other] : llvm::zip(sum.decays, b.decays))
    mine = addDecays(mine, other);
  for (auto [column, row] : b.writes) {
    auto [it, isNew] = sum.writes.try_emplace(column, row);
    if (!isNew)
      it->second = values->add(it->second, row);
  }
  if (sum.writes.size() > kMostWritesPerState)
    return op.emitOpError()
           << "adds states with more than " << kMostWritesPerState
           << " writes that decay differently";
  return sum;
}

LogicalResult TokenForm::formStates() {
  TransitionAnalysis analysis(op);
  SmallVector<BlockArgument> incoming = op.getStates();
  llvm::DenseMap<Value, StateForm> forms;
  for (auto [j, state] : llvm::enumerate(incoming)) {
    StateForm &form = forms[state];
    form.decays.resize(incoming.size());
    form.decays[j].isPresent = true;
  }
  bool isLeftInner = isLeft();
  for (Operation &step : llvm::make_early_inc_range(op.getStep())) {
    if (step.getNumResults() == 0 ||
        !isa<StateType>(step.getResult(0).getType()) || !analysis.isLive(&step))
      continue;
    StateForm made;
    bool isMade =
        llvm::TypeSwitch<Operation *, bool>(&step)
            .Case([&](DecayOp decay) {
              made = multiply(forms[decay.getState()], decay.getGate(), true);
              return true;
            })
            .Case([&](ScaleStateOp scale) {
              made =
                  multiply(forms[scale.getState()], scale.getFactor(), false);
              return true;
            })
            .Case([&](WriteOp write) {
              made = forms[write.getState()];
              Value row = write.getRow(), column = write.getColumn();
              if (!isLeftInner)
                std::swap(row, column);
              auto [it, isNew] = made.writes.try_emplace(column, row);
              if (!isNew)
                it->second = values->add(it->second, row);
              return true;
            })
            .Case([&](AddStatesOp sum) {
              auto added = add(sum, forms[sum.getLhs()], forms[sum.getRhs()]);
              if (succeeded(added))
                made = std::move(*added);
              return succeeded(added);
            })
            .DefaultUnreachable("a state op without a normal form");
    if (!isMade)
      return failure();
    forms[step.getResult(0)] = std::move(made);
  }
  llvm::SetVector<Value> distinct;
  for (Value state : op.getYield().getStates()) {
    states.push_back(forms[state]);
    for (auto [column, row] : states.back().writes)
      distinct.insert(column);
  }
  columns = distinct.takeVector();
  return success();
}

void TokenForm::findGroups() {
  llvm::IntEqClasses classes(states.size());
  for (unsigned i = 0; i < states.size(); ++i)
    for (unsigned j = 0; j < states.size(); ++j)
      if (getDecay(i, j).isPresent)
        classes.join(i, j);
  classes.compress();
  groups.resize(classes.getNumClasses());
  for (unsigned i = 0; i < states.size(); ++i)
    groups[classes[i]].push_back(i);
}

//===----------------------------------------------------------------------===//
// What values are made of
//===----------------------------------------------------------------------===//

SmallVector<ReadOp> TokenForm::getReads(Value value) const {
  llvm::SetVector<Value> seen;
  seen.insert(value);
  SmallVector<ReadOp> reads;
  for (unsigned i = 0; i < seen.size(); ++i) {
    Operation *made = seen[i].getDefiningOp();
    if (auto read = dyn_cast_or_null<ReadOp>(made))
      reads.push_back(read);
    if (made)
      seen.insert(made->operand_begin(), made->operand_end());
  }
  llvm::sort(reads, [](ReadOp a, ReadOp b) { return a->isBeforeInBlock(b); });
  return reads;
}

bool TokenForm::isDependent(Value value) const {
  return !getReads(value).empty();
}

namespace {
/// One walk down a value's operands.
class AffineWalk {
public:
  AffineWalk(const TokenForm &form, ValueBuilder &values, bool withColumns)
      : form(form), values(values), withColumns(withColumns) {}

  std::optional<AffineForm> visit(Value value) {
    auto known = memo.find(value);
    if (known != memo.end())
      return known->second;
    std::optional<AffineForm> made = make(value);
    // What no read reaches is a constant, whatever its operations.
    if (!made && !form.isDependent(value))
      made = AffineForm{value, {}};
    return memo[value] = made;
  }

private:
  bool isColumn(Value value) const {
    return withColumns && llvm::is_contained(form.getColumns(), value);
  }
  /// Reaches a read or a column.
  bool hasAtoms(Value value) {
    std::optional<AffineForm> inside = visit(value);
    return !inside || !inside->coefficients.empty();
  }

  std::optional<AffineForm> make(Value value) {
    Operation *op = value.getDefiningOp();
    if (isColumn(value) || isa_and_nonnull<ReadOp>(op))
      return makeAtom(value);
    if (!op || op->getNumOperands() == 0)
      return AffineForm{value, {}};
    if (llvm::none_of(op->getOperands(),
                      [&](Value operand) { return hasAtoms(operand); }))
      return AffineForm{value, {}};
    return llvm::TypeSwitch<Operation *, std::optional<AffineForm>>(op)
        .Case([&](AddOp add) {
          return sum(visit(add.getLhs()), visit(add.getRhs()));
        })
        .Case([&](SubOp sub) {
          return sum(visit(sub.getLhs()),
                     scale(visit(sub.getRhs()),
                           [&](Value c) { return values.neg(c); }));
        })
        .Case([&](NegOp neg) {
          return scale(visit(neg.getOperand()),
                       [&](Value c) { return values.neg(c); });
        })
        .Case([&](MulOp mul) -> std::optional<AffineForm> {
          Value left = mul.getLhs(), right = mul.getRhs();
          if (hasAtoms(left))
            std::swap(left, right);
          if (hasAtoms(left))
            return std::nullopt;
          return scale(visit(right),
                       [&](Value c) { return values.mul(left, c); });
        })
        .Case([&](DivOp div) -> std::optional<AffineForm> {
          if (hasAtoms(div.getRhs()))
            return std::nullopt;
          return scale(visit(div.getLhs()),
                       [&](Value c) { return values.div(c, div.getRhs()); });
        })
        .Default([](Operation *) { return std::nullopt; });
  }

  static AffineForm makeAtom(Value value) {
    AffineForm form;
    form.coefficients[value] = Value();
    return form;
  }

  std::optional<AffineForm> sum(std::optional<AffineForm> a,
                                std::optional<AffineForm> b) {
    if (!a || !b)
      return std::nullopt;
    a->constant = values.add(a->constant, b->constant);
    for (auto [atom, coefficient] : b->coefficients) {
      auto [it, isNew] = a->coefficients.try_emplace(atom, coefficient);
      if (isNew)
        continue;
      auto one = [&](Value c) { return c ? c : values.constant(1); };
      it->second = values.add(one(it->second), one(coefficient));
    }
    return a;
  }

  std::optional<AffineForm> scale(std::optional<AffineForm> form,
                                  llvm::function_ref<Value(Value)> by) {
    if (!form)
      return std::nullopt;
    if (form->constant)
      form->constant = by(form->constant);
    for (auto &[atom, coefficient] : form->coefficients)
      coefficient = by(coefficient);
    return form;
  }

  const TokenForm &form;
  ValueBuilder &values;
  bool withColumns;
  llvm::DenseMap<Value, std::optional<AffineForm>> memo;
};
} // namespace

std::optional<AffineForm> TokenForm::getAffine(Value value, bool withColumns) {
  std::optional<AffineForm> form =
      AffineWalk(*this, *values, withColumns).visit(value);
  if (!form)
    return std::nullopt;
  // Element by element along the outer axis.
  for (auto [atom, coefficient] : form->coefficients)
    if (cast<VecType>(atom.getType()).getAxis() == inner)
      return std::nullopt;
  return form;
}
