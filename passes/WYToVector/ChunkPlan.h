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

#include "dialects/WY/ChunkShapes.h"
#include "dialects/WY/WYOps.h"
#include "lib/Target/Cpu.h"
#include "llvm/ADT/MapVector.h"

namespace sluice {

struct ChunkKernelSizes {
  /// float32 elements of a vector; vectors of a panel; chunks of a block.
  int64_t lanes, panelVectors, blockChunks;
  /// Vector registers.
  int64_t registers;
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

/// Rows of a chunk's tensor: all, or those of the earlier or the later halves
/// of blocks of 2 · `half` tokens.
struct RowSet {
  enum class Kind { None, Earlier, Later, All };
  Kind kind = Kind::None;
  int64_t half = 0;

  bool operator==(const RowSet &) const = default;
  void unite(const RowSet &other) {
    if (kind == Kind::None)
      *this = other;
    else if (other.kind != Kind::None && other != *this)
      *this = {Kind::All};
  }
};

/// Products of a gate's rows, before or after each token, and per-token maths
/// that takes them from registers.
struct AnchorGroup {
  wy::AccumulateOp products;
  llvm::SmallVector<wy::TokensOp> users;
  /// Others look for the products in scratch.
  bool isStored = false;
};

/// What the first phase does next: the contracted loop, products of gates
/// with what is made of them, or one node or several that are alike.
struct FirstPhaseStep {
  const AnchorGroup *anchors = nullptr;
  llvm::SmallVector<mlir::Operation *> nodes;
  bool isContractedLoop = false;
};

/// Tokens whose rows and pairs of rows are all held in registers: small chunks,
/// and leaves of others.
inline constexpr int64_t kSmallChunk = target::kMostLeafTokens;

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
    auto states = static_cast<int64_t>(getStates().size());
    int64_t left = (sizes.registers - 2) / sizes.panelVectors - states - writes;
    return std::max<int64_t>(left, writes > 0 ? 0 : 1);
  }

  /// All that stands in panels: the scan's states, those that come through
  /// channels, and what updates make for other nodes.
  llvm::SmallVector<mlir::Value> getStates() const;
  unsigned getStateIndex(mlir::Value state) const;
  /// An update for other nodes, not the scan's next state.
  bool isMadeState(mlir::Operation *op) const {
    return isa<wy::UpdateOp>(op) && !isNextState(op);
  }

  wy::ChunkShape getShape(mlir::Value value) const { return shapes.get(value); }
  bool hasRows(mlir::Value value) const { return shapes.hasRows(value); }
  /// All that the first phase does, in order.
  llvm::ArrayRef<FirstPhaseStep> getFirstPhase() const { return firstPhase; }
  /// Products that nobody looks for in scratch.
  bool isOnlyInRegisters(mlir::Value value) const {
    return isOnlyInContractedLoop(value) || unstored.contains(value);
  }
  /// The rows of a node's result that anybody looks at.
  RowSet getWantedRows(mlir::Value value) const { return wanted.lookup(value); }
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

  /// The matrix of pairs, of several that are one in scratch because they hold
  /// what the others do not have or are each other's only users.
  mlir::Value getStorage(mlir::Value pairs) const {
    auto it = storage.find(pairs);
    return it == storage.end() ? pairs : it->second;
  }
  /// Its terms have each pair of tokens once, and stand in one place.
  bool isInPlace(wy::SumOp sum) const { return inPlace.contains(sum); }
  /// A matrix of pairs whose diagonal is not 0.
  bool hasDiagonal(mlir::Value pairs) const {
    return diagonals.contains(pairs);
  }
  /// Some node takes matrices of pairs row by row, in whole vectors.
  bool hasMathsOfPairs() const { return mathsOfPairs; }

  /// Returns true if the first phase makes the node vector by vector along the
  /// contracted axis, together with others: in the *contracted loop* of small
  /// chunks, of products of gates, elementwise maths and scores.
  bool isInContractedLoop(mlir::Operation *op) const {
    return contractedLoopOps.contains(op);
  }
  /// The gate's factors are made there as well, for no one else.
  bool isFactorInContractedLoop(mlir::Value gate) const;
  /// Returns true if the value is made and used in registers there.
  bool isOnlyInContractedLoop(mlir::Value value) const;

private:
  bool isNextState(mlir::Operation *op) const;
  void findAxes();
  void findDependents();
  void findPhases();
  bool staysInColumns(mlir::Operation &op) const;
  void collectGates();
  void findOnlyGates();
  bool fitsContractedLoop(wy::TokensOp op) const;
  void findContractedLoop();
  void findCopied();
  void findWantedRows();
  bool canTakeProducts(wy::TokensOp op, wy::AccumulateOp products) const;
  void findAnchorGroups();
  void orderFirstPhase();
  void findPairs();

  wy::ScanOp scan;
  ChunkKernelSizes sizes;
  int64_t chunk;
  delta::Axis contracted = delta::Axis::Key;
  wy::ChunkShapes shapes;
  llvm::DenseSet<mlir::Value> dependent;
  llvm::DenseSet<mlir::Operation *> panelOps;
  bool columnwise = true;
  llvm::SmallVector<GateKey> gateKeys;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<unsigned, 2>> gatesOf;
  llvm::DenseSet<mlir::Value> onlyGates;
  llvm::DenseSet<mlir::Operation *> contractedLoopOps;
  llvm::DenseSet<mlir::BlockArgument> copied;
  llvm::DenseMap<mlir::Value, RowSet> wanted;
  /// By the node before which they are made, in place of their own nodes.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<AnchorGroup>> anchors;
  llvm::DenseSet<mlir::Operation *> anchorOps;
  llvm::DenseSet<mlir::Value> unstored;
  llvm::SmallVector<FirstPhaseStep> firstPhase;
  llvm::DenseMap<mlir::Value, mlir::Value> storage;
  llvm::DenseSet<mlir::Operation *> inPlace;
  llvm::DenseSet<mlir::Value> diagonals;
  bool mathsOfPairs = false;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_CHUNKPLAN_H
