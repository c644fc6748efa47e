//===- ShareExponentials.h - one exponential for maths and gate -*- C++ -*-===//

#ifndef SLUICE_PASSES_SHAREEXPONENTIALS_SHAREEXPONENTIALS_H
#define SLUICE_PASSES_SHAREEXPONENTIALS_SHAREEXPONENTIALS_H

#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/ShareExponentials/ShareExponentials.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_SHAREEXPONENTIALS_SHAREEXPONENTIALS_H
