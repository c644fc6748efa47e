//===- Buffers.cpp - arguments on the device ------------------------------===//

#include "lib/Simulator/Launch/Buffers.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
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

namespace {
class Binder {
public:
  explicit Binder(Device &device) : device(device) {}

  /// Takes the names in; buffers are made when all are known.
  void collect(ArrayRef<Argument> arguments);
  /// `inputs` is null only if there are no names.
  Error allocate(const io::TensorFile *inputs);
  /// What the argument is as a field, or as a parameter of its size.
  Expected<std::vector<uint8_t>> encode(const Argument &argument);
  /// The address of memory that holds them.
  Expected<std::vector<uint8_t>> copy(ArrayRef<uint8_t> bytes);
  /// Puts the fields into the buffer.
  Error fill(const Argument &buffer);

  std::vector<Buffer> buffers;

private:
  uint64_t getAddress(const Argument &argument) const {
    return buffers[indices.lookup(argument.tensor)].address;
  }

  Device &device;
  StringMap<size_t> indices;
  StringSet<> unwritten;
};
} // namespace

void Binder::collect(ArrayRef<Argument> arguments) {
  for (const Argument &argument : arguments) {
    if (!argument.tensor.empty()) {
      if (indices.try_emplace(argument.tensor, buffers.size()).second)
        buffers.emplace_back().name = argument.tensor;
      if (argument.startsUnwritten)
        unwritten.insert(argument.tensor);
    }
    collect(argument.fields);
  }
}

Error Binder::allocate(const io::TensorFile *inputs) {
  std::vector<NamedSize> needed;
  for (const Buffer &buffer : buffers)
    needed.push_back({"tensor " + quote(buffer.name),
                      inputs->find(buffer.name)->bytes.size()});
  if (Error error = device.checkRoom(needed))
    return createStringError(inconvertibleErrorCode(),
                             "--args: " + toString(std::move(error)));
  for (Buffer &buffer : buffers)
    if (Error error = fillBuffer(device, buffer, *inputs->find(buffer.name),
                                 unwritten.contains(buffer.name)))
      return createStringError(inconvertibleErrorCode(),
                               "tensor " + quote(buffer.name) + ": " +
                                   toString(std::move(error)));
  return Error::success();
}

Expected<std::vector<uint8_t>> Binder::copy(ArrayRef<uint8_t> bytes) {
  Expected<uint64_t> address = device.allocate(bytes.size());
  if (!address)
    return address.takeError();
  if (!bytes.empty())
    if (Error error = device.copyIn(*address, bytes))
      return std::move(error);
  return addressBytes(*address);
}

Expected<std::vector<uint8_t>> Binder::encode(const Argument &argument) {
  switch (argument.kind) {
  case Argument::Kind::Value:
    return argument.bytes;
  case Argument::Kind::Address:
    return addressBytes(getAddress(argument) + argument.offset);
  case Argument::Kind::TensorMap: {
    TensorMap map = argument.map;
    map.address += getAddress(argument);
    std::array<uint8_t, kTensorMapBytes> bytes = encodeTensorMap(map);
    return std::vector<uint8_t>(bytes.begin(), bytes.end());
  }
  case Argument::Kind::Copy: {
    Expected<std::vector<uint8_t>> bytes = encode(argument.fields.front());
    return bytes ? copy(*bytes) : std::move(bytes);
  }
  case Argument::Kind::Struct: {
    std::vector<uint8_t> bytes(argument.size);
    for (const Argument &field : argument.fields) {
      Expected<std::vector<uint8_t>> own = encode(field);
      if (!own)
        return own;
      llvm::copy(*own, bytes.begin() + field.place);
    }
    return bytes;
  }
  }
  llvm_unreachable("covered switch");
}

Error Binder::fill(const Argument &buffer) {
  for (const Argument &field : buffer.fields) {
    Expected<std::vector<uint8_t>> bytes = encode(field);
    if (!bytes)
      return bytes.takeError();
    if (bytes->empty())
      continue;
    if (Error error = device.copyIn(getAddress(buffer) + field.place, *bytes))
      return error;
  }
  return Error::success();
}

Expected<BoundArguments> sim::bindArguments(Device &device,
                                            ArrayRef<Argument> arguments,
                                            ArrayRef<Argument> buffers,
                                            const io::TensorFile *inputs,
                                            const ptx::Function &entry) {
  Binder binder(device);
  binder.collect(arguments);
  binder.collect(buffers);
  if (Error error = binder.allocate(inputs))
    return std::move(error);
  for (const Argument &buffer : buffers)
    if (Error error = binder.fill(buffer))
      return std::move(error);

  BoundArguments bound;
  for (auto [argument, parameter] : zip_equal(arguments, entry.parameters)) {
    Expected<std::vector<uint8_t>> bytes = binder.encode(argument);
    // The map itself, or the address of a copy in memory.
    if (bytes && argument.kind == Argument::Kind::TensorMap &&
        parameter->size != kTensorMapBytes)
      bytes = binder.copy(*bytes);
    if (!bytes)
      return bytes.takeError();
    bound.parameters.push_back(std::move(*bytes));
  }
  bound.buffers = std::move(binder.buffers);
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
