//===- WYDifferentiate.h - gradients of a chunk's graph ---------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYDIFFERENTIATE_WYDIFFERENTIATE_H
#define SLUICE_PASSES_WYDIFFERENTIATE_WYDIFFERENTIATE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/WYDifferentiate/WYDifferentiate.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_WYDIFFERENTIATE_WYDIFFERENTIATE_H
