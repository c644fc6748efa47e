//===- PanelEmitter.cpp - what meets the state ----------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/WYToVector/ChunkEmitter.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

/// Rows of an unknown or an output kept in registers at once; below this many
/// tokens code is a straight line.
static constexpr int64_t kBlock = 4, kMostStraight = 8;
/// Outer products that one pass over a panel adds.
static constexpr size_t kWriteTile = 8;
/// Rows of reads and writes of a chunk that are worth code of their own.
static constexpr int64_t kMostStraightRows = 24;

VectorBuilder::Vectors ChunkEmitter::loadRow(Value tensor, const Chunk &chunk,
                                             Value row, const Strip &strip) {
  Vectors vectors;
  for (int64_t v = 0; v < strip.vectors; ++v)
    vectors.push_back(
        load(at(tensor, chunk, row, add(strip.start, v * lanes))));
  return vectors;
}

void ChunkEmitter::storeRow(Value tensor, const Chunk &chunk, Value row,
                            const Strip &strip, ArrayRef<Value> vectors) {
  for (auto [v, vector] : llvm::enumerate(vectors))
    store(vector, at(tensor, chunk, row,
                     add(strip.start, static_cast<int64_t>(v) * lanes)));
}

//===----------------------------------------------------------------------===//
// Sweeps over a panel of the states
//===----------------------------------------------------------------------===//

SmallVector<ChunkEmitter::PanelWrite> ChunkEmitter::getPanelWrites() {
  bool isLeft = plan.getInner() == Axis::Key;
  SmallVector<PanelWrite> writes;
  for (auto [i, next] : llvm::enumerate(scan.getNextStates()))
    if (auto update = next.getDefiningOp<wy::UpdateOp>())
      for (unsigned m = 0; m < update.getNumWrites(); ++m) {
        Value row = update.getRow(m), column = update.getColumn(m);
        writes.push_back({static_cast<unsigned>(i), isLeft ? row : column,
                          isLeft ? column : row});
      }
  return writes;
}

/// A decay along the outer axis, or a scalar: the same for all rows of a panel.
VectorBuilder::Vectors ChunkEmitter::loadOuterDecay(Value decay,
                                                    const Chunk &chunk,
                                                    const Strip &strip) {
  if (!decay || plan.getShape(decay).axis == plan.getInner())
    return Vectors(strip.vectors);
  if (plan.getShape(decay).axis)
    return loadRow(decay, chunk, index(0), strip);
  Value scalar = loadScalar(at(decay, chunk, index(0), index(0)));
  return Vectors(strip.vectors, broadcast(scalar));
}

Value ChunkEmitter::loadInnerDecay(Value decay, const Chunk &chunk, Value row) {
  if (!decay || plan.getShape(decay).axis != plan.getInner())
    return Value();
  return loadBroadcast(at(decay, chunk, index(0), row));
}

