//===- StageCut.h - a chunk's graph, cut by the carry -----------*- C++ -*-===//
//
// Every node of a wy.scan's body has a stage:
//
//   pre   does not depend on the states: all chunks at once
//   scan  on a path from the states before the chunk to those after it: chunk
//         by chunk, the only serial part
//   post  depends on the states and feeds nothing back: all chunks at once, as
//         soon as the scan has left the chunk's state
//
// A kernel plan cuts the graph between stages and gives what crosses a place: a
// channel. Its bytes and the stages' FLOP (ChunkCost.h) are what plans differ
// in, and three are compared, for one chunk of one head:
//
//   one kernel        Inputs are read once, outputs written once, everything
//                     else stays on the chip.
//   pre, scan, post   Three kernels and memory between them. Each loads the
//                     inputs it uses; a channel is written once and read once
//                     by each stage that uses it. A post stage that looks at
//                     the states makes them channels: one state a chunk.
//   segments          Time is cut into segments of N chunks that run at the
//                     same time (few heads, long sequences), exactly: (1) every
//                     segment finds where it would end from a state of zeros,
//                     R, and its transition M; (2) a join runs S ↦ M S + R over
//                     the segments; (3) one kernel a segment, from its true
//                     state. (1) reads what feeds the states a second time, and
//                     M, R and the start states go through memory once each.
//
// M is found by the scan stage applied to the identity: value in place of key,
// without what does not depend on the states (Segment in this file).
//
// Not counted: params and the first and last state, which do not grow with the
// sequence. Inputs are counted for each value head, also where several share a
// query/key head.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_ANALYSIS_STAGECUT_H
#define SLUICE_LIB_ANALYSIS_STAGECUT_H

#include "lib/Analysis/ChunkCost.h"
#include "lib/Analysis/Stages.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include <array>
#include <bitset>
#include <optional>
#include <string>

namespace sluice::wy {

struct StageCutOptions {
  /// Of an element: of inputs and outputs, and of everything else.
  uint64_t ioBytes = 2, innerBytes = 4;
  /// Chunks of a segment in time.
  uint64_t segment = 16;
};

/// What goes into a stage or comes out of it.
struct Channel {
  mlir::Value value;
  /// The stage that makes it; none for an argument of the scan. States are of
  /// the scan stage, which carries them.
  std::optional<Stage> from;
  /// The other stages that read it.
  std::bitset<kNumStages> to;
  /// Set if this is not the value's way to other stages but to an output.
  std::optional<unsigned> output;
  /// A chunk's; 0 for params.
  Count bytes;
};

/// A way to run the graph, and what it costs for a chunk of a head.
struct Placement {
  std::string name;
  double bytes, flop, exp;
};

/// The transition of a segment, and the work that is there for it only.
struct Segment {
  enum class Kind {
    /// No read feeds the states: a product of the chunks' decays.
    Decay,
    /// M S: reads from the left. One K × K matrix for every pair of states of
    /// which one feeds the other.
    Left,
    /// S M: reads from the right, V × V.
    Right,
    /// None of these, and `reason` says why.
    None
  };
  Kind kind = Kind::Decay;
  std::string reason;
  /// The operation that it is about.
  mlir::Operation *reasonOp = nullptr;
  /// Pairs (to, from) of states in which the transition is not 0.
  uint64_t pairs = 0;
  /// Numbers in it.
  Count elements;
  /// To form it, of each chunk; to join, of each segment.
  Cost perChunk;
  Count joinFlop;
};

/// The stages of one verified scan; any change of its body invalidates it.
class StageCut {
public:
  explicit StageCut(ScanOp scan, const StageCutOptions &options = {});

  ScanOp getScan() const { return scan; }
  const StageCutOptions &getOptions() const { return options; }

  /// The stage of a node of the body.
  Stage getStage(mlir::Operation *op) const { return stages.ofNode.lookup(op); }
  Cost getCost(mlir::Operation *op) const { return cost.get(op); }
  /// The stage that makes `value`: none for arguments that are not states.
  std::optional<Stage> getSource(mlir::Value value) const;
  /// The states before the chunk that `value` depends on.
  llvm::BitVector getStatesOf(mlir::Value value) const;
  /// Returns true if the op is on a path to a state after the chunk.
  bool feedsStates(mlir::Operation *op) const {
    return stages.feeding.contains(op);
  }

  /// Arguments, then nodes' values, then outputs; each in order.
  llvm::ArrayRef<Channel> getChannels() const { return channels; }
  /// Bytes of `value` where it crosses a cut.
  Count getBytes(mlir::Value value) const;
  unsigned getNumNodes(Stage stage) const;
  Cost getCost(Stage stage) const;
  Count getBytesRead(Stage stage) const;
  Count getBytesWritten(Stage stage) const;

  const Segment &getSegment() const { return segment; }
  /// The three above; segments only where there is an exact transition.
  llvm::SmallVector<Placement> getPlacements() const;

  /// Tables: nodes, channels, stages, placements.
  void print(llvm::raw_ostream &os) const;

private:
  void findDependences();
  void collectChannels();
  Segment analyzeSegment() const;
  void formTransition(Segment &segment) const;
  Placement placeSegments(const Placement &oneKernel) const;

  ScanOp scan;
  StageCutOptions options;
  ChunkCost cost;
  Stages stages;
  llvm::DenseMap<mlir::Operation *, llvm::BitVector> dependences;
  llvm::SmallVector<Channel> channels;
  Segment segment;
};

/// "64x128"; "1" for a tensor of rank 0.
std::string describeShape(mlir::Value value);

} // namespace sluice::wy

#endif // SLUICE_LIB_ANALYSIS_STAGECUT_H
