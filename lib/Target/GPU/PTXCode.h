//===- PTXCode.h - Kernels in the nvvm dialect as PTX -----------*- C++ -*-===//

#ifndef SLUICE_LIB_TARGET_GPU_PTXCODE_H
#define SLUICE_LIB_TARGET_GPU_PTXCODE_H

#include "lib/Target/Gpu.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include <string>

namespace sluice::target {

/// The PTX of a module whose functions are in the llvm and nvvm dialects. Sums
/// of products are fused. The error says what LLVM has no code for.
llvm::Expected<std::string> emitPTX(mlir::gpu::GPUModuleOp kernels,
                                    const Gpu &gpu);

} // namespace sluice::target

#endif // SLUICE_LIB_TARGET_GPU_PTXCODE_H
