//===- AdjointEmitter.h - nodes that only gradients have --------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_ADJOINTEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_ADJOINTEMITTER_H

#include "passes/WYToVector/GateEmitter.h"

namespace sluice {

/// Emits wy.apply_transposed and wy.solve_transposed for a strip, and sums over
/// tokens, pairs and states.
class AdjointEmitter {
public:
  using Value = mlir::Value;

  AdjointEmitter(KernelBuilder &b, GateEmitter &gates) : b(b), gates(gates) {}

  void emitApply(wy::ApplyTransposedOp op, const Chunk &chunk,
                 const Strip &strip);
  void emitSolve(wy::SolveTransposedOp op, const Chunk &chunk,
                 const Strip &strip);
  void emitTokenSums(wy::TokenSumsOp op, const Chunk &chunk);
  void emitPairSums(wy::PairSumsOp op, const Chunk &chunk);
  void emitDotStates(wy::DotStatesOp op, unsigned lhs, unsigned rhs,
                     const Chunk &chunk);

private:
  using Vectors = VectorBuilder::Vectors;

  void emitRows(wy::ApplyTransposedOp op, const Chunk &chunk,
                const Strip &strip, const RowBlock &rows);
  void emitSystemRow(wy::SolveTransposedOp op, const Chunk &chunk,
                     const Strip &strip, Value row);
  void emitSumsAlong(wy::TokenSumsOp op, const Chunk &chunk, Value start);
  void emitBetween(wy::PairSumsOp op, const Chunk &chunk);
  Value load(Value tensor, const Chunk &chunk, Value row, Value start);
  void store(Value value, Value tensor, const Chunk &chunk, Value row,
             Value start);

  KernelBuilder &b;
  GateEmitter &gates;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_ADJOINTEMITTER_H
