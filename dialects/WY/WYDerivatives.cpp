//===- WYDerivatives.cpp - the adjoints of a chunk's nodes ----------------===//
//
// Each as the operation's description states it. Gates of products have been
// spelled out, level by level, before any of these is asked.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/AdjointBuilder.h"
#include "dialects/WY/GateLevels.h"
#include "dialects/WY/GraphAdjoint.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

//===----------------------------------------------------------------------===//
// Token by token
//===----------------------------------------------------------------------===//

/// The values of one token's maths that depend on arguments in `active`.
static DenseSet<Value> findDependents(Block &step, DenseSet<Value> active) {
  for (Operation &op : step.without_terminator())
    if (llvm::any_of(op.getOperands(),
                     [&](Value operand) { return active.contains(operand); }))
      active.insert(op.result_begin(), op.result_end());
  return active;
}

void TokensOp::buildAdjoint(GraphAdjoint &adjoint) {
  // The step once more, then back through it.
  Block &step = getStep();
  SmallVector<TokenTensor> inputs;
  SmallVector<unsigned> wanted;
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    inputs.push_back({input, step.getArgument(i).getType()});
    if (adjoint.isActive(input))
      wanted.push_back(i);
  }
  SmallVector<Value> seeded;
  for (auto [result, value] :
       llvm::zip_equal(getResults(), getYield().getValues()))
    if (Value gradient = adjoint.getGradient(result)) {
      seeded.push_back(value);
      inputs.push_back({gradient, value.getType()});
    }
  SmallVector<unsigned> given;
  auto buildStep = [&](OpBuilder &b, ValueRange arguments) {
    IRMapping copies;
    copies.map(step.getArguments(), arguments.take_front(getInputs().size()));
    DenseSet<Value> active, copied;
    for (unsigned index : wanted)
      active.insert(step.getArgument(index));
    active = findDependents(step, std::move(active));
    for (Operation &op : step.without_terminator())
      b.clone(op, copies);
    for (Value value : active)
      copied.insert(copies.lookup(value));
    delta::AdjointBuilder back(b, getLoc(), copied);
    for (auto [value, gradient] :
         llvm::zip_equal(seeded, arguments.drop_front(getInputs().size())))
      back.accumulate(copies.lookup(value), gradient);
    for (Operation &op : llvm::reverse(step.without_terminator())) {
      Value copy = copies.lookup(op.getResult(0));
      if (back.getGradient(copy))
        cast<delta::DifferentiableOpInterface>(copy.getDefiningOp())
            .buildAdjoint(back);
    }
    SmallVector<Value> gradients;
    for (unsigned index : wanted)
      if (Value gradient = back.getGradient(arguments[index])) {
        given.push_back(index);
        gradients.push_back(gradient);
      }
    return gradients;
  };
  TokensOp map = mapTokens(adjoint.getBuilder(), getLoc(), inputs, buildStep);
  auto holder = cast<ChunkHolderOpInterface>((*this)->getParentOp());
  for (auto [index, rows] : llvm::zip_equal(given, map.getResults())) {
    Value input = getInputs()[index];
    Type token = step.getArgument(index).getType();
    bool hasRows =
        input.getType() == holder.getChunkType(token, delta::ArgKind::VHeads);
    if (hasRows)
      adjoint.add(input, [&] { return rows; });
    else
      adjoint.addRows(input, rows);
  }
}

void SumOp::buildAdjoint(GraphAdjoint &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  Value diagonal = adjoint.getDiagonal(getResult());
  for (Value term : getTerms()) {
    adjoint.add(term, [&] { return gradient; });
    adjoint.addDiagonal(term, [&] { return diagonal; });
  }
}

//===----------------------------------------------------------------------===//
// Products of gates
//===----------------------------------------------------------------------===//

