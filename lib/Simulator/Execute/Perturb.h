//===- Perturb.h - what approximate functions may give ----------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_PERTURB_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_PERTURB_H

#include "lib/Simulator/Machine/Program.h"

namespace sluice::sim {

/// Makes the program's approximate functions of f32 move their results, by the
/// launch's seed, within the errors that the ISA allows. The same function of
/// the same number gives the same result everywhere in a launch.
void perturbApproximations(Program &program);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_PERTURB_H
