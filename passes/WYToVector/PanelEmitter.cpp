//===- PanelEmitter.cpp - sweeps over panels of the states ----------------===//

#include "passes/WYToVector/PanelEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

/// Outer products that one pass over a panel adds.
static constexpr size_t kWriteTile = 8;
/// Rows of reads and writes of a chunk that are worth code of their own.
static constexpr int64_t kMostStraightRows = 24;

SmallVector<PanelEmitter::PanelWrite> PanelEmitter::getPanelWrites() {
  bool isLeft = b.plan.getContracted() == Axis::Key;
  SmallVector<PanelWrite> writes;
  for (auto [i, next] : llvm::enumerate(b.scan.getNextStates()))
    if (auto update = next.getDefiningOp<wy::UpdateOp>())
      for (unsigned m = 0; m < update.getNumWrites(); ++m) {
        Value x = update.getAlongKey(m), y = update.getAlongValue(m);
        writes.push_back(
            {static_cast<unsigned>(i), isLeft ? x : y, isLeft ? y : x});
      }
  return writes;
}

//===----------------------------------------------------------------------===//
// One sweep
//===----------------------------------------------------------------------===//

static Value decayOf(wy::UpdateOp update, size_t source) {
  return update.getDecays().empty() ? Value() : update.getDecays()[source];
}

/// A decay along the free axis, or a scalar: the same for all rows of a panel.
VectorBuilder::Vectors PanelEmitter::loadFreeDecay(Value decay,
                                                   const Chunk &chunk,
                                                   const Strip &strip) {
  if (!decay || b.plan.getShape(decay).axis == b.plan.getContracted())
    return Vectors(strip.vectors);
  if (b.plan.getShape(decay).axis)
    return b.loadRow(decay, chunk, b.index(0), strip);
  Value scalar = b.loadScalar(decay, chunk, b.index(0));
  return Vectors(strip.vectors, b.broadcast(scalar));
}

Value PanelEmitter::loadContractedDecay(Value decay, const Chunk &chunk,
                                        Value row) {
  if (!decay || b.plan.getShape(decay).axis != b.plan.getContracted())
    return Value();
  return b.loadBroadcast(b.at(decay, chunk, b.index(0), row));
}

PanelEmitter::Invariants PanelEmitter::loadInvariants(const Sweep &sweep,
                                                      Value panel) {
  Strip strip = b.panelStrip(panel);
  Invariants invariants;
  for (Value next : b.scan.getNextStates()) {
    auto update =
        sweep.withDecays ? next.getDefiningOp<wy::UpdateOp>() : wy::UpdateOp();
    invariants.updates.push_back(update);
    SmallVector<Vectors> &decays = invariants.decays.emplace_back();
    for (size_t j = 0; update && j < update.getStates().size(); ++j) {
      Vectors a = loadFreeDecay(decayOf(update, j), *sweep.written, strip);
      Vectors c = loadFreeDecay(update.getValueDecays(), *sweep.written, strip);
      Vectors &both = decays.emplace_back();
      for (auto [x, y] : llvm::zip(a, c))
        both.push_back(b.product(x, y));
    }
  }
  for (auto [write, token] : sweep.writes)
    invariants.written.push_back(
        b.loadRow(write->free, *sweep.written, token, strip));
  return invariants;
}

/// A state's row before the sweep.
const VectorBuilder::Vectors &PanelEmitter::loadState(unsigned state,
                                                      const Sweep &sweep,
                                                      Value panel, Row &row) {
  Vectors &known = row.old[state];
  if (known.empty())
    for (int64_t v = 0; v < b.plan.getSizes().panelVectors; ++v)
      known.push_back(
          sweep.ends.isFromInitial
              ? states.loadInitial(state, row.index, b.vectorStart(panel, v))
              : b.load(
                    b.add(b.stateRow(state, panel, row.index), v * b.lanes)));
  return known;
}

