//===- Case.cpp - One recurrence at one size ------------------------------===//

#include "lib/Bench/Case.h"

#include "lib/Bench/Peak.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::compiler;
using namespace sluice::reference;
using namespace sluice::runtime;

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

//===----------------------------------------------------------------------===//
// The case
//===----------------------------------------------------------------------===//

Expected<std::unique_ptr<Case>> Case::create(delta::RecurrenceOp op,
                                             const CaseOptions &options) {
  auto inputs = GeneratedProblem::create(op, options.inputs);
  if (!inputs)
    return inputs.takeError();
  return std::unique_ptr<Case>(new Case(op, options, std::move(*inputs)));
}

Expected<wy::ScheduleAttr> Case::chooseSchedule() const {
  if (!options.schedules)
    return wy::ScheduleAttr();
  ScheduleQuery query =
      getScheduleQuery(op, problem, options.form, &target::getHostCpu());
  query.chunk = options.chunk;
  return options.schedules->choose(query);
}

Expected<CompiledCase> Case::compile(wy::ScheduleAttr schedule) const {
  auto compileForm = [&](int64_t chunk, wy::ScheduleAttr schedule) {
    CompileOptions form = getCompileOptions(problem);
    form.chunk = chunk;
    form.schedule = schedule;
    return bench::compileForm(op, form, options.cache);
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
  row.comparedHeads = inputs->countComparedHeads();

  Expected<Results> exact = inputs->interpretHeads(row.comparedHeads);
  if (!exact)
    return exact.takeError();
  auto compare = [&](const Results &results, Outcome &outcome) -> Error {
    auto errors = inputs->compareHeads(results, *exact, row.comparedHeads);
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
