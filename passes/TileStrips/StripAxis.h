//===- StripAxis.h - the axis that is cut into strips -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESTRIPS_STRIPAXIS_H
#define SLUICE_PASSES_TILESTRIPS_STRIPAXIS_H

#include "dialects/Tile/TileAxes.h"

namespace sluice {

/// A class of axes of a kernel, the size that its axes have in a block, and
/// that of a strip, which divides it.
struct StripAxis {
  const tile::AxisClasses &classes;
  unsigned number;
  int64_t size, width;

  int64_t getNumStrips() const { return size / width; }

  /// The axis of a tensor that is in the class; none of other values.
  std::optional<unsigned> find(mlir::Value value) const {
    return classes.find(value, number);
  }
  /// Returns true for a tensor that has the class in a way that strips cannot
  /// follow: twice, or of another size.
  bool isForeign(mlir::Value value) const;
  /// The type of a strip of a tensor.
  mlir::RankedTensorType getStripType(mlir::Value value) const;
  /// Returns true for an operation on which the axis can be seen, and that does
  /// to a strip what it does to all.
  bool canStrip(mlir::Operation *op) const;
  /// Returns true for an operation that sums over the axis.
  bool isSum(mlir::Operation *op) const;
};

} // namespace sluice

#endif // SLUICE_PASSES_TILESTRIPS_STRIPAXIS_H
