//===- WYMoveFactors.h - factors to where they cost least -------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYMOVEFACTORS_WYMOVEFACTORS_H
#define SLUICE_PASSES_WYMOVEFACTORS_WYMOVEFACTORS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/WYMoveFactors/WYMoveFactors.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_WYMOVEFACTORS_WYMOVEFACTORS_H
