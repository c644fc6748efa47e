//===- MergeBranches.h - one branch on a condition --------------*- C++ -*-===//

#ifndef SLUICE_PASSES_MERGEBRANCHES_MERGEBRANCHES_H
#define SLUICE_PASSES_MERGEBRANCHES_MERGEBRANCHES_H

#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/MergeBranches/MergeBranches.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_MERGEBRANCHES_MERGEBRANCHES_H
