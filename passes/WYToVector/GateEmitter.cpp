//===- GateEmitter.cpp - gates and their products -------------------------===//

#include "passes/WYToVector/GateEmitter.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

void GateEmitter::emitFactors(const GateKey &key, const Chunk &chunk) {
  if (b.plan.isOnlyGate(key.gate) || b.plan.isFactorInColumnLoop(key.gate))
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
  gate.states = getNumGateStates(tensors);
  gate.isScalar = !b.plan.getShape(tensors.front()).axis;
  for (const GateKey &key : getGateKeys(tensors, kind))
    gate.entries.push_back(&b.layout.getFactors(key));
  return gate;
}

GateMatrix GateEmitter::load(const Gate &gate, const Chunk &chunk, Value row,
                             Value column) {
  GateMatrix token{gate.states};
  for (const ChunkBuffer *entry : gate.entries) {
    Value place = b.at(*entry, chunk, row, column);
    token.entries.push_back(gate.isScalar ? b.loadScalar(place)
                                          : b.load(place));
  }
  return token;
}

Value GateEmitter::loadOne(const Gate &gate, const Chunk &chunk, Value row,
                           Value column) {
  return load(gate, chunk, row, column).get(0, 0);
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

VectorBuilder::Vectors GateEmitter::multiplyLeft(ArrayRef<Value> row,
                                                 const GateMatrix &matrix) {
  if (matrix.isIdentity())
    return VectorBuilder::Vectors(row);
  VectorBuilder::Vectors result(matrix.n);
  for (size_t j = 0; j < matrix.n; ++j)
    for (size_t k = 0; k < matrix.n; ++k)
      result[j] = b.sum(result[j], b.product(row[k], matrix.get(k, j)));
  return result;
}

VectorBuilder::Vectors GateEmitter::multiplyRight(const GateMatrix &matrix,
                                                  ArrayRef<Value> column) {
  if (matrix.isIdentity())
    return VectorBuilder::Vectors(column);
  VectorBuilder::Vectors result(matrix.n);
  for (size_t j = 0; j < matrix.n; ++j)
    for (size_t k = 0; k < matrix.n; ++k)
      result[j] = b.sum(result[j], b.product(matrix.get(j, k), column[k]));
  return result;
}

//===----------------------------------------------------------------------===//
// wy.accumulate
//===----------------------------------------------------------------------===//

void GateEmitter::emitAccumulate(wy::AccumulateOp op, const Chunk &chunk) {
  Gate gate = getGate(op.getGate(), op.getKind());
  if (gate.isScalar)
    return emitAccumulateColumn(op, gate, chunk, b.index(0));
  b.alongPadded(*b.plan.getShape(op.getGate().front()).axis, [&](Value column) {
    emitAccumulateColumn(op, gate, chunk, column);
  });
}

void GateEmitter::emitAccumulateColumn(wy::AccumulateOp op, const Gate &gate,
                                       const Chunk &chunk, Value column) {
  int64_t count = b.plan.getChunk();
  auto put = [&](Value row, ArrayRef<Value> values) {
    for (auto [result, value] : llvm::zip(op.getResults(), values)) {
      Value place = b.at(result, chunk, row, column);
      gate.isScalar ? b.storeScalar(value, place) : b.store(value, place);
    }
  };
  if (op.getRange() == wy::Range::All && op.getKind() == wy::GateKind::Log) {
    Value log = op.getGate().front();
    Value zero = gate.isScalar ? b.number(0) : b.splat(0);
    VectorBuilder::Vectors total =
        b.rows(count, false, zero, [&](Value row, ValueRange sums) {
          Value place = b.at(log, chunk, row, column);
          Value one = gate.isScalar ? b.loadScalar(place) : b.load(place);
          return VectorBuilder::Vectors{b.sum(sums[0], one)};
        });
    return put(b.index(0), b.exponential(total[0]));
  }
  size_t n = gate.states;
  bool isAfter = op.getRange() == wy::Range::After;
  VectorBuilder::Vectors all =
      b.rows(count, isAfter, identity(n, gate.isScalar).entries,
             [&](Value row, ValueRange carried) {
               GateMatrix soFar{n, VectorBuilder::Vectors(carried)};
               if (op.getRange() != wy::Range::All)
                 put(row, soFar.entries);
               GateMatrix token = load(gate, chunk, row, column);
               // Later tokens stand on the left.
               return isAfter ? multiply(soFar, token).entries
                              : multiply(token, soFar).entries;
             });
  if (op.getRange() == wy::Range::All)
    put(b.index(0), all);
}
