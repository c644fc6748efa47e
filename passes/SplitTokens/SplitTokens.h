//===- SplitTokens.h - maths of tokens in parts -----------------*- C++ -*-===//

#ifndef SLUICE_PASSES_SPLITTOKENS_SPLITTOKENS_H
#define SLUICE_PASSES_SPLITTOKENS_SPLITTOKENS_H

#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/SplitTokens/SplitTokens.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_SPLITTOKENS_SPLITTOKENS_H
