//===- ConvertInteger.cpp - loops of cvt from and to integers -------------===//
//
// PTX ISA 9.0, section 9.7.9.21.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Float.h"

namespace sluice::sim::SLUICE_SIMD {

SLUICE_INLINE bool hasFlag(const Operation &operation, u32 flag) {
  return operation.detail[0] & flag;
}

/// One loop for d as wide as its type and one for a 64-bit register, which
/// gets the value extended by the type's sign.
template <typename D, typename A, typename Function>
SLUICE_INLINE void convert(u32 *rows, const Operation &operation, Mask active,
                           Function function) {
  using Word = decltype([] {
    if constexpr (isSigned<D>)
      return s32{};
    else
      return u32{};
  }());
  if constexpr (kBits<D> == 64) {
    map1<D, A>(rows, operation, active, function);
  } else if (hasFlag(operation, value::WideRegister)) {
    map1<s64, A>(rows, operation, active,
                 [&](A a) -> s64 { return function(a); });
  } else {
    // All of the word is written: a 32-bit register is wider than s8, too.
    map1<Word, A>(rows, operation, active,
                  [&](A a) -> Word { return function(a); });
  }
}

//===----------------------------------------------------------------------===//
// Integer to integer
//===----------------------------------------------------------------------===//

template <typename D, typename A> SLUICE_INLINE D clampTo(A a) {
  // Limits of D that A reaches, as values of A.
  if constexpr (isSigned<A>) {
    if constexpr (!isSigned<D>)
      a = a < 0 ? A(0) : a;
    else if constexpr (kBits<D> < kBits<A>)
      a = a < A(kLeast<D>) ? A(kLeast<D>) : a;
  }
  if constexpr (kBits<D> - isSigned<D> < kBits<A> - isSigned<A>)
    a = a > A(kMost<D>) ? A(kMost<D>) : a;
  return static_cast<D>(a);
}

template <typename D, typename A>
SLUICE_INLINE void convertInteger(u32 *rows, const Operation &operation,
                                  Mask active) {
  bool sat = hasFlag(operation, value::Sat);
  // A 64-bit register of which only the lower bits count.
  if constexpr (kBits<A> < 64)
    if (operation.detail[2])
      return convert<D, u64>(rows, operation, active, [=](u64 word) -> D {
        A a = static_cast<A>(word);
        return sat ? clampTo<D>(a) : static_cast<D>(a);
      });
  if (sat)
    return convert<D, A>(rows, operation, active,
                         [](A a) { return clampTo<D>(a); });
  convert<D, A>(rows, operation, active, [](A a) { return static_cast<D>(a); });
}

#define SLUICE_CVT_INTEGER(To, D, From, A)                                     \
  SLUICE_HANDLER(Cvt##To##From) {                                              \
    convertInteger<D, A>(rows, operation, active);                             \
  }
#define SLUICE_CVT_TO_INTEGERS(Cvt, From, A)                                   \
  Cvt(U8, u8, From, A) Cvt(S8, s8, From, A) Cvt(U16, u16, From, A)             \
      Cvt(S16, s16, From, A) Cvt(U32, u32, From, A) Cvt(S32, s32, From, A)     \
          Cvt(U64, u64, From, A) Cvt(S64, s64, From, A)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_INTEGER, U8, u8)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_INTEGER, S8, s8)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_INTEGER, U16, u16)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_INTEGER, S16, s16)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_INTEGER, U32, u32)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_INTEGER, S32, s32)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_INTEGER, U64, u64)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_INTEGER, S64, s64)

//===----------------------------------------------------------------------===//
// Floating point to integer
//===----------------------------------------------------------------------===//

/// Clamped to D's range; NaN is 0, or the top bit alone if either type has 64
/// bits.
template <typename D, typename T> SLUICE_INLINE D toInteger(T value) {
  // 2^n, which T holds where kMost<D> is not.
  constexpr D kHalf = kMost<D> / 2 + 1;
  constexpr T kEnd = T(kHalf) * 2;
  constexpr T kStart = T(kLeast<D>);
  using Wide = decltype([] {
    if constexpr (kBits<D> == 64)
      return D{};
    else if constexpr (isSame<D, u32>)
      return u32{};
    else
      return s32{};
  }());
  bool isOver = value >= kEnd, isUnder = value < kStart;
  bool isNumber = value == value;
  T safe = isNumber && !isOver && !isUnder ? value : T(0);
  D result = static_cast<D>(static_cast<Wide>(safe));
  result = isOver ? kMost<D> : isUnder ? kLeast<D> : result;
  constexpr bool kTopBit = kBits<D> == 64 || sizeof(T) == 8;
  constexpr D kNaN = kTopBit ? D(Unsigned<D>(1) << (kBits<D> - 1)) : D(0);
  return isNumber ? result : kNaN;
}

