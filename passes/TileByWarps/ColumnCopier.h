//===- ColumnCopier.h - some columns of a kernel's values -------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEBYWARPS_COLUMNCOPIER_H
#define SLUICE_PASSES_TILEBYWARPS_COLUMNCOPIER_H

#include "dialects/Tile/TileAxes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "passes/TileByWarps/ColumnSums.h"

namespace sluice {

/// The columns of values of a kernel: an axis of its tensors, by its class.
class ValueColumns {
public:
  ValueColumns(const tile::AxisClasses &axes, unsigned number)
      : axes(&axes), number(number) {}

  /// The axis of a tensor along which its columns of values are; none of
  /// others.
  std::optional<unsigned> getAxis(mlir::Value value) const {
    return axes->find(value, number);
  }
  /// Whether an operation sums over columns, and leaves none.
  bool isSum(mlir::Operation *op) const;
  /// Whether an operation looks at one column of values at a time.
  bool areIndependentIn(mlir::Operation *op) const;

private:
  const tile::AxisClasses *axes;
  unsigned number;
};

/// Copies operations, with columns of values from `first` on.
struct ColumnCopier {
  mlir::OpBuilder &b;
  ValueColumns columns;
  /// How many columns, and whether there are so many everywhere.
  int64_t width;
  mlir::Value first;
  bool isInBounds;
  mlir::IRMapping map;
  /// Sums over the columns of all warps, of which there are `total`, and the
  /// warp's number; null where there are none.
  const ColumnSums *sums = nullptr;
  int64_t total = 0;
  mlir::Value warp = {};

  void copy(mlir::Operation &op);
  mlir::Type getType(mlir::Value value) const;

private:
  void copyBranch(mlir::scf::IfOp op);
  void copySum(tile::ReduceOp op);
  void movePlaces(tile::PlaceOp from, tile::PlaceOp to);
  template <typename Op> void moveAccess(Op op, std::optional<unsigned> axis);
};

/// Gives each CTA of a kernel's grid, which has one axis, so many in its place.
/// Maps the CTA's number to what it was; the number among those in its place.
mlir::Value divideGrid(mlir::OpBuilder &b, mlir::Location loc,
                       tile::KernelOp kernel, int64_t parts,
                       mlir::IRMapping &map);

/// Makes a warp of each CTA whose chunk is independent of others, with some of
/// the columns where all are too many for a warp. Returns false, and changes
/// nothing, where the kernel is no such or cannot be divided.
bool makeWarpsOfPieces(tile::KernelOp kernel);

} // namespace sluice

#endif // SLUICE_PASSES_TILEBYWARPS_COLUMNCOPIER_H