/// Row by row: the decays of `sweep.written`, its tile of outer products, and
/// with what came out a tile of reads of `sweep.read`, summed in registers.
void ChunkEmitter::emitSweep(const Sweep &sweep, Value panel) {
  Strip strip = panelStrip(panel);
  SmallVector<BlockArgument> states = scan.getStates();
  auto decayOf = [](wy::UpdateOp update, size_t source) {
    return update.getDecays().empty() ? Value() : update.getDecays()[source];
  };
  SmallVector<wy::UpdateOp> updates;
  for (Value next : scan.getNextStates())
    updates.push_back(sweep.withDecays ? next.getDefiningOp<wy::UpdateOp>()
                                       : wy::UpdateOp());

  // What does not change from row to row.
  SmallVector<SmallVector<Vectors>> factors(updates.size());
  for (auto [i, update] : llvm::enumerate(updates))
    for (size_t j = 0; update && j < update.getStates().size(); ++j) {
      Vectors a = loadOuterDecay(decayOf(update, j), *sweep.written, strip);
      Vectors c = loadOuterDecay(update.getColumns(), *sweep.written, strip);
      Vectors &both = factors[i].emplace_back();
      for (auto [x, y] : llvm::zip(a, c))
        both.push_back(product(x, y));
    }
  SmallVector<Vectors> outer;
  for (auto [write, token] : sweep.writes)
    outer.push_back(loadRow(write->outer, *sweep.written, token, strip));

  bool isUpdate = sweep.withDecays || !sweep.writes.empty();
  Vectors sums = carry(
      index(0), index(plan.dim(plan.getInner())), 1,
      Vectors(sweep.reads.size() * strip.vectors, splat(0)),
      [&](Value row, ValueRange carried) {
        SmallVector<Vectors> old(states.size()), next(states.size());
        auto place = [&](unsigned s, int64_t v) {
          return add(stateRow(s, panel, row), v * lanes);
        };
        auto get = [&](unsigned s) -> Vectors & {
          if (old[s].empty())
            for (int64_t v = 0; v < strip.vectors; ++v)
              old[s].push_back(sweep.ends.isFromInitial
                                   ? loadInitial(s, row, column(panel, v))
                                   : load(place(s, v)));
          return old[s];
        };
        for (auto [i, update] : llvm::enumerate(updates)) {
          if (!update)
            continue;
          Vectors made(strip.vectors);
          for (auto [j, source] : llvm::enumerate(update.getStates())) {
            Vectors &from = get(llvm::find(states, source) - states.begin());
            Value along = product(
                loadInnerDecay(decayOf(update, j), *sweep.written, row),
                loadInnerDecay(update.getColumns(), *sweep.written, row));
            for (auto [vector, factor, state] :
                 llvm::zip(made, factors[i][j], from))
              vector = sum(vector, product(product(along, factor), state));
          }
          for (Value &vector : made)
            vector = vector ? vector : splat(0);
          next[i] = made;
        }
        for (auto [write, y] : llvm::zip(sweep.writes, outer)) {
          Vectors &state = next[write.first->state];
          if (state.empty())
            state = get(write.first->state);
          Value x = loadBroadcast(
              at(write.first->inner, *sweep.written, write.second, row));
          for (auto [vector, column] : llvm::zip(state, y))
            vector = fma(x, column, vector);
        }
        bool isCopy = sweep.ends.isFromInitial || sweep.ends.isToFinal;
        for (unsigned s = 0; s < states.size() && (isUpdate || isCopy); ++s) {
          bool isOld = isCopy && next[s].empty();
          for (auto [v, vector] : llvm::enumerate(isOld ? get(s) : next[s])) {
            if (sweep.ends.isToFinal)
              storeFinal(s, row, column(panel, v), vector);
            else
              store(vector, place(s, v));
          }
        }
        Vectors result;
        for (auto [read, token] : sweep.reads) {
          unsigned s =
              llvm::find(states, wy::ReadOp(read).getState()) - states.begin();
          Value a = loadBroadcast(
              at(wy::ReadOp(read).getVectors(), *sweep.read, token, row));
          for (Value vector : next[s].empty() ? get(s) : next[s])
            result.push_back(fma(a, vector, carried[result.size()]));
        }
        return result;
      });
  for (auto [i, token] : llvm::enumerate(sweep.reads))
    storeRow(wy::ReadOp(token.first).getResult(), *sweep.read, token.second,
             strip, ArrayRef(sums).slice(i * strip.vectors, strip.vectors));
}

/// All reads of a chunk are one sweep, which can take states from where they
/// are given.
bool ChunkEmitter::isReadFromInitial() {
  auto reads = scan.getGraph().getOps<wy::ReadOp>();
  int64_t count = llvm::range_size(reads) * plan.getChunk();
  return plan.isColumnwise() && plan.getOuter() == Axis::Value && count > 0 &&
         count <= std::min(plan.getReadTile(), kMostStraightRows);
}

/// All writes of a chunk are one sweep, which can leave states where they are
/// wanted.
bool ChunkEmitter::isWrittenToFinal() {
  return plan.isColumnwise() && plan.getOuter() == Axis::Value &&
         getPanelWrites().size() * plan.getChunk() <= kWriteTile;
}

