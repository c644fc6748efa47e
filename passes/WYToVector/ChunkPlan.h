//===- ChunkPlan.h - when a node is computed, where it lives ----*- C++ -*-===//
//
// The plan of a chunk on a CPU. *Outer* is the axis along which the chunk's
// unknowns run, so along which everything that is read from the state runs:
// value where states are read from the left. Its columns are independent, so
// the state is cut in panels of a few vectors of columns, all inner rows high,
// and what is made of reads is computed panel by panel:
//
//   for a block of chunks:
//     for each chunk:   the *first* phase: what needs no state, in a slot
//     for each panel:   for each chunk:  the *panel* phase: reads, solve,
//                                        outputs, update
//
// so that a panel stays in the first-level cache through a block. A graph that
// mixes outer columns (a read from the other side, a reduction) runs chunk by
// chunk, each node over all panels.
//
// Rows of tokens that a short chunk does not have hold zeros (gates: ones), so
// that the code of the panel phase need not ask how many there are. Rows past
// C, which fill up blocks of rows, hold anything, and nothing looks at them.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYTOVECTOR_CHUNKPLAN_H
#define SLUICE_PASSES_WYTOVECTOR_CHUNKPLAN_H

#include "dialects/WY/WYOps.h"
#include "llvm/ADT/MapVector.h"

namespace sluice {

struct ChunkKernelSizes {
  /// float32 elements of a vector; vectors of a panel; chunks of a block.
  int64_t lanes, panelVectors, blockChunks;
  /// Vector registers.
  int64_t registers;
};

/// What a tensor of the graph is.
struct TensorShape {
  /// Along which axis a row runs; nothing for a scalar.
  std::optional<delta::Axis> axis;
  /// One row a token; else one in all.
  bool perToken = true;
  /// C × C.
  bool isScores = false;
};

/// Elements [offset, offset + rows · stride), of a slot or of all scratch.
struct ChunkBuffer {
  int64_t offset = 0, stride = 0, rows = 0;
  bool isInSlot = false;
};

/// A gate's tensor as factors, and what stands in rows without a token.
struct GateKey {
  mlir::Value gate;
  wy::GateKind kind;
  bool isOneWithoutToken;
  bool operator==(const GateKey &) const = default;
};

/// Chunks whose rows and pairs of rows are all held in registers.
inline constexpr int64_t kSmallChunk = 4;

class ChunkPlan {
public:
  ChunkPlan(wy::ScanOp scan, const ChunkKernelSizes &sizes);

  wy::ScanOp getScan() const { return scan; }
  int64_t getChunk() const { return chunk; }
  /// C rounded up to whole blocks of rows.
  int64_t getPaddedChunk() const { return (chunk + 3) / 4 * 4; }
  delta::Axis getInner() const { return inner; }
  delta::Axis getOuter() const {
    return inner == delta::Axis::Key ? delta::Axis::Value : delta::Axis::Key;
  }
  int64_t dim(delta::Axis axis) const;
  int64_t paddedDim(delta::Axis axis) const;
  int64_t panelWidth() const { return sizes.lanes * sizes.panelVectors; }
  int64_t numPanels() const {
    return (dim(getOuter()) + panelWidth() - 1) / panelWidth();
  }
  const ChunkKernelSizes &getSizes() const { return sizes; }
  /// Rows of reads whose sums one sweep over a panel keeps in registers, beside
  /// the outer vectors of `writes` and two registers for what comes and goes.
  int64_t getReadTile(int64_t writes = 0) const {
    int64_t states = wy::ScanOp(scan).getStates().size();
    int64_t free = (sizes.registers - 2) / sizes.panelVectors - states - writes;
    return std::max<int64_t>(free, writes > 0 ? 0 : 1);
  }

  TensorShape getShape(mlir::Value value) const;
  bool dependsOnState(mlir::Value value) const {
    return dependent.contains(value);
  }
  /// Panels can run one after the other through a block.
  bool isColumnwise() const { return columnwise; }
  bool isInPanelPhase(mlir::Operation *op) const {
    return panelOps.contains(op);
  }

  /// Null for an argument that only wy.tokens of the first phase use.
  const ChunkBuffer *getBuffer(mlir::Value value) const;
  const ChunkBuffer &getFactors(const GateKey &key) const;
  llvm::ArrayRef<GateKey> getGates() const { return gateKeys; }
  /// The tensor is its own factors: rows without a token hold ones.
  bool isOnlyGate(mlir::Value value) const { return onlyGates.contains(value); }
  /// Columns along the inner axis that the first phase makes one by one:
  /// products of gates, elementwise maths, scores of small chunks.
  bool isInColumnLoop(mlir::Operation *op) const {
    return columnLoopOps.contains(op);
  }
  /// The gate's factors are made there as well, for no one else.
  bool isFactorInColumnLoop(mlir::Value gate) const;
  /// Made and used in registers there.
  bool isOnlyInColumnLoop(mlir::Value value) const;
  const ChunkBuffer &getTemporary(unsigned i) const { return temporaries[i]; }
  int64_t getStateOffset(unsigned state) const;
  int64_t getSlotsOffset() const { return slotsOffset; }
  int64_t getSlotSize() const { return slotSize; }
  int64_t getScratchSize() const { return scratchSize; }
  /// The reads of the inner axis.
  bool isPanelRead(wy::ReadOp read) const;

private:
  void findAxes();
  void findDependents();
  void findPhases();
  bool staysInColumns(mlir::Operation &op) const;
  void collectGates();
  bool isOneColumnLoop(wy::TokensOp op) const;
  void findColumnLoop();
  void allocate();
  ChunkBuffer place(const TensorShape &shape, bool isInSlot);

  wy::ScanOp scan;
  ChunkKernelSizes sizes;
  int64_t chunk;
  delta::Axis inner = delta::Axis::Key;
  llvm::DenseMap<mlir::Value, TensorShape> shapes;
  llvm::DenseSet<mlir::Value> dependent;
  llvm::DenseSet<mlir::Operation *> panelOps;
  bool columnwise = true;
  llvm::DenseSet<mlir::Value> onlyGates;
  llvm::DenseSet<mlir::Operation *> columnLoopOps;
  llvm::DenseMap<mlir::Value, ChunkBuffer> buffers;
  llvm::SmallVector<GateKey> gateKeys;
  llvm::SmallVector<ChunkBuffer> factorBuffers, temporaries;
  int64_t slotsOffset = 0, slotSize = 0, scratchSize = 0;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_CHUNKPLAN_H
