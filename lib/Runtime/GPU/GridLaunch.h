//===- GridLaunch.h - A launch as a GPU takes it ----------------*- C++ -*-===//
//
// The one place where a plan's grid is held to a GPU's limits and a kernel's
// parameters are packed, as LaunchPlan.h says, for the simulator and for the
// driver.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_GPU_GRIDLAUNCH_H
#define SLUICE_LIB_RUNTIME_GPU_GRIDLAUNCH_H

#include "lib/Runtime/Device.h"

namespace sluice::runtime {

/// The bytes of a kernel's parameters, one behind the other, each aligned to
/// its size.
class ParameterBuffer {
public:
  /// Appends a parameter of 4 or 8 bytes.
  template <typename Number> void add(Number number) {
    addBytes({reinterpret_cast<const uint8_t *>(&number), sizeof(number)});
  }

  size_t size() const { return places.size(); }
  llvm::ArrayRef<uint8_t> operator[](size_t parameter) const {
    auto [offset, count] = places[parameter];
    return llvm::ArrayRef(bytes).slice(offset, count);
  }
  llvm::ArrayRef<uint8_t> getBytes() const { return bytes; }

private:
  void addBytes(llvm::ArrayRef<uint8_t> parameter);

  struct Place {
    size_t offset, count;
  };
  std::vector<uint8_t> bytes;
  std::vector<Place> places;
};

struct GridLaunch {
  /// Blocks along x, y, z.
  std::array<uint32_t, 3> grid{};
  ParameterBuffer parameters;

  /// Returns true if there is no block: nothing is to be launched.
  bool isEmpty() const { return grid[0] == 0 || grid[1] == 0 || grid[2] == 0; }
};

/// An error that names the kernel where its grid is none that a GPU takes, or a
/// tensor is not known.
llvm::Expected<GridLaunch> makeGridLaunch(const LaunchConfig &config);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_GPU_GRIDLAUNCH_H
