//===- GateEmitter.cpp - gates, their products, scores --------------------===//
//
// Gates are held as factors, one exponential each, and multiplied: every
// product has at most C of them, none above 1 where gates are at most 0. Only
// a whole chunk's decay is the exponential of a sum of logs where logs are at
// hand, because that is what is repeated over a long sequence.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/WYToVector/ChunkEmitter.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

void ChunkEmitter::emitFactors(const GateKey &key, const Chunk &chunk) {
  if (plan.isOnlyGate(key.gate) || plan.isFactorInColumnLoop(key.gate))
    return;
  const ChunkBuffer &buffer = plan.getFactors(key);
  std::optional<Axis> axis = plan.getShape(key.gate).axis;
  auto factorOf = [&](Value gate) {
    return key.kind == wy::GateKind::Log ? exponential(gate) : gate;
  };
  double missing = key.isOneWithoutToken ? 1 : 0;
  loop(index(0), chunk.count, 1, [&](Value row) {
    if (!axis)
      return storeScalar(
          factorOf(loadScalar(at(key.gate, chunk, row, index(0)))),
          at(buffer, chunk, row, index(0)));
    loop(index(0), index(buffer.stride), lanes, [&](Value start) {
      store(factorOf(load(at(key.gate, chunk, row, start))),
            at(buffer, chunk, row, start));
    });
  });
  loop(chunk.count, index(buffer.rows), 1, [&](Value row) {
    if (!axis)
      return storeScalar(number(missing), at(buffer, chunk, row, index(0)));
    loop(index(0), index(buffer.stride), lanes, [&](Value start) {
      store(splat(missing), at(buffer, chunk, row, start));
    });
  });
}

SmallVector<GateKey> ChunkEmitter::getGateKeys(ValueRange tensors,
                                               wy::GateKind kind) {
  size_t n = 1;
  while (n * n < tensors.size())
    ++n;
  SmallVector<GateKey> keys;
  for (auto [i, tensor] : llvm::enumerate(tensors))
    keys.push_back({tensor, kind, i / n == i % n});
  return keys;
}

ChunkEmitter::Gate ChunkEmitter::getGate(ValueRange tensors,
                                         wy::GateKind kind) {
  Gate gate;
  gate.states = 1;
  while (gate.states * gate.states < tensors.size())
    ++gate.states;
  gate.isScalar = !plan.getShape(tensors.front()).axis;
  for (const GateKey &key : getGateKeys(tensors, kind))
    gate.entries.push_back(&plan.getFactors(key));
  return gate;
}

Value ChunkEmitter::loadFactor(const ChunkBuffer &buffer, bool isScalar,
                               const Chunk &chunk, Value row, Value column) {
  Value place = at(buffer, chunk, row, column);
  return isScalar ? loadScalar(place) : load(place);
}

