//===- Backward.h - What gradients mean, in float64 -------------*- C++ -*-===//
//
// Runs the adjoint of a step op by op for every token, from the last one of a
// sequence to the first, beside the states before each token. These are
// computed again: on the way forward only those of every n-th token are kept,
// and n tokens at a time are run once more (Griewank 1992, with two levels).
// For n = √T that is memory for 2 √T states and one run more.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_BACKWARD_H
#define SLUICE_LIB_REFERENCE_BACKWARD_H

#include "dialects/WY/WYOps.h"
#include "lib/Reference/Interpreter.h"

namespace sluice::reference {

struct BackwardOptions {
  /// Tokens between the states that are kept; 0: the root of a sequence's
  /// length. No bit of a result depends on it.
  int64_t keptEvery = 0;
};

/// Runs a verified `adjoint` of `op` over a problem that was bound to the
/// signature of `op`, backwards. The results are the gradients that the adjoint
/// gives, then those by the initial states that it carries (dinitial_state…),
/// each rounded once: to the type of the input that it is of, and of params and
/// states to the problem's type for states. What tokens or heads share is added
/// up in their order.
///
/// Gradients depend on no token behind the loss: where those by the outputs of
/// all tokens from t on and by the final states are zero, no bit of a gradient
/// at an earlier token, or by an initial state or a param, depends on the
/// (finite) arguments of these tokens.
llvm::Expected<runtime::Results>
interpretBackward(delta::RecurrenceOp op, delta::AdjointOp adjoint,
                  const runtime::Problem &problem,
                  const Progress &progress = {},
                  const BackwardOptions &options = {});

/// The same with every result in float64, as it was computed.
llvm::Expected<runtime::Results>
interpretBackwardExact(delta::RecurrenceOp op, delta::AdjointOp adjoint,
                       const runtime::Problem &problem,
                       const Progress &progress = {},
                       const BackwardOptions &options = {});

/// The same by chunks, as wy-differentiate has derived them. Sequences are gone
/// through once forward, and all states before chunks are kept.
llvm::Expected<runtime::Results>
interpretBackward(wy::PlacedOp adjoint, const runtime::Problem &problem,
                  const Progress &progress = {});
llvm::Expected<runtime::Results>
interpretBackwardExact(wy::PlacedOp adjoint, const runtime::Problem &problem,
                       const Progress &progress = {});
/// With every operation rounded to float32, functions of single tokens but for
/// their results.
llvm::Expected<runtime::Results>
interpretBackwardInFloat32(wy::PlacedOp adjoint,
                           const runtime::Problem &problem);

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_BACKWARD_H
