//===- StepPlan.h - when a value is computed and where it lives -*- C++ -*-===//
//
// The plan of a step on a CPU, made before any code is: which values depend on
// the state, in which order reads and values follow one another within a
// token, and which of them need a place in scratch.
//
// Worked example, a delta rule with a gate g after delta-single-sweep:
//
//   f = exp g, a = f∘k, b = f∘(c·q), d = b'·k      stage 0 (no state)
//   p = read S a, r = read S b                     reads of stage 1
//   u = beta (v − p), o = r + d u                  stage 1
//   S' = f S + k uᵀ                                update, in the next sweep
//
// f, k live in scratch for the update of the next token, a and b for the reads
// of this one, u for the next token's update.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_DELTATOVECTOR_STEPPLAN_H
#define SLUICE_PASSES_DELTATOVECTOR_STEPPLAN_H

#include "dialects/Delta/DeltaOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

namespace sluice {

/// The sizes that a lowering of a step fixes.
struct StepSizes {
  int64_t keyDim, valueDim;
  /// float32 elements of a vector; vectors of a panel; tokens of a block.
  int64_t lanes, panelVectors, tokenBlock;

  int64_t panelWidth() const { return lanes * panelVectors; }
  int64_t numPanels() const {
    return (valueDim + panelWidth() - 1) / panelWidth();
  }
  /// The size of an axis, and the size it has in scratch: whole vectors along
  /// key, whole panels along value.
  int64_t dim(delta::Axis axis) const {
    return axis == delta::Axis::Key ? keyDim : valueDim;
  }
  int64_t paddedDim(delta::Axis axis) const {
    return axis == delta::Axis::Key ? (keyDim + lanes - 1) / lanes * lanes
                                    : numPanels() * panelWidth();
  }
};

/// Elements [offset, offset + slots · stride) of scratch. Values of stage 0
/// have one slot per token of a block and one, the first, for the token before
/// it; later values have one slot, the last token's.
struct Buffer {
  int64_t offset, stride, slots;
};

/// What is known of a value that is not a state.
struct ValuePlan {
  /// 0: independent of the state. n > 0: needs a read of stage n.
  unsigned stage = 0;
  /// Reductions of its own stage that it waits for.
  unsigned depth = 0;
};

class StepPlan {
public:
  /// Requires that delta-single-sweep ran.
  StepPlan(delta::RecurrenceOp op, const StepSizes &sizes);

  const StepSizes &getSizes() const { return sizes; }
  ValuePlan get(mlir::Value value) const { return values.lookup(value); }
  /// The operations of a stage that compute values, in program order.
  llvm::ArrayRef<mlir::Operation *> getOps(unsigned stage) const {
    return ops[stage];
  }
  /// The reads of a stage, at least 1.
  llvm::ArrayRef<delta::ReadOp> getReads(unsigned stage) const {
    return reads[stage];
  }
  unsigned getNumStages() const { return ops.size(); }
  /// The operations that make the next states, in program order.
  llvm::ArrayRef<mlir::Operation *> getUpdate() const { return update; }

  /// Returns true if column v of everything depends on column v of the states
  /// only: panels can run one after the other.
  bool isColumnwise() const { return columnwise; }

  /// The place of a value in scratch, null unless anything outside the place
  /// that computes it uses it.
  const Buffer *getBuffer(mlir::Value value) const {
    auto it = buffers.find(value);
    return it == buffers.end() ? nullptr : &it->second;
  }
  const llvm::MapVector<mlir::Value, Buffer> &getBuffers() const {
    return buffers;
  }
  /// Returns true if the update of a token reads the value.
  bool isUsedInUpdate(mlir::Value value) const {
    return updateOperands.contains(value);
  }

  /// Panels of a state, each K rows of one panel's width.
  int64_t getStateOffset(unsigned state) const {
    return state * sizes.numPanels() * sizes.keyDim * sizes.panelWidth();
  }
  int64_t getScratchSize() const { return scratchSize; }

private:
  void planValues(delta::RecurrenceOp op);
  void planValue(mlir::Operation *op);
  void planRead(delta::ReadOp read);
  void planBuffers(delta::RecurrenceOp op);
  void allocate(mlir::Value value);

  StepSizes sizes;
  llvm::DenseMap<mlir::Value, ValuePlan> values;
  llvm::SmallVector<llvm::SmallVector<mlir::Operation *>> ops;
  llvm::SmallVector<llvm::SmallVector<delta::ReadOp>> reads;
  llvm::SmallVector<mlir::Operation *> update;
  llvm::DenseSet<mlir::Value> updateOperands;
  llvm::MapVector<mlir::Value, Buffer> buffers;
  bool columnwise = true;
  int64_t scratchSize = 0;
};

/// The axis of a vector, nothing for a scalar.
std::optional<delta::Axis> getAxis(mlir::Value value);

/// Returns true for scalars that cost nothing to make again: constants and the
/// scale.
bool isFree(mlir::Value value);

} // namespace sluice

#endif // SLUICE_PASSES_DELTATOVECTOR_STEPPLAN_H
