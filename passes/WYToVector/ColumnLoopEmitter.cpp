//===- ColumnLoopEmitter.cpp - small chunks, column by column -------------===//
//
// What the first phase makes along the inner axis of a chunk of a few tokens,
// in one loop over vectors of columns: factors of gates and their products,
// maths of tokens with its sums, scores, handed from one to the next in
// registers. Only what the panels want is stored.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/DeltaToVector/Elementwise.h"
#include "passes/WYToVector/ChunkEmitter.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

/// The rows of one vector of columns that are in registers.
struct ChunkEmitter::ColumnRows {
  const Chunk &chunk;
  Value column;
  /// Scalars of tokens, broadcast before the loop.
  llvm::DenseMap<std::pair<Value, int64_t>, Value> scalars{};
  llvm::DenseMap<std::pair<Value, int64_t>, Value> vectors{};
  /// By gate of the plan and token.
  llvm::DenseMap<std::pair<size_t, int64_t>, Value> factors{};
};

static bool isReduction(Operation *op) {
  return isa<delta::DotOp, delta::ReduceOp>(op);
}

Value ChunkEmitter::columnRow(Value tensor, int64_t row, ColumnRows &rows) {
  TensorShape shape = plan.getShape(tensor);
  std::pair key(tensor, shape.perToken ? row : 0);
  if (!shape.axis) {
    Value &known = rows.scalars[key];
    if (!known)
      known = loadBroadcast(at(tensor, rows.chunk, index(row), index(0)));
    return known;
  }
  if (Value known = rows.vectors.lookup(key))
    return known;
  auto argument = dyn_cast<BlockArgument>(tensor);
  Value made = argument && !plan.getBuffer(argument)
                   ? argumentRow(argument, row, rows)
                   : load(at(tensor, rows.chunk, index(row), rows.column));
  return rows.vectors[key] = made;
}

/// From memory; zeros for a token that a short chunk does not have.
Value ChunkEmitter::argumentRow(BlockArgument argument, int64_t row,
                                ColumnRows &rows) {
  Axis axis = plan.getInner();
  Value mask = columnMask(axis, rows.column);
  Columns columns{rows.column, mask};
  if (!plan.getShape(argument).perToken)
    return loadArgument(argument, rows.chunk, index(0), &columns);
  Value exists = isLess(index(row), rows.chunk.count);
  Value loaded = loadArgument(argument, rows.chunk,
                              select(exists, index(row), index(0)), &columns);
  return row == 0 ? loaded : select(exists, loaded, splat(0));
}

Value ChunkEmitter::existingRow(Value vector, int64_t row, double missing,
                                ColumnRows &rows) {
  if (row == 0)
    return vector;
  return select(isLess(index(row), rows.chunk.count), vector, splat(missing));
}

Value ChunkEmitter::factorRow(const GateKey &key, int64_t row,
                              ColumnRows &rows) {
  if (!plan.isFactorInColumnLoop(key.gate))
    return broadcast(loadFactor(plan.getFactors(key),
                                !plan.getShape(key.gate).axis, rows.chunk,
                                index(row), rows.column));
  Value &known = rows.factors[{
      llvm::find(plan.getGates(), key) - plan.getGates().begin(), row}];
  if (!known) {
    known = columnRow(key.gate, row, rows);
    if (key.kind == wy::GateKind::Log)
      known = exponential(known);
    if (!plan.isOnlyGate(key.gate))
      known = existingRow(known, row, key.isOneWithoutToken ? 1 : 0, rows);
  }
  return known;
}

void ChunkEmitter::accumulateColumn(wy::AccumulateOp op, ColumnRows &rows) {
  int64_t count = plan.getChunk();
  auto put = [&](int64_t row, ArrayRef<Value> values) {
    for (auto [result, value] : llvm::zip(op.getResults(), values))
      rows.vectors[{result, row}] = value;
  };
  if (op.getRange() == wy::Range::All && op.getKind() == wy::GateKind::Log) {
    Value total;
    for (int64_t t = 0; t < count; ++t)
      total = sum(total, columnRow(op.getGate().front(), t, rows));
    return put(0, exponential(total));
  }
  SmallVector<GateKey> gate = getGateKeys(op.getGate(), op.getKind());
  size_t n = getGate(op.getGate(), op.getKind()).states;
  Vectors identity;
  for (size_t i = 0; i < n * n; ++i)
    identity.push_back(splat(i / n == i % n ? 1 : 0));
  bool isAfter = op.getRange() == wy::Range::After;
  Vectors carried; // empty: the identity
  for (int64_t i = 0; i < count; ++i) {
    int64_t t = isAfter ? count - 1 - i : i;
    if (op.getRange() != wy::Range::All)
      put(t, carried.empty() ? identity : carried);
    Vectors token;
    for (const GateKey &entry : gate)
      token.push_back(factorRow(entry, t, rows));
    carried =
        isAfter ? multiply(carried, token, n) : multiply(token, carried, n);
  }
  if (op.getRange() == wy::Range::All)
    put(0, carried);
}

