//===- AdjointEmitter.cpp - nodes that only gradients have ----------------===//

#include "passes/WYToVector/AdjointEmitter.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

//===----------------------------------------------------------------------===//
// Transposed products
//===----------------------------------------------------------------------===//

/// `rows` take something of the rows from `from` to `to`, and, with `hasOwn`,
/// of each other.
void AdjointEmitter::emitRows(wy::ApplyTransposedOp op, const Chunk &chunk,
                              const Strip &strip, const RowBlock &rows) {
  auto scoreAt = [&](Value later, int64_t s) {
    return b.loadBroadcast(
        b.at(op.getScores(), chunk, later, b.add(rows.first, s)));
  };
  Carried sums;
  for (int64_t s = 0; s < rows.count; ++s)
    sums.addRow(op, s, Vectors(strip.vectors, b.splat(0)));
  if (rows.from)
    b.carry(rows.from, rows.to, 1, sums, [&](Value t) {
      Vectors y = b.loadRow(op.getValues(), chunk, t, strip);
      for (int64_t s = 0; s < rows.count; ++s)
        b.addScaled(sums, op, s, scoreAt(t, s), y);
    });
  bool hasDiagonal = b.plan.hasDiagonal(op.getScores());
  for (int64_t t = 0; rows.hasOwn && t < rows.count; ++t) {
    Value later = b.add(rows.first, t);
    Vectors y = b.loadRow(op.getValues(), chunk, later, strip);
    for (int64_t s = 0; s < t + (hasDiagonal ? 1 : 0); ++s)
      b.addScaled(sums, op, s, scoreAt(later, s), y);
  }
  for (int64_t s = 0; s < rows.count; ++s)
    b.storeRow(op.getResult(), chunk, b.add(rows.first, s), strip,
               sums.getRow(op, s, strip.vectors));
}

/// Blocks of rows may reach past the chunk's last row, but not past its
/// padding; what is taken is of rows that there are.
void AdjointEmitter::emitApply(wy::ApplyTransposedOp op, const Chunk &chunk,
                               const Strip &strip) {
  int64_t count = b.plan.getChunk();
  Value zero = b.index(0), all = b.index(count),
        end = b.index(b.plan.getPaddedChunk());
  std::optional<wy::MaskAttr> mask = op.getMask();
  if (!mask) {
    if (count <= RowBlock::kMostStraight)
      return emitRows(op, chunk, strip, {zero, count, Value(), Value()});
    int64_t whole = count / RowBlock::kRows * RowBlock::kRows;
    b.loop(zero, b.index(whole), RowBlock::kRows, [&](Value first) {
      emitRows(op, chunk, strip,
               {first, RowBlock::kRows, b.add(first, RowBlock::kRows), all});
    });
    if (count > whole)
      emitRows(op, chunk, strip,
               {b.index(whole), count - whole, Value(), Value()});
    return;
  }
  int64_t block = mask->getSize(), size = std::min(block, RowBlock::kRows);
  auto clear = [&](Value row) {
    b.storeRow(op.getResult(), chunk, row, strip,
               Vectors(strip.vectors, b.splat(0)));
  };
  if (block == 0)
    return b.rows(count, [&](Value row) {
      Value score = b.loadBroadcast(b.at(op.getScores(), chunk, row, row));
      Vectors vectors = b.loadRow(op.getValues(), chunk, row, strip);
      for (Value &vector : vectors)
        vector = b.product(score, vector);
      b.storeRow(op.getResult(), chunk, row, strip, vectors);
    });
  if (mask->getKind() == wy::MaskKind::Inside) {
    b.loop(zero, all, block, [&](Value begin) {
      Value past = b.min(b.add(begin, block), all);
      b.loop(begin, past, 1, [&](Value row) {
        emitRows(op, chunk, strip, {row, 1, b.add(row, 1), past});
      });
    });
    return;
  }
  b.loop(zero, all, 2 * block, [&](Value begin) {
    Value middle = b.min(b.add(begin, block), end);
    Value past = b.min(b.add(begin, 2 * block), all);
    b.loop(begin, middle, size, [&](Value first) {
      emitRows(op, chunk, strip,
               {first, size, b.min(middle, all), past, /*hasOwn=*/false});
    });
    // Of a later half, nothing.
    b.loop(middle, b.min(b.add(begin, 2 * block), end), 1, clear);
  });
}

