//===- Residency.cpp - how many CTAs an SM holds --------------------------===//

#include "lib/Simulator/Estimate/Residency.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace sluice::sim;
using namespace sluice::sim::estimate;
using llvm::divideCeil;

static constexpr uint64_t kWarp = 32;

/// Registers are each partition's own, and a warp stays in one.
static uint64_t getWarpsByRegisters(const Chip &chip, unsigned registers) {
  auto unit = uint64_t(chip.registerUnit), parts = uint64_t(chip.subCores);
  uint64_t ofWarp = llvm::alignTo(registers * kWarp, unit);
  return uint64_t(chip.registers) / parts / ofWarp * parts;
}

llvm::Expected<Residency> estimate::getResidency(const Chip &chip,
                                                 const LaunchShape &shape) {
  auto fail = [&](const llvm::Twine &message) {
    return llvm::createStringError(message + " (" + chip.name + ")");
  };
  const sluice::ptx::Target &target = chip.getTarget();
  if (shape.clusterCtas > target.clusterCtas)
    return fail("no estimate for a cluster of " +
                llvm::Twine(shape.clusterCtas) + " CTAs: expected at most " +
                llvm::Twine(target.clusterCtas));
  if (shape.sharedBytes > target.sharedBytesOfCta)
    return fail("no estimate for a CTA with " + llvm::Twine(shape.sharedBytes) +
                " bytes of shared memory: expected at most " +
                llvm::Twine(target.sharedBytesOfCta));
  uint64_t warps = divideCeil(shape.ctaThreads, kWarp);
  Residency result;
  result.ctas = unsigned(chip.residentCtas);
  result.limit = "CTAs";
  auto allow = [&](uint64_t ctas, llvm::StringRef what) {
    if (ctas >= result.ctas)
      return;
    result.ctas = unsigned(ctas);
    result.limit = what;
  };
  allow(uint64_t(chip.residentThreads) / (warps * kWarp), "threads");
  constexpr uint64_t kSharedUnit = 128;
  allow(uint64_t(chip.sharedBytes) /
            (llvm::alignTo(shape.sharedBytes, kSharedUnit) +
             uint64_t(chip.sharedReserved)),
        "shared memory");
  if (shape.registers)
    allow(getWarpsByRegisters(chip, shape.registers) / warps, "registers");
  if (!result.ctas)
    return fail("no estimate for a CTA of " + llvm::Twine(shape.ctaThreads) +
                " threads with " + llvm::Twine(shape.registers) +
                " registers each: an SM cannot hold it");

  // Each CTA of a cluster gets an SM of its own here; a GPU may put two on one.
  uint64_t clusters = divideCeil(shape.gridCtas, shape.clusterCtas);
  uint64_t groups =
      std::max<uint64_t>(uint64_t(chip.sms) / shape.clusterCtas, 1);
  result.sms = std::min(clusters, groups) * shape.clusterCtas;
  result.ctasOfSm = divideCeil(clusters, groups);
  if (result.ctasOfSm < result.ctas) {
    result.ctas = unsigned(result.ctasOfSm);
    result.limit = "the grid";
  }
  return result;
}
