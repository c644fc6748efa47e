//===- MatrixTestSupport.cpp - the ISA's tables, written out --------------===//

#include "MatrixTestSupport.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>

using namespace sluice;
using namespace sluice::test;
using ptx::Type;

//===----------------------------------------------------------------------===//
// Fragments, in the words of sections 9.7.14.5.2 to .10
//===----------------------------------------------------------------------===//

static unsigned groupID(unsigned lane) { return lane >> 2; }
static unsigned threadInGroup(unsigned lane) { return lane % 4; }

/// "row = groupID for ci where i < 2, groupID + 8 for ci where i >= 2; col =
/// (threadID_in_group * 2) + (i & 0x1)".
static Place accumulator(unsigned lane, unsigned i) {
  return {i < 2 ? groupID(lane) : groupID(lane) + 8,
          threadInGroup(lane) * 2 + (i & 1)};
}

// .m8n8k4 with .f64.
static Place a884(unsigned lane, unsigned i) { return {lane >> 2, lane % 4}; }
static Place b884(unsigned lane, unsigned i) { return {lane % 4, lane >> 2}; }

// .m8n8k16 with .s8.
static Place a8816(unsigned lane, unsigned i) {
  return {groupID(lane), threadInGroup(lane) * 4 + i};
}
static Place b8816(unsigned lane, unsigned i) {
  return {threadInGroup(lane) * 4 + i, groupID(lane)};
}

// .m16n8k4 with .tf32 and .f64.
static Place a1684(unsigned lane, unsigned i) {
  return {i == 0 ? groupID(lane) : groupID(lane) + 8, threadInGroup(lane)};
}
static Place b1684(unsigned lane, unsigned i) {
  return {threadInGroup(lane), groupID(lane)};
}

// .m16n8k8 with .f16 and .bf16.
static Place a1688Half(unsigned lane, unsigned i) {
  return {i < 2 ? groupID(lane) : groupID(lane) + 8,
          threadInGroup(lane) * 2 + (i & 1)};
}
static Place b1688Half(unsigned lane, unsigned i) {
  return {threadInGroup(lane) * 2 + i, groupID(lane)};
}

// .m16n8k8 with .tf32 and .f64.
static Place a1688(unsigned lane, unsigned i) {
  return {i == 0 || i == 2 ? groupID(lane) : groupID(lane) + 8,
          i < 2 ? threadInGroup(lane) : threadInGroup(lane) + 4};
}
static Place b1688(unsigned lane, unsigned i) {
  return {i == 0 ? threadInGroup(lane) : threadInGroup(lane) + 4,
          groupID(lane)};
}

// .m16n8k16 with .f16 and .bf16.
static Place a16816Half(unsigned lane, unsigned i) {
  return {i < 2 || (4 <= i && i < 6) ? groupID(lane) : groupID(lane) + 8,
          i < 4 ? threadInGroup(lane) * 2 + (i & 1)
                : threadInGroup(lane) * 2 + (i & 1) + 8};
}
static Place b16816Half(unsigned lane, unsigned i) {
  return {i < 2 ? threadInGroup(lane) * 2 + (i & 1)
                : threadInGroup(lane) * 2 + (i & 1) + 8,
          groupID(lane)};
}

// .m16n8k16 with .f64.
static Place a16816Double(unsigned lane, unsigned i) {
  return {i % 2 == 0 ? groupID(lane) : groupID(lane) + 8,
          i % 2 == 0 ? i * 2 + threadInGroup(lane)
                     : i * 2 - 2 + threadInGroup(lane)};
}
static Place b16816Double(unsigned lane, unsigned i) {
  return {threadInGroup(lane) + i * 4, groupID(lane)};
}

// .m16n8k16 with .s8, .e4m3, ….
static Place a16816Byte(unsigned lane, unsigned i) {
  return {i < 4 ? groupID(lane) : groupID(lane) + 8,
          threadInGroup(lane) * 4 + (i & 3)};
}
static Place b16816Byte(unsigned lane, unsigned i) {
  return {threadInGroup(lane) * 4 + i, groupID(lane)};
}

// .m16n8k32 with .s8, .e4m3, ….
static Place a16832Byte(unsigned lane, unsigned i) {
  return {i < 4 || (8 <= i && i < 12) ? groupID(lane) : groupID(lane) + 8,
          i < 8 ? threadInGroup(lane) * 4 + (i & 3)
                : threadInGroup(lane) * 4 + (i & 3) + 16};
}
static Place b16832Byte(unsigned lane, unsigned i) {
  return {i < 4 ? threadInGroup(lane) * 4 + (i & 3)
                : threadInGroup(lane) * 4 + (i & 3) + 16,
          groupID(lane)};
}

const std::vector<DocumentedMma> &test::getDocumentedMmas() {
  static const std::vector<DocumentedMma> all = {
      {"m8n8k4.f64", 8, 8, 4, 64, a884, b884, accumulator},
      {"m16n8k4.f64", 16, 8, 4, 64, a1684, b1684, accumulator},
      {"m16n8k8.f64", 16, 8, 8, 64, a1688, b1688, accumulator},
      {"m16n8k16.f64", 16, 8, 16, 64, a16816Double, b16816Double, accumulator},
      {"m16n8k4.tf32", 16, 8, 4, 32, a1684, b1684, accumulator},
      {"m16n8k8.tf32", 16, 8, 8, 32, a1688, b1688, accumulator},
      {"m16n8k8.f16", 16, 8, 8, 16, a1688Half, b1688Half, accumulator},
      {"m16n8k16.f16", 16, 8, 16, 16, a16816Half, b16816Half, accumulator},
      {"m8n8k16.s8", 8, 8, 16, 8, a8816, b8816, accumulator},
      {"m16n8k16.s8", 16, 8, 16, 8, a16816Byte, b16816Byte, accumulator},
      {"m16n8k32.s8", 16, 8, 32, 8, a16832Byte, b16832Byte, accumulator},
  };
  return all;
}

