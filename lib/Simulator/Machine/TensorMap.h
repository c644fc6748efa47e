//===- TensorMap.h - what a tensor copy is told of its tensor ---*- C++ -*-===//
//
// The 128 bytes that cuTensorMapEncodeTiled makes are opaque; these are ours.
// Rules: CUDA driver API, cuTensorMapEncodeTiled; PTX ISA 9.0, section 5.5
// (tensors) and tensormap.replace.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_TENSORMAP_H
#define SLUICE_LIB_SIMULATOR_MACHINE_TENSORMAP_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <array>
#include <cstdint>

namespace sluice::sim {

/// Numbers as tensormap.replace has them, here and below.
enum class TensorElement : uint8_t {
  U8,
  U16,
  U32,
  S32,
  U64,
  S64,
  F16,
  F32,
  F32Ftz,
  F64,
  BF16,
  TF32,
  TF32Ftz,
};
/// "u8", "f32.ftz".
llvm::StringRef getName(TensorElement element);
/// Bytes.
unsigned getSize(TensorElement element);
bool isFloat(TensorElement element);

enum class TensorInterleave : uint8_t { None, Bytes16, Bytes32 };
enum class TensorSwizzle : uint8_t { None, Bytes32, Bytes64, Bytes128 };
/// What reads outside of the tensor give.
enum class TensorFill : uint8_t { Zero, NaN };

inline constexpr unsigned kMostTensorRank = 5;
inline constexpr size_t kTensorMapBytes = 128, kTensorMapAlignment = 64;

/// A tensor and a box of it, the innermost dimension first.
struct TensorMap {
  uint64_t address = 0;
  unsigned rank = 1;
  /// Elements.
  std::array<uint64_t, kMostTensorRank> dims{};
  /// Bytes from one element of dimension i to the next. strides[0] is the
  /// element's size, whatever is in here.
  std::array<uint64_t, kMostTensorRank> strides{};
  /// Elements that one copy covers, and how far apart they lie.
  std::array<uint32_t, kMostTensorRank> box{};
  std::array<uint32_t, kMostTensorRank> elementStrides{1, 1, 1, 1, 1};
  TensorElement element = TensorElement::U8;
  TensorInterleave interleave = TensorInterleave::None;
  TensorSwizzle swizzle = TensorSwizzle::None;
  TensorFill fill = TensorFill::Zero;
};

/// `map` need not keep the rules, only the rank must be 1 to 5: an address may
/// be missing that tensormap.replace puts in later.
std::array<uint8_t, kTensorMapBytes> encodeTensorMap(const TensorMap &map);

/// Error: these are not bytes that encodeTensorMap made. The map need not keep
/// the rules.
llvm::Expected<TensorMap> decodeTensorMap(llvm::ArrayRef<uint8_t> bytes);

/// The rules that the driver checks; an error names the rule and what was
/// found.
llvm::Error checkTensorMap(const TensorMap &map);

/// Bytes from the address to the end of the last element, or ~0 if 64 bits do
/// not hold it. No size may be 0.
uint64_t getTensorExtent(const TensorMap &map);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_TENSORMAP_H
