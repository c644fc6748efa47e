//===- ChunkInterpreter.h - What a scan means, in float64 -------*- C++ -*-===//
//
// Runs the chunk form of a recurrence op by op for every chunk, head and
// sequence, each op by its description: running products of gates between
// tokens, substitution row by row, no schedule. Against Interpreter.h it says
// whether a chunk form is right; a lowering is measured against either.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_CHUNKINTERPRETER_H
#define SLUICE_LIB_REFERENCE_CHUNKINTERPRETER_H

#include "dialects/WY/WYOps.h"
#include "lib/Reference/Interpreter.h"

namespace sluice::reference {

/// `scan` is verified and was derived from `problem.op`: an error says where
/// arguments, outputs or sizes differ, or names an op that has no meaning here.
/// Every result rounded once to the problem's type for it.
llvm::Expected<runtime::Results>
interpretChunks(wy::ScanOp scan, const runtime::Problem &problem,
                const Progress &progress = {});

/// Every result in float64, as it was computed.
llvm::Expected<runtime::Results>
interpretChunksExact(wy::ScanOp scan, const runtime::Problem &problem,
                     const Progress &progress = {});

/// The same graph with every operation in float32, sums in the order of the
/// formulas: how far rounding takes it from the exact one says what a graph is
/// good for, before anything is lowered. A function of single tokens is
/// computed in float64 and rounded, a dot product once.
llvm::Expected<runtime::Results>
interpretChunksInFloat32(wy::ScanOp scan, const runtime::Problem &problem);

/// The same of several scans: one after another over a whole sequence of one
/// head, each channel an array with a tensor for every chunk or segment.
llvm::Expected<runtime::Results>
interpretPlaced(wy::PlacedOp placed, const runtime::Problem &problem,
                const Progress &progress = {});
llvm::Expected<runtime::Results>
interpretPlacedExact(wy::PlacedOp placed, const runtime::Problem &problem,
                     const Progress &progress = {});
llvm::Expected<runtime::Results>
interpretPlacedInFloat32(wy::PlacedOp placed, const runtime::Problem &problem);

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_CHUNKINTERPRETER_H
