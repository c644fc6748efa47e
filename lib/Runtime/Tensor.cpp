//===- Tensor.cpp - Elements and owned tensors ----------------------------===//

#include "lib/Runtime/Tensor.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <unistd.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using io::DType;

bool runtime::isComputeType(DType dtype) {
  return dtype == DType::F16 || dtype == DType::BF16 || dtype == DType::F32 ||
         dtype == DType::F64;
}

std::string runtime::toString(ArrayRef<int64_t> shape) {
  std::string text;
  raw_string_ostream os(text);
  os << '[';
  interleave(shape, os, ",");
  os << ']';
  return text;
}

//===----------------------------------------------------------------------===//
// One element
//===----------------------------------------------------------------------===//

/// An IEEE binary16 or bfloat16: a sign, `Exponent` bits, `Fraction` bits.
template <int Exponent, int Fraction> static uint16_t narrow(double value) {
  constexpr int kBias = (1 << (Exponent - 1)) - 1;
  constexpr uint64_t kInfinity = ((uint64_t{1} << Exponent) - 1) << Fraction;
  constexpr uint64_t kOne = uint64_t{1} << 52; // the implicit bit of a double
  uint64_t bits = std::bit_cast<uint64_t>(value);
  uint64_t sign = (bits >> 63) << (Exponent + Fraction);
  uint64_t magnitude = bits & ~(uint64_t{1} << 63);
  if (magnitude >
      std::bit_cast<uint64_t>(std::numeric_limits<double>::infinity())) // NaN
    return sign | kInfinity | (uint64_t{1} << (Fraction - 1)) |
           ((magnitude & (kOne - 1)) >> (52 - Fraction));

  int exponent = static_cast<int>(magnitude >> 52) - 1023;
  // A carry out of the fraction moves on to the exponent, and from the largest
  // finite number to infinity.
  uint64_t significand = magnitude & (kOne - 1);
  int shift = 52 - Fraction;
  if (exponent < 1 - kBias) { // subnormal in the narrow type
    shift += 1 - kBias - exponent;
    if (shift > 53) // less than half of the least number
      return sign;
    significand |= kOne;
  } else {
    significand |= static_cast<uint64_t>(exponent + kBias) << 52;
  }
  uint64_t half = uint64_t{1} << (shift - 1);
  uint64_t rounded =
      (significand + half - 1 + ((significand >> shift) & 1)) >> shift;
  return sign | std::min(rounded, kInfinity);
}

template <int Exponent, int Fraction> static double widen(uint16_t bits) {
  constexpr int kBias = (1 << (Exponent - 1)) - 1;
  constexpr int kSpecial = (1 << Exponent) - 1;
  uint64_t sign = static_cast<uint64_t>(bits >> (Exponent + Fraction)) << 63;
  int exponent = (bits >> Fraction) & kSpecial;
  uint64_t fraction = bits & ((1 << Fraction) - 1);
  if (exponent == 0) {
    double magnitude =
        std::ldexp(static_cast<double>(fraction), 1 - kBias - Fraction);
    return sign ? -magnitude : magnitude;
  }
  uint64_t wide = exponent == kSpecial ? 2047 : exponent - kBias + 1023;
  return std::bit_cast<double>(sign | (wide << 52) |
                               (fraction << (52 - Fraction)));
}

double runtime::fromF16(uint16_t bits) { return widen<5, 10>(bits); }
double runtime::fromBF16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}
uint16_t runtime::toF16(double value) { return narrow<5, 10>(value); }
uint16_t runtime::toBF16(double value) { return narrow<8, 7>(value); }

//===----------------------------------------------------------------------===//
// Many elements
//===----------------------------------------------------------------------===//

template <typename Stored, typename Convert>
static void loadAs(const uint8_t *bytes, MutableArrayRef<double> out,
                   Convert convert) {
  for (size_t i = 0, e = out.size(); i < e; ++i) {
    Stored stored;
    std::memcpy(&stored, bytes + i * sizeof(Stored), sizeof(Stored));
    out[i] = convert(stored);
  }
}

template <typename Stored, typename Convert>
static void storeAs(uint8_t *bytes, ArrayRef<double> in, Convert convert) {
  for (size_t i = 0, e = in.size(); i < e; ++i) {
    Stored stored = convert(in[i]);
    std::memcpy(bytes + i * sizeof(Stored), &stored, sizeof(Stored));
  }
}

void runtime::loadElements(DType dtype, const uint8_t *bytes, int64_t first,
                           MutableArrayRef<double> out) {
  if (out.empty())
    return;
  bytes += first * static_cast<int64_t>(io::byteWidth(dtype));
  switch (dtype) {
  case DType::F16:
    return loadAs<uint16_t>(bytes, out, fromF16);
  case DType::BF16:
    return loadAs<uint16_t>(bytes, out, fromBF16);
  case DType::F32:
    return loadAs<float>(bytes, out, [](float x) -> double { return x; });
  case DType::F64:
    return loadAs<double>(bytes, out, [](double x) { return x; });
  default:
    llvm_unreachable("bind() accepts compute types only");
  }
}

double runtime::loadElement(const io::TensorView &view, int64_t index) {
  double value;
  loadElements(view, index, value);
  return value;
}

void runtime::storeElements(DType dtype, uint8_t *bytes, int64_t first,
                            ArrayRef<double> in) {
  if (in.empty())
    return;
  bytes += first * static_cast<int64_t>(io::byteWidth(dtype));
  switch (dtype) {
  case DType::F16:
    return storeAs<uint16_t>(bytes, in, toF16);
  case DType::BF16:
    return storeAs<uint16_t>(bytes, in, toBF16);
  case DType::F32:
    return storeAs<float>(bytes, in,
                          [](double x) { return static_cast<float>(x); });
  case DType::F64:
    return storeAs<double>(bytes, in, [](double x) { return x; });
  default:
    llvm_unreachable("results have compute types only");
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// What the machine has, so that a tensor nobody can hold is an error here and
/// not the end of the process at its first touch.
static uint64_t physicalBytes() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

Expected<OwnedTensor> OwnedTensor::create(StringRef name, DType dtype,
                                          ArrayRef<int64_t> shape) {
  constexpr size_t kAlignment = 64;
  std::optional<int64_t> bytes = io::tensorBytes(shape, dtype);
  OwnedTensor tensor;
  if (bytes && static_cast<uint64_t>(*bytes) <= physicalBytes()) {
    size_t rounded = (*bytes / kAlignment + 1) * kAlignment;
    tensor.storage.reset(
        static_cast<uint8_t *>(std::aligned_alloc(kAlignment, rounded)));
  }
  if (!tensor.storage) {
    std::string message;
    raw_string_ostream os(message);
    os << "tensor " << quote(name) << " of shape [";
    interleave(shape, os, ",");
    os << "] and type " << io::dtypeName(dtype) << " does not fit into memory";
    return createStringError(errc::not_enough_memory, message);
  }
  std::memset(tensor.storage.get(), 0, *bytes);
  tensor.name = name;
  tensor.dtype = dtype;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.size = *bytes;
  return tensor;
}

void runtime::copyElements(const OwnedTensor &from, OwnedTensor &to,
                           function_ref<void(MutableArrayRef<double>)> change) {
  std::vector<double> elements(1024);
  int64_t count = from.view().numElements();
  for (int64_t first = 0; first < count; first += elements.size()) {
    MutableArrayRef<double> part(
        elements.data(), std::min<int64_t>(elements.size(), count - first));
    loadElements(from.view(), first, part);
    if (change)
      change(part);
    to.store(first, part);
  }
}
