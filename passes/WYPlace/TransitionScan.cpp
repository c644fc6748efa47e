//===- TransitionScan.cpp - the scan of a segment's transition ------------===//
//
// A graph is affine in its states, S ↦ M S + R, and so is a segment: M is its
// transition. The graph's linear part, run from the identity, computes it. It
// has the nodes on the way from the states to the states, without the terms
// that do not depend on them, and with the axis that reads do not contract as
// long as the one that they do: the states are matrices from key to key, or
// from value to value. What these nodes look at that does not depend on the
// states is made as in the scan itself.
//
//===----------------------------------------------------------------------===//

#include "passes/WYPlace/TransitionScan.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/WYPlace/ScanParts.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;
using delta::ArgKind;
using delta::Axis;

BitVector sluice::getReached(const StageCut &cut, unsigned from) {
  ScanOp scan = cut.getScan();
  BitVector reached(scan.getStates().size());
  reached.set(from);
  for (bool grows = true; grows;) {
    grows = false;
    for (auto [i, next] : llvm::enumerate(scan.getNextStates()))
      if (!reached[i] && cut.getStatesOf(next).anyCommon(reached)) {
        reached.set(i);
        grows = true;
      }
  }
  return reached;
}

namespace {
/// The linear part of the maths of a token; null values are zeros.
class LinearTokens {
public:
  /// `linear` has the linear part of an input that depends on the states;
  /// `kept` what stands for another.
  LinearTokens(OpBuilder &b, TokensOp op,
               llvm::function_ref<bool(Value)> depends,
               llvm::function_ref<Value(Value)> linear,
               llvm::function_ref<Value(Value)> kept)
      : b(b), op(op), depends(depends), linear(linear), kept(kept) {}

  /// The results' parts, of types that `typeOf` gives.
  SmallVector<Value> build(llvm::function_ref<Type(Value)> typeOf);

private:
  bool isDependent(Value value) const { return parts.contains(value); }
  Value bind(BlockArgument argument, Value tensor);
  Value keep(Value value);
  Value makePart(Operation &inner);
  Value makeSum(Operation &inner);

  OpBuilder &b;
  TokensOp op;
  llvm::function_ref<bool(Value)> depends;
  llvm::function_ref<Value(Value)> linear, kept;
  Block *step = nullptr;
  OpBuilder::InsertPoint outside;
  SmallVector<Value> inputs;
  /// Of what depends on the states its part, of what does not its copy.
  llvm::DenseMap<Value, Value> parts, copies;
};
} // namespace

Value LinearTokens::bind(BlockArgument argument, Value tensor) {
  inputs.push_back(tensor);
  return step->addArgument(argument.getType(), argument.getLoc());
}

/// A copy of what does not depend on the states.
Value LinearTokens::keep(Value value) {
  if (Value copy = copies.lookup(value))
    return copy;
  Value copy;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    // The tensor may have to be made.
    OpBuilder::InsertionGuard guard(b);
    b.restoreInsertionPoint(outside);
    copy = bind(argument, kept(op.getInputs()[argument.getArgNumber()]));
  } else {
    IRMapping mapping;
    Operation *made = value.getDefiningOp();
    for (Value operand : made->getOperands())
      mapping.map(operand, keep(operand));
    copy = b.clone(*made, mapping)->getResult(0);
  }
  return copies[value] = copy;
}

Value LinearTokens::makeSum(Operation &inner) {
  Value sum;
  for (OpOperand &operand : inner.getOpOperands()) {
    Value term = parts.lookup(operand.get());
    if (!term)
      continue;
    bool isNegative =
        isa<delta::SubOp>(inner) && operand.getOperandNumber() == 1;
    // The other term may have been the vector.
    if (term.getType() != inner.getResult(0).getType())
      term = delta::BroadcastOp::create(b, inner.getLoc(),
                                        inner.getResult(0).getType(), term);
    if (sum && isNegative)
      sum = delta::SubOp::create(b, inner.getLoc(), sum, term);
    else if (sum)
      sum = delta::AddOp::create(b, inner.getLoc(), sum, term);
    else
      sum = isNegative ? Value(delta::NegOp::create(b, inner.getLoc(), term))
                       : term;
  }
  return sum;
}

