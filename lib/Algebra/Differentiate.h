//===- Differentiate.h - the adjoint of a step ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_ALGEBRA_DIFFERENTIATE_H
#define SLUICE_LIB_ALGEBRA_DIFFERENTIATE_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice {

/// Returns the arguments of a step, in order, that have a gradient: those on
/// which an output or a next state depends, and all states.
llvm::SmallVector<unsigned> findDifferentiable(delta::RecurrenceOp op);

/// What an adjoint takes and gives, and the tensors of its run, have names of
/// their own: an error at `op`, the recurrence or scan of that signature, where
/// an argument has the name of a gradient.
llvm::LogicalResult checkGradientNames(mlir::Operation *op,
                                       llvm::StringRef name,
                                       delta::SignatureAttr signature);

/// The arguments named `gradients`, in the signature's order; all that are
/// differentiable where none is named. An error at `op` where there is no such
/// argument, or where it is not among these.
mlir::FailureOr<llvm::SmallVector<unsigned>>
findWanted(mlir::Operation *op, llvm::StringRef name,
           delta::SignatureAttr signature,
           llvm::ArrayRef<unsigned> differentiable,
           llvm::ArrayRef<std::string> gradients);

/// Differentiates a verified step in reverse mode: a `delta.adjoint` behind it,
/// called `@NAME_adjoint`, that gives the gradients by the arguments `wanted`,
/// states among them, and computes nothing that these do not need. It takes
/// what it uses and no more, and yields the gradient by a state only if that is
/// wanted, or leads from one token to what is wanted of an earlier one.
///
/// The gradient by what has no influence is zero. Fails, with an error at the
/// recurrence, where an argument has the name of a gradient.
mlir::FailureOr<delta::AdjointOp>
differentiate(delta::RecurrenceOp op, llvm::ArrayRef<unsigned> wanted);

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_DIFFERENTIATE_H
