//===- GraphDifferentiator.h - a scan's graph in reverse mode ---*- C++ -*-===//
//
// Over all chunks the states are S_i = f(S_{i-1}, x_i), the outputs o_i =
// h(S_{i-1}, x_i). With dS_i the gradient by the states behind chunk i, all
// that later chunks contribute included,
//
//     dS_{i-1} = (∂f/∂S)ᵀ dS_i + (∂h/∂S)ᵀ do_i
//     dx_i     = (∂f/∂x)ᵀ dS_i + (∂h/∂x)ᵀ do_i,
//
// a scan again, from the last chunk to the first, which needs the states before
// each chunk.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYDIFFERENTIATE_GRAPHDIFFERENTIATOR_H
#define SLUICE_PASSES_WYDIFFERENTIATE_GRAPHDIFFERENTIATOR_H

#include "dialects/WY/WYOps.h"

namespace sluice {

/// The arguments of a scan that have a gradient: those on which an output or a
/// next state depends, and all states.
llvm::SmallVector<unsigned> findDifferentiable(wy::ScanOp scan);

/// Builds the gradients of a scan by its arguments `wanted`, in front of it, as
/// two scans joined by the states before each chunk. Fails, with an error at
/// the node, where one has no adjoint, and then builds nothing.
mlir::FailureOr<wy::PlacedOp> differentiate(wy::ScanOp scan,
                                            llvm::ArrayRef<unsigned> wanted);

} // namespace sluice

#endif // SLUICE_PASSES_WYDIFFERENTIATE_GRAPHDIFFERENTIATOR_H
