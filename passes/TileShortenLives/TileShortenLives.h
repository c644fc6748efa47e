//===- TileShortenLives.h - who is needed soon comes soon -------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESHORTENLIVES_TILESHORTENLIVES_H
#define SLUICE_PASSES_TILESHORTENLIVES_TILESHORTENLIVES_H

#include "dialects/Tile/TileOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileShortenLives/TileShortenLives.h.inc"

/// Has the blocks of a kernel in which more than `most` registers are alive in
/// an order in which there are fewer, if one is found.
void shortenLives(tile::KernelOp kernel, int64_t most);
} // namespace sluice

#endif // SLUICE_PASSES_TILESHORTENLIVES_TILESHORTENLIVES_H
