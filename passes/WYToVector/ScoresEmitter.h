//===- ScoresEmitter.h - products of tokens with earlier ones ---*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_SCORESEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_SCORESEMITTER_H

#include "passes/WYToVector/GateEmitter.h"

namespace sluice {

/// Emits wy.scores.
class ScoresEmitter {
public:
  using Value = mlir::Value;

  ScoresEmitter(ChunkBuilder &b, GateEmitter &gates) : b(b), gates(gates) {}

  void emit(wy::ScoresOp op, const Chunk &chunk);
  void emitDiagonal(wy::ScoresOp op, const Chunk &chunk);

  // All pairs of a small chunk's tokens, with their sums in registers.
  using RowOf = llvm::function_ref<Value(Value tensor, int64_t row)>;
  using GateOf = llvm::function_ref<GateMatrix(int64_t row)>;
  /// Sums that are 0, in the op's name.
  void beginPairs(wy::ScoresOp op, Carried &sums);
  /// Adds what one vector of channels contributes.
  void addPairs(wy::ScoresOp op, RowOf rowOf, GateOf gateOf, Carried &sums);
  /// Stores the sums over lanes; a scalar gate's decays come after the product.
  void endPairs(wy::ScoresOp op, const Chunk &chunk, Carried &sums);

private:
  using RowAt =
      llvm::function_ref<Value(size_t state, Value row, Value column)>;
  /// A block of rows and one of columns, of which entries are wanted that lie
  /// below the diagonal (`isStrict`) or all.
  struct Block {
    Value firstRow, firstColumn;
    int64_t rows, columns;
    bool isStrict;
  };
  void emitProducts(wy::ScoresOp op, const Chunk &chunk, const Block &block,
                    RowAt rowAt, RowAt columnAt);
  void emitSmall(wy::ScoresOp op, const Chunk &chunk);
  void emitDyadic(wy::ScoresOp op, const Chunk &chunk);
  void emitLevel(wy::ScoresOp op, const Chunk &chunk, Value half, int64_t tile);
  void decayRows(wy::ScoresOp op, const GateEmitter::Gate &gate,
                 const Chunk &chunk, Value begin, Value end, bool isLater);
  void decayAfterProduct(wy::ScoresOp op, const Chunk &chunk);
  int64_t getChannels(wy::ScoresOp op);

  ChunkBuilder &b;
  GateEmitter &gates;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_SCORESEMITTER_H
