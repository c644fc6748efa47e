//===- Emission.cpp - From a spec to what is emitted ----------------------===//

#include "tools/sluicec/Emission.h"

#include "lib/Analysis/StageCutDot.h"
#include "lib/Analysis/Transition.h"
#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/ScheduleFile.h"
#include "passes/Pipelines/CPUPipeline.h"
#include "passes/Pipelines/Pipelines.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::tool;

static ScheduleQuery getQuery(const Spec &spec, const CompileOptions &options) {
  ScheduleQuery query;
  query.op = spec.op;
  query.form = options.form;
  query.target = options.target;
  query.argTypes.assign(query.op.getNumArgs(), options.dtype);
  query.keyDim = options.keyDim;
  query.valueDim = options.valueDim;
  query.chunk = options.chunk;
  return query;
}

/// What sluice-run compiles, too: as a file's schedule says, where one fits.
static Error fillPipeline(const Spec &spec, const CompileOptions &options,
                          CPUPipelineOptions &pipeline) {
  pipeline.keyDim = options.keyDim;
  pipeline.valueDim = options.valueDim;
  if (options.form == Form::Chunk)
    pipeline.chunk = options.chunk.value_or(kDefaultChunk);
  pipeline.target = options.target->name.str();
  delta::RecurrenceOp op = spec.op;
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i) {
    bool isState = op.getArgKind(i) == delta::ArgKind::State;
    io::DType dtype = isState ? io::DType::F32 : options.dtype;
    pipeline.argTypes.push_back(io::dtypeName(dtype).str());
  }
  pipeline.outputType = io::dtypeName(options.dtype).str();
  if (options.schedules.empty())
    return Error::success();
  Expected<ScheduleFile> file =
      ScheduleFile::load(*op.getContext(), options.schedules);
  if (!file)
    return file.takeError();
  Expected<wy::ScheduleAttr> schedule = file->choose(getQuery(spec, options));
  if (!schedule || !*schedule)
    return schedule.takeError();
  raw_string_ostream(pipeline.schedule.getValue()) << *schedule;
  pipeline.chunk = schedule->getChunk();
  return Error::success();
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
tool::deriveModule(const Spec &spec, const CompileOptions &options) {
  if (!options.target)
    return derive(spec.op, [&](mlir::OpPassManager &manager) {
      if (options.emit == Emit::Delta || options.emit == Emit::Class)
        return;
      DeltaToWYOptions sizes;
      sizes.keyDim = options.keyDim;
      sizes.valueDim = options.valueDim;
      sizes.chunk = options.chunk.value_or(64);
      buildChunkPipeline(manager, sizes);
    });
  CPUPipelineOptions pipeline;
  if (Error error = fillPipeline(spec, options, pipeline))
    return std::move(error);
  return derive(spec.op, [&](mlir::OpPassManager &manager) {
    if (options.emit == Emit::Schedule)
      return buildSchedulePipeline(manager, pipeline);
    if (options.emit == Emit::Placed)
      return buildPlacementPipeline(manager, pipeline);
    buildCPUPipeline(manager, pipeline);
    if (options.emit == Emit::LLVM)
      buildVectorToLLVMPipeline(manager);
  });
}

/// The schedule that choose-schedule has written.
static wy::ScheduleAttr getSchedule(mlir::Operation &op) {
  if (auto scan = dyn_cast<wy::ScanOp>(op))
    return scan.getScheduleAttr();
  return op.getAttrOfType<wy::ScheduleAttr>(
      wy::WYDialect::getStepScheduleName());
}

std::string tool::print(const Spec &spec, mlir::ModuleOp module,
                        const CompileOptions &options) {
  std::string text;
  raw_string_ostream os(text);
  mlir::Operation &op = module.getBody()->front();
  auto getCut = [&] {
    wy::StageCutOptions cutOptions;
    cutOptions.ioBytes = io::byteWidth(options.dtype);
    return wy::StageCut(cast<wy::ScanOp>(op), cutOptions);
  };
  switch (options.emit) {
  case Emit::Delta:
    // As its hash in a file of schedules is taken: whatever values are called.
    op.print(os);
    os << '\n';
    break;
  case Emit::WY:
  case Emit::Placed:
    op.print(os, mlir::OpPrintingFlags().printNameLocAsPrefix());
    os << '\n';
    break;
  case Emit::Class:
    delta::TransitionAnalysis(cast<delta::RecurrenceOp>(op)).print(os);
    break;
  case Emit::Dot:
    printDot(getCut(), os);
    break;
  case Emit::Stages:
    getCut().print(os);
    break;
  case Emit::Schedule:
    printScheduleFile(os, makeEntry(getQuery(spec, options), getSchedule(op)));
    break;
  case Emit::Vector:
  case Emit::LLVM:
    // As sluice-opt prints it.
    module.print(os);
    os << '\n';
    break;
  }
  return text;
}
