//===- BackwardProblem.h - An adjoint bound to tensors ----------*- C++ -*-===//
//
// An adjoint takes arguments of its recurrence, gradients by its outputs (do
// for o) and states (dS for S); it gives gradients by arguments (dq for q), and
// its state dS behind everything is the gradient by the initial state. So a run
// of it is one like any other, of a problem with its signature.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_BACKWARDPROBLEM_H
#define SLUICE_LIB_RUNTIME_BACKWARDPROBLEM_H

#include "lib/Runtime/Problem.h"
#include <deque>

namespace sluice::runtime {

class BackwardProblem {
public:
  /// Binds an adjoint to the tensors of a problem that was bound backwards,
  /// whose signature is its recurrence's. Gradients that were not given are
  /// zeros. The problem must outlive what is made.
  static llvm::Expected<BackwardProblem> create(const Problem &problem,
                                                const Signature &adjoint);

  const Problem &get() const { return bound; }
  /// The gradients, of what a run of the adjoint gave: by arguments, each of
  /// the type of the argument that it is of, of params and states of the
  /// problem's type for states; then those by the initial states that the
  /// adjoint carries (dinitial_state…). `dtype` replaces these types. None is
  /// −0.
  llvm::Expected<Results>
  takeGradients(const Results &ran, std::optional<io::DType> dtype = {}) const;

private:
  const Problem *forward = nullptr;
  Problem bound;
  std::deque<OwnedTensor> zeros;
};

/// The type of the gradient that an output of an adjoint is.
io::DType getGradientType(const Problem &forward, const Output &gradient);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_BACKWARDPROBLEM_H
