//===- Device.h - What runs the kernels of a plan ---------------*- C++ -*-===//
//
// Allocate, copy, load, launch, synchronise: what a driver offers. A launch is
// prepared once, for its memory and sizes, and may be made often.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_DEVICE_H
#define SLUICE_LIB_RUNTIME_DEVICE_H

#include "lib/Runtime/Artifact.h"
#include "lib/Support/Memory.h"
#include <array>
#include <functional>
#include <memory>

namespace sluice::runtime {

/// A function that the caller's thread tells the part that is done, between 0
/// and 1.
using Progress = std::function<void(double)>;

/// Code that a device has loaded.
class LoadedCode {
public:
  virtual ~LoadedCode() = default;
};

/// A dense tensor in a device's memory.
struct DeviceTensor {
  uint64_t address = 0;
  llvm::SmallVector<int64_t, 4> shape;
  /// False for the stand-in of a state that starts at zero.
  bool isPresent = true;
};

/// All that a launch needs beside its code.
struct LaunchConfig {
  const KernelLaunch *kernel = nullptr;
  /// Sequences or segments, heads, panels; of a GPU x, y, z.
  std::array<int64_t, 3> grid{};
  /// One for each argument of the kernel; empty for those that are not
  /// tensors.
  std::vector<DeviceTensor> tensors;
  double scale = 1;

  // Of a processor's kernels.
  /// As many as the grid's first number.
  std::vector<Sequence> sequences;
  /// Value heads that share a query/key head.
  int64_t headsPerQKHead = 1;

  // Of a GPU's kernels.
  /// One for each argument of the kernel: the value of a size.
  std::vector<int64_t> sizes;
  /// Where the list of tokens before each sequence lies; 0: rows are sequences.
  uint64_t tokenOffsets = 0;
};

/// A launch that is ready to be made.
class PreparedLaunch {
public:
  virtual ~PreparedLaunch() = default;
};

class Device {
public:
  virtual ~Device() = default;

  /// An error if what is about to be allocated here does not fit.
  virtual llvm::Error checkRoom(const MemoryNeed &need) = 0;
  /// 64-byte aligned memory, of any content.
  virtual llvm::Expected<uint64_t> allocate(uint64_t bytes) = 0;
  virtual void free(uint64_t address) = 0;
  /// Copies wait for the launches made before them.
  virtual llvm::Error copyIn(uint64_t address,
                             llvm::ArrayRef<uint8_t> bytes) = 0;
  virtual llvm::Error copyOut(uint64_t address,
                              llvm::MutableArrayRef<uint8_t> bytes) = 0;
  /// The address by which kernels reach this process's own memory; 0 if they do
  /// not.
  virtual uint64_t getAddressOf(const void *memory) = 0;

  /// An error where the code is not for this device.
  virtual llvm::Expected<std::shared_ptr<LoadedCode>>
  load(const Code &code, const Resources &resources) = 0;
  /// Fails where the code has no such entry, or memory is not to be had. Code
  /// and tensors outlive what is prepared.
  virtual llvm::Expected<std::unique_ptr<PreparedLaunch>>
  prepare(const LoadedCode &code, LaunchConfig config) = 0;
  /// Launches come to their ends in the order in which they are made.
  virtual llvm::Error launch(PreparedLaunch &launch,
                             const Progress &progress) = 0;
  /// Waits for all launches; an error may be that of any of them.
  virtual llvm::Error synchronize() = 0;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_DEVICE_H
