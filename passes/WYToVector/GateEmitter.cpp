//===- GateEmitter.cpp - gates and their products -------------------------===//

#include "passes/WYToVector/GateEmitter.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

void GateEmitter::emitFactors(const GateKey &key, const Chunk &chunk) {
  if (b.plan.isOnlyGate(key.gate) || b.plan.isFactorInContractedLoop(key.gate))
    return;
  const ChunkBuffer &buffer = b.layout.getFactors(key);
  std::optional<Axis> axis = b.plan.getShape(key.gate).axis;
  auto factorOf = [&](Value gate) {
    return key.kind == wy::GateKind::Log ? b.exponential(gate) : gate;
  };
  double missing = key.isOneWithoutToken ? 1 : 0;
  b.loop(b.index(0), chunk.count, 1, [&](Value row) {
    if (!axis)
      return b.storeScalar(factorOf(b.loadScalar(key.gate, chunk, row)),
                           b.at(buffer, chunk, row, b.index(0)));
    b.loop(b.index(0), b.index(buffer.stride), b.lanes, [&](Value start) {
      b.store(factorOf(b.load(b.at(key.gate, chunk, row, start))),
              b.at(buffer, chunk, row, start));
    });
  });
  b.loop(chunk.count, b.index(buffer.rows), 1, [&](Value row) {
    if (!axis)
      return b.storeScalar(b.number(missing),
                           b.at(buffer, chunk, row, b.index(0)));
    b.loop(b.index(0), b.index(buffer.stride), b.lanes, [&](Value start) {
      b.store(b.splat(missing), b.at(buffer, chunk, row, start));
    });
  });
}

GateEmitter::Gate GateEmitter::getGate(ValueRange tensors, wy::GateKind kind) {
  Gate gate;
  gate.states = wy::getNumStates(tensors.size());
  gate.isScalar = !b.plan.getShape(tensors.front()).axis;
  for (const GateKey &key : getGateKeys(tensors, kind))
    gate.entries.push_back(&b.layout.getFactors(key));
  return gate;
}

GateMatrix GateEmitter::load(const Gate &gate, const Chunk &chunk, Value row,
                             Value start) {
  GateMatrix token{gate.states};
  for (const ChunkBuffer *entry : gate.entries) {
    Value place = b.at(*entry, chunk, row, start);
    token.entries.push_back(gate.isScalar ? b.loadScalar(place)
                                          : b.load(place));
  }
  return token;
}

Value GateEmitter::loadOne(const Gate &gate, const Chunk &chunk, Value row,
                           Value start) {
  return load(gate, chunk, row, start).get(0, 0);
}

