//===- PairsEmitter.cpp - matrices of pairs of tokens ---------------------===//

#include "passes/WYToVector/PairsEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sluice;

void PairsEmitter::forVectors(Value row, function_ref<void(Value)> body) {
  b.loop(b.index(0), b.add(row, 1), b.lanes, body);
}

/// Unless the terms stand in one place already.
void PairsEmitter::emitSum(wy::SumOp op, const Chunk &chunk) {
  if (b.plan.isInPlace(op)) {
    if (!b.plan.hasDiagonal(op.getResult()))
      b.rows(b.plan.getChunk(), [&](Value row) {
        b.storeScalar(b.number(0), at(op.getResult(), chunk, row, row));
      });
    return;
  }
  b.loop(b.index(0), b.index(b.plan.getChunk()), 1, [&](Value row) {
    forVectors(row, [&](Value column) {
      Value total;
      for (Value term : op.getTerms())
        total = b.sum(total, b.load(at(term, chunk, row, column)));
      b.store(total, at(op.getResult(), chunk, row, column));
    });
  });
}

/// Down the columns, D(t, s) = f_{t−1} D(t−1, s), a vector of them at a time;
/// 1 where s + 1 ≥ t.
void PairsEmitter::emitDecays(wy::DecaysOp op, const Chunk &chunk) {
  GateEmitter::Gate gate = gates.getGate(op.getGate(), op.getKind());
  auto type = VectorType::get({b.lanes}, b.builder.getI1Type());
  Value size = b.index(b.plan.getChunk());
  b.loop(b.index(0), size, b.lanes, [&](Value column) {
    b.store(b.splat(1), at(op.getResult(), chunk, column, column));
    b.carry(b.add(column, 1), size, 1, b.splat(1),
            [&](Value row, ValueRange carried) {
              Value before = b.sub(row, b.index(1));
              Value factor = gates.loadOne(gate, chunk, before, b.index(0));
              Value between = vector::CreateMaskOp::create(
                  b.builder, b.loc, type, b.sub(before, column));
              Value decay =
                  b.select(between, b.product(carried[0], factor), b.splat(1));
              b.store(decay, at(op.getResult(), chunk, row, column));
              return VectorBuilder::Vectors{decay};
            });
  });
}

void PairsEmitter::emitScale(wy::ScaleOp op, const Chunk &chunk) {
  b.loop(b.index(0), b.index(b.plan.getChunk()), 1, [&](Value row) {
    Value scalar =
        op.getRows() ? b.loadScalar(op.getRows(), chunk, row) : Value();
    forVectors(row, [&](Value column) {
      Value scaled = b.load(at(op.getScores(), chunk, row, column));
      for (Value factor : op.getFactors())
        scaled = b.product(scaled, b.load(at(factor, chunk, row, column)));
      scaled = b.product(scaled, scalar);
      // A token's scalars stand side by side.
      if (op.getColumns())
        scaled = b.product(scaled,
                           b.load(b.at(op.getColumns(), chunk, column, row)));
      b.store(scaled, at(op.getResult(), chunk, row, column));
    });
  });
}

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

void PairsEmitter::fill(Value matrix, const Chunk &chunk, bool isIdentity) {
  b.loop(b.index(0), b.index(b.plan.getChunk()), 1, [&](Value row) {
    forVectors(row, [&](Value column) {
      b.store(b.splat(0), at(matrix, chunk, row, column));
    });
    if (isIdentity)
      b.storeScalar(b.number(1), at(matrix, chunk, row, row));
  });
}

/// Row `toRow` of `to`, from `begin` on, += score · row `fromRow` of `from` up
/// to its diagonal.
void PairsEmitter::addRow(Value score, Value from, Value fromRow, Value to,
                          Value toRow, Value begin, const Chunk &chunk) {
  b.loop(begin, b.add(fromRow, 1), 1, [&](Value s) {
    Value place = at(to, chunk, toRow, s);
    Value more = b.product(score, b.loadScalar(at(from, chunk, fromRow, s)));
    b.storeScalar(b.sum(b.loadScalar(place), more), place);
  });
}

/// The columns u of row t in a mask: from `begin` to `end`.
static std::pair<Value, Value>
getMaskedColumns(KernelBuilder &b, std::optional<wy::MaskAttr> mask, Value t) {
  Value past = b.add(t, 1);
  if (!mask)
    return {b.index(0), past};
  int64_t size = mask->getSize();
  if (size == 0)
    return {t, past};
  auto blockStart = [&](int64_t block) {
    return b.sub(t,
                 arith::RemUIOp::create(b.builder, b.loc, t, b.index(block)));
  };
  if (mask->getKind() == wy::MaskKind::Inside)
    return {blockStart(size), past};
  // None in an earlier half: its start is that of the block.
  return {blockStart(2 * size), blockStart(size)};
}

void PairsEmitter::emitProduct(wy::ProductOp op, const Chunk &chunk) {
  int64_t n = op.getGrid();
  for (Value result : op.getResults())
    fill(result, chunk, /*isIdentity=*/false);
  auto emitRow = [&](Value t) {
    auto [from, to] = getMaskedColumns(b, op.getMask(), t);
    Value begin = b.index(0);
    if (op.getBlock())
      begin = b.sub(t, arith::RemUIOp::create(
                           b.builder, b.loc, t,
                           b.index(static_cast<int64_t>(*op.getBlock()))));
    b.loop(from, to, 1, [&, begin = begin](Value u) {
      for (auto [index, a] : llvm::enumerate(op.getLhs())) {
        int64_t entry = op.getEntry(index), i = entry / n, k = entry % n;
        Value score = b.loadScalar(at(a, chunk, t, u));
        for (int64_t j = 0; j < n; ++j)
          addRow(score, op.getRhs()[k * n + j], u, op.getResults()[i * n + j],
                 t, begin, chunk);
      }
    });
  };
  b.loop(b.index(0), b.index(b.plan.getChunk()), 1, emitRow);
}

void PairsEmitter::emitInverse(wy::InverseOp op, const Chunk &chunk) {
  int64_t n = op.getGrid(), block = static_cast<int64_t>(op.getBlock());
  for (auto [entry, result] : llvm::enumerate(op.getResults()))
    fill(result, chunk, static_cast<int64_t>(entry) % (n + 1) == 0);
  b.loop(b.index(0), b.index(b.plan.getChunk()), 1, [&](Value t) {
    Value begin =
        b.sub(t, arith::RemUIOp::create(b.builder, b.loc, t, b.index(block)));
    for (auto [scores, entry] : llvm::zip(op.getScores(), op.getEntries())) {
      int64_t i = entry / n, k = entry % n;
      b.loop(begin, t, 1, [&, scores = scores](Value u) {
        Value score = b.loadScalar(at(scores, chunk, t, u));
        for (int64_t j = 0; j < n; ++j)
          addRow(score, op.getResults()[k * n + j], u,
                 op.getResults()[i * n + j], t, begin, chunk);
      });
    }
  });
}
