//===- GridLaunch.cpp - A launch as a GPU takes it ------------------------===//

#include "lib/Runtime/GPU/GridLaunch.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

void ParameterBuffer::addBytes(ArrayRef<uint8_t> parameter) {
  bytes.resize(alignTo(bytes.size(), parameter.size()));
  places.push_back({bytes.size(), parameter.size()});
  append_range(bytes, parameter);
}

static Error fail(const KernelLaunch &kernel, const Twine &message) {
  return createStringError(inconvertibleErrorCode(),
                           "kernel " + quote(kernel.entry) + ": " + message);
}

/// CUDA C++ Programming Guide, technical specifications per compute capability.
static Error fillGrid(const LaunchConfig &config,
                      std::array<uint32_t, 3> &grid) {
  constexpr std::array<int64_t, 3> kMost = {0x7fffffff, 65535, 65535};
  for (auto [axis, size] : enumerate(config.grid)) {
    if (size < 0 || size > kMost[axis])
      return fail(*config.kernel,
                  StringRef("xyz").substr(axis, 1) + " of its grid, " +
                      quote(config.kernel->grid[axis].str()) + ", is " +
                      Twine(size) + ", expected 0 to " + Twine(kMost[axis]));
    grid[axis] = static_cast<uint32_t>(size);
  }
  return Error::success();
}

/// Strides of a dense tensor, in elements, but for the innermost, which is 1.
static void addTensor(ParameterBuffer &parameters, const DeviceTensor &tensor) {
  parameters.add(tensor.isPresent ? tensor.address : uint64_t(0));
  SmallVector<int64_t, 4> strides;
  int64_t stride = 1;
  for (int64_t size : reverse(ArrayRef(tensor.shape).drop_front()))
    strides.push_back(stride *= size);
  for (int64_t stride : reverse(strides))
    parameters.add(stride);
}

Expected<GridLaunch> runtime::makeGridLaunch(const LaunchConfig &config) {
  using Kind = KernelArgument::Kind;
  GridLaunch launch;
  if (Error error = fillGrid(config, launch.grid))
    return std::move(error);
  for (auto [argument, tensor, size] :
       zip_equal(config.kernel->arguments, config.tensors, config.sizes)) {
    switch (argument.kind) {
    case Kind::Tensor:
      // Nothing says how many strides such a one has.
      if (argument.tensor.space == TensorRef::Space::None)
        return fail(*config.kernel, "a tensor argument names no tensor");
      addTensor(launch.parameters, tensor);
      break;
    case Kind::Scale:
      launch.parameters.add(static_cast<float>(config.scale));
      break;
    case Kind::Size:
      launch.parameters.add(size);
      break;
    case Kind::Sequences:
      launch.parameters.add(config.tokenOffsets);
      break;
    case Kind::Present:
    case Kind::Scratch:
    case Kind::Task:
      llvm_unreachable("an artifact's kernels are checked when it is loaded");
    }
  }
  return launch;
}
