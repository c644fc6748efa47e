//===- TileShortenLives.h - who is needed soon comes soon -------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESHORTENLIVES_TILESHORTENLIVES_H
#define SLUICE_PASSES_TILESHORTENLIVES_TILESHORTENLIVES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileShortenLives/TileShortenLives.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILESHORTENLIVES_TILESHORTENLIVES_H
