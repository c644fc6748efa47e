//===- StageCutDot.h - a chunk's graph as a picture -------------*- C++ -*-===//

#ifndef SLUICE_LIB_ANALYSIS_STAGECUTDOT_H
#define SLUICE_LIB_ANALYSIS_STAGECUTDOT_H

#include "lib/Analysis/StageCut.h"

namespace sluice::wy {

/// Prints the body for Graphviz: a box for each node (its operation and the
/// shapes of its results) in the colour of its stage, upturned trapezia for
/// inputs and params, houses for outputs, cylinders for the states before and
/// after the chunk, and a legend. An edge that crosses a cut is bold and bears
/// the value's bytes a chunk; inputs and outputs bear theirs themselves.
void printDot(const StageCut &cut, llvm::raw_ostream &os);

} // namespace sluice::wy

#endif // SLUICE_LIB_ANALYSIS_STAGECUTDOT_H
