//===- Transition.cpp - one walk over a step, and its class ---------------===//

#include "lib/Analysis/Transition.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/TypeSwitch.h"
#include <functional>

using namespace mlir;
using namespace sluice::delta;

DependenceKind Dependence::getKind() const {
  if (!dependent)
    return DependenceKind::None;
  if (nonlinear)
    return DependenceKind::Nonlinear;
  if (byColumns)
    return byRows ? DependenceKind::Elementwise : DependenceKind::Columns;
  return byRows ? DependenceKind::Rows : DependenceKind::Mixed;
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

TransitionAnalysis::TransitionAnalysis(RecurrenceOp recurrence)
    : recurrence(recurrence), states(recurrence.getStates()),
      reason("no write depends on a read"), reasonOp(recurrence) {
  Block &step = recurrence.getStep();
  unsigned numArgs = step.getNumArguments();
  ops.assign(numArgs, nullptr);
  for (Operation &op : step) {
    numbers[&op] = ops.size();
    ops.push_back(&op);
  }
  values.resize(ops.size());
  stateValues.assign(states.begin(), states.end());

  for (BlockArgument arg : step.getArguments()) {
    ValueInfo &info = values[arg.getArgNumber()];
    ArgKind argKind = recurrence.getArgKind(arg.getArgNumber());
    info.dependence.dependent = argKind == ArgKind::State;
    info.timeInvariant = argKind == ArgKind::Params;
    info.uniform = isa<ScalarType>(arg.getType());
  }
  markLive();
  for (Operation &op : step.without_terminator())
    visit(op);
  for (auto [i, value] : llvm::enumerate(stateValues))
    slots[value] = i;
  classifySides();
  classifyDecays();
}

unsigned TransitionAnalysis::number(Value value) const {
  if (auto arg = dyn_cast<BlockArgument>(value))
    return arg.getArgNumber();
  return numbers.lookup(value.getDefiningOp());
}

/// A pure straight line is live where its results are used: backwards from the
/// states that are yielded, and from the outputs.
void TransitionAnalysis::markLive() {
  YieldOp yield = recurrence.getYield();
  live.resize(ops.size());
  used.resize(ops.size());
  for (Value state : yield.getStates())
    live.set(number(state));
  used = live;
  for (Value output : yield.getOutputs())
    used.set(number(output));
  unsigned terminator = numbers.lookup(yield);
  for (unsigned i = terminator; i-- > recurrence.getStep().getNumArguments();)
    for (Value operand : ops[i]->getOperands()) {
      unsigned n = number(operand);
      live[n] = live[n] || live[i];
      used[n] = used[n] || used[i];
    }
  live.set(terminator);
  used.set(terminator);
}

void TransitionAnalysis::raise(TransitionClass to, Operation *op,
                               const Twine &why, Operation *earlier) {
  if (!isLive(op) || to < kind)
    return;
  if (to == kind && numbers.lookup(op) >= numbers.lookup(reasonOp))
    return;
  kind = to;
  reason = why.str();
  reasonOp = op;
  reasonEarlierOp = earlier;
}

void TransitionAnalysis::visit(Operation &op) {
  if (op.getNumResults() == 0)
    return;
  ValueInfo &result = values[numbers.lookup(&op)];
  result.timeInvariant = true;
  bool uniform = true;
  for (Value operand : op.getOperands()) {
    const ValueInfo &in = info(operand);
    result.level = std::max(result.level, in.level);
    result.timeInvariant &= in.timeInvariant;
    uniform &= in.uniform;
  }
  Type type = op.getResult(0).getType();
  result.uniform =
      isa<ScalarType>(type) ||
      (uniform && isa<ElementwiseOpInterface, BroadcastOp, L2NormOp>(op));

  result.dependence =
      llvm::TypeSwitch<Operation *, Dependence>(&op)
          .Case<ElementwiseOpInterface>(
              [&](auto typed) { return visitElementwise(typed); })
          .Case<DotOp, ReduceOp>([&](auto typed) { return visitSum(typed); })
          .Case<ReadOp>([&](auto typed) { return visitRead(typed); })
          .Case<WriteOp>([&](auto typed) { return visitWrite(typed); })
          .Case<DecayOp, ScaleStateOp>(
              [&](auto typed) { return visitGate(typed); })
          .Case<BroadcastOp, AddStatesOp, ScaleOp, ConstantOp>(
              [&](auto typed) { return join(typed); })
          .Default([&](Operation *other) {
            // l2norm, and every op that is yet to come.
            Dependence all = join(other);
            if (!all.dependent || all.nonlinear)
              return all;
            return makeNonlinear(other, "'" + other->getName().getStringRef() +
                                            "' is not linear in what was read "
                                            "from a state");
          });
  if (isa<StateType>(type))
    stateValues.push_back(op.getResult(0));
  if (auto write = dyn_cast<WriteOp>(op))
    result.level = std::max(info(write.getState()).level, getMicroStep(write));
}

/// The sum of what the operands depend on.
Dependence TransitionAnalysis::join(Operation *op) const {
  Dependence all;
  for (Value operand : op->getOperands()) {
    const Dependence &one = info(operand).dependence;
    if (!one.dependent)
      continue;
    all.dependent = true;
    all.byColumns &= one.byColumns;
    all.byRows &= one.byRows;
    bool worse = one.nonlinear && !all.nonlinear;
    bool earlier = one.nonlinear == all.nonlinear && one.culprit &&
                   (!all.culprit ||
                    numbers.lookup(one.culprit) < numbers.lookup(all.culprit));
    if (worse || earlier)
      all.culprit = one.culprit;
    all.nonlinear |= one.nonlinear;
  }
  if (!all.byColumns && !all.byRows && !all.culprit)
    all.culprit = op;
  return all;
}

Dependence TransitionAnalysis::makeNonlinear(Operation *op, const Twine &why) {
  raise(TransitionClass::Nonlinear, op, why);
  Dependence result;
  result.dependent = result.nonlinear = true;
  result.byColumns = result.byRows = false;
  result.culprit = op;
  return result;
}

Dependence TransitionAnalysis::visitElementwise(ElementwiseOpInterface op) {
  Dependence all = join(op);
  if (!all.dependent || all.nonlinear)
    return all;
  unsigned numDependent = 0;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!info(operand.get()).dependence.dependent)
      continue;
    ++numDependent;
    if (!op.isLinearIn(operand.getOperandNumber()))
      return makeNonlinear(op, "'" + op->getName().getStringRef() +
                                   "' is not linear in what was read from a "
                                   "state");
  }
  // Linear in each is linear in both for sums only.
  if (numDependent > 1 && !isa<AddOp, SubOp>(op))
    return makeNonlinear(op, "'" + op->getName().getStringRef() +
                                 "' multiplies two values that were read from "
                                 "a state");
  return all;
}

