//===- TileDotsByFMA.h - products without tensor cores ------------*- C++
//-*-===//

#ifndef SLUICE_PASSES_TILEDOTSBYFMA_TILEDOTSBYFMA_H
#define SLUICE_PASSES_TILEDOTSBYFMA_TILEDOTSBYFMA_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileDotsByFMA/TileDotsByFMA.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILEDOTSBYFMA_TILEDOTSBYFMA_H
