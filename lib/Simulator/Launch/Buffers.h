//===- Buffers.h - arguments on the device ----------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_BUFFERS_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_BUFFERS_H

#include "lib/Simulator/Launch/Argument.h"
#include "lib/Simulator/Machine/Device.h"

namespace sluice::sim {

/// A tensor of the inputs that an argument or --buffers names, in the device's
/// memory.
struct Buffer {
  std::string name;
  io::DType dtype;
  llvm::SmallVector<int64_t, 4> shape;
  uint64_t address = 0, size = 0;
};

struct BoundArguments {
  /// One for each name, in the order in which they are first named.
  std::vector<Buffer> buffers;
  /// As LaunchOptions::arguments.
  std::vector<std::vector<uint8_t>> parameters;
};

/// Allocates a buffer for every name, fills it with the tensor unless some
/// argument says out:, puts into it what `buffers` have as fields, and makes
/// the bytes of the parameters. The arguments were checked with `entry`.
llvm::Expected<BoundArguments> bindArguments(Device &device,
                                             llvm::ArrayRef<Argument> arguments,
                                             llvm::ArrayRef<Argument> buffers,
                                             const io::TensorFile *inputs,
                                             const ptx::Function &entry);

/// Writes all buffers as they are now, wide types first.
llvm::Error writeBuffers(Device &device, llvm::ArrayRef<Buffer> buffers,
                         llvm::StringRef path);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_BUFFERS_H
