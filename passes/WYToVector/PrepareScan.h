//===- PrepareScan.h - a scan as the emitter likes it -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_PREPARESCAN_H
#define SLUICE_PASSES_WYTOVECTOR_PREPARESCAN_H

#include "dialects/WY/WYOps.h"

namespace sluice {

/// Rewrites the maths of tokens, to the same values: normalisations are spelt
/// out, an exponential serves both the maths and a gate, and each wy.tokens
/// that needs no state computes scalars, vectors along key or vectors along
/// value, so that each part can stand where it costs least.
void prepareScan(wy::ScanOp scan);

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_PREPARESCAN_H
