//===- Transition.h - a step's transition alone -----------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TRANSITION_TRANSITION_H
#define SLUICE_PASSES_TRANSITION_TRANSITION_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Transition/Transition.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TRANSITION_TRANSITION_H
