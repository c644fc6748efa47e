//===- InstructionSet.h - the instructions of PTX ---------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_INSTRUCTIONSET_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_INSTRUCTIONSET_H

#include "lib/Simulator/Machine/InstructionSet.h"

namespace sluice::sim {

/// All families of lib/Simulator/Execute: what a Device is made with.
const InstructionSet &getInstructionSet();

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_INSTRUCTIONSET_H