namespace {
/// What a value is where vectors are zeros: in rows of tokens that a short
/// chunk does not have and past the end of all rows. 0 · ∞ is not 0.
enum class Absent { Zero, Finite, Anything };
} // namespace

/// For all values of the maths.
static llvm::DenseMap<Value, Absent>
findAbsent(wy::TokensOp op, llvm::function_ref<bool(Value)> isZeroTensor) {
  llvm::DenseMap<Value, Absent> found;
  for (auto [argument, input] :
       llvm::zip(op.getStep().getArguments(), op.getInputs()))
    found[argument] = isZeroTensor(input) ? Absent::Zero : Absent::Finite;
  for (Operation &step : op.getStep().without_terminator()) {
    SmallVector<Absent> of;
    for (Value operand : step.getOperands())
      of.push_back(found.lookup(operand));
    auto made =
        llvm::TypeSwitch<Operation *, Absent>(&step)
            .Case<delta::MulOp>([&](auto) {
              return llvm::is_contained(of, Absent::Zero) ? Absent::Zero
                                                          : Absent::Finite;
            })
            .Case<delta::AddOp, delta::SubOp, delta::NegOp>([&](auto) {
              return llvm::all_equal(of) ? of[0] : Absent::Finite;
            })
            .Case<delta::ExpOp>([&](auto) {
              return of[0] == Absent::Zero ? Absent::Finite : Absent::Anything;
            })
            .Case<delta::SigmoidOp, delta::ScaleOp>(
                [](auto) { return Absent::Finite; })
            .Case([](delta::ConstantOp constant) {
              return constant.getValue().isFinite() ? Absent::Finite
                                                    : Absent::Anything;
            })
            .Default(Absent::Anything);
    found[step.getResult(0)] =
        llvm::is_contained(of, Absent::Anything) ? Absent::Anything : made;
  }
  return found;
}

/// Adds to `carried` what the maths sums along the columns: sum after sum, each
/// token by token.
VectorBuilder::Vectors ChunkEmitter::tokenColumn(wy::TokensOp op,
                                                 ColumnRows &rows,
                                                 ValueRange carried) {
  auto isZeroTensor = [&](Value tensor) {
    TensorShape shape = plan.getShape(tensor);
    bool isCleared =
        isa<BlockArgument>(tensor) || tensor.getDefiningOp<wy::TokensOp>();
    return isCleared && shape.perToken && shape.axis &&
           !plan.isOnlyGate(tensor);
  };
  llvm::DenseMap<Value, Absent> absent = findAbsent(op, isZeroTensor);
  Value mask = columnMask(plan.getInner(), rows.column);
  Vectors next(carried);
  for (int64_t t = 0; t < plan.getChunk(); ++t) {
    llvm::DenseMap<Value, Value> made;
    for (auto [argument, input] :
         llvm::zip(op.getStep().getArguments(), op.getInputs()))
      made[argument] = columnRow(input, t, rows);
    int64_t place = t;
    for (Operation &step : op.getStep().without_terminator()) {
      Value result = step.getResult(0);
      if (auto constant = dyn_cast<delta::ConstantOp>(step)) {
        made[result] = splat(constant.getValue().convertToDouble());
        continue;
      }
      if (isa<delta::ScaleOp>(step)) {
        made[result] = broadcast(scale);
        continue;
      }
      Vectors operands;
      for (Value operand : step.getOperands())
        operands.push_back(made[operand]);
      if (!isReduction(&step)) {
        made[result] = emitElementwise(b, loc, &step, operands);
        continue;
      }
      Value reduced = accumulateReduction(&step, operands, next[place]);
      // Elements that do not exist take no part.
      next[place] = mask ? select(mask, reduced, next[place]) : reduced;
      place += plan.getChunk();
    }
    for (auto [value, result] :
         llvm::zip(op.getYield().getValues(), op.getResults())) {
      Value row = made.lookup(value);
      if (!row) // a reduction
        continue;
      double missing = plan.isOnlyGate(result) ? 1 : 0;
      if (missing || absent.lookup(value) != Absent::Zero) {
        row = existingRow(row, t, missing, rows);
        if (mask)
          row = select(mask, row, splat(missing));
      }
      rows.vectors[{result, t}] = row;
    }
  }
  return next;
}

