//===- GraphAdjoint.cpp - gradients by the values of a chunk --------------===//

#include "dialects/WY/GraphAdjoint.h"
#include "dialects/WY/GateLevels.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

TokenTensor GraphAdjoint::getTokens(Value value, Value like) const {
  ChunkShape shape = shapes.get(like);
  if (shape.axis)
    return {value, delta::VecType::get(getContext(), *shape.axis)};
  return {value, delta::ScalarType::get(getContext())};
}

Value GraphAdjoint::map(
    ArrayRef<TokenTensor> inputs,
    llvm::function_ref<Value(OpBuilder &, ValueRange)> body) {
  return mapTokens(b, loc, inputs,
                   [&](OpBuilder &b, ValueRange step) -> SmallVector<Value> {
                     return {body(b, step)};
                   })
      .getResult(0);
}

Value GraphAdjoint::multiply(TokenTensor x, TokenTensor y) {
  return map({x, y}, [&](OpBuilder &b, ValueRange step) -> Value {
    return delta::MulOp::create(b, loc, step[0], step[1]);
  });
}

Value GraphAdjoint::dot(TokenTensor x, TokenTensor y) {
  return map({x, y}, [&](OpBuilder &b, ValueRange step) -> Value {
    return delta::DotOp::create(b, loc, delta::ScalarType::get(getContext()),
                                step[0], step[1]);
  });
}

Value GraphAdjoint::scores(Value rows, Value columns, MaskAttr mask) {
  int64_t tokens = typeOf(rows).getDimSize(0);
  return create<ScoresOp>(
      RankedTensorType::get({tokens, tokens}, b.getF32Type()), rows, columns,
      GateKindAttr(), ValueRange(),
      SchemeAttr::get(getContext(), Scheme::Ungated), Value(), mask);
}

Value GraphAdjoint::update(ValueRange states, ValueRange decays,
                           Value valueDecay, ValueRange writes) {
  RankedTensorType type;
  if (!states.empty())
    type = typeOf(states.front());
  else
    type = RankedTensorType::get(
        {typeOf(writes[0]).getDimSize(1), typeOf(writes[1]).getDimSize(1)},
        b.getF32Type());
  return create<UpdateOp>(type, states, decays, valueDecay, writes);
}

Value GraphAdjoint::makeZeros(Value like) {
  if (shapes.get(like).kind == ShapeKind::State)
    return create<UpdateOp>(like.getType(), ValueRange(), ValueRange(), Value(),
                            ValueRange());
  TokenTensor tokens = getTokens(like);
  return map({}, [&](OpBuilder &b, ValueRange) -> Value {
    Value zero = delta::ConstantOp::create(b, loc, b.getF64FloatAttr(0));
    if (isa<delta::ScalarType>(tokens.token))
      return zero;
    return delta::BroadcastOp::create(b, loc, tokens.token, zero);
  });
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

void GraphAdjoint::add(Value value, llvm::function_ref<Value()> makeTerm) {
  if (isActive(value))
    if (Value term = makeTerm())
      gradients[value].whole.push_back(term);
}

void GraphAdjoint::addDiagonal(Value pairs,
                               llvm::function_ref<Value()> makeTerm) {
  if (isActive(pairs))
    if (Value term = makeTerm())
      gradients[pairs].diagonal.push_back(term);
}

void GraphAdjoint::addRows(Value constant, Value rows) {
  if (isActive(constant))
    gradients[constant].rows.push_back(rows);
}

void GraphAdjoint::addState(Value state, Value gradient, Value key,
                            Value value) {
  if (isActive(state))
    gradients[state].states.push_back({gradient, key, value});
}

void GraphAdjoint::addWrite(Value state, Value x, Value y) {
  if (isActive(state))
    gradients[state].writes.append({x, y});
}

Value GraphAdjoint::sumOf(ValueRange terms) {
  return terms.empty() ? Value() : wy::sumOf(b, loc, terms);
}

/// One update, if the terms have one decay along value, and all of them or none
/// one along key.
Value GraphAdjoint::getStateGradient(const Terms &terms) {
  auto isLikeFirst = [&](const StateTerm &term) {
    const StateTerm &first = terms.states.front();
    return bool(term.key) == bool(first.key) && term.value == first.value;
  };
  SmallVector<Value> states, keys;
  if (llvm::all_of(terms.states, isLikeFirst)) {
    for (const StateTerm &term : terms.states) {
      states.push_back(term.gradient);
      if (term.key)
        keys.push_back(term.key);
    }
    Value valueDecay =
        terms.states.empty() ? Value() : terms.states.front().value;
    // What only went through.
    if (states.size() == 1 && keys.empty() && !valueDecay &&
        terms.writes.empty())
      return states.front();
    return update(states, keys, valueDecay, terms.writes);
  }
  for (const StateTerm &term : terms.states) {
    bool isDecayed = term.key || term.value;
    states.push_back(
        isDecayed ? update(term.gradient,
                           term.key ? ValueRange(term.key) : ValueRange(),
                           term.value, {})
                  : term.gradient);
  }
  return update(states, {}, Value(), terms.writes);
}

Value GraphAdjoint::getGradient(Value value) {
  auto it = gradients.find(value);
  if (it == gradients.end())
    return {};
  Terms terms = it->second;
  if (!terms.states.empty() || !terms.writes.empty())
    return getStateGradient(terms);
  if (!terms.rows.empty())
    terms.whole.push_back(create<TokenSumsOp>(TypeRange(value.getType()),
                                              wy::Range::All, IntegerAttr(),
                                              sumOf(terms.rows), GateKindAttr(),
                                              ValueRange())
                              .getResult(0));
  return sumOf(terms.whole);
}

Value GraphAdjoint::getGradientOrZeros(Value value) {
  Value gradient = getGradient(value);
  return gradient ? gradient : makeZeros(value);
}

Value GraphAdjoint::getDiagonal(Value pairs) {
  auto it = gradients.find(pairs);
  return it == gradients.end() ? Value() : sumOf(it->second.diagonal);
}

Value GraphAdjoint::getRowGradientOrZeros(Value constant) {
  auto it = gradients.find(constant);
  if (it == gradients.end() || it->second.rows.empty())
    return makeZeros(constant);
  return sumOf(it->second.rows);
}

//===----------------------------------------------------------------------===//
// Backwards
//===----------------------------------------------------------------------===//

void GraphAdjoint::goBack(Operation *node) {
  bool hasGradient = llvm::any_of(node->getResults(), [&](Value result) {
    return gradients.contains(result);
  });
  if (!hasGradient)
    return;
  cast<DifferentiableOpInterface>(node).buildAdjoint(*this);
  for (Value result : node->getResults())
    gradients.erase(result);
}

void GraphAdjoint::goBackTo(Operation *origin, Value value, Value gradient) {
  SmallVector<Operation *> between;
  SmallVector<Value> reached{value};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!reached.empty()) {
    Operation *node = reached.pop_back_val().getDefiningOp();
    if (!node || !origin->isBeforeInBlock(node) || !seen.insert(node).second)
      continue;
    between.push_back(node);
    llvm::append_range(reached, node->getOperands());
  }
  llvm::sort(between,
             [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
  held.insert(origin->result_begin(), origin->result_end());
  add(value, [&] { return gradient; });
  for (Operation *node : between)
    goBack(node);
  for (Value result : origin->getResults())
    held.erase(result);
}