/// Of one gate: what it multiplied, the sum of which is its gradient.
static void accumulateOne(AccumulateOp op, GraphAdjoint &adjoint) {
  Value gate = op.getGate().front(), product = op.getResult(0);
  Value gradient = adjoint.getGradient(product);
  bool isLog = op.getKind() == GateKind::Log;
  TokenTensor products = adjoint.getTokens(product),
              gradients = adjoint.getTokens(gradient, product);
  auto accumulate = [&](wy::Range range) {
    return adjoint.getTokens(
        adjoint
            .create<AccumulateOp>(TypeRange(gate.getType()), range,
                                  op.getKind(), gate)
            .getResult(0),
        gate);
  };
  auto sum = [&](Value terms, wy::Range range, ValueRange gate) {
    return adjoint
        .create<TokenSumsOp>(
            TypeRange(terms.getType()), range, op.getBlockAttr(), terms,
            gate.empty() ? GateKindAttr() : op.getKindAttr(), gate)
        .getResult(0);
  };
  adjoint.add(gate, [&]() -> Value {
    if (op.getRange() == wy::Range::All) {
      Value rows = isLog ? Value()
                         : adjoint.multiply(accumulate(wy::Range::Before),
                                            accumulate(wy::Range::After));
      if (isLog)
        return adjoint.multiply(products, gradients);
      return adjoint.multiply(adjoint.getTokens(rows, gate), gradients);
    }
    wy::Range users = op.getRange() == wy::Range::Before ? wy::Range::After
                                                         : wy::Range::Before;
    if (isLog)
      return sum(adjoint.multiply(products, gradients), users, {});
    Value sums = sum(gradient, users, gate);
    return adjoint.multiply(adjoint.getTokens(sums, gate), products);
  });
}

/// Of n coupled states, with dR the matrix of gradients by a product R:
/// before: (Σ_{u > t} D(u, t)ᵀ dR_u) R_tᵀ, after: R_tᵀ Σ_{s < t} dR_s D(t, s)ᵀ,
/// all: after_tᵀ dR before_tᵀ.
static void accumulateMatrix(AccumulateOp op, GraphAdjoint &adjoint) {
  ValueRange gate = op.getGate();
  auto n = static_cast<size_t>(getNumStates(gate.size()));
  SmallVector<Value> gradients;
  bool isAll = op.getRange() == wy::Range::All;
  TokenTensor like = adjoint.getTokens(gate.front());
  for (Value result : op.getResults()) {
    Value gradient = adjoint.getGradient(result);
    gradients.push_back(gradient ? gradient : adjoint.makeZeros(gate.front()));
  }
  auto tokens = [&](Value value) { return TokenTensor{value, like.token}; };
  using Products = SmallVector<std::pair<TokenTensor, TokenTensor>>;
  auto multiply = [&](auto getLeft, auto getRight) {
    SmallVector<Value> product;
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) {
        Products terms;
        for (size_t k = 0; k < n; ++k)
          terms.push_back({tokens(getLeft(i, k)), tokens(getRight(k, j))});
        product.push_back(
            sumOfProducts(adjoint.getBuilder(), adjoint.getLoc(), terms));
      }
    return product;
  };
  auto entry = [n](ValueRange matrix) {
    return [=](size_t i, size_t j) { return matrix[i * n + j]; };
  };
  auto transposed = [n](ValueRange matrix) {
    return [=](size_t i, size_t j) { return matrix[j * n + i]; };
  };
  SmallVector<Value> result;
  if (isAll) {
    auto make = [&](wy::Range range) {
      return adjoint.create<AccumulateOp>(TypeRange(gate), range, op.getKind(),
                                          gate);
    };
    AccumulateOp before = make(wy::Range::Before),
                 after = make(wy::Range::After);
    SmallVector<Value> left =
        multiply(transposed(after.getResults()), entry(gradients));
    result = multiply(entry(left), transposed(before.getResults()));
  } else {
    bool isBefore = op.getRange() == wy::Range::Before;
    auto sums = adjoint.create<TokenSumsOp>(
        TypeRange(gate), isBefore ? wy::Range::After : wy::Range::Before,
        op.getBlockAttr(), gradients, op.getKindAttr(), gate);
    result =
        isBefore
            ? multiply(entry(sums.getResults()), transposed(op.getResults()))
            : multiply(transposed(op.getResults()), entry(sums.getResults()));
  }
  for (auto [factor, gradient] : llvm::zip_equal(gate, result))
    adjoint.add(factor, [&] { return gradient; });
}

void AccumulateOp::buildAdjoint(GraphAdjoint &adjoint) {
  if (getGate().size() == 1)
    return accumulateOne(*this, adjoint);
  if (llvm::any_of(getGate(), [&](Value g) { return adjoint.isActive(g); }))
    accumulateMatrix(*this, adjoint);
}