//===----------------------------------------------------------------------===//
// Transposed systems
//===----------------------------------------------------------------------===//

/// One row of every unknown, from those behind it.
void AdjointEmitter::emitSystemRow(wy::SolveTransposedOp op, const Chunk &chunk,
                                   const Strip &strip, Value row) {
  SmallVector<wy::SystemTerm> terms = op.getTermList();
  Carried sums;
  for (auto [m, rhs] : llvm::enumerate(op.getRhs()))
    sums.addRow(op, static_cast<int64_t>(m), b.loadRow(rhs, chunk, row, strip));
  for (const wy::SystemTerm &term : terms)
    if (term.gate)
      sums.addRow(&term, 0, Vectors(strip.vectors, b.splat(1)));
  b.carry(b.add(row, 1), b.index(b.plan.getChunk()), 1, sums, [&](Value t) {
    for (const wy::SystemTerm &term : terms) {
      Vectors x = b.loadRow(op.getResults()[term.destination], chunk, t, strip);
      Vectors weight(strip.vectors), factors(strip.vectors);
      if (term.weight)
        weight = b.loadRow(term.weight, chunk, t, strip);
      if (term.gate)
        factors = gates.loadRow(gates.getGate(term.gate, *op.getKind()), chunk,
                                t, strip);
      for (int64_t v = 0; v < strip.vectors; ++v) {
        x[v] = b.product(x[v], weight[v]);
        if (!term.gate)
          continue;
        Value &decay = sums.at(&term, 0, v);
        x[v] = b.product(x[v], decay);
        decay = b.product(decay, factors[v]);
      }
      b.addScaled(sums, op, term.source,
                  b.loadBroadcast(b.at(term.scores, chunk, t, row)), x);
    }
  });
  for (auto [m, result] : llvm::enumerate(op.getResults()))
    b.storeRow(result, chunk, row, strip,
               sums.getRow(op, static_cast<int64_t>(m), strip.vectors));
}

void AdjointEmitter::emitSolve(wy::SolveTransposedOp op, const Chunk &chunk,
                               const Strip &strip) {
  int64_t count = b.plan.getChunk();
  b.loop(b.index(0), b.index(count), 1, [&](Value i) {
    emitSystemRow(op, chunk, strip, b.sub(b.index(count - 1), i));
  });
}

//===----------------------------------------------------------------------===//
// Sums over tokens
//===----------------------------------------------------------------------===//

Value AdjointEmitter::load(Value tensor, const Chunk &chunk, Value row,
                           Value start) {
  Value place = b.at(tensor, chunk, row, start ? start : b.index(0));
  return start ? b.load(place) : b.loadScalar(place);
}

void AdjointEmitter::store(Value value, Value tensor, const Chunk &chunk,
                           Value row, Value start) {
  Value place = b.at(tensor, chunk, row, start ? start : b.index(0));
  return start ? b.store(value, place) : b.storeScalar(value, place);
}

