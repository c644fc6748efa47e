//===- ContractedLoopEmitter.h - small chunks in one loop -------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_CONTRACTEDLOOPEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_CONTRACTEDLOOPEMITTER_H

#include "passes/WYToVector/ArgumentEmitter.h"
#include "passes/WYToVector/ScoresEmitter.h"

namespace sluice {

/// Emits what the first phase makes along the contracted axis of a chunk of a
/// few tokens, in one loop over the vectors of that axis: factors of gates and
/// their products, per-token maths with its sums, scores, handed from one to
/// the next in registers. Only what the panels want is stored.
class ContractedLoopEmitter {
public:
  using Value = mlir::Value;

  ContractedLoopEmitter(KernelBuilder &b, ArgumentEmitter &arguments,
                        GateEmitter &gates, ScoresEmitter &scores)
      : b(b), arguments(arguments), gates(gates), scores(scores) {}

  void emit(const Chunk &chunk);

private:
  using RowKey = std::pair<Value, int64_t>;
  /// The rows' vectors at one place of the axis that are in registers.
  struct Rows {
    const Chunk &chunk;
    Value start;
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

  KernelBuilder &b;
  ArgumentEmitter &arguments;
  GateEmitter &gates;
  ScoresEmitter &scores;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_CONTRACTEDLOOPEMITTER_H
