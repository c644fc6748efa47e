//===- MergeTokens.h - one loop over tokens in place of several -*- C++ -*-===//

#ifndef SLUICE_PASSES_MERGETOKENS_MERGETOKENS_H
#define SLUICE_PASSES_MERGETOKENS_MERGETOKENS_H

#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/MergeTokens/MergeTokens.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_MERGETOKENS_MERGETOKENS_H