/// Of an operation that is linear in an operand that depends on the states.
Value LinearTokens::makePart(Operation &inner) {
  if (isa<delta::AddOp, delta::SubOp>(inner))
    return makeSum(inner);
  IRMapping mapping;
  for (Value operand : inner.getOperands()) {
    if (isDependent(operand) && !parts.lookup(operand))
      return Value();
    mapping.map(operand,
                isDependent(operand) ? parts.lookup(operand) : keep(operand));
  }
  return b.clone(inner, mapping)->getResult(0);
}

SmallVector<Value> LinearTokens::build(llvm::function_ref<Type(Value)> typeOf) {
  // Put into the operation when it is known what it binds.
  auto owned = std::make_unique<Block>();
  step = owned.get();
  OpBuilder::InsertionGuard guard(b);
  outside = b.saveInsertionPoint();
  b.setInsertionPointToEnd(step);
  for (auto [argument, input] :
       llvm::zip(op.getStep().getArguments(), op.getInputs())) {
    if (!depends(input))
      continue;
    Value tensor = linear(input);
    parts[argument] = tensor ? bind(argument, tensor) : Value();
  }
  for (Operation &inner : op.getStep().without_terminator())
    if (llvm::any_of(inner.getOperands(),
                     [&](Value operand) { return isDependent(operand); }))
      parts[inner.getResult(0)] = makePart(inner);

  SmallVector<Value> results(op.getNumResults()), yielded;
  SmallVector<Type> types;
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults()))
    if (Value part = parts.lookup(value)) {
      yielded.push_back(part);
      types.push_back(typeOf(result));
    }
  if (yielded.empty())
    return results;
  YieldOp::create(b, op.getLoc(), yielded);
  b.restoreInsertionPoint(outside);
  auto made = TokensOp::create(b, op.getLoc(), types, inputs);
  made.getBody().push_back(owned.release());
  unsigned next = 0;
  for (auto [value, result] : llvm::zip(op.getYield().getValues(), results))
    if (parts.lookup(value))
      result = made.getResult(next++);
  return results;
}

namespace {
/// The scan of a segment's transition from one state. A null value is zero.
class TransitionBuilder {
public:
  TransitionBuilder(OpBuilder &b, const StageCut &cut, unsigned from)
      : b(b), cut(cut), scan(cut.getScan()), shapes(scan), from(from),
        reached(getReached(cut, from)) {}

  FailureOr<ScanOp> build(StringRef name, int64_t tokens,
                          ArrayRef<StringAttr> ends);

private:
  using Kind = Segment::Kind;
  Kind getKind() const { return cut.getSegment().kind; }

  ScanOp buildLinear(StringRef name, int64_t tokens, ArrayRef<StringAttr> ends);
  Type typeOf(Value value) const;
  bool depends(Value value) const { return cut.getStatesOf(value).any(); }
  Value getLinear(Value value) const { return linear.lookup(value); }
  Value getKept(Value value);
  SmallVector<Value> getKept(ValueRange values) {
    return llvm::map_to_vector(values,
                               [&](Value value) { return getKept(value); });
  }
  Value makeZeros(Value like);
  void makeLinear(Operation *op);
  Value makeUpdate(UpdateOp op);
  void makeSolve(SolveOp op);
  LogicalResult checkAxis(ScanOp made);

  OpBuilder &b;
  const StageCut &cut;
  ScanOp scan;
  ChunkShapes shapes;
  unsigned from;
  BitVector reached;
  int64_t keyDim = 0, valueDim = 0;
  IRMapping kept;
  llvm::DenseMap<Value, Value> linear;
};
} // namespace

/// Of the linear part of `value`.
Type TransitionBuilder::typeOf(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  ChunkShape shape = shapes.get(value);
  if (shape.kind == ChunkShape::Kind::State)
    return RankedTensorType::get({keyDim, valueDim}, type.getElementType());
  if (!shape.isTokens() || !shape.axis)
    return type;
  return RankedTensorType::get(
      {type.getDimSize(0), *shape.axis == Axis::Key ? keyDim : valueDim},
      type.getElementType());
}

