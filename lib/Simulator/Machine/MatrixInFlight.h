//===- MatrixInFlight.h - registers that wgmma still works on ---*- C++ -*-===//
//
// Results are there at once in this simulator. A program may not know: from the
// issue of a wgmma.mma_async to the wait_group that covers its group, its
// accumulator must not be touched and its A registers must not be written (PTX
// ISA 9.1, section 9.7.15.7.3).
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_MATRIXINFLIGHT_H
#define SLUICE_LIB_SIMULATOR_MACHINE_MATRIXINFLIGHT_H

#include "lib/Simulator/Machine/Operation.h"
#include "llvm/ADT/ArrayRef.h"
#include <deque>
#include <vector>

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
  /// Waits until no more than `pending` committed groups are left. Completed
  /// groups are the oldest ones; what is not committed stays.
  void wait(uint64_t pending);
  /// wgmma.fence.
  void fence() { isFenced = true; }
  /// No wgmma.fence has been executed before the first mma_async.
  bool lacksFence() const { return !isFenced; }

  bool isEmpty() const { return numUses == 0; }
  /// Reading or writing it is an error now. An accumulator of another
  /// mma_async of the same shape is the exception: they are in order.
  bool isAccumulator(const Frame &frame, Row row) const;
  /// Writing it is an error now.
  bool isInput(const Frame &frame, Row row) const;
  size_t getNumPending() const { return committed.size(); }

private:
  /// Operations, with the rows of each one after the other: first its
  /// accumulator, then its inputs.
  struct Group {
    struct Product {
      const Frame *frame;
      size_t accumulators, inputs;
    };
    llvm::SmallVector<Product, 0> products;
    llvm::SmallVector<Row, 0> rows;
    /// The last one has this accumulator, and no inputs.
    bool isLast(const Frame &frame, llvm::ArrayRef<Row> accumulator) const;
  };
  struct Use {
    uint32_t accumulators = 0, inputs = 0;
  };
  /// The uses of a frame, by row: products are of one frame, nearly always.
  struct FrameUses {
    const Frame *frame;
    std::vector<Use> rows;
  };
  void retire(const Group &group);
  std::vector<Use> &getRows(const Frame &frame);
  Use getUse(const Frame &frame, Row row) const;

  Group open;
  std::deque<Group> committed;
  /// One that is done, for its memory.
  Group spare;
  llvm::SmallVector<FrameUses, 1> uses;
  size_t numUses = 0, numInputs = 0;
  bool isFenced = false;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_MATRIXINFLIGHT_H
