//===- SimCase.cpp - What kernels do, and how long they would take --------===//

#include "lib/Analysis/ChunkCost.h"
#include "lib/Bench/GPUCase.h"
#include "lib/Compiler/ChunkForm.h"
#include "lib/Runtime/Run.h"
#include "lib/Runtime/Sim/SimReport.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <numeric>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::runtime;

/// Bytes of a sector of device memory.
static constexpr uint64_t kSectorBytes = 32;

static void addLaunch(const SimLaunch &launch, bool onlySampled,
                      Simulated &simulated) {
  const sim::Counts &counts = launch.result.counts;
  const sim::estimate::Estimate &estimate = *launch.result.estimate;
  uint64_t ctas = launch.grid.total();
  simulated.kernels.push_back({launch.kernel, ctas, launch.block.total(),
                               launch.sharedBytes, launch.assembled});
  // As many clusters as were run stand for all.
  double times = 1;
  if (onlySampled)
    times = static_cast<double>(ctas) /
            static_cast<double>(std::max<uint64_t>(estimate.replayedCtas, 1) *
                                launch.cluster.total());
  auto add = [&](uint64_t &sum, uint64_t count) {
    sum += std::llround(times * static_cast<double>(count));
  };
  add(simulated.loadedSectorBytes, kSectorBytes * counts.globalLoadSectors);
  add(simulated.warpInstructions,
      std::accumulate(counts.warpInstructions.begin(),
                      counts.warpInstructions.end(), uint64_t{0}));
  add(simulated.barriers, counts.barriers);
  add(simulated.sharedWavefronts, counts.sharedWavefronts);
  add(simulated.sharedIdealWavefronts, counts.sharedIdealWavefronts);
  add(simulated.tensorFlop, counts.tensorFlop);
  // The estimate is of all CTAs already.
  simulated.deviceBytes += estimate.deviceBytes;
}

static ChipTime getTime(const SimDevice &device, StringRef chip,
                        uint64_t minimumBytes) {
  ChipTime time;
  time.chip = chip.str();
  double bandwidth =
      cantFail(sim::estimate::findChip(chip))->dramBandwidth * 1e3;
  time.floorMicroseconds = static_cast<double>(minimumBytes) / bandwidth;
  double longest = -1;
  for (const SimLaunch &launch : device.getLaunches()) {
    const sim::estimate::Estimate &estimate = *launch.result.estimate;
    time.microseconds += estimate.microseconds;
    if (estimate.microseconds > longest) {
      longest = estimate.microseconds;
      time.binding = estimate.getBinding();
    }
  }
  return time;
}

/// Of inputs and results, each once.
static uint64_t countBytes(const Problem &problem, const Results &results) {
  uint64_t bytes = 0;
  for (const io::TensorView &view : problem.args)
    bytes += view.bytes.size();
  for (const OwnedTensor &tensor : results.tensors)
    bytes += tensor.numBytes();
  return bytes;
}

Expected<double> bench::countProductFlop(delta::RecurrenceOp op,
                                         const Sizes &sizes, int64_t chunk) {
  Expected<compiler::ChunkForm> form =
      compiler::deriveChunkForm(op, sizes["K"], sizes["V"], chunk);
  if (!form)
    return form.takeError();
  wy::ChunkCost cost(form->scan);
  wy::Count flop;
  for (mlir::Operation &node : form->scan.getGraph())
    if (isa<wy::ReadOp, wy::UpdateOp, wy::ScoresOp, wy::SolveOp, wy::ApplyOp>(
            node))
      flop += cost.get(&node).flop;
  int64_t chunks = sizes["B"] * sizes["HV"] *
                   static_cast<int64_t>(
                       divideCeil(static_cast<uint64_t>(sizes["T"]), chunk));
  return flop.asDouble() * static_cast<double>(chunks);
}

Expected<GPURow> bench::simulate(const GeneratedProblem &inputs,
                                 const CompiledForm &form,
                                 const SimCaseOptions &options,
                                 BenchProgress progress) {
  const Problem &problem = inputs.getProblem();
  GPURow row;
  row.variant = problem.signature.name;
  row.sizes = problem.sizes;
  row.chunk = form.chunk;
  row.compileSeconds = form.seconds;
  Simulated &simulated = row.simulated.emplace();
  for (const std::string &chip : options.chips) {
    SimOptions ofChip;
    ofChip.chip = chip;
    ofChip.ptxas = options.ptxas;
    ofChip.threads = options.threads;
    ofChip.onlySampled = options.onlySampled;
    SimDevice device(ofChip);
    auto loaded = LoadedArtifact::load(device, form.artifact);
    if (!loaded)
      return loaded.takeError();
    Expected<Results> results = runArtifact(**loaded, problem, progress);
    if (device.foundErrors()) {
      std::string found;
      raw_string_ostream os(found);
      printFindings(os, device.getLaunches());
      if (!results)
        os << toString(results.takeError());
      return createStringError("the simulator found errors in '" +
                               problem.signature.name + "':\n" + found);
    }
    if (!results)
      return results.takeError();
    row.minimumBytes = countBytes(problem, *results);
    simulated.chips.push_back(getTime(device, chip, row.minimumBytes));
    // What kernels do is the same on every chip.
    if (simulated.chips.size() > 1)
      continue;
    for (const SimLaunch &launch : device.getLaunches())
      addLaunch(launch, options.onlySampled, simulated);
    if (options.onlySampled)
      continue;
    row.comparedHeads = inputs.countComparedHeads();
    Expected<Results> exact = inputs.interpretHeads(row.comparedHeads);
    if (!exact)
      return exact.takeError();
    if (Error error = inputs.compareHeads(*results, *exact, row.comparedHeads)
                          .moveInto(row.errors))
      return std::move(error);
  }
  return row;
}
