//===- ProductEmitter.cpp - what writes give to later reads ---------------===//

#include "passes/WYToVector/ProductEmitter.h"

using namespace mlir;
using namespace sluice;

void ProductEmitter::emitSum(wy::SumOp op, const Chunk &chunk,
                             const Strip &strip) {
  int64_t rows = b.plan.hasRows(op.getResult()) ? b.plan.getChunk() : 1;
  b.rows(rows, [&](Value row) {
    if (strip.vectors == 0) {
      Value total;
      for (Value term : op.getTerms())
        total = b.sum(total, b.loadScalar(term, chunk, row));
      return b.storeScalar(total, op.getResult(), chunk, row);
    }
    Vectors total(strip.vectors);
    for (Value term : op.getTerms())
      for (auto [sum, vector] :
           llvm::zip(total, b.loadRow(term, chunk, row, strip)))
        sum = b.sum(sum, vector);
    b.storeRow(op.getResult(), chunk, row, strip, total);
  });
}

void ProductEmitter::emitApply(wy::ApplyOp op, const Chunk &chunk,
                               const Strip &strip) {
  if (!op.getGate().empty())
    return emitGated(op, chunk, strip);
  if (op.getMask())
    return emitMasked(op, chunk, strip);
  b.forRowBlocks(
      [&](const RowBlock &rows) { emitRows(op, chunk, strip, rows); });
}

void ProductEmitter::clearRow(wy::ApplyOp op, const Chunk &chunk,
                              const Strip &strip, Value row) {
  b.storeRow(op.getResult(), chunk, row, strip,
             Vectors(strip.vectors, b.splat(0)));
}

/// Blocks of rows may reach past the chunk's last row, but not past its
/// padding.
void ProductEmitter::emitMasked(wy::ApplyOp op, const Chunk &chunk,
                                const Strip &strip) {
  Value zero = b.index(0), end = b.index(b.plan.getPaddedChunk());
  int64_t block = op.getMask()->getSize(),
          size = std::min(block, RowBlock::kRows);
  if (block == 0)
    return b.rows(b.plan.getChunk(), [&](Value row) {
      Value score = b.loadBroadcast(b.at(op.getScores(), chunk, row, row));
      Vectors vectors = b.loadRow(op.getValues(), chunk, row, strip);
      for (Value &vector : vectors)
        vector = b.product(score, vector);
      b.storeRow(op.getResult(), chunk, row, strip, vectors);
    });
  bool isInside = op.getMask()->getKind() == wy::MaskKind::Inside;
  b.loop(zero, b.index(b.plan.getChunk()), isInside ? block : 2 * block,
         [&](Value begin) {
           Value middle = isInside ? begin : b.add(begin, block);
           if (!isInside) // of an earlier half, nothing
             b.loop(begin, b.min(middle, end), 1,
                    [&](Value row) { clearRow(op, chunk, strip, row); });
           b.loop(middle, b.min(b.add(middle, block), end), size,
                  [&](Value first) {
                    emitRows(op, chunk, strip,
                             {first, size, begin, isInside ? first : middle,
                              /*hasOwn=*/isInside});
                  });
         });
}

void ProductEmitter::emitRows(wy::ApplyOp op, const Chunk &chunk,
                              const Strip &strip, const RowBlock &rows) {
  auto scoreAt = [&](int64_t t, Value column) {
    return b.loadBroadcast(
        b.at(op.getScores(), chunk, b.add(rows.first, t), column));
  };
  Carried sums;
  for (int64_t t = 0; t < rows.count; ++t)
    sums.addRow(op, t, Vectors(strip.vectors, b.splat(0)));
  if (rows.from)
    b.carry(rows.from, rows.to, 1, sums, [&](Value s) {
      Vectors y = b.loadRow(op.getValues(), chunk, s, strip);
      for (int64_t t = 0; t < rows.count; ++t)
        b.addScaled(sums, op, t, scoreAt(t, s), y);
    });
  SmallVector<Vectors> y;
  bool hasDiagonal = b.plan.hasDiagonal(op.getScores());
  for (int64_t t = 0; t < rows.count; ++t) {
    Value row = b.add(rows.first, t);
    if (rows.hasOwn)
      y.push_back(b.loadRow(op.getValues(), chunk, row, strip));
    for (int64_t s = 0; rows.hasOwn && s < t + (hasDiagonal ? 1 : 0); ++s)
      b.addScaled(sums, op, t, scoreAt(t, b.add(rows.first, s)), y[s]);
    b.storeRow(op.getResult(), chunk, row, strip,
               sums.getRow(op, t, strip.vectors));
  }
}

/// Leaf by leaf, of a few tokens each.
void ProductEmitter::emitGated(wy::ApplyOp op, const Chunk &chunk,
                               const Strip &strip) {
  int64_t size = op.getMask() ? op.getMask()->getSize() : b.plan.getChunk();
  b.loop(b.index(0), b.index(b.plan.getChunk()), size,
         [&](Value first) { emitGatedRows(op, chunk, strip, first, size); });
}

/// In registers the rows before, with what has decayed since.
void ProductEmitter::emitGatedRows(wy::ApplyOp op, const Chunk &chunk,
                                   const Strip &strip, Value first,
                                   int64_t count) {
  GateEmitter::Gate gate = gates.getGate(op.getGate(), *op.getKind());
  Carried sums;
  SmallVector<Vectors> decayed;
  bool hasDiagonal = b.plan.hasDiagonal(op.getScores());
  for (int64_t t = 0; t < count; ++t) {
    Value row = b.add(first, t);
    sums.addRow(op, t, Vectors(strip.vectors, b.splat(0)));
    decayed.push_back(b.loadRow(op.getValues(), chunk, row, strip));
    for (int64_t s = 0; s < t + (hasDiagonal ? 1 : 0); ++s)
      b.addScaled(
          sums, op, t,
          b.loadBroadcast(b.at(op.getScores(), chunk, row, b.add(first, s))),
          decayed[s]);
    b.storeRow(op.getResult(), chunk, row, strip,
               sums.getRow(op, t, strip.vectors));
    Vectors factor = gates.loadRow(gate, chunk, row, strip);
    for (int64_t s = 0; s < t; ++s)
      for (auto [vector, f] : llvm::zip(decayed[s], factor))
        vector = b.product(vector, f);
  }
}
