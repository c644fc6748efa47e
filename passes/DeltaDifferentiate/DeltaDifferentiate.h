//===- DeltaDifferentiate.h - gradients of a step ---------------*- C++ -*-===//

#ifndef SLUICE_PASSES_DELTADIFFERENTIATE_DELTADIFFERENTIATE_H
#define SLUICE_PASSES_DELTADIFFERENTIATE_DELTADIFFERENTIATE_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/DeltaDifferentiate/DeltaDifferentiate.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_DELTADIFFERENTIATE_DELTADIFFERENTIATE_H