//===----------------------------------------------------------------------===//
// Between tokens
//===----------------------------------------------------------------------===//

void ScoresOp::buildAdjoint(GraphAdjoint &adjoint) {
  assert(getGate().empty() && "gates have been spelled out");
  if (getDiagonal())
    adjoint.add(getDiagonal(),
                [&] { return adjoint.getDiagonal(getResult()); });
  Value gradient = adjoint.getGradient(getResult());
  if (!gradient)
    return;
  for (auto [row, column] : llvm::zip_equal(getRows(), getColumns())) {
    adjoint.add(row, [&]() -> Value {
      return adjoint.create<ApplyOp>(gradient, column, getMaskAttr());
    });
    adjoint.add(column, [&]() -> Value {
      return adjoint.create<ApplyTransposedOp>(row.getType(), gradient, row,
                                               getMaskAttr());
    });
  }
}

void ApplyOp::buildAdjoint(GraphAdjoint &adjoint) {
  assert(getGate().empty() && "gates have been spelled out");
  Value gradient = adjoint.getGradient(getResult());
  adjoint.add(getScores(), [&] {
    return adjoint.scores(gradient, getValues(), getMaskAttr());
  });
  if (!getMask() || getMask()->contains(0, 0))
    adjoint.addDiagonal(getScores(), [&] {
      return adjoint.dot(adjoint.getTokens(gradient, getValues()),
                         adjoint.getTokens(getValues()));
    });
  adjoint.add(getValues(), [&]() -> Value {
    return adjoint.create<ApplyTransposedOp>(getType(), getScores(), gradient,
                                             getMaskAttr());
  });
}

void SolveOp::buildAdjoint(GraphAdjoint &adjoint) {
  SmallVector<Value> gradients;
  for (Value result : getResults())
    gradients.push_back(adjoint.getGradientOrZeros(result));
  auto solved = adjoint.create<SolveTransposedOp>(
      getResultTypes(), gradients, getScores(), getWeights(), getGates(),
      getTermsAttr(), getWeightedAttr(), getGatedAttr(), getKindAttr());
  for (auto [rhs, gradient] : llvm::zip_equal(getRhs(), solved.getResults()))
    adjoint.add(rhs, [&] { return gradient; });
  for (auto [i, term] : llvm::enumerate(getTermList())) {
    Value gradient = solved.getResult(term.destination),
          source = getResult(term.source);
    Value residual = adjoint.getResidual(*this, i);
    if (!residual) {
      adjoint.add(term.scores,
                  [&] { return adjoint.scores(gradient, source, MaskAttr()); });
      continue;
    }
    TokenTensor gradients = adjoint.getTokens(gradient, source);
    if (term.weight) {
      adjoint.add(term.weight, [&] {
        return adjoint.multiply(gradients, adjoint.getTokens(residual));
      });
      gradient = adjoint.multiply(gradients, adjoint.getTokens(term.weight));
    }
    adjoint.goBackTo(*this, residual, gradient);
  }
}

//===----------------------------------------------------------------------===//
// Pairs of tokens
//===----------------------------------------------------------------------===//

void DecaysOp::buildAdjoint(GraphAdjoint &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  if (!gradient)
    return;
  adjoint.add(getGate(), [&]() -> Value {
    bool isLog = getKind() == GateKind::Log;
    if (isLog)
      gradient = adjoint.create<ScaleOp>(getType(), gradient, getResult(),
                                         Value(), Value());
    return adjoint.create<PairSumsOp>(
        getGate().getType(), PairSum::Between, gradient,
        isLog ? GateKindAttr() : getKindAttr(), isLog ? Value() : getGate());
  });
}

