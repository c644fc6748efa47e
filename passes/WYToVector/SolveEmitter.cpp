//===- SolveEmitter.cpp - the corrections of a chunk ----------------------===//
//
// Without gates and weights the system is solved by substitution, a block of
// rows at a time. With them by halves: the leaves, of four tokens, by
// substitution, and when a half is solved what it gives to all of the later
// half, P ∘ (A (U ∘ Y)), with P and U the gates' products on either side of the
// border between them. After the leaf that ends at token e that half begins at
// e and has as many tokens as the largest power of two that divides e.
//
//===----------------------------------------------------------------------===//

#include "passes/WYToVector/SolveEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sluice;

SolveEmitter::SolveEmitter(KernelBuilder &b, GateEmitter &gates, wy::SolveOp op,
                           const Chunk &chunk, const Strip &strip)
    : b(b), gates(gates), op(op), chunk(chunk), strip(strip),
      terms(op.getTermList()) {
  for (const Term &term : terms)
    if (term.gate && getSource(term) == sources.size())
      sources.push_back({term.source, term.gate});
}

void SolveEmitter::emit() {
  if (!op.getWeights().empty() || !op.getGates().empty())
    return emitByHalves();
  if (canLoopOverTerms())
    return emitWithTables();
  b.forRowBlocks([&](const RowBlock &rows) { emitRows(rows); });
}

Value SolveEmitter::scoreAt(const Term &term, Value row, Value column) {
  return b.loadBroadcast(b.at(term.scores, chunk, row, column));
}

//===----------------------------------------------------------------------===//
// Substitution
//===----------------------------------------------------------------------===//

void SolveEmitter::emitRows(const RowBlock &rows) {
  Carried sums;
  for (auto [m, rhs] : llvm::enumerate(op.getRhs()))
    for (int64_t t = 0; t < rows.count; ++t)
      sums.addRow(nameOf(m), t,
                  b.loadRow(rhs, chunk, b.add(rows.first, t), strip));
  if (rows.from)
    b.carry(rows.from, rows.to, 1, sums, [&](Value s) {
      for (const Term &term : terms) {
        Vectors y = b.loadRow(op.getResults()[term.source], chunk, s, strip);
        for (int64_t t = 0; t < rows.count; ++t)
          b.addScaled(sums, nameOf(term.destination), t,
                      scoreAt(term, b.add(rows.first, t), s), y);
      }
    });
  for (int64_t t = 0; t < rows.count; ++t) {
    Value row = b.add(rows.first, t);
    for (const Term &term : terms)
      for (int64_t s = 0; s < t; ++s)
        b.addScaled(sums, nameOf(term.destination), t,
                    scoreAt(term, row, b.add(rows.first, s)),
                    sums.getRow(nameOf(term.source), s, strip.vectors));
    for (auto [m, result] : llvm::enumerate(op.getResults()))
      b.storeRow(result, chunk, row, strip,
                 sums.getRow(nameOf(m), t, strip.vectors));
  }
}

//===----------------------------------------------------------------------===//
// Many writes a token
//===----------------------------------------------------------------------===//

/// Unknowns whose rows one block keeps in registers.
static constexpr size_t kMostUnknowns = 3;

bool SolveEmitter::canLoopOverTerms() {
  auto isLike = [&](Value tensor, Value other) {
    const ChunkBuffer &a = b.layout.get(tensor), &c = b.layout.get(other);
    return a.stride == c.stride && a.rows == c.rows && a.isInSlot == c.isInSlot;
  };
  return op.getRhs().size() > kMostUnknowns && !terms.empty() &&
         llvm::all_of(op.getResults(),
                      [&](Value y) { return isLike(y, op.getResult(0)); }) &&
         llvm::all_of(terms, [&](const Term &term) {
           return isLike(term.scores, terms.front().scores);
         });
}

