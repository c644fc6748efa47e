//===- Estimate.cpp - how long a launch would take ------------------------===//

#include "lib/Simulator/Estimate/Estimate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace sluice::sim;
using namespace sluice::sim::estimate;

/// A unit in use for less than this share of the time does not bind: the rule
/// by which NVIDIA's profiler calls a kernel bound by latency.
static constexpr double kBound = 0.6;

uint64_t estimate::getSampleSize(const Residency &residency) {
  return std::min<uint64_t>(residency.ctasOfSm, 2 * uint64_t(residency.ctas));
}

std::string Estimate::getBinding() const {
  return binding ? getName(*binding).str() : "latency: " + getName(stall).str();
}

/// From the CTAs that were replayed to all that the SM gets.
static void extrapolate(Estimate &result, const Trace &trace) {
  const ReplayResult &replay = result.replay;
  const Residency &residency = result.residency;
  auto cycles = static_cast<double>(replay.cycles);
  uint64_t sampled = std::max<uint64_t>(result.replayedCtas, 1);
  if (replay.isPartial && replay.replayed) {
    double share = double(replay.replayed) / double(replay.executed);
    cycles = cycles / share * double(residency.ctasOfSm) / double(sampled);
    result.ctaCycles = cycles / double(residency.ctasOfSm);
    result.notes.push_back(
        llvm::formatv("the trace was too long: the first {0:f1} % of the "
                      "instructions were replayed, the rest is taken to go at "
                      "the same rate",
                      100 * share)
            .str());
  } else {
    std::vector<uint64_t> ends = replay.ctaEnds;
    llvm::sort(ends);
    size_t wave = std::min<size_t>(residency.ctas, ends.size());
    result.waveCycles = wave ? ends[wave - 1] : replay.cycles;
    // What is stored by then still has to leave.
    result.ctaCycles =
        ends.size() > wave
            ? (cycles - double(result.waveCycles)) / double(ends.size() - wave)
            : cycles / double(sampled);
    cycles += double(residency.ctasOfSm - sampled) * result.ctaCycles;
  }
  result.cycles = toCycle(cycles);
  result.microseconds = cycles / (result.chip.gigahertz * 1e3);
  // Each CTA that was not run is taken to have bytes of its own.
  auto ofGrid = [&](uint64_t bytes) {
    return static_cast<uint64_t>(double(bytes) / trace.executedShare);
  };
  result.deviceBytes =
      ofGrid(trace.sectors.getReadBytes() + trace.sectors.getWrittenBytes());
  result.sectorBytes = ofGrid(trace.touchedSectors * kSectorBytes);
  result.deviceMicroseconds =
      double(result.deviceBytes) / (result.chip.dramBandwidth * 1e3);
}

static void findBinding(Estimate &result) {
  size_t most = 0, longest = 0;
  const ReplayResult &replay = result.replay;
  for (size_t i = 0; i < kNumResources; ++i)
    if (replay.use[i] > replay.use[most])
      most = i;
  for (size_t i = 0; i < size_t(Stall::NotSelected); ++i)
    if (replay.stalls[i] > replay.stalls[longest])
      longest = i;
  result.stall = static_cast<Stall>(longest);
  // Where warps wait most for a unit, it comes in bursts.
  if (replay.use[most] >= kBound || result.stall == Stall::Unit ||
      result.stall == Stall::Memory)
    result.binding = static_cast<Resource>(most);
  if (result.deviceMicroseconds > result.microseconds) {
    result.microseconds = result.deviceMicroseconds;
    result.cycles = toCycle(result.microseconds * result.chip.gigahertz * 1e3);
    result.binding = Resource::DeviceMemory;
    result.notes.push_back("the bytes that the grid needs from device memory "
                           "take longer than the SM that was replayed");
  }
}

static void addNotes(Estimate &result, const Trace &trace) {
  const Residency &residency = result.residency;
  auto allSms = static_cast<uint64_t>(result.chip.sms);
  if (!result.registers)
    result.notes.push_back("registers are not known (--regs): taken not to "
                           "limit the resident CTAs");
  if (residency.sms < allSms)
    result.notes.push_back(
        llvm::formatv("{0} of {1} SMs have work", residency.sms, allSms).str());
  if (trace.executedShare < 1)
    result.notes.push_back(
        llvm::formatv("only {0:f2} % of the CTAs were run: each of the others "
                      "is taken to touch as much device memory, of its own",
                      100 * trace.executedShare)
            .str());
  if (double(result.deviceBytes) > result.chip.l2Bytes)
    result.notes.push_back("the grid touches more than the L2 holds: what is "
                           "read again may come from device memory again");
  if (result.replay.brokenWaits)
    result.notes.push_back(
        llvm::formatv("{0} waits ended in the replay without what they waited "
                      "for",
                      result.replay.brokenWaits)
            .str());
  if (result.replay.timeline.isCut)
    result.notes.push_back("the timeline was cut: it has too many spans");
}

Estimate estimate::makeEstimate(const Chip &chip, const Trace &trace,
                                const Residency &residency,
                                bool keepsTimeline) {
  Estimate result;
  result.chip = chip;
  result.residency = residency;
  result.registers = trace.registers;
  result.replayedCtas = trace.ctas.size() / trace.clusterCtas;
  result.replay = replay(chip, trace, residency, keepsTimeline);
  result.notes = trace.notes;
  for (const Step &step : trace.steps)
    result.instructions.push_back(step.instruction);
  extrapolate(result, trace);
  findBinding(result);
  addNotes(result, trace);
  return result;
}
