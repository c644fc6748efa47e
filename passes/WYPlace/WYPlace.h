//===- WYPlace.h - a scan as several, joined by channels --------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYPLACE_WYPLACE_H
#define SLUICE_PASSES_WYPLACE_WYPLACE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/WYPlace/WYPlace.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_WYPLACE_WYPLACE_H
