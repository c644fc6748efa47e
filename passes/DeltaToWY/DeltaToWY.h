//===- DeltaToWY.h - the chunk form by derivation ---------------*- C++ -*-===//

#ifndef SLUICE_PASSES_DELTATOWY_DELTATOWY_H
#define SLUICE_PASSES_DELTATOWY_DELTATOWY_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/DeltaToWY/DeltaToWY.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_DELTATOWY_DELTATOWY_H