/// Applies what `written` has written and forms `reads` of `read`; either may
/// be null. As few sweeps as registers allow; the last of the writes and the
/// first of the reads share one.
void ChunkEmitter::emitSweeps(const Chunk *written, const Chunk *read,
                              ArrayRef<wy::ReadOp> reads, Value panel,
                              Ends ends) {
  int64_t chunk = plan.getChunk(), tile = plan.getReadTile();
  SmallVector<PanelWrite> writes;
  if (written)
    writes = getPanelWrites();
  Sweep sweep;
  sweep.written = written;
  sweep.read = read;
  sweep.withDecays = written != nullptr;
  sweep.ends = ends;
  auto flush = [&] {
    if (sweep.withDecays || !sweep.writes.empty() || !sweep.reads.empty())
      emitSweep(sweep, panel);
    sweep.writes.clear();
    sweep.reads.clear();
    sweep.withDecays = false;
  };
  bool isStraight =
      static_cast<int64_t>(writes.size() + reads.size()) * chunk <=
      kMostStraightRows;
  auto forTokens = [&](int64_t step, function_ref<void(Value, int64_t)> body) {
    int64_t whole = isStraight ? 0 : chunk / step * step;
    if (whole > 0)
      loop(index(0), index(whole), step,
           [&](Value first) { body(first, step); });
    if (chunk > whole)
      body(index(whole), chunk - whole);
  };
  if (!isStraight)
    flush();
  for (const PanelWrite &write : writes)
    forTokens(kWriteTile, [&](Value first, int64_t count) {
      for (int64_t t = 0; t < count; ++t) {
        if (sweep.writes.size() == kWriteTile)
          flush();
        sweep.writes.push_back({&write, add(first, t)});
      }
      if (!isStraight)
        flush();
    });
  for (wy::ReadOp op : reads)
    forTokens(tile, [&](Value first, int64_t count) {
      for (int64_t t = 0; t < count; ++t) {
        if (static_cast<int64_t>(sweep.reads.size()) >=
            plan.getReadTile(sweep.writes.size())) {
          flush();
        }
        sweep.reads.push_back({op, add(first, t)});
      }
      if (!isStraight)
        flush();
    });
  flush();
}

/// From the side whose columns are cut in panels: an element of the result is
/// a sum over all of them.
void ChunkEmitter::emitOtherRead(wy::ReadOp read, const Chunk &chunk) {
  SmallVector<BlockArgument> states = scan.getStates();
  unsigned state = llvm::find(states, read.getState()) - states.begin();
  loop(index(0), index(plan.getChunk()), 1, [&](Value token) {
    loop(index(0), index(plan.dim(plan.getInner())), 1, [&](Value row) {
      Vectors total = reduceAxis(
          plan.getOuter(), splat(0),
          [&](Value start, Value mask, ValueRange carried) {
            Value width = index(plan.panelWidth());
            Value panel = arith::DivUIOp::create(b, loc, start, width);
            Value inside = arith::RemUIOp::create(b, loc, start, width);
            Value with = load(at(read.getVectors(), chunk, token, start));
            Value from = load(add(stateRow(state, panel, row), inside));
            Value next = fma(with, from, carried[0]);
            return Vectors{mask ? select(mask, next, carried[0]) : next};
          });
      storeScalar(reduce(total[0]), at(read.getResult(), chunk, token, row));
    });
  });
}

//===----------------------------------------------------------------------===//
// Sums, and what writes give to later reads
//===----------------------------------------------------------------------===//

void ChunkEmitter::emitSum(wy::SumOp op, const Chunk &chunk,
                           const Strip &strip) {
  rows(plan.getChunk(), [&](Value row) {
    if (strip.vectors == 0) {
      Value total;
      for (Value term : op.getTerms())
        total = VectorBuilder::sum(total,
                                   loadScalar(at(term, chunk, row, index(0))));
      return storeScalar(total, at(op.getResult(), chunk, row, index(0)));
    }
    Vectors total(strip.vectors);
    for (Value term : op.getTerms())
      for (auto [sum, vector] :
           llvm::zip(total, loadRow(term, chunk, row, strip)))
        sum = VectorBuilder::sum(sum, vector);
    storeRow(op.getResult(), chunk, row, strip, total);
  });
}

static bool hasDiagonal(Value scores) {
  auto op = scores.getDefiningOp<wy::ScoresOp>();
  return !op || op.getDiagonal();
}

