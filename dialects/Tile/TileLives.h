//===- TileLives.h - registers that tensors take ----------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_TILE_TILELIVES_H
#define SLUICE_DIALECTS_TILE_TILELIVES_H

#include "dialects/Tile/TileOps.h"

namespace sluice::tile {

/// Registers of a thread that tensors in a kernel take, all that are alive at
/// once. Before there are layouts all threads are taken to share a tensor. What
/// costs next to nothing to have again where it is needed counts as nothing:
/// constants, masks and places, numbers, and what is broadcast but for what it
/// is broadcast from.
class TileLives {
public:
  /// Of a kernel, at its widest point. What it says of an operation holds until
  /// one is moved.
  explicit TileLives(KernelOp kernel);

  static int64_t countRegisters(mlir::Value value, int64_t warps);

  /// At the widest point of the kernel.
  int64_t getWidest() const { return widest; }
  /// At the widest point of an operation, what is in it included.
  int64_t get(mlir::Operation *op) const { return lives.lookup(op); }
  /// What is alive in all of the regions of an operation, but for what they
  /// take as arguments.
  int64_t getAround(mlir::Operation *op) const { return around.lookup(op); }

private:
  void visit(mlir::Block &block, int64_t outside);

  int64_t warps, widest = 0;
  llvm::DenseMap<mlir::Operation *, int64_t> lives, around;
};

} // namespace sluice::tile

#endif // SLUICE_DIALECTS_TILE_TILELIVES_H
