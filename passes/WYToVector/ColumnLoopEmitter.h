//===- ColumnLoopEmitter.h - small chunks, column by column -----*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_COLUMNLOOPEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_COLUMNLOOPEMITTER_H

#include "passes/WYToVector/ArgumentEmitter.h"
#include "passes/WYToVector/ScoresEmitter.h"

namespace sluice {

/// Emits what the first phase makes along the contracted axis of a chunk of a
/// few tokens, in one loop over vectors of columns: factors of gates and their
/// products, per-token maths with its sums, scores, handed from one to the next
/// in registers. Only what the panels want is stored.
class ColumnLoopEmitter {
public:
  using Value = mlir::Value;

  ColumnLoopEmitter(ChunkBuilder &b, ArgumentEmitter &arguments,
                    GateEmitter &gates, ScoresEmitter &scores)
      : b(b), arguments(arguments), gates(gates), scores(scores) {}

  void emit(const Chunk &chunk);

private:
  using RowKey = std::pair<Value, int64_t>;
  /// The rows of one vector of columns that are in registers.
  struct Rows {
    const Chunk &chunk;
    Value column;
    /// Scalars of tokens, broadcast before the loop.
    llvm::DenseMap<RowKey, Value> scalars{};
    llvm::DenseMap<RowKey, Value> vectors{};
    /// By gate of the plan and token.
    llvm::DenseMap<std::pair<unsigned, int64_t>, Value> factors{};
  };
  Value rowOf(Value tensor, int64_t row, Rows &rows);
  Value argumentRow(mlir::BlockArgument argument, int64_t row, Rows &rows);
  Value existingRow(Value vector, int64_t row, double missing, Rows &rows);
  Value factorRow(const GateKey &key, int64_t row, Rows &rows);
  GateMatrix gateOf(llvm::ArrayRef<GateKey> keys, int64_t row, Rows &rows);

  void emitNode(mlir::Operation *op, Rows &rows, Carried &sums);
  void accumulate(wy::AccumulateOp op, Rows &rows);
  void emitTokens(wy::TokensOp op, Rows &rows, Carried &sums);
  void storeTokenSums(wy::TokensOp op, const Chunk &chunk, Carried &sums);

  ChunkBuilder &b;
  ArgumentEmitter &arguments;
  GateEmitter &gates;
  ScoresEmitter &scores;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_COLUMNLOOPEMITTER_H
