//===- Culprits.h - Which operation an error is about -----------*- C++ -*-===//
//
// Normal forms say that two states feed each other, or that one decays along an
// axis; an error points at the operation of the step that makes it so.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_ANALYSIS_CULPRITS_H
#define SLUICE_LIB_ANALYSIS_CULPRITS_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice {

/// The first decay or factor (by a vector along `axis`, if one is given) that
/// state number `from` meets on its way to the next state number `to`; null if
/// there is none.
mlir::Operation *findDecay(delta::RecurrenceOp op, unsigned from, unsigned to,
                           std::optional<delta::Axis> axis = std::nullopt);

/// The operation at which the states of a group, given by their numbers, begin
/// to feed each other: a sum of two of them, or the yield that exchanges them.
mlir::Operation *findCoupling(delta::RecurrenceOp op,
                              llvm::ArrayRef<unsigned> group);

/// The first read that contracts `axis`; null if there is none.
delta::ReadOp findRead(delta::RecurrenceOp op, delta::Axis axis);

} // namespace sluice

#endif // SLUICE_LIB_ANALYSIS_CULPRITS_H