void ChunkEmitter::emitApply(wy::ApplyOp op, const Chunk &chunk,
                             const Strip &strip) {
  if (!op.getGate().empty())
    return emitGatedApply(op, chunk, strip);
  auto scoreAt = [&](Value row, Value column) {
    return loadBroadcast(at(op.getScores(), chunk, row, column));
  };
  auto accumulate = [&](Vectors &sums, Value score, ArrayRef<Value> vectors) {
    for (auto [sum, vector] : llvm::zip(sums, vectors))
      sum = fma(score, vector, sum);
  };
  /// Rows [first, first + count), of which the products with rows before
  /// `first` come from a loop.
  auto emitBlock = [&](Value first, int64_t count, bool isFirst) {
    Vectors sums(count * strip.vectors, splat(0));
    if (!isFirst)
      sums = carry(index(0), first, 1, sums, [&](Value s, ValueRange carried) {
        Vectors y = loadRow(op.getValues(), chunk, s, strip), next;
        for (int64_t t = 0; t < count; ++t) {
          Vectors row(carried.slice(t * strip.vectors, strip.vectors));
          accumulate(row, scoreAt(add(first, t), s), y);
          next.append(row);
        }
        return next;
      });
    SmallVector<Vectors> y;
    for (int64_t t = 0; t < count; ++t) {
      y.push_back(loadRow(op.getValues(), chunk, add(first, t), strip));
      Vectors row(ArrayRef(sums).slice(t * strip.vectors, strip.vectors));
      for (int64_t s = 0; s < t + (hasDiagonal(op.getScores()) ? 1 : 0); ++s)
        accumulate(row, scoreAt(add(first, t), add(first, s)), y[s]);
      storeRow(op.getResult(), chunk, add(first, t), strip, row);
    }
  };
  if (plan.getChunk() <= kMostStraight)
    return emitBlock(index(0), plan.getChunk(), true);
  int64_t whole = plan.getChunk() / kBlock * kBlock;
  loop(index(0), index(whole), kBlock,
       [&](Value first) { emitBlock(first, kBlock, false); });
  if (int64_t rest = plan.getChunk() - whole)
    emitBlock(index(whole), rest, false);
}

/// Row by row; the rows before, with what has decayed since, in a temporary.
void ChunkEmitter::emitGatedApply(wy::ApplyOp op, const Chunk &chunk,
                                  const Strip &strip) {
  Gate gate = getGate(op.getGate(), *op.getKind());
  const ChunkBuffer &decayed = plan.getTemporary(0);
  loop(index(0), index(plan.getChunk()), 1, [&](Value row) {
    for (int64_t v = 0; v < strip.vectors; ++v) {
      Value column = add(strip.start, v * lanes);
      Value factor = broadcast(
          loadFactor(*gate.entries[0], gate.isScalar, chunk, row, column));
      Value own = load(at(op.getValues(), chunk, row, column));
      Value start = splat(0);
      if (hasDiagonal(op.getScores()))
        start =
            fma(loadScalar(at(op.getScores(), chunk, row, row)), own, start);
      Vectors total =
          carry(index(0), row, 1, start, [&](Value s, ValueRange carried) {
            Value place = at(decayed, chunk, s, column);
            Value y = load(place);
            store(product(y, factor), place);
            return Vectors{fma(loadScalar(at(op.getScores(), chunk, row, s)), y,
                               carried[0])};
          });
      store(own, at(decayed, chunk, row, column));
      store(total[0], at(op.getResult(), chunk, row, column));
    }
  });
}

//===----------------------------------------------------------------------===//
// The solve
//===----------------------------------------------------------------------===//