template <typename A> struct Source;
template <> struct Source<float> {
  using Lane = u32;
  SLUICE_INLINE static float load(u32 word, bool ftz) {
    return asFloat(ftz ? flush(word) : word);
  }
};
template <> struct Source<double> {
  using Lane = u64;
  SLUICE_INLINE static double load(u64 word, bool) { return asDouble(word); }
};
template <typename Format> struct HalfSource {
  using Lane = u32;
  SLUICE_INLINE static float load(u32 word, bool) {
    return asFloat(widen<Format>(word & 0xffff));
  }
};
template <> struct Source<F16> : HalfSource<F16> {};
template <> struct Source<BF16> : HalfSource<BF16> {};

template <typename D, typename A>
SLUICE_INLINE void convertToInteger(u32 *rows, const Operation &operation,
                                    Mask active) {
  using Lane = typename Source<A>::Lane;
  bool ftz = hasFlag(operation, value::Ftz);
  auto rounding = static_cast<Rounding>(operation.detail[1]);
  if (rounding == Rounding::Zero) // what every cast in C is
    return convert<D, Lane>(rows, operation, active, [=](Lane a) {
      return toInteger<D>(Source<A>::load(a, ftz));
    });
  convert<D, Lane>(rows, operation, active, [=](Lane a) {
    return toInteger<D>(roundToIntegral(Source<A>::load(a, ftz), rounding));
  });
}
#define SLUICE_CVT_TO_INTEGER(To, D, From, A)                                  \
  SLUICE_HANDLER(Cvt##To##From) {                                              \
    convertToInteger<D, A>(rows, operation, active);                           \
  }
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_TO_INTEGER, F16, F16)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_TO_INTEGER, BF16, BF16)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_TO_INTEGER, F32, float)
SLUICE_CVT_TO_INTEGERS(SLUICE_CVT_TO_INTEGER, F64, double)

//===----------------------------------------------------------------------===//
// Integer to floating point
//===----------------------------------------------------------------------===//

struct Single {
  static constexpr unsigned kMantissa = 23, kExponent = 8;
  static constexpr u64 kMost = 0x7f7fffff, kInfinity = kInfinity32;
  static constexpr u64 kSign = kSign32;
};
struct Double {
  static constexpr unsigned kMantissa = 52, kExponent = 11;
  static constexpr u64 kMost = kInfinity64 - 1, kInfinity = kInfinity64;
  static constexpr u64 kSign = kSign64;
};

/// ±magnitude in any binary format.
template <typename Format>
SLUICE_INLINE u64 roundInteger(bool isNegative, u64 magnitude,
                               Rounding rounding) {
  constexpr u64 kBias = (u64{1} << (Format::kExponent - 1)) - 1;
  u64 top = 63 - static_cast<u64>(__builtin_clzll(magnitude | 1));
  u64 extra = top > Format::kMantissa ? top - Format::kMantissa : 0;
  u64 missing = top < Format::kMantissa ? Format::kMantissa - top : 0;
  u64 kept = (magnitude << missing) >> extra;
  u64 rest = magnitude & ((u64{1} << extra) - 1);
  u64 half = extra ? u64{1} << (extra - 1) : ~u64{0};
  bool nearest = (rest > half) | ((rest == half) & (kept & 1));
  bool up = rounding == Rounding::Nearest ? nearest
            : rounding == Rounding::Down  ? isNegative && rest != 0
            : rounding == Rounding::Up    ? !isNegative && rest != 0
                                          : false;
  u64 result = ((top + kBias - 1) << Format::kMantissa) + kept + up;
  bool stays = rounding == Rounding::Zero ||
               (rounding == Rounding::Down && !isNegative) ||
               (rounding == Rounding::Up && isNegative);
  u64 overflow = stays ? u64{Format::kMost} : u64{Format::kInfinity};
  result = result > Format::kMost ? overflow : result;
  return magnitude ? result | (isNegative ? u64{Format::kSign} : 0) : 0;
}

template <typename A> SLUICE_INLINE u64 getMagnitude(A value) {
  u64 word = static_cast<u64>(static_cast<s64>(value));
  return isSigned<A> && value < 0 ? 0 - word : word;
}

