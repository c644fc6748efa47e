//===- Units.h - what the warps of an SM share ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_UNITS_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_UNITS_H

#include "lib/Simulator/Estimate/Chip.h"
#include "lib/Simulator/Estimate/Trace.h"
#include <algorithm>
#include <array>
#include <cmath>

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
/// For people: "shared memory wavefronts".
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
/// For people: "global load".
llvm::StringRef getName(Stall stall);

/// The first cycle that is not before.
inline uint64_t toCycle(double time) {
  return time > 0 ? static_cast<uint64_t>(std::ceil(time - 1e-6)) : 0;
}

/// Serves one request after another.
class Server {
public:
  /// When a request that comes at `time` and takes `cost` begins.
  double take(double time, double cost) {
    double start = std::max(time, freeAt);
    freeAt = start + cost;
    busy += cost;
    return start;
  }
  double getFree() const { return freeAt; }
  /// Cycles of work so far.
  double getBusy() const { return busy; }

private:
  double freeAt = 0, busy = 0;
};

/// One of an SM's four partitions.
struct SubCore {
  Server fma, integer, fp64, special, tensor;
  /// When the next instruction can be issued, and how many have been.
  uint64_t nextIssue = 0, issued = 0;

  Server &getPipe(Math math);
};

/// Cycles for which one warp instruction keeps a partition's pipe.
double getCycles(const Chip &chip, Math math);
/// To the first dependent instruction.
double getLatency(const Chip &chip, Math math);
/// The same of a product of one warp.
double getMatrixCycles(const Chip &chip, const Step &step);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_UNITS_H