/// The decays, then the tile of outer products.
void PanelEmitter::applyUpdates(const Sweep &sweep,
                                const Invariants &invariants, Value panel,
                                Row &row) {
  for (auto [i, update] : llvm::enumerate(invariants.updates)) {
    if (!update)
      continue;
    Vectors made(b.plan.getSizes().panelVectors);
    wy::UpdateOp op = update;
    for (auto [j, source] : llvm::enumerate(op.getStates())) {
      const Vectors &from =
          loadState(b.plan.getStateIndex(source), sweep, panel, row);
      Value along = b.product(
          loadContractedDecay(decayOf(op, j), *sweep.written, row.index),
          loadContractedDecay(op.getValueDecays(), *sweep.written, row.index));
      for (auto [vector, factor, state] :
           llvm::zip(made, invariants.decays[i][j], from))
        vector = b.sum(vector, b.product(b.product(along, factor), state));
    }
    for (Value &vector : made)
      vector = vector ? vector : b.splat(0);
    row.next[i] = made;
  }
  for (auto [write, y] : llvm::zip(sweep.writes, invariants.written)) {
    Vectors &state = row.next[write.first->state];
    if (state.empty())
      state = loadState(write.first->state, sweep, panel, row);
    Value x = b.loadBroadcast(
        b.at(write.first->contracted, *sweep.written, write.second, row.index));
    for (auto [vector, written] : llvm::zip(state, y))
      vector = b.fma(x, written, vector);
  }
}

void PanelEmitter::storeStates(const Sweep &sweep, Value panel, Row &row) {
  bool isUpdate = sweep.withDecays || !sweep.writes.empty();
  bool isCopy = sweep.ends.isFromInitial || sweep.ends.isToFinal;
  for (unsigned s = 0; s < row.next.size() && (isUpdate || isCopy); ++s) {
    bool isOld = isCopy && row.next[s].empty();
    const Vectors &vectors =
        isOld ? loadState(s, sweep, panel, row) : row.next[s];
    for (auto [v, vector] : llvm::enumerate(vectors)) {
      if (sweep.ends.isToFinal)
        states.storeFinal(s, row.index, b.vectorStart(panel, v), vector);
      else
        b.store(vector, b.add(b.stateRow(s, panel, row.index),
                              static_cast<int64_t>(v) * b.lanes));
    }
  }
}

/// Row by row: the decays of `sweep.written`, its tile of outer products, and
/// with what came out a tile of reads of `sweep.read`, summed in registers.
void PanelEmitter::emitSweep(const Sweep &sweep, Value panel) {
  Strip strip = b.panelStrip(panel);
  size_t numStates = b.plan.getStates().size();
  Invariants invariants = loadInvariants(sweep, panel);
  Carried sums;
  for (auto [i, read] : llvm::enumerate(sweep.reads))
    sums.addRow(read.first, static_cast<int64_t>(i),
                Vectors(strip.vectors, b.splat(0)));
  b.carry(b.index(0), b.index(b.plan.dim(b.plan.getContracted())), 1, sums,
          [&](Value index) {
            Row row{index, SmallVector<Vectors>(numStates),
                    SmallVector<Vectors>(numStates)};
            applyUpdates(sweep, invariants, panel, row);
            storeStates(sweep, panel, row);
            for (auto [i, read] : llvm::enumerate(sweep.reads)) {
              wy::ReadOp op = read.first;
              unsigned s = b.plan.getStateIndex(op.getState());
              Value a = b.loadBroadcast(
                  b.at(op.getVectors(), *sweep.read, read.second, index));
              const Vectors &state = row.next[s].empty()
                                         ? loadState(s, sweep, panel, row)
                                         : row.next[s];
              for (auto [v, vector] : llvm::enumerate(state)) {
                Value &sum = sums.at(op, static_cast<int64_t>(i),
                                     static_cast<int64_t>(v));
                sum = b.fma(a, vector, sum);
              }
            }
          });
  for (auto [i, read] : llvm::enumerate(sweep.reads)) {
    wy::ReadOp op = read.first;
    b.storeRow(op.getResult(), *sweep.read, read.second, strip,
               sums.getRow(op, static_cast<int64_t>(i), strip.vectors));
  }
}

//===----------------------------------------------------------------------===//
// All sweeps of a chunk
//===----------------------------------------------------------------------===//