/// The product of two n × n matrices; null entries are 0, all of them null
/// together the identity.
VectorBuilder::Vectors ChunkEmitter::multiply(ArrayRef<Value> a,
                                              ArrayRef<Value> c, size_t n) {
  if (a.empty() || c.empty())
    return Vectors(a.empty() ? c : a);
  Vectors result(n * n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      for (size_t k = 0; k < n; ++k)
        result[i * n + j] =
            sum(result[i * n + j], product(a[i * n + k], c[k * n + j]));
  return result;
}

//===----------------------------------------------------------------------===//
// wy.accumulate
//===----------------------------------------------------------------------===//

void ChunkEmitter::emitAccumulate(wy::AccumulateOp op, const Chunk &chunk) {
  Gate gate = getGate(op.getGate(), op.getKind());
  if (gate.isScalar)
    return emitAccumulateColumn(op, gate, chunk, index(0));
  loop(index(0),
       index(plan.paddedDim(*plan.getShape(op.getGate().front()).axis)), lanes,
       [&](Value column) { emitAccumulateColumn(op, gate, chunk, column); });
}

void ChunkEmitter::emitAccumulateColumn(wy::AccumulateOp op, const Gate &gate,
                                        const Chunk &chunk, Value column) {
  size_t n = gate.states;
  int64_t count = plan.getChunk();
  auto number0 = [&](double x) { return gate.isScalar ? number(x) : splat(x); };
  auto put = [&](Value row, ArrayRef<Value> values) {
    for (auto [result, value] : llvm::zip(op.getResults(), values)) {
      Value place = at(result, chunk, row, column);
      gate.isScalar ? storeScalar(value, place) : store(value, place);
    }
  };
  if (op.getRange() == wy::Range::All && op.getKind() == wy::GateKind::Log) {
    Value log = op.getGate().front();
    Vectors total =
        rows(count, false, number0(0), [&](Value row, ValueRange sums) {
          Value place = at(log, chunk, row, column);
          Value one = gate.isScalar ? loadScalar(place) : load(place);
          return Vectors{sum(sums[0], one)};
        });
    return put(index(0), exponential(total[0]));
  }
  Vectors identity;
  for (size_t i = 0; i < n * n; ++i)
    identity.push_back(number0(i / n == i % n ? 1 : 0));
  bool isAfter = op.getRange() == wy::Range::After;
  Vectors all =
      rows(count, isAfter, identity, [&](Value row, ValueRange carried) {
        if (op.getRange() != wy::Range::All)
          put(row, Vectors(carried));
        Vectors token;
        for (const ChunkBuffer *entry : gate.entries)
          token.push_back(
              loadFactor(*entry, gate.isScalar, chunk, row, column));
        // Later tokens stand on the left.
        return isAfter ? multiply(Vectors(carried), token, n)
                       : multiply(token, Vectors(carried), n);
      });
  if (op.getRange() == wy::Range::All)
    put(index(0), all);
}

//===----------------------------------------------------------------------===//
// wy.scores
//===----------------------------------------------------------------------===//

void ChunkEmitter::emitScores(wy::ScoresOp op, const Chunk &chunk) {
  if (plan.getChunk() <= kSmallChunk) {
    emitSmallScores(op, chunk);
  } else if (op.getScheme() == wy::Scheme::Dyadic) {
    emitDyadicScores(op, chunk);
  } else {
    auto rowAt = [&](size_t state, Value row, Value column) {
      return load(at(op.getRows()[state], chunk, row, column));
    };
    auto columnAt = [&](size_t state, Value row, Value column) {
      return load(at(op.getColumns()[state], chunk, row, column));
    };
    loop(index(0), index(plan.getPaddedChunk()), 4, [&](Value block) {
      loop(index(0), block, 4, [&](Value other) {
        emitProducts(op, chunk, block, other, 4, 4, false, rowAt, columnAt);
      });
      emitProducts(op, chunk, block, block, 4, 4, true, rowAt, columnAt);
    });
    if (op.getScheme() == wy::Scheme::AfterProduct)
      decayAfterProduct(op, chunk);
  }
  if (op.getDiagonal())
    emitDiagonal(op, chunk);
}

void ChunkEmitter::emitDiagonal(wy::ScoresOp op, const Chunk &chunk) {
  rows(plan.getChunk(), [&](Value row) {
    storeScalar(loadScalar(at(op.getDiagonal(), chunk, row, index(0))),
                at(op.getResult(), chunk, row, row));
  });
}

/// Sums over channels of a block of rows times a block of columns, in
/// registers. `isStrict`: below the diagonal only.
void ChunkEmitter::emitProducts(wy::ScoresOp op, const Chunk &chunk,
                                Value firstRow, Value firstColumn,
                                int64_t rowCount, int64_t columnCount,
                                bool isStrict, RowAt rowAt, RowAt columnAt) {
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t r = 0; r < rowCount; ++r)
    for (int64_t c = 0; c < (isStrict ? r : columnCount); ++c)
      pairs.push_back({r, c});
  if (pairs.empty())
    return;
  Axis axis = *plan.getShape(op.getRows().front()).axis;
  Vectors sums = carry(
      index(0), index((plan.dim(axis) + lanes - 1) / lanes * lanes), lanes,
      Vectors(pairs.size(), splat(0)), [&](Value column, ValueRange carried) {
        Vectors next(carried);
        for (size_t state = 0; state < op.getRows().size(); ++state) {
          Vectors left, right;
          for (int64_t r = 0; r < rowCount; ++r)
            left.push_back(isStrict && r == 0
                               ? Value()
                               : rowAt(state, add(firstRow, r), column));
          for (int64_t c = 0; c < columnCount; ++c)
            right.push_back(isStrict && c == columnCount - 1
                                ? Value()
                                : columnAt(state, add(firstColumn, c), column));
          for (auto [i, pair] : llvm::enumerate(pairs))
            next[i] = fma(left[pair.first], right[pair.second], next[i]);
        }
        return next;
      });
  for (auto [pair, total] : llvm::zip(pairs, sums)) {
    storeScalar(reduce(total),
                at(op.getResult(), chunk, add(firstRow, pair.first),
                   add(firstColumn, pair.second)));
  }
}

