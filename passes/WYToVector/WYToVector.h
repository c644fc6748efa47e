//===- WYToVector.h - the chunk form on a CPU -------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_WYTOVECTOR_H
#define SLUICE_PASSES_WYTOVECTOR_WYTOVECTOR_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/WYToVector/WYToVector.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_WYTOVECTOR_H
