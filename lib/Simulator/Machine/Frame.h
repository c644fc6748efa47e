//===- Frame.h - registers of a function ------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_FRAME_H
#define SLUICE_LIB_SIMULATOR_MACHINE_FRAME_H

#include "lib/Simulator/Machine/Counts.h"
#include "lib/Simulator/Machine/Program.h"
#include <memory>
#include <vector>

namespace sluice::sim {

/// Lanes in which the lower and the upper half of a register is undefined.
struct HalfPoison {
  Mask low = 0, high = 0;
};

/// Aligned, so that no vector of the host straddles two cache lines.
struct alignas(128) RowWords {
  uint32_t words[kLanes] = {};
};

struct Frame;
using FrameRef = std::shared_ptr<Frame>;

/// A function's registers and where it returns to.
struct Frame {
  const Code *code = nullptr;
  /// Of the code's operations.
  OperationCounts *counts = nullptr;
  /// And per row the lanes whose value nobody defined.
  std::vector<RowWords> rows;
  std::vector<Mask> poison;
  /// Of the rows that are undefined in one half only, in some lane: compilers
  /// leave a half of a packed register open that nobody looks at.
  llvm::DenseMap<Row, HalfPoison> halfPoison;
  /// Parameters and results of calls (.param space of functions): per lane.
  std::vector<uint8_t> parameters;
  std::vector<bool> parametersWritten;
  /// Where the frame's .local variables begin in the lanes' stacks, and where
  /// each lane's stack ends.
  uint64_t localBase = 0;
  uint64_t localTop[kLanes] = {};
  FrameRef caller;
  uint32_t returnTo = 0;
  unsigned depth = 0;

  /// The lanes in which each half of a row's value is undefined.
  HalfPoison getHalves(Row row) const;
  void setHalves(Row row, HalfPoison halves);

  /// The words of this row and of those behind it.
  uint32_t *words(Row row) { return rows.data()->words + size_t(row) * kLanes; }
  const uint32_t *words(Row row) const {
    return rows.data()->words + size_t(row) * kLanes;
  }
};

/// Frames that nobody uses any more, for the next calls of their functions:
/// most of a frame is constants, and making one costs as much as a hundred
/// instructions.
class FramePool {
public:
  /// Registers are undefined; constants are without their base, and special
  /// registers anything.
  FrameRef take(const Code &code);

private:
  llvm::DenseMap<const Code *, std::vector<std::unique_ptr<Frame>>> idle;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_FRAME_H
