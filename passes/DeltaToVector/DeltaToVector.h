//===- DeltaToVector.h - the step form on a CPU -----------------*- C++ -*-===//

#ifndef SLUICE_PASSES_DELTATOVECTOR_DELTATOVECTOR_H
#define SLUICE_PASSES_DELTATOVECTOR_DELTATOVECTOR_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/DeltaToVector/DeltaToVector.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_DELTATOVECTOR_DELTATOVECTOR_H
