//===- Special.cpp - loops of approximate functions -----------------------===//
//
// PTX ISA 9.0, section 9.7.3. The ISA gives an error and what happens at the
// ends, not the bits; these are computed in f64 and rounded once, so that they
// are as good as f32 gets. No libm: its functions differ from host to host.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Float.h"

namespace sluice::sim::SLUICE_SIMD {

SLUICE_INLINE bool hasFlag(const Operation &operation, u32 flag) {
  return operation.detail[0] & flag;
}

/// 1.5 · 2^52: adding it leaves the nearest integer in the low bits.
static constexpr double kInteger = 6755399441055744.0;

/// 2^x to about 2^-50, for |x| ≤ 500; NaN stays.
SLUICE_INLINE double exp2(double x) {
  x = x > 500 ? 500 : x < -500 ? -500 : x;
  double shifted = x + kInteger;
  double whole = shifted - kInteger;
  double y = (x - whole) * 0.69314718055994530942;
  // exp(y), |y| ≤ ln(2)/2: the term after the last is below 2^-57.
  double sum = 1.0 / 6227020800;
  sum = sum * y + 1.0 / 479001600;
  sum = sum * y + 1.0 / 39916800;
  sum = sum * y + 1.0 / 3628800;
  sum = sum * y + 1.0 / 362880;
  sum = sum * y + 1.0 / 40320;
  sum = sum * y + 1.0 / 5040;
  sum = sum * y + 1.0 / 720;
  sum = sum * y + 1.0 / 120;
  sum = sum * y + 1.0 / 24;
  sum = sum * y + 1.0 / 6;
  sum = sum * y + 0.5;
  sum = sum * y + 1;
  sum = sum * y + 1;
  u64 exponent = bits(shifted) - bits(kInteger) + 1023;
  return sum * asDouble(exponent << 52);
}

/// log2(x) of a positive normal f64.
SLUICE_INLINE double log2(double x) {
  u64 word = bits(x);
  // m in [√½, √2), x = m · 2^e.
  u64 offset = word - 0x3fe6a09e667f3bcd;
  s64 exponent = static_cast<s64>(offset) >> 52;
  double m = asDouble(word - (static_cast<u64>(exponent) << 52));
  double s = (m - 1) / (m + 1), t = s * s;
  // ln(m) = 2 atanh(s), |s| < 0.1716.
  double sum = 1.0 / 21;
  sum = sum * t + 1.0 / 19;
  sum = sum * t + 1.0 / 17;
  sum = sum * t + 1.0 / 15;
  sum = sum * t + 1.0 / 13;
  sum = sum * t + 1.0 / 11;
  sum = sum * t + 1.0 / 9;
  sum = sum * t + 1.0 / 7;
  sum = sum * t + 1.0 / 5;
  sum = sum * t + 1.0 / 3;
  sum = sum * t + 1;
  return static_cast<double>(exponent) +
         2 * s * sum * 1.4426950408889634074; // 1 / ln(2)
}

/// sin(x + quarters · π/2). Beyond 2^50 the ISA promises nothing; the result
/// still is a sine.
SLUICE_INLINE double sine(double x, u64 quarters) {
  double u = x * 0.15915494309189533577; // turns
  u = 4 * (u - roundToIntegral(u, Rounding::Nearest));
  double shifted = u + kInteger;
  u64 quadrant = bits(shifted) - bits(kInteger) + quarters;
  double r = (u - (shifted - kInteger)) * 1.5707963267948966192;
  double t = r * r;
  double sin = -1.0 / 1307674368000;
  sin = sin * t + 1.0 / 6227020800;
  sin = sin * t - 1.0 / 39916800;
  sin = sin * t + 1.0 / 362880;
  sin = sin * t - 1.0 / 5040;
  sin = sin * t + 1.0 / 120;
  sin = sin * t - 1.0 / 6;
  sin = sin * t * r + r;
  double cos = 1.0 / 20922789888000;
  cos = cos * t - 1.0 / 87178291200;
  cos = cos * t + 1.0 / 479001600;
  cos = cos * t - 1.0 / 3628800;
  cos = cos * t + 1.0 / 40320;
  cos = cos * t - 1.0 / 720;
  cos = cos * t + 1.0 / 24;
  cos = cos * t - 0.5;
  cos = cos * t + 1;
  double result = quadrant & 1 ? cos : sin;
  return quadrant & 2 ? -result : result;
}

SLUICE_INLINE double tanh(double x) {
  double magnitude = __builtin_elementwise_abs(x);
  // 1 - 2 / (e^2x + 1) loses bits of small x, the series those of large ones.
  double t = x * x;
  double small = magnitude * (1 + t * (t * (2.0 / 15) - 1.0 / 3));
  double large = 1 - 2 / (exp2(magnitude * 2.8853900817779268147) + 1);
  double result = magnitude < 0.03125 ? small : large;
  return __builtin_elementwise_copysign(result, x);
}

//===----------------------------------------------------------------------===//
// f32
//===----------------------------------------------------------------------===//

struct Ex2 {
  SLUICE_INLINE static double apply(double x) { return exp2(x); }
};
struct Lg2 {
  /// -inf of both zeros, NaN of negative numbers (9.7.3.20).
  SLUICE_INLINE static double apply(double x) {
    double infinity = asDouble(kInfinity64);
    bool isOrdinary = x > 0 && x < infinity;
    double result = log2(isOrdinary ? x : 1);
    double atTheEnds = x == 0 ? -infinity : x > 0 ? x : asDouble(kNaN64);
    return isOrdinary ? result : atTheEnds;
  }
};
struct Sin {
  /// -0 stays -0.
  SLUICE_INLINE static double apply(double x) {
    return x == 0 ? x : sine(x, 0);
  }
};
struct Cos {
  SLUICE_INLINE static double apply(double x) { return sine(x, 1); }
};
struct Tanh {
  SLUICE_INLINE static double apply(double x) { return tanh(x); }
};
struct RcpApprox {
  SLUICE_INLINE static double apply(double x) { return 1 / x; }
};
struct SqrtApprox {
  SLUICE_INLINE static double apply(double x) {
    return __builtin_elementwise_sqrt(x);
  }
};
struct Rsqrt {
  SLUICE_INLINE static double apply(double x) {
    return 1 / __builtin_elementwise_sqrt(x);
  }
};

template <typename Op>
SLUICE_INLINE void approximate(u32 *rows, const Operation &operation,
                               Mask active) {
  bool ftz = hasFlag(operation, value::Ftz);
  map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {
    double x = asFloat(ftz ? flush(a) : a);
    return finish(bits(static_cast<float>(Op::apply(x))), ftz, false);
  });
}
SLUICE_HANDLER(Ex2F32) { approximate<Ex2>(rows, operation, active); }
SLUICE_HANDLER(Lg2F32) { approximate<Lg2>(rows, operation, active); }
SLUICE_HANDLER(SinF32) { approximate<Sin>(rows, operation, active); }
SLUICE_HANDLER(CosF32) { approximate<Cos>(rows, operation, active); }
SLUICE_HANDLER(TanhF32) { approximate<Tanh>(rows, operation, active); }
SLUICE_HANDLER(RcpApproxF32) {
  approximate<RcpApprox>(rows, operation, active);
}
SLUICE_HANDLER(SqrtApproxF32) {
  approximate<SqrtApprox>(rows, operation, active);
}
SLUICE_HANDLER(RsqrtF32) { approximate<Rsqrt>(rows, operation, active); }

