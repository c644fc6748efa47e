//===- WYToTile.h - the chunk form as a kernel --------------------*- C++
//-*-===//

#ifndef SLUICE_PASSES_WYTOTILE_WYTOTILE_H
#define SLUICE_PASSES_WYTOTILE_WYTOTILE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/WYToTile/WYToTile.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_WYTOTILE_WYTOTILE_H
