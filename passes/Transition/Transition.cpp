//===- Transition.cpp - a step's transition alone -------------------------===//

#include "passes/Transition/Transition.h"
#include "lib/Algebra/TokenForm.h"
#include "lib/Analysis/Culprits.h"
#include "lib/Analysis/Transition.h"

namespace sluice {
#define GEN_PASS_DEF_TRANSITION
#include "passes/Transition/Transition.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Refuses what varies along the free axis; `read` is one that says which axis
/// is contracted.
static LogicalResult refuse(const TokenForm &form, Location culprit,
                            std::optional<Location> read, const Twine &what) {
  InFlightDiagnostic error =
      emitError(culprit) << "the transition of @" << form.getOp().getSymName()
                         << " is not a matrix: " << what << " varies along "
                         << stringifyAxis(form.getFree());
  if (read)
    error.attachNote(read) << "this read contracts "
                           << stringifyAxis(form.getContracted());
  return error;
}

/// Where state number `from` decays along the free axis on its way to `to`.
static Location findDecayLoc(RecurrenceOp op, const TokenForm &form,
                             unsigned from, unsigned to) {
  Operation *decay = findDecay(op, from, to, form.getFree());
  return decay ? decay->getLoc() : op.getLoc();
}

/// D ∘ S; null where D is 0.
static Value decayState(OpBuilder &b, Location loc, const Decay &decay,
                        Value state) {
  if (!decay.isPresent)
    return Value();
  if (decay.contracted.log)
    state =
        DecayOp::create(b, loc, state.getType(), state, decay.contracted.log);
  if (decay.contracted.factor)
    state = ScaleStateOp::create(b, loc, state.getType(), state,
                                 decay.contracted.factor);
  return state;
}

/// Makes the write values without their constants; null where nothing is left.
static FailureOr<SmallVector<Value>>
makeWriteValues(TokenForm &form, std::optional<Location> read) {
  SmallVector<Value> values;
  for (Value value : form.getWriteValues()) {
    Value made;
    if (form.isDependent(value)) {
      // The class promises that corrections are affine.
      const AffineForm &affine =
          *form.getAffine(value, /*withWriteValues=*/false);
      if (!affine.weighted.empty())
        return refuse(form, value.getLoc(), read,
                      "a coefficient of a correction");
      for (auto [term, state] :
           llvm::zip(affine.reads, form.getOp().getStates()))
        if (term.vector)
          made = form.build().add(
              made, form.build().mul(term.coefficient,
                                     form.build().read(state, term.vector)));
    }
    values.push_back(made);
  }
  return values;
}

/// Without the arguments at `dropped`, and without outputs.
static void dropArguments(RecurrenceOp op, const llvm::BitVector &dropped) {
  SmallVector<ArgumentAttr> arguments;
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
    if (!dropped[i])
      arguments.push_back(op.getArg(i));
  op.getStep().eraseArguments(dropped);
  op.setSignatureAttr(
      SignatureAttr::get(op.getContext(), arguments, /*outputs=*/{}));
}

namespace {
/// Rewrites every recurrence to compute the transition of its step.
struct Transition : sluice::impl::TransitionBase<Transition> {
  void runOnOperation() override {
    for (RecurrenceOp op : getOperation().getOps<RecurrenceOp>())
      if (failed(rewrite(op)))
        return signalPassFailure();
  }

  LogicalResult rewrite(RecurrenceOp op) {
    TransitionAnalysis analysis(op);
    if (analysis.getClass() > TransitionClass::Delta)
      return analysis.getReasonOp()->emitError()
             << "the transition of @" << op.getSymName()
             << " is not a matrix: " << analysis.getReason();
    FailureOr<TokenForm> form = TokenForm::create(op);
    if (failed(form))
      return failure();
    // The read itself may go.
    std::optional<Location> read;
    if (ReadOp first = findRead(op, form->getContracted()))
      read = first.getLoc();
    unsigned count = op.getStates().size();
    for (unsigned i = 0; i < count; ++i)
      for (unsigned j = 0; j < count; ++j)
        if (!form->getDecay(i, j).free.isTrivial())
          return refuse(*form, findDecayLoc(op, *form, j, i), read, "a decay");
    FailureOr<SmallVector<Value>> writeValues = makeWriteValues(*form, read);
    if (failed(writeValues))
      return failure();

    Location loc = op.getLoc();
    OpBuilder b(op.getYield());
    SmallVector<Value> next;
    for (unsigned i = 0; i < count; ++i) {
      Value state;
      for (auto [j, from] : llvm::enumerate(op.getStates())) {
        Value decayed = decayState(b, loc, form->getDecay(i, j), from);
        if (!state || !decayed)
          state = state ? state : decayed;
        else
          state = AddStatesOp::create(b, loc, state, decayed);
      }
      if (!state) // forgotten
        state =
            ScaleStateOp::create(b, loc, op.getStates()[i].getType(),
                                 op.getStates()[i], form->build().constant(0));
      for (auto [m, y] : llvm::enumerate(*writeValues)) {
        Value x = form->getWriteKey(i, m);
        if (!x || !y)
          continue;
        state = form->isLeft()
                    ? WriteOp::create(b, loc, state.getType(), state, x, y)
                    : WriteOp::create(b, loc, state.getType(), state, y, x);
      }
      next.push_back(state);
    }
    YieldOp yield = op.getYield();
    yield.getStatesMutable().assign(next);
    yield.getOutputsMutable().clear();

    // What is left of the rest is of no use; value arguments are of none.
    SmallVector<Operation *> made;
    for (Operation &step : op.getStep().without_terminator())
      made.push_back(&step);
    for (Operation *dead : llvm::reverse(made))
      if (dead->use_empty())
        dead->erase();
    llvm::BitVector dropped(op.getNumArgs());
    for (BlockArgument arg : op.getStep().getArguments()) {
      bool isState = isa<StateType>(arg.getType());
      auto vec = dyn_cast<VecType>(arg.getType());
      if (!isState && arg.use_empty())
        dropped.set(arg.getArgNumber());
      else if (vec && vec.getAxis() == form->getFree())
        return refuse(*form, arg.getUsers().begin()->getLoc(), read,
                      "argument '" + op.getName(arg) + "'");
    }
    dropArguments(op, dropped);
    return success();
  }
};
} // namespace
