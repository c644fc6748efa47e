//===- GeneratedProblem.h - Random inputs, and what is right of them -*- C++
//-*-===//

#ifndef SLUICE_LIB_BENCH_GENERATEDPROBLEM_H
#define SLUICE_LIB_BENCH_GENERATEDPROBLEM_H

#include "lib/Reference/Error.h"
#include "lib/Reference/Generate.h"

namespace sluice::bench {

/// How fast a state forgets, where gates of the spec are logarithms.
enum class Gates {
  Mild,  ///< as they are generated, in [-0.5, -0.001]
  Strong ///< ten times that: what is old is gone after a token or two
};

/// Returns true if the gates of a spec can be strong.
bool hasLogGates(delta::RecurrenceOp op);

/// The largest relative RMS error; NaN if there is one.
double getWorstError(llvm::ArrayRef<reference::TensorError> errors);

/// Inputs that were made, and the problem that they are bound to.
class GeneratedProblem {
public:
  static llvm::Expected<std::unique_ptr<GeneratedProblem>>
  create(delta::RecurrenceOp op, const reference::GenerateOptions &options,
         Gates gates = Gates::Mild);

  const runtime::Problem &getProblem() const { return problem; }

  /// How many heads the reference computes in about a second.
  int64_t countComparedHeads() const;
  /// The exact results of the first heads.
  llvm::Expected<runtime::Results> interpretHeads(int64_t heads) const;
  /// Of the first heads of every result.
  llvm::Expected<std::vector<reference::TensorError>>
  compareHeads(const runtime::Results &ours, const runtime::Results &exact,
               int64_t heads) const;

private:
  explicit GeneratedProblem(delta::RecurrenceOp op) : op(op) {}

  mutable delta::RecurrenceOp op;
  std::vector<runtime::OwnedTensor> inputs;
  runtime::Problem problem;
};

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_GENERATEDPROBLEM_H
