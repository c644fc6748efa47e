//===- MachineCode.h - what ptxas has made of the text ----------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_MACHINECODE_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_MACHINECODE_H

#include "lib/Simulator/Estimate/Trace.h"
#include "llvm/ADT/ArrayRef.h"

namespace sluice::sim::estimate {

/// One SASS instruction.
struct MachineInstruction {
  enum class Kind : uint8_t {
    /// Of the pipe `math`.
    Math,
    /// Loads, stores, atomics; cp.async.
    Access,
    /// mma, wgmma.
    Product,
    Branch,
    /// Of what ptxas has as a subroutine: divisions.
    Call,
    /// Barriers, waits.
    Other,
  };
  /// Of the PTX.
  uint32_t line = 0;
  /// Loops around it.
  uint32_t depth = 0;
  Kind kind = Kind::Math;
  Math math = Math::Integer;
};

/// Of all functions, in their order.
using MachineCode = std::vector<MachineInstruction>;

/// Gives the trace's steps the machine instructions of their lines, and the
/// blocks the order in which those stand. What ptxas has left out, or moved out
/// of the loop in which the rest of a block is, costs nothing; of a loop that
/// it has unrolled a turn costs its share.
void setMachineCode(Trace &trace, llvm::ArrayRef<MachineInstruction> code);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_MACHINECODE_H
