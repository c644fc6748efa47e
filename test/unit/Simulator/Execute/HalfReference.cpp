//===- HalfReference.cpp - narrow formats by their definition ------------===//

#include "HalfReference.h"
#include <algorithm>
#include <cfenv>
#include <cmath>

using namespace sluice;
using namespace sluice::sim;
using value::Rounding;

const Format sim::kF16(5, 10, true), sim::kBF16(8, 7, true),
    sim::kTF32(8, 10, true), sim::kE4M3(4, 3, false), sim::kE5M2(5, 2, true);

Format::Format(unsigned exponentBits, unsigned mantissaBits, bool hasInfinity)
    : exponentBits(exponentBits), mantissaBits(mantissaBits),
      hasInfinity(hasInfinity) {
  int bias = (1 << (exponentBits - 1)) - 1;
  for (uint64_t word = 0; word <= infinity(); ++word) {
    int exponent = static_cast<int>(word >> mantissaBits);
    double fraction =
        std::ldexp(static_cast<double>(word & ((1 << mantissaBits) - 1)),
                   -static_cast<int>(mantissaBits));
    values.push_back(exponent == 0 ? std::ldexp(fraction, 1 - bias)
                                   : std::ldexp(1 + fraction, exponent - bias));
  }
}

double Format::read(uint64_t word) const {
  double sign = word & this->sign() ? -1 : 1;
  if (isNaN(word))
    return NAN;
  word &= nan();
  return sign * (hasInfinity && word == infinity() ? INFINITY : values[word]);
}

uint64_t Format::round(double value, Rounding rounding, bool satfinite) const {
  if (std::isnan(value))
    return nan();
  bool isNegative = std::signbit(value);
  uint64_t signBit = isNegative ? sign() : 0, last = values.size() - 1;
  double magnitude = std::fabs(value);
  if (std::isinf(value))
    return signBit | (satfinite ? last - 1 : infinity());
  // The neighbours: below or equal, and above.
  auto above = std::upper_bound(values.begin(), values.end(), magnitude);
  uint64_t low = std::min<uint64_t>(above - values.begin() - 1, last);
  uint64_t word = low;
  if (low < last && values[low] != magnitude) {
    double toLow = magnitude - values[low],
           toHigh = values[low + 1] - magnitude;
    bool up = false;
    switch (rounding) {
    case Rounding::Nearest:
      up = toHigh < toLow || (toHigh == toLow && (low & 1));
      break;
    case Rounding::Away:
      up = toHigh <= toLow;
      break;
    case Rounding::Up:
      up = !isNegative;
      break;
    case Rounding::Down:
      up = isNegative;
      break;
    case Rounding::Zero:
      break;
    }
    word += up;
  }
  if (word == last) {
    bool staysFinite = rounding == Rounding::Zero ||
                       (rounding == Rounding::Up && isNegative) ||
                       (rounding == Rounding::Down && !isNegative);
    word = satfinite || staysFinite ? last - 1 : infinity();
  }
  return signBit | word;
}

uint64_t Format::saturate(uint64_t word) const {
  double value = read(word);
  if (!(value > 0))
    return 0;
  return value < 1 ? word : round(1, Rounding::Nearest);
}

double sim::fuseOdd(double a, double b, double c) {
  volatile double x = a, y = b, z = c;
  std::feclearexcept(FE_ALL_EXCEPT);
  std::fesetround(FE_TOWARDZERO);
  volatile double result = std::fma(x, y, z);
  bool isInexact = std::fetestexcept(FE_INEXACT);
  std::fesetround(FE_TONEAREST);
  // An exact zero's sign is that of rounding to nearest.
  if (result == 0 && !isInexact)
    return std::fma(x, y, z);
  uint64_t word = __builtin_bit_cast(uint64_t, static_cast<double>(result));
  return isInexact ? __builtin_bit_cast(double, word | 1)
                   : static_cast<double>(result);
}
