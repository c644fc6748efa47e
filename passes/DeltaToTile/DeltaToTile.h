//===- DeltaToTile.h - the step form as a kernel ----------------*- C++ -*-===//

#ifndef SLUICE_PASSES_DELTATOTILE_DELTATOTILE_H
#define SLUICE_PASSES_DELTATOTILE_DELTATOTILE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/DeltaToTile/DeltaToTile.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_DELTATOTILE_DELTATOTILE_H
