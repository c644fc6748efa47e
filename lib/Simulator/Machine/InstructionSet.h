//===- InstructionSet.h - what executes instructions ------------*- C++ -*-===//
//
// The machine has warps, memory and turns, and knows no instruction: whoever
// makes a device hands them in. Those of lib/Simulator/Execute are
// getInstructionSet().
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_INSTRUCTIONSET_H
#define SLUICE_LIB_SIMULATOR_MACHINE_INSTRUCTIONSET_H

#include "lib/PTX/Form.h"
#include "lib/Simulator/Machine/Operation.h"

namespace sluice::sim {

class Decoder;
struct Program;

/// How instructions of one meaning are decoded.
struct InstructionDecoder {
  ptx::Semantics semantics;
  /// Fills in the operation; false after Decoder::fail.
  bool (*decode)(Decoder &decoder);
};

/// An instruction set decodes instructions, and does what the machine itself
/// has to ask of them.
class InstructionSet {
public:
  virtual ~InstructionSet() = default;

  /// One entry for each of ptx::Semantics.
  virtual llvm::ArrayRef<InstructionDecoder> getDecoders() const = 0;
  /// Behind the last instruction of a function stands a ret.
  virtual Flow returnFromFunction(Warp &warp, Mask lanes) const = 0;
  /// Checks the exit of `lanes`.
  virtual void checkExit(Warp &warp, Mask lanes) const = 0;
  /// Checks a warp that will not go on: reports what is noted and not yet
  /// compared with others.
  virtual void checkRest(Warp &warp) const = 0;
  /// Makes approximate functions move their results, for --perturb.
  virtual void perturb(Program &program) const = 0;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_INSTRUCTIONSET_H
