//===- ProductEmitter.cpp - what writes give to later reads ---------------===//

#include "passes/WYToVector/ProductEmitter.h"

using namespace mlir;
using namespace sluice;

/// Rows of an unknown or an output kept in registers at once; up to this many
/// tokens code is a straight line.
static constexpr int64_t kBlock = 4, kMostStraight = 8;

void ProductEmitter::emitSum(wy::SumOp op, const Chunk &chunk,
                             const Strip &strip) {
  b.rows(b.plan.getChunk(), [&](Value row) {
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

void ProductEmitter::forRowBlocks(function_ref<void(const RowBlock &)> body) {
  int64_t chunk = b.plan.getChunk();
  if (chunk <= kMostStraight)
    return body({b.index(0), chunk, false});
  int64_t whole = chunk / kBlock * kBlock;
  b.loop(b.index(0), b.index(whole), kBlock,
         [&](Value first) { body({first, kBlock, true}); });
  if (int64_t rest = chunk - whole)
    body({b.index(whole), rest, true});
}

/// A score times a row of vectors.
void ProductEmitter::addRow(Carried &sums, const void *owner, int64_t row,
                            Value score, ArrayRef<Value> vectors) {
  for (auto [v, vector] : llvm::enumerate(vectors)) {
    Value &sum = sums.at(owner, row, static_cast<int64_t>(v));
    sum = b.fma(score, vector, sum);
  }
}

//===----------------------------------------------------------------------===//
// wy.apply
//===----------------------------------------------------------------------===//

static bool hasDiagonal(Value scores) {
  auto op = scores.getDefiningOp<wy::ScoresOp>();
  return !op || op.getDiagonal();
}

void ProductEmitter::emitApply(wy::ApplyOp op, const Chunk &chunk,
                               const Strip &strip) {
  if (!op.getGate().empty())
    return emitGatedApply(op, chunk, strip);
  forRowBlocks(
      [&](const RowBlock &rows) { emitApplyRows(op, chunk, strip, rows); });
}

void ProductEmitter::emitApplyRows(wy::ApplyOp op, const Chunk &chunk,
                                   const Strip &strip, const RowBlock &rows) {
  auto scoreAt = [&](Value row, Value column) {
    return b.loadBroadcast(b.at(op.getScores(), chunk, row, column));
  };
  Carried sums;
  for (int64_t t = 0; t < rows.count; ++t)
    sums.addRow(op, t, Vectors(strip.vectors, b.splat(0)));
  if (rows.hasEarlier)
    b.carry(b.index(0), rows.first, 1, sums, [&](Value s) {
      Vectors y = b.loadRow(op.getValues(), chunk, s, strip);
      for (int64_t t = 0; t < rows.count; ++t)
        addRow(sums, op, t, scoreAt(b.add(rows.first, t), s), y);
    });
  SmallVector<Vectors> y;
  for (int64_t t = 0; t < rows.count; ++t) {
    y.push_back(b.loadRow(op.getValues(), chunk, b.add(rows.first, t), strip));
    for (int64_t s = 0; s < t + (hasDiagonal(op.getScores()) ? 1 : 0); ++s)
      addRow(sums, op, t, scoreAt(b.add(rows.first, t), b.add(rows.first, s)),
             y[s]);
    b.storeRow(op.getResult(), chunk, b.add(rows.first, t), strip,
               sums.getRow(op, t, strip.vectors));
  }
}

/// Row by row; the rows before, with what has decayed since, in a temporary.
void ProductEmitter::emitGatedApply(wy::ApplyOp op, const Chunk &chunk,
                                    const Strip &strip) {
  GateEmitter::Gate gate = gates.getGate(op.getGate(), *op.getKind());
  const ChunkBuffer &decayed = b.layout.getTemporary(0);
  auto emitVector = [&](Value row, Value column) {
    Value factor = b.broadcast(gates.loadOne(gate, chunk, row, column));
    Value own = b.load(b.at(op.getValues(), chunk, row, column));
    Value start = b.splat(0);
    if (hasDiagonal(op.getScores()))
      start = b.fma(b.loadScalar(b.at(op.getScores(), chunk, row, row)), own,
                    start);
    Vectors total =
        b.carry(b.index(0), row, 1, start, [&](Value s, ValueRange carried) {
          Value place = b.at(decayed, chunk, s, column);
          Value y = b.load(place);
          b.store(b.product(y, factor), place);
          Value score = b.loadScalar(b.at(op.getScores(), chunk, row, s));
          return Vectors{b.fma(score, y, carried[0])};
        });
    b.store(own, b.at(decayed, chunk, row, column));
    b.store(total[0], b.at(op.getResult(), chunk, row, column));
  };
  b.loop(b.index(0), b.index(b.plan.getChunk()), 1, [&](Value row) {
    for (int64_t v = 0; v < strip.vectors; ++v)
      emitVector(row, b.add(strip.start, v * b.lanes));
  });
}

//===----------------------------------------------------------------------===//
// wy.solve
//===----------------------------------------------------------------------===//

/// Substitution, a block of rows at a time.
void ProductEmitter::emitSolve(wy::SolveOp op, const Chunk &chunk,
                               const Strip &strip) {
  if (!op.getWeights().empty() || !op.getGates().empty())
    return emitGeneralSolve(op, chunk, strip);
  forRowBlocks(
      [&](const RowBlock &rows) { emitSolveRows(op, chunk, strip, rows); });
}

void ProductEmitter::emitSolveRows(wy::SolveOp op, const Chunk &chunk,
                                   const Strip &strip, const RowBlock &rows) {
  SmallVector<wy::SolveOp::Term> terms = op.getTermList();
  auto scoreAt = [&](const wy::SolveOp::Term &term, int64_t t, Value s) {
    return b.loadBroadcast(b.at(term.scores, chunk, b.add(rows.first, t), s));
  };
  // Rows of each unknown are carried in its name.
  auto unknown = [&](unsigned m) {
    return op.getResults()[m].getAsOpaquePointer();
  };
  Carried sums;
  for (auto [m, rhs] : llvm::enumerate(op.getRhs()))
    for (int64_t t = 0; t < rows.count; ++t)
      sums.addRow(unknown(m), t,
                  b.loadRow(rhs, chunk, b.add(rows.first, t), strip));
  if (rows.hasEarlier)
    b.carry(b.index(0), rows.first, 1, sums, [&](Value s) {
      for (const wy::SolveOp::Term &term : terms) {
        Vectors y = b.loadRow(op.getResults()[term.source], chunk, s, strip);
        for (int64_t t = 0; t < rows.count; ++t)
          addRow(sums, unknown(term.destination), t, scoreAt(term, t, s), y);
      }
    });
  for (int64_t t = 0; t < rows.count; ++t) {
    for (const wy::SolveOp::Term &term : terms)
      for (int64_t s = 0; s < t; ++s)
        addRow(sums, unknown(term.destination), t,
               scoreAt(term, t, b.add(rows.first, s)),
               sums.getRow(unknown(term.source), s, strip.vectors));
    for (auto [m, result] : llvm::enumerate(op.getResults()))
      b.storeRow(result, chunk, b.add(rows.first, t), strip,
                 sums.getRow(unknown(m), t, strip.vectors));
  }
}

/// With weights or gates along the free axis: row by row, each gated term's
/// earlier rows decayed in a temporary of its own.
void ProductEmitter::emitGeneralSolve(wy::SolveOp op, const Chunk &chunk,
                                      const Strip &strip) {
  SmallVector<wy::SolveOp::Term> terms = op.getTermList();
  auto emitVector = [&](Value row, Value column) {
    Vectors solved;
    for (Value rhs : op.getRhs())
      solved.push_back(b.load(b.at(rhs, chunk, row, column)));
    unsigned gated = 0;
    SmallVector<std::pair<unsigned, unsigned>> sources; // temporary, unknown
    for (const wy::SolveOp::Term &term : terms) {
      const ChunkBuffer *decayed = nullptr;
      Value factor;
      if (term.gate) {
        GateEmitter::Gate gate = gates.getGate(term.gate, *op.getKind());
        factor = b.broadcast(gates.loadOne(gate, chunk, row, column));
        sources.push_back({gated, term.source});
        decayed = &b.layout.getTemporary(gated++);
      }
      Vectors total = b.carry(
          b.index(0), row, 1, b.splat(0), [&](Value s, ValueRange carried) {
            Value place =
                decayed ? b.at(*decayed, chunk, s, column)
                        : b.at(op.getResults()[term.source], chunk, s, column);
            Value y = b.load(place);
            if (decayed)
              b.store(b.product(y, factor), place);
            Value score = b.loadScalar(b.at(term.scores, chunk, row, s));
            return Vectors{b.fma(score, y, carried[0])};
          });
      Value weight =
          term.weight ? b.load(b.at(term.weight, chunk, row, column)) : Value();
      solved[term.destination] =
          b.sum(solved[term.destination], b.product(weight, total[0]));
    }
    for (auto [result, vector] : llvm::zip(op.getResults(), solved))
      b.store(vector, b.at(result, chunk, row, column));
    for (auto [temporary, unknown] : sources)
      b.store(solved[unknown],
              b.at(b.layout.getTemporary(temporary), chunk, row, column));
  };
  b.loop(b.index(0), b.index(b.plan.getChunk()), 1, [&](Value row) {
    for (int64_t v = 0; v < strip.vectors; ++v)
      emitVector(row, b.add(strip.start, v * b.lanes));
  });
}
