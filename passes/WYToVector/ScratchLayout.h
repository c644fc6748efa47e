//===- ScratchLayout.h - where a chunk's tensors live -----------*- C++ -*-===//
//
// Scratch is one array of float32: panels of the states, what a chunk has once
// (the panel phase's rows, which each panel and chunk makes anew), and a slot
// for every chunk of a block with what its first phase leaves for the panels.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYTOVECTOR_SCRATCHLAYOUT_H
#define SLUICE_PASSES_WYTOVECTOR_SCRATCHLAYOUT_H

#include "passes/WYToVector/ChunkPlan.h"

namespace sluice {

/// Elements [offset, offset + rows · stride), of a slot or of all scratch.
struct ChunkBuffer {
  int64_t offset = 0, stride = 0, rows = 0;
  bool isInSlot = false;
};

/// A place in scratch for every tensor of a plan that needs one.
class ScratchLayout {
public:
  explicit ScratchLayout(const ChunkPlan &plan);

  /// The buffer of a value, null for what nobody looks for in scratch.
  const ChunkBuffer *find(mlir::Value value) const;
  const ChunkBuffer &get(mlir::Value value) const { return *find(value); }
  const ChunkBuffer &getFactors(const GateKey &key) const {
    return factors[plan.getGateIndex(key)];
  }
  /// Rows of a strip for what a solve's node keeps between blocks of tokens.
  const ChunkBuffer &getTemporary(unsigned i) const { return temporaries[i]; }
  int64_t getStateOffset(unsigned state) const;
  int64_t getSlotsOffset() const { return slotsOffset; }
  int64_t getSlotSize() const { return slotSize; }
  int64_t getSize() const { return size; }

private:
  /// The steps of the first phase from which and to which somebody looks at a
  /// tensor.
  struct Life {
    size_t from, to;
  };
  llvm::DenseMap<mlir::Value, Life> findLives() const;
  /// Places the tensors that live and die in the first phase.
  void placeShortLived();
  int64_t getStride(mlir::Value tensor) const;
  ChunkBuffer place(mlir::Value tensor, bool isInSlot);
  ChunkBuffer take(int64_t rows, int64_t stride, bool isInSlot);

  const ChunkPlan &plan;
  llvm::DenseMap<mlir::Value, ChunkBuffer> buffers;
  llvm::SmallVector<ChunkBuffer> factors, temporaries;
  int64_t slotsOffset = 0, slotSize = 0, size = 0;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_SCRATCHLAYOUT_H
