//===- BackwardCase.h - Gradients beside what they are of -------*- C++ -*-===//
//
// The gradients of one recurrence at one size, by chunks, in turns with the
// forward run of the same inputs by chunks: a training step takes both, and how
// many times longer the one takes is what does not depend on the machine's
// mood.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_BENCH_BACKWARDCASE_H
#define SLUICE_LIB_BENCH_BACKWARDCASE_H

#include "lib/Bench/Report.h"

namespace sluice::bench {

/// A line of the table.
struct BackwardRow {
  std::string variant;
  runtime::Sizes sizes;
  /// Tokens of a chunk.
  int64_t chunk = 0, forwardChunk = 0;
  double compileSeconds = 0;
  /// Of the gradients, whose errors are those of the first heads.
  Outcome ours;
  Outcome forward;
  int64_t comparedHeads = 0;
};

/// Both directions, compiled once for every number of tokens.
struct CompiledBackward {
  double seconds = 0;
  int64_t chunk = 0;
  CompiledForm forward;
  runtime::Artifact backward;
  runtime::Signature signature;
};

llvm::Expected<CompiledBackward> compileBackward(delta::RecurrenceOp op,
                                                 const CaseOptions &options);
llvm::Expected<BackwardRow>
runBackward(delta::RecurrenceOp op, const CompiledBackward &compiled,
            const CaseOptions &options,
            llvm::function_ref<void(double fraction)> progress);

void printBackwardHeader(llvm::raw_ostream &os, const Setting &setting);
void printBackwardRow(llvm::raw_ostream &os, const BackwardRow &row);
void printJSON(llvm::raw_ostream &os, const Setting &setting,
               llvm::ArrayRef<BackwardRow> rows);

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_BACKWARDCASE_H
