//===- Float64.cpp - loops of f64 arithmetic ------------------------------===//
//
// PTX ISA 9.0, section 9.7.3. To nearest the host's own; the other modes, which
// few programs use, in integers.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Float.h"

namespace sluice::sim::SLUICE_SIMD {

//===----------------------------------------------------------------------===//
// Arithmetic in integers
//===----------------------------------------------------------------------===//

namespace {

/// ±significand · 2^exponent.
struct Parts {
  bool isNegative;
  s32 exponent;
  u128 significand;
};

} // namespace

static bool isInfinite(u64 word) { return (word & ~kSign64) == kInfinity64; }
static bool isZero(u64 word) { return (word & ~kSign64) == 0; }

static Parts takeApart(u64 word) {
  s32 exponent = static_cast<s32>(word >> 52 & 0x7ff);
  u64 fraction = word & ((u64{1} << 52) - 1);
  if (exponent == 0)
    return {word >> 63 != 0, -1074, fraction};
  return {word >> 63 != 0, exponent - 1075, fraction | u64{1} << 52};
}

static s32 getTopBit(u128 value) {
  u64 high = static_cast<u64>(value >> 64);
  return high ? 127 - __builtin_clzll(high)
              : 63 - __builtin_clzll(static_cast<u64>(value));
}

/// Rounds; the significand's last bit may stand for anything below it ("jam").
static u64 roundParts(Parts parts, Rounding rounding) {
  if (parts.significand == 0)
    return parts.isNegative ? kSign64 : 0;
  s32 top = parts.exponent + getTopBit(parts.significand);
  s32 last = top - 52 > -1074 ? top - 52 : -1074;
  s32 shift = last - parts.exponent;
  u128 kept = 0, rest = 0, half = 1;
  if (shift <= 0) {
    kept = parts.significand << -shift;
  } else if (shift < 127) {
    kept = parts.significand >> shift;
    rest = parts.significand & ((u128{1} << shift) - 1);
    half = u128{1} << (shift - 1);
  } else {
    rest = 1;
    half = 2;
  }
  bool up = false;
  switch (rounding) {
  case Rounding::Nearest:
    up = rest > half || (rest == half && (kept & 1));
    break;
  case Rounding::Down:
    up = parts.isNegative && rest != 0;
    break;
  case Rounding::Up:
    up = !parts.isNegative && rest != 0;
    break;
  default:
    break;
  }
  u64 result = static_cast<u64>(kept) + up;
  if (top - 52 >= -1074) // normal: the leading bit adds one to the exponent
    result += static_cast<u64>(top + 1022) << 52;
  if (top > 1023 || result >= kInfinity64) {
    bool stays = rounding == Rounding::Zero ||
                 (rounding == Rounding::Down && !parts.isNegative) ||
                 (rounding == Rounding::Up && parts.isNegative);
    result = stays ? kInfinity64 - 1 : kInfinity64;
  }
  return result | (parts.isNegative ? kSign64 : 0);
}

/// The leading bit at bit 125, below which sums have room.
static Parts normalize(Parts parts) {
  s32 shift = 125 - getTopBit(parts.significand);
  return {parts.isNegative, parts.exponent - shift, parts.significand << shift};
}

/// Exact a + b, the last bit jammed.
static Parts addParts(Parts a, Parts b, Rounding rounding) {
  if (a.significand == 0 && b.significand == 0) {
    bool isNegative = a.isNegative == b.isNegative ? a.isNegative
                                                   : rounding == Rounding::Down;
    return {isNegative, 0, 0};
  }
  if (a.significand == 0)
    return b;
  if (b.significand == 0)
    return a;
  a = normalize(a);
  b = normalize(b);
  if (a.exponent < b.exponent ||
      (a.exponent == b.exponent && a.significand < b.significand)) {
    Parts other = a;
    a = b;
    b = other;
  }
  s32 distance = a.exponent - b.exponent;
  u128 small = 1;
  if (distance < 127) {
    small = b.significand >> distance;
    small |= (b.significand & ((u128{1} << distance) - 1)) != 0;
  }
  if (a.isNegative == b.isNegative)
    return {a.isNegative, a.exponent, a.significand + small};
  u128 difference = a.significand - small;
  bool isNegative = difference ? a.isNegative : rounding == Rounding::Down;
  return {isNegative, a.exponent, difference};
}

/// a·b + c. NaNs are the caller's.
[[gnu::noinline]] static u64 softFma(u64 a, u64 b, u64 c, Rounding rounding) {
  bool isNegative = (a ^ b) >> 63;
  if (isInfinite(a) || isInfinite(b)) {
    u64 product = kInfinity64 | (isNegative ? kSign64 : 0);
    bool isInvalid = isZero(a) || isZero(b) || (isInfinite(c) && c != product);
    return isInvalid ? kNaN64 : product;
  }
  if (isInfinite(c))
    return c;
  Parts x = takeApart(a), y = takeApart(b);
  Parts product = {isNegative, x.exponent + y.exponent,
                   x.significand * y.significand};
  return roundParts(addParts(product, takeApart(c), rounding), rounding);
}

[[gnu::noinline]] static u64 softAdd(u64 a, u64 b, Rounding rounding) {
  return softFma(a, bits(1.0), b, rounding);
}

[[gnu::noinline]] static u64 softMul(u64 a, u64 b, Rounding rounding) {
  // Adding a zero of the product's sign changes nothing.
  return softFma(a, b, (a ^ b) & kSign64, rounding);
}

[[gnu::noinline]] static u64 softDiv(u64 a, u64 b, Rounding rounding) {
  u64 sign = (a ^ b) & kSign64;
  if (isInfinite(a) || isZero(b))
    return isInfinite(b) || isZero(a) ? kNaN64 : kInfinity64 | sign;
  if (isInfinite(b) || isZero(a))
    return sign;
  Parts x = takeApart(a), y = takeApart(b);
  // At least 126 - 53 - 1 bits of quotient.
  x = normalize(x);
  u128 quotient = x.significand / y.significand;
  bool isInexact = x.significand % y.significand != 0;
  return roundParts(
      {sign != 0, x.exponent - y.exponent - 1, quotient << 1 | isInexact},
      rounding);
}

[[gnu::noinline]] static u64 softSqrt(u64 a, Rounding rounding) {
  if (isZero(a) || a == kInfinity64)
    return a;
  if (a >> 63)
    return kNaN64;
  Parts x = normalize(takeApart(a));
  if (x.exponent & 1) {
    x.significand >>= 1; // bits below are zero
    ++x.exponent;
  }
  // Digit by digit: the root of 126 bits has 63.
  u128 root = 0, rest = x.significand;
  for (u128 bit = u128{1} << 126; bit; bit >>= 2) {
    bool takes = rest >= root + bit;
    rest -= takes ? root + bit : 0;
    root = (root >> 1) + (takes ? bit : 0);
  }
  return roundParts({false, x.exponent / 2 - 1, root << 1 | (rest != 0)},
                    rounding);
}

//===----------------------------------------------------------------------===//
// Handlers
//===----------------------------------------------------------------------===//

SLUICE_INLINE Rounding getRounding(const Operation &operation) {
  return static_cast<Rounding>(operation.detail[1]);
}

SLUICE_INLINE u64 fmaNearest64(double a, double b, double c) {
#if defined(__FMA__)
  return bits(__builtin_elementwise_fma(a, b, c));
#else
  return softFma(bits(a), bits(b), bits(c), Rounding::Nearest);
#endif
}

SLUICE_MAP2(AddF64, u64, double, double,
            propagate(bits(a + b), bits(a), bits(b)))
SLUICE_MAP2(SubF64, u64, double, double,
            propagate(bits(a - b), bits(a), bits(b)))
SLUICE_MAP2(MulF64, u64, double, double,
            propagate(bits(a *b), bits(a), bits(b)))
SLUICE_MAP2(DivF64, u64, double, double,
            propagate(bits(a / b), bits(a), bits(b)))
SLUICE_MAP3(FmaF64, u64, double, double, double,
            propagate(fmaNearest64(a, b, c), bits(a), bits(b), bits(c)))
SLUICE_MAP1(RcpF64, u64, double, propagate(bits(1 / a), bits(a)))
SLUICE_MAP1(SqrtF64, u64, double,
            propagate(bits(__builtin_elementwise_sqrt(a)), bits(a)))

#define SLUICE_ROUNDED1(Name, ...)                                             \
  SLUICE_HANDLER(Name##F64Rounded) {                                           \
    Rounding rounding = getRounding(operation);                                \
    map1<u64, u64>(rows, operation, active, [=](u64 a) -> u64 {                \
      return isNaN(a) ? quiet(a) : __VA_ARGS__;                                \
    });                                                                        \
  }
#define SLUICE_ROUNDED2(Name, ...)                                             \
  SLUICE_HANDLER(Name##F64Rounded) {                                           \
    Rounding rounding = getRounding(operation);                                \
    map2<u64, u64, u64>(rows, operation, active, [=](u64 a, u64 b) -> u64 {    \
      return isNaN(a) || isNaN(b) ? propagate(0, a, b) : __VA_ARGS__;          \
    });                                                                        \
  }
SLUICE_ROUNDED2(Add, softAdd(a, b, rounding))
SLUICE_ROUNDED2(Sub, softAdd(a, b ^ kSign64, rounding))
SLUICE_ROUNDED2(Mul, softMul(a, b, rounding))
SLUICE_ROUNDED2(Div, softDiv(a, b, rounding))
SLUICE_ROUNDED1(Rcp, softDiv(bits(1.0), a, rounding))
SLUICE_ROUNDED1(Sqrt, softSqrt(a, rounding))
SLUICE_HANDLER(FmaF64Rounded) {
  Rounding rounding = getRounding(operation);
  map3<u64, u64, u64, u64>(
      rows, operation, active, [=](u64 a, u64 b, u64 c) -> u64 {
        return isNaN(a) || isNaN(b) || isNaN(c) ? propagate(0, a, b, c)
                                                : softFma(a, b, c, rounding);
      });
}

SLUICE_MAP1(NegF64, u64, u64, a ^ kSign64)
SLUICE_MAP1(AbsF64, u64, u64, a & ~kSign64)
SLUICE_MAP2(CopysignF64, u64, u64, u64, (b & ~kSign64) | (a & kSign64))

/// Ordered as the numbers are, -0 below +0.
SLUICE_INLINE s64 getOrder(u64 word) {
  return static_cast<s64>(word ^ (word >> 63 ? ~kSign64 : 0));
}
/// The number, if one operand is NaN (9.7.3.11).
SLUICE_INLINE u64 choose(u64 a, u64 b, bool isMaximum) {
  bool takesB = (getOrder(b) < getOrder(a)) != isMaximum;
  u64 result = takesB ? b : a;
  result = isNaN(a) ? b : isNaN(b) ? a : result;
  return isNaN(result) ? quiet(a) : result;
}
SLUICE_MAP2(MinF64, u64, u64, u64, choose(a, b, false))
SLUICE_MAP2(MaxF64, u64, u64, u64, choose(a, b, true))

} // namespace sluice::sim::SLUICE_SIMD