/// Substitution, a block of rows of one unknown at a time, with loops over
/// unknowns and over the terms of each.
void SolveEmitter::emitWithTables() {
  copyRightSides();
  llvm::sort(terms, [](const Term &x, const Term &y) {
    return std::pair(x.destination, x.source) <
           std::pair(y.destination, y.source);
  });
  // Where the terms of each unknown begin, and where everything is.
  SmallVector<int64_t> begins, unknowns, scores, termSources;
  for (auto [m, result] : llvm::enumerate(op.getResults())) {
    begins.push_back(llvm::count_if(
        terms, [&](const Term &term) { return term.destination < m; }));
    unknowns.push_back(b.layout.get(result).offset);
  }
  begins.push_back(static_cast<int64_t>(terms.size()));
  for (const Term &term : terms) {
    scores.push_back(b.layout.get(term.scores).offset);
    termSources.push_back(unknowns[term.source]);
  }
  Value beginTable = b.createTable(begins),
        unknownTable = b.createTable(unknowns),
        scoreTable = b.createTable(scores),
        sourceTable = b.createTable(termSources);

  // Two of the unknowns stand for the one that is solved and a source.
  Value solved = op.getResult(0), source = op.getResult(1);
  const Term &model = terms.front();
  auto forUnknowns = [&](int64_t count, Value first,
                         function_ref<void(Carried &)> addTerm) {
    b.loop(b.index(0), b.index(static_cast<int64_t>(unknowns.size())), 1,
           [&](Value m) {
             b.bind(solved,
                    b.loadPlace(unknownTable, m, b.layout.get(solved), chunk));
             Carried sums;
             for (int64_t t = 0; t < count; ++t)
               sums.addRow(op, t,
                           b.loadRow(solved, chunk, b.add(first, t), strip));
             b.carry(b.loadNumber(beginTable, m),
                     b.loadNumber(beginTable, b.add(m, 1)), 1, sums,
                     [&](Value i) {
                       b.bind(source, b.loadPlace(sourceTable, i,
                                                  b.layout.get(source), chunk));
                       b.bind(model.scores,
                              b.loadPlace(scoreTable, i,
                                          b.layout.get(model.scores), chunk));
                       addTerm(sums);
                     });
             for (int64_t t = 0; t < count; ++t)
               b.storeRow(solved, chunk, b.add(first, t), strip,
                          sums.getRow(op, t, strip.vectors));
           });
  };
  auto emitBlock = [&](Value first) {
    // What rows before the block give, …
    forUnknowns(RowBlock::kRows, first, [&](Carried &sums) {
      b.carry(b.index(0), first, 1, sums, [&](Value s) {
        Vectors y = b.loadRow(source, chunk, s, strip);
        for (int64_t t = 0; t < RowBlock::kRows; ++t)
          b.addScaled(sums, op, t, scoreAt(model, b.add(first, t), s), y);
      });
    });
    // … and those of the block.
    for (int64_t t = 1; t < RowBlock::kRows; ++t)
      forUnknowns(1, b.add(first, t), [&](Carried &sums) {
        for (int64_t s = 0; s < t; ++s)
          b.addScaled(sums, op, 0,
                      scoreAt(model, b.add(first, t), b.add(first, s)),
                      b.loadRow(source, chunk, b.add(first, s), strip));
      });
  };
  b.loop(b.index(0), b.index(b.plan.getChunk()), RowBlock::kRows, emitBlock);
  b.unbind();
}

//===----------------------------------------------------------------------===//
// Halves
//===----------------------------------------------------------------------===//

unsigned SolveEmitter::getSource(const Term &term) {
  return llvm::find_if(sources,
                       [&](const Source &source) {
                         return source.unknown == term.source &&
                                source.gate == term.gate;
                       }) -
         sources.begin();
}

VectorBuilder::Vectors SolveEmitter::loadFactors(Value gate, Value row) {
  return gates.loadRow(gates.getGate(gate, *op.getKind()), chunk, row, strip);
}

Value SolveEmitter::temporaryAt(unsigned source, Value row, int64_t v) {
  return b.at(b.layout.getTemporary(source), chunk, row, b.index(v * b.lanes));
}

/// A result's rows are its right side until they are solved.
void SolveEmitter::copyRightSides() {
  for (auto [rhs, result] : llvm::zip(op.getRhs(), op.getResults()))
    b.rows(b.plan.getChunk(), [&, rhs = rhs, result = result](Value row) {
      b.storeRow(result, chunk, row, strip, b.loadRow(rhs, chunk, row, strip));
    });
}

void SolveEmitter::emitByHalves() {
  copyRightSides();
  int64_t size = b.plan.getChunk();
  if (size <= kSmallChunk)
    return emitLeaf(b.index(0), size);
  b.loop(b.index(0), b.index(size), kSmallChunk, [&](Value first) {
    emitLeaf(first, kSmallChunk);
    Value middle = b.add(first, kSmallChunk);
    b.branch(b.isLess(middle, b.index(size)), [&] { passOn(middle); });
  });
}

