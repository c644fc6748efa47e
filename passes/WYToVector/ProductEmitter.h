//===- ProductEmitter.h - what writes give to later reads -------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_PRODUCTEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_PRODUCTEMITTER_H

#include "passes/WYToVector/GateEmitter.h"

namespace sluice {

/// Emits wy.sum of tokens' tensors and wy.apply, for a strip.
class ProductEmitter {
public:
  ProductEmitter(KernelBuilder &b, GateEmitter &gates) : b(b), gates(gates) {}

  void emitSum(wy::SumOp op, const Chunk &chunk, const Strip &strip);
  void emitApply(wy::ApplyOp op, const Chunk &chunk, const Strip &strip);

private:
  using Value = mlir::Value;
  using Vectors = VectorBuilder::Vectors;

  void emitMasked(wy::ApplyOp op, const Chunk &chunk, const Strip &strip);
  void emitRows(wy::ApplyOp op, const Chunk &chunk, const Strip &strip,
                const RowBlock &rows);
  void emitGated(wy::ApplyOp op, const Chunk &chunk, const Strip &strip);
  void emitGatedRows(wy::ApplyOp op, const Chunk &chunk, const Strip &strip,
                     Value first, int64_t count);
  void clearRow(wy::ApplyOp op, const Chunk &chunk, const Strip &strip,
                Value row);

  KernelBuilder &b;
  GateEmitter &gates;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_PRODUCTEMITTER_H