/// A copy of what does not depend on the states; arguments have theirs.
Value TransitionBuilder::getKept(Value value) {
  if (Value copy = kept.lookupOrNull(value))
    return copy;
  Operation *made = value.getDefiningOp();
  for (Value operand : made->getOperands())
    getKept(operand);
  b.clone(*made, kept);
  return kept.lookup(value);
}

Value TransitionBuilder::makeZeros(Value like) {
  Location loc = like.getLoc();
  auto zeros = TokensOp::create(b, loc, typeOf(like), ValueRange());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&zeros.getBody());
  Value zero = delta::ConstantOp::create(
      b, loc, delta::ScalarType::get(b.getContext()), b.getF64FloatAttr(0));
  zero = delta::BroadcastOp::create(
      b, loc, delta::VecType::get(b.getContext(), *shapes.get(like).axis),
      zero);
  YieldOp::create(b, loc, zero);
  return zeros.getResult(0);
}

Value TransitionBuilder::makeUpdate(UpdateOp op) {
  SmallVector<Value> states, decays, writes;
  for (auto [i, state] : llvm::enumerate(op.getStates())) {
    Value its = getLinear(state);
    if (!its)
      continue;
    states.push_back(its);
    if (!op.getDecays().empty())
      decays.push_back(getKept(op.getDecays()[i]));
  }
  for (unsigned m = 0, e = op.getNumWrites(); m < e; ++m) {
    Value x = op.getAlongKey(m), y = op.getAlongValue(m);
    if (!depends(x) && !depends(y))
      continue;
    x = depends(x) ? getLinear(x) : getKept(x);
    y = depends(y) ? getLinear(y) : getKept(y);
    if (x && y)
      writes.append({x, y});
  }
  if (states.empty() && writes.empty())
    return Value();
  Value valueDecays = op.getValueDecays() && !states.empty()
                          ? getKept(op.getValueDecays())
                          : Value();
  return UpdateOp::create(b, op.getLoc(), typeOf(op.getResult()), states,
                          decays, valueDecays, writes);
}

void TransitionBuilder::makeSolve(SolveOp op) {
  SmallVector<Value> rhs;
  for (Value side : op.getRhs())
    rhs.push_back(depends(side) ? getLinear(side) : Value());
  if (llvm::none_of(rhs, [](Value side) { return side; }))
    return;
  for (auto [side, original] : llvm::zip(rhs, op.getRhs()))
    if (!side)
      side = makeZeros(original);
  SmallVector<Type> types = llvm::map_to_vector(
      op.getResults(), [&](Value result) { return typeOf(result); });
  auto solve = SolveOp::create(
      b, op.getLoc(), types, rhs, getKept(op.getScores()), ValueRange(),
      getKept(op.getGates()), op.getTermsAttr(), op.getWeightedAttr(),
      op.getGatedAttr(), op.getKindAttr());
  for (auto [from, to] : llvm::zip(op.getResults(), solve.getResults()))
    linear[from] = to;
}

/// The classifier has seen to it that there are no others.
void TransitionBuilder::makeLinear(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](ReadOp read) {
        if (Value state = getLinear(read.getState()))
          linear[read] =
              ReadOp::create(b, read.getLoc(), typeOf(read.getResult()),
                             read.getSide(), state, getKept(read.getVectors()));
      })
      .Case([&](SumOp sum) {
        SmallVector<Value> terms;
        for (Value term : sum.getTerms())
          if (Value its = getLinear(term))
            terms.push_back(its);
        if (!terms.empty())
          linear[sum] = SumOp::create(b, sum.getLoc(), terms);
      })
      .Case([&](ApplyOp apply) {
        if (Value values = getLinear(apply.getValues()))
          linear[apply] = ApplyOp::create(
              b, apply.getLoc(), values.getType(), getKept(apply.getScores()),
              values, apply.getKindAttr(), getKept(apply.getGate()),
              apply.getMaskAttr());
      })
      .Case([&](SolveOp solve) { makeSolve(solve); })
      .Case([&](UpdateOp update) { linear[update] = makeUpdate(update); })
      .Case([&](TokensOp tokens) {
        auto isDependent = [&](Value value) { return depends(value); };
        auto linearOf = [&](Value value) { return getLinear(value); };
        auto keptOf = [&](Value value) { return getKept(value); };
        LinearTokens maths(b, tokens, isDependent, linearOf, keptOf);
        SmallVector<Value> results =
            maths.build([&](Value value) { return typeOf(value); });
        for (auto [from, to] : llvm::zip(tokens.getResults(), results))
          linear[from] = to;
      })
      .DefaultUnreachable("nothing else is linear in the states");
}

