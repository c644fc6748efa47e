//===- Float.h - rounding that no host decides ------------------*- C++ -*-===//
//
// Modes other than to nearest come from exact arithmetic in a wider format,
// rounded to odd: such a value carries every later rounding correctly if it has
// at least two bits more than the target (Boldo and Melquiond, "Emulation of
// FMA and correctly rounded sums", 2008). The host's rounding mode stays as it
// is, and no result depends on the host having an FMA.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_FLOAT_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_FLOAT_H

#include "lib/Simulator/Execute/Simd/Lanes.h"

namespace sluice::sim::SLUICE_SIMD {

inline constexpr u32 kSign32 = 0x80000000;
inline constexpr u64 kSign64 = u64{1} << 63;
inline constexpr u32 kInfinity32 = 0x7f800000;
inline constexpr u64 kInfinity64 = u64{0x7ff} << 52;
/// What the hardware gives for every f32 NaN; the ISA leaves it open (9.7.3).
inline constexpr u32 kNaN32 = 0x7fffffff;
/// Of an invalid operation on f64.
inline constexpr u64 kNaN64 = u64{0xfff8} << 48;
/// Of a conversion to f64.
inline constexpr u64 kCanonicalNaN64 = ~u64{0} >> 1;

SLUICE_INLINE u32 bits(float value) { return bitCast<u32>(value); }
SLUICE_INLINE u64 bits(double value) { return bitCast<u64>(value); }
SLUICE_INLINE float asFloat(u32 word) { return bitCast<float>(word); }
SLUICE_INLINE double asDouble(u64 word) { return bitCast<double>(word); }

SLUICE_INLINE bool isNaN(u32 word) { return (word & ~kSign32) > kInfinity32; }
SLUICE_INLINE bool isNaN(u64 word) { return (word & ~kSign64) > kInfinity64; }

SLUICE_INLINE u32 canonical(u32 word) { return isNaN(word) ? kNaN32 : word; }
SLUICE_INLINE u32 canonical(float value) {
  return value != value ? kNaN32 : bits(value);
}
/// Subnormals to zeros of their sign.
SLUICE_INLINE u32 flush(u32 word) {
  return (word & kInfinity32) == 0 ? word & kSign32 : word;
}
SLUICE_INLINE float flush(float value) { return asFloat(flush(bits(value))); }
/// .sat: [0, 1]; NaN is +0, and so is -0.
SLUICE_INLINE u32 saturate(u32 word) {
  float value = asFloat(word);
  return value > 0 ? value < 1 ? word : 0x3f800000 : 0;
}

/// What an f32 instruction does to what it computed.
SLUICE_INLINE u32 finish(u32 word, bool ftz, bool sat) {
  word = canonical(word);
  word = ftz ? flush(word) : word;
  return sat ? saturate(word) : word;
}

/// Payloads of f64 NaNs go through (9.7.3): of the first operand that is one,
/// made quiet. The ISA does not say which.
SLUICE_INLINE u64 quiet(u64 word) { return word | u64{1} << 51; }
SLUICE_INLINE u64 propagate(u64 result, u64 a) {
  return isNaN(a) ? quiet(a) : isNaN(result) ? kNaN64 : result;
}
SLUICE_INLINE u64 propagate(u64 result, u64 a, u64 b) {
  return isNaN(a)        ? quiet(a)
         : isNaN(b)      ? quiet(b)
         : isNaN(result) ? kNaN64
                         : result;
}
SLUICE_INLINE u64 propagate(u64 result, u64 a, u64 b, u64 c) {
  return isNaN(a) ? quiet(a) : propagate(result, b, c);
}

//===----------------------------------------------------------------------===//
// Rounding to odd
//===----------------------------------------------------------------------===//

/// `rounded` is to nearest, `error` has the sign of what was lost (exact minus
/// rounded), and may be NaN where `rounded` is not finite.
SLUICE_INLINE double makeOdd(double rounded, double error) {
  u64 word = bits(rounded);
  bool isInexact = (error < 0) | (error > 0);
  bool isFinite = (word & kInfinity64) != kInfinity64;
  // Down in magnitude if it was rounded up, then to odd.
  bool wasUp = (error < 0) != (word >> 63 != 0);
  u64 odd = (word - (wasUp ? 1 : 0)) | 1;
  return asDouble(isInexact && isFinite ? odd : word);
}

/// a + b, by Knuth's TwoSum.
SLUICE_INLINE double addOdd(double a, double b) {
  double sum = a + b;
  double partOfB = sum - a;
  double error = (a - (sum - partOfB)) + (b - partOfB);
  return makeOdd(sum, error);
}

/// The sign of `target` - a·b, where a·b is near `target`: Dekker's product.
SLUICE_INLINE double getResidual(double target, double a, double b) {
  double product = a * b;
  constexpr double kSplit = 134217729; // 2^27 + 1
  double aTop = a * kSplit, bTop = b * kSplit;
  double aHigh = aTop - (aTop - a), bHigh = bTop - (bTop - b);
  double aLow = a - aHigh, bLow = b - bHigh;
  double error =
      ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
  return (target - product) - error;
}

/// Quotients and roots of values that are f32: far from the ends of f64.
SLUICE_INLINE double divideOdd(double a, double b) {
  double quotient = a / b;
  double residual = getResidual(a, quotient, b);
  bool isInfinite = (bits(b) & kInfinity64) == kInfinity64;
  return makeOdd(quotient, isInfinite ? 0 : b < 0 ? -residual : residual);
}
SLUICE_INLINE double sqrtOdd(double a) {
  double root = __builtin_elementwise_sqrt(a);
  return makeOdd(root, getResidual(a, root, root));
}

/// The f32 beside or at `value`, odd where that is inexact. NaN stays NaN.
SLUICE_INLINE u32 toFloatOdd(double value) {
  float nearest = static_cast<float>(value);
  u32 word = bits(nearest);
  double back = nearest;
  bool isInexact = (back < value) | (back > value);
  bool wasUp =
      __builtin_elementwise_abs(back) > __builtin_elementwise_abs(value);
  u32 odd = (word - (wasUp ? 1 : 0)) | 1;
  return isInexact ? odd : word;
}

/// Rounds in a directed mode what is exact or odd in f64.
SLUICE_INLINE u32 toFloat(double value, Rounding rounding) {
  float nearest = static_cast<float>(value);
  u32 word = bits(nearest);
  double back = nearest;
  bool isNegative = word >> 31;
  bool isAbove = back > value, isBelow = back < value;
  // One step towards or away from zero changes the magnitude by one.
  u32 down = isNegative ? word + 1 : word - 1;
  u32 up = isNegative ? word - 1 : word + 1;
  bool goesDown =
      rounding == Rounding::Down || (rounding == Rounding::Zero && !isNegative);
  bool goesUp =
      rounding == Rounding::Up || (rounding == Rounding::Zero && isNegative);
  word = goesDown && isAbove ? down : word;
  return goesUp && isBelow ? up : word;
}

/// The sign of an exact sum of zero: - only if both are, or rounding down
/// unless both are + (IEEE 754, 6.3).
SLUICE_INLINE double fixZero(double sum, double a, double b,
                             Rounding rounding) {
  bool bothPositive = ((bits(a) | bits(b)) & kSign64) == 0;
  bool isNegative = rounding == Rounding::Down && !bothPositive;
  return sum == 0 && isNegative ? -0.0 : sum;
}

/// a·b + c, correctly rounded to nearest, of f32.
SLUICE_INLINE float fmaNearest(float a, float b, float c) {
#if defined(__FMA__)
  return __builtin_elementwise_fma(a, b, c);
#else
  // The product of two f32 is exact.
  return static_cast<float>(addOdd(double{a} * b, c));
#endif
}

//===----------------------------------------------------------------------===//
// Narrow formats
//===----------------------------------------------------------------------===//

struct F16 {
  static constexpr unsigned kMantissa = 10, kExponent = 5;
  static constexpr u32 kNaN = 0x7fff, kMost = 0x7bff, kInfinity = 0x7c00;
  static constexpr u32 kOne = 0x3c00, kSign = 0x8000;
};
struct BF16 {
  static constexpr unsigned kMantissa = 7, kExponent = 8;
  static constexpr u32 kNaN = 0x7fff, kMost = 0x7f7f, kInfinity = 0x7f80;
  static constexpr u32 kOne = 0x3f80, kSign = 0x8000;
};
/// The upper 19 bits of a word.
struct TF32 {
  static constexpr unsigned kMantissa = 10, kExponent = 8;
  static constexpr u32 kNaN = 0x3ffff, kMost = 0x3fbff, kInfinity = 0x3fc00;
  static constexpr u32 kOne = 0x1fc00, kSign = 0x40000;
};
/// No infinity; a NaN of each sign (OCP 8-bit floating point specification).
struct E4M3 {
  static constexpr unsigned kMantissa = 3, kExponent = 4;
  static constexpr u32 kNaN = 0x7f, kMost = 0x7e, kInfinity = 0x7f;
  static constexpr u32 kOne = 0x38, kSign = 0x80;
};
struct E5M2 {
  static constexpr unsigned kMantissa = 2, kExponent = 5;
  static constexpr u32 kNaN = 0x7f, kMost = 0x7b, kInfinity = 0x7c;
  static constexpr u32 kOne = 0x3c, kSign = 0x80;
};

/// No infinity and no NaN: what is one becomes the largest number (OCP
/// Microscaling formats specification; PTX ISA 9.0, 9.7.9.21, .satfinite).
struct E2M1 {
  static constexpr unsigned kMantissa = 1, kExponent = 2;
  static constexpr u32 kNaN = 0x7, kMost = 0x7, kInfinity = 0x7;
  static constexpr u32 kOne = 0x2, kSign = 0x8;
};
struct E2M3 {
  static constexpr unsigned kMantissa = 3, kExponent = 2;
  static constexpr u32 kNaN = 0x1f, kMost = 0x1f, kInfinity = 0x1f;
  static constexpr u32 kOne = 0x8, kSign = 0x20;
};
struct E3M2 {
  static constexpr unsigned kMantissa = 2, kExponent = 3;
  static constexpr u32 kNaN = 0x1f, kMost = 0x1f, kInfinity = 0x1f;
  static constexpr u32 kOne = 0xc, kSign = 0x20;
};
template <typename Format>
inline constexpr bool isFinite =
    isSame<Format, E2M1> || isSame<Format, E2M3> || isSame<Format, E3M2>;

/// What overflows in `rounding`: infinity, or the largest finite number.
template <typename Format>
SLUICE_INLINE u32 getOverflow(bool isNegative, Rounding rounding) {
  bool stays = rounding == Rounding::Zero ||
               (rounding == Rounding::Down && !isNegative) ||
               (rounding == Rounding::Up && isNegative);
  return stays ? Format::kMost : Format::kInfinity;
}

/// An f32's significand, of which a format keeps the upper part, `kept`, and
/// loses `rest`, `shift` bits; its exponent is then `target`.
struct Split {
  u32 kept, rest, shift;
  s32 target;
  /// How much smaller `rest` would be than it looks: of numbers that are far
  /// below all of the format's.
  s32 beyond;
};
template <typename Format> SLUICE_INLINE Split split(u32 magnitude) {
  constexpr s32 kBias = (1 << (Format::kExponent - 1)) - 1;
  s32 exponent = static_cast<s32>(magnitude >> 23);
  u32 significand = (magnitude & 0x7fffff) | (exponent ? 0x800000 : 0);
  exponent = exponent ? exponent : 1;
  s32 target = exponent - 127 + kBias;
  // Below the least normal number the unit in the last place stays.
  s32 missing = target < 1 ? 1 - target : 0;
  constexpr s32 kMostMissing = 30 - s32{23 - Format::kMantissa};
  s32 beyond = missing < kMostMissing ? 0 : missing - kMostMissing;
  missing = missing < kMostMissing ? missing : kMostMissing;
  target = target < 1 ? 1 : target;
  u32 shift = 23 - Format::kMantissa + static_cast<u32>(missing);
  return {significand >> shift, significand & ((1u << shift) - 1), shift,
          target, beyond};
}
template <typename Format>
SLUICE_INLINE u32 assemble(u32 word, const Split &parts, bool up, u32 overflow,
                           bool satfinite) {
  u32 magnitude = word & ~kSign32;
  bool isNegative = word >> 31, isInfinite = magnitude == kInfinity32;
  u32 result = (static_cast<u32>(parts.target - 1) << Format::kMantissa) +
               parts.kept + up;
  result = result > Format::kMost ? overflow : result;
  result = isInfinite && !satfinite ? Format::kInfinity : result;
  result |= isNegative ? Format::kSign : 0;
  return magnitude > kInfinity32 ? Format::kNaN : result;
}

/// f32 to a format with fewer bits; subnormals are kept. `word` may be odd for
/// a value that f32 does not hold.
template <typename Format>
SLUICE_INLINE u32 narrow(u32 word, Rounding rounding, bool satfinite = false) {
  bool isNegative = word >> 31;
  Split parts = split<Format>(word & ~kSign32);
  u32 rest = parts.rest, half = 1u << (parts.shift - 1);
  bool nearest = (rest > half) | ((rest == half) & (parts.kept & 1));
  bool up = rounding == Rounding::Nearest ? nearest
            : rounding == Rounding::Away  ? rest >= half
            : rounding == Rounding::Down  ? isNegative & (rest != 0)
            : rounding == Rounding::Up    ? !isNegative & (rest != 0)
                                          : false;
  u32 overflow =
      satfinite ? Format::kMost : getOverflow<Format>(isNegative, rounding);
  return assemble<Format>(word, parts, up, overflow, satfinite);
}

/// The same by .rs: up if `random`, `count` bits, and the bits that are lost
/// carry when added. Their highest bits stand at one place.
template <typename Format, unsigned count>
SLUICE_INLINE u32 narrowRandomly(u32 word, u32 random, bool satfinite) {
  Split parts = split<Format>(word & ~kSign32);
  u32 rest = parts.rest >> (parts.beyond < 31 ? parts.beyond : 31);
  u32 aligned = parts.shift >= count ? random << (parts.shift - count)
                                     : random >> (count - parts.shift);
  bool up = (rest + aligned) >> parts.shift;
  u32 overflow = satfinite ? Format::kMost : Format::kInfinity;
  return assemble<Format>(word, parts, up, overflow, satfinite);
}

/// Converts to f32, exactly. A NaN's payload moves up (f16, bf16).
template <typename Format> SLUICE_INLINE u32 widen(u32 word) {
  constexpr unsigned kShift = 23 - Format::kMantissa;
  constexpr u32 kMagnitude = Format::kSign - 1;
  u32 sign = (word & Format::kSign) ? kSign32 : 0;
  if constexpr (Format::kExponent == 8)
    return (word & (kMagnitude | Format::kSign)) << kShift;
  // The same bits are a smaller number, by the difference of the biases.
  constexpr u32 kBias = (1u << (Format::kExponent - 1)) - 1;
  float scale = asFloat((127 + 127 - kBias) << 23);
  u32 magnitude = word & kMagnitude;
  u32 result = bits(asFloat(magnitude << kShift) * scale);
  bool isSpecial = isSame<Format, E4M3> ? magnitude == Format::kNaN
                                        : magnitude >= Format::kInfinity;
  isSpecial &= !isFinite<Format>;
  result = isSpecial ? kInfinity32 | magnitude << kShift : result;
  return result | sign;
}

/// Into the target's `.sat` and `.relu`.
template <typename Format> SLUICE_INLINE bool isNaNOf(u32 word) {
  u32 magnitude = word & (Format::kSign - 1);
  return isSame<Format, E4M3> ? magnitude == Format::kNaN
                              : magnitude > Format::kInfinity;
}
template <typename Format> SLUICE_INLINE u32 saturateTo(u32 word) {
  bool isNegative = word & Format::kSign;
  bool isZero = isNegative | isNaNOf<Format>(word);
  u32 magnitude = word & (Format::kSign - 1);
  u32 most = magnitude < Format::kOne ? magnitude : Format::kOne;
  return isZero ? 0 : most;
}
template <typename Format> SLUICE_INLINE u32 reluTo(u32 word) {
  word = word & Format::kSign ? 0 : word;
  return isNaNOf<Format>(word) ? Format::kNaN : word;
}
template <typename Format> SLUICE_INLINE u32 flushTo(u32 word) {
  u32 exponent = Format::kSign - (1u << Format::kMantissa);
  return (word & exponent) == 0 ? word & Format::kSign : word;
}

//===----------------------------------------------------------------------===//
// Integers in floating-point formats
//===----------------------------------------------------------------------===//

/// Rounds to an integer of the same format: 2^(p-1) makes a unit of the last
/// place.
template <typename T>
SLUICE_INLINE T roundToIntegral(T value, Rounding rounding) {
  constexpr T kUnit = sizeof(T) == 4 ? T(8388608) : T(4503599627370496);
  T magnitude = __builtin_elementwise_abs(value);
  T nearest = (magnitude + kUnit) - kUnit;
  bool isNegative = value < 0;
  bool goesUp = (rounding == Rounding::Up && !isNegative) ||
                (rounding == Rounding::Down && isNegative);
  bool isNearest = rounding == Rounding::Nearest;
  T down = nearest > magnitude ? nearest - 1 : nearest;
  T up = nearest < magnitude ? nearest + 1 : nearest;
  T result = isNearest ? nearest : goesUp ? up : down;
  // Large numbers are integers, and NaN is no smaller than anything.
  return magnitude < kUnit ? __builtin_elementwise_copysign(result, value)
                           : value;
}

} // namespace sluice::sim::SLUICE_SIMD

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_FLOAT_H
