//===- WYDecompose.h - aggregates spelled out -------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYDECOMPOSE_WYDECOMPOSE_H
#define SLUICE_PASSES_WYDECOMPOSE_WYDECOMPOSE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/WYDecompose/WYDecompose.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_WYDECOMPOSE_WYDECOMPOSE_H
