//===- GraphDifferentiator.cpp - a scan's graph in reverse mode -----------===//

#include "passes/WYDifferentiate/GraphDifferentiator.h"
#include "dialects/WY/GraphAdjoint.h"
#include "lib/Support/GradientName.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/WYDifferentiate/GraphGates.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;
using delta::ArgKind;
using delta::ArgumentAttr;
using delta::OutputAttr;
using delta::SignatureAttr;

//===----------------------------------------------------------------------===//
// Activity
//===----------------------------------------------------------------------===//

/// Adds what operations of a graph, or of one token, make of `values`. A result
/// of `wy.tokens` depends on what its token's maths makes it of.
static void addDependents(Block &block, DenseSet<Value> &values) {
  for (Operation &op : block.without_terminator()) {
    if (auto tokens = dyn_cast<TokensOp>(op)) {
      DenseSet<Value> inside;
      for (auto [input, argument] :
           llvm::zip_equal(tokens.getInputs(), tokens.getStep().getArguments()))
        if (values.contains(input))
          inside.insert(argument);
      addDependents(tokens.getStep(), inside);
      for (auto [result, value] :
           llvm::zip_equal(tokens.getResults(), tokens.getYield().getValues()))
        if (inside.contains(value))
          values.insert(result);
    } else if (llvm::any_of(op.getOperands(), [&](Value operand) {
                 return values.contains(operand);
               })) {
      values.insert(op.result_begin(), op.result_end());
    }
  }
}

/// Adds what `values` are made of.
static void addSources(Block &block, DenseSet<Value> &values) {
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    if (auto tokens = dyn_cast<TokensOp>(op)) {
      DenseSet<Value> inside;
      for (auto [result, value] :
           llvm::zip_equal(tokens.getResults(), tokens.getYield().getValues()))
        if (values.contains(result))
          inside.insert(value);
      addSources(tokens.getStep(), inside);
      for (auto [input, argument] :
           llvm::zip_equal(tokens.getInputs(), tokens.getStep().getArguments()))
        if (inside.contains(argument))
          values.insert(input);
    } else if (llvm::any_of(op.getResults(), [&](Value result) {
                 return values.contains(result);
               })) {
      values.insert(op.operand_begin(), op.operand_end());
    }
  }
}

SmallVector<unsigned> sluice::findDifferentiable(ScanOp scan) {
  DenseSet<Value> influences(llvm::from_range, scan.getStates());
  for (Value value : scan.getYield().getValues())
    influences.insert(value);
  addSources(scan.getGraph(), influences);
  SmallVector<unsigned> found;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i)
    if (influences.contains(scan.getGraph().getArgument(i)))
      found.push_back(i);
  return found;
}

/// The values of a graph that depend on the arguments `sources`, also by the
/// states of earlier chunks. A state that does is in the set as an argument.
static DenseSet<Value> findDependents(ScanOp scan, ArrayRef<unsigned> sources) {
  DenseSet<Value> dependents;
  for (unsigned source : sources)
    dependents.insert(scan.getGraph().getArgument(source));
  SmallVector<BlockArgument> states = scan.getStates();
  for (bool grows = true; grows;) {
    addDependents(scan.getGraph(), dependents);
    grows = false;
    for (auto [state, next] : llvm::zip(states, scan.getNextStates()))
      if (dependents.contains(next))
        grows |= dependents.insert(state).second;
  }
  return dependents;
}

//===----------------------------------------------------------------------===//
// The two scans
//===----------------------------------------------------------------------===//

namespace {
/// What a scan takes: an argument of its signature, and the value for it.
struct Taken {
  ArgumentAttr argument;
  BlockArgument value;
};

/// Differentiates one scan. Both scans of the result begin as copies of it,
/// with graphs that are no longer those of a whole scan until they are moved.
class Differentiator {
public:
  Differentiator(ScanOp scan, ArrayRef<unsigned> wanted)
      : scan(scan), context(scan.getContext()), wanted(wanted), b(scan) {}

  FailureOr<PlacedOp> run();

private:
  LogicalResult checkNodes();
  void addGradientArguments(const DenseSet<Value> &dependents);
  void goBack();
  void keepStates();
  void findCarried();
  void keepNextStates();
  PlacedOp place();
  void moveGraph(StringRef name, ScanOp from, ArrayRef<Taken> taken,
                 ArrayRef<OutputAttr> outputs, bool isReverse);
  bool isUsed(unsigned argument) {
    return !back.getGraph().getArgument(argument).use_empty() ||
           (forth && !forth.getGraph().getArgument(argument).use_empty());
  }

  ScanOp scan;
  MLIRContext *context;
  ArrayRef<unsigned> wanted;
  OpBuilder b;
  /// The copies that become `gradients`, and `states` if it is needed.
  ScanOp back, forth;
  /// The gradients by outputs, and those by states that are carried, with the
  /// number of the state.
  SmallVector<Taken> outputGradients;
  SmallVector<std::pair<unsigned, Taken>> carried;
  /// By the wanted arguments that are no states.
  SmallVector<OutputAttr> results;
  /// The states before each chunk that `gradients` looks at, and those that
  /// `states` carries for them; numbers. And the channels of the former.
  SmallVector<unsigned> kept, needed;
  SmallVector<Attribute> channels;
};
} // namespace

