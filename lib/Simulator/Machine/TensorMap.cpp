//===- TensorMap.cpp - what a tensor copy is told of its tensor -----------===//

#include "lib/Simulator/Machine/TensorMap.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;
namespace endian = llvm::support::endian;

static constexpr TensorElement kLastElement = TensorElement::TF32Ftz;

/// "SluiceTM".
static constexpr uint64_t kMagic = 0x4d54'6563'6975'6c53;

/// Where things are among the 128 bytes: 8-byte numbers first.
static constexpr size_t kMagicAt = 0, kAddressAt = 8, kDimsAt = 16,
                        kStridesAt = kDimsAt + 8 * kMostTensorRank,
                        kBoxAt = kStridesAt + 8 * (kMostTensorRank - 1),
                        kRankAt = kBoxAt + 2 * kMostTensorRank,
                        kElementStridesAt = kRankAt + 5;
static_assert(kElementStridesAt + kMostTensorRank <= kTensorMapBytes);

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

StringRef sim::getName(TensorElement element) {
  switch (element) {
  case TensorElement::U8:
    return "u8";
  case TensorElement::U16:
    return "u16";
  case TensorElement::U32:
    return "u32";
  case TensorElement::S32:
    return "s32";
  case TensorElement::U64:
    return "u64";
  case TensorElement::S64:
    return "s64";
  case TensorElement::F16:
    return "f16";
  case TensorElement::F32:
    return "f32";
  case TensorElement::F32Ftz:
    return "f32.ftz";
  case TensorElement::F64:
    return "f64";
  case TensorElement::BF16:
    return "bf16";
  case TensorElement::TF32:
    return "tf32";
  case TensorElement::TF32Ftz:
    return "tf32.ftz";
  }
  llvm_unreachable("covered switch");
}

unsigned sim::getSize(TensorElement element) {
  switch (element) {
  case TensorElement::U8:
    return 1;
  case TensorElement::U16:
  case TensorElement::F16:
  case TensorElement::BF16:
    return 2;
  case TensorElement::U32:
  case TensorElement::S32:
  case TensorElement::F32:
  case TensorElement::F32Ftz:
  case TensorElement::TF32:
  case TensorElement::TF32Ftz:
    return 4;
  case TensorElement::U64:
  case TensorElement::S64:
  case TensorElement::F64:
    return 8;
  }
  llvm_unreachable("covered switch");
}

bool sim::isFloat(TensorElement element) {
  return element >= TensorElement::F16;
}

std::array<uint8_t, kTensorMapBytes>
sim::encodeTensorMap(const TensorMap &map) {
  assert(map.rank >= 1 && map.rank <= kMostTensorRank && "impossible rank");
  std::array<uint8_t, kTensorMapBytes> bytes{};
  endian::write64le(&bytes[kMagicAt], kMagic);
  endian::write64le(&bytes[kAddressAt], map.address);
  for (unsigned i = 0; i < kMostTensorRank; ++i) {
    endian::write64le(&bytes[kDimsAt + 8 * i], map.dims[i]);
    if (i > 0)
      endian::write64le(&bytes[kStridesAt + 8 * (i - 1)], map.strides[i]);
    // Saturated, so that what breaks a rule still does.
    endian::write16le(&bytes[kBoxAt + 2 * i], std::min(map.box[i], 0xffffu));
    bytes[kElementStridesAt + i] = std::min(map.elementStrides[i], 0xffu);
  }
  bytes[kRankAt] = map.rank;
  bytes[kRankAt + 1] = uint8_t(map.element);
  bytes[kRankAt + 2] = uint8_t(map.interleave);
  bytes[kRankAt + 3] = uint8_t(map.swizzle);
  bytes[kRankAt + 4] = uint8_t(map.fill);
  return bytes;
}