Dependence TransitionAnalysis::visitSum(Operation *op) {
  Dependence all = join(op);
  if (!all.dependent || all.nonlinear)
    return all;
  auto reduce = dyn_cast<ReduceOp>(op);
  if (reduce && reduce.getKind() != Reduction::Sum)
    return makeNonlinear(op, "'delta.reduce " +
                                 stringifyReduction(reduce.getKind()) +
                                 "' is not linear in what was read from a "
                                 "state");
  if (llvm::all_of(
          op->getOperands(),
          [&](Value operand) { return info(operand).dependence.dependent; }) &&
      op->getNumOperands() > 1)
    return makeNonlinear(op, "'delta.dot' multiplies two values that were read "
                             "from a state");
  if (!all.culprit) {
    bool columns = all.byColumns;
    all.culprit = op;
    raise(TransitionClass::Affine, op,
          Twine("a correction mixes ") +
              (columns ? "value columns" : "key rows") + ": '" +
              op->getName().getStringRef() + "' sums a read along " +
              (columns ? "value" : "key"));
  }
  all.byColumns = all.byRows = false;
  return all;
}

Dependence TransitionAnalysis::visitRead(ReadOp op) {
  Dependence state = info(op.getState()).dependence;
  Dependence vector = info(op.getVector()).dependence;
  if (state.nonlinear || vector.nonlinear)
    return join(op);
  if (vector.dependent)
    return makeNonlinear(
        op, "the vector of 'delta.read' depends on what was read from a state");
  bool kept = op.isLeft() ? state.byColumns : state.byRows;
  bool other = op.isLeft() ? state.byRows : state.byColumns;
  if (!kept && other) {
    state.culprit = op;
    raise(TransitionClass::Affine, op,
          Twine("left and right corrections are mixed: a read from the ") +
              (op.isLeft() ? "left" : "right") +
              " sees a state with corrections from the " +
              (op.isLeft() ? "right" : "left"));
  }
  state.byColumns = op.isLeft() && kept;
  state.byRows = !op.isLeft() && kept;
  return state;
}

Dependence TransitionAnalysis::visitGate(Operation *op) {
  Dependence all = join(op);
  if (all.nonlinear || !info(op->getOperand(1)).dependence.dependent)
    return all;
  return makeNonlinear(op, "the " +
                               Twine(isa<DecayOp>(op) ? "gate" : "factor") +
                               " of '" + op->getName().getStringRef() +
                               "' depends on what was read from a state");
}

Dependence TransitionAnalysis::visitWrite(WriteOp op) {
  Dependence all = join(op);
  WriteKind writeKind = getWriteKind(op);
  if (isLive(op)) {
    ++numWrites;
    rank += writeKind != WriteKind::Plain;
    microSteps = std::max(microSteps, getMicroStep(op));
  }
  if (writeKind == WriteKind::Left || writeKind == WriteKind::Right)
    raise(TransitionClass::Delta, op,
          Twine("a write depends on what was read from the ") +
              stringifyWriteKind(writeKind));
  if (writeKind == WriteKind::Nonlinear && !all.nonlinear)
    return makeNonlinear(op, "both vectors of 'delta.write' depend on what was "
                             "read from a state");
  return all;
}

