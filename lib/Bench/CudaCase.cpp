//===- CudaCase.cpp - How long kernels take on a GPU ----------------------===//

#include "lib/Bench/GPUCase.h"
#include "lib/Runtime/Run.h"
#include <algorithm>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::runtime;

/// Twice what the L2 cache of any chip of ours holds, and no more sets of
/// tensors than launches take long to make ready.
static constexpr uint64_t kRotatedBytes = uint64_t{128} << 20;
static constexpr uint64_t kMostSets = 64;

namespace {
/// Sets of the same tensors, each in memory of its own.
class RotatedRuns {
public:
  static Expected<std::unique_ptr<RotatedRuns>>
  create(const LoadedArtifact &artifact, const Problem &problem);

  uint64_t getSetBytes() const { return setBytes; }
  const Results &getResults() const { return results; }
  /// Runs the first set, and has its results.
  Error runOnce();
  /// Launches each set once.
  Error launchAll();
  size_t size() const { return runs.size(); }

private:
  uint64_t setBytes = 0;
  Results results;
  std::vector<std::unique_ptr<Run>> runs;
};
} // namespace

Expected<std::unique_ptr<RotatedRuns>>
RotatedRuns::create(const LoadedArtifact &artifact, const Problem &problem) {
  auto made = std::make_unique<RotatedRuns>();
  Expected<Results> results = Results::allocate(problem);
  if (!results)
    return results.takeError();
  made->results = std::move(*results);
  // Only the first set's are ever copied out.
  SmallVector<void *> places;
  for (OwnedTensor &tensor : made->results.tensors) {
    places.push_back(tensor.data());
    made->setBytes += tensor.numBytes();
  }
  for (const io::TensorView &view : problem.args)
    made->setBytes += view.bytes.size();
  uint64_t sets = std::clamp<uint64_t>(
      divideCeil(kRotatedBytes, std::max<uint64_t>(made->setBytes, 1)), 2,
      kMostSets);
  for (uint64_t i = 0; i < sets; ++i)
    if (Error error = Run::create(artifact, problem, places)
                          .moveInto(made->runs.emplace_back()))
      return std::move(error);
  return made;
}

Error RotatedRuns::runOnce() {
  if (Error error = runs.front()->execute())
    return error;
  return runs.front()->copyResults();
}

Error RotatedRuns::launchAll() {
  for (const std::unique_ptr<Run> &run : runs)
    if (Error error = run->enqueue())
      return error;
  return Error::success();
}

/// Of one run, in each round; the first round is dropped.
static Expected<std::vector<double>> measureRounds(CudaDevice &device,
                                                   RotatedRuns &runs,
                                                   unsigned rounds,
                                                   BenchProgress progress) {
  constexpr double kLeastSeconds = 0.02;
  constexpr int64_t kMostPasses = 1000;
  Expected<double> pass = device.measure([&] { return runs.launchAll(); });
  if (!pass)
    return pass.takeError();
  int64_t passes = kMostPasses;
  if (*pass > 0)
    passes = std::clamp<int64_t>(
        static_cast<int64_t>(kLeastSeconds / *pass) + 1, 1, kMostPasses);
  std::vector<double> microseconds;
  for (unsigned round = 0; round <= rounds; ++round) {
    Expected<double> seconds = device.measure([&]() -> Error {
      for (int64_t i = 0; i < passes; ++i)
        if (Error error = runs.launchAll())
          return error;
      return Error::success();
    });
    if (!seconds)
      return seconds.takeError();
    if (round > 0)
      microseconds.push_back(1e6 * *seconds /
                             static_cast<double>(passes * runs.size()));
    progress(static_cast<double>(round) / rounds);
  }
  return microseconds;
}

/// "NVIDIA H200" is the h200; null where no chip is known by such a name.
static const sim::estimate::Chip *findChipOf(const CudaDevice &device,
                                             StringRef asked) {
  if (!asked.empty())
    return cantFail(sim::estimate::findChip(asked));
  std::string name = device.getName().lower();
  for (StringRef chip : {"a100", "h100", "h200"})
    if (StringRef(name).contains(chip))
      return cantFail(sim::estimate::findChip(chip));
  return nullptr;
}

Expected<GPURow> bench::measureOnGPU(CudaDevice &device, delta::RecurrenceOp op,
                                     const reference::GenerateOptions &inputs,
                                     const CompiledForm &form,
                                     const CudaCaseOptions &options,
                                     BenchProgress progress) {
  auto loaded = LoadedArtifact::load(device, form.artifact);
  if (!loaded)
    return loaded.takeError();
  GPURow row;
  row.chunk = form.chunk;
  row.compileSeconds = form.seconds;
  SmallVector<Gates> kinds{Gates::Mild};
  if (hasLogGates(op))
    kinds.push_back(Gates::Strong);
  for (Gates gates : kinds) {
    auto made = GeneratedProblem::create(op, inputs, gates);
    if (!made)
      return made.takeError();
    const Problem &problem = (*made)->getProblem();
    row.variant = problem.signature.name;
    row.sizes = problem.sizes;
    auto runs = RotatedRuns::create(**loaded, problem);
    if (!runs)
      return runs.takeError();
    row.minimumBytes = (*runs)->getSetBytes();
    if (Error error = (*runs)->runOnce())
      return std::move(error);
    Measured &measured = row.measured.emplace_back();
    measured.gates = gates;
    row.comparedHeads = (*made)->countComparedHeads();
    Expected<Results> exact = (*made)->interpretHeads(row.comparedHeads);
    if (!exact)
      return exact.takeError();
    if (Error error =
            (*made)
                ->compareHeads((*runs)->getResults(), *exact, row.comparedHeads)
                .moveInto(measured.errors))
      return std::move(error);
    Expected<std::vector<double>> rounds =
        measureRounds(device, **runs, options.rounds, progress);
    if (!rounds)
      return rounds.takeError();
    measured.microseconds = getQuartiles(std::move(*rounds));
    // The launches end before their memory does.
    if (Error error = device.synchronize())
      return std::move(error);
  }
  if (const auto *chip = findChipOf(device, options.chip))
    row.floorMicroseconds =
        static_cast<double>(row.minimumBytes) / (chip->dramBandwidth * 1e3);
  return row;
}
