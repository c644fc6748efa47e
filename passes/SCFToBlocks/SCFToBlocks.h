//===- SCFToBlocks.h - structured control flow as blocks --------*- C++ -*-===//

#ifndef SLUICE_PASSES_SCFTOBLOCKS_SCFTOBLOCKS_H
#define SLUICE_PASSES_SCFTOBLOCKS_SCFTOBLOCKS_H

#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/SCFToBlocks/SCFToBlocks.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_SCFTOBLOCKS_SCFTOBLOCKS_H
