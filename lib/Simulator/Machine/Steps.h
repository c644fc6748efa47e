//===- Steps.h - what instructions cost, by their text ----------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_STEPS_H
#define SLUICE_LIB_SIMULATOR_MACHINE_STEPS_H

#include "lib/Simulator/Estimate/Trace.h"
#include "lib/Simulator/Machine/Program.h"

namespace sluice::sim {

/// What the operation becomes on a GPU, as far as the text tells: ptxas decides
/// it, and may do better. Registers are rows, `firstRegister` the code's first.
estimate::Step makeStep(const Operation &operation, uint32_t firstRegister);

/// How far ptxas may move it. `isTarget` is not its text's to say.
estimate::Place makePlace(const Operation &operation,
                          const estimate::Step &step);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_STEPS_H
