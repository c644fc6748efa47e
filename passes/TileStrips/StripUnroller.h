//===- StripUnroller.h - loops over strips of little ------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESTRIPS_STRIPUNROLLER_H
#define SLUICE_PASSES_TILESTRIPS_STRIPUNROLLER_H

#include "dialects/Tile/TileOps.h"

namespace sluice {

/// Replaces loops of few rounds in which so little is held that what all rounds
/// load fits beside it into `most` registers of a thread by their rounds, one
/// after the other. What is loaded of memory that nobody writes comes first,
/// for all of them: so the warp waits for memory once, and not in each round.
void unrollNarrowStrips(tile::KernelOp kernel, int64_t most);

} // namespace sluice

#endif // SLUICE_PASSES_TILESTRIPS_STRIPUNROLLER_H
