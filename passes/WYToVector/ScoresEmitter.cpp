//===- ScoresEmitter.cpp - products of tokens with earlier ones -----------===//

#include "passes/WYToVector/ScoresEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

void ScoresEmitter::emit(wy::ScoresOp op, const Chunk &chunk) {
  if (b.plan.getChunk() <= kSmallChunk) {
    emitSmall(op, chunk);
  } else if (op.getScheme() == wy::Scheme::Dyadic) {
    emitDyadic(op, chunk);
  } else {
    auto rowAt = [&](size_t state, Value row, Value column) {
      return b.load(b.at(op.getRows()[state], chunk, row, column));
    };
    auto columnAt = [&](size_t state, Value row, Value column) {
      return b.load(b.at(op.getColumns()[state], chunk, row, column));
    };
    b.loop(b.index(0), b.index(b.plan.getPaddedChunk()), 4, [&](Value block) {
      b.loop(b.index(0), block, 4, [&](Value other) {
        emitProducts(op, chunk, {block, other, 4, 4, false}, rowAt, columnAt);
      });
      emitProducts(op, chunk, {block, block, 4, 4, true}, rowAt, columnAt);
    });
    if (op.getScheme() == wy::Scheme::AfterProduct)
      decayAfterProduct(op, chunk);
  }
  if (op.getDiagonal())
    emitDiagonal(op, chunk);
}

void ScoresEmitter::emitDiagonal(wy::ScoresOp op, const Chunk &chunk) {
  b.rows(b.plan.getChunk(), [&](Value row) {
    b.storeScalar(b.loadScalar(op.getDiagonal(), chunk, row),
                  b.at(op.getResult(), chunk, row, row));
  });
}

/// The contracted axis in whole vectors.
int64_t ScoresEmitter::getChannels(wy::ScoresOp op) {
  Axis axis = *b.plan.getShape(op.getRows().front()).axis;
  return (b.plan.dim(axis) + b.lanes - 1) / b.lanes * b.lanes;
}

/// Sums over channels of a block of rows times a block of columns, in
/// registers.
void ScoresEmitter::emitProducts(wy::ScoresOp op, const Chunk &chunk,
                                 const Block &block, RowAt rowAt,
                                 RowAt columnAt) {
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t r = 0; r < block.rows; ++r)
    for (int64_t c = 0; c < (block.isStrict ? r : block.columns); ++c)
      pairs.push_back({r, c});
  if (pairs.empty())
    return;
  Carried sums;
  for (auto [r, c] : pairs)
    sums.add(op, r, c, b.splat(0));
  b.carry(b.index(0), b.index(getChannels(op)), b.lanes, sums,
          [&](Value column) {
            for (size_t state = 0; state < op.getRows().size(); ++state) {
              VectorBuilder::Vectors left, right;
              for (int64_t r = 0; r < block.rows; ++r)
                left.push_back(
                    block.isStrict && r == 0
                        ? Value()
                        : rowAt(state, b.add(block.firstRow, r), column));
              for (int64_t c = 0; c < block.columns; ++c)
                right.push_back(
                    block.isStrict && c == block.columns - 1
                        ? Value()
                        : columnAt(state, b.add(block.firstColumn, c), column));
              for (auto [r, c] : pairs)
                sums.at(op, r, c) = b.fma(left[r], right[c], sums.at(op, r, c));
            }
          });
  for (auto [r, c] : pairs)
    b.storeScalar(b.reduce(sums.at(op, r, c)),
                  b.at(op.getResult(), chunk, b.add(block.firstRow, r),
                       b.add(block.firstColumn, c)));
}

/// A_ts · D(t, s), from the diagonal outwards: D(t, s−1) = D(t, s) f_s.
void ScoresEmitter::decayAfterProduct(wy::ScoresOp op, const Chunk &chunk) {
  GateEmitter::Gate gate = gates.getGate(op.getGate(), *op.getKind());
  b.loop(b.index(1), b.index(b.plan.getChunk()), 1, [&](Value row) {
    b.carry(b.index(0), row, 1, b.number(1), [&](Value i, ValueRange carried) {
      Value last = b.sub(row, b.index(1));
      Value column = b.sub(last, i);
      Value place = b.at(op.getResult(), chunk, row, column);
      b.storeScalar(b.product(b.loadScalar(place), carried[0]), place);
      return VectorBuilder::Vectors{b.product(
          carried[0], gates.loadOne(gate, chunk, column, b.index(0)))};
    });
  });
}

