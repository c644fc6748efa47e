//===- CPUPipeline.cpp - from a spec to a processor's vectors -------------===//

#include "passes/Pipelines/CPUPipeline.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/ChooseSchedule/ChooseSchedule.h"
#include "passes/ClampRanges/ClampRanges.h"
#include "passes/ExpandL2Norm/ExpandL2Norm.h"
#include "passes/Pipelines/Pipelines.h"
#include "passes/WYDecompose/WYDecompose.h"
#include "passes/WYMoveFactors/WYMoveFactors.h"
#include "passes/WYPlace/WYPlace.h"

using namespace mlir;
using namespace sluice;

void sluice::buildSchedulePipeline(OpPassManager &manager,
                                   const TargetPipelineOptions &options) {
  if (options.chunk != 0) {
    DeltaToWYOptions sizes;
    sizes.keyDim = options.keyDim;
    sizes.valueDim = options.valueDim;
    sizes.chunk = options.chunk;
    buildChunkPipeline(manager, sizes);
  } else if (target::lookUpGpu(options.target)) {
    // How many vectors meet the states is part of the choice.
    OpPassManager &step = manager.nest<delta::RecurrenceOp>();
    step.addPass(createClampRanges());
    step.addPass(createCanonicalizerPass());
  }
  ChooseScheduleOptions choice;
  choice.target = options.target;
  choice.schedule = options.schedule;
  choice.keyDim = options.keyDim;
  choice.valueDim = options.valueDim;
  choice.precision = options.precision;
  choice.outputType = options.outputType;
  manager.addPass(createChooseSchedule(choice));
}

void sluice::buildPlacementPipeline(OpPassManager &manager,
                                    const TargetPipelineOptions &options) {
  buildSchedulePipeline(manager, options);
  bool isForGPU = target::lookUpGpu(options.target) != nullptr;
  if (isForGPU)
    manager.addPass(createWYMoveFactors());
  manager.addPass(createWYDecompose());
  manager.addPass(createCSEPass());
  if (isForGPU) {
    // Once more: an inverse takes factors that a solve does not.
    manager.addPass(createWYMoveFactors());
    manager.addPass(createExpandL2Norm());
    manager.addPass(createCSEPass());
  }
  manager.addPass(createWYPlace());
}

void sluice::buildCPUPipeline(OpPassManager &manager,
                              const TargetPipelineOptions &options) {
  buildSchedulePipeline(manager, options);
  auto setTypes = [&](auto &lowering) {
    lowering.argTypes.assign(options.argTypes.begin(), options.argTypes.end());
    lowering.outputType = options.outputType;
  };
  if (options.chunk != 0) {
    WYToVectorOptions lowering;
    setTypes(lowering);
    lowering.scan = options.scan;
    return buildChunkToVectorPipeline(manager, lowering);
  }
  DeltaToVectorOptions lowering;
  setTypes(lowering);
  lowering.keyDim = options.keyDim;
  lowering.valueDim = options.valueDim;
  buildStepToVectorPipeline(manager, lowering);
}
