//===- TileByWarps.h - every warp on its own --------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEBYWARPS_TILEBYWARPS_H
#define SLUICE_PASSES_TILEBYWARPS_TILEBYWARPS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileByWarps/TileByWarps.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILEBYWARPS_TILEBYWARPS_H
