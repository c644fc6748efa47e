//===- PipelineOptions.h - What the passes are told -------------*- C++ -*-===//
//
// Private to this library: what stands above it includes no passes.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_COMPILER_PIPELINEOPTIONS_H
#define SLUICE_LIB_COMPILER_PIPELINEOPTIONS_H

#include "lib/Compiler/Compile.h"
#include "passes/Pipelines/GPUPipeline.h"

namespace sluice::compiler {

/// The options' target; this processor, if there is none.
const target::Cpu &getCpu(const CompileOptions &options);

void setPipelineOptions(const CompileOptions &options,
                        TargetPipelineOptions &pipeline);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_PIPELINEOPTIONS_H
