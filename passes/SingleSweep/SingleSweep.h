//===- SingleSweep.h - one sweep of the state a token -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_SINGLESWEEP_SINGLESWEEP_H
#define SLUICE_PASSES_SINGLESWEEP_SINGLESWEEP_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/SingleSweep/SingleSweep.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_SINGLESWEEP_SINGLESWEEP_H
