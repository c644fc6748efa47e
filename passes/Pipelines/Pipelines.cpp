//===- Pipelines.cpp - passes in order ------------------------------------===//

#include "passes/Pipelines/Pipelines.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Headers.inc"
#include "passes/Pipelines/GPUPipeline.h"

using namespace mlir;
using namespace sluice;

void sluice::buildStepToVectorPipeline(OpPassManager &manager,
                                       const DeltaToVectorOptions &options) {
  OpPassManager &step = manager.nest<delta::RecurrenceOp>();
  step.addPass(createClampRanges());
  step.addPass(createCanonicalizerPass());
  step.addPass(createSingleSweep());
  // Not canonicalised again: that would turn factors back into log gates.
  step.addPass(createCSEPass());
  manager.addPass(createDeltaToVector(options));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
}

void sluice::buildChunkPipeline(OpPassManager &manager,
                                const DeltaToWYOptions &options) {
  OpPassManager &step = manager.nest<delta::RecurrenceOp>();
  step.addPass(createClampRanges());
  step.addPass(createCanonicalizerPass());
  manager.addPass(createDeltaToWY(options));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  // Results of wy.tokens that have become equal.
  manager.addPass(createCanonicalizerPass());
}

void sluice::buildChunkAdjointPipeline(OpPassManager &manager,
                                       const WYDifferentiateOptions &options) {
  manager.addPass(createWYDifferentiate(options));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void sluice::buildChunkToVectorPipeline(OpPassManager &manager,
                                        const WYToVectorOptions &options) {
  manager.addPass(createWYDecompose());
  // Anchors of one gate serve all that it decays.
  manager.addPass(createCSEPass());
  // Not merged: maths that takes products of gates is made with those of one
  // block, in registers and for the rows that its masks leave.
  manager.addPass(createExpandL2Norm());
  manager.addPass(createShareExponentials());
  manager.addPass(createSplitTokens());
  manager.addPass(createCSEPass());
  // Not canonicalised: loops that carry hundreds of sums take that long, and
  // the emitter folds what it makes.
  manager.addPass(createWYToVector(options));
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
}

void sluice::buildVectorToLLVMPipeline(OpPassManager &manager) {
  manager.addPass(createApproximateMath());
  manager.addPass(createCSEPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createConvertFuncToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createCSEPass());
}

namespace {
struct ChunkOptions : PassPipelineOptions<ChunkOptions> {
  Option<int64_t> keyDim{*this, "key-dim", llvm::cl::init(128)};
  Option<int64_t> valueDim{*this, "value-dim", llvm::cl::init(128)};
  Option<int64_t> chunk{*this, "chunk", llvm::cl::init(64)};
};

struct TargetOption : PassPipelineOptions<TargetOption> {
  Option<std::string> target{*this, "target"};
};
} // namespace

void sluice::registerSluicePasses() {
  PassPipelineRegistration<ChunkOptions>(
      "sluice-chunk", "a spec's chunk form",
      [](OpPassManager &manager, const ChunkOptions &options) {
        DeltaToWYOptions passOptions;
        passOptions.keyDim = options.keyDim;
        passOptions.valueDim = options.valueDim;
        passOptions.chunk = options.chunk;
        buildChunkPipeline(manager, passOptions);
      });
  using namespace delta;
  using namespace wy;
#include "passes/Registration.inc"
  PassPipelineRegistration<TargetPipelineOptions>(
      "sluice-cpu", "a spec as a processor's loops and vectors",
      buildCPUPipeline);
  PassPipelineRegistration<TargetPipelineOptions>(
      "sluice-tile", "a spec as a kernel of a GPU", buildTilePipeline);
  PassPipelineRegistration<TargetOption>(
      "sluice-tile-to-nvvm", "kernels of a GPU as the llvm and nvvm dialects",
      [](OpPassManager &manager, const TargetOption &option) {
        buildTileToNVVMPipeline(manager, option.target);
      });
  PassPipelineRegistration<>("sluice-vector-to-llvm",
                             "loops and vectors as the llvm dialect",
                             buildVectorToLLVMPipeline);
}