template <typename Format, typename A>
SLUICE_INLINE void convertToHalf(u32 *rows, const Operation &operation,
                                 Mask active) {
  auto rounding = static_cast<Rounding>(operation.detail[1]);
  bool sat = hasFlag(operation, value::Sat);
  map1<u32, A>(rows, operation, active, [=](A a) -> u32 {
    u32 result = static_cast<u32>(
        roundInteger<Format>(isSigned<A> && a < 0, getMagnitude(a), rounding));
    return sat ? saturateTo<Format>(result) : result;
  });
}
template <typename A>
SLUICE_INLINE void convertToFloat(u32 *rows, const Operation &operation,
                                  Mask active) {
  auto rounding = static_cast<Rounding>(operation.detail[1]);
  bool sat = hasFlag(operation, value::Sat);
  if (rounding == Rounding::Nearest && !sat)
    return map1<u32, A>(rows, operation, active,
                        [](A a) -> u32 { return bits(static_cast<float>(a)); });
  map1<u32, A>(rows, operation, active, [=](A a) -> u32 {
    u32 result = static_cast<u32>(
        roundInteger<Single>(isSigned<A> && a < 0, getMagnitude(a), rounding));
    return sat ? saturate(result) : result;
  });
}
SLUICE_INLINE u64 saturate64(u64 word) {
  double value = asDouble(word);
  return value > 0 ? value < 1 ? word : bits(1.0) : 0;
}
template <typename A>
SLUICE_INLINE void convertToDouble(u32 *rows, const Operation &operation,
                                   Mask active) {
  auto rounding = static_cast<Rounding>(operation.detail[1]);
  bool sat = hasFlag(operation, value::Sat);
  if (rounding == Rounding::Nearest && !sat)
    return map1<u64, A>(rows, operation, active, [](A a) -> u64 {
      return bits(static_cast<double>(a));
    });
  map1<u64, A>(rows, operation, active, [=](A a) -> u64 {
    u64 result =
        roundInteger<Double>(isSigned<A> && a < 0, getMagnitude(a), rounding);
    return sat ? saturate64(result) : result;
  });
}
#define SLUICE_CVT_FROM_INTEGER(From, A)                                       \
  SLUICE_HANDLER(CvtF16##From) {                                               \
    convertToHalf<F16, A>(rows, operation, active);                            \
  }                                                                            \
  SLUICE_HANDLER(CvtBF16##From) {                                              \
    convertToHalf<BF16, A>(rows, operation, active);                           \
  }                                                                            \
  SLUICE_HANDLER(CvtF32##From) { convertToFloat<A>(rows, operation, active); } \
  SLUICE_HANDLER(CvtF64##From) { convertToDouble<A>(rows, operation, active); }
SLUICE_CVT_FROM_INTEGER(U8, u8)
SLUICE_CVT_FROM_INTEGER(S8, s8)
SLUICE_CVT_FROM_INTEGER(U16, u16)
SLUICE_CVT_FROM_INTEGER(S16, s16)
SLUICE_CVT_FROM_INTEGER(U32, u32)
SLUICE_CVT_FROM_INTEGER(S32, s32)
SLUICE_CVT_FROM_INTEGER(U64, u64)
SLUICE_CVT_FROM_INTEGER(S64, s64)

/// cvt.pack (9.7.9.22): a above b, clamped; c moves up above both. c is not
/// there if a and b fill the word.
SLUICE_HANDLER(CvtPack) {
  const Row *row = getRows(operation);
  u32 size = operation.detail[1];
  bool isOfSigned = hasFlag(operation, value::SignedA);
  s32 most = static_cast<s32>((u32{1} << (size - isOfSigned)) - 1);
  s32 least = isOfSigned ? -most - 1 : 0;
  u32 kept = (u32{1} << size) - 1;
  u32 *d = getLanes<u32>(rows, row[0]);
  const u32 *a = getLanes<u32>(rows, row[1]), *b = getLanes<u32>(rows, row[2]);
  const u32 *c = size < 16 ? getLanes<u32>(rows, row[3]) : b;
  u32 keptOfC = size < 16 ? ~u32{0} : 0, shift = size < 16 ? 2 * size : 0;
  auto clamp = [=](u32 word) {
    s32 value = static_cast<s32>(word);
    value = value < least ? least : value > most ? most : value;
    return static_cast<u32>(value) & kept;
  };
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    u32 result = clamp(a[i]) << size | clamp(b[i]) | (c[i] & keptOfC) << shift;
    d[i] = isActive(active, i) ? result : d[i];
  }
}

} // namespace sluice::sim::SLUICE_SIMD
