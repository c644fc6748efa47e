//===- MatrixTestSupport.cpp - the ISA's tables, written out --------------===//

#include "MatrixTestSupport.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>

using namespace sluice;
using namespace sluice::test;
using ptx::Type;

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