static SmallVector<Operation *> getReductions(wy::TokensOp op) {
  SmallVector<Operation *> reductions;
  for (Operation &step : op.getStep().without_terminator())
    if (isReduction(&step))
      reductions.push_back(&step);
  return reductions;
}

/// After the loop; zeros for tokens that a short chunk does not have.
void ChunkEmitter::storeTokenSums(wy::TokensOp op, const Chunk &chunk,
                                  ValueRange sums) {
  int64_t count = plan.getChunk();
  for (auto [i, reduction] : llvm::enumerate(getReductions(op)))
    for (int64_t t = 0; t < count; ++t) {
      Value total = reduce(sums[i * count + t], getCombiningKind(reduction));
      if (t > 0)
        total = select(isLess(index(t), chunk.count), total, number(0));
      for (auto [value, result] :
           llvm::zip(op.getYield().getValues(), op.getResults()))
        if (value == reduction->getResult(0))
          storeScalar(total, at(result, chunk, index(t), index(0)));
    }
}

void ChunkEmitter::emitColumnLoop(const Chunk &chunk) {
  SmallVector<Operation *> ops;
  Vectors initial;
  int64_t count = plan.getChunk();
  size_t pairs = count * (count - 1) / 2;
  for (Operation &op : scan.getGraph().without_terminator())
    if (plan.isInColumnLoop(&op)) {
      ops.push_back(&op);
      if (isa<wy::ScoresOp>(op))
        initial.append(pairs, splat(0));
      if (auto tokens = dyn_cast<wy::TokensOp>(op))
        for (Operation *reduction : getReductions(tokens))
          initial.append(count, getNeutral(reduction));
    }
  if (ops.empty())
    return;
  ColumnRows outside{chunk, Value()};
  for (Operation *op : ops)
    for (Value operand : op->getOperands())
      if (!plan.getShape(operand).axis && isa<wy::TokensOp>(op))
        for (int64_t t = 0; t < count; ++t)
          columnRow(operand, t, outside);
  Axis axis = plan.getInner();
  Vectors sums =
      carry(index(0), index(plan.paddedDim(axis)), lanes, initial,
            [&](Value column, ValueRange carried) {
              ColumnRows rows{chunk, column, outside.scalars};
              Vectors next;
              for (Operation *op : ops) {
                ValueRange own = carried.drop_front(next.size());
                if (auto score = dyn_cast<wy::ScoresOp>(op)) {
                  SmallVector<GateKey> gate;
                  if (score.getScheme() == wy::Scheme::Dyadic)
                    gate = getGateKeys(score.getGate(), *score.getKind());
                  next.append(addSmallProducts(
                      score,
                      [&](Value tensor, int64_t row) {
                        return columnRow(tensor, row, rows);
                      },
                      [&](size_t entry, int64_t row) {
                        return factorRow(gate[entry], row, rows);
                      },
                      own.take_front(pairs)));
                } else if (auto accumulate = dyn_cast<wy::AccumulateOp>(op)) {
                  accumulateColumn(accumulate, rows);
                } else {
                  auto tokens = cast<wy::TokensOp>(op);
                  next.append(tokenColumn(
                      tokens, rows,
                      own.take_front(getReductions(tokens).size() * count)));
                }
                for (Value result : op->getResults())
                  if (!isa<wy::ScoresOp>(op) && plan.getShape(result).axis &&
                      !plan.isOnlyInColumnLoop(result))
                    for (int64_t t = 0; t < plan.getBuffer(result)->rows; ++t)
                      if (Value row = rows.vectors.lookup({result, t}))
                        store(row, at(result, chunk, index(t), column));
              }
              return next;
            });
  ArrayRef<Value> rest(sums);
  for (Operation *op : ops) {
    if (auto score = dyn_cast<wy::ScoresOp>(op)) {
      storeSmallScores(score, chunk, rest.take_front(pairs));
      rest = rest.drop_front(pairs);
    } else if (auto tokens = dyn_cast<wy::TokensOp>(op)) {
      size_t own = getReductions(tokens).size() * count;
      storeTokenSums(tokens, chunk, rest.take_front(own));
      rest = rest.drop_front(own);
    }
  }
  for (Operation *op : ops)
    if (auto score = dyn_cast<wy::ScoresOp>(op))
      if (score.getDiagonal())
        emitDiagonal(score, chunk);
}
