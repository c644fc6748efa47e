//===- TileAllocateShared.h - places in shared memory -------------*- C++
//-*-===//

#ifndef SLUICE_PASSES_TILEALLOCATESHARED_TILEALLOCATESHARED_H
#define SLUICE_PASSES_TILEALLOCATESHARED_TILEALLOCATESHARED_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileAllocateShared/TileAllocateShared.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILEALLOCATESHARED_TILEALLOCATESHARED_H
