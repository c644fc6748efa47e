//===- Extents.cpp - grids that a GPU would take --------------------------===//

#include "lib/Simulator/Launch/Extents.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

/// Of any target.
static constexpr uint64_t kMostClusterCtas = 16;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static std::string toString(const Extent &extent) {
  return (Twine(extent.x) + "," + Twine(extent.y) + "," + Twine(extent.z))
      .str();
}

namespace {
struct ExtentRange {
  StringLiteral flag;
  uint32_t most[3];
};
} // namespace

static const ExtentRange &getRange(ExtentKind kind) {
  static constexpr ExtentRange kRanges[] = {
      {"--grid", {0x7fffffff, 65535, 65535}},
      {"--block", {1024, 1024, 64}},
      {"--cluster", {kMostClusterCtas, kMostClusterCtas, kMostClusterCtas}}};
  return kRanges[unsigned(kind)];
}

std::string sim::describeLimits(ExtentKind kind) {
  const ExtentRange &range = getRange(kind);
  return ("x 1 to " + Twine(range.most[0]) + ", y 1 to " +
          Twine(range.most[1]) + ", z 1 to " + Twine(range.most[2]))
      .str();
}

Expected<Extent> sim::parseExtent(ExtentKind kind, StringRef text) {
  const ExtentRange &range = getRange(kind);
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  if (parts.size() > 3)
    return error(range.flag + " is X, X,Y or X,Y,Z, found " + quote(text));
  uint32_t sizes[3] = {1, 1, 1};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty() || !all_of(parts[i], isDigit))
      return error(range.flag + " is X, X,Y or X,Y,Z, found " + quote(text));
    uint64_t size;
    if (parts[i].getAsInteger(10, size) || size < 1 || size > range.most[i])
      return error(range.flag + "'s " + StringRef("xyz").substr(i, 1) +
                   " is a number from 1 to " + Twine(range.most[i]) +
                   ", found " + quote(parts[i]));
    sizes[i] = uint32_t(size);
  }
  return Extent{sizes[0], sizes[1], sizes[2]};
}

static Error checkCluster(const Extent &grid, const Extent &cluster,
                          const Limits &limits) {
  uint64_t most = limits.target->clusterCtas;
  if (cluster.total() > most)
    return error("--cluster=" + toString(cluster) + " has " +
                 Twine(cluster.total()) + " CTAs, " +
                 (most == 1 ? Twine("there are no clusters")
                            : "a cluster has at most " + Twine(most)) +
                 " on " + limits.owner);
  if (grid.x % cluster.x || grid.y % cluster.y || grid.z % cluster.z)
    return error("--cluster=" + toString(cluster) + " does not divide --grid=" +
                 toString(grid) + ": a grid is made of whole clusters");
  return Error::success();
}

static Error checkRegisters(uint64_t threads, unsigned registers,
                            const Limits &limits) {
  uint64_t warps = alignTo(divideCeil(threads, 32), ptx::kPartitions);
  uint64_t taken = warps * alignTo(registers * 32, ptx::kRegisterUnit);
  if (taken <= limits.target->registersOfCta)
    return Error::success();
  return error("--regs=" + Twine(registers) + ": " + Twine(threads) +
               " threads take " + Twine(taken) +
               " registers (warps by fours, each in units of " +
               Twine(ptx::kRegisterUnit) + "), a CTA has at most " +
               Twine(limits.target->registersOfCta) + " on " + limits.owner);
}

/// A directive's sizes; those that it leaves out are 1.
static Extent toExtent(const uint32_t (&sizes)[3]) {
  return {sizes[0], std::max(sizes[1], 1u), std::max(sizes[2], 1u)};
}

static bool isSame(const Extent &a, const Extent &b) {
  return a.x == b.x && a.y == b.y && a.z == b.z;
}

static Error checkEntry(const Extent &block, const Extent &cluster,
                        const ptx::Function &entry) {
  auto fail = [&](const Twine &message) {
    return error("entry " + quote(entry.name) + " " + message);
  };
  if (entry.requiredThreads[0]) {
    Extent required = toExtent(entry.requiredThreads);
    if (!isSame(block, required))
      return fail("requires --block=" + toString(required) +
                  " (.reqntid), found --block=" + toString(block));
  }
  if (entry.maximumThreads[0]) {
    Extent most = toExtent(entry.maximumThreads);
    if (block.total() > most.total())
      return fail("takes at most " + Twine(most.total()) +
                  " threads (.maxntid), --block=" + toString(block) + " has " +
                  Twine(block.total()));
  }
  if (entry.requiredCluster[0]) {
    Extent required = toExtent(entry.requiredCluster);
    if (!isSame(cluster, required))
      return fail(
          "requires --cluster=" + toString(required) +
          " (.reqnctapercluster), found --cluster=" + toString(cluster));
  }
  return Error::success();
}

Error sim::checkLaunch(const LaunchOptions &options, const ptx::Function &entry,
                       const Limits &limits) {
  uint64_t threads = options.block.total();
  if (threads > ptx::kThreadsOfCta)
    return error("--block=" + toString(options.block) + " has " +
                 Twine(threads) + " threads, a CTA has at most " +
                 Twine(ptx::kThreadsOfCta));
  uint64_t shared = limits.target->sharedBytesOfCta;
  if (options.dynamicShared > shared)
    return error("--smem=" + Twine(options.dynamicShared) +
                 ": a CTA has at most " + Twine(shared) + " bytes (" +
                 Twine(shared / 1024) + " KiB) of shared memory on " +
                 limits.owner);
  if (Error error = checkCluster(options.grid, options.cluster, limits))
    return error;
  if (Error error = checkRegisters(threads, options.registers, limits))
    return error;
  return checkEntry(options.block, options.cluster, entry);
}
