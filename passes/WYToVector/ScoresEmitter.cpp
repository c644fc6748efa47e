//===- ScoresEmitter.cpp - products of tokens with earlier ones -----------===//

#include "passes/WYToVector/ScoresEmitter.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

/// Rows and columns of a tile, whose sums are in registers.
static constexpr int64_t kTile = 4;

void ScoresEmitter::emit(wy::ScoresOp op, const Chunk &chunk) {
  bool isPart = op.getMask().has_value();
  if (isPart && b.plan.getStorage(op.getResult()) == op.getResult())
    clear(op, chunk);
  if (b.plan.getChunk() <= kSmallChunk && !isPart)
    emitLeaf(op, chunk, b.index(0));
  else if (op.getScheme() == wy::Scheme::Ungated)
    emitUngated(op, chunk);
  else
    b.loop(b.index(0), b.index(b.plan.getChunk()), getLeaf(op),
           [&](Value first) { emitLeaf(op, chunk, first); });
  if (op.getDiagonal())
    emitDiagonal(op, chunk);
  else if (b.plan.hasMathsOfPairs() && !isPart)
    b.rows(b.plan.getChunk(), [&](Value row) {
      b.storeScalar(b.number(0), b.at(op.getResult(), chunk, row, row));
    });
}

void ScoresEmitter::emitDiagonal(wy::ScoresOp op, const Chunk &chunk) {
  b.rows(b.plan.getChunk(), [&](Value row) {
    b.storeScalar(b.loadScalar(op.getDiagonal(), chunk, row),
                  b.at(op.getResult(), chunk, row, row));
  });
}

/// Zeros where the mask has no pairs, which have no other scores' either.
void ScoresEmitter::clear(wy::ScoresOp op, const Chunk &chunk) {
  const ChunkBuffer &buffer = b.layout.get(op.getResult());
  b.loop(b.index(0), b.index(buffer.rows), 1, [&](Value row) {
    b.loop(b.index(0), b.index(buffer.stride), b.lanes, [&](Value column) {
      b.store(b.splat(0), b.at(op.getResult(), chunk, row, column));
    });
  });
}

/// The contracted axis in whole vectors.
int64_t ScoresEmitter::getContractedSize(wy::ScoresOp op) {
  Axis axis = *b.plan.getShape(op.getRows().front()).axis;
  return (b.plan.dim(axis) + b.lanes - 1) / b.lanes * b.lanes;
}

//===----------------------------------------------------------------------===//
// Without a gate
//===----------------------------------------------------------------------===//

/// Sums over channels, in registers.
void ScoresEmitter::emitTile(wy::ScoresOp op, const Chunk &chunk,
                             const Tile &tile) {
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t r = 0; r < tile.size; ++r)
    for (int64_t c = 0; c < (tile.isStrict ? r : tile.size); ++c)
      pairs.push_back({r, c});
  if (pairs.empty())
    return;
  Carried sums;
  for (auto [r, c] : pairs)
    sums.add(op, r, c, b.splat(0));
  b.carry(b.index(0), b.index(getContractedSize(op)), b.lanes, sums,
          [&](Value start) {
            auto load = [&](Value tensor, Value first, int64_t i) {
              return b.load(b.at(tensor, chunk, b.add(first, i), start));
            };
            for (auto [a, x] : llvm::zip(op.getRows(), op.getColumns())) {
              VectorBuilder::Vectors left(tile.size), right(tile.size);
              for (int64_t r = tile.isStrict; r < tile.size; ++r)
                left[r] = load(a, tile.firstRow, r);
              for (int64_t c = 0; c < tile.size - tile.isStrict; ++c)
                right[c] = load(x, tile.firstColumn, c);
              for (auto [r, c] : pairs)
                sums.at(op, r, c) = b.fma(left[r], right[c], sums.at(op, r, c));
            }
          });
  for (auto [r, c] : pairs)
    b.storeScalar(b.reduce(sums.at(op, r, c)),
                  b.at(op.getResult(), chunk, b.add(tile.firstRow, r),
                       b.add(tile.firstColumn, c)));
}

/// All pairs of the rows from `begin` to `end`, in tiles.
void ScoresEmitter::emitTriangle(wy::ScoresOp op, const Chunk &chunk,
                                 Value begin, Value end, int64_t size) {
  b.loop(begin, end, size, [&](Value row) {
    b.loop(begin, row, size, [&](Value column) {
      emitTile(op, chunk, {row, column, size, false});
    });
    emitTile(op, chunk, {row, row, size, true});
  });
}

