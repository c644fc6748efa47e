//===- TileParkStates.h - states out of the way ------------------*- C++
//-*-===//

#ifndef SLUICE_PASSES_TILEPARKSTATES_TILEPARKSTATES_H
#define SLUICE_PASSES_TILEPARKSTATES_TILEPARKSTATES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileParkStates/TileParkStates.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILEPARKSTATES_TILEPARKSTATES_H
