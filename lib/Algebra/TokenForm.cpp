//===- TokenForm.cpp - one token in its normal form -----------------------===//

#include "lib/Algebra/TokenForm.h"
#include "lib/Algebra/ReadPusher.h"
#include "lib/Analysis/Transition.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Writes that reach a state along paths which decay differently along the
/// free axis stay apart; a step that needs more is refused.
static constexpr size_t kMostWritesPerState = 64;

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

TokenForm::TokenForm(RecurrenceOp op)
    : op(op), values(std::make_unique<ValueBuilder>(op)),
      dependence(std::make_unique<ReadDependence>()) {
  for (auto [i, state] : llvm::enumerate(op.getStates()))
    stateIndices[state] = i;
}

/// Corrections say from which side; without any, the reads do.
static Axis chooseContracted(const TransitionAnalysis &analysis) {
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
  form.contracted = chooseContracted(TransitionAnalysis(op));
  if (failed(pushReadsToIncomingStates(op)) || failed(form.formStates()))
    return failure();
  form.findGroups();
  AffineAtoms atoms;
  atoms.free = VecType::get(op.getContext(), form.getFree());
  atoms.states = form.stateIndices;
  form.ofReads =
      std::make_unique<AffineForms>(atoms, *form.values, *form.dependence);
  for (auto [m, value] : llvm::enumerate(form.writeValues))
    atoms.writeValues[value] = m;
  form.ofReadsAndWrites = std::make_unique<AffineForms>(
      std::move(atoms), *form.values, *form.dependence);
  return form;
}

TokenForm::StateForm TokenForm::multiply(const StateForm &form, Value gate,
                                         bool isLog) {
  auto vec = dyn_cast<VecType>(gate.getType());
  bool isFree = vec && vec.getAxis() == getFree();
  StateForm result;
  for (Decay decay : form.decays) {
    AxisGate &axis = isFree ? decay.free : decay.contracted;
    if (decay.isPresent && isLog)
      axis.log = values->add(axis.log, gate);
    else if (decay.isPresent)
      axis.factor = values->mul(axis.factor, gate);
    result.decays.push_back(decay);
  }
  if (form.writes.empty())
    return result;
  Value factor = isLog ? values->exp(gate) : gate;
  for (auto [y, x] : form.writes) {
    if (isFree)
      result.writes[values->mul(factor, y)] = x;
    else
      result.writes[y] = values->mul(factor, x);
  }
  return result;
}

static bool isVector(const AxisGate &gate) {
  return llvm::any_of(ArrayRef{gate.log, gate.factor}, [](Value value) {
    return value && isa<VecType>(value.getType());
  });
}

/// The class promises that the sum varies along one axis at most.
Decay TokenForm::addDecays(const Decay &a, const Decay &b) {
  if (!a.isPresent || !b.isPresent)
    return a.isPresent ? a : b;
  auto one = [&](Value value) { return value ? value : values->constant(1); };
  auto isVector = [](Value value) {
    return value && isa<VecType>(value.getType());
  };
  Value contractedA = values->factor(a.contracted),
        contractedB = values->factor(b.contracted);
  Value freeA = values->factor(a.free), freeB = values->factor(b.free);
  Decay sum{/*isPresent=*/true, {}, {}};
  if (isVector(freeA) || isVector(freeB))
    sum.free.factor = values->add(one(values->mul(contractedA, freeA)),
                                  one(values->mul(contractedB, freeB)));
  else
    sum.contracted.factor = values->add(one(contractedA), one(contractedB));
  return sum;
}

FailureOr<TokenForm::StateForm>
TokenForm::add(AddStatesOp op, const StateForm &a, const StateForm &b) {
  StateForm sum = a;
  for (auto [mine, other] : llvm::zip(sum.decays, b.decays)) {
    // A vector of equal numbers may stand where the class saw a scalar.
    if (mine.isPresent && other.isPresent &&
        (isVector(mine.free) || isVector(other.free)) &&
        (isVector(mine.contracted) || isVector(other.contracted)))
      return op.emitError()
             << "has no chunk form: adds states that decay by a vector along "
                "key and by one along value";
    mine = addDecays(mine, other);
  }
  for (auto [y, x] : b.writes) {
    auto [it, isNew] = sum.writes.try_emplace(y, x);
    if (!isNew)
      it->second = values->add(it->second, x);
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
              Value x = write.getRow(), y = write.getColumn();
              if (!isLeft())
                std::swap(x, y);
              auto [it, isNew] = made.writes.try_emplace(y, x);
              if (!isNew)
                it->second = values->add(it->second, x);
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
    for (auto [y, x] : states.back().writes)
      distinct.insert(y);
  }
  writeValues = distinct.takeVector();
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

SmallVector<ReadOp> TokenForm::getReads(ValueRange values) const {
  llvm::SetVector<Value> seen(values.begin(), values.end());
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

const AffineForm *TokenForm::getAffine(Value value, bool withWriteValues) {
  return (withWriteValues ? ofReadsAndWrites : ofReads)->get(value);
}
