//===- ContractedLoopEmitter.cpp - small chunks in one loop ---------------===//

#include "passes/WYToVector/ContractedLoopEmitter.h"
#include "lib/Algebra/Elementwise.h"
#include "passes/WYToVector/TokenReduction.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

Value ContractedLoopEmitter::rowOf(Value tensor, int64_t row, Rows &rows) {
  wy::ChunkShape shape = b.plan.getShape(tensor);
  RowKey key(tensor, shape.isTokens() ? row : 0);
  if (!shape.axis) {
    Value &known = rows.scalars[key];
    if (!known)
      known = b.broadcast(b.loadScalar(tensor, rows.chunk, b.index(row)));
    return known;
  }
  if (Value known = rows.vectors.lookup(key))
    return known;
  auto argument = dyn_cast<BlockArgument>(tensor);
  Value made = argument && !b.plan.isCopied(argument)
                   ? argumentRow(argument, row, rows)
                   : b.load(b.at(tensor, rows.chunk, b.index(row), rows.start));
  return rows.vectors[key] = made;
}

/// From memory; zeros for a token that a short chunk does not have.
Value ContractedLoopEmitter::argumentRow(BlockArgument argument, int64_t row,
                                         Rows &rows) {
  VectorSpan span{rows.start, b.vectorMask(b.plan.getContracted(), rows.start)};
  if (!b.plan.getShape(argument).isTokens())
    return arguments.loadVector(argument, rows.chunk, b.index(0), span);
  Value exists = b.isLess(b.index(row), rows.chunk.count);
  Value loaded = arguments.loadVector(
      argument, rows.chunk, b.select(exists, b.index(row), b.index(0)), span);
  return row == 0 ? loaded : b.select(exists, loaded, b.splat(0));
}

Value ContractedLoopEmitter::existingRow(Value vector, int64_t row,
                                         double missing, Rows &rows) {
  if (row == 0)
    return vector;
  return b.select(b.isLess(b.index(row), rows.chunk.count), vector,
                  b.splat(missing));
}

Value ContractedLoopEmitter::factorRow(const GateKey &key, int64_t row,
                                       Rows &rows) {
  if (!b.plan.isFactorInContractedLoop(key.gate)) {
    Value place =
        b.at(b.layout.getFactors(key), rows.chunk, b.index(row), rows.start);
    return b.broadcast(b.plan.getShape(key.gate).axis ? b.load(place)
                                                      : b.loadScalar(place));
  }
  Value &known = rows.factors[{b.plan.getGateIndex(key), row}];
  if (!known) {
    known = rowOf(key.gate, row, rows);
    if (key.kind == wy::GateKind::Log)
      known = b.exponential(known);
    if (!b.plan.isOnlyGate(key.gate))
      known = existingRow(known, row, key.isOneWithoutToken ? 1 : 0, rows);
  }
  return known;
}

GateMatrix ContractedLoopEmitter::gateOf(ArrayRef<GateKey> keys, int64_t row,
                                         Rows &rows) {
  GateMatrix token;
  while (token.n * token.n < keys.size())
    ++token.n;
  for (const GateKey &key : keys)
    token.entries.push_back(factorRow(key, row, rows));
  return token;
}

//===----------------------------------------------------------------------===//
// Products of gates
//===----------------------------------------------------------------------===//

void ContractedLoopEmitter::accumulate(wy::AccumulateOp op, Rows &rows) {
  int64_t count = b.plan.getChunk();
  auto put = [&](int64_t row, ArrayRef<Value> values) {
    for (auto [result, value] : llvm::zip(op.getResults(), values))
      rows.vectors[{result, row}] = value;
  };
  if (op.getRange() == wy::Range::All && op.getKind() == wy::GateKind::Log) {
    Value total;
    for (int64_t t = 0; t < count; ++t)
      total = b.sum(total, rowOf(op.getGate().front(), t, rows));
    return put(0, b.exponential(total));
  }
  SmallVector<GateKey> keys = getGateKeys(op.getGate(), op.getKind());
  size_t n = wy::getNumStates(op.getGate().size());
  GateMatrix identity = gates.identity(n, /*isScalar=*/false);
  bool isAfter = op.getRange() == wy::Range::After;
  GateMatrix soFar{n};
  for (int64_t i = 0; i < count; ++i) {
    int64_t t = isAfter ? count - 1 - i : i;
    if (op.getRange() != wy::Range::All)
      put(t, soFar.isIdentity() ? identity.entries : soFar.entries);
    GateMatrix token = gateOf(keys, t, rows);
    soFar =
        isAfter ? gates.multiply(soFar, token) : gates.multiply(token, soFar);
  }
  if (op.getRange() == wy::Range::All)
    put(0, soFar.entries);
}

//===----------------------------------------------------------------------===//
// Per-token maths
//===----------------------------------------------------------------------===//

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

