//===- BackwardCase.cpp - Gradients beside what they are of ---------------===//

#include "lib/Bench/BackwardCase.h"

#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Adjoint.h"
#include "lib/Reference/Backward.h"
#include "lib/Runtime/BackwardProblem.h"
#include "lib/Support/Version.h"
#include "llvm/Support/FormatVariadic.h"
#include <chrono>
#include <thread>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::compiler;
using namespace sluice::runtime;

Expected<CompiledBackward> bench::compileBackward(delta::RecurrenceOp op,
                                                  const CaseOptions &options) {
  CompiledBackward made;
  made.chunk = options.chunk.value_or(kDefaultBackwardChunk);
  auto small = options.inputs;
  small.sizes["T"] = 1;
  small.gradients = true;
  auto inputs = GeneratedProblem::create(op, small);
  if (!inputs)
    return inputs.takeError();
  const Problem &problem = (*inputs)->getProblem();
  CompileOptions forward = getCompileOptions(problem);
  forward.chunk = kDefaultChunk;
  if (Error error =
          compileForm(op, forward, options.cache).moveInto(made.forward))
    return std::move(error);
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  Expected<ChunkAdjoint> adjoint = deriveChunkAdjoint(
      op, problem.sizes["K"], problem.sizes["V"], made.chunk);
  if (!adjoint)
    return adjoint.takeError();
  made.signature = getSignature(adjoint->adjoint);
  Expected<BackwardProblem> bound =
      BackwardProblem::create(problem, made.signature);
  if (!bound)
    return bound.takeError();
  if (Error error = compile(adjoint->adjoint, getCompileOptions(bound->get()))
                        .moveInto(made.backward))
    return std::move(error);
  made.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return made;
}

namespace {
/// One direction over its problem, with results of its own.
struct Turn {
  static Expected<Turn> create(const Problem &problem,
                               const LoadedArtifact &artifact) {
    Turn made;
    if (Error error = Results::allocate(problem).moveInto(made.results))
      return std::move(error);
    SmallVector<void *> places;
    for (OwnedTensor &tensor : made.results.tensors)
      places.push_back(tensor.data());
    if (Error error = Run::create(artifact, problem, places).moveInto(made.run))
      return std::move(error);
    return made;
  }
  Contestant get() {
    return {[] {},
            [run = run.get()](int64_t repetitions) {
              // A processor's launches do not fail.
              for (int64_t i = 0; i < repetitions; ++i)
                cantFail(run->execute());
            }};
  }

  Results results;
  std::unique_ptr<Run> run;
};
} // namespace

/// The errors of the gradients of a problem with few heads.
static Expected<std::vector<reference::TensorError>>
compareHeads(delta::RecurrenceOp op, const CompiledBackward &compiled,
             const LoadedArtifact &artifact,
             const reference::GenerateOptions &options) {
  auto inputs = GeneratedProblem::create(op, options);
  if (!inputs)
    return inputs.takeError();
  const Problem &problem = (*inputs)->getProblem();
  Expected<BackwardProblem> bound =
      BackwardProblem::create(problem, compiled.signature);
  if (!bound)
    return bound.takeError();
  Expected<Results> ran = runArtifact(artifact, bound->get());
  if (!ran)
    return ran.takeError();
  Expected<Results> ours = bound->takeGradients(*ran);
  if (!ours)
    return ours.takeError();
  Expected<Adjoint> adjoint = deriveAdjoint(op);
  if (!adjoint)
    return adjoint.takeError();
  Expected<Results> exact =
      reference::interpretBackwardExact(adjoint->op, adjoint->adjoint, problem);
  if (!exact)
    return exact.takeError();
  std::vector<reference::TensorError> errors;
  for (const OwnedTensor &tensor : ours->tensors)
    if (const OwnedTensor *expected = exact->find(tensor.name))
      errors.push_back(reference::compare(tensor, *expected));
  return errors;
}

