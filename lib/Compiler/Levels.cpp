//===- Levels.cpp - A spec at each level of the compiler ------------------===//

#include "lib/Compiler/Levels.h"
#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/PipelineOptions.h"
#include "passes/Pipelines/Pipelines.h"

using namespace sluice;
using namespace sluice::compiler;

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
compiler::lower(delta::RecurrenceOp op, Level level,
                const CompileOptions &options, std::string *remarks) {
  TargetPipelineOptions pipeline;
  setPipelineOptions(options, pipeline);
  auto addPasses = [&](mlir::OpPassManager &manager) {
    switch (level) {
    case Level::Delta:
      return;
    case Level::WY: {
      DeltaToWYOptions sizes;
      sizes.keyDim = options.keyDim;
      sizes.valueDim = options.valueDim;
      sizes.chunk = options.chunk;
      return buildChunkPipeline(manager, sizes);
    }
    case Level::Schedule:
      return buildSchedulePipeline(manager, pipeline);
    case Level::Placed:
      return buildPlacementPipeline(manager, pipeline);
    case Level::Tile:
      return buildTilePipeline(manager, pipeline);
    case Level::Vector:
      return buildCPUPipeline(manager, pipeline);
    case Level::LLVM:
      if (options.gpu) {
        buildTilePipeline(manager, pipeline);
        return buildTileToNVVMPipeline(manager, options.gpu->name);
      }
      buildCPUPipeline(manager, pipeline);
      return buildVectorToLLVMPipeline(manager);
    }
  };
  return derive(op, addPasses, /*name=*/"", remarks);
}