/// Adds to `sums` what the maths sums along the axis.
void ContractedLoopEmitter::emitTokens(wy::TokensOp op, Rows &rows,
                                       Carried &sums) {
  auto isZeroTensor = [&](Value tensor) {
    wy::ChunkShape shape = b.plan.getShape(tensor);
    bool isCleared =
        isa<BlockArgument>(tensor) || tensor.getDefiningOp<wy::TokensOp>();
    return isCleared && shape.isTokens() && shape.axis &&
           !b.plan.isOnlyGate(tensor);
  };
  llvm::DenseMap<Value, Absent> absent = findAbsent(op, isZeroTensor);
  Value mask = b.vectorMask(b.plan.getContracted(), rows.start);
  for (int64_t t = 0; t < b.plan.getChunk(); ++t) {
    llvm::DenseMap<Value, Value> made;
    for (auto [argument, input] :
         llvm::zip(op.getStep().getArguments(), op.getInputs()))
      made[argument] = rowOf(input, t, rows);
    for (Operation &step : op.getStep().without_terminator()) {
      Value result = step.getResult(0);
      if (auto constant = dyn_cast<delta::ConstantOp>(step)) {
        made[result] = b.splat(constant.getValue().convertToDouble());
        continue;
      }
      if (isa<delta::ScaleOp>(step)) {
        made[result] = b.broadcast(b.kernel.scale);
        continue;
      }
      VectorBuilder::Vectors operands;
      for (Value operand : step.getOperands())
        operands.push_back(made[operand]);
      if (!TokenReduction::isOne(&step)) {
        made[result] = emitElementwise(b.builder, b.loc, &step, operands);
        continue;
      }
      Value &sum = sums.at(&step, t, 0);
      Value reduced = TokenReduction(&step).accumulate(b, operands, sum);
      // Elements that do not exist take no part.
      sum = mask ? b.select(mask, reduced, sum) : reduced;
    }
    for (auto [value, result] :
         llvm::zip(op.getYield().getValues(), op.getResults())) {
      Value row = made.lookup(value);
      if (!row) // a reduction
        continue;
      double missing = b.plan.isOnlyGate(result) ? 1 : 0;
      if (missing || absent.lookup(value) != Absent::Zero) {
        row = existingRow(row, t, missing, rows);
        if (mask)
          row = b.select(mask, row, b.splat(missing));
      }
      rows.vectors[{result, t}] = row;
    }
  }
}

static auto getReductions(wy::TokensOp op) {
  return llvm::make_filter_range(
      op.getStep().without_terminator(),
      [](Operation &step) { return TokenReduction::isOne(&step); });
}

/// After the loop; zeros for tokens that a short chunk does not have.
void ContractedLoopEmitter::storeTokenSums(wy::TokensOp op, const Chunk &chunk,
                                           Carried &sums) {
  llvm::DenseMap<Value, SmallVector<Value, 1>> results;
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults()))
    results[value].push_back(result);
  for (Operation &reduction : getReductions(op))
    for (int64_t t = 0; t < b.plan.getChunk(); ++t) {
      Value total =
          TokenReduction(&reduction).finish(b, sums.at(&reduction, t, 0));
      if (t > 0)
        total = b.select(b.isLess(b.index(t), chunk.count), total, b.number(0));
      for (Value result : results.lookup(reduction.getResult(0)))
        b.storeScalar(total, result, chunk, b.index(t));
    }
}

//===----------------------------------------------------------------------===//
// The loop
//===----------------------------------------------------------------------===//

/// Makes one vector of each of a node's rows, and stores those that others look
/// for.
void ContractedLoopEmitter::emitNode(Operation *op, Rows &rows, Carried &sums) {
  if (auto score = dyn_cast<wy::ScoresOp>(op)) {
    SmallVector<GateKey> keys;
    if (scores.isGatedInside(score))
      keys = getGateKeys(score.getGate(), *score.getKind());
    return scores.addPairs(
        score,
        [&](Value tensor, int64_t row) { return rowOf(tensor, row, rows); },
        [&](int64_t row) { return gateOf(keys, row, rows); }, sums);
  }
  if (auto products = dyn_cast<wy::AccumulateOp>(op))
    accumulate(products, rows);
  else
    emitTokens(cast<wy::TokensOp>(op), rows, sums);
  for (Value result : op->getResults())
    if (b.plan.getShape(result).axis && !b.plan.isOnlyInContractedLoop(result))
      for (int64_t t = 0; t < b.layout.get(result).rows; ++t)
        if (Value row = rows.vectors.lookup({result, t}))
          b.store(row, b.at(result, rows.chunk, b.index(t), rows.start));
}

void ContractedLoopEmitter::emit(const Chunk &chunk) {
  int64_t count = b.plan.getChunk();
  SmallVector<Operation *> ops;
  for (Operation &op : b.scan.getGraph().without_terminator())
    if (b.plan.isInContractedLoop(&op))
      ops.push_back(&op);
  if (ops.empty())
    return;
  Carried sums;
  for (Operation *op : ops) {
    if (auto score = dyn_cast<wy::ScoresOp>(op))
      scores.beginPairs(score, sums);
    if (auto tokens = dyn_cast<wy::TokensOp>(op))
      for (Operation &reduction : getReductions(tokens))
        for (int64_t t = 0; t < count; ++t)
          sums.add(&reduction, t, 0, TokenReduction(&reduction).getNeutral(b));
  }
  Rows outside{chunk, Value()};
  for (Operation *op : ops)
    for (Value operand : op->getOperands())
      if (!b.plan.getShape(operand).axis && isa<wy::TokensOp>(op))
        for (int64_t t = 0; t < count; ++t)
          rowOf(operand, t, outside);
  b.carry(b.index(0), b.index(b.plan.paddedDim(b.plan.getContracted())),
          b.lanes, sums, [&](Value start) {
            Rows rows{chunk, start, outside.scalars};
            for (Operation *op : ops)
              emitNode(op, rows, sums);
          });
  for (Operation *op : ops) {
    if (auto score = dyn_cast<wy::ScoresOp>(op))
      scores.endPairs(score, chunk, b.index(0), sums);
    else if (auto tokens = dyn_cast<wy::TokensOp>(op))
      storeTokenSums(tokens, chunk, sums);
  }
  for (Operation *op : ops)
    if (auto score = dyn_cast<wy::ScoresOp>(op))
      if (score.getDiagonal())
        scores.emitDiagonal(score, chunk);
}
