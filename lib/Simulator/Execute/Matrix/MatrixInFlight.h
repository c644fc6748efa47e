//===- MatrixInFlight.h - registers that wgmma still works on ---*- C++ -*-===//
//
// Results are there at once in this simulator. A program may not know: from the
// issue of a wgmma.mma_async to the wait_group that covers its group, its
// accumulator must not be touched and its A registers must not be written (PTX
// ISA 9.1, section 9.7.15.7.3).
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXINFLIGHT_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXINFLIGHT_H

#include "lib/Simulator/Machine/Operation.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include <deque>

namespace sluice::sim {

struct Frame;

/// One warp's wgmma-groups: the open one, which takes what is issued, and those
/// committed, oldest first.
class MatrixInFlight {
public:
  /// The operation's destinations are its accumulator; `inputs` are the
  /// registers of A.
  void issue(const Frame &frame, llvm::ArrayRef<Row> accumulator,
             llvm::ArrayRef<Row> inputs);
  void commit();
  /// Until no more than `pending` committed groups are left. Completed groups
  /// are the oldest ones; what is not committed stays.
  void wait(uint64_t pending);
  /// wgmma.fence.
  void fence() { isFenced = true; }
  /// No wgmma.fence has been executed before the first mma_async.
  bool lacksFence() const { return !isFenced; }

  bool isEmpty() const { return uses.empty(); }
  /// Reading or writing it is an error now. An accumulator of another
  /// mma_async of the same shape is the exception: they are in order.
  bool isAccumulator(const Frame &frame, Row row) const;
  /// Writing it is an error now.
  bool isInput(const Frame &frame, Row row) const;
  size_t getNumPending() const { return committed.size(); }

private:
  using Place = std::pair<const Frame *, Row>;
  struct Group {
    llvm::SmallVector<Place, 0> accumulators, inputs;
  };
  struct Use {
    unsigned accumulators = 0, inputs = 0;
  };
  void retire(const Group &group);

  Group open;
  std::deque<Group> committed;
  llvm::DenseMap<Place, Use> uses;
  bool isFenced = false;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXINFLIGHT_H
