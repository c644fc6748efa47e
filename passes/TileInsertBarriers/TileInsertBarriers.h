//===- TileInsertBarriers.h - threads wait for each other ---------*- C++
//-*-===//

#ifndef SLUICE_PASSES_TILEINSERTBARRIERS_TILEINSERTBARRIERS_H
#define SLUICE_PASSES_TILEINSERTBARRIERS_TILEINSERTBARRIERS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileInsertBarriers/TileInsertBarriers.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILEINSERTBARRIERS_TILEINSERTBARRIERS_H