//===----------------------------------------------------------------------===//
// What does not depend on the states
//===----------------------------------------------------------------------===//

/// Calls `found` for what runs along an axis and does not depend on the states,
/// at an operation that takes or makes it, or one inside `wy.tokens`.
static void findAxes(ScanOp scan,
                     llvm::function_ref<void(Operation *, Axis)> found) {
  ChunkShapes shapes(scan);
  llvm::DenseSet<Value> dependent;
  dependent.insert_range(scan.getStates());
  auto depends = [&](Value value) { return dependent.contains(value); };
  auto visit = [&](Operation *op, Value value) {
    if (std::optional<ChunkShape> shape = shapes.find(value);
        shape && shape->axis && !depends(value))
      found(op, *shape->axis);
  };
  auto visitInside = [&](Operation &inner) {
    for (Type type : inner.getResultTypes())
      if (auto vec = dyn_cast<delta::VecType>(type))
        found(&inner, vec.getAxis());
  };
  for (Operation &op : scan.getGraph().without_terminator()) {
    auto tokens = dyn_cast<TokensOp>(op);
    for (Value operand : op.getOperands())
      visit(&op, operand);
    if (llvm::none_of(op.getOperands(), depends)) {
      for (Value result : op.getResults())
        visit(&op, result);
      if (tokens)
        llvm::for_each(tokens.getStep().without_terminator(), visitInside);
      continue;
    }
    dependent.insert_range(op.getResults());
    if (!tokens)
      continue;
    for (auto [argument, input] :
         llvm::zip(tokens.getStep().getArguments(), tokens.getInputs()))
      if (depends(input))
        dependent.insert(argument);
    for (Operation &inner : tokens.getStep().without_terminator()) {
      if (llvm::any_of(inner.getOperands(), depends))
        dependent.insert_range(inner.getResults());
      else
        visitInside(inner);
    }
  }
}

/// What was kept is as long as it was, so it does not run along the axis that
/// has another size now.
LogicalResult TransitionBuilder::checkAxis(ScanOp made) {
  Axis free = getKind() == Kind::Left ? Axis::Value : Axis::Key;
  Operation *culprit = nullptr;
  findAxes(made, [&](Operation *op, Axis axis) {
    if (axis == free && !culprit)
      culprit = op;
  });
  if (!culprit)
    return success();
  return culprit->emitError()
         << "the transition of @" << scan.getSymName() << " is not a matrix: '"
         << culprit->getName() << "' has a vector along " << stringifyAxis(free)
         << " that does not depend on the states";
}

/// Arguments that are looked at, and the states, in the scan's order.
static void keepArguments(ScanOp made, ScanOp scan,
                          ArrayRef<unsigned> sources) {
  Block &graph = made.getGraph();
  SmallVector<delta::ArgumentAttr> arguments;
  BitVector unused(graph.getNumArguments());
  for (auto [i, source] : llvm::enumerate(sources)) {
    if (graph.getArgument(i).use_empty() &&
        scan.getArgKind(source) != ArgKind::State) {
      unused.set(i);
      continue;
    }
    arguments.push_back(scan.getArg(source));
  }
  graph.eraseArguments(unused);
  made.setSignatureAttr(delta::SignatureAttr::get(made.getContext(), arguments,
                                                  /*outputs=*/{}));
}