/// A_ts · D(t, s), from the diagonal outwards: D(t, s−1) = D(t, s) f_s.
void ChunkEmitter::decayAfterProduct(wy::ScoresOp op, const Chunk &chunk) {
  Gate gate = getGate(op.getGate(), *op.getKind());
  loop(index(1), index(plan.getChunk()), 1, [&](Value row) {
    carry(index(0), row, 1, number(1), [&](Value i, ValueRange carried) {
      Value last = arith::SubIOp::create(b, loc, row, index(1));
      Value column = arith::SubIOp::create(b, loc, last, i);
      Value place = at(op.getResult(), chunk, row, column);
      storeScalar(product(loadScalar(place), carried[0]), place);
      return Vectors{product(carried[0], loadScalar(at(*gate.entries[0], chunk,
                                                       column, index(0))))};
    });
  });
}

/// s < t of a small chunk.
static SmallVector<std::pair<int64_t, int64_t>> getPairs(int64_t count) {
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t t = 1; t < count; ++t)
    for (int64_t s = 0; s < t; ++s)
      pairs.push_back({t, s});
  return pairs;
}

/// One vector of channels' share in all pairs of a small chunk: the levels,
/// with their factors in registers.
VectorBuilder::Vectors ChunkEmitter::addSmallProducts(wy::ScoresOp op,
                                                      SmallRow rowOf,
                                                      SmallFactor factorOf,
                                                      ValueRange carried) {
  int64_t count = plan.getChunk();
  size_t n = op.getRows().size();
  SmallVector<Vectors> left(count), right(count), token(count);
  for (int64_t t = 0; t < count; ++t)
    for (size_t i = 0; i < n; ++i) {
      left[t].push_back(rowOf(op.getRows()[i], t));
      right[t].push_back(rowOf(op.getColumns()[i], t));
    }
  bool isDyadic = op.getScheme() == wy::Scheme::Dyadic;
  if (isDyadic)
    for (int64_t t = 1; t + 1 < count; ++t)
      for (size_t entry = 0; entry < n * n; ++entry)
        token[t].push_back(factorOf(entry, t));
  Vectors next(carried);
  for (auto [i, pair] : llvm::enumerate(getPairs(count))) {
    auto [t, s] = pair;
    // The block in which they meet: s in its earlier half, t in its later one,
    // which begins at `middle`.
    int64_t half = 1;
    while (t / (2 * half) != s / (2 * half))
      half *= 2;
    int64_t middle = t / half * half;
    Vectors later, earlier; // D(t, middle) and D(middle, s)
    if (isDyadic) {
      for (int64_t u = middle; u < t; ++u)
        later = multiply(token[u], later, n);
      for (int64_t u = s + 1; u < middle; ++u)
        earlier = multiply(token[u], earlier, n);
    }
    Vectors decays = multiply(later, earlier, n);
    for (size_t to = 0; to < n; ++to) {
      Value decayed = decays.empty() ? right[s][to] : Value();
      for (size_t from = 0; from < n && !decays.empty(); ++from)
        decayed = sum(decayed, product(decays[to * n + from], right[s][from]));
      next[i] = fma(left[t][to], decayed, next[i]);
    }
  }
  return next;
}

/// Sums over lanes; a scalar gate's decays come after the product.
void ChunkEmitter::storeSmallScores(wy::ScoresOp op, const Chunk &chunk,
                                    ValueRange sums) {
  int64_t count = plan.getChunk();
  SmallVector<Value> factors(count);
  if (op.getScheme() == wy::Scheme::AfterProduct) {
    Gate gate = getGate(op.getGate(), *op.getKind());
    for (int64_t t = 1; t + 1 < count; ++t)
      factors[t] =
          loadFactor(*gate.entries[0], true, chunk, index(t), index(0));
  }
  for (auto [pair, total] : llvm::zip(getPairs(count), sums)) {
    auto [t, s] = pair;
    Value score = reduce(total);
    for (int64_t u = t - 1; u > s; --u)
      score = product(score, factors[u]);
    storeScalar(score, at(op.getResult(), chunk, index(t), index(s)));
  }
}

void ChunkEmitter::emitSmallScores(wy::ScoresOp op, const Chunk &chunk) {
  Axis axis = *plan.getShape(op.getRows().front()).axis;
  Vectors zeros(getPairs(plan.getChunk()).size(), splat(0));
  if (zeros.empty())
    return;
  Vectors sums =
      carry(index(0), index((plan.dim(axis) + lanes - 1) / lanes * lanes),
            lanes, zeros, [&](Value column, ValueRange carried) {
              auto rowOf = [&](Value tensor, int64_t row) {
                return load(at(tensor, chunk, index(row), column));
              };
              auto factorOf = [&](size_t entry, int64_t row) {
                Gate gate = getGate(op.getGate(), *op.getKind());
                return loadFactor(*gate.entries[entry], gate.isScalar, chunk,
                                  index(row), column);
              };
              return addSmallProducts(op, rowOf, factorOf, carried);
            });
  storeSmallScores(op, chunk, sums);
}

