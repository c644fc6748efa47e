//===- ClampRanges.h - declared ranges made true ----------------*- C++ -*-===//

#ifndef SLUICE_PASSES_CLAMPRANGES_CLAMPRANGES_H
#define SLUICE_PASSES_CLAMPRANGES_CLAMPRANGES_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/ClampRanges/ClampRanges.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_CLAMPRANGES_CLAMPRANGES_H
