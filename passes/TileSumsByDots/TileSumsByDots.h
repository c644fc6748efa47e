//===- TileSumsByDots.h - sums of products by tensor cores
//--------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESUMSBYDOTS_TILESUMSBYDOTS_H
#define SLUICE_PASSES_TILESUMSBYDOTS_TILESUMSBYDOTS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileSumsByDots/TileSumsByDots.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILESUMSBYDOTS_TILESUMSBYDOTS_H
