//===- ChunkPlan.h - when a node is computed --------------------*- C++ -*-===//
//
// The plan of a chunk on a CPU. The *free* axis is the one along which the
// chunk's unknowns run, so along which everything that is read from the state
// runs: value where states are read from the left. Reads contract the other
// one. Free columns are independent, so the state is cut in panels of a few
// vectors of columns, all contracted rows high, and what is made of reads is
// computed panel by panel:
//
//   for a block of chunks:
//     for each chunk:   the *first* phase: what needs no state, in a slot
//     for each panel:   for each chunk:  the *panel* phase: reads, solve,
//                                        outputs, update
//
// so that a panel stays in the first-level cache through a block. A graph that
// mixes free columns (a read from the other side, a reduction) runs chunk by
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

/// A gate's tensor as factors, and what stands in rows without a token.
struct GateKey {
  mlir::Value gate;
  wy::GateKind kind;
  bool isOneWithoutToken;
  bool operator==(const GateKey &) const = default;
};

/// The keys of a gate of n states, an n × n matrix of tensors row by row.
llvm::SmallVector<GateKey> getGateKeys(mlir::ValueRange tensors,
                                       wy::GateKind kind);
/// The n of such a gate.
size_t getNumGateStates(mlir::ValueRange tensors);

/// Chunks whose rows and pairs of rows are all held in registers.
inline constexpr int64_t kSmallChunk = 4;

/// The phase of every node of a scan's graph.
class ChunkPlan {
public:
  ChunkPlan(wy::ScanOp scan, const ChunkKernelSizes &sizes);

  wy::ScanOp getScan() const { return scan; }
  int64_t getChunk() const { return chunk; }
  /// C rounded up to whole blocks of rows.
  int64_t getPaddedChunk() const { return (chunk + 3) / 4 * 4; }
  delta::Axis getContracted() const { return contracted; }
  delta::Axis getFree() const {
    return contracted == delta::Axis::Key ? delta::Axis::Value
                                          : delta::Axis::Key;
  }
  int64_t dim(delta::Axis axis) const;
  int64_t paddedDim(delta::Axis axis) const;
  int64_t panelWidth() const { return sizes.lanes * sizes.panelVectors; }
  int64_t numPanels() const {
    return (dim(getFree()) + panelWidth() - 1) / panelWidth();
  }
  const ChunkKernelSizes &getSizes() const { return sizes; }
  /// Rows of reads whose sums one sweep over a panel keeps in registers, beside
  /// the free vectors of `writes` and two registers for what comes and goes.
  int64_t getReadTile(int64_t writes = 0) const {
    int64_t states = wy::ScanOp(scan).getStates().size();
    int64_t left = (sizes.registers - 2) / sizes.panelVectors - states - writes;
    return std::max<int64_t>(left, writes > 0 ? 0 : 1);
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
  /// The reads of the contracted axis.
  bool isPanelRead(wy::ReadOp read) const;

  /// Copied to scratch as float32; other arguments are loaded where per-token
  /// maths of the first phase uses them.
  bool isCopied(mlir::BlockArgument argument) const {
    return copied.contains(argument);
  }

  llvm::ArrayRef<GateKey> getGates() const { return gateKeys; }
  /// The keys of one tensor, if it is a gate.
  llvm::ArrayRef<unsigned> getGatesOf(mlir::Value tensor) const;
  unsigned getGateIndex(const GateKey &key) const;
  /// The tensor is its own factors: rows without a token hold ones.
  bool isOnlyGate(mlir::Value value) const { return onlyGates.contains(value); }

  /// Columns along the contracted axis that the first phase makes one by one:
  /// products of gates, elementwise maths, scores of small chunks.
  bool isInColumnLoop(mlir::Operation *op) const {
    return columnLoopOps.contains(op);
  }
  /// The gate's factors are made there as well, for no one else.
  bool isFactorInColumnLoop(mlir::Value gate) const;
  /// Made and used in registers there.
  bool isOnlyInColumnLoop(mlir::Value value) const;

private:
  void findAxes();
  void findDependents();
  void findPhases();
  bool staysInColumns(mlir::Operation &op) const;
  void collectGates();
  void findOnlyGates();
  bool isOneColumnLoop(wy::TokensOp op) const;
  void findColumnLoop();
  void findCopied();

  wy::ScanOp scan;
  ChunkKernelSizes sizes;
  int64_t chunk;
  delta::Axis contracted = delta::Axis::Key;
  llvm::DenseMap<mlir::Value, TensorShape> shapes;
  llvm::DenseSet<mlir::Value> dependent;
  llvm::DenseSet<mlir::Operation *> panelOps;
  bool columnwise = true;
  llvm::SmallVector<GateKey> gateKeys;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<unsigned, 2>> gatesOf;
  llvm::DenseSet<mlir::Value> onlyGates;
  llvm::DenseSet<mlir::Operation *> columnLoopOps;
  llvm::DenseSet<mlir::BlockArgument> copied;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_CHUNKPLAN_H
