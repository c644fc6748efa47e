//===- Differentiate.cpp - the adjoint of a step --------------------------===//
//
// Over all tokens the states are S_t = f(S_{t-1}, x_t), the outputs o_t =
// h(S_{t-1}, x_t). With L the loss and dS_t = ∂L / ∂S_t, all that later tokens
// contribute included,
//
//     dS_{t-1} = (∂f/∂S)ᵀ dS_t + (∂h/∂S)ᵀ do_t
//     dx_t     = (∂f/∂x)ᵀ dS_t + (∂h/∂x)ᵀ do_t,
//
// which is the adjoint of one token's straight line of operations: those of the
// step once more, for the values that derivatives need, then each of them from
// the last to the first.
//
//===----------------------------------------------------------------------===//

#include "lib/Algebra/Differentiate.h"
#include "dialects/Delta/AdjointBuilder.h"
#include "lib/Support/GradientName.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Activity
//===----------------------------------------------------------------------===//

/// The values of a step that depend on `sources`, also by the states of earlier
/// tokens. A state that does is in the set as an argument.
static DenseSet<Value> findDependents(RecurrenceOp op,
                                      ArrayRef<unsigned> sources) {
  DenseSet<Value> dependents;
  for (unsigned source : sources)
    dependents.insert(op.getStep().getArgument(source));
  SmallVector<BlockArgument> states = op.getStates();
  for (bool grows = true; grows;) {
    for (Operation &step : op.getStep().without_terminator())
      if (llvm::any_of(step.getOperands(), [&](Value operand) {
            return dependents.contains(operand);
          }))
        dependents.insert(step.result_begin(), step.result_end());
    grows = false;
    for (auto [state, next] : llvm::zip(states, op.getYield().getStates()))
      if (dependents.contains(next))
        grows |= dependents.insert(state).second;
  }
  return dependents;
}

