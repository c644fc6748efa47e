//===- TileStrips.h - long axes worked off in strips ------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESTRIPS_TILESTRIPS_H
#define SLUICE_PASSES_TILESTRIPS_TILESTRIPS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileStrips/TileStrips.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILESTRIPS_TILESTRIPS_H
