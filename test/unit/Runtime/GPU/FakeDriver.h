//===- FakeDriver.h - What the fake CUDA driver has seen --------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_RUNTIME_GPU_FAKEDRIVER_H
#define SLUICE_TEST_UNIT_RUNTIME_GPU_FAKEDRIVER_H

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::test {

struct FakeDriverState {
  /// Since the driver's version was asked for: the function, then what it was
  /// given, but for addresses.
  std::vector<std::string> calls;
  /// Contexts, streams, events, modules and allocations that are alive.
  int handles = 0;
  /// Of the last launch.
  std::vector<uint8_t> parameters;
};

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_RUNTIME_GPU_FAKEDRIVER_H
