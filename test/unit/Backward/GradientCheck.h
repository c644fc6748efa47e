//===- GradientCheck.h - gradients against central differences --*- C++ -*-===//
//
// The loss is Σ do ∘ o + Σ dS ∘ S over outputs o and final states S, with the
// gradients do and dS that a problem was given: its derivative along a
// direction of an input is the sum of the gradient there, times the direction.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_BACKWARD_GRADIENTCHECK_H
#define SLUICE_TEST_UNIT_BACKWARD_GRADIENTCHECK_H

#include "lib/Compiler/Adjoint.h"
#include "lib/Reference/Backward.h"
#include "lib/Reference/Random.h"
#include <deque>

namespace sluice::test {

/// Random gradients by all outputs and final states of a problem: float32
/// numbers, in float64.
class GivenGradients {
public:
  /// Those by the final states are zero with `finalStates` off.
  GivenGradients(runtime::Problem &problem, reference::Random &random,
                 bool finalStates = true);

private:
  std::deque<runtime::OwnedTensor> tensors;
};

/// The gradients of a problem that has all that they need.
runtime::Results getGradients(delta::RecurrenceOp op,
                              const runtime::Problem &problem,
                              const std::vector<std::string> &inputs = {},
                              const reference::BackwardOptions &options = {});

struct GradientCheckOptions {
  /// The largest difference to pass, relative to the root mean square of a
  /// gradient's elements (or to 1e-3, where that is less).
  double bar = 1e-6;
  /// Elements of each input that are looked at one by one, besides all of them
  /// together along a random direction.
  unsigned elements = 3;
};

/// What is differentiated: all results in float64.
using Forward = llvm::function_ref<runtime::Results(const runtime::Problem &)>;

/// Fails where a gradient differs from central differences in float64, and
/// where one is not zero at an input of −inf. Returns the largest difference.
double checkGradients(Forward forward, const runtime::Problem &problem,
                      const runtime::Results &gradients,
                      reference::Random &random,
                      const GradientCheckOptions &options = {});
double checkGradients(delta::RecurrenceOp op, const runtime::Problem &problem,
                      const runtime::Results &gradients,
                      reference::Random &random,
                      const GradientCheckOptions &options = {});

/// All bits of all tensors.
void expectSameBits(const runtime::Results &ours,
                    const runtime::Results &expected);

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_BACKWARD_GRADIENTCHECK_H
