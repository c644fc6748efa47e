//===- ProductEmitter.h - what writes give to later reads -------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_PRODUCTEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_PRODUCTEMITTER_H

#include "passes/WYToVector/GateEmitter.h"

namespace sluice {

/// Emits wy.sum, wy.apply and wy.solve for the columns of a strip.
class ProductEmitter {
public:
  ProductEmitter(ChunkBuilder &b, GateEmitter &gates) : b(b), gates(gates) {}

  void emitSum(wy::SumOp op, const Chunk &chunk, const Strip &strip);
  void emitApply(wy::ApplyOp op, const Chunk &chunk, const Strip &strip);
  void emitSolve(wy::SolveOp op, const Chunk &chunk, const Strip &strip);

private:
  using Value = mlir::Value;
  using Vectors = VectorBuilder::Vectors;
  /// Rows [first, first + count). Products with rows before `first` come from a
  /// loop, if there are any.
  struct RowBlock {
    Value first;
    int64_t count;
    bool hasEarlier;
  };
  void forRowBlocks(llvm::function_ref<void(const RowBlock &)> body);
  void addRow(Carried &sums, const void *owner, int64_t row, Value score,
              llvm::ArrayRef<Value> vectors);
  void emitApplyRows(wy::ApplyOp op, const Chunk &chunk, const Strip &strip,
                     const RowBlock &rows);
  void emitGatedApply(wy::ApplyOp op, const Chunk &chunk, const Strip &strip);
  void emitSolveRows(wy::SolveOp op, const Chunk &chunk, const Strip &strip,
                     const RowBlock &rows);
  void emitGeneralSolve(wy::SolveOp op, const Chunk &chunk, const Strip &strip);

  ChunkBuilder &b;
  GateEmitter &gates;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_PRODUCTEMITTER_H
