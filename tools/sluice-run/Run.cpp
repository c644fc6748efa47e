//===- Run.cpp - One recurrence over its tensors --------------------------===//

#include "tools/sluice-run/Run.h"

#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/ScheduleFile.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Runtime/RunMemory.h"
#include "tools/lib/Console.h"
#include "tools/lib/Files.h"
#include "tools/sluice-run/Compare.h"
#include "tools/sluice-run/Gradients.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::tool;

namespace {
/// Tensors of a file, or made; alive while a problem looks at them.
struct Inputs {
  std::optional<io::TensorFile> file;
  std::vector<OwnedTensor> generated;

  std::vector<io::NamedTensor> views() const {
    if (file)
      return file->tensors();
    std::vector<io::NamedTensor> views;
    views.reserve(generated.size());
    for (const OwnedTensor &tensor : generated)
      views.push_back({tensor.name, tensor.view()});
    return views;
  }
};
} // namespace

/// What the memory of a run depends on, but for its types; or an error where
/// its segments have no transition.
static Expected<RunKind> getRunKind(const Options &options,
                                    delta::RecurrenceOp op) {
  RunKind kind;
  kind.compares = options.compare;
  kind.backward = options.direction == Direction::Backward;
  kind.segmentTokens = options.segment;
  if (options.segment == 0)
    return kind;
  Expected<delta::Axis> axis = findTransitionAxis(op);
  if (!axis)
    return axis.takeError();
  kind.transitionAxis = *axis == delta::Axis::Key ? "K" : "V";
  return kind;
}

static Expected<Inputs> getInputs(const Options &options,
                                  delta::RecurrenceOp op, RunKind kind) {
  Inputs inputs;
  if (options.generate) {
    kind.generated = kind.outputDType = options.generate->dtype;
    kind.initialStates = options.generate->initialStates;
    GenerateOptions generateOptions = *options.generate;
    generateOptions.gradients = kind.backward;
    if (kind.generated == io::DType::F64)
      kind.stateDType = io::DType::F64;
    if (Error error =
            getRunNeed(getSignature(op), options.generate->sizes, kind).check())
      return createStringError(inconvertibleErrorCode(),
                               "--generate: " + toString(std::move(error)));
    Expected<std::vector<OwnedTensor>> generated =
        generate(op, generateOptions);
    if (!generated)
      return generated.takeError();
    inputs.generated = std::move(*generated);
    return inputs;
  }
  Expected<io::TensorFile> file = io::TensorFile::open(options.inputs);
  if (!file)
    return file.takeError();
  inputs.file = std::move(*file);
  return inputs;
}

/// Wide types first, so that every tensor of the file is aligned.
static Error write(StringRef path, ArrayRef<io::NamedTensor> tensors) {
  if (path.empty())
    return Error::success();
  std::vector<io::NamedTensor> sorted;
  for (unsigned width : {8, 4, 2, 1})
    copy_if(tensors, std::back_inserter(sorted),
            [&](const io::NamedTensor &tensor) {
              return io::byteWidth(tensor.view.dtype) == width;
            });
  return io::writeTensorFile(path, sorted);
}

/// How the form is computed: as the file of schedules says, or the default.
static Expected<CompileOptions> getCompileOptions(const Options &options,
                                                  delta::RecurrenceOp op,
                                                  const Problem &problem,
                                                  mlir::MLIRContext &context) {
  CompileOptions made = compiler::getCompileOptions(problem);
  made.target = options.target;
  made.gpu = options.gpu;
  made.segment = options.segment;
  made.exactness = options.exactness;
  bool isBackward = options.direction == Direction::Backward;
  if (options.form == Form::Chunk)
    made.chunk = options.chunk.value_or(isBackward ? kDefaultBackwardChunk
                                        : made.gpu ? kDefaultGPUChunk
                                                   : kDefaultChunk);
  if (options.schedules.empty())
    return made;
  Expected<ScheduleFile> file = ScheduleFile::load(context, options.schedules);
  if (!file)
    return file.takeError();
  ScheduleQuery query =
      getScheduleQuery(op, problem, options.form,
                       options.gpu ? ScheduleTarget(options.gpu)
                                   : ScheduleTarget(options.target));
  query.chunk = options.chunk;
  Expected<wy::ScheduleAttr> schedule = file->choose(query);
  if (!schedule)
    return schedule.takeError();
  made.schedule = *schedule;
  if (made.schedule)
    made.chunk = made.schedule.getChunk();
  return made;
}

/// What a product's factors have at least: the bits of outputs by chunks on a
/// GPU, all there are elsewhere. Of an artifact the form is not known.
static io::DType getFactors(const Options &options, const Problem &problem) {
  bool isGPU = options.device == tool::Device::Sim ||
               options.device == tool::Device::CUDA;
  bool isChunk = options.form == Form::Chunk || !options.artifact.empty();
  return isGPU && isChunk ? problem.outputDType : io::DType::F64;
}