bool PanelEmitter::isReadFromInitial() {
  auto reads = b.scan.getGraph().getOps<wy::ReadOp>();
  int64_t count = llvm::range_size(reads) * b.plan.getChunk();
  return b.plan.isColumnwise() && b.plan.getFree() == Axis::Value &&
         !b.scan.getReverse() && b.scan.getNumInChannels() == 0 && count > 0 &&
         count <= std::min(b.plan.getReadTile(), kMostStraightRows);
}

bool PanelEmitter::isWrittenToFinal() {
  return b.plan.isColumnwise() && b.plan.getFree() == Axis::Value &&
         !b.scan.getReverse() &&
         getPanelWrites().size() * b.plan.getChunk() <= kWriteTile;
}

/// As few sweeps as registers allow; the last of the writes and the first of
/// the reads share one.
void PanelEmitter::emitSweeps(const Chunk *written, const Chunk *read,
                              ArrayRef<wy::ReadOp> reads, Value panel,
                              Ends ends) {
  int64_t chunk = b.plan.getChunk(), tile = b.plan.getReadTile();
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
      b.loop(b.index(0), b.index(whole), step,
             [&](Value first) { body(first, step); });
    if (chunk > whole)
      body(b.index(whole), chunk - whole);
  };
  if (!isStraight)
    flush();
  for (const PanelWrite &write : writes)
    forTokens(kWriteTile, [&](Value first, int64_t count) {
      for (int64_t t = 0; t < count; ++t) {
        if (sweep.writes.size() == kWriteTile)
          flush();
        sweep.writes.push_back({&write, b.add(first, t)});
      }
      if (!isStraight)
        flush();
    });
  for (wy::ReadOp op : reads)
    forTokens(tile, [&](Value first, int64_t count) {
      for (int64_t t = 0; t < count; ++t) {
        if (static_cast<int64_t>(sweep.reads.size()) >=
            b.plan.getReadTile(sweep.writes.size())) {
          flush();
        }
        sweep.reads.push_back({op, b.add(first, t)});
      }
      if (!isStraight)
        flush();
    });
  flush();
}

void PanelEmitter::emitMade(wy::UpdateOp update, const Chunk &chunk) {
  unsigned made = b.plan.getStateIndex(update);
  bool isLeft = b.plan.getContracted() == Axis::Key;
  auto emitRow = [&](Value panel, Value row) {
    Strip strip = b.panelStrip(panel);
    Vectors sums(strip.vectors, b.splat(0));
    for (auto [j, source] : llvm::enumerate(update.getStates())) {
      unsigned from = b.plan.getStateIndex(source);
      Vectors factors = loadFreeDecay(decayOf(update, j), chunk, strip);
      Value along = loadContractedDecay(decayOf(update, j), chunk, row);
      for (int64_t v = 0; v < strip.vectors; ++v) {
        Value vector = b.load(b.add(b.stateRow(from, panel, row), v * b.lanes));
        sums[v] =
            b.sum(sums[v], b.product(b.product(vector, factors[v]), along));
      }
    }
    Vectors factors = loadFreeDecay(update.getValueDecays(), chunk, strip);
    Value along = loadContractedDecay(update.getValueDecays(), chunk, row);
    for (auto [sum, factor] : llvm::zip(sums, factors))
      sum = b.product(b.product(sum, factor), along);
    for (unsigned m = 0; m < update.getNumWrites(); ++m) {
      Value x = update.getAlongKey(m), y = update.getAlongValue(m);
      sums = b.carry(b.index(0), b.index(b.plan.getChunk()), 1, sums,
                     [&](Value t, ValueRange carried) {
                       Value one =
                           b.loadBroadcast(b.at(isLeft ? x : y, chunk, t, row));
                       Vectors next =
                           b.loadRow(isLeft ? y : x, chunk, t, strip);
                       for (auto [vector, sum] : llvm::zip(next, carried))
                         vector = b.fma(one, vector, sum);
                       return next;
                     });
    }
    for (auto [v, sum] : llvm::enumerate(sums))
      b.store(sum, b.add(b.stateRow(made, panel, row),
                         static_cast<int64_t>(v) * b.lanes));
  };
  b.loop(b.kernel.firstPanel, b.kernel.endPanel, 1, [&](Value panel) {
    b.loop(b.index(0), b.index(b.plan.dim(b.plan.getContracted())), 1,
           [&](Value row) { emitRow(panel, row); });
  });
}

