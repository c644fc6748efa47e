//===- Extents.cpp - grids that a GPU would take --------------------------===//

#include "lib/Simulator/Launch/Extents.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

static constexpr uint64_t kMostThreads = 1024, kMostClusterCtas = 16,
                          kMostShared = 227 * 1024, kRegisters = 65536;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static std::string toString(const Extent &extent) {
  return (Twine(extent.x) + "," + Twine(extent.y) + "," + Twine(extent.z))
      .str();
}

namespace {
struct Limits {
  StringLiteral flag;
  uint32_t most[3];
};
} // namespace

static const Limits &getLimits(ExtentKind kind) {
  static constexpr Limits kLimits[] = {
      {"--grid", {0x7fffffff, 65535, 65535}},
      {"--block", {1024, 1024, 64}},
      {"--cluster", {kMostClusterCtas, kMostClusterCtas, kMostClusterCtas}}};
  return kLimits[unsigned(kind)];
}

Expected<Extent> sim::parseExtent(ExtentKind kind, StringRef text) {
  const Limits &limits = getLimits(kind);
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  if (parts.size() > 3)
    return error(limits.flag + " is X, X,Y or X,Y,Z, found '" + text + "'");
  uint32_t sizes[3] = {1, 1, 1};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty() || !all_of(parts[i], isDigit))
      return error(limits.flag + " is X, X,Y or X,Y,Z, found '" + text + "'");
    uint64_t size;
    if (parts[i].getAsInteger(10, size) || size < 1 || size > limits.most[i])
      return error(limits.flag + "'s " + StringRef("xyz").substr(i, 1) +
                   " is a number from 1 to " + Twine(limits.most[i]) +
                   ", found '" + parts[i] + "'");
    sizes[i] = uint32_t(size);
  }
  return Extent{sizes[0], sizes[1], sizes[2]};
}

static Error checkCluster(const Extent &grid, const Extent &cluster) {
  if (cluster.total() > kMostClusterCtas)
    return error("--cluster=" + toString(cluster) + " has " +
                 Twine(cluster.total()) + " CTAs, a cluster has at most " +
                 Twine(kMostClusterCtas));
  if (grid.x % cluster.x || grid.y % cluster.y || grid.z % cluster.z)
    return error("--cluster=" + toString(cluster) + " does not divide --grid=" +
                 toString(grid) + ": a grid is made of whole clusters");
  return Error::success();
}

/// The register file gives a warp registers in units of 256.
static Error checkRegisters(uint64_t threads, unsigned registers) {
  uint64_t taken = divideCeil(threads, 32) * alignTo(registers * 32, 256);
  if (taken <= kRegisters)
    return Error::success();
  return error("--regs=" + Twine(registers) + ": " + Twine(threads) +
               " threads take " + Twine(taken) +
               " registers, a multiprocessor has " + Twine(kRegisters));
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
    return error("entry '" + entry.name + "' " + message);
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

Error sim::checkLaunch(const LaunchOptions &options,
                       const ptx::Function &entry) {
  uint64_t threads = options.block.total();
  if (threads > kMostThreads)
    return error("--block=" + toString(options.block) + " has " +
                 Twine(threads) + " threads, a CTA has at most " +
                 Twine(kMostThreads));
  if (options.dynamicShared > kMostShared)
    return error("--smem is at most " + Twine(kMostShared) +
                 " bytes (227 KiB), found " + Twine(options.dynamicShared));
  if (Error error = checkCluster(options.grid, options.cluster))
    return error;
  if (Error error = checkRegisters(threads, options.registers))
    return error;
  return checkEntry(options.block, options.cluster, entry);
}
