//===- Refusals.h - what is known and not simulated -------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_REFUSALS_H
#define SLUICE_LIB_SIMULATOR_MACHINE_REFUSALS_H

#include "lib/PTX/Module.h"

namespace sluice::sim {

/// What is to be said of an instruction of the ISA that no form is meant for;
/// empty if nothing special.
std::string getRefusal(const ptx::Instruction &instruction);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_REFUSALS_H