LogicalResult Differentiator::checkNodes() {
  for (Operation &op : scan.getGraph().without_terminator())
    if (!isa<DifferentiableOpInterface>(op))
      return op.emitOpError(
          "has no adjoint: differentiate the graph that delta-to-wy derives, "
          "or that wy-decompose has made of it with solve=substitution");
  // What each token gives is summed by whoever runs the scan.
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i)
    if (scan.getArgKind(i) == ArgKind::Params)
      for (Operation *user : scan.getGraph().getArgument(i).getUsers())
        if (!isa<TokensOp>(user))
          return user->emitOpError()
                 << "has no adjoint: '" << scan.getArgName(i)
                 << "' is used by 'wy.tokens' alone, as every token has a "
                    "gradient by it";
  return success();
}

void Differentiator::addGradientArguments(const DenseSet<Value> &dependents) {
  auto add = [&](StringRef name, ArgKind kind, Type type) {
    auto argument = ArgumentAttr::get(
        context, StringAttr::get(context, getGradientName(name)), kind, type,
        delta::RangeAttr());
    return Taken{argument, back.getGraph().addArgument(
                               back.getChunkType(type, kind), back.getLoc())};
  };
  for (OutputAttr output : scan.getSignature().getOutputs())
    outputGradients.push_back(
        add(output.getName(), output.getKind(), output.getType()));
  for (auto [i, state] : llvm::enumerate(back.getStates()))
    if (dependents.contains(state))
      carried.emplace_back(i, add(scan.getName(state), ArgKind::State,
                                  scan.getArgType(state.getArgNumber())));
}

/// Erases what the graph of a copy does not need, also of the maths of tokens.
static void clean(ScanOp copy) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(copy.getGraph())))
    if (isOpTriviallyDead(&op))
      op.erase();
  RewritePatternSet patterns(copy.getContext());
  TokensOp::getCanonicalizationPatterns(patterns, copy.getContext());
  (void)applyPatternsGreedily(copy.getBody(), std::move(patterns));
  // Nodes whose adjoints need the same values have made them twice.
  IRRewriter rewriter(copy.getContext());
  DominanceInfo dominance(copy);
  eliminateCommonSubExpressions(rewriter, dominance, copy);
}

void Differentiator::goBack() {
  Residuals residuals = spellOutGates(back);
  IRRewriter rewriter(context);
  DominanceInfo dominance(back);
  eliminateCommonSubExpressions(rewriter, dominance, back);
  releaseResiduals(back, residuals);

  ChunkShapes shapes(back);
  DenseSet<Value> active = findDependents(back, wanted);
  addGradientArguments(active);
  YieldOp yield = back.getYield();
  OpBuilder builder(yield);
  GraphAdjoint adjoint(builder, scan.getLoc(), shapes, active);
  for (auto &[system, values] : residuals)
    adjoint.setResiduals(system, values);
  for (const auto &[state, gradient] : carried)
    adjoint.addState(back.getNextStates()[state], gradient.value, Value(),
                     Value());
  for (auto [output, gradient] :
       llvm::zip_equal(back.getOutputs(), outputGradients))
    adjoint.add(output, [&, value = gradient.value] { return value; });
  SmallVector<Operation *> nodes;
  for (Operation &op : back.getGraph().without_terminator())
    nodes.push_back(&op);
  for (Operation *node : llvm::reverse(nodes))
    adjoint.goBack(node);

  SmallVector<Value> yielded;
  for (const auto &[state, gradient] : carried)
    yielded.push_back(adjoint.getGradientOrZeros(back.getStates()[state]));
  for (unsigned index : wanted) {
    ArgumentAttr argument = scan.getArg(index);
    if (argument.getKind() == ArgKind::State)
      continue;
    results.push_back(OutputAttr::get(
        context, StringAttr::get(context, getGradientName(argument.getName())),
        argument.getKind(), argument.getType()));
    BlockArgument value = back.getGraph().getArgument(index);
    if (argument.getKind() != ArgKind::Params)
      yielded.push_back(adjoint.getGradientOrZeros(value));
    else
      yielded.push_back(adjoint.getRowGradientOrZeros(value));
  }
  yield.getValuesMutable().assign(yielded);
}

/// The states before each chunk that the gradients look at go to channels.
void Differentiator::keepStates() {
  llvm::StringSet<> names;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    names.insert(scan.getArgName(i));
    names.insert(getGradientName(scan.getArgName(i)));
  }
  for (OutputAttr output : scan.getSignature().getOutputs())
    names.insert(getGradientName(output.getName()));
  for (auto [i, state] : llvm::enumerate(back.getStates())) {
    if (state.use_empty())
      continue;
    std::string name = (scan.getName(state) + "_start").str();
    while (!names.insert(name).second)
      name += '_';
    kept.push_back(i);
    channels.push_back(
        ChannelAttr::get(context, name, ShapeKind::State, std::nullopt,
                         cast<RankedTensorType>(state.getType())));
  }
}

