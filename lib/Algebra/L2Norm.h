//===- L2Norm.h - normalisation by simpler operations -----------*- C++ -*-===//

#ifndef SLUICE_LIB_ALGEBRA_L2NORM_H
#define SLUICE_LIB_ALGEBRA_L2NORM_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice {

/// Expands a ÷ √(a·a + ε) to a dot product, and a product with one reciprocal.
void expandL2Norm(delta::L2NormOp norm);

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_L2NORM_H
