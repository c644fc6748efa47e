//===- ColumnLoopEmitter.cpp - small chunks, column by column -------------===//
//
// What the first phase makes along the inner axis of a chunk of a few tokens,
// in one loop over vectors of columns: products of gates, elementwise maths
// and scores, handed from one to the next in registers. Only what the panels
// want is stored.
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
};

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
  Gate gate = getGate(op.getGate(), op.getKind());
  size_t n = gate.states;
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
    for (const ChunkBuffer *entry : gate.entries)
      token.push_back(broadcast(loadFactor(*entry, gate.isScalar, rows.chunk,
                                           index(t), rows.column)));
    carried =
        isAfter ? multiply(carried, token, n) : multiply(token, carried, n);
  }
  if (op.getRange() == wy::Range::All)
    put(0, carried);
}

/// True if the value is 0 where the rows of its operands are: those of tokens
/// that a short chunk does not have.
static bool isZeroWithoutToken(Value value, wy::TokensOp op,
                               llvm::function_ref<bool(Value)> isZeroTensor) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return isZeroTensor(op.getInputs()[argument.getArgNumber()]);
  auto isZero = [&](Value operand) {
    return isZeroWithoutToken(operand, op, isZeroTensor);
  };
  return llvm::TypeSwitch<Operation *, bool>(value.getDefiningOp())
      .Case<delta::MulOp>([&](auto mul) {
        return isZero(mul.getLhs()) || isZero(mul.getRhs());
      })
      .Case<delta::AddOp, delta::SubOp>([&](auto sum) {
        return isZero(sum.getLhs()) && isZero(sum.getRhs());
      })
      .Case<delta::NegOp>([&](auto neg) { return isZero(neg.getOperand()); })
      .Default([](Operation *) { return false; });
}

void ChunkEmitter::tokenColumn(wy::TokensOp op, ColumnRows &rows) {
  auto isZeroTensor = [&](Value tensor) {
    TensorShape shape = plan.getShape(tensor);
    return shape.perToken && !plan.isOnlyGate(tensor) &&
           !tensor.getDefiningOp<wy::AccumulateOp>();
  };
  for (int64_t t = 0; t < plan.getChunk(); ++t) {
    llvm::DenseMap<Value, Value> made;
    for (auto [argument, input] :
         llvm::zip(op.getStep().getArguments(), op.getInputs()))
      made[argument] = columnRow(input, t, rows);
    for (Operation &step : op.getStep().without_terminator()) {
      Value result = step.getResult(0);
      if (auto constant = dyn_cast<delta::ConstantOp>(step)) {
        made[result] = splat(constant.getValue().convertToDouble());
      } else if (isa<delta::ScaleOp>(step)) {
        made[result] = broadcast(scale);
      } else {
        Vectors operands;
        for (Value operand : step.getOperands())
          operands.push_back(made[operand]);
        made[result] = emitElementwise(b, loc, &step, operands);
      }
    }
    for (auto [value, result] :
         llvm::zip(op.getYield().getValues(), op.getResults())) {
      Value row = made[value];
      if (!isZeroWithoutToken(value, op, isZeroTensor))
        row = select(isLess(index(t), rows.chunk.count), row, splat(0));
      rows.vectors[{result, t}] = row;
    }
  }
}

void ChunkEmitter::emitColumnLoop(const Chunk &chunk) {
  SmallVector<Operation *> ops;
  SmallVector<wy::ScoresOp> scores;
  for (Operation &op : scan.getGraph().without_terminator())
    if (plan.isInColumnLoop(&op)) {
      ops.push_back(&op);
      if (auto score = dyn_cast<wy::ScoresOp>(op))
        scores.push_back(score);
    }
  if (ops.empty())
    return;
  int64_t count = plan.getChunk(), pairs = count * (count - 1) / 2;
  ColumnRows outside{chunk, Value()};
  for (Operation *op : ops)
    for (Value operand : op->getOperands())
      if (!plan.getShape(operand).axis && isa<wy::TokensOp>(op))
        for (int64_t t = 0; t < count; ++t)
          columnRow(operand, t, outside);
  Axis axis = plan.getInner();
  Vectors sums = carry(
      index(0), index(plan.paddedDim(axis)), lanes,
      Vectors(scores.size() * pairs, splat(0)),
      [&](Value column, ValueRange carried) {
        ColumnRows rows{chunk, column, outside.scalars};
        Vectors next;
        for (Operation *op : ops) {
          if (auto score = dyn_cast<wy::ScoresOp>(op)) {
            auto rowOf = [&](Value tensor, int64_t row) {
              return columnRow(tensor, row, rows);
            };
            next.append(addSmallProducts(score, chunk, column, rowOf,
                                         carried.slice(next.size(), pairs)));
          } else if (auto accumulate = dyn_cast<wy::AccumulateOp>(op)) {
            accumulateColumn(accumulate, rows);
          } else {
            tokenColumn(cast<wy::TokensOp>(op), rows);
          }
          for (Value result : op->getResults())
            if (!isa<wy::ScoresOp>(op) && !plan.isOnlyInColumnLoop(result))
              for (int64_t t = 0; t < plan.getBuffer(result)->rows; ++t)
                if (Value row = rows.vectors.lookup({result, t}))
                  store(row, at(result, chunk, index(t), column));
        }
        return next;
      });
  for (auto [i, score] : llvm::enumerate(scores)) {
    storeSmallScores(score, chunk, ArrayRef(sums).slice(i * pairs, pairs));
    if (score.getDiagonal())
      emitDiagonal(score, chunk);
  }
}
