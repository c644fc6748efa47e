//===- GPUPipeline.h - from a spec to a GPU's kernels -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_PIPELINES_GPUPIPELINE_H
#define SLUICE_PASSES_PIPELINES_GPUPIPELINE_H

#include "passes/Pipelines/CPUPipeline.h"

namespace sluice {

/// Builds the pipeline from a spec to kernels in the tile dialect, tensors
/// placed and synchronised: one of the step form, or one for each scan of the
/// chunk form, in order.
void buildTilePipeline(mlir::OpPassManager &manager,
                       const TargetPipelineOptions &options);

/// Builds the pipeline from kernels in the tile dialect to the llvm and nvvm
/// dialects. Registered as `sluice-tile-to-nvvm`.
void buildTileToNVVMPipeline(mlir::OpPassManager &manager,
                             llvm::StringRef target);

} // namespace sluice

#endif // SLUICE_PASSES_PIPELINES_GPUPIPELINE_H
