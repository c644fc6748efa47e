//===- Case.cpp - One recurrence at one size ------------------------------===//

#include "lib/Bench/Case.h"

#include "lib/Analysis/Signatures.h"
#include "lib/Bench/Peak.h"
#include "lib/Reference/Interpreter.h"
#include "llvm/ADT/TypeSwitch.h"
#include <chrono>
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::compiler;
using namespace sluice::reference;
using namespace sluice::runtime;

/// The reference takes about 100 µs for a token of a head of 128 × 128; more
/// heads than this many tokens' worth would tell nothing new.
static constexpr int64_t kMostComparedTokenHeads = 8192;

double bench::countFlop(delta::RecurrenceOp op, int64_t keyDim,
                        int64_t valueDim) {
  double perEntry = 0;
  for (mlir::Operation &step : op.getStep())
    perEntry +=
        TypeSwitch<mlir::Operation *, double>(&step)
            .Case<delta::DecayOp, delta::ScaleStateOp, delta::AddStatesOp>(
                [](auto) { return 1; })
            .Case<delta::ReadOp, delta::WriteOp>([](auto) { return 2; })
            .Default([](auto) { return 0; });
  return perEntry * static_cast<double>(keyDim) * static_cast<double>(valueDim);
}

double Outcome::getError() const {
  double worst = 0;
  for (const reference::TensorError &error : errors)
    if (!(error.relativeRMS <= worst)) // or a NaN
      worst = error.relativeRMS;
  return worst;
}

//===----------------------------------------------------------------------===//
// A part of the heads
//===----------------------------------------------------------------------===//

/// The first `heads` heads of a tensor, all of it if it has none.
static Expected<OwnedTensor> takeHeads(StringRef name,
                                       const io::TensorView &view,
                                       ArrayRef<std::string> axes,
                                       int64_t heads) {
  SmallVector<int64_t, 4> shape = view.shape;
  int64_t outer = 1, kept = 1, stride = 1;
  bool isInner = false;
  for (auto [size, axis] : zip_equal(shape, axes)) {
    if (axis == "H" || axis == "HV") {
      isInner = true;
      stride = size;
      size = kept = std::min(heads, size);
    } else if (!isInner) {
      outer *= size;
    } else {
      stride *= size;
      kept *= size;
    }
  }
  if (!isInner)
    kept = stride = std::exchange(outer, 1);
  Expected<OwnedTensor> part = OwnedTensor::create(name, view.dtype, shape);
  if (!part)
    return part.takeError();
  int64_t width = io::byteWidth(view.dtype);
  for (int64_t i = 0; i < outer; ++i)
    std::memcpy(part->data() + i * kept * width,
                view.bytes.data() + i * stride * width, kept * width);
  return part;
}

static Expected<std::vector<reference::TensorError>>
compareHeads(const Problem &problem, const Results &ours, const Results &exact,
             int64_t heads) {
  const Signature &signature = problem.signature;
  std::vector<SymbolicShape> shapes;
  shapes.reserve(ours.tensors.size());
  for (const Output &output : signature.outputs)
    shapes.push_back(output.getShape());
  for (unsigned state : signature.getStates())
    shapes.push_back(signature.arguments[state].getShape());

  std::vector<reference::TensorError> errors;
  for (auto [tensor, shape, expected] :
       zip_equal(ours.tensors, shapes, exact.tensors)) {
    Expected<OwnedTensor> part =
        takeHeads(tensor.name, tensor.view(), shape, heads);
    if (!part)
      return part.takeError();
    errors.push_back(reference::compare(*part, expected));
  }
  return errors;
}

static std::vector<io::NamedTensor> getViews(ArrayRef<OwnedTensor> tensors) {
  std::vector<io::NamedTensor> views;
  for (const OwnedTensor &tensor : tensors)
    views.push_back({tensor.name, tensor.view()});
  return views;
}

Expected<Results> Case::interpretHeads(int64_t heads) const {
  const Signature &signature = problem.signature;
  std::vector<OwnedTensor> parts;
  unsigned state = 0;
  for (auto [i, view] : enumerate(problem.args)) {
    const Argument &argument = signature.arguments[i];
    Expected<OwnedTensor> part =
        takeHeads(signature.isState(i) ? signature.getInitialStateName(state++)
                                       : argument.name,
                  view, argument.getShape(), heads);
    if (!part)
      return part.takeError();
    parts.push_back(std::move(*part));
  }
  BindOptions bindOptions;
  bindOptions.sizes = signature.getStateSizes(problem.sizes);
  Expected<Problem> fewer =
      runtime::bind(signature, getViews(parts), bindOptions);
  if (!fewer)
    return fewer.takeError();
  return reference::interpretExact(op, *fewer);
}

