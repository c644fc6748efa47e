//===- ArgumentEmitter.h - a chunk's arguments from memory ------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_ARGUMENTEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_ARGUMENTEMITTER_H

#include "passes/WYToVector/KernelBuilder.h"

namespace sluice {

/// Emits loads of arguments, which are float32 from there on.
class ArgumentEmitter {
public:
  using Value = mlir::Value;

  explicit ArgumentEmitter(KernelBuilder &b) : b(b) {}

  Value loadScalar(mlir::BlockArgument argument, const Chunk &chunk, Value row);
  Value loadVector(mlir::BlockArgument argument, const Chunk &chunk, Value row,
                   const VectorSpan &span);
  /// Copies an argument into scratch, for nodes that take whole chunks.
  void copy(mlir::BlockArgument argument, const Chunk &chunk);
  /// Zeros for tokens that a short chunk does not have; ones in a gate.
  void clearMissingRows(Value tensor, const Chunk &chunk);
  /// A share of the next block's tokens for each chunk of each panel, so that
  /// memory works while the panels compute.
  void prefetchShare(const Chunk &chunk, Value panel);
  /// Share number `part` of `parts` of the tokens of the chunk that runs next.
  void prefetchNext(const Chunk &chunk, int64_t part, int64_t parts);

private:
  llvm::SmallVector<Value> place(mlir::BlockArgument argument,
                                 const Chunk &chunk, Value row);
  void prefetchToken(Value token);

  KernelBuilder &b;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_ARGUMENTEMITTER_H
