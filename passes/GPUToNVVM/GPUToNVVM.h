//===- GPUToNVVM.h - code of a thread as LLVM's -----------------*- C++ -*-===//

#ifndef SLUICE_PASSES_GPUTONVVM_GPUTONVVM_H
#define SLUICE_PASSES_GPUTONVVM_GPUTONVVM_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/GPUToNVVM/GPUToNVVM.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_GPUTONVVM_GPUTONVVM_H
