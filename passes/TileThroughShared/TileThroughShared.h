//===- TileThroughShared.h - tensors from thread to thread --------*- C++
//-*-===//

#ifndef SLUICE_PASSES_TILETHROUGHSHARED_TILETHROUGHSHARED_H
#define SLUICE_PASSES_TILETHROUGHSHARED_TILETHROUGHSHARED_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileThroughShared/TileThroughShared.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILETHROUGHSHARED_TILETHROUGHSHARED_H
