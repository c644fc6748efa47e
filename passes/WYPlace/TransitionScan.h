//===- TransitionScan.h - the scan of a segment's transition ----*- C++ -*-===//

#ifndef SLUICE_PASSES_WYPLACE_TRANSITIONSCAN_H
#define SLUICE_PASSES_WYPLACE_TRANSITIONSCAN_H

#include "lib/Analysis/StageCut.h"
#include "mlir/IR/Builders.h"

namespace sluice {

/// The states that some state reaches in any number of chunks, itself included;
/// of `cut`'s states, by number.
llvm::BitVector getReached(const wy::StageCut &cut, unsigned from);

/// Builds the scan that computes the transition of segments from state `from`,
/// at the builder's place: they start with the identity (ones, where states
/// only decay) in it and zeros in the others. Its states are those that `from`
/// reaches, and `ends` names a channel for each of them. Fails at an operation
/// that keeps the graph's linear part from being the same for every column of
/// the state.
llvm::FailureOr<wy::ScanOp>
buildTransition(mlir::OpBuilder &builder, const wy::StageCut &cut,
                unsigned from, llvm::StringRef name, int64_t tokens,
                llvm::ArrayRef<mlir::StringAttr> ends);

} // namespace sluice

#endif // SLUICE_PASSES_WYPLACE_TRANSITIONSCAN_H
