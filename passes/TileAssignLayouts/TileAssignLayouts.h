//===- TileAssignLayouts.h - who holds which element ------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEASSIGNLAYOUTS_TILEASSIGNLAYOUTS_H
#define SLUICE_PASSES_TILEASSIGNLAYOUTS_TILEASSIGNLAYOUTS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileAssignLayouts/TileAssignLayouts.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILEASSIGNLAYOUTS_TILEASSIGNLAYOUTS_H
