//===- StripMemory.h - what accesses of memory wait for ---------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESTRIPS_STRIPMEMORY_H
#define SLUICE_PASSES_TILESTRIPS_STRIPMEMORY_H

#include "dialects/Tile/KernelMemory.h"
#include "passes/TileStrips/StripAxis.h"

namespace sluice {

/// The memory of a kernel, and the accesses of a block, in order.
class StripMemory {
public:
  explicit StripMemory(tile::KernelOp kernel) : written(kernel) {}

  bool isConstant(mlir::Value memory) const {
    return written.isConstant(memory);
  }

  /// The number of passes after which all is done that `op` and what is in it
  /// must come after; an access of strips may be in the same pass as one of the
  /// same strips. `axis` is null for an operation that is not in a pass.
  unsigned getLevel(mlir::Operation *op, const StripAxis *axis) const;
  /// Whether `op`, or what is in it, accesses the memory.
  bool isAccessed(mlir::Value memory, mlir::Operation *op) const;
  /// Notes that `op` is done after so many passes.
  void add(mlir::Operation *op, const StripAxis *axis, unsigned level);

private:
  struct Access {
    mlir::Value memory;
    bool isStore;
    unsigned level;
    /// Of accesses in passes: which axis of the memory is the axis of strips,
    /// and where the first strip is.
    std::optional<int64_t> along;
    mlir::Value start;

    bool hasSameStrips(const Access &other) const;
  };

  std::optional<Access> getAccess(mlir::Operation *op,
                                  const StripAxis *axis) const;

  tile::WrittenMemory written;
  llvm::SmallVector<Access> accesses;
};

} // namespace sluice

#endif // SLUICE_PASSES_TILESTRIPS_STRIPMEMORY_H