/// The states kept, and all that these come of.
void Differentiator::findCarried() {
  SmallVector<BlockArgument> states = scan.getStates();
  DenseSet<Value> sources;
  for (unsigned state : kept)
    sources.insert(states[state]);
  for (size_t size = 0; size != sources.size();) {
    size = sources.size();
    for (auto [state, next] : llvm::zip(states, scan.getNextStates()))
      if (sources.contains(state))
        sources.insert(next);
    addSources(scan.getGraph(), sources);
  }
  for (auto [i, state] : llvm::enumerate(states))
    if (sources.contains(state))
      needed.push_back(i);
}

void Differentiator::keepNextStates() {
  SmallVector<Value> yielded;
  for (unsigned state : needed)
    yielded.push_back(forth.getNextStates()[state]);
  for (unsigned state : kept)
    yielded.push_back(forth.getStates()[state]);
  forth.getYield().getValuesMutable().assign(yielded);
}

/// Makes a scan of the graph of a copy.
void Differentiator::moveGraph(StringRef name, ScanOp from,
                               ArrayRef<Taken> taken,
                               ArrayRef<OutputAttr> outputs, bool isReverse) {
  bool isBack = from == back;
  auto arguments =
      llvm::map_to_vector(taken, [](const Taken &its) { return its.argument; });
  ArrayAttr list = channels.empty() ? ArrayAttr() : b.getArrayAttr(channels);
  auto made = ScanOp::create(
      b, scan.getLoc(), b.getStringAttr(name), scan.getChunkAttr(),
      scan.getKeyDimAttr(), scan.getValueDimAttr(), ScheduleAttr(),
      SignatureAttr::get(context, arguments, outputs),
      isReverse ? b.getUnitAttr() : UnitAttr(), SegmentsAttr(),
      isBack ? list : ArrayAttr(), isBack ? ArrayAttr() : list);
  Block *body = &made.getBody().emplaceBlock();
  auto move = [&](BlockArgument value) {
    value.replaceAllUsesWith(
        body->addArgument(value.getType(), value.getLoc()));
  };
  for (const Taken &argument : taken)
    move(argument.value);
  if (isBack)
    for (unsigned state : kept)
      move(from.getStates()[state]);
  body->getOperations().splice(body->end(), from.getGraph().getOperations());
  from.erase();
}

PlacedOp Differentiator::place() {
  // In the order of the recurrence's signature.
  SmallVector<ArgumentAttr> arguments;
  SmallVector<Taken> forthTakes, backTakes;
  llvm::SmallDenseSet<unsigned> neededStates(needed.begin(), needed.end());
  unsigned state = 0;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    bool isState = scan.getArgKind(i) == ArgKind::State;
    bool isTaken = isState ? neededStates.contains(state++) : isUsed(i);
    if (!isTaken)
      continue;
    arguments.push_back(scan.getArg(i));
    if (forth)
      if (BlockArgument value = forth.getGraph().getArgument(i);
          isState || !value.use_empty())
        forthTakes.push_back({scan.getArg(i), value});
    if (BlockArgument value = back.getGraph().getArgument(i);
        !isState && !value.use_empty())
      backTakes.push_back({scan.getArg(i), value});
  }
  auto take = [&](const Taken &gradient) {
    arguments.push_back(gradient.argument);
    backTakes.push_back(gradient);
  };
  for (const Taken &gradient : outputGradients)
    if (!gradient.value.use_empty())
      take(gradient);
  for (const auto &[state, gradient] : carried)
    take(gradient);
  auto placed = PlacedOp::create(
      b, scan.getLoc(), b.getStringAttr(scan.getSymName() + "_adjoint"),
      scan.getKeyDimAttr(), scan.getValueDimAttr(),
      SignatureAttr::get(context, arguments, results));
  placed.getBody().emplaceBlock();
  b.setInsertionPointToEnd(&placed.getScans());
  if (forth)
    moveGraph("states", forth, forthTakes, {}, /*isReverse=*/false);
  moveGraph("gradients", back, backTakes, results,
            /*isReverse=*/!carried.empty());
  return placed;
}

FailureOr<PlacedOp> Differentiator::run() {
  if (failed(checkNodes()))
    return failure();
  back = cast<ScanOp>(b.clone(*scan));
  goBack();
  clean(back);
  keepStates();
  if (!kept.empty()) {
    findCarried();
    forth = cast<ScanOp>(b.clone(*scan));
    keepNextStates();
    clean(forth);
  }
  return place();
}

FailureOr<PlacedOp> sluice::differentiate(ScanOp scan,
                                          ArrayRef<unsigned> wanted) {
  return Differentiator(scan, wanted).run();
}
