//===- ScoresEmitter.h - products of tokens with earlier ones ---*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_SCORESEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_SCORESEMITTER_H

#include "passes/WYToVector/GateEmitter.h"

namespace sluice {

/// Emits wy.scores.
class ScoresEmitter {
public:
  using Value = mlir::Value;

  ScoresEmitter(KernelBuilder &b, GateEmitter &gates) : b(b), gates(gates) {}

  void emit(wy::ScoresOp op, const Chunk &chunk);
  void emitDiagonal(wy::ScoresOp op, const Chunk &chunk);

  // All pairs of a few neighbouring tokens, a small chunk's or a leaf's, with
  // their sums in registers.
  using RowOf = llvm::function_ref<Value(Value tensor, int64_t row)>;
  using GateOf = llvm::function_ref<GateMatrix(int64_t row)>;
  /// The number of those tokens.
  int64_t getLeaf(wy::ScoresOp op);
  /// Sums that are 0, in the op's name.
  void beginPairs(wy::ScoresOp op, Carried &sums);
  /// Adds what one vector of channels contributes.
  void addPairs(wy::ScoresOp op, RowOf rowOf, GateOf gateOf, Carried &sums);
  /// Stores the sums over lanes; a scalar gate's decays come after the product.
  void endPairs(wy::ScoresOp op, const Chunk &chunk, Value firstToken,
                Carried &sums);
  /// A gate of vectors, or of several states, goes into the products.
  bool isGatedInside(wy::ScoresOp op);

private:
  /// A tile of rows and one of columns, of which all pairs are wanted or those
  /// below the diagonal (`isStrict`).
  struct Tile {
    Value firstRow, firstColumn;
    int64_t size;
    bool isStrict;
  };
  void emitTile(wy::ScoresOp op, const Chunk &chunk, const Tile &tile);
  void emitTriangle(wy::ScoresOp op, const Chunk &chunk, Value begin, Value end,
                    int64_t size);
  void emitUngated(wy::ScoresOp op, const Chunk &chunk);
  void emitLeaf(wy::ScoresOp op, const Chunk &chunk, Value firstToken);
  void clear(wy::ScoresOp op, const Chunk &chunk);
  int64_t getContractedSize(wy::ScoresOp op);

  KernelBuilder &b;
  GateEmitter &gates;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_SCORESEMITTER_H
