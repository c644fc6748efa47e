//===- TensorMapViews.h - maps as a CTA has acquired them -------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_TENSORMAPVIEWS_H
#define SLUICE_LIB_SIMULATOR_MACHINE_TENSORMAPVIEWS_H

#include "lib/Simulator/Machine/TensorMap.h"
#include "llvm/ADT/DenseSet.h"
#include <map>
#include <mutex>

namespace sluice::sim {

/// Addresses of maps in global memory that a grid has changed; safe from
/// several host threads.
class ChangedTensorMaps {
public:
  void insert(uint64_t address);
  bool contains(uint64_t address) const;

private:
  mutable std::mutex mutex;
  llvm::DenseSet<uint64_t> addresses;
};

/// What tensor copies of one CTA may see of maps in global memory: the bytes of
/// its last fence.proxy.tensormap::generic.acquire, or those of its first use
/// where nobody had changed the map.
class TensorMapViews {
public:
  void acquire(uint64_t address, const uint8_t *bytes);
  /// Says whether a use needs no further fence. `hasChanged`: the grid has
  /// changed the map by then.
  bool isCurrent(uint64_t address, const uint8_t *bytes, bool hasChanged);

private:
  std::map<uint64_t, std::array<uint8_t, kTensorMapBytes>> views;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_TENSORMAPVIEWS_H