//===----------------------------------------------------------------------===//
// The class
//===----------------------------------------------------------------------===//

/// Left and right corrections that meet, over tokens if not within one: in
/// states that depend on each other through decays or through reads.
void TransitionAnalysis::classifySides() {
  YieldOp yield = recurrence.getYield();
  llvm::DenseMap<Value, unsigned> index;
  for (auto [i, state] : llvm::enumerate(states))
    index[state] = i;

  llvm::IntEqClasses components(states.size());
  SmallVector<std::optional<unsigned>> stateOf(ops.size());
  for (auto [i, state] : llvm::enumerate(states))
    stateOf[state.getArgNumber()] = i;
  auto meet = [&](std::optional<unsigned> &a, std::optional<unsigned> b) {
    if (a && b)
      components.join(*a, *b);
    a = a ? a : b;
  };
  for (Operation &op : recurrence.getStep().without_terminator())
    if (isLive(&op))
      for (Value operand : op.getOperands())
        meet(stateOf[numbers.lookup(&op)], stateOf[number(operand)]);
  for (auto [i, state] : llvm::enumerate(yield.getStates())) {
    std::optional<unsigned> self = i;
    meet(self, stateOf[number(state)]);
  }
  components.compress();

  SmallVector<WriteOp> first(components.getNumClasses());
  for (WriteOp op : recurrence.getStep().getOps<WriteOp>()) {
    WriteKind side = getWriteKind(op);
    if (!isLive(op) || (side != WriteKind::Left && side != WriteKind::Right))
      continue;
    WriteOp &seen = first[components[*stateOf[numbers.lookup(op)]]];
    if (!seen)
      seen = op;
    else if (getWriteKind(seen) != side)
      raise(TransitionClass::Affine, op,
            Twine("left and right corrections are mixed: this write depends on "
                  "a read from the ") +
                stringifyWriteKind(side) +
                ", an earlier one on a read from "
                "the " +
                stringifyWriteKind(getWriteKind(seen)),
            seen);
  }
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

unsigned TransitionAnalysis::getPosition(Value state) const {
  unsigned slot = slots.lookup(state);
  return slot < states.size() ? 0 : slot - states.size() + 1;
}

Dependence TransitionAnalysis::getDependence(Value value) const {
  return info(value).dependence;
}

bool TransitionAnalysis::isTimeInvariant(Value value) const {
  return info(value).timeInvariant;
}

bool TransitionAnalysis::isLive(Operation *op) const {
  return live[numbers.lookup(op)];
}

bool TransitionAnalysis::isUsed(Operation *op) const {
  return used[numbers.lookup(op)];
}

WriteKind TransitionAnalysis::getWriteKind(WriteOp op) const {
  Dependence row = getDependence(op.getRow());
  Dependence column = getDependence(op.getColumn());
  if (!row.dependent && !column.dependent)
    return WriteKind::Plain;
  if ((row.dependent && column.dependent) || row.nonlinear || column.nonlinear)
    return WriteKind::Nonlinear;
  if (column.dependent)
    return column.byColumns ? WriteKind::Left : WriteKind::Mixed;
  return row.byRows ? WriteKind::Right : WriteKind::Mixed;
}

unsigned TransitionAnalysis::getMicroStep(WriteOp op) const {
  if (getWriteKind(op) == WriteKind::Plain)
    return 0;
  return 1 + std::max(info(op.getRow()).level, info(op.getColumn()).level);
}

/// Everything that is reached backwards from `roots` through operands that
/// `follow` accepts, by number.
llvm::BitVector
TransitionAnalysis::collect(ArrayRef<Value> roots,
                            function_ref<bool(Value)> follow) const {
  llvm::BitVector seen(ops.size());
  SmallVector<unsigned> worklist;
  auto add = [&](Value value) {
    unsigned n = number(value);
    if (follow(value) && !seen[n]) {
      seen.set(n);
      worklist.push_back(n);
    }
  };
  llvm::for_each(roots, add);
  while (!worklist.empty())
    if (Operation *op = ops[worklist.pop_back_val()])
      llvm::for_each(op->getOperands(), add);
  return seen;
}

template <typename Op>
static SmallVector<Op> select(ArrayRef<Operation *> ops,
                              const llvm::BitVector &numbers) {
  SmallVector<Op> found;
  for (unsigned n : numbers.set_bits())
    if (auto op = dyn_cast_or_null<Op>(ops[n]))
      found.push_back(op);
  return found;
}

static bool isState(Value value) { return isa<StateType>(value.getType()); }

SmallVector<ReadOp> TransitionAnalysis::getReads(Value value) const {
  return select<ReadOp>(ops, collect(value, std::not_fn(isState)));
}

SmallVector<ReadOp> TransitionAnalysis::getReads(WriteOp op) const {
  return select<ReadOp>(
      ops, collect({op.getRow(), op.getColumn()}, std::not_fn(isState)));
}

SmallVector<WriteOp> TransitionAnalysis::getWrites(Value state) const {
  return select<WriteOp>(ops, collect(state, isState));
}