/// The gradients, by the reference or on a processor. Adds the stage `run`.
static Expected<Simulated> runBackward(const Options &options,
                                       const GradientRun &gradients,
                                       const Problem &problem,
                                       StageTimes &times) {
  if (options.device == tool::Device::CPU) {
    Expected<Results> results =
        gradients.runOnCPU(problem, options.target, options.threads, times);
    if (!results)
      return results.takeError();
    return Simulated{std::move(*results), Verdict::Right};
  }
  ProgressLine line("running");
  Expected<Results> results = times.measure("run", [&] {
    return gradients.run(problem,
                         [&](double fraction) { line.update(fraction); });
  });
  if (!results)
    return results.takeError();
  return Simulated{std::move(*results), Verdict::Right};
}

/// On the device that the options say. Nothing but the simulator gives another
/// verdict than Right here.
static Expected<Simulated> run(const Options &options, delta::RecurrenceOp op,
                               const Problem &problem,
                               const CompileOptions &compileOptions,
                               StageTimes &times) {
  CodeSource source{op, compileOptions, options.cache, options.artifact};
  auto get = [&]() -> Expected<Results> {
    if (options.device == tool::Device::CPU)
      return runOnCPU(source, problem, options.threads, times);
    if (options.device == tool::Device::CUDA)
      return runOnCUDA(source, problem, times);
    return runOnReference(op, problem, compileOptions.chunk, times);
  };
  if (options.device == tool::Device::Sim)
    return runOnSim(source, problem, options.simulator, options.report, times);
  Expected<Results> results = get();
  if (!results)
    return results.takeError();
  return Simulated{std::move(*results), Verdict::Right};
}

Expected<Verdict> tool::runSpec(const Options &options,
                                mlir::MLIRContext &context) {
  StageTimes times;
  Expected<Spec> spec = times.measure(
      "parse", [&] { return loadSpec(context, options.spec, options.entry); });
  if (!spec)
    return spec.takeError();
  if (Error error = checkPurpose(options))
    return std::move(error);
  for (StringRef path :
       {StringRef(options.outputs), StringRef(options.savedInputs),
        StringRef(options.report)})
    if (Error error = checkWritable(path))
      return std::move(error);
  if (options.scale && !getSignature(spec->op).takesScale)
    return createStringError(inconvertibleErrorCode(),
                             "'" + spec->op.getSymName() +
                                 "' takes no --scale: it has no delta.scale");
  std::optional<GradientRun> gradients;
  if (options.direction == Direction::Backward)
    if (Error error = times
                          .measure("derive",
                                   [&] {
                                     return GradientRun::create(
                                         spec->op, options.gradients);
                                   })
                          .moveInto(gradients))
      return std::move(error);
  Expected<RunKind> kind = getRunKind(options, spec->op);
  if (!kind)
    return kind.takeError();
  Expected<Inputs> inputs =
      times.measure(options.generate ? "generate" : "read",
                    [&] { return getInputs(options, spec->op, *kind); });
  if (!inputs)
    return inputs.takeError();

  std::vector<io::NamedTensor> tensors = inputs->views();
  BindOptions bindOptions;
  bindOptions.scale = options.scale;
  bindOptions.allowF64 = options.device == tool::Device::Reference;
  bindOptions.backward = gradients.has_value();
  Signature signature = getSignature(spec->op);
  bindOptions.sizes = options.sizes;
  if (options.generate)
    bindOptions.sizes = signature.getStateSizes(options.generate->sizes);
  Expected<Problem> problem = runtime::bind(signature, tensors, bindOptions);
  if (!problem)
    return createStringError(
        inconvertibleErrorCode(),
        (inputs->file ? options.inputs : std::string("--generate")) + ": " +
            toString(problem.takeError()));

  kind->outputDType = problem->outputDType;
  kind->stateDType = problem->stateDType;
  if (!options.generate)
    if (Error error = getRunNeed(signature, problem->sizes, *kind).check())
      return createStringError(inconvertibleErrorCode(),
                               options.inputs + ": " +
                                   toString(std::move(error)));

  Expected<CompileOptions> compileOptions =
      getCompileOptions(options, spec->op, *problem, context);
  if (!compileOptions)
    return compileOptions.takeError();
  if (gradients && options.form == Form::Chunk)
    if (Error error = times.measure("derive", [&] {
          return gradients->useChunks(*problem, compileOptions->chunk);
        }))
      return std::move(error);
  Simulated ran;
  if (Error error =
          (gradients ? runBackward(options, *gradients, *problem, times)
                     : run(options, spec->op, *problem, *compileOptions, times))
              .moveInto(ran))
    return std::move(error);
  errs() << spec->warnings; // the first line is an error's, where there is one
  if (!ran.results) {
    if (options.timing)
      times.print(errs());
    return ran.verdict;
  }
  Results &results = *ran.results;
  Verdict verdict = Verdict::Right;
  auto runExactly = [&](const Progress &progress) {
    return gradients ? gradients->runExactly(*problem, progress)
                     : interpretExact(spec->op, *problem, progress);
  };
  if (options.compare)
    if (Error error = times
                          .measure("compare",
                                   [&] {
                                     return compareToReference(
                                         runExactly, results,
                                         getFactors(options, *problem),
                                         options.tolerance);
                                   })
                          .moveInto(verdict))
      return std::move(error);
  if (Error error = times.measure("write", [&]() -> Error {
        if (Error error = write(options.savedInputs, tensors))
          return error;
        return write(options.outputs, results.views());
      }))
    return std::move(error);
  if (options.timing)
    times.print(errs());
  return ran.verdict == Verdict::Wrong ? Verdict::Wrong : verdict;
}