//===----------------------------------------------------------------------===//
// Small chunks
//===----------------------------------------------------------------------===//

/// s < t of a small chunk.
static SmallVector<std::pair<int64_t, int64_t>> getPairs(int64_t count) {
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t t = 1; t < count; ++t)
    for (int64_t s = 0; s < t; ++s)
      pairs.push_back({t, s});
  return pairs;
}

void ScoresEmitter::beginPairs(wy::ScoresOp op, Carried &sums) {
  for (auto [t, s] : getPairs(b.plan.getChunk()))
    sums.add(op, t, s, b.splat(0));
}

/// The levels, with their factors in registers.
void ScoresEmitter::addPairs(wy::ScoresOp op, RowOf rowOf, GateOf gateOf,
                             Carried &sums) {
  int64_t count = b.plan.getChunk();
  size_t n = op.getRows().size();
  SmallVector<VectorBuilder::Vectors> left(count), right(count);
  for (int64_t t = 0; t < count; ++t)
    for (size_t i = 0; i < n; ++i) {
      left[t].push_back(rowOf(op.getRows()[i], t));
      right[t].push_back(rowOf(op.getColumns()[i], t));
    }
  bool isDyadic = op.getScheme() == wy::Scheme::Dyadic;
  SmallVector<GateMatrix> token(count);
  if (isDyadic)
    for (int64_t t = 1; t + 1 < count; ++t)
      token[t] = gateOf(t);
  for (auto [t, s] : getPairs(count)) {
    // The block in which they meet: s in its earlier half, t in its later one,
    // which begins at `middle`.
    int64_t half = 1;
    while (t / (2 * half) != s / (2 * half))
      half *= 2;
    int64_t middle = t / half * half;
    GateMatrix later{n}, earlier{n}; // D(t, middle) and D(middle, s)
    if (isDyadic) {
      for (int64_t u = middle; u < t; ++u)
        later = gates.multiply(token[u], later);
      for (int64_t u = s + 1; u < middle; ++u)
        earlier = gates.multiply(token[u], earlier);
    }
    GateMatrix decay = gates.multiply(later, earlier);
    Value &sum = sums.at(op, t, s);
    for (auto [row, decayed] :
         llvm::zip(left[t], gates.multiplyRight(decay, right[s])))
      sum = b.fma(row, decayed, sum);
  }
}

void ScoresEmitter::endPairs(wy::ScoresOp op, const Chunk &chunk,
                             Carried &sums) {
  int64_t count = b.plan.getChunk();
  SmallVector<Value> factors(count);
  if (op.getScheme() == wy::Scheme::AfterProduct) {
    GateEmitter::Gate gate = gates.getGate(op.getGate(), *op.getKind());
    for (int64_t t = 1; t + 1 < count; ++t)
      factors[t] = gates.loadOne(gate, chunk, b.index(t), b.index(0));
  }
  for (auto [t, s] : getPairs(count)) {
    Value score = b.reduce(sums.at(op, t, s));
    for (int64_t u = t - 1; u > s; --u)
      score = b.product(score, factors[u]);
    b.storeScalar(score, b.at(op.getResult(), chunk, b.index(t), b.index(s)));
  }
}

