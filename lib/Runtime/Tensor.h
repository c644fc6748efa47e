//===- Tensor.h - Elements and owned tensors --------------------*- C++ -*-===//
//
// Reading elements of any float type as float64, rounding float64 to any of
// them, and tensors that own their bytes.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_TENSOR_H
#define SLUICE_LIB_RUNTIME_TENSOR_H

#include "lib/IO/SafeTensors.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace sluice::runtime {

/// Returns true for the types a recurrence computes on: f16, bf16, f32 and f64.
bool isComputeType(io::DType dtype);

/// A shape as it is printed: "[1,5,2,8]".
std::string toString(llvm::ArrayRef<int64_t> shape);

/// Converts exactly: every f16 and bf16 is a double.
double fromF16(uint16_t bits);
double fromBF16(uint16_t bits);

/// Rounds to nearest, ties to even, in one step (never through f32);
/// overflows to infinity, keeps subnormals and the sign of a NaN.
uint16_t toF16(double value);
uint16_t toBF16(double value);

/// Elements `first` … `first + out.size()` of a dense tensor of a compute
/// type, at any alignment.
void loadElements(io::DType dtype, const uint8_t *bytes, int64_t first,
                  llvm::MutableArrayRef<double> out);
inline void loadElements(const io::TensorView &view, int64_t first,
                         llvm::MutableArrayRef<double> out) {
  loadElements(view.dtype, view.bytes.data(), first, out);
}
double loadElement(const io::TensorView &view, int64_t index);

/// Stores rounded to `dtype` (as toF16) from element `first` on.
void storeElements(io::DType dtype, uint8_t *bytes, int64_t first,
                   llvm::ArrayRef<double> in);

/// A dense row-major tensor that owns its bytes, aligned to 64.
struct OwnedTensor {
  std::string name;
  io::DType dtype = io::DType::F32;
  llvm::SmallVector<int64_t, 4> shape;

  /// All elements zero. An error where the memory is not to be had.
  static llvm::Expected<OwnedTensor>
  create(llvm::StringRef name, io::DType dtype, llvm::ArrayRef<int64_t> shape);

  uint8_t *data() { return storage.get(); }
  const uint8_t *data() const { return storage.get(); }
  int64_t numBytes() const { return size; }
  io::TensorView view() const {
    return {dtype, shape, llvm::ArrayRef<uint8_t>(data(), size)};
  }
  double load(int64_t index) const { return loadElement(view(), index); }
  void store(int64_t first, llvm::ArrayRef<double> in) {
    storeElements(dtype, data(), first, in);
  }

private:
  struct Free {
    void operator()(uint8_t *bytes) const { std::free(bytes); }
  };
  std::unique_ptr<uint8_t, Free> storage;
  int64_t size = 0;
};

/// Copies all elements, rounded to the type of `to`. `change`, if given, is
/// applied to them before.
void copyElements(
    const OwnedTensor &from, OwnedTensor &to,
    llvm::function_ref<void(llvm::MutableArrayRef<double>)> change = nullptr);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_TENSOR_H