/// The vectors that begin at `start`; numbers without it.
void AdjointEmitter::emitSumsAlong(wy::TokenSumsOp op, const Chunk &chunk,
                                   Value start) {
  int64_t count = b.plan.getChunk();
  auto n = static_cast<size_t>(wy::getNumStates(op.getTerms().size()));
  auto loadTerms = [&](Value row) {
    GateMatrix terms{n};
    for (Value term : op.getTerms())
      terms.entries.push_back(load(term, chunk, row, start));
    return terms;
  };
  Vectors zeros(op.getTerms().size(), start ? b.splat(0) : b.number(0));
  if (op.getRange() == wy::Range::All) {
    Vectors sums = b.carry(b.index(0), chunk.count, 1, zeros,
                           [&](Value row, ValueRange carried) {
                             Vectors next = loadTerms(row).entries;
                             for (auto [sum, before] : llvm::zip(next, carried))
                               sum = b.sum(before, sum);
                             return next;
                           });
    for (auto [sum, result] : llvm::zip(sums, op.getResults()))
      store(sum, result, chunk, b.index(0), start);
    return;
  }
  bool isAfter = op.getRange() == wy::Range::After;
  auto addToken = [&](const Vectors &sums, Value row) {
    GateMatrix passed{n, sums};
    if (!op.getGate().empty()) {
      GateMatrix gate = gates.load(gates.getGate(op.getGate(), *op.getKind()),
                                   chunk, row, start ? start : b.index(0));
      GateMatrix transposed{n, Vectors(n * n)};
      for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j)
          transposed.set(i, j, gate.get(j, i));
      passed = isAfter ? gates.multiply(transposed, passed)
                       : gates.multiply(passed, transposed);
    }
    Vectors next = loadTerms(row).entries;
    for (auto [sum, before] : llvm::zip(next, passed.entries))
      sum = b.sum(before, sum);
    return next;
  };
  auto emitBlock = [&](Value begin, Value size) {
    b.carry(b.index(0), size, 1, zeros, [&](Value i, ValueRange carried) {
      Value row = isAfter ? b.sub(b.add(begin, b.sub(size, b.index(1))), i)
                          : b.add(begin, i);
      for (auto [sum, result] : llvm::zip(carried, op.getResults()))
        store(sum, result, chunk, row, start);
      return addToken(Vectors(carried), row);
    });
  };
  int64_t block = op.getBlock()
                      ? std::min(static_cast<int64_t>(*op.getBlock()), count)
                      : count;
  b.loop(b.index(0), chunk.count, block, [&](Value begin) {
    Value size = b.min(b.index(block), b.sub(chunk.count, begin));
    emitBlock(begin, size);
  });
  // Rows without a token hold zeros.
  b.loop(chunk.count, b.index(b.plan.getPaddedChunk()), 1, [&](Value row) {
    for (auto [zero, result] : llvm::zip(zeros, op.getResults()))
      store(zero, result, chunk, row, start);
  });
}

void AdjointEmitter::emitTokenSums(wy::TokenSumsOp op, const Chunk &chunk) {
  std::optional<Axis> axis = b.plan.getShape(op.getTerms().front()).axis;
  if (!axis)
    return emitSumsAlong(op, chunk, Value());
  b.alongPadded(*axis, [&](Value start) { emitSumsAlong(op, chunk, start); });
}

//===----------------------------------------------------------------------===//
// Sums over pairs
//===----------------------------------------------------------------------===//

/// For every later token t a sum over s < u runs through the tokens u before
/// it; with a gate, what is left of it at u, times what is left from u to t.
void AdjointEmitter::emitBetween(wy::PairSumsOp op, const Chunk &chunk) {
  Value size = b.index(b.plan.getChunk());
  auto place = [&](Value row) {
    return b.at(op.getResult(), chunk, row, b.index(0));
  };
  auto factor = [&](Value row) -> Value {
    if (!op.getGate())
      return {};
    return gates.loadOne(gates.getGate(op.getGate(), *op.getKind()), chunk, row,
                         b.index(0));
  };
  b.loop(b.index(0), b.index(b.plan.getPaddedChunk()), 1,
         [&](Value row) { b.storeScalar(b.number(0), place(row)); });
  b.loop(b.index(0), size, 1, [&](Value t) {
    b.carry(b.index(0), t, 1, b.number(0), [&](Value u, ValueRange carried) {
      Value before = carried[0], given = before;
      if (op.getGate())
        given = b.carry(b.add(u, 1), t, 1, given,
                        [&](Value between, ValueRange left) {
                          return Vectors{b.product(left[0], factor(between))};
                        })[0];
      b.storeScalar(b.sum(b.loadScalar(place(u)), given), place(u));
      return Vectors{b.sum(b.product(before, factor(u)),
                           b.loadScalar(b.at(op.getPairs(), chunk, t, u)))};
    });
  });
}

