//===- GPUPipeline.cpp - from a spec to a GPU's kernels -------------------===//

#include "passes/Pipelines/GPUPipeline.h"
#include "dialects/Tile/TileOps.h"
#include "lib/Target/Gpu.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/ApproximateMath/ApproximateMath.h"
#include "passes/DeltaToTile/DeltaToTile.h"
#include "passes/GPUToNVVM/GPUToNVVM.h"
#include "passes/MergeBranches/MergeBranches.h"
#include "passes/SCFToBlocks/SCFToBlocks.h"
#include "passes/TileAllocateShared/TileAllocateShared.h"
#include "passes/TileAssignLayouts/TileAssignLayouts.h"
#include "passes/TileByWarps/TileByWarps.h"
#include "passes/TileDotsByFMA/TileDotsByFMA.h"
#include "passes/TileInsertBarriers/TileInsertBarriers.h"
#include "passes/TileLoadAhead/TileLoadAhead.h"
#include "passes/TileParkStates/TileParkStates.h"
#include "passes/TileShortenLives/TileShortenLives.h"
#include "passes/TileStrips/TileStrips.h"
#include "passes/TileSumsByDots/TileSumsByDots.h"
#include "passes/TileThroughShared/TileThroughShared.h"
#include "passes/TileToGPU/TileToGPU.h"
#include "passes/WYToTile/WYToTile.h"

using namespace mlir;
using namespace sluice;

void sluice::buildTilePipeline(OpPassManager &manager,
                               const TargetPipelineOptions &options) {
  auto setTypes = [&](auto &lowering) {
    lowering.argTypes.assign(options.argTypes.begin(), options.argTypes.end());
    lowering.outputType = options.outputType;
  };
  if (options.chunk != 0) {
    buildPlacementPipeline(manager, options);
    WYToTileOptions lowering;
    setTypes(lowering);
    manager.addPass(createWYToTile(lowering));
  } else {
    buildSchedulePipeline(manager, options);
    DeltaToTileOptions lowering;
    setTypes(lowering);
    lowering.keyDim = options.keyDim;
    lowering.valueDim = options.valueDim;
    manager.addPass(createDeltaToTile(lowering));
  }
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  OpPassManager &kernel = manager.nest<tile::KernelOp>();
  TileAllocateSharedOptions memory;
  TileByWarpsOptions phases;
  TileStripsOptions strips;
  TileParkStatesOptions parking;
  TileLoadAheadOptions ahead;
  if (const target::Gpu *gpu = target::lookUpGpu(options.target)) {
    phases.most = strips.mostBytes = parking.mostBytes = memory.most =
        ahead.most = gpu->sharedBytes;
    phases.mostCTAs = gpu->clusterCTAs;
  }
  if (options.chunk != 0) {
    kernel.addPass(createTileByWarps(phases));
    kernel.addPass(createTileSumsByDots());
    strips.onlyApart = true;
    kernel.addPass(createTileStrips(strips));
    kernel.addPass(createTileLoadAhead(ahead));
    kernel.addPass(createCanonicalizerPass());
    kernel.addPass(createCSEPass());
    kernel.addPass(createTileShortenLives());
    kernel.addPass(createTileParkStates(parking));
    kernel.addPass(createCSEPass());
  }
  kernel.addPass(createTileAssignLayouts());
  kernel.addPass(createCSEPass());
  kernel.addPass(createTileThroughShared());
  kernel.addPass(createTileDotsByFMA());
  kernel.addPass(createTileAllocateShared(memory));
  kernel.addPass(createTileInsertBarriers());
  kernel.addPass(createCSEPass());
}

void sluice::buildTileToNVVMPipeline(OpPassManager &manager, StringRef target) {
  TileToGPUOptions threads;
  threads.target = target.str();
  manager.addPass(createTileToGPU(threads));
  ApproximateMathOptions maths;
  maths.gpu = true;
  manager.addPass(createApproximateMath(maths));
  manager.addPass(createCSEPass());
  manager.addPass(createMergeBranches());
  manager.addPass(createSCFToBlocks());
  OpPassManager &kernels = manager.nest<gpu::GPUModuleOp>();
  kernels.addPass(createGPUToNVVM());
  kernels.addPass(createCSEPass());
}