/// Tiles may reach past the chunk's last row, but not past its padding.
void ScoresEmitter::emitUngated(wy::ScoresOp op, const Chunk &chunk) {
  Value zero = b.index(0), end = b.index(b.plan.getPaddedChunk());
  if (!op.getMask())
    return emitTriangle(op, chunk, zero, end, kTile);
  int64_t block = op.getMask()->getSize(), size = std::min(block, kTile);
  if (block == 0) // the diagonal
    return;
  if (op.getMask()->getKind() == wy::MaskKind::Inside) {
    b.loop(zero, b.index(b.plan.getChunk()), block, [&](Value begin) {
      emitTriangle(op, chunk, begin, b.min(b.add(begin, block), end), size);
    });
    return;
  }
  b.loop(b.index(block), b.index(b.plan.getChunk()), 2 * block,
         [&](Value middle) {
           Value rowsEnd = b.min(b.add(middle, block), end);
           b.loop(middle, rowsEnd, size, [&](Value row) {
             b.loop(b.sub(middle, b.index(block)), middle, size,
                    [&](Value column) {
                      emitTile(op, chunk, {row, column, size, false});
                    });
           });
         });
}

//===----------------------------------------------------------------------===//
// Pair by pair
//===----------------------------------------------------------------------===//

/// s < t of a few tokens.
static SmallVector<std::pair<int64_t, int64_t>> getPairs(int64_t count) {
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t t = 1; t < count; ++t)
    for (int64_t s = 0; s < t; ++s)
      pairs.push_back({t, s});
  return pairs;
}

int64_t ScoresEmitter::getLeaf(wy::ScoresOp op) {
  return op.getMask() ? op.getMask()->getSize() : b.plan.getChunk();
}

bool ScoresEmitter::isGatedInside(wy::ScoresOp op) {
  return op.getGate().size() > 1 ||
         (op.getGate().size() == 1 &&
          b.plan.getShape(op.getGate().front()).axis.has_value());
}

void ScoresEmitter::beginPairs(wy::ScoresOp op, Carried &sums) {
  for (auto [t, s] : getPairs(getLeaf(op)))
    sums.add(op, t, s, b.splat(0));
}

void ScoresEmitter::addPairs(wy::ScoresOp op, RowOf rowOf, GateOf gateOf,
                             Carried &sums) {
  int64_t count = getLeaf(op);
  size_t n = op.getRows().size();
  SmallVector<VectorBuilder::Vectors> left(count), right(count);
  for (int64_t t = 0; t < count; ++t)
    for (size_t i = 0; i < n; ++i) {
      left[t].push_back(rowOf(op.getRows()[i], t));
      right[t].push_back(rowOf(op.getColumns()[i], t));
    }
  bool isGated = isGatedInside(op);
  SmallVector<GateMatrix> token(count);
  if (isGated)
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
    if (isGated) {
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
                             Value firstToken, Carried &sums) {
  int64_t count = getLeaf(op);
  SmallVector<Value> factors(count);
  if (!op.getGate().empty() && !isGatedInside(op)) {
    GateEmitter::Gate gate = gates.getGate(op.getGate(), *op.getKind());
    for (int64_t t = 1; t + 1 < count; ++t)
      factors[t] = gates.loadOne(gate, chunk, b.add(firstToken, t), b.index(0));
  }
  for (auto [t, s] : getPairs(count)) {
    Value score = b.reduce(sums.at(op, t, s));
    for (int64_t u = t - 1; u > s; --u)
      score = b.product(score, factors[u]);
    b.storeScalar(score, b.at(op.getResult(), chunk, b.add(firstToken, t),
                              b.add(firstToken, s)));
  }
}

void ScoresEmitter::emitLeaf(wy::ScoresOp op, const Chunk &chunk,
                             Value firstToken) {
  Carried sums;
  beginPairs(op, sums);
  if (sums.empty())
    return;
  b.carry(b.index(0), b.index(getContractedSize(op)), b.lanes, sums,
          [&](Value start) {
            auto rowOf = [&](Value tensor, int64_t i) {
              return b.load(b.at(tensor, chunk, b.add(firstToken, i), start));
            };
            auto gateOf = [&](int64_t i) {
              return gates.load(gates.getGate(op.getGate(), *op.getKind()),
                                chunk, b.add(firstToken, i), start);
            };
            addPairs(op, rowOf, gateOf, sums);
          });
  endPairs(op, chunk, firstToken, sums);
}
