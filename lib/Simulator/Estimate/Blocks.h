//===- Blocks.h - what may be issued in another order -----------*- C++ -*-===//
//
// ptxas orders the instructions of a basic block anew, and so does the
// estimate, before the replay. Here a block ends at whatever nothing moves
// over, too: a barrier, a fence, a wait.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_BLOCKS_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_BLOCKS_H

#include "lib/Simulator/Estimate/Trace.h"
#include "llvm/ADT/ArrayRef.h"

namespace sluice::sim::estimate {

/// Steps [first, first + size).
struct BlockRange {
  uint32_t first = 0, size = 0;
};

/// The blocks of at least two steps, in the text's order.
std::vector<BlockRange> findBlocks(llvm::ArrayRef<Step> steps);

/// Which steps of a block must stay before which.
class Dependences {
public:
  enum class Kind : uint8_t {
    /// The later one reads a register that the earlier one makes.
    Value,
    /// Only the order counts: of registers that are written again, of memory.
    Order,
  };
  struct Edge {
    uint32_t to;
    Kind kind;
  };
  explicit Dependences(llvm::ArrayRef<Step> block);

  /// Of each step, numbered from 0 in the block: the steps that must come
  /// later, each once, in the text's order.
  std::vector<llvm::SmallVector<Edge, 4>> successors;
  /// Of each step: how many must come before.
  std::vector<uint32_t> predecessors;

  void add(uint32_t from, uint32_t to, Kind kind);
};

/// Brings the events of each warp into the order of the trace's blocks, with
/// what they did. Where a warp did not execute a block as a whole and in one
/// go, the text's order stays.
void reorderEvents(Trace &trace);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_BLOCKS_H
