//===- TileReductions.h - what a reduction begins with ----------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_TILE_TILEREDUCTIONS_H
#define SLUICE_DIALECTS_TILE_TILEREDUCTIONS_H

#include "dialects/Tile/TileDialect.h"

namespace sluice::tile {

/// The number that changes nothing in a reduction.
mlir::FloatAttr getNeutral(Reduction kind, mlir::FloatType type);

} // namespace sluice::tile

#endif // SLUICE_DIALECTS_TILE_TILEREDUCTIONS_H