//===----------------------------------------------------------------------===//
// The case
//===----------------------------------------------------------------------===//

Expected<std::unique_ptr<Case>> Case::create(delta::RecurrenceOp op,
                                             const CaseOptions &options) {
  std::unique_ptr<Case> made(new Case(op, options));
  Expected<std::vector<OwnedTensor>> inputs = generate(op, options.inputs);
  if (!inputs)
    return inputs.takeError();
  made->inputs = std::move(*inputs);
  Signature signature = getSignature(op);
  BindOptions bindOptions;
  bindOptions.sizes = signature.getStateSizes(options.inputs.sizes);
  Expected<Problem> problem =
      runtime::bind(signature, getViews(made->inputs), bindOptions);
  if (!problem)
    return problem.takeError();
  made->problem = std::move(*problem);
  return made;
}

Expected<wy::ScheduleAttr> Case::chooseSchedule() const {
  if (!options.schedules)
    return wy::ScheduleAttr();
  ScheduleQuery query =
      getScheduleQuery(op, problem, options.form, target::getHostCpu());
  query.chunk = options.chunk;
  return options.schedules->choose(query);
}

Expected<CompiledCase> Case::compile(wy::ScheduleAttr schedule) const {
  auto compileForm = [&](int64_t chunk,
                         wy::ScheduleAttr schedule) -> Expected<CompiledForm> {
    CompileOptions form = getCompileOptions(problem);
    form.chunk = chunk;
    form.schedule = schedule;
    CompiledForm compiled;
    compiled.chunk = chunk;
    bool isCached = false;
    using Clock = std::chrono::steady_clock;
    Clock::time_point start = Clock::now();
    if (Error error = options.cache.compile(op, form, &isCached)
                          .moveInto(compiled.artifact))
      return std::move(error);
    if (!isCached)
      compiled.seconds =
          std::chrono::duration<double>(Clock::now() - start).count();
    return compiled;
  };
  CompiledCase compiled;
  compiled.schedule = schedule;
  int64_t chunk = 0;
  if (options.form == Form::Chunk)
    chunk =
        schedule ? schedule.getChunk() : options.chunk.value_or(kDefaultChunk);
  if (Error error =
          compileForm(chunk, schedule).moveInto(compiled.ours.emplace()))
    return std::move(error);
  if (options.form == Form::Chunk)
    if (Error error = compileForm(/*chunk=*/0, wy::ScheduleAttr())
                          .moveInto(compiled.step.emplace()))
      return std::move(error);
  for (int64_t other : options.otherChunks)
    if (Error error = compileForm(other, wy::ScheduleAttr())
                          .moveInto(compiled.others.emplace_back()))
      return std::move(error);
  return compiled;
}

namespace {
/// Our code over a problem, with results of its own.
class CodeContestant {
public:
  static Expected<std::unique_ptr<CodeContestant>>
  create(const Problem &problem, const LoadedArtifact &artifact,
         bool isInPlace);

  /// The initial states, if they were overwritten.
  void restoreStates();
  /// A processor's launches do not fail.
  void execute() { cantFail(run->execute()); }
  Results &getResults() { return results; }

  Contestant get() {
    return {[this] { restoreStates(); },
            [this](int64_t repetitions) {
              for (int64_t i = 0; i < repetitions; ++i)
                execute();
            }};
  }

private:
  CodeContestant(const Problem &original, bool isInPlace)
      : original(original), problem(original), isInPlace(isInPlace) {}

  const Problem &original;
  Problem problem;
  bool isInPlace;
  Results results;
  std::unique_ptr<Run> run;
};
} // namespace

Expected<std::unique_ptr<CodeContestant>>
CodeContestant::create(const Problem &problem, const LoadedArtifact &artifact,
                       bool isInPlace) {
  std::unique_ptr<CodeContestant> made(new CodeContestant(problem, isInPlace));
  Expected<Results> results = Results::allocate(problem);
  if (!results)
    return results.takeError();
  made->results = std::move(*results);
  SmallVector<void *> places;
  for (OwnedTensor &tensor : made->results.tensors)
    places.push_back(tensor.data());
  if (isInPlace)
    for (auto [i, state] : enumerate(problem.signature.getStates()))
      made->problem.args[state] = made->results.finalState(i).view();
  auto run = Run::create(artifact, made->problem, places);
  if (!run)
    return run.takeError();
  made->run = std::move(*run);
  return made;
}