/// By substitution; in registers the rows before, with what has decayed since.
void SolveEmitter::emitLeaf(Value first, int64_t count) {
  Carried solved;
  SmallVector<SmallVector<Vectors>> decayed(sources.size());
  for (int64_t t = 0; t < count; ++t) {
    Value row = b.add(first, t);
    for (auto [m, result] : llvm::enumerate(op.getResults()))
      solved.addRow(nameOf(m), t, b.loadRow(result, chunk, row, strip));
    for (const Term &term : terms) {
      Carried sums;
      sums.addRow(op, 0, Vectors(strip.vectors, b.splat(0)));
      for (int64_t s = 0; s < t; ++s)
        b.addScaled(sums, op, 0, scoreAt(term, row, b.add(first, s)),
                    term.gate
                        ? decayed[getSource(term)][s]
                        : solved.getRow(nameOf(term.source), s, strip.vectors));
      Vectors weight(strip.vectors);
      if (term.weight)
        weight = b.loadRow(term.weight, chunk, row, strip);
      for (int64_t v = 0; v < strip.vectors && t > 0; ++v) {
        Value &sum = solved.at(nameOf(term.destination), t, v);
        sum = b.sum(sum, b.product(weight[v], sums.at(op, 0, v)));
      }
    }
    for (auto [m, result] : llvm::enumerate(op.getResults()))
      b.storeRow(result, chunk, row, strip,
                 solved.getRow(nameOf(m), t, strip.vectors));
    for (auto [rows, source] : llvm::zip(decayed, sources)) {
      Vectors factors = loadFactors(source.gate, row);
      for (Vectors &before : rows)
        for (auto [vector, factor] : llvm::zip(before, factors))
          vector = b.product(vector, factor);
      rows.push_back(solved.getRow(nameOf(source.unknown), t, strip.vectors));
    }
  }
}

/// What the half before `middle` gives to the one that begins there.
void SolveEmitter::passOn(Value middle) {
  Value zero = b.index(0);
  Value half =
      arith::AndIOp::create(b.builder, b.loc, middle, b.sub(zero, middle));
  Value begin = b.sub(middle, half);
  Value end = b.min(b.add(middle, half), b.index(b.plan.getPaddedChunk()));
  for (unsigned i = 0; i < sources.size(); ++i)
    decaySource(i, begin, middle);
  Carried decays;
  for (const Source &source : sources)
    decays.addRow(&source, 0, Vectors(strip.vectors, b.splat(1)));
  b.carry(middle, end, kSmallChunk, decays, [&](Value first) {
    // Since the border, for each source and row.
    SmallVector<SmallVector<Vectors>> since(sources.size());
    for (auto [rows, source] : llvm::zip(since, sources)) {
      for (int64_t t = 0; t < kSmallChunk; ++t) {
        rows.push_back(decays.getRow(&source, 0, strip.vectors));
        Vectors factors = loadFactors(source.gate, b.add(first, t));
        for (int64_t v = 0; v < strip.vectors; ++v) {
          Value &decay = decays.at(&source, 0, v);
          decay = b.product(decay, factors[v]);
        }
      }
    }
    for (const Term &term : terms)
      addRows(term, first, begin, middle,
              term.gate ? ArrayRef(since[getSource(term)])
                        : ArrayRef<Vectors>());
  });
}

/// U ∘ Y of a half, into a temporary.
void SolveEmitter::decaySource(unsigned i, Value begin, Value middle) {
  const Source &source = sources[i];
  Carried decay;
  decay.addRow(&source, 0, Vectors(strip.vectors, b.splat(1)));
  b.carry(b.index(0), b.sub(middle, begin), 1, decay, [&](Value back) {
    Value row = b.sub(b.sub(middle, b.index(1)), back);
    Vectors y = b.loadRow(op.getResults()[source.unknown], chunk, row, strip);
    Vectors factors = loadFactors(source.gate, row);
    for (int64_t v = 0; v < strip.vectors; ++v) {
      Value &soFar = decay.at(&source, 0, v);
      b.store(b.product(y[v], soFar), temporaryAt(i, row, v));
      soFar = b.product(soFar, factors[v]);
    }
  });
}

/// One term for a few rows.
void SolveEmitter::addRows(const Term &term, Value first, Value begin,
                           Value middle, ArrayRef<Vectors> decays) {
  Carried sums;
  for (int64_t t = 0; t < kSmallChunk; ++t)
    sums.addRow(op, t, Vectors(strip.vectors, b.splat(0)));
  b.carry(begin, middle, 1, sums, [&](Value s) {
    Vectors y;
    for (int64_t v = 0; term.gate && v < strip.vectors; ++v)
      y.push_back(b.load(temporaryAt(getSource(term), s, v)));
    if (!term.gate)
      y = b.loadRow(op.getResults()[term.source], chunk, s, strip);
    for (int64_t t = 0; t < kSmallChunk; ++t)
      b.addScaled(sums, op, t, scoreAt(term, b.add(first, t), s), y);
  });
  Value destination = op.getResults()[term.destination];
  for (int64_t t = 0; t < kSmallChunk; ++t) {
    Value row = b.add(first, t);
    Vectors vectors = sums.getRow(op, t, strip.vectors);
    Vectors weight(strip.vectors);
    if (term.weight)
      weight = b.loadRow(term.weight, chunk, row, strip);
    Vectors old = b.loadRow(destination, chunk, row, strip);
    for (int64_t v = 0; v < strip.vectors; ++v) {
      Value factor =
          b.product(weight[v], decays.empty() ? Value() : decays[t][v]);
      old[v] = b.sum(old[v], b.product(factor, vectors[v]));
    }
    b.storeRow(destination, chunk, row, strip, old);
  }
}
