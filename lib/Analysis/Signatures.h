//===- Signatures.h - The signature of an op as plain data ------*- C++ -*-===//

#ifndef SLUICE_LIB_ANALYSIS_SIGNATURES_H
#define SLUICE_LIB_ANALYSIS_SIGNATURES_H

#include "dialects/WY/WYOps.h"
#include "lib/Runtime/Signature.h"

namespace sluice {

/// The name and the signature of a verified op, a recurrence, a scan or a
/// placement, and whether it asks for the scale.
runtime::Signature getSignature(delta::SignatureOpInterface op);

} // namespace sluice

#endif // SLUICE_LIB_ANALYSIS_SIGNATURES_H