void CodeContestant::restoreStates() {
  if (isInPlace)
    for (auto [i, state] : enumerate(problem.signature.getStates()))
      llvm::copy(original.args[state].bytes, results.finalState(i).data());
}

Expected<Row> Case::run(const CompiledCase &compiled,
                        function_ref<void(double fraction)> progress) {
  const Sizes &sizes = problem.sizes;
  Row row;
  row.variant = problem.signature.name;
  row.sizes = sizes;
  row.flop = countFlop(op, sizes["K"], sizes["V"]) *
             static_cast<double>(sizes["B"] * sizes["T"] * sizes["HV"]);
  row.compileSeconds = compiled.ours->seconds;
  if (compiled.step)
    row.stepCompileSeconds = compiled.step->seconds;
  row.chunk = compiled.ours->chunk;
  row.schedule = compiled.schedule;
  row.lanes = static_cast<unsigned>(compiled.ours->artifact.resources.lanes);
  row.comparedHeads = std::clamp<int64_t>(
      kMostComparedTokenHeads / (sizes["B"] * sizes["T"]), 1, sizes["HV"]);

  Expected<Results> exact = interpretHeads(row.comparedHeads);
  if (!exact)
    return exact.takeError();
  auto compare = [&](const Results &results, Outcome &outcome) -> Error {
    auto errors = compareHeads(problem, results, *exact, row.comparedHeads);
    if (errors)
      outcome.errors = std::move(*errors);
    return errors.takeError();
  };

  CPUDevice device(options.measure.threads);
  std::vector<Contestant> contestants;
  /// Where the samples of each go.
  std::vector<Samples *> places;
  std::vector<std::unique_ptr<LoadedArtifact>> loaded;
  std::vector<std::unique_ptr<CodeContestant>> ours;
  auto load = [&](const Artifact &artifact) -> Error {
    return LoadedArtifact::load(device, artifact)
        .moveInto(loaded.emplace_back());
  };
  auto enter = [&](bool isInPlace, Outcome &outcome) -> Error {
    auto made = CodeContestant::create(problem, *loaded.back(), isInPlace);
    if (!made)
      return made.takeError();
    CodeContestant &contestant = *ours.emplace_back(std::move(*made));
    contestants.push_back(contestant.get());
    places.push_back(&outcome.samples);
    contestant.restoreStates();
    contestant.execute();
    return compare(contestant.getResults(), outcome);
  };
  if (Error error = load(compiled.ours->artifact))
    return std::move(error);
  if (Error error = enter(/*isInPlace=*/false, row.ours))
    return std::move(error);
  if (compiled.step)
    if (Error error = load(compiled.step->artifact))
      return std::move(error);
  if (Error error = compiled.step
                        ? enter(/*isInPlace=*/false, row.step.emplace())
                        : enter(/*isInPlace=*/true, row.inPlace.emplace()))
    return std::move(error);
  // All of them at once: `places` points into them.
  for (const CompiledForm &form : compiled.others)
    row.others.push_back({form.chunk, form.seconds, {}});
  for (auto [form, other] : zip_equal(compiled.others, row.others)) {
    if (Error error = load(form.artifact))
      return std::move(error);
    if (Error error = enter(/*isInPlace=*/false, other.outcome))
      return std::move(error);
  }

  std::unique_ptr<GgmlRun> ggml;
  if (options.ggml) {
    auto prepared = options.ggml->prepare(problem, options.measure.threads);
    if (!prepared)
      return prepared.takeError();
    ggml = std::move(*prepared);
  }
  if (ggml) {
    contestants.push_back({[] {}, [&](int64_t n) { ggml->execute(n); }});
    places.push_back(&row.ggml.emplace().samples);
    ggml->execute(1);
    Expected<Results> results = ggml->getResults();
    if (!results)
      return results.takeError();
    if (Error error = compare(*results, *row.ggml))
      return std::move(error);
  }

  Peak peak(row.lanes, device.getPool());
  row.peakFlop = peak.getFlop();
  contestants.push_back(peak.get());
  places.push_back(&row.peak);

  std::vector<Samples> samples =
      measure(contestants, options.measure, progress);
  for (auto [place, taken] : zip_equal(places, samples))
    *place = std::move(taken);
  return row;
}