void ScoresEmitter::emitSmall(wy::ScoresOp op, const Chunk &chunk) {
  Carried sums;
  beginPairs(op, sums);
  if (sums.empty())
    return;
  b.carry(b.index(0), b.index(getChannels(op)), b.lanes, sums,
          [&](Value column) {
            auto rowOf = [&](Value tensor, int64_t row) {
              return b.load(b.at(tensor, chunk, b.index(row), column));
            };
            auto gateOf = [&](int64_t row) {
              return gates.load(gates.getGate(op.getGate(), *op.getKind()),
                                chunk, b.index(row), column);
            };
            addPairs(op, rowOf, gateOf, sums);
          });
  endPairs(op, chunk, sums);
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

/// Puts a ∘ D(t, begin) (later half) or D(end, s) ∘ x (earlier half) for the
/// rows of a half into the temporaries.
void ScoresEmitter::decayRows(wy::ScoresOp op, const GateEmitter::Gate &gate,
                              const Chunk &chunk, Value begin, Value end,
                              bool isLater) {
  size_t n = gate.states;
  auto emitRow = [&](Value i, Value column, const GateMatrix &decay) {
    Value row = b.add(begin, i);
    if (!isLater)
      row = b.sub(b.sub(end, b.index(1)), i);
    VectorBuilder::Vectors vectors;
    for (Value source :
         isLater ? ValueRange(op.getRows()) : ValueRange(op.getColumns()))
      vectors.push_back(b.load(b.at(source, chunk, row, column)));
    VectorBuilder::Vectors decayed = isLater
                                         ? gates.multiplyLeft(vectors, decay)
                                         : gates.multiplyRight(decay, vectors);
    for (auto [j, vector] : llvm::enumerate(decayed))
      b.store(vector, b.at(b.layout.getTemporary(isLater ? j : n + j), chunk,
                           row, column));
    GateMatrix token = gates.load(gate, chunk, row, column);
    for (Value &entry : token.entries)
      entry = b.broadcast(entry);
    return isLater ? gates.multiply(token, decay).entries
                   : gates.multiply(decay, token).entries;
  };
  b.loop(b.index(0), b.index(getChannels(op)), b.lanes, [&](Value column) {
    Value count = b.sub(end, begin);
    b.carry(b.index(0), count, 1, gates.identity(n, false).entries,
            [&](Value i, ValueRange carried) {
              return emitRow(i, column, {n, VectorBuilder::Vectors(carried)});
            });
  });
}

/// Level by level: half = 1, 2, then 4, 8, … in a loop.
void ScoresEmitter::emitDyadic(wy::ScoresOp op, const Chunk &chunk) {
  int64_t count = b.plan.getChunk();
  emitLevel(op, chunk, b.index(1), 1);
  emitLevel(op, chunk, b.index(2), 2);
  int64_t levels = llvm::Log2_64_Ceil(count);
  b.loop(b.index(2), b.index(levels), 1, [&](Value level) {
    Value half = arith::ShLIOp::create(b.builder, b.loc, b.index(1), level);
    emitLevel(op, chunk, half, 4);
  });
}

/// The later half of each block of 2 · half rows with the earlier one, in tiles
/// of rows; `half` is a multiple of `tile`.
void ScoresEmitter::emitLevel(wy::ScoresOp op, const Chunk &chunk, Value half,
                              int64_t tile) {
  GateEmitter::Gate gate = gates.getGate(op.getGate(), *op.getKind());
  size_t n = gate.states;
  auto rowAt = [&](size_t state, Value row, Value column) {
    return b.load(b.at(b.layout.getTemporary(state), chunk, row, column));
  };
  auto columnAt = [&](size_t state, Value row, Value column) {
    return b.load(b.at(b.layout.getTemporary(n + state), chunk, row, column));
  };
  Value count = b.index(b.plan.getChunk());
  Value blocks = b.sub(count, half);
  b.carry(b.index(0), blocks, b.mul(half, 2), {}, [&](Value begin, ValueRange) {
    Value middle = b.add(begin, half);
    Value end = b.min(b.add(middle, half), count);
    decayRows(op, gate, chunk, middle, end, /*isLater=*/true);
    decayRows(op, gate, chunk, begin, middle, /*isLater=*/false);
    // The later half may be short; whole tiles where it is not.
    Value rows = b.sub(end, middle);
    Value rest = arith::RemSIOp::create(b.builder, b.loc, rows, b.index(tile));
    Value wholeEnd = b.sub(end, rest);
    auto emitRows = [&](Value row, int64_t rowCount) {
      b.loop(begin, middle, tile, [&](Value column) {
        emitProducts(op, chunk, {row, column, rowCount, tile, false}, rowAt,
                     columnAt);
      });
    };
    b.loop(middle, wholeEnd, tile, [&](Value row) { emitRows(row, tile); });
    if (b.plan.getChunk() % tile != 0)
      b.loop(wholeEnd, end, 1, [&](Value row) { emitRows(row, 1); });
    return VectorBuilder::Vectors();
  });
}
