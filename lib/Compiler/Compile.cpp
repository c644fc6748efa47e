//===- Compile.cpp - From a spec to an artifact ---------------------------===//

#include "lib/Compiler/Compile.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Levels.h"
#include "lib/Compiler/PlanBuilder.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

CompileOptions compiler::getCompileOptions(const Problem &problem) {
  CompileOptions options;
  options.keyDim = problem.sizes["K"];
  options.valueDim = problem.sizes["V"];
  for (unsigned i = 0, e = problem.args.size(); i < e; ++i)
    options.argTypes.push_back(
        problem.signature.isState(i) ? io::DType::F32 : problem.args[i].dtype);
  options.outputType = problem.outputDType;
  return options;
}

/// One kernel that is launched once.
static Error planWhole(mlir::Operation *op, const CompileOptions &options,
                       PlanBuilder &builder) {
  Expected<unsigned> kernel = builder.addKernel(op, options);
  if (!kernel)
    return kernel.takeError();
  builder.addLaunch(*kernel, builder.bindWhole());
  return Error::success();
}

/// The placement that the options' schedule asks for.
static Error planSchedule(delta::RecurrenceOp op, const CompileOptions &options,
                          PlanBuilder &builder) {
  auto module = lower(op, Level::Placed, options);
  if (!module)
    return module.takeError();
  CompileOptions ofScans = options;
  ofScans.schedule = options.schedule.asOneKernel();
  return planPlacement(*(*module)->getOps<wy::PlacedOp>().begin(), ofScans,
                       builder);
}

Expected<Artifact> compiler::compile(delta::RecurrenceOp op,
                                     const CompileOptions &options) {
  PlanBuilder builder(getSignature(op), options);
  wy::ScheduleAttr schedule = options.schedule;
  Error error =
      options.gpu            ? planOnGPU(op, options, builder)
      : options.segment != 0 ? planSegments(op, options, builder)
      : schedule && schedule.getPlacement() != wy::PlacementKind::OneKernel
          ? planSchedule(op, options, builder)
          : planWhole(op, options, builder);
  if (error)
    return std::move(error);
  return builder.take();
}

Expected<Artifact> compiler::compile(wy::ScanOp scan,
                                     const CompileOptions &options) {
  CompileOptions own = options;
  own.chunk = static_cast<int64_t>(scan.getChunk());
  PlanBuilder builder(getSignature(scan), own);
  if (Error error = planWhole(scan, own, builder))
    return std::move(error);
  return builder.take();
}

Expected<Artifact> compiler::compile(wy::PlacedOp placed,
                                     const CompileOptions &options) {
  PlanBuilder builder(getSignature(placed), options);
  if (Error error = planPlacement(placed, options, builder))
    return std::move(error);
  return builder.take();
}
