//===- ExpandL2Norm.h - normalisation by simpler operations -----*- C++ -*-===//

#ifndef SLUICE_PASSES_EXPANDL2NORM_EXPANDL2NORM_H
#define SLUICE_PASSES_EXPANDL2NORM_EXPANDL2NORM_H

#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/ExpandL2Norm/ExpandL2Norm.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_EXPANDL2NORM_EXPANDL2NORM_H
