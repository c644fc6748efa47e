//===- PlacedRun.h - a placement on a device that runs scans ----*- C++ -*-===//
//
// A device runs scans that stand alone: arguments, states before the first
// token, outputs, states after the last. Of a placement it gets
//
//   - without segments, its scans fused into one, over the whole problem;
//   - with segments, each scan in segments by itself, over a problem whose
//     sequences are the segments: where states start are its initial states,
//     where they end its final ones. Scans over segments, which hold nothing
//     but wy.join, are run here, in float64.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_COMPILER_PLACEDRUN_H
#define SLUICE_LIB_COMPILER_PLACEDRUN_H

#include "dialects/WY/WYOps.h"
#include "lib/Runtime/Problem.h"

namespace sluice::runtime {

/// Runs a scan over a problem whose signature, K and V are the scan's.
using ExecuteScan = llvm::function_ref<llvm::Expected<Results>(
    wy::ScanOp scan, const Problem &problem)>;

/// An error where `placed` is neither: a channel from chunk to chunk beside
/// segments, a scan that carries states over segments and does more than join.
llvm::Expected<Results> runPlaced(wy::PlacedOp placed, const Problem &problem,
                                  ExecuteScan execute);

} // namespace sluice::runtime

#endif // SLUICE_LIB_COMPILER_PLACEDRUN_H
