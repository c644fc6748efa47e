//===- Buffers.cpp - arguments on the device ------------------------------===//

#include "lib/Simulator/Launch/Buffers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

static Error fillBuffer(Device &device, Buffer &buffer,
                        const io::TensorView &view, bool startsUnwritten) {
  buffer.dtype = view.dtype;
  buffer.shape = view.shape;
  buffer.size = view.bytes.size();
  Expected<uint64_t> address = device.allocate(buffer.size);
  if (!address)
    return address.takeError();
  buffer.address = *address;
  if (startsUnwritten || view.bytes.empty())
    return Error::success();
  return device.copyIn(buffer.address, view.bytes);
}

static std::vector<uint8_t> addressBytes(uint64_t address) {
  std::vector<uint8_t> bytes(8);
  support::endian::write64le(bytes.data(), address);
  return bytes;
}

/// The map itself, or the address of a copy in memory.
static Expected<std::vector<uint8_t>>
makeTensorMap(Device &device, TensorMap map, uint64_t buffer,
              const ptx::Variable &parameter) {
  map.address += buffer;
  std::array<uint8_t, kTensorMapBytes> bytes = encodeTensorMap(map);
  if (parameter.size == kTensorMapBytes)
    return std::vector<uint8_t>(bytes.begin(), bytes.end());
  Expected<uint64_t> address = device.allocate(bytes.size());
  if (!address)
    return address.takeError();
  if (Error error = device.copyIn(*address, bytes))
    return std::move(error);
  return addressBytes(*address);
}

Expected<BoundArguments> sim::bindArguments(Device &device,
                                            ArrayRef<Argument> arguments,
                                            const io::TensorFile *inputs,
                                            const ptx::Function &entry) {
  BoundArguments bound;
  StringMap<size_t> indices;
  for (const Argument &argument : arguments) {
    if (argument.kind == Argument::Kind::Value ||
        !indices.try_emplace(argument.tensor, bound.buffers.size()).second)
      continue;
    bool startsUnwritten = any_of(arguments, [&](const Argument &other) {
      return other.startsUnwritten && other.tensor == argument.tensor;
    });
    Buffer &buffer = bound.buffers.emplace_back();
    buffer.name = argument.tensor;
    if (Error error = fillBuffer(device, buffer, *inputs->find(buffer.name),
                                 startsUnwritten))
      return createStringError(inconvertibleErrorCode(),
                               "tensor '" + buffer.name +
                                   "': " + toString(std::move(error)));
  }

  for (const auto &[i, argument] : enumerate(arguments)) {
    if (argument.kind == Argument::Kind::Value) {
      bound.parameters.push_back(argument.bytes);
      continue;
    }
    uint64_t address = bound.buffers[indices.lookup(argument.tensor)].address;
    if (argument.kind == Argument::Kind::Address) {
      bound.parameters.push_back(addressBytes(address + argument.offset));
      continue;
    }
    Expected<std::vector<uint8_t>> bytes =
        makeTensorMap(device, argument.map, address, *entry.parameters[i]);
    if (!bytes)
      return bytes.takeError();
    bound.parameters.push_back(std::move(*bytes));
  }
  return std::move(bound);
}

Error sim::writeBuffers(Device &device, ArrayRef<Buffer> buffers,
                        StringRef path) {
  std::vector<std::vector<uint8_t>> contents;
  std::vector<io::NamedTensor> tensors;
  contents.reserve(buffers.size());
  for (const Buffer &buffer : buffers) {
    std::vector<uint8_t> &bytes = contents.emplace_back(buffer.size);
    if (!bytes.empty())
      if (Error error = device.copyOut(buffer.address, bytes))
        return error;
    tensors.push_back({buffer.name, {buffer.dtype, buffer.shape, bytes}});
  }
  // So that every tensor of the file is aligned.
  std::vector<io::NamedTensor> sorted;
  for (unsigned width : {8, 4, 2, 1})
    copy_if(tensors, std::back_inserter(sorted),
            [&](const io::NamedTensor &tensor) {
              return io::byteWidth(tensor.view.dtype) == width;
            });
  return io::writeTensorFile(path, sorted);
}
