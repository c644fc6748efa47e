//===- SegmentPlan.cpp - A sequence in segments, joined exactly -----------===//
//
// A segment of tokens maps a state S to M S + R (S M + R for corrections from
// the right): R is what it writes into zeros, M what delta-transition computes.
// So all segments of all sequences can be scanned at once, twice:
//
//   1. every segment from zeros gives R, its transition from the identity M;
//   2. the states at the segments' starts follow one from another, S ← M S + R;
//   3. every segment from its own start gives the outputs.
//
// More than twice the work, for as many times the parallelism: worth it where
// sequences × heads leave processors idle. Nothing is dropped or bounded, and
// boundaries are multiples of a given number of tokens, so the outputs of a
// prefix do not depend on what follows it.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/PlanBuilder.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Transition/Transition.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

/// A module with the recurrence that computes transitions.
static Expected<mlir::OwningOpRef<mlir::ModuleOp>>
deriveTransition(delta::RecurrenceOp op) {
  return derive(op, [](mlir::OpPassManager &manager) {
    manager.addPass(createTransition());
    manager.addPass(mlir::createCanonicalizerPass());
    manager.addPass(mlir::createCSEPass());
  });
}

static delta::RecurrenceOp getTransition(mlir::ModuleOp module) {
  return *module.getOps<delta::RecurrenceOp>().begin();
}

/// The axis that is left is the one that is contracted.
static delta::Axis getAxis(delta::RecurrenceOp transition) {
  for (mlir::BlockArgument argument : transition.getStep().getArguments())
    if (auto vec = dyn_cast<delta::VecType>(argument.getType()))
      return vec.getAxis();
  return delta::Axis::Key;
}

Expected<delta::Axis> compiler::findTransitionAxis(delta::RecurrenceOp op) {
  auto module = deriveTransition(op);
  if (!module)
    return module.takeError();
  return getAxis(getTransition(**module));
}

namespace {
class SegmentPlan {
public:
  SegmentPlan(delta::RecurrenceOp op, const CompileOptions &options,
              PlanBuilder &builder)
      : op(op), options(options), builder(builder),
        states(builder.getSignature().getStates()) {}

  Error plan();

private:
  using Space = TensorRef::Space;

  Error planTransitions();
  std::string getName(unsigned state, StringRef what) const {
    return (builder.getSignature().arguments[states[state]].name + "." + what)
        .str();
  }
  TensorRef addStates(unsigned state, StringRef what) {
    return builder.addWorkspace(getName(state, what), options.keyDim,
                                options.valueDim);
  }

  delta::RecurrenceOp op;
  const CompileOptions &options;
  PlanBuilder &builder;
  SmallVector<unsigned, 2> states;
  /// Corrections come from the left.
  bool isLeft = true;
  /// By the state that begins as the identity: what becomes of every state.
  SmallVector<SmallVector<TensorRef>> transitions;
};
} // namespace

/// The transition M of every segment: for each state, what becomes of the
/// identity in it.
Error SegmentPlan::planTransitions() {
  auto module = deriveTransition(op);
  if (!module)
    return module.takeError();
  delta::RecurrenceOp transition = getTransition(**module);
  isLeft = getAxis(transition) == delta::Axis::Key;
  int64_t size = isLeft ? options.keyDim : options.valueDim;

  CompileOptions own = options;
  own.keyDim = own.valueDim = size;
  own.argTypes.clear();
  KernelBinding binding;
  binding.isOverSegments = true;
  for (const Argument &argument : getSignature(transition).arguments) {
    own.argTypes.push_back(builder.getArgType(argument.name));
    TensorRef tensor;
    for (auto [i, ours] : enumerate(builder.getSignature().arguments))
      if (ours.name == argument.name && ours.kind != ArgumentKind::State)
        tensor = {Space::Input, static_cast<unsigned>(i)};
    binding.arguments.push_back(tensor);
  }
  Expected<unsigned> kernel = builder.addKernel(transition, own);
  if (!kernel)
    return kernel.takeError();
  TensorRef identity =
      builder.addWorkspace("identity", size, size, Workspace::Fill::Identity);
  for (auto [j, state] : enumerate(transition.getStates())) {
    KernelBinding one = binding;
    one.arguments[state.getArgNumber()] = identity;
    SmallVector<TensorRef> &moved = transitions.emplace_back();
    for (unsigned i = 0; i < states.size(); ++i)
      moved.push_back(builder.addWorkspace(
          getName(i, "of " + getName(j, "identity")), size, size));
    one.finals = moved;
    builder.addLaunch(*kernel, one);
  }
  return Error::success();
}

Error SegmentPlan::plan() {
  builder.setSegmentTokens(options.segment);
  Expected<unsigned> kernel = builder.addKernel(op, options);
  if (!kernel)
    return kernel.takeError();
  KernelBinding written = builder.bindWhole();
  written.isOverSegments = true;
  KernelBinding last = written;
  for (auto [i, state] : enumerate(states)) {
    written.arguments[state] = {};
    // Where the last launch leaves the segments' final states, too: those of
    // the sequences are the join's.
    written.finals[i] = last.finals[i] = addStates(i, "written");
    last.arguments[state] = addStates(i, "start");
  }
  builder.addLaunch(*kernel, written);
  if (Error error = planTransitions())
    return error;
  SegmentJoin join;
  for (auto [i, state] : enumerate(states)) {
    SegmentJoin::State joined{{Space::Input, state},
                              {Space::Final, static_cast<unsigned>(i)},
                              last.arguments[state],
                              written.finals[i],
                              {}};
    for (unsigned j = 0; j < states.size(); ++j)
      joined.terms.push_back(
          {j, transitions[j][i],
           isLeft ? SegmentJoin::Kind::Left : SegmentJoin::Kind::Right});
    join.states.push_back(std::move(joined));
  }
  builder.addJoin(std::move(join));
  builder.addLaunch(*kernel, last);
  return Error::success();
}

Error compiler::planSegments(delta::RecurrenceOp op,
                             const CompileOptions &options,
                             PlanBuilder &builder) {
  return SegmentPlan(op, options, builder).plan();
}