/// Puts a ∘ D(t, begin) (later half) or D(end, s) ∘ x (earlier half) for the
/// rows of a half into the temporaries.
void ChunkEmitter::decayRows(wy::ScoresOp op, const Gate &gate,
                             const Chunk &chunk, Value begin, Value end,
                             bool isLater) {
  size_t n = gate.states;
  Axis axis = *plan.getShape(op.getRows().front()).axis;
  auto identity = [&] {
    Vectors entries;
    for (size_t i = 0; i < n * n; ++i)
      entries.push_back(splat(i / n == i % n ? 1 : 0));
    return entries;
  };
  loop(
      index(0), index((plan.dim(axis) + lanes - 1) / lanes * lanes), lanes,
      [&](Value column) {
        Value count = arith::SubIOp::create(b, loc, end, begin);
        carry(index(0), count, 1, identity(), [&](Value i, ValueRange carried) {
          Value row = add(begin, i);
          if (!isLater) {
            Value last = arith::SubIOp::create(b, loc, end, index(1));
            row = arith::SubIOp::create(b, loc, last, i);
          }
          ValueRange sources =
              isLater ? ValueRange(op.getRows()) : ValueRange(op.getColumns());
          Vectors vectors, token;
          for (Value source : sources)
            vectors.push_back(load(at(source, chunk, row, column)));
          for (size_t j = 0; j < n; ++j) {
            Value decayed;
            for (size_t k = 0; k < n; ++k)
              decayed = sum(decayed,
                            product(vectors[k], isLater ? carried[k * n + j]
                                                        : carried[j * n + k]));
            store(decayed, at(plan.getTemporary(isLater ? j : n + j), chunk,
                              row, column));
          }
          for (const ChunkBuffer *entry : gate.entries)
            token.push_back(broadcast(
                loadFactor(*entry, gate.isScalar, chunk, row, column)));
          return isLater ? multiply(token, Vectors(carried), n)
                         : multiply(Vectors(carried), token, n);
        });
      });
}

/// Level by level: half = 1, 2, then 4, 8, … in a loop.
void ChunkEmitter::emitDyadicScores(wy::ScoresOp op, const Chunk &chunk) {
  int64_t count = plan.getChunk();
  emitLevel(op, chunk, index(1), 1);
  emitLevel(op, chunk, index(2), 2);
  int64_t levels = llvm::Log2_64_Ceil(count);
  loop(index(2), index(levels), 1, [&](Value level) {
    Value half = arith::ShLIOp::create(b, loc, index(1), level);
    emitLevel(op, chunk, half, 4);
  });
}

/// The later half of each block of 2 · half rows with the earlier one, in tiles
/// of rows; `half` is a multiple of `tile`.
void ChunkEmitter::emitLevel(wy::ScoresOp op, const Chunk &chunk, Value half,
                             int64_t tile) {
  Gate gate = getGate(op.getGate(), *op.getKind());
  size_t n = gate.states;
  auto rowAt = [&](size_t state, Value row, Value column) {
    return load(at(plan.getTemporary(state), chunk, row, column));
  };
  auto columnAt = [&](size_t state, Value row, Value column) {
    return load(at(plan.getTemporary(n + state), chunk, row, column));
  };
  Value count = index(plan.getChunk());
  Value blocks = arith::SubIOp::create(b, loc, count, half);
  carry(index(0), blocks, mul(half, 2), {}, [&](Value begin, ValueRange) {
    Value middle = add(begin, half);
    Value end = min(add(middle, half), count);
    decayRows(op, gate, chunk, middle, end, /*isLater=*/true);
    decayRows(op, gate, chunk, begin, middle, /*isLater=*/false);
    // The later half may be short; whole tiles where it is not.
    Value rows = arith::SubIOp::create(b, loc, end, middle);
    Value rest = arith::RemSIOp::create(b, loc, rows, index(tile));
    Value wholeEnd = arith::SubIOp::create(b, loc, end, rest);
    auto emitRows = [&](Value row, int64_t rowCount) {
      loop(begin, middle, tile, [&](Value column) {
        emitProducts(op, chunk, row, column, rowCount, tile, false, rowAt,
                     columnAt);
      });
    };
    loop(middle, wholeEnd, tile, [&](Value row) { emitRows(row, tile); });
    if (plan.getChunk() % tile != 0)
      loop(wholeEnd, end, 1, [&](Value row) { emitRows(row, 1); });
    return Vectors();
  });
}
