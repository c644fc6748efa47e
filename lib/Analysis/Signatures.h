//===- Signatures.h - The signature of an op as plain data ------*- C++ -*-===//

#ifndef SLUICE_LIB_ANALYSIS_SIGNATURES_H
#define SLUICE_LIB_ANALYSIS_SIGNATURES_H

#include "dialects/WY/WYOps.h"
#include "lib/Runtime/Signature.h"

namespace sluice {

/// The clauses, outputs and ranges of a verified op, and whether it asks for
/// the scale.
runtime::Signature getSignature(delta::RecurrenceOp op);
runtime::Signature getSignature(wy::ScanOp scan);
runtime::Signature getSignature(wy::PlacedOp placed);

} // namespace sluice

#endif // SLUICE_LIB_ANALYSIS_SIGNATURES_H