void ScaleOp::buildAdjoint(GraphAdjoint &adjoint) {
  Value gradient = adjoint.getGradient(getResult()),
        diagonal = adjoint.getDiagonal(getResult());
  auto vector = [&](Value numbers) {
    return TokenTensor{numbers, delta::ScalarType::get(getContext())};
  };
  auto multiply = [&](Value x, Value y) {
    return adjoint.multiply(vector(x), vector(y));
  };
  auto sum = [&](PairSum kind, Value pairs) -> Value {
    auto tokens =
        cast<RankedTensorType>(pairs.getType()).getShape().take_front();
    return adjoint.create<PairSumsOp>(
        RankedTensorType::get(tokens, getType().getElementType()), kind, pairs,
        GateKindAttr(), Value());
  };
  /// All that is multiplied but for one matrix and one vector.
  auto others = [&](Value matrix, Value without) -> Value {
    SmallVector<Value> factors;
    for (Value factor : getFactors())
      if (factor != matrix)
        factors.push_back(factor);
    if (matrix != getScores())
      factors.push_back(getScores());
    return adjoint.create<ScaleOp>(getType(), gradient, factors,
                                   without == getRows() ? Value() : getRows(),
                                   without == getColumns() ? Value()
                                                           : getColumns());
  };
  SmallVector<Value> matrices{getScores()};
  llvm::append_range(matrices, getFactors());
  for (Value matrix : matrices) {
    if (gradient)
      adjoint.add(matrix, [&] { return others(matrix, Value()); });
    if (diagonal)
      adjoint.addDiagonal(matrix, [&] {
        Value product = diagonal;
        for (Value other : matrices)
          // That of decays is 1.
          if (other != matrix && !other.getDefiningOp<DecaysOp>())
            product = multiply(product, sum(PairSum::Diagonal, other));
        for (Value numbers : {getRows(), getColumns()})
          if (numbers)
            product = multiply(product, numbers);
        return product;
      });
  }
  for (bool isRows : {true, false}) {
    Value numbers = isRows ? getRows() : getColumns();
    if (!numbers)
      continue;
    auto kind = isRows ? PairSum::Rows : PairSum::Columns;
    if (gradient)
      adjoint.add(numbers, [&] { return sum(kind, others(Value(), numbers)); });
    if (diagonal)
      adjoint.add(numbers, [&] {
        Value product = diagonal;
        for (Value matrix : matrices)
          product = multiply(product, sum(PairSum::Diagonal, matrix));
        Value other = isRows ? getColumns() : getRows();
        return other ? multiply(product, other) : product;
      });
  }
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

void ReadOp::buildAdjoint(GraphAdjoint &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  bool isLeft = getSide() == Side::Left;
  adjoint.addWrite(getState(), isLeft ? getVectors() : gradient,
                   isLeft ? gradient : getVectors());
  adjoint.add(getVectors(), [&]() -> Value {
    return adjoint.create<ReadOp>(isLeft ? Side::Right : Side::Left, getState(),
                                  gradient);
  });
}

void UpdateOp::buildAdjoint(GraphAdjoint &adjoint) {
  Value gradient = adjoint.getGradient(getResult());
  for (auto [i, state] : llvm::enumerate(getStates()))
    adjoint.addState(state, gradient,
                     getDecays().empty() ? Value() : getDecays()[i],
                     getValueDecays());
  for (unsigned m = 0, e = getNumWrites(); m < e; ++m) {
    adjoint.add(getAlongKey(m), [&]() -> Value {
      return adjoint.create<ReadOp>(Side::Right, gradient, getAlongValue(m));
    });
    adjoint.add(getAlongValue(m), [&]() -> Value {
      return adjoint.create<ReadOp>(Side::Left, gradient, getAlongKey(m));
    });
  }
  auto dot = [&](Value decay, delta::Axis axis, Value a, Value b) -> Value {
    delta::AxisAttr along;
    if (cast<RankedTensorType>(decay.getType()).getRank() == 1)
      along = delta::AxisAttr::get(getContext(), axis);
    return adjoint.create<DotStatesOp>(decay.getType(), along, a, b);
  };
  for (auto [state, decay] : llvm::zip(getStates(), getDecays()))
    adjoint.add(decay, [&] {
      Value decayed = gradient;
      if (getValueDecays())
        decayed = adjoint.update(gradient, {}, getValueDecays(), {});
      return dot(decay, delta::Axis::Key, state, decayed);
    });
  if (getValueDecays() && !getStates().empty())
    adjoint.add(getValueDecays(), [&] {
      Value sum = adjoint.update(getStates(), getDecays(), Value(), {});
      return dot(getValueDecays(), delta::Axis::Value, sum, gradient);
    });
}