/// For 2^126 < |b| < 2^128 div.approx gives 0, or NaN if a is infinite: it
/// multiplies by a reciprocal that was flushed (9.7.3.8). div.full does not.
template <bool isFull>
SLUICE_INLINE void divide(u32 *rows, const Operation &operation, Mask active) {
  bool ftz = hasFlag(operation, value::Ftz);
  map2<u32, u32, u32>(rows, operation, active, [=](u32 a, u32 b) -> u32 {
    a = ftz ? flush(a) : a;
    b = ftz ? flush(b) : b;
    u32 result = bits(asFloat(a) / asFloat(b));
    u32 magnitude = b & ~kSign32;
    bool isLarge = magnitude > 0x7e800000 && magnitude < kInfinity32;
    u32 ofLarge = (a & ~kSign32) < kInfinity32 ? (a ^ b) & kSign32 : kNaN32;
    result = isLarge && !isFull ? ofLarge : result;
    return finish(result, ftz, false);
  });
}
SLUICE_HANDLER(DivApproxF32) { divide<false>(rows, operation, active); }
SLUICE_HANDLER(DivFullF32) { divide<true>(rows, operation, active); }

//===----------------------------------------------------------------------===//
// f64
//===----------------------------------------------------------------------===//

SLUICE_INLINE u64 flush64(u64 word) {
  return (word & kInfinity64) == 0 ? word & kSign64 : word;
}
/// The upper word only; NaN is canonical (9.7.3.15, 9.7.3.19).
SLUICE_INLINE u64 getGross(double value, bool ftz) {
  u64 word = bits(value);
  word = ftz ? flush64(word) : word;
  return value != value ? kCanonicalNaN64 & ~u64{0xffffffff}
                        : word & ~u64{0xffffffff};
}
SLUICE_MAP1(RcpApproxF64, u64, u64, getGross(1 / asDouble(flush64(a)), true))
SLUICE_HANDLER(RsqrtF64) {
  bool ftz = hasFlag(operation, value::Ftz);
  map1<u64, u64>(rows, operation, active, [=](u64 a) -> u64 {
    double root = __builtin_elementwise_sqrt(asDouble(ftz ? flush64(a) : a));
    double result = 1 / root;
    // Only .ftz is the gross approximation.
    return ftz ? getGross(result, true) : propagate(bits(result), a);
  });
}

//===----------------------------------------------------------------------===//
// f16 and bf16
//===----------------------------------------------------------------------===//

template <typename Op, typename Format>
SLUICE_INLINE u32 approximateHalf(u32 half, bool ftz) {
  u32 word = widen<Format>(ftz ? flushTo<Format>(half) : half);
  u32 result = toFloatOdd(Op::apply(asFloat(word)));
  u32 rounded = narrow<Format>(result, Rounding::Nearest);
  return ftz ? flushTo<Format>(rounded) : rounded;
}
template <typename Op, typename Format>
SLUICE_INLINE void approximateHalves(u32 *rows, const Operation &operation,
                                     Mask active) {
  bool ftz = hasFlag(operation, value::Ftz);
  map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {
    return approximateHalf<Op, Format>(a & 0xffff, ftz) |
           approximateHalf<Op, Format>(a >> 16, ftz) << 16;
  });
}
SLUICE_HANDLER(Ex2F16) { approximateHalves<Ex2, F16>(rows, operation, active); }
SLUICE_HANDLER(Ex2BF16) {
  approximateHalves<Ex2, BF16>(rows, operation, active);
}
SLUICE_HANDLER(TanhF16) {
  approximateHalves<Tanh, F16>(rows, operation, active);
}
SLUICE_HANDLER(TanhBF16) {
  approximateHalves<Tanh, BF16>(rows, operation, active);
}

} // namespace sluice::sim::SLUICE_SIMD
