//===- ApproximateMath.h - math on vectors ----------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_APPROXIMATEMATH_APPROXIMATEMATH_H
#define SLUICE_PASSES_APPROXIMATEMATH_APPROXIMATEMATH_H

#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/ApproximateMath/ApproximateMath.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_APPROXIMATEMATH_APPROXIMATEMATH_H
