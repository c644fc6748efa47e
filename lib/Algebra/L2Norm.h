//===- L2Norm.h - normalisation by simpler operations -----------*- C++ -*-===//

#ifndef SLUICE_LIB_ALGEBRA_L2NORM_H
#define SLUICE_LIB_ALGEBRA_L2NORM_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice {

/// Expands a ÷ √(a·a + ε) to elementwise operations and reductions that neither
/// overflow nor underflow in float32 where the result does not. A scale or a
/// constant that multiplies the result may multiply its factor instead: scales
/// are taken to be of a usual size.
void expandL2Norm(delta::L2NormOp norm);

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_L2NORM_H