/// With states of keyDim × valueDim.
ScanOp TransitionBuilder::buildLinear(StringRef name, int64_t tokens,
                                      ArrayRef<StringAttr> ends) {
  kept.clear();
  linear.clear();
  auto made = ScanOp::create(
      b, scan.getLoc(), b.getStringAttr(name), scan.getChunkAttr(),
      b.getI64IntegerAttr(keyDim), b.getI64IntegerAttr(valueDim),
      scan.getScheduleAttr(),
      delta::SignatureAttr::get(b.getContext(), /*arguments=*/{},
                                /*outputs=*/{}),
      scan.getReverseAttr(), SegmentsAttr(), ArrayAttr(), ArrayAttr());
  OpBuilder::InsertionGuard guard(b);
  Block *graph = b.createBlock(&made.getBody());
  SmallVector<BlockArgument> states = scan.getStates();
  SmallVector<unsigned> sources;
  unsigned start = 0, numStates = 0;
  for (BlockArgument argument : scan.getGraph().getArguments()) {
    unsigned index = argument.getArgNumber();
    if (scan.getArgKind(index) != ArgKind::State) {
      sources.push_back(index);
      kept.map(argument,
               graph->addArgument(argument.getType(), argument.getLoc()));
      continue;
    }
    unsigned state =
        std::distance(states.begin(), llvm::find(states, argument));
    if (!reached[state])
      continue;
    if (state == from)
      start = numStates;
    ++numStates;
    sources.push_back(index);
    linear[argument] = graph->addArgument(typeOf(argument), argument.getLoc());
  }

  for (Operation &op : scan.getGraph().without_terminator())
    if (cut.getStage(&op) == Stage::Scan)
      makeLinear(&op);
  SmallVector<Value> next;
  for (auto [state, after] : llvm::zip(states, scan.getNextStates())) {
    if (!linear.contains(state))
      continue;
    Value value = getLinear(after);
    if (!value) // forgotten
      value = UpdateOp::create(b, scan.getLoc(), typeOf(state), ValueRange(),
                               ValueRange(), Value(), ValueRange());
    next.push_back(value);
  }
  YieldOp::create(b, scan.getLoc(), next);
  made.setSegmentsAttr(SegmentsAttr::get(
      b.getContext(), tokens,
      getKind() == Kind::Decay ? Start::Ones : Start::Identity, start, {},
      ends));

  // Of maths that were kept for one of their results the others go.
  RewritePatternSet patterns(b.getContext());
  TokensOp::getCanonicalizationPatterns(patterns, b.getContext());
  (void)applyPatternsGreedily(made.getBody(), std::move(patterns));
  keepArguments(made, scan, sources);
  return made;
}

FailureOr<ScanOp> TransitionBuilder::build(StringRef name, int64_t tokens,
                                           ArrayRef<StringAttr> ends) {
  keyDim = scan.getKeyDim();
  valueDim = scan.getValueDim();
  if (getKind() == Kind::Left)
    valueDim = keyDim;
  else if (getKind() == Kind::Right)
    keyDim = valueDim;
  ScanOp made = buildLinear(name, tokens, ends);
  if (getKind() != Kind::Decay) {
    if (succeeded(checkAxis(made)))
      return made;
    made.erase();
    return failure();
  }
  // As many numbers as the decays have.
  bool hasKey = false, hasValue = false;
  findAxes(made, [&](Operation *, Axis axis) {
    (axis == Axis::Key ? hasKey : hasValue) = true;
  });
  made.erase();
  keyDim = hasKey ? keyDim : 1;
  valueDim = hasValue ? valueDim : 1;
  return buildLinear(name, tokens, ends);
}

FailureOr<ScanOp> sluice::buildTransition(OpBuilder &b, const StageCut &cut,
                                          unsigned from, StringRef name,
                                          int64_t tokens,
                                          ArrayRef<StringAttr> ends) {
  return TransitionBuilder(b, cut, from).build(name, tokens, ends);
}
