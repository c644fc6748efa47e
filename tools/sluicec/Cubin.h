//===- Cubin.h - Kernels that ptxas has assembled ---------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICEC_CUBIN_H
#define SLUICE_TOOLS_SLUICEC_CUBIN_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "tools/sluicec/Options.h"

namespace sluice::tool {

/// The bytes of the cubin that ptxas makes of kernels in the nvvm dialect.
/// `remarks` gets whole lines: what ptxas says of each, if the options ask for
/// that, and a warning of each that spills more than the budget allows.
llvm::Expected<std::string> emitCubin(mlir::gpu::GPUModuleOp kernels,
                                      const EmitOptions &options,
                                      std::string &remarks);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICEC_CUBIN_H
