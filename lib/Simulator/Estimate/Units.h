//===- Units.h - what the warps of an SM share ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_UNITS_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_UNITS_H

#include "lib/Simulator/Estimate/Chip.h"
#include "lib/Simulator/Estimate/Trace.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

namespace sluice::sim::estimate {

/// What can be used up.
enum class Resource : uint8_t {
  IssueSlots,
  Fp32Unit,
  IntegerUnit,
  Fp64Unit,
  SpecialUnit,
  TensorCores,
  AccessUnit,
  SharedMemory,
  L2,
  DeviceMemory,
  BulkUnit,
};
inline constexpr size_t kNumResources = size_t(Resource::BulkUnit) + 1;
/// The name for people: "shared memory wavefronts".
llvm::StringRef getName(Resource resource);

/// Why a warp does not issue.
enum class Stall : uint8_t {
  /// Operands: of arithmetic, a product, a load.
  Math,
  Product,
  SharedLoad,
  GlobalLoad,
  Branch,
  /// Waits.
  Barrier,
  ClusterBarrier,
  Mbarrier,
  Copies,
  AsyncProduct,
  /// The unit takes no more; too many accesses are under way.
  Unit,
  Memory,
  /// Another warp of the partition had the slot.
  NotSelected,
};
inline constexpr size_t kNumStalls = size_t(Stall::NotSelected) + 1;
/// The name for people: "global load".
llvm::StringRef getName(Stall stall);

/// The first cycle that is not before.
inline uint64_t toCycle(double time) {
  return time > 0 ? static_cast<uint64_t>(std::ceil(time - 1e-6)) : 0;
}

/// Serves one request after another, in the order in which they come: nobody
/// asks it before his work can begin.
class Server {
public:
  /// The time at which a request that comes at `time` and takes `cost` begins.
  double take(double time, double cost) {
    double start = std::max(time, freeAt);
    freeAt = start + cost;
    busy += cost;
    return start;
  }
  double getFree() const { return freeAt; }
  /// Keeps the server until then, whatever it does.
  void hold(double until) { freeAt = std::max(freeAt, until); }
  /// Cycles of work so far.
  double getBusy() const { return busy; }

private:
  double freeAt = 0, busy = 0;
};

/// A path that carries one piece in each cycle, for several units that do not
/// wait for each other: what one will need later leaves the cycles before to
/// the others, and each piece takes the first cycle from then on that is free.
class Slots {
public:
  /// The first and the last cycle of what was taken.
  struct Span {
    uint64_t first = 0, last = 0;
  };
  /// So many cycles (at least one) from `time` on, at least `spacing` apart.
  Span take(double time, uint64_t count, double spacing = 1);
  /// Nobody will ask for a cycle before `time`.
  void forget(uint64_t time);
  /// Cycles that were taken so far.
  uint64_t getBusy() const { return busy; }
  /// The end of the last of them.
  uint64_t getEnd() const { return end; }

private:
  uint64_t takeFirst(uint64_t cycle);

  static constexpr unsigned kBits = 64;
  /// A bit for each cycle that is taken, from cycle firstWord * kBits on.
  std::deque<uint64_t> words;
  uint64_t firstWord = 0, busy = 0, end = 0;
};

/// One of an SM's four partitions.
struct SubCore {
  Server fma, integer, fp64, special, tensor;
  /// When the next instruction can be issued, and how many have been.
  uint64_t nextIssue = 0, issued = 0;

  Server &getPipe(const Chip &chip, Math math);
};

/// Who hands results on at the shortest latency: among themselves they do, to
/// others it takes longer. Any: either of the two, as its neighbours need it.
enum class Pipe : uint8_t { Other, Any, Fma, Integer };
Pipe getPipe(const Chip &chip, const Step &step);
/// Cycles to the user of a result that `from` makes, beyond the latency.
double getDistance(const Chip &chip, Pipe from, Pipe to, bool isGuard);

/// Cycles for which one warp instruction keeps a partition's pipe.
double getCycles(const Chip &chip, Math math);
/// Cycles to the first dependent instruction.
double getLatency(const Chip &chip, Math math);
/// The same of a product of one warp.
double getMatrixCycles(const Chip &chip, const Step &step);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_UNITS_H