const DocumentedMma &test::getDocumentedMma(unsigned m, unsigned k,
                                            unsigned bits) {
  for (const DocumentedMma &mma : getDocumentedMmas())
    if (mma.m == m && mma.k == k && mma.bits == bits)
      return mma;
  llvm_unreachable("a documented mma");
}

Place test::getWgmmaPlaceD(unsigned lane, unsigned i) {
  return {lane / 4 + 8 * (i / 2 % 2), 8 * (i / 4) + lane % 4 * 2 + i % 2};
}

Place test::getWgmmaPlaceA(unsigned bits, unsigned lane, unsigned i) {
  if (bits == 32)
    return {lane / 4 + 8 * (i % 2), lane % 4 + 4 * (i / 2)};
  if (bits == 16)
    return {lane / 4 + 8 * (i / 2 % 2), lane % 4 * 2 + i % 2 + 8 * (i / 4)};
  return {lane / 4 + 8 * (i / 4 % 2), lane % 4 * 4 + i % 4 + 16 * (i / 8)};
}

//===----------------------------------------------------------------------===//
// Formats
//===----------------------------------------------------------------------===//

namespace {
struct Format {
  unsigned exponentBits, mantissaBits;
  /// All ones in the exponent is infinity and NaN, as in IEEE 754.
  bool hasInfinity;
};
} // namespace

static Format getFormat(Type type) {
  switch (type) {
  case Type::F16:
    return {5, 10, true};
  case Type::BF16:
    return {8, 7, true};
  case Type::E4M3:
    return {4, 3, false};
  case Type::E5M2:
    return {5, 2, true};
  default:
    return {8, 23, true};
  }
}

static bool isFloat(Type type) {
  return type != Type::S8 && type != Type::U8 && type != Type::S32;
}

double test::decode(Type type, uint32_t bits) {
  if (type == Type::S8)
    return static_cast<int8_t>(bits);
  if (type == Type::U8)
    return static_cast<uint8_t>(bits);
  if (type == Type::S32)
    return static_cast<int32_t>(bits);
  if (type == Type::TF32)
    bits &= 0xffffe000u;
  Format format = getFormat(type);
  unsigned most = (1u << format.exponentBits) - 1;
  int bias = static_cast<int>(most / 2);
  unsigned mantissa = bits & ((1u << format.mantissaBits) - 1);
  unsigned exponent = bits >> format.mantissaBits & most;
  bool isNegative = bits >> (format.mantissaBits + format.exponentBits) & 1;
  double value;
  if (format.hasInfinity && exponent == most)
    value = mantissa ? NAN : INFINITY;
  else if (!format.hasInfinity && exponent == most && mantissa == 7)
    value = NAN;
  else if (exponent == 0)
    value = std::ldexp(mantissa, 1 - bias - int(format.mantissaBits));
  else
    value = std::ldexp(mantissa + (1u << format.mantissaBits),
                       int(exponent) - bias - int(format.mantissaBits));
  return isNegative ? -value : value;
}

bool test::isFinite(Type type, uint32_t bits) {
  return std::isfinite(decode(type, bits));
}

uint32_t test::drawBits(Type type, std::mt19937 &random, bool isSmall) {
  unsigned width = ptx::getBitWidth(type);
  uint32_t mask = width == 32 ? ~0u : (1u << width) - 1;
  while (true) {
    uint32_t bits = random() & mask;
    if (!isFloat(type))
      return bits;
    double value = decode(type, bits);
    if (!std::isfinite(value))
      continue;
    if (!isSmall || (std::abs(value) < 16 && std::abs(value) > 1e-3))
      return bits;
  }
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Reference test::multiply(const BitMatrix &a, const BitMatrix &b,
                         const BitMatrix &c) {
  Reference result;
  for (unsigned row = 0; row < a.rows; ++row)
    for (unsigned column = 0; column < b.columns; ++column) {
      double sum = c.value(row, column), magnitude = std::abs(sum);
      for (unsigned k = 0; k < a.columns; ++k) {
        double product = a.value(row, k) * b.value(k, column);
        sum += product;
        magnitude += std::abs(product);
      }
      result.sum.push_back(sum);
      result.magnitude.push_back(magnitude);
    }
  return result;
}

void test::setElement(std::vector<uint32_t> &rows, unsigned first,
                      unsigned bits, unsigned lane, unsigned i,
                      uint32_t value) {
  unsigned perRegister = 32 / bits;
  uint32_t &word = rows[(first + i / perRegister) * 32 + lane];
  unsigned shift = i % perRegister * bits;
  uint32_t mask = bits == 32 ? ~0u : (1u << bits) - 1;
  word = (word & ~(mask << shift)) | (value & mask) << shift;
}

uint32_t test::getElement(const std::vector<uint32_t> &rows, unsigned first,
                          unsigned bits, unsigned lane, unsigned i) {
  unsigned perRegister = 32 / bits;
  uint32_t word = rows[(first + i / perRegister) * 32 + lane];
  uint32_t mask = bits == 32 ? ~0u : (1u << bits) - 1;
  return word >> (i % perRegister * bits) & mask;
}
