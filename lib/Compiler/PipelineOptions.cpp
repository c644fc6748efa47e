//===- PipelineOptions.cpp - What the passes are told ---------------------===//

#include "lib/Compiler/PipelineOptions.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;

const target::Cpu &compiler::getCpu(const CompileOptions &options) {
  return options.target ? *options.target : target::getHostCpu();
}

void compiler::setPipelineOptions(const CompileOptions &options,
                                  TargetPipelineOptions &pipeline) {
  pipeline.keyDim = options.keyDim;
  pipeline.valueDim = options.valueDim;
  pipeline.chunk = options.chunk;
  pipeline.target =
      options.gpu ? options.gpu->name.str() : getCpu(options).name.str();
  pipeline.precision = stringifyExactness(options.exactness).str();
  if (options.schedule)
    raw_string_ostream(pipeline.schedule.getValue()) << options.schedule;
  for (io::DType type : options.argTypes)
    pipeline.argTypes.push_back(io::dtypeName(type).str());
  pipeline.outputType = io::dtypeName(options.outputType).str();
}
