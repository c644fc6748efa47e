//===- GraphGates.h - gated products of a graph, spelled out ----*- C++ -*-===//

#ifndef SLUICE_PASSES_WYDIFFERENTIATE_GRAPHGATES_H
#define SLUICE_PASSES_WYDIFFERENTIATE_GRAPHGATES_H

#include "dialects/WY/WYOps.h"

namespace sluice {

/// What the terms of systems add to their unknowns, for terms with a gate or a
/// weight: apply(A, Y, g) by levels, behind the system. Null for others.
using Residuals =
    llvm::SmallVector<std::pair<wy::SolveOp, llvm::SmallVector<mlir::Value>>>;

/// Replaces the products with a gate in a scan's graph by those without one,
/// down to single tokens, and adds the residuals of its systems. They keep
/// from being erased as what the graph yields, behind all else.
Residuals spellOutGates(wy::ScanOp scan);

/// Takes the residuals from what the graph yields; equal values may have become
/// one since.
void releaseResiduals(wy::ScanOp scan, Residuals &residuals);

} // namespace sluice

#endif // SLUICE_PASSES_WYDIFFERENTIATE_GRAPHGATES_H
