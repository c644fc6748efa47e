//===- TileMemory.h - Memory of interpreted kernels -------------*- C++ -*-===//
//
// Tensors of a problem and of its results, and shared memory of a CTA.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_TILEMEMORY_H
#define SLUICE_LIB_REFERENCE_TILEMEMORY_H

#include "lib/Runtime/Tensor.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace sluice::reference {

/// Dense memory that a kernel sees. Places count elements, and lie inside.
class TileMemory {
public:
  TileMemory(std::string name, llvm::ArrayRef<int64_t> shape)
      : name(std::move(name)), shape(shape) {}
  virtual ~TileMemory() = default;

  /// What errors call it.
  llvm::StringRef getName() const { return name; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  virtual bool isPresent() const { return true; }
  /// Errors say what is wrong with the memory there, as a predicate.
  virtual llvm::Expected<float> load(int64_t place) = 0;
  virtual llvm::Error store(int64_t place, float number) = 0;

private:
  std::string name;
  llvm::SmallVector<int64_t, 4> shape;
};

/// A tensor of the problem; one without data is not present.
class InputMemory : public TileMemory {
public:
  InputMemory(std::string name, const io::TensorView &view)
      : TileMemory(std::move(name), view.shape), view(view) {}

  bool isPresent() const override {
    return view.bytes.data() != nullptr || !view.shape.empty();
  }
  llvm::Expected<float> load(int64_t place) override;
  llvm::Error store(int64_t place, float number) override;

private:
  io::TensorView view;
};

/// A tensor of the results.
class ResultMemory : public TileMemory {
public:
  ResultMemory(std::string name, runtime::OwnedTensor &tensor)
      : TileMemory(std::move(name), tensor.shape), tensor(tensor) {}

  llvm::Expected<float> load(int64_t place) override;
  llvm::Error store(int64_t place, float number) override;

private:
  runtime::OwnedTensor &tensor;
};

/// All shared memory of a CTA. Every byte knows which buffer was stored there
/// last, and only that may load it.
class SharedMemory {
public:
  /// The writer of what an asynchronous copy has not brought yet.
  static constexpr unsigned kInFlight = ~0U;

  explicit SharedMemory(int64_t size) : bytes(size), writers(size, 0) {}

  /// The number of a buffer that nobody has written.
  unsigned makeBuffer() { return ++buffers; }

private:
  friend class SharedBuffer;
  std::vector<uint8_t> bytes;
  std::vector<unsigned> writers;
  unsigned buffers = 0;
};

/// What one execution of tile.shared gives.
class SharedBuffer : public TileMemory,
                     public std::enable_shared_from_this<SharedBuffer> {
public:
  SharedBuffer(std::string name, llvm::ArrayRef<int64_t> shape,
               SharedMemory &memory, int64_t offset, io::DType dtype)
      : TileMemory(std::move(name), shape), memory(memory),
        number(memory.makeBuffer()), offset(offset), dtype(dtype) {}

  llvm::Expected<float> load(int64_t place) override;
  llvm::Error store(int64_t place, float number) override;

  /// A copy is on its way from here to arrive().
  llvm::Error expect(int64_t place);
  void arrive(int64_t place, float number);
  /// What has been stored at a place of the first axis is lost.
  void forget(int64_t row);

private:
  llvm::MutableArrayRef<unsigned> getWriters(int64_t place);
  bool isInFlight(int64_t place);

  SharedMemory &memory;
  unsigned number;
  int64_t offset;
  io::DType dtype;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_TILEMEMORY_H