/// Rows of a state, and tokens, whose sums are in registers.
static constexpr int64_t kTile = 4;

/// The sums of a tile's tokens from `first` on, as many as fill a vector.
static void storeSums(KernelBuilder &b, Carried &sums, wy::ReadOp read,
                      int64_t first, int64_t tokens,
                      function_ref<Value(int64_t t, int64_t r)> placeOf) {
  SmallVector<Value> vectors;
  for (int64_t t = first; t < first + tokens; ++t)
    for (int64_t r = 0; r < kTile; ++r)
      vectors.push_back(sums.at(read, t, r));
  Value all = b.reduceAll(vectors);
  for (int64_t t = 0; t < tokens; ++t) {
    Value row = vector::ExtractStridedSliceOp::create(
        b.builder, b.loc, all, ArrayRef<int64_t>{t * kTile},
        ArrayRef<int64_t>{kTile}, ArrayRef<int64_t>{1});
    vector::StoreOp::create(b.builder, b.loc, row, b.scratch,
                            placeOf(first + t, 0));
  }
}

/// From the side whose columns are cut in panels: an element of the result is
/// a sum over all of them. A few rows of vectors and of the state at a time.
void PanelEmitter::emitOtherRead(wy::ReadOp read, const Chunk &chunk) {
  unsigned state = b.plan.getStateIndex(read.getState());
  Axis free = b.plan.getFree();
  int64_t vectors = b.plan.getSizes().panelVectors;
  auto emitTile = [&](Value token, int64_t tokens, Value row, int64_t rows) {
    Carried sums;
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t r = 0; r < rows; ++r)
        sums.add(read, t, r, b.splat(0));
    b.carry(b.kernel.firstPanel, b.kernel.endPanel, 1, sums, [&](Value panel) {
      for (int64_t v = 0; v < vectors; ++v) {
        Value start = b.vectorStart(panel, v);
        Value mask = b.vectorMask(free, start);
        Vectors with;
        for (int64_t t = 0; t < tokens; ++t) {
          Value vector =
              b.load(b.at(read.getVectors(), chunk, b.add(token, t), start));
          // What lies past the axis' end is anything.
          with.push_back(mask ? b.select(mask, vector, b.splat(0)) : vector);
        }
        for (int64_t r = 0; r < rows; ++r) {
          Value from = b.load(
              b.add(b.stateRow(state, panel, b.add(row, r)), v * b.lanes));
          if (mask)
            from = b.select(mask, from, b.splat(0));
          for (int64_t t = 0; t < tokens; ++t)
            sums.at(read, t, r) = b.fma(with[t], from, sums.at(read, t, r));
        }
      }
    });
    auto placeOf = [&](int64_t t, int64_t r) {
      return b.at(read.getResult(), chunk, b.add(token, t), b.add(row, r));
    };
    // As many sums as fill a vector, at once.
    int64_t together = b.lanes / kTile;
    if (tokens == kTile && rows == kTile && together > 0) {
      for (int64_t first = 0; first < kTile; first += together)
        storeSums(b, sums, read, first, std::min(together, kTile), placeOf);
      return;
    }
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t r = 0; r < rows; ++r)
        b.storeScalar(b.reduce(sums.at(read, t, r)), placeOf(t, r));
  };
  auto inTiles = [&](int64_t size, auto body) {
    int64_t whole = size / kTile * kTile;
    b.loop(b.index(0), b.index(whole), kTile,
           [&](Value first) { body(first, kTile); });
    if (size > whole)
      body(b.index(whole), size - whole);
  };
  inTiles(b.plan.dim(b.plan.getContracted()), [&](Value row, int64_t rows) {
    inTiles(b.plan.getChunk(), [&](Value token, int64_t tokens) {
      emitTile(token, tokens, row, rows);
    });
  });
}
