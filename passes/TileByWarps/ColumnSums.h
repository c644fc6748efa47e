//===- ColumnSums.h - sums over columns of several warps --------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEBYWARPS_COLUMNSUMS_H
#define SLUICE_PASSES_TILEBYWARPS_COLUMNSUMS_H

#include "dialects/Tile/TileOps.h"
#include "llvm/ADT/MapVector.h"

namespace sluice {

/// Sums (products, maxima, minima) over columns of which each warp has a part.
/// Each has shared memory with a row for each warp: a warp sums its own columns
/// into its row, and then, all having done so, all rows.
class ColumnSums {
public:
  ColumnSums(llvm::ArrayRef<tile::ReduceOp> sums, int64_t warps);

  int64_t getBytes() const;
  /// Gives each sum its memory.
  void makeMemory(mlir::OpBuilder &b);
  bool contains(mlir::Operation *op) const { return memory.contains(op); }

  /// The sum that `op` is, of the columns of all warps. `mine` is a warp's part
  /// of its operand, `warp` the warp's number. Columns from `end` on, counted
  /// from the warp's first, do not exist; null where all do.
  mlir::Value sum(mlir::OpBuilder &b, tile::ReduceOp op, mlir::Value mine,
                  mlir::Value warp, mlir::Value end) const;

private:
  mlir::MemRefType getMemoryType(tile::ReduceOp op) const;

  int64_t warps;
  llvm::MapVector<mlir::Operation *, mlir::Value> memory;
};

} // namespace sluice

#endif // SLUICE_PASSES_TILEBYWARPS_COLUMNSUMS_H
