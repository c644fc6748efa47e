//===- WYFuse.h - scans joined by channels, as one -------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYFUSE_WYFUSE_H
#define SLUICE_PASSES_WYFUSE_WYFUSE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/WYFuse/WYFuse.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_WYFUSE_WYFUSE_H
