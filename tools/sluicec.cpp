//===- sluicec.cpp - compile a recurrence ---------------------------------===//

#include "dialects/Registration.h"
#include "lib/Analysis/StageCutDot.h"
#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/ScheduleFile.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/IO/AtomicFile.h"
#include "lib/IO/DType.h"
#include "lib/Support/Version.h"
#include "mlir/IR/MLIRContext.h"
#include "passes/Pipelines/CPUPipeline.h"
#include "passes/Pipelines/Pipelines.h"
#include "tools/sluice-run/Console.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include <cstdlib>

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::tool;

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

static constexpr StringLiteral kOverview = R"(Compiles a recurrence.

SPEC is a variant of the library (sluice-run --list names them) or an .mlir
file. What is emitted goes to standard output, or to the file after -o as a
whole or not at all.

EXAMPLES
  sluicec kda
        the chunk form of Kimi Delta Attention: chunks of 64, K = V = 128
  sluicec kda --emit=stages --chunk=32
        what of it depends on the carry, with FLOP and bytes of each part
  sluicec kda --emit=dot | dot -Tsvg -o kda.svg
        the same as a picture
  sluicec mine.mlir --entry=step --emit=delta
        a spec of your own, verified
  sluicec kda --emit=vector --target=x86-64-v3
        what runs on a processor with AVX2: loops, with operations on vectors
  sluicec kda --emit=schedule --target=x86-64-v3 > mine.json
        how that is computed, as a file to be changed
  sluicec kda --emit=vector --target=x86-64-v3 --schedule=mine.json
        computed as the file says
)";

