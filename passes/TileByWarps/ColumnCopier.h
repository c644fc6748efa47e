//===- ColumnCopier.h - operations with columns of values -------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEBYWARPS_COLUMNCOPIER_H
#define SLUICE_PASSES_TILEBYWARPS_COLUMNCOPIER_H

#include "mlir/IR/IRMapping.h"
#include "passes/TileByWarps/ChunkPhases.h"
#include "passes/TileByWarps/ColumnSums.h"

namespace sluice {

/// Copies operations, with columns of values from `first` on.
struct ColumnCopier {
  mlir::OpBuilder &b;
  const ChunkPhases &phases;
  const ColumnSums &sums;
  /// The warp's number.
  mlir::Value warp;
  /// How many columns, and whether there are so many everywhere.
  int64_t width;
  mlir::Value first;
  bool isInBounds;
  mlir::IRMapping map;

  void copy(mlir::Operation &op);
  mlir::Type getType(mlir::Value value) const;

private:
  void copyBranch(mlir::scf::IfOp op);
  void copySum(tile::ReduceOp op);
  template <typename Op> void moveAccess(Op op, std::optional<unsigned> axis);
};

} // namespace sluice

#endif // SLUICE_PASSES_TILEBYWARPS_COLUMNCOPIER_H
