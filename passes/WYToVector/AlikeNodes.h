//===- AlikeNodes.h - nodes that differ in their tensors only ---*- C++ -*-===//
//
// A spec of n writes a token has n² scores, all of one kind. They are one loop
// over a table of their tensors' places, not n² times the same code.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYTOVECTOR_ALIKENODES_H
#define SLUICE_PASSES_WYTOVECTOR_ALIKENODES_H

#include "dialects/WY/WYOps.h"

namespace sluice {

/// Fewer nodes than these have code of their own.
inline constexpr size_t kFewestAlike = 4;

/// Returns true for matrices of pairs made in the same way, neither of the
/// other.
bool areAlike(mlir::Operation *a, mlir::Operation *b);

/// Sorts a graph with many scores so that alike nodes that do not wait for each
/// other are neighbours.
void gatherAlike(wy::ScanOp scan);

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_ALIKENODES_H
