//===- TileAxes.h - which axes of a kernel are one --------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_TILE_TILEAXES_H
#define SLUICE_DIALECTS_TILE_TILEAXES_H

#include "dialects/Tile/TileOps.h"
#include "llvm/ADT/IntEqClasses.h"

namespace sluice::tile {

/// Gives every user of a uniform tensor its own copy, so that they connect
/// nobody: of constants, repeated numbers, places, and what is computed from
/// those alone, as masks are. They cost next to nothing to make again.
void separateUniforms(KernelOp kernel);

/// Classes of the axes of a kernel's tensors, and of memory that is accessed:
/// those are one along which operations go at the same pace. The tokens of a
/// chunk are such a class, its keys another. Uniform tensors must be separate.
class AxisClasses {
public:
  explicit AxisClasses(KernelOp kernel);

  /// The number of the class of an axis of a tensor or of memory.
  unsigned get(mlir::Value value, unsigned axis) const {
    return classes[numbers.lookup(value) + axis];
  }
  /// The first axis of a tensor that is in a class; none of other values, and
  /// of those that were made later.
  std::optional<unsigned> find(mlir::Value value, unsigned number) const;

  /// The axis of the operand of a dot, 0 or 1, that is summed over.
  static unsigned getContracted(DotOp op, bool isRight) {
    return isRight ? op.getTransposeRhs() : !op.getTransposeLhs();
  }

private:
  void add(mlir::Value value);
  void join(mlir::Value a, unsigned axisOfA, mlir::Value b, unsigned axisOfB);
  /// Joins all axes of values of one rank.
  void joinAll(mlir::Value a, mlir::Value b);
  void joinAll(mlir::ValueRange a, mlir::ValueRange b);
  void visit(mlir::Operation *op);

  /// Where a value's axes begin.
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  unsigned next = 0;
  llvm::IntEqClasses classes;
};

} // namespace sluice::tile

#endif // SLUICE_DIALECTS_TILE_TILEAXES_H
