//===- Segments.h - a sequence in segments, joined exactly ------*- C++ -*-===//
//
// A segment of tokens maps a state S to M S + R (S M + R for corrections from
// the right): R is what it writes into zeros, M what delta-transition computes.
// So all segments of all sequences can be scanned at once, twice:
//
//   1. every segment from zeros gives R, its transition from the identity M;
//   2. the states at the segments' starts follow one from another, S ← M S + R;
//   3. every segment from its own start gives the outputs.
//
// More than twice the work, for as many times the parallelism: worth it where
// sequences × heads leave processors idle. Nothing is dropped or bounded, and
// boundaries are multiples of a given number of tokens, so the outputs of a
// prefix do not depend on what follows it.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_COMPILER_SEGMENTS_H
#define SLUICE_LIB_COMPILER_SEGMENTS_H

#include "dialects/Delta/DeltaOps.h"
#include "lib/Runtime/Problem.h"

namespace sluice::runtime {

/// Runs a problem on some device; every result of the problem's types.
using Execute = llvm::function_ref<llvm::Expected<Results>(
    delta::RecurrenceOp op, const Problem &problem)>;

/// Runs `problem` in segments of `segmentTokens` tokens, at least 1. A
/// SpecError says where in the spec, and why, there is no transition.
llvm::Expected<Results> runInSegments(delta::RecurrenceOp op,
                                      const Problem &problem,
                                      int64_t segmentTokens, Execute execute);

} // namespace sluice::runtime

#endif // SLUICE_LIB_COMPILER_SEGMENTS_H
