//===- Pipelines.h - passes in order ----------------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_PIPELINES_PIPELINES_H
#define SLUICE_PASSES_PIPELINES_PIPELINES_H

#include "passes/DeltaToVector/DeltaToVector.h"
#include "passes/DeltaToWY/DeltaToWY.h"
#include "passes/Transition/Transition.h"
#include "passes/WYDifferentiate/WYDifferentiate.h"
#include "passes/WYToVector/WYToVector.h"

namespace sluice {

/// Builds the pipeline from a spec with a schedule to loops and vectors:
/// clamp-ranges, canonical form, delta-single-sweep, delta-to-vector.
void buildStepToVectorPipeline(mlir::OpPassManager &manager,
                               const DeltaToVectorOptions &options);

/// Builds the pipeline from a spec to its chunk form: clamp-ranges, canonical
/// form, delta-to-wy, canonical form. Registered as `sluice-chunk` with the
/// options of delta-to-wy.
void buildChunkPipeline(mlir::OpPassManager &manager,
                        const DeltaToWYOptions &options);

/// Builds the pipeline from a chunk form to its gradients: wy-differentiate,
/// canonical form.
void buildChunkAdjointPipeline(mlir::OpPassManager &manager,
                               const WYDifferentiateOptions &options);

/// Builds the pipeline from a chunk form with a schedule to loops and vectors:
/// wy-decompose, expand-l2norm, wy-share-exponentials, wy-split-tokens,
/// wy-to-vector.
void buildChunkToVectorPipeline(mlir::OpPassManager &manager,
                                const WYToVectorOptions &options);

/// Builds the pipeline from loops and vectors to the llvm dialect. Registered
/// as `sluice-vector-to-llvm`.
void buildVectorToLLVMPipeline(mlir::OpPassManager &manager);

/// Registers every pass and pipeline of Sluice.
void registerSluicePasses();

} // namespace sluice

#endif // SLUICE_PASSES_PIPELINES_PIPELINES_H