/// Substitution, a block of rows at a time.
void ChunkEmitter::emitSolve(wy::SolveOp op, const Chunk &chunk,
                             const Strip &strip) {
  if (!op.getWeights().empty() || !op.getGates().empty())
    return emitGeneralSolve(op, chunk, strip);
  SmallVector<wy::SolveOp::Term> terms = op.getTermList();
  size_t unknowns = op.getRhs().size();
  size_t width = strip.vectors;
  auto accumulate = [&](MutableArrayRef<Value> sums, Value scores, Value row,
                        Value column, ArrayRef<Value> vectors) {
    Value score = loadBroadcast(at(scores, chunk, row, column));
    for (auto [sum, vector] : llvm::zip(sums, vectors))
      sum = fma(score, vector, sum);
  };
  auto emitBlock = [&](Value first, int64_t count, bool isFirst) {
    // By unknown, row, vector.
    Vectors sums;
    for (Value rhs : op.getRhs())
      for (int64_t t = 0; t < count; ++t)
        llvm::append_range(sums, loadRow(rhs, chunk, add(first, t), strip));
    auto rowOf = [&](Vectors &of, size_t unknown, int64_t t) {
      return MutableArrayRef(of).slice((unknown * count + t) * width, width);
    };
    if (!isFirst)
      sums = carry(index(0), first, 1, sums, [&](Value s, ValueRange carried) {
        Vectors next(carried);
        for (const wy::SolveOp::Term &term : terms) {
          Vectors y = loadRow(op.getResults()[term.source], chunk, s, strip);
          for (int64_t t = 0; t < count; ++t)
            accumulate(rowOf(next, term.destination, t), term.scores,
                       add(first, t), s, y);
        }
        return next;
      });
    for (int64_t t = 0; t < count; ++t) {
      for (const wy::SolveOp::Term &term : terms)
        for (int64_t s = 0; s < t; ++s)
          accumulate(rowOf(sums, term.destination, t), term.scores,
                     add(first, t), add(first, s), rowOf(sums, term.source, s));
      for (size_t m = 0; m < unknowns; ++m)
        storeRow(op.getResults()[m], chunk, add(first, t), strip,
                 rowOf(sums, m, t));
    }
  };
  if (plan.getChunk() <= kMostStraight)
    return emitBlock(index(0), plan.getChunk(), true);
  int64_t whole = plan.getChunk() / kBlock * kBlock;
  loop(index(0), index(whole), kBlock,
       [&](Value first) { emitBlock(first, kBlock, false); });
  if (int64_t rest = plan.getChunk() - whole)
    emitBlock(index(whole), rest, false);
}

/// With weights or gates along the outer axis: row by row, each gated term's
/// earlier rows decayed in a temporary of its own.
void ChunkEmitter::emitGeneralSolve(wy::SolveOp op, const Chunk &chunk,
                                    const Strip &strip) {
  SmallVector<wy::SolveOp::Term> terms = op.getTermList();
  loop(index(0), index(plan.getChunk()), 1, [&](Value row) {
    for (int64_t v = 0; v < strip.vectors; ++v) {
      Value column = add(strip.start, v * lanes);
      Vectors solved;
      for (Value rhs : op.getRhs())
        solved.push_back(load(at(rhs, chunk, row, column)));
      unsigned gated = 0;
      SmallVector<std::pair<unsigned, unsigned>> sources; // temporary, unknown
      for (const wy::SolveOp::Term &term : terms) {
        const ChunkBuffer *decayed = nullptr;
        Value factor;
        if (term.gate) {
          Gate gate = getGate(term.gate, *op.getKind());
          factor = broadcast(
              loadFactor(*gate.entries[0], gate.isScalar, chunk, row, column));
          sources.push_back({gated, term.source});
          decayed = &plan.getTemporary(gated++);
        }
        Vectors total =
            carry(index(0), row, 1, splat(0), [&](Value s, ValueRange carried) {
              Value place =
                  decayed ? at(*decayed, chunk, s, column)
                          : at(op.getResults()[term.source], chunk, s, column);
              Value y = load(place);
              if (decayed)
                store(product(y, factor), place);
              Value score = loadScalar(at(term.scores, chunk, row, s));
              return Vectors{fma(score, y, carried[0])};
            });
        Value weight =
            term.weight ? load(at(term.weight, chunk, row, column)) : Value();
        solved[term.destination] = VectorBuilder::sum(
            solved[term.destination], product(weight, total[0]));
      }
      for (auto [result, vector] : llvm::zip(op.getResults(), solved))
        store(vector, at(result, chunk, row, column));
      for (auto [temporary, unknown] : sources)
        store(solved[unknown],
              at(plan.getTemporary(temporary), chunk, row, column));
    }
  });
}
