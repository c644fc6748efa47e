//===- Fusion.h - PTX that becomes one machine instruction ------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_FUSION_H
#define SLUICE_LIB_SIMULATOR_MACHINE_FUSION_H

#include "lib/Simulator/Estimate/Trace.h"

namespace sluice::sim {

/// The steps of one function, where ptxas makes one instruction of two: a
/// product or shift and the addition of it (IMAD, IMAD.WIDE, LEA), two
/// additions (IADD3), two logical operations (LOP3). The first of the two,
/// whose result nobody else uses, costs nothing.
void fuseSteps(llvm::MutableArrayRef<estimate::Step> steps);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_FUSION_H
