//===- ReadPusher.h - reads moved to the incoming states --------*- C++ -*-===//

#ifndef SLUICE_LIB_ALGEBRA_READPUSHER_H
#define SLUICE_LIB_ALGEBRA_READPUSHER_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice {

/// Replaces every read of a step by reads of incoming states, by linearity
/// (delta-single-sweep has the formulas). A decay that a read passes becomes
/// the exponential of its gate, made once, beside the decay. Fails, with an
/// error at the read, where it would need too many terms.
llvm::LogicalResult pushReadsToIncomingStates(delta::RecurrenceOp op);

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_READPUSHER_H