VectorBuilder::Vectors GateEmitter::loadRow(const Gate &gate,
                                            const Chunk &chunk, Value row,
                                            const Strip &strip) {
  if (gate.isScalar)
    return VectorBuilder::Vectors(
        strip.vectors, b.broadcast(loadOne(gate, chunk, row, b.index(0))));
  VectorBuilder::Vectors factors;
  for (int64_t v = 0; v < strip.vectors; ++v)
    factors.push_back(
        loadOne(gate, chunk, row, b.add(strip.start, v * b.lanes)));
  return factors;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

GateMatrix GateEmitter::identity(size_t n, bool isScalar) {
  GateMatrix one{n};
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      one.entries.push_back(isScalar ? b.number(i == j) : b.splat(i == j));
  return one;
}

GateMatrix GateEmitter::multiply(const GateMatrix &a, const GateMatrix &c) {
  if (a.isIdentity() || c.isIdentity())
    return a.isIdentity() ? c : a;
  GateMatrix result{a.n, VectorBuilder::Vectors(a.n * a.n)};
  for (size_t i = 0; i < a.n; ++i)
    for (size_t j = 0; j < a.n; ++j)
      for (size_t k = 0; k < a.n; ++k)
        result.set(
            i, j, b.sum(result.get(i, j), b.product(a.get(i, k), c.get(k, j))));
  return result;
}

VectorBuilder::Vectors GateEmitter::multiplyRight(const GateMatrix &matrix,
                                                  ArrayRef<Value> vectors) {
  if (matrix.isIdentity())
    return VectorBuilder::Vectors(vectors);
  VectorBuilder::Vectors result(matrix.n);
  for (size_t j = 0; j < matrix.n; ++j)
    for (size_t k = 0; k < matrix.n; ++k)
      result[j] = b.sum(result[j], b.product(matrix.get(j, k), vectors[k]));
  return result;
}

//===----------------------------------------------------------------------===//
// wy.accumulate
//===----------------------------------------------------------------------===//

void GateEmitter::emitAccumulate(wy::AccumulateOp op, const Chunk &chunk) {
  Gate gate = getGate(op.getGate(), op.getKind());
  auto emitVector = [&](Value start) {
    if (op.getRange() == wy::Range::All)
      return emitTotal(op, gate, chunk, start);
    forProducts(op, chunk, start, [&](Value row, const GateMatrix &product) {
      storeProduct(op, product, chunk, row, start);
    });
  };
  if (gate.isScalar)
    return emitVector(b.index(0));
  b.alongPadded(*b.plan.getShape(op.getGate().front()).axis, emitVector);
}

void GateEmitter::storeProduct(wy::AccumulateOp op, const GateMatrix &product,
                               const Chunk &chunk, Value row, Value start) {
  for (auto [result, value] : llvm::zip(op.getResults(), product.entries)) {
    Value place = b.at(result, chunk, row, start);
    isa<VectorType>(value.getType()) ? b.store(value, place)
                                     : b.storeScalar(value, place);
  }
}

/// Of the whole chunk.
void GateEmitter::emitTotal(wy::AccumulateOp op, const Gate &gate,
                            const Chunk &chunk, Value start) {
  int64_t count = b.plan.getChunk();
  if (op.getKind() == wy::GateKind::Log) {
    Value zero = gate.isScalar ? b.number(0) : b.splat(0);
    VectorBuilder::Vectors total =
        b.rows(count, false, zero, [&](Value row, ValueRange sums) {
          Value place = b.at(op.getGate().front(), chunk, row, start);
          Value log = gate.isScalar ? b.loadScalar(place) : b.load(place);
          return VectorBuilder::Vectors{b.sum(sums[0], log)};
        });
    return storeProduct(op, {1, {b.exponential(total[0])}}, chunk, b.index(0),
                        start);
  }
  GateMatrix all{
      gate.states,
      b.rows(count, false, identity(gate.states, gate.isScalar).entries,
             [&](Value row, ValueRange carried) {
               GateMatrix soFar{gate.states, VectorBuilder::Vectors(carried)};
               return multiply(load(gate, chunk, row, start), soFar).entries;
             })};
  storeProduct(op, all, chunk, b.index(0), start);
}

/// Block by block, from the gates: one multiplication a row is less than what
/// it takes to keep products of half the block for those of the whole.
void GateEmitter::forProducts(
    wy::AccumulateOp op, const Chunk &chunk, Value start,
    function_ref<void(Value, const GateMatrix &)> body) {
  Gate gate = getGate(op.getGate(), op.getKind());
  int64_t tokens = b.plan.getChunk(), first = 0;
  int64_t size = op.getBlock() ? static_cast<int64_t>(*op.getBlock()) : tokens;
  int64_t step = size;
  bool isAfter = op.getRange() == wy::Range::After;
  auto emitBlock = [&](Value begin, int64_t count) {
    b.rows(count, isAfter, identity(gate.states, gate.isScalar).entries,
           [&](Value i, ValueRange carried) {
             GateMatrix soFar{gate.states, VectorBuilder::Vectors(carried)};
             Value row = b.add(begin, i);
             body(row, soFar);
             GateMatrix token = load(gate, chunk, row, start);
             // Later tokens stand on the left.
             return isAfter ? multiply(soFar, token).entries
                            : multiply(token, soFar).entries;
           });
  };
  // Halves that nobody looks at are left out.
  RowSet wanted = b.plan.getWantedRows(op.getResult(0));
  if (wanted.kind != RowSet::Kind::All && wanted.half == size) {
    step = 2 * size;
    first = wanted.kind == RowSet::Kind::Later ? size : 0;
  }
  int64_t whole = first;
  while (whole + size <= tokens)
    whole += step;
  if (whole == first + step)
    emitBlock(b.index(first), size);
  else if (whole > first)
    b.loop(b.index(first), b.index(whole), step,
           [&](Value begin) { emitBlock(begin, size); });
  if (whole < tokens)
    emitBlock(b.index(whole), tokens - whole);
}
