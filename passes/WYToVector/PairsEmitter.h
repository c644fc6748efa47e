//===- PairsEmitter.h - matrices of pairs of tokens -------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_PAIRSEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_PAIRSEMITTER_H

#include "passes/WYToVector/GateEmitter.h"

namespace sluice {

/// Emits what makes C × C matrices of others: wy.decays, wy.scale, wy.product,
/// wy.inverse and wy.sum of such. What stands above their diagonals is
/// anything.
class PairsEmitter {
public:
  PairsEmitter(KernelBuilder &b, GateEmitter &gates) : b(b), gates(gates) {}

  void emitSum(wy::SumOp op, const Chunk &chunk);
  void emitDecays(wy::DecaysOp op, const Chunk &chunk);
  void emitScale(wy::ScaleOp op, const Chunk &chunk);
  void emitProduct(wy::ProductOp op, const Chunk &chunk);
  void emitInverse(wy::InverseOp op, const Chunk &chunk);

private:
  using Value = mlir::Value;

  Value at(Value matrix, const Chunk &chunk, Value t, Value s) {
    return b.at(matrix, chunk, t, s);
  }
  /// Emits `body` for the vectors of a row up to its diagonal.
  void forVectors(Value row, llvm::function_ref<void(Value)> body);
  void fill(Value matrix, const Chunk &chunk, bool isIdentity);
  void addRow(Value score, Value from, Value fromRow, Value to, Value toRow,
              Value begin, const Chunk &chunk);

  KernelBuilder &b;
  GateEmitter &gates;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_PAIRSEMITTER_H
