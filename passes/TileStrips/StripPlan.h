//===- StripPlan.h - which operation is in which pass -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESTRIPS_STRIPPLAN_H
#define SLUICE_PASSES_TILESTRIPS_STRIPPLAN_H

#include "passes/TileStrips/StripMemory.h"

namespace sluice {

/// What is made again in each pass that takes it, instead of passing through
/// shared memory: what takes so many loads and operations of floating point,
/// and whether those of `math` and prefixes may be among them.
struct StripRepeats {
  unsigned most;
  bool isMaths;
};

/// What becomes of the operations of a block when an axis is worked off in
/// strips: each is in one of the passes over the axis, or between them.
class StripPlan {
public:
  StripPlan(mlir::Block &block, const StripAxis &axis, StripMemory memory,
            StripRepeats again)
      : block(block), axis(axis), memory(std::move(memory)), again(again) {}

  /// Fails where the axis cannot be worked off in strips, or nothing is gained:
  /// no tensor in the passes takes more than `least` registers of a thread, or
  /// they need more than `mostBytes` of shared memory.
  llvm::LogicalResult build(int64_t least, int64_t mostBytes);

  mlir::Block &getBlock() const { return block; }
  const StripAxis &getAxis() const { return axis; }
  unsigned getNumPasses() const { return numPasses; }
  /// Elements that are not held at once any more, of all tensors together.
  int64_t getGain() const { return gain; }

  bool isInside(mlir::Operation *op) const { return inside.contains(op); }
  /// The number of an operation's pass, from 1 on; of one that is in none, the
  /// number of passes before it.
  unsigned getLevel(mlir::Operation *op) const { return levels.lookup(op); }
  /// Returns true for an operation in a pass that gives a part of a sum.
  bool isPartial(mlir::Operation *op) const { return partial.contains(op); }
  /// Returns true for one whose parts the loop adds up.
  bool isCarried(mlir::Operation *op) const {
    return isPartial(op) && !isAddedInside(op);
  }
  /// The part that a product is added into, strip by strip; null for none.
  mlir::Operation *getPartBefore(mlir::Operation *op) const;
  /// What a sum whose parts the loop adds up begins with; null for nothing.
  mlir::Value getStart(mlir::Operation *op) const;
  /// Returns true for a tensor that goes to other passes, or between them,
  /// through shared memory.
  bool goesThroughMemory(mlir::Value value) const {
    return through.contains(value);
  }
  /// Returns true for an operation of a pass that its loop has.
  bool isNeeded(mlir::Operation *op) const { return needed.contains(op); }

private:
  /// How much maths, and how many loads, it takes to make a tensor of the axis
  /// again, anywhere; nothing if that is not cheap, or not possible.
  std::optional<unsigned> getRepeatCost(mlir::Value value);
  std::optional<unsigned> findRepeatCost(mlir::Operation *op);
  bool canRepeat(mlir::Value value) { return getRepeatCost(value).has_value(); }

  void findInside();
  bool isUsedOutside(mlir::Value value) const;
  /// How many bits go through memory, at least, for an operation that is
  /// between passes, beside those that do already.
  int64_t getCut(mlir::Operation *op);
  void leaveOut();
  unsigned getLevel(mlir::Value value);
  unsigned getLevelOfAll(mlir::Operation *op);
  unsigned getLevelInside(mlir::Operation *op);
  void findLevels();
  void sink();
  unsigned getLatestPass(mlir::Operation *op);
  void sinkInside(unsigned pass);
  llvm::LogicalResult chooseLatePass();
  bool isAddedInside(mlir::Operation *op) const;
  /// Returns true for a sum's parts that one other operation adds to its own.
  bool isOnlyPart(mlir::Value value) const;
  bool isMask(mlir::Operation *op);
  void addParts(mlir::Operation *op);
  llvm::LogicalResult findThrough();
  void findNeeded();
  int64_t getBitsThrough() const;
  /// Of all tensors that go through shared memory, and of a strip that may have
  /// to go from lane to lane.
  int64_t getSharedBytes() const;

  mlir::Block &block;
  StripAxis axis;
  StripMemory memory;
  StripRepeats again;
  unsigned numPasses = 0;
  int64_t gain = 0;
  llvm::DenseSet<mlir::Operation *> inside, partial, needed;
  llvm::DenseMap<mlir::Operation *, unsigned> levels;
  llvm::DenseSet<mlir::Value> through;
  llvm::DenseMap<mlir::Operation *, std::optional<unsigned>> repeatCosts;
};

} // namespace sluice

#endif // SLUICE_PASSES_TILESTRIPS_STRIPPLAN_H
