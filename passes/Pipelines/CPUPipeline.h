//===- CPUPipeline.h - from a spec to a processor's vectors -----*- C++ -*-===//

#ifndef SLUICE_PASSES_PIPELINES_CPUPIPELINE_H
#define SLUICE_PASSES_PIPELINES_CPUPIPELINE_H

#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

namespace sluice {

/// Everything that what is compiled for a processor or a GPU depends on.
struct TargetPipelineOptions
    : mlir::PassPipelineOptions<TargetPipelineOptions> {
  Option<int64_t> keyDim{*this, "key-dim", llvm::cl::desc("K, the size of key"),
                         llvm::cl::init(128)};
  Option<int64_t> valueDim{*this, "value-dim",
                           llvm::cl::desc("V, the size of value"),
                           llvm::cl::init(128)};
  Option<int64_t> chunk{
      *this, "chunk",
      llvm::cl::desc("tokens of a chunk; 0: token by token, the step form"),
      llvm::cl::init(0)};
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("a processor or a GPU, as "
                                            "choose-schedule has them"),
                             llvm::cl::init("host")};
  Option<std::string> precision{
      *this, "precision",
      llvm::cl::desc("of a GPU's products, as choose-schedule has them"),
      llvm::cl::init("auto")};
  Option<std::string> schedule{
      *this, "schedule",
      llvm::cl::desc("#wy.schedule<…> instead of the target's default"),
      llvm::cl::init("")};
  ListOption<std::string> argTypes{
      *this, "arg-types",
      llvm::cl::desc("element types of the arguments (f32, f16, bf16), states "
                     "included; f32 where the list ends")};
  Option<std::string> outputType{*this, "output-type",
                                 llvm::cl::desc("element type of the outputs"),
                                 llvm::cl::init("f32")};
  Option<std::string> scan{
      *this, "scan",
      llvm::cl::desc("of a placement, the scan that becomes a function"),
      llvm::cl::init("")};
};

/// Builds the pipeline from a spec to a recurrence or scan that has its
/// schedule.
void buildSchedulePipeline(mlir::OpPassManager &manager,
                           const TargetPipelineOptions &options);

/// Builds the pipeline from a spec to its chunk form in scans, decomposed and
/// placed as its schedule says; for a GPU with factors moved first.
void buildPlacementPipeline(mlir::OpPassManager &manager,
                            const TargetPipelineOptions &options);

/// Builds the pipeline from a spec to loops and vectors for a processor, in
/// step or chunk form: all that sluicec and sluice-run do. Registered as
/// `sluice-cpu`.
void buildCPUPipeline(mlir::OpPassManager &manager,
                      const TargetPipelineOptions &options);

} // namespace sluice

#endif // SLUICE_PASSES_PIPELINES_CPUPIPELINE_H