Expected<TensorMap> sim::decodeTensorMap(ArrayRef<uint8_t> bytes) {
  if (bytes.size() != kTensorMapBytes)
    return error("a tensor map has 128 bytes, found " + Twine(bytes.size()));
  if (endian::read64le(&bytes[kMagicAt]) != kMagic)
    return error("these bytes are not a tensor map");
  TensorMap map;
  map.address = endian::read64le(&bytes[kAddressAt]);
  map.rank = bytes[kRankAt];
  if (map.rank < 1 || map.rank > kMostTensorRank ||
      bytes[kRankAt + 1] > uint8_t(kLastElement) ||
      bytes[kRankAt + 2] > uint8_t(TensorInterleave::Bytes32) ||
      bytes[kRankAt + 3] > uint8_t(TensorSwizzle::Bytes128) ||
      bytes[kRankAt + 4] > uint8_t(TensorFill::NaN))
    return error("these bytes are no longer a tensor map: somebody has "
                 "written into them");
  map.element = TensorElement(bytes[kRankAt + 1]);
  map.interleave = TensorInterleave(bytes[kRankAt + 2]);
  map.swizzle = TensorSwizzle(bytes[kRankAt + 3]);
  map.fill = TensorFill(bytes[kRankAt + 4]);
  map.strides[0] = getSize(map.element);
  for (unsigned i = 0; i < kMostTensorRank; ++i) {
    map.dims[i] = endian::read64le(&bytes[kDimsAt + 8 * i]);
    if (i > 0)
      map.strides[i] = endian::read64le(&bytes[kStridesAt + 8 * (i - 1)]);
    map.box[i] = endian::read16le(&bytes[kBoxAt + 2 * i]);
    map.elementStrides[i] = bytes[kElementStridesAt + i];
  }
  return map;
}

/// Of dimension `i` alone.
static Error checkDimension(const TensorMap &map, unsigned i) {
  auto fail = [&](const Twine &rule, uint64_t found) {
    return error("dimension " + Twine(i) + ": " + rule + ", found " +
                 Twine(found));
  };
  if (map.dims[i] < 1 || map.dims[i] > uint64_t(1) << 32)
    return fail("the size is 1 to 2^32", map.dims[i]);
  if (map.box[i] < 1 || map.box[i] > 256)
    return fail("the box is 1 to 256", map.box[i]);
  if (map.elementStrides[i] < 1 || map.elementStrides[i] > 8)
    return fail("the element stride is 1 to 8", map.elementStrides[i]);
  if (i == 0)
    return Error::success();
  uint64_t unit = map.interleave == TensorInterleave::Bytes32 ? 32 : 16;
  if (map.strides[i] % unit)
    return fail("the stride is a multiple of " + Twine(unit) + " bytes",
                map.strides[i]);
  if (map.strides[i] >= uint64_t(1) << 40)
    return fail("the stride is below 2^40 bytes", map.strides[i]);
  return Error::success();
}

/// Of the box's innermost row.
static Error checkRow(const TensorMap &map) {
  // Interleaved layouts have their slices of 16 or 32 bytes as innermost.
  uint64_t bytes = uint64_t(map.box[0]) * getSize(map.element);
  if (map.interleave != TensorInterleave::None) {
    if (map.rank < 3)
      return error("an interleaved tensor has 3 dimensions or more, found " +
                   Twine(map.rank));
    if (map.interleave == TensorInterleave::Bytes32 &&
        map.swizzle != TensorSwizzle::Bytes32)
      return error("interleaving by 32 bytes goes with a swizzle of 32 bytes");
    return Error::success();
  }
  if (bytes % 16)
    return error("the box's innermost row is a multiple of 16 bytes, found " +
                 Twine(bytes));
  if (map.swizzle == TensorSwizzle::None)
    return Error::success();
  uint64_t span = uint64_t(16) << unsigned(map.swizzle);
  if (bytes > span)
    return error("the box's innermost row has at most the swizzle's " +
                 Twine(span) + " bytes, found " + Twine(bytes));
  return Error::success();
}

Error sim::checkTensorMap(const TensorMap &map) {
  if (map.rank < 1 || map.rank > kMostTensorRank)
    return error("a tensor map has 1 to 5 dimensions, found " +
                 Twine(map.rank));
  uint64_t unit = map.interleave == TensorInterleave::Bytes32 ? 32 : 16;
  if (map.address % unit)
    return error("the tensor's address is a multiple of " + Twine(unit) +
                 ", found 0x" + Twine::utohexstr(map.address));
  for (unsigned i = 0; i < map.rank; ++i)
    if (Error error = checkDimension(map, i))
      return error;
  if (Error error = checkRow(map))
    return error;
  if (map.fill == TensorFill::NaN && !isFloat(map.element))
    return error("NaN fills tensors of floating-point types, found " +
                 getName(map.element));
  return Error::success();
}

uint64_t sim::getTensorExtent(const TensorMap &map) {
  bool overflows = false;
  uint64_t end = getSize(map.element);
  for (unsigned i = 0; i < map.rank; ++i) {
    uint64_t stride = i == 0 ? getSize(map.element) : map.strides[i];
    bool here = false;
    end = SaturatingMultiplyAdd(map.dims[i] - 1, stride, end, &here);
    overflows |= here;
  }
  return overflows ? ~uint64_t(0) : end;
}