SmallVector<unsigned> sluice::findDifferentiable(RecurrenceOp op) {
  DenseSet<Value> influences(llvm::from_range, op.getStates());
  auto add = [&](ValueRange values) {
    influences.insert(values.begin(), values.end());
  };
  add(op.getYield().getOperands());
  for (Operation &step : llvm::reverse(op.getStep().without_terminator()))
    if (influences.contains(step.getResult(0)))
      add(step.getOperands());
  auto arguments = llvm::make_filter_range(
      op.getStep().getArguments(),
      [&](BlockArgument argument) { return influences.contains(argument); });
  return llvm::map_to_vector(arguments, [](BlockArgument argument) {
    return argument.getArgNumber();
  });
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

LogicalResult sluice::checkGradientNames(Operation *op, StringRef name,
                                         SignatureAttr signature) {
  auto refuse = [&](const Twine &why) -> LogicalResult {
    return op->emitError() << "recurrence @" << name
                           << " has no adjoint: " << why;
  };
  SmallVector<std::pair<StringRef, StringRef>> names;
  for (ArgumentAttr argument : signature.getArguments())
    names.emplace_back("argument", argument.getName().getValue());
  for (OutputAttr output : signature.getOutputs())
    names.emplace_back("output", output.getName().getValue());
  for (auto [what, name] : names)
    if (signature.findArg(getGradientName(name)))
      return refuse("argument '" + Twine(getGradientName(name)) +
                    "' has the name of the gradient by " + what + " '" + name +
                    "'");
  for (ArgumentAttr argument : signature.getArguments()) {
    StringRef name = argument.getName().getValue(), of = name;
    if (of.consume_front("d") &&
        (of.starts_with("initial_state") || of.starts_with("final_state")))
      return refuse("argument '" + name +
                    "' has the name of the gradient by '" + of + "'");
  }
  for (unsigned state : signature.getStates()) {
    StringRef name = signature.getArguments()[state].getName().getValue();
    if (signature.findOutput(name))
      return refuse("the gradients by state '" + name + "' and output '" +
                    name + "' have one name");
  }
  return success();
}

FailureOr<SmallVector<unsigned>>
sluice::findWanted(Operation *op, StringRef name, SignatureAttr signature,
                   ArrayRef<unsigned> differentiable,
                   ArrayRef<std::string> gradients) {
  if (gradients.empty())
    return SmallVector<unsigned>(differentiable);
  SmallVector<unsigned> wanted;
  for (const std::string &gradient : gradients) {
    std::optional<unsigned> index = signature.findArg(gradient);
    if (!index)
      return op->emitError() << "recurrence @" << name << " has no argument '"
                             << gradient << "' to differentiate by";
    if (!llvm::is_contained(differentiable, *index))
      return op->emitError()
             << "argument '" << gradient << "' of recurrence @" << name
             << " has no gradient: no output and no next state depends on it";
    wanted.push_back(*index);
  }
  llvm::sort(wanted);
  wanted.erase(llvm::unique(wanted), wanted.end());
  return wanted;
}

//===----------------------------------------------------------------------===//
// The adjoint
//===----------------------------------------------------------------------===//

namespace {
/// Builds the adjoint of one recurrence.
class Differentiator {
public:
  Differentiator(RecurrenceOp op, ArrayRef<unsigned> wanted)
      : op(op), context(op.getContext()), wanted(wanted),
        sources(findDependents(op, wanted)) {}

  AdjointOp run();

private:
  void createBody();
  void copyStep();
  void seed(AdjointBuilder &adjoint);
  void goBack(AdjointBuilder &adjoint);
  void yield(AdjointBuilder &adjoint);
  void nameGradients(AdjointBuilder &adjoint);
  AdjointOp finish();

  void addArgument(StringRef name, ArgKind kind, Type type, RangeAttr range) {
    arguments.push_back(ArgumentAttr::get(
        context, StringAttr::get(context, name), kind, type, range));
    body->addArgument(type, op.getLoc());
  }
  void eraseUnused();

  RecurrenceOp op;
  MLIRContext *context;
  ArrayRef<unsigned> wanted;
  /// The active values, in the recurrence.
  DenseSet<Value> sources;
  OpBuilder builder{context};
  Region region;
  Block *body = nullptr;
  SmallVector<ArgumentAttr> arguments;
  SmallVector<OutputAttr> outputs;
  /// From the recurrence to the copy of its step.
  IRMapping copies;
  /// The same, of what is active.
  DenseSet<Value> active;
  /// Gradients by outputs, and by the next states that are active, with the
  /// state's number.
  SmallVector<BlockArgument> outputGradients;
  SmallVector<std::pair<unsigned, BlockArgument>> carried;
};
} // namespace

void Differentiator::createBody() {
  body = &region.emplaceBlock();
  for (auto [i, argument] : llvm::enumerate(op.getSignature().getArguments())) {
    addArgument(argument.getName(), argument.getKind(), argument.getType(),
                argument.getRange());
    copies.map(op.getStep().getArgument(i), body->getArguments().back());
  }
  for (OutputAttr output : op.getSignature().getOutputs()) {
    addArgument(getGradientName(output.getName()), output.getKind(),
                output.getType(), RangeAttr());
    outputGradients.push_back(body->getArguments().back());
  }
  for (auto [i, state] : llvm::enumerate(op.getStates())) {
    if (!sources.contains(state))
      continue;
    addArgument(getGradientName(op.getName(state)), ArgKind::State,
                state.getType(), RangeAttr());
    carried.emplace_back(i, body->getArguments().back());
  }
  builder.setInsertionPointToEnd(body);
}

void Differentiator::copyStep() {
  for (Operation &step : op.getStep().without_terminator())
    builder.clone(step, copies);
  for (Value source : sources)
    active.insert(copies.lookup(source));
}

/// The gradients that are given.
void Differentiator::seed(AdjointBuilder &adjoint) {
  YieldOp yield = op.getYield();
  for (auto [state, gradient] : carried)
    adjoint.accumulate(copies.lookup(yield.getStates()[state]), gradient);
  for (auto [output, gradient] :
       llvm::zip_equal(yield.getOutputs(), outputGradients))
    adjoint.accumulate(copies.lookup(output), gradient);
}

void Differentiator::goBack(AdjointBuilder &adjoint) {
  for (Operation &step : llvm::reverse(op.getStep().without_terminator())) {
    Value result = copies.lookup(step.getResult(0));
    if (adjoint.getGradient(result))
      cast<DifferentiableOpInterface>(result.getDefiningOp())
          .buildAdjoint(adjoint);
  }
}

void Differentiator::yield(AdjointBuilder &adjoint) {
  SmallVector<Value> states, gradients;
  for (auto [number, gradient] : carried)
    states.push_back(
        adjoint.getGradientOrZeros(copies.lookup(op.getStates()[number])));
  for (unsigned index : wanted) {
    ArgumentAttr argument = op.getArg(index);
    if (argument.getKind() == ArgKind::State)
      continue;
    outputs.push_back(OutputAttr::get(
        context, StringAttr::get(context, getGradientName(argument.getName())),
        argument.getKind(), argument.getType()));
    gradients.push_back(adjoint.getGradientOrZeros(body->getArgument(index)));
  }
  YieldOp::create(builder, op.getLoc(), states, gradients);
}

/// What printers call a value, if it has a name.
static StringAttr getName(RecurrenceOp op, Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return op.getArg(argument.getArgNumber()).getName();
  auto loc = value.getLoc()->findInstanceOf<NameLoc>();
  return loc ? loc.getName() : StringAttr();
}

/// The gradient by %x is called %dx, where locations give names.
void Differentiator::nameGradients(AdjointBuilder &adjoint) {
  auto give = [&](Value value) {
    Value gradient = adjoint.getGradient(copies.lookup(value));
    StringAttr name = getName(op, value);
    if (!gradient || !name || !gradient.getDefiningOp())
      return;
    auto named = StringAttr::get(context, getGradientName(name));
    gradient.getDefiningOp()->setLoc(NameLoc::get(named, op.getLoc()));
  };
  for (Operation &step : llvm::reverse(op.getStep().without_terminator()))
    give(step.getResult(0));
  for (BlockArgument argument : op.getStep().getArguments())
    give(argument);
}

/// What the gradients do not need, also of the arguments.
void Differentiator::eraseUnused() {
  for (Operation &step : llvm::make_early_inc_range(llvm::reverse(*body)))
    if (isOpTriviallyDead(&step))
      step.erase();
  auto isCarried = [&](BlockArgument argument) {
    return llvm::any_of(
        carried, [&](const auto &state) { return state.second == argument; });
  };
  SmallVector<ArgumentAttr> used;
  BitVector unused(body->getNumArguments());
  for (auto [argument, declared] : llvm::zip(body->getArguments(), arguments))
    if (argument.use_empty() && !isCarried(argument))
      unused.set(argument.getArgNumber());
    else
      used.push_back(declared);
  body->eraseArguments(unused);
  arguments = std::move(used);
}

AdjointOp Differentiator::finish() {
  eraseUnused();
  builder.setInsertionPointAfter(op);
  auto adjoint = AdjointOp::create(
      builder, op.getLoc(), (op.getSymName() + "_adjoint").str(),
      op.getSymName(), SignatureAttr::get(context, arguments, outputs));
  adjoint.getBody().takeBody(region);
  SymbolTable(op->getParentOp()).insert(adjoint);
  // Operations whose adjoints need the same values have made them twice.
  IRRewriter rewriter(context);
  DominanceInfo dominance(adjoint);
  eliminateCommonSubExpressions(rewriter, dominance, adjoint);
  return adjoint;
}

AdjointOp Differentiator::run() {
  createBody();
  copyStep();
  AdjointBuilder adjoint(builder, op.getLoc(), active);
  seed(adjoint);
  goBack(adjoint);
  nameGradients(adjoint);
  yield(adjoint);
  return finish();
}

FailureOr<AdjointOp> sluice::differentiate(RecurrenceOp op,
                                           ArrayRef<unsigned> wanted) {
  if (failed(checkGradientNames(op, op.getSymName(), op.getSignature())))
    return failure();
  return Differentiator(op, wanted).run();
}
