//===- SumTokens.h - A kernel by hand, and what it computes -----*- C++ -*-===//
//
// A recurrence without a spec: for every token S ← scale · S + x, o = S, where
// S is a vector. The kernel takes one argument of every kind that kernels of a
// GPU have.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_RUNTIME_GPU_SUMTOKENS_H
#define SLUICE_TEST_UNIT_RUNTIME_GPU_SUMTOKENS_H

#include "lib/Runtime/Artifact.h"
#include "lib/Runtime/Run.h"

namespace sluice::test {

/// Its parameters are x, S, o, the final S, the scale, T, HV, V, sequences. One
/// thread for an element of S. `from` of its text are replaced by `to`.
std::string getSumTokensPTX(llvm::StringRef from = "", llvm::StringRef to = "");

/// The artifact of that kernel, of blocks of 32 threads.
runtime::Artifact getSumTokens(std::string ptx = getSumTokensPTX());

/// Tensors for it, of numbers that are exact in float32.
class SumTokensProblem {
public:
  struct Shape {
    int64_t rows = 1, tokens = 5, heads = 3, width = 8;
    /// Lengths of sequences in one row; empty: rows are sequences.
    std::vector<int64_t> lengths;
    bool initialState = true;
  };
  explicit SumTokensProblem(const Shape &shape);

  const runtime::Problem &get() const { return problem; }
  runtime::Problem &get() { return problem; }
  float *getState() { return state.data(); }
  /// Outputs and final states, as they should be.
  std::vector<float> getOutputs() const;
  std::vector<float> getFinals() const;

private:
  template <typename Visit> void forEach(Visit visit) const;

  std::vector<float> x, state;
  runtime::Problem problem;
};

/// The elements of a float32 tensor.
std::vector<float> toVector(const runtime::OwnedTensor &tensor);

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_RUNTIME_GPU_SUMTOKENS_H
