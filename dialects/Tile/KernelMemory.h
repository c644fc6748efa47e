//===- KernelMemory.h - what a kernel has and writes ------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_TILE_KERNELMEMORY_H
#define SLUICE_DIALECTS_TILE_KERNELMEMORY_H

#include "dialects/Tile/TileOps.h"

namespace sluice::tile {

/// Bytes that the buffers of a kernel's shared memory take, if none has another
/// one's place.
struct SharedBytes {
  explicit SharedBytes(KernelOp kernel);

  /// Of the CTA's buffers, and of those that each warp has.
  int64_t ofCTA = 0, ofWarp = 0;
};

/// What stores of a kernel write of the memory that it is given.
class WrittenMemory {
public:
  explicit WrittenMemory(KernelOp kernel);

  /// One value for all arguments that may be the same memory: final states may
  /// be where the initial ones are.
  mlir::Value getLeader(mlir::Value memory) const {
    return leaders.lookup_or(memory, memory);
  }
  /// Returns true for memory of the caller's that nobody in the kernel writes,
  /// so that what was loaded from it may be loaded at another time.
  bool isConstant(mlir::Value memory) const {
    return !isShared(mlir::cast<mlir::MemRefType>(memory.getType())) &&
           !stored.contains(getLeader(memory));
  }

private:
  llvm::DenseMap<mlir::Value, mlir::Value> leaders;
  llvm::DenseSet<mlir::Value> stored;
};

} // namespace sluice::tile

#endif // SLUICE_DIALECTS_TILE_KERNELMEMORY_H