namespace {
enum class Emit { Delta, WY, Dot, Stages, Schedule, Placed, Vector, LLVM };

struct Options {
  std::string spec, entry, output;
  Emit emit = Emit::WY;
  Form form = Form::Chunk;
  int64_t keyDim = 128, valueDim = 128;
  /// If it is given.
  std::optional<int64_t> chunk;
  /// Of inputs and outputs.
  io::DType dtype = io::DType::BF16;
  /// Empty: no file.
  std::string schedules;
  /// Null for what is emitted above a target.
  const target::Cpu *target = nullptr;
  bool timing = false;
};

/// The flags as they are given. Not globals: LLVM's options must go first.
struct Flags {
  cl::OptionCategory category{"sluicec options"};
  cl::opt<std::string> spec{cl::Positional, cl::desc("SPEC"),
                            cl::cat(category)};
  cl::opt<std::string> entry{
      "entry", cl::desc("The recurrence to compile, if the file has several"),
      cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> emit{
      "emit",
      cl::desc(
          "delta: the verified spec; wy (default): the chunk form;\ndot: "
          "its graph for Graphviz; stages: its stages with FLOP\nand bytes; "
          "schedule: how it is computed, as a file;\nplaced: its scans, "
          "joined by channels, as the schedule has\nthem; vector: loops and "
          "vectors; llvm: the llvm dialect"),
      cl::value_desc("LEVEL"), cl::cat(category)};
  cl::opt<std::string> form{
      "form", cl::desc("chunk (default): by chunks; step: token by token"),
      cl::value_desc("FORM"), cl::init("chunk"), cl::cat(category)};
  cl::opt<std::string> direction{
      "direction", cl::desc("forward (default) or backward: the gradients"),
      cl::value_desc("DIRECTION"), cl::init("forward"), cl::cat(category)};
  cl::opt<std::string> keyDim{"key-dim",
                              cl::desc("Size of key vectors (default: 128)"),
                              cl::value_desc("K"), cl::cat(category)};
  cl::opt<std::string> valueDim{
      "value-dim", cl::desc("Size of value vectors (default: 128)"),
      cl::value_desc("V"), cl::cat(category)};
  cl::opt<std::string> chunk{"chunk",
                             cl::desc("Tokens in a chunk (default: the "
                                      "schedule's; 64\nfor wy, dot and "
                                      "stages)"),
                             cl::value_desc("C"), cl::cat(category)};
  cl::opt<std::string> schedule{
      "schedule",
      cl::desc("Schedules of a file, for those that fit, instead of\n"
               "the default"),
      cl::value_desc("FILE.json"), cl::cat(category)};
  cl::opt<std::string> dtype{
      "dtype", cl::desc("Of inputs and outputs: bf16 (default), f16 or f32"),
      cl::value_desc("TYPE"), cl::init("bf16"), cl::cat(category)};
  cl::opt<std::string> target{"target",
                              cl::desc("x86-64, x86-64-v2, x86-64-v3, "
                                       "x86-64-v4 or host (this\nprocessor), "
                                       "sm_80 or sm_90a: from schedule on"),
                              cl::value_desc("TARGET"), cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::desc("Where it goes (default: standard output)"),
      cl::value_desc("OUT"), cl::cat(category)};
  cl::opt<bool> timing{"timing",
                       cl::desc("Prints the time of each stage on stderr"),
                       cl::cat(category)};
};
} // namespace

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

/// `flag`, if it was given, is one of `names`.
static Error checkName(const cl::opt<std::string> &flag,
                       ArrayRef<StringRef> names) {
  if (!flag.getNumOccurrences() || is_contained(names, StringRef(flag)))
    return Error::success();
  std::string list;
  for (auto [i, name] : enumerate(names))
    list += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + name.str();
  return error("--" + flag.ArgStr + " is " + list + ", found '" + flag + "'");
}

static Error parseSize(const cl::opt<std::string> &flag, int64_t most,
                       int64_t &size) {
  if (!flag.getNumOccurrences())
    return Error::success();
  if (StringRef(flag).getAsInteger(10, size) || size < 1 || size > most)
    return error("--" + flag.ArgStr + " is a number from 1 to " + Twine(most) +
                 ", found '" + flag + "'");
  return Error::success();
}

static Error checkNames(const Flags &flags) {
  if (Error error =
          checkName(flags.emit, {"delta", "wy", "dot", "stages", "schedule",
                                 "placed", "tile", "vector", "llvm", "ptx",
                                 "cubin", "obj", "package"}))
    return error;
  if (Error error = checkName(flags.form, {"step", "chunk"}))
    return error;
  if (Error error = checkName(flags.direction, {"forward", "backward"}))
    return error;
  if (Error error = checkName(flags.dtype, {"bf16", "f16", "f32"}))
    return error;
  SmallVector<StringRef> targets{"sm_80", "sm_90a"};
  for (const target::Cpu &cpu : target::getCpus())
    targets.push_back(cpu.name);
  targets.push_back("host");
  return checkName(flags.target, targets);
}

/// What is asked for, if this build has it.
static Expected<Emit> parseEmit(const Flags &flags) {
  bool isStep = flags.form == "step";
  StringRef name = flags.emit;
  if (!flags.emit.getNumOccurrences())
    name = isStep ? "delta" : "wy";
  std::optional<Emit> emit = StringSwitch<std::optional<Emit>>(name)
                                 .Case("delta", Emit::Delta)
                                 .Case("wy", Emit::WY)
                                 .Case("dot", Emit::Dot)
                                 .Case("stages", Emit::Stages)
                                 .Case("schedule", Emit::Schedule)
                                 .Case("placed", Emit::Placed)
                                 .Case("vector", Emit::Vector)
                                 .Case("llvm", Emit::LLVM)
                                 .Default(std::nullopt);
  if (!emit)
    return error("--emit=" + name +
                 ": there is no such level yet: delta, wy, dot, stages, "
                 "schedule, placed, vector and llvm can be emitted");
  if (flags.direction == "backward")
    return error("--direction=backward: there is no backward pass yet: forward "
                 "can be emitted");
  if (isStep &&
      is_contained({Emit::WY, Emit::Dot, Emit::Stages, Emit::Placed}, *emit))
    return error("--form=step --emit=" + name +
                 ": the step form has no chunk graph: delta, schedule, vector "
                 "and llvm can be emitted, and the rest with --form=chunk");
  return *emit;
}

/// What is emitted depends on a target.
static bool needsTarget(Emit emit) {
  return is_contained({Emit::Schedule, Emit::Placed, Emit::Vector, Emit::LLVM},
                      emit);
}

static Error parseTarget(const Flags &flags, Options &options) {
  bool isGiven = flags.schedule.getNumOccurrences() > 0;
  if (!needsTarget(options.emit))
    return isGiven ? error("--schedule goes with --emit=schedule, placed, "
                           "vector or llvm")
                   : Error::success();
  if (isGiven && flags.schedule.empty())
    return error("--schedule is a file, found nothing");
  options.schedules = flags.schedule;
  if (!flags.target.getNumOccurrences())
    return error("--emit=" + flags.emit +
                 " needs a --target, such as x86-64-v3 or host");
  if (StringRef(flags.target).starts_with("sm_"))
    return error("--emit=" + flags.emit + " --target=" + flags.target +
                 ": there is nothing for GPUs yet: --target is a processor");
  if (options.chunk.value_or(1) > target::kMostChunkTokens)
    return error("--emit=" + flags.emit + ": --chunk is at most " +
                 Twine(target::kMostChunkTokens) + " on a processor, found " +
                 Twine(*options.chunk));
  return target::findCpu(flags.target).moveInto(options.target);
}

static Expected<Options> toOptions(const Flags &flags) {
  Options options;
  if (flags.spec.empty())
    return error("no SPEC: a variant (sluice-run --list names them) or an "
                 ".mlir file");
  if (Error error = checkNames(flags))
    return error;
  constexpr int64_t kMostElements = 65536, kMostTokens = 1024;
  if (Error error = parseSize(flags.keyDim, kMostElements, options.keyDim))
    return error;
  if (Error error = parseSize(flags.valueDim, kMostElements, options.valueDim))
    return error;
  if (flags.chunk.getNumOccurrences())
    if (Error error =
            parseSize(flags.chunk, kMostTokens, options.chunk.emplace()))
      return error;
  Expected<Emit> emit = parseEmit(flags);
  if (!emit)
    return emit.takeError();
  options.emit = *emit;
  if (flags.form == "step")
    options.form = Form::Step;
  if (Error error = parseTarget(flags, options))
    return error;
  options.dtype = StringSwitch<io::DType>(flags.dtype)
                      .Case("bf16", io::DType::BF16)
                      .Case("f16", io::DType::F16)
                      .Default(io::DType::F32);
  options.spec = flags.spec;
  options.entry = flags.entry;
  options.output = flags.output;
  options.timing = flags.timing;
  return options;
}

static Expected<Options> parseOptions(int argc, char **argv) {
  // LLVM's shared library brings hundreds of options, some under our names.
  cl::ResetCommandLineParser();
  setVersionPrinter();
  Flags flags;
  cl::HideUnrelatedOptions(flags.category);
  std::string text;
  raw_string_ostream os(text);
  if (!cl::ParseCommandLineOptions(argc, argv, kOverview, &os)) {
    // Some of its errors it has printed already.
    if (text.empty())
      std::exit(1);
    StringRef message = StringRef(text).trim();
    message.consume_front("sluicec: ");
    return error(message);
  }
  return toOptions(flags);
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

static ScheduleQuery getQuery(const Spec &spec, const Options &options) {
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
static Error fillPipeline(const Spec &spec, const Options &options,
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

/// What is emitted is printed of that module.
static Expected<mlir::OwningOpRef<mlir::ModuleOp>>
deriveModule(const Spec &spec, const Options &options) {
  if (!options.target)
    return derive(spec.op, [&](mlir::OpPassManager &manager) {
      if (options.emit == Emit::Delta)
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

static std::string print(const Spec &spec, mlir::ModuleOp module,
                         const Options &options) {
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

static Error write(StringRef path, StringRef text) {
  auto put = [&](raw_ostream &os) {
    os << text;
    return Error::success();
  };
  if (!path.empty() && path != "-")
    return io::writeFileAtomically(path, put);
  outs() << text;
  outs().flush();
  std::error_code code = outs().error();
  outs().clear_error();
  return code ? error("cannot write to standard output: " + code.message())
              : Error::success();
}

static Error run(const Options &options) {
  mlir::DialectRegistry registry;
  registerSluiceDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  StageTimes times;
  Expected<Spec> spec = times.measure(
      "parse", [&] { return loadSpec(context, options.spec, options.entry); });
  if (!spec)
    return spec.takeError();

  Expected<mlir::OwningOpRef<mlir::ModuleOp>> module =
      times.measure("derive", [&] { return deriveModule(*spec, options); });
  if (!module)
    return module.takeError();
  errs() << spec->warnings; // the first line is an error's, where there is one
  std::string text =
      times.measure("print", [&] { return print(*spec, **module, options); });
  if (Error error =
          times.measure("write", [&] { return write(options.output, text); }))
    return error;
  if (options.timing)
    times.print(errs());
  return Error::success();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  Error error = [&]() -> Error {
    Expected<Options> options = parseOptions(argc, argv);
    return options ? run(*options) : options.takeError();
  }();
  int status = 0;
  handleAllErrors(
      std::move(error),
      [&](const SpecError &error) {
        error.log(errs());
        status = 1;
      },
      [&](const ErrorInfoBase &error) {
        errs() << "sluicec: error: " << error.message() << '\n';
        status = 1;
      });
  return status;
}
