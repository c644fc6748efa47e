//===- TileToGPU.h - kernels as code of a thread ------------------*- C++
//-*-===//

#ifndef SLUICE_PASSES_TILETOGPU_TILETOGPU_H
#define SLUICE_PASSES_TILETOGPU_TILETOGPU_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileToGPU/TileToGPU.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILETOGPU_TILETOGPU_H