void AdjointEmitter::emitPairSums(wy::PairSumsOp op, const Chunk &chunk) {
  if (op.getSum() == wy::PairSum::Between)
    return emitBetween(op, chunk);
  bool hasDiagonal = b.plan.hasDiagonal(op.getPairs());
  Value size = b.index(b.plan.getChunk());
  b.loop(b.index(0), size, 1, [&](Value u) {
    Value own = hasDiagonal ? b.loadScalar(b.at(op.getPairs(), chunk, u, u))
                            : b.number(0);
    Value total = own;
    if (op.getSum() != wy::PairSum::Diagonal) {
      bool isRows = op.getSum() == wy::PairSum::Rows;
      total = b.carry(isRows ? b.index(0) : b.add(u, 1), isRows ? u : size, 1,
                      own, [&](Value other, ValueRange carried) {
                        Value pair = isRows
                                         ? b.at(op.getPairs(), chunk, u, other)
                                         : b.at(op.getPairs(), chunk, other, u);
                        return Vectors{b.sum(carried[0], b.loadScalar(pair))};
                      })[0];
    }
    b.storeScalar(total, op.getResult(), chunk, u);
  });
}

//===----------------------------------------------------------------------===//
// Sums over states
//===----------------------------------------------------------------------===//

void AdjointEmitter::emitDotStates(wy::DotStatesOp op, unsigned lhs,
                                   unsigned rhs, const Chunk &chunk) {
  int64_t vectors = b.plan.getSizes().panelVectors;
  Value rows = b.index(b.plan.dim(b.plan.getContracted()));
  Value zero = b.index(0);
  auto products = [&](Value panel, Value row, ValueRange sums) {
    Vectors next;
    for (int64_t v = 0; v < vectors; ++v) {
      auto at = [&](unsigned state) {
        return b.load(b.add(b.stateRow(state, panel, row), v * b.lanes));
      };
      next.push_back(b.fma(at(lhs), at(rhs), sums[v]));
    }
    return next;
  };
  Vectors zeros(vectors, b.splat(0));
  auto addUp = [&](ArrayRef<Value> sums) {
    Value total = sums.front();
    for (Value sum : sums.drop_front())
      total = b.sum(total, sum);
    return total;
  };
  bool isContracted = op.getAxis() == b.plan.getContracted();
  if (op.getAxis() && !isContracted) {
    b.loop(b.kernel.firstPanel, b.kernel.endPanel, 1, [&](Value panel) {
      Vectors sums =
          b.carry(zero, rows, 1, zeros, [&](Value row, ValueRange carried) {
            return products(panel, row, carried);
          });
      for (int64_t v = 0; v < vectors; ++v)
        b.store(sums[v],
                b.at(op.getResult(), chunk, zero, b.vectorStart(panel, v)));
    });
    return;
  }
  auto sumRow = [&](Value row, ValueRange initial) {
    return b.carry(b.kernel.firstPanel, b.kernel.endPanel, 1, initial,
                   [&](Value panel, ValueRange carried) {
                     return products(panel, row, carried);
                   });
  };
  if (isContracted) {
    b.loop(zero, rows, 1, [&](Value row) {
      b.storeScalar(b.reduce(addUp(sumRow(row, zeros))),
                    b.at(op.getResult(), chunk, zero, row));
    });
    return;
  }
  Vectors sums = b.carry(zero, rows, 1, zeros, [&](Value row, ValueRange sums) {
    return sumRow(row, sums);
  });
  b.storeScalar(b.reduce(addUp(sums)), op.getResult(), chunk, zero);
}