Expected<BackwardRow>
bench::runBackward(delta::RecurrenceOp op, const CompiledBackward &compiled,
                   const CaseOptions &options,
                   function_ref<void(double fraction)> progress) {
  reference::GenerateOptions generate = options.inputs;
  generate.gradients = true;
  auto inputs = GeneratedProblem::create(op, generate);
  if (!inputs)
    return inputs.takeError();
  const Problem &problem = (*inputs)->getProblem();
  BackwardRow row;
  row.variant = problem.signature.name;
  row.sizes = problem.sizes;
  row.chunk = compiled.chunk;
  row.forwardChunk = compiled.forward.chunk;
  row.compileSeconds = compiled.seconds;
  row.comparedHeads = (*inputs)->countComparedHeads();

  CPUDevice device(options.measure.threads);
  auto forward = LoadedArtifact::load(device, compiled.forward.artifact);
  if (!forward)
    return forward.takeError();
  auto backward = LoadedArtifact::load(device, compiled.backward);
  if (!backward)
    return backward.takeError();
  generate.sizes["H"] = generate.sizes["HV"] = row.comparedHeads;
  if (Error error = compareHeads(op, compiled, **backward, generate)
                        .moveInto(row.ours.errors))
    return std::move(error);
  Expected<BackwardProblem> bound =
      BackwardProblem::create(problem, compiled.signature);
  if (!bound)
    return bound.takeError();
  Expected<Turn> forth = Turn::create(problem, **forward);
  if (!forth)
    return forth.takeError();
  Expected<Turn> back = Turn::create(bound->get(), **backward);
  if (!back)
    return back.takeError();
  std::vector<Samples> samples =
      measure({back->get(), forth->get()}, options.measure, progress);
  row.ours.samples = std::move(samples[0]);
  row.forward.samples = std::move(samples[1]);
  return row;
}

//===----------------------------------------------------------------------===//
// The table and the file
//===----------------------------------------------------------------------===//

static std::vector<Cell> makeCells(ArrayRef<std::string> texts) {
  static constexpr struct {
    unsigned width;
    bool isLeft;
  } kColumns[] = {{20, true},   // variant
                  {6, false},   // T
                  {6, false},   // chunk
                  {11, false},  // backward µs
                  {11, false},  // forward µs
                  {22, true},   // ratio
                  {7, false},   // by CPU
                  {8, false},   // error
                  {10, false}}; // compile ms
  std::vector<Cell> cells;
  for (auto [column, text] : zip_equal(kColumns, texts))
    cells.push_back({text, column.width, column.isLeft});
  return cells;
}

void bench::printBackwardHeader(raw_ostream &os, const Setting &setting) {
  os << "gradients by chunks, in turns with forward by chunks of "
     << kDefaultChunk << "; " << setting.threads << " threads, "
     << io::dtypeName(setting.dtype) << '\n';
  printLine(os,
            makeCells({"variant", "T", "chunk", "backward µs", "forward µs",
                       "/forward [q1, q3]", "by CPU", "error", "compile ms"}));
}

void bench::printBackwardRow(raw_ostream &os, const BackwardRow &row) {
  printLine(
      os,
      makeCells({row.variant, std::to_string(row.sizes["T"]),
                 std::to_string(row.chunk), getMicros(row.ours),
                 getMicros(row.forward), getRatioText(row.ours, row.forward),
                 getRatioByCPU(row.ours, row.forward), getErrorText(row.ours),
                 getCompileText(row.compileSeconds)}));
  os.flush();
}

void bench::printJSON(raw_ostream &os, const Setting &setting,
                      ArrayRef<BackwardRow> rows) {
  json::Array list;
  for (const BackwardRow &row : rows) {
    json::Object sizes;
    for (const auto &[axis, size] : row.sizes)
      sizes[axis] = size;
    auto wall = [](const Outcome &outcome) {
      return toJSON(getQuartiles(outcome.samples, &Sample::wall), 1e6);
    };
    list.push_back(json::Object{
        {"variant", row.variant},
        {"sizes", std::move(sizes)},
        {"chunk", row.chunk},
        {"forward_chunk", row.forwardChunk},
        {"backward_us", wall(row.ours)},
        {"forward_us", wall(row.forward)},
        {"backward_over_forward",
         toJSON(getRatio(row.ours.samples, row.forward.samples, &Sample::wall),
                1)},
        {"backward_over_forward_by_cpu",
         toJSON(getRatio(row.ours.samples, row.forward.samples, &Sample::cpu),
                1)},
        {"compared_heads", row.comparedHeads},
        {"errors", toJSON(row.ours.errors)},
        {"compile_ms", 1e3 * row.compileSeconds}});
  }
  json::Object object{
      {"sluice", getVersion()},
      {"date", getDate()},
      {"command", setting.command},
      {"processor",
       json::Object{{"model", getProcessorName()},
                    {"cores", std::thread::hardware_concurrency()}}},
      {"threads", setting.threads},
      {"rounds", setting.rounds},
      {"dtype", io::dtypeName(setting.dtype)},
      {"direction", "backward"},
      {"form", "chunk"},
      {"seed", setting.seed},
      {"load_average", setting.loadAverage},
      {"rows", std::move(list)}};
  os << formatv("{0:2}\n", json::Value(std::move(object)));
}
