//===- ChunkPhases.h - what of a chunk waits for its state ------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEBYWARPS_CHUNKPHASES_H
#define SLUICE_PASSES_TILEBYWARPS_CHUNKPHASES_H

#include "passes/TileByWarps/ColumnCopier.h"
#include "llvm/ADT/MapVector.h"

namespace sluice {

/// When an operation of a chunk is executed.
enum class Phase {
  /// By the warp that makes the chunk.
  Chunk,
  /// By all warps, each for its columns.
  Columns,
  /// In either: it costs less than a place in shared memory, or has none.
  Both
};

/// A kernel's loop over chunks, divided into what depends on no state and has
/// no columns of values, and the rest.
class ChunkPhases {
public:
  /// None where the kernel has no such loop, or columns are not independent.
  static std::optional<ChunkPhases> find(tile::KernelOp kernel);

  mlir::scf::ForOp getLoop() const { return loop; }
  /// Tokens of a chunk, and value columns of the states.
  int64_t getTokens() const { return tokens; }
  int64_t getColumns() const { return columns; }
  Phase getPhase(mlir::Operation *op) const { return phases.lookup(op); }
  /// Sums over columns of values, in all of the kernel, for which the warps
  /// that have the columns must meet.
  llvm::ArrayRef<tile::ReduceOp> getColumnSums() const { return columnSums; }
  /// Whether a chunk's first phase stores something for good, which several
  /// CTAs of a head would all store.
  bool storesRows() const;
  /// Whether an operation looks at columns of values, or gives some.
  bool hasColumns(mlir::Operation *op) const;
  /// What the second phase needs of the first, in order.
  llvm::ArrayRef<mlir::Value> getCuts() const { return cuts.getArrayRef(); }
  /// The columns of values; not longer than this lives.
  ValueColumns getValues() const { return {axes, valueClass}; }
  std::optional<unsigned> getValueAxis(mlir::Value value) const {
    return getValues().getAxis(value);
  }

private:
  ChunkPhases(tile::KernelOp kernel, mlir::scf::ForOp loop)
      : axes(kernel), loop(loop), body(loop.getBody()) {}

  bool findColumns();
  /// Whether an operation stores what has no columns.
  bool storesRows(mlir::Operation *op) const;
  /// Whether all of a kernel's operations can be divided.
  bool isDivisible(tile::KernelOp kernel) const;
  /// Finds what the chunk's last states are made of.
  void findSources();
  bool isInLoop(mlir::Operation *op) const {
    return op && op->getBlock() == body;
  }
  Phase choosePhase(mlir::Operation &op) const;
  /// Has the second phase take a value from the first, or make it again.
  void cut(mlir::Value value);

  tile::AxisClasses axes;
  mlir::scf::ForOp loop;
  mlir::Block *body;
  unsigned valueClass = 0;
  int64_t tokens = 0, columns = 0;
  llvm::SmallVector<tile::ReduceOp> columnSums;
  llvm::DenseSet<mlir::Operation *> sourcesOfStates;
  llvm::DenseMap<mlir::Operation *, Phase> phases;
  llvm::SetVector<mlir::Value> cuts;
};

} // namespace sluice

#endif // SLUICE_PASSES_TILEBYWARPS_CHUNKPHASES_H
