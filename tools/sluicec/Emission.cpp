//===- Emission.cpp - From a spec to what is emitted ----------------------===//

#include "tools/sluicec/Emission.h"

#include "lib/Analysis/Signatures.h"
#include "lib/Analysis/StageCutDot.h"
#include "lib/Analysis/Transition.h"
#include "lib/Compiler/Adjoint.h"
#include "lib/Compiler/Levels.h"
#include "lib/Compiler/ScheduleFile.h"
#include "lib/Support/Remarks.h"
#include "lib/Target/GPU/PTXCode.h"
#include "tools/sluicec/Cubin.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::tool;

static ScheduleQuery getQuery(const Spec &spec, const EmitOptions &options) {
  ScheduleQuery query;
  query.op = spec.op;
  query.form = options.form;
  query.target = options.gpu ? compiler::ScheduleTarget(options.gpu)
                             : compiler::ScheduleTarget(options.target);
  query.argTypes.assign(query.op.getNumArgs(), options.dtype);
  query.keyDim = options.keyDim;
  query.valueDim = options.valueDim;
  query.chunk = options.chunk;
  return query;
}

/// What sluice-run compiles, too: as a file's schedule says, where one fits.
static Expected<CompileOptions> getCompileOptions(const Spec &spec,
                                                  const EmitOptions &options) {
  CompileOptions made;
  made.keyDim = options.keyDim;
  made.valueDim = options.valueDim;
  made.target = options.target;
  made.gpu = options.gpu;
  made.outputType = options.dtype;
  made.exactness = options.exactness;
  if (!options.target && !options.gpu)
    made.chunk = options.chunk.value_or(64);
  else if (options.form == Form::Chunk)
    made.chunk =
        options.chunk.value_or(made.gpu ? kDefaultGPUChunk : kDefaultChunk);
  for (const runtime::Argument &argument : getSignature(spec.op).arguments)
    made.argTypes.push_back(argument.kind == runtime::ArgumentKind::State
                                ? io::DType::F32
                                : options.dtype);
  if (options.schedules.empty())
    return made;
  delta::RecurrenceOp op = spec.op;
  Expected<ScheduleFile> file =
      ScheduleFile::load(*op.getContext(), options.schedules);
  if (!file)
    return file.takeError();
  if (Error error =
          file->choose(getQuery(spec, options)).moveInto(made.schedule))
    return std::move(error);
  if (made.schedule)
    made.chunk = made.schedule.getChunk();
  return made;
}

static Level getLevel(Emit emit) {
  switch (emit) {
  case Emit::Delta:
  case Emit::Class:
    return Level::Delta;
  case Emit::WY:
  case Emit::Dot:
  case Emit::Stages:
    return Level::WY;
  case Emit::Schedule:
    return Level::Schedule;
  case Emit::Placed:
    return Level::Placed;
  case Emit::Tile:
    return Level::Tile;
  case Emit::Vector:
    return Level::Vector;
  case Emit::LLVM:
  case Emit::PTX:
  case Emit::Cubin:
    return Level::LLVM;
  }
  llvm_unreachable("covered switch");
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
tool::deriveModule(const Spec &spec, const EmitOptions &options,
                   std::string &remarks) {
  Expected<CompileOptions> made = getCompileOptions(spec, options);
  if (!made)
    return made.takeError();
  if (!options.remarks.empty()) {
    delta::RecurrenceOp op = spec.op;
    if (Error error = enableRemarks(*op.getContext(), options.remarks))
      return createStringError("--remarks: " + toString(std::move(error)));
  }
  if (options.direction == Direction::Forward)
    return lower(spec.op, getLevel(options.emit), *made, &remarks);
  if (options.emit == Emit::WY) {
    Expected<ChunkAdjoint> adjoint = deriveChunkAdjoint(
        spec.op, options.keyDim, options.valueDim, made->chunk);
    if (!adjoint)
      return adjoint.takeError();
    return std::move(adjoint->module);
  }
  Expected<Adjoint> adjoint = deriveAdjoint(spec.op);
  if (!adjoint)
    return adjoint.takeError();
  return std::move(adjoint->module);
}

/// The schedule that choose-schedule has written.
static wy::ScheduleAttr getSchedule(mlir::Operation &op) {
  if (auto scan = dyn_cast<wy::ScanOp>(op))
    return scan.getScheduleAttr();
  return op.getAttrOfType<wy::ScheduleAttr>(
      wy::WYDialect::getStepScheduleName());
}

Expected<std::string> tool::print(const Spec &spec, mlir::ModuleOp module,
                                  const EmitOptions &options,
                                  std::string &remarks) {
  std::string text;
  raw_string_ostream os(text);
  mlir::Operation &op = module.getBody()->front();
  auto getCut = [&] {
    wy::StageCutOptions cutOptions;
    cutOptions.ioBytes = io::byteWidth(options.dtype);
    return wy::StageCut(cast<wy::ScanOp>(op), cutOptions);
  };
  auto printAll = [&] {
    for (mlir::Operation &each : *module.getBody()) {
      each.print(os, mlir::OpPrintingFlags().printNameLocAsPrefix());
      os << '\n';
    }
  };
  switch (options.emit) {
  case Emit::Delta:
    if (options.direction == Direction::Backward) {
      printAll();
      break;
    }
    // As its hash in a file of schedules is taken: whatever values are called.
    op.print(os);
    os << '\n';
    break;
  case Emit::WY:
  case Emit::Placed:
  case Emit::Tile:
    // Of a placement there are several kernels.
    printAll();
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
  case Emit::PTX:
    return target::emitPTX(cast<mlir::gpu::GPUModuleOp>(op), *options.gpu);
  case Emit::Cubin:
    return emitCubin(cast<mlir::gpu::GPUModuleOp>(op), options, remarks);
  }
  return text;
}
