//===- Float32.cpp - loops of f32 arithmetic ------------------------------===//
//
// PTX ISA 9.0, section 9.7.3. Subnormals are kept unless .ftz flushes operands
// and results.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Float.h"

namespace sluice::sim::SLUICE_SIMD {

// Each operation to nearest, and odd in f64 for the other modes.
struct Add {
  SLUICE_INLINE static float nearest(float a, float b) { return a + b; }
  SLUICE_INLINE static double odd(double a, double b, Rounding rounding) {
    return fixZero(addOdd(a, b), a, b, rounding);
  }
};
struct Sub {
  SLUICE_INLINE static float nearest(float a, float b) { return a - b; }
  SLUICE_INLINE static double odd(double a, double b, Rounding rounding) {
    return fixZero(addOdd(a, -b), a, -b, rounding);
  }
};
struct Mul {
  SLUICE_INLINE static float nearest(float a, float b) { return a * b; }
  SLUICE_INLINE static double odd(double a, double b, Rounding) {
    return a * b; // 48 bits: exact
  }
};
struct Div {
  SLUICE_INLINE static float nearest(float a, float b) { return a / b; }
  SLUICE_INLINE static double odd(double a, double b, Rounding) {
    return divideOdd(a, b);
  }
};
struct Fma {
  SLUICE_INLINE static float nearest(float a, float b, float c) {
    return fmaNearest(a, b, c);
  }
  SLUICE_INLINE static double odd(double a, double b, double c,
                                  Rounding rounding) {
    return fixZero(addOdd(a * b, c), a * b, c, rounding);
  }
};
struct Rcp {
  SLUICE_INLINE static float nearest(float a) { return 1 / a; }
  SLUICE_INLINE static double odd(double a, Rounding) {
    return divideOdd(1, a);
  }
};
struct Sqrt {
  SLUICE_INLINE static float nearest(float a) {
    return __builtin_elementwise_sqrt(a);
  }
  SLUICE_INLINE static double odd(double a, Rounding) { return sqrtOdd(a); }
};

template <typename Op, typename... Operands>
SLUICE_INLINE u32 compute(Rounding rounding, bool ftz, bool sat,
                          Operands... operands) {
  u32 result =
      rounding == Rounding::Nearest
          ? bits(Op::nearest(ftz ? flush(operands) : operands...))
          : toFloat(Op::odd(ftz ? flush(operands) : operands..., rounding),
                    rounding);
  return finish(result, ftz, sat);
}

template <bool hasFtz, bool hasSat> struct Flags {
  static constexpr bool ftz = hasFtz, sat = hasSat;
};

/// Calls `function` with the modifiers as constants.
template <typename Function>
SLUICE_INLINE void withFlags(const Operation &operation, Function function) {
  switch (operation.detail[0] & (value::Ftz | value::Sat)) {
  case 0:
    return function(Flags<false, false>{});
  case value::Ftz:
    return function(Flags<true, false>{});
  case value::Sat:
    return function(Flags<false, true>{});
  default:
    return function(Flags<true, true>{});
  }
}

SLUICE_INLINE Rounding getRounding(const Operation &operation) {
  return static_cast<Rounding>(operation.detail[1]);
}
SLUICE_INLINE bool hasFlag(const Operation &operation, u32 flag) {
  return operation.detail[0] & flag;
}

#define SLUICE_FLOAT_OP(Name, Map, Types, Parameters, ...)                     \
  SLUICE_HANDLER(Name##F32) {                                                  \
    Map<u32, SLUICE_UNPAREN Types>(                                            \
        rows, operation, active, [](SLUICE_UNPAREN Parameters) -> u32 {        \
          return canonical(Name::nearest(__VA_ARGS__));                        \
        });                                                                    \
  }                                                                            \
  SLUICE_HANDLER(Name##F32Flags) {                                             \
    withFlags(operation, [&](auto flags) {                                     \
      using F = decltype(flags);                                               \
      Map<u32, SLUICE_UNPAREN Types>(                                          \
          rows, operation, active, [](SLUICE_UNPAREN Parameters) -> u32 {      \
            return compute<Name>(Rounding::Nearest, F::ftz, F::sat,            \
                                 __VA_ARGS__);                                 \
          });                                                                  \
    });                                                                        \
  }                                                                            \
  SLUICE_HANDLER(Name##F32Rounded) {                                           \
    Rounding rounding = getRounding(operation);                                \
    bool ftz = hasFlag(operation, value::Ftz);                                 \
    bool sat = hasFlag(operation, value::Sat);                                 \
    Map<u32, SLUICE_UNPAREN Types>(                                            \
        rows, operation, active, [=](SLUICE_UNPAREN Parameters) -> u32 {       \
          return compute<Name>(rounding, ftz, sat, __VA_ARGS__);               \
        });                                                                    \
  }
#define SLUICE_UNPAREN(...) __VA_ARGS__
SLUICE_FLOAT_OP(Add, map2, (float, float), (float a, float b), a, b)
SLUICE_FLOAT_OP(Sub, map2, (float, float), (float a, float b), a, b)
SLUICE_FLOAT_OP(Mul, map2, (float, float), (float a, float b), a, b)
SLUICE_FLOAT_OP(Div, map2, (float, float), (float a, float b), a, b)
SLUICE_FLOAT_OP(Fma, map3, (float, float, float), (float a, float b, float c),
                a, b, c)
SLUICE_FLOAT_OP(Rcp, map1, (float), (float a), a)
SLUICE_FLOAT_OP(Sqrt, map1, (float), (float a), a)

//===----------------------------------------------------------------------===//
// f32 with a narrower operand (9.7.5)
//===----------------------------------------------------------------------===//

template <typename Op, typename Format>
SLUICE_INLINE void computeMixed(u32 *rows, const Operation &operation,
                                Mask active) {
  Rounding rounding = getRounding(operation);
  bool sat = hasFlag(operation, value::Sat);
  map2<u32, u32, float>(rows, operation, active, [=](u32 a, float b) -> u32 {
    return compute<Op>(rounding, false, sat, asFloat(widen<Format>(a & 0xffff)),
                       b);
  });
}
template <typename Format>
SLUICE_INLINE void fuseMixed(u32 *rows, const Operation &operation,
                             Mask active) {
  Rounding rounding = getRounding(operation);
  bool sat = hasFlag(operation, value::Sat);
  map3<u32, u32, u32, float>(
      rows, operation, active, [=](u32 a, u32 b, float c) -> u32 {
        return compute<Fma>(rounding, false, sat,
                            asFloat(widen<Format>(a & 0xffff)),
                            asFloat(widen<Format>(b & 0xffff)), c);
      });
}
#define SLUICE_MIXED(Format)                                                   \
  SLUICE_HANDLER(AddMixed##Format) {                                           \
    computeMixed<Add, Format>(rows, operation, active);                        \
  }                                                                            \
  SLUICE_HANDLER(SubMixed##Format) {                                           \
    computeMixed<Sub, Format>(rows, operation, active);                        \
  }                                                                            \
  SLUICE_HANDLER(FmaMixed##Format) {                                           \
    fuseMixed<Format>(rows, operation, active);                                \
  }
SLUICE_MIXED(F16)
SLUICE_MIXED(BF16)

//===----------------------------------------------------------------------===//
// f32x2
//===----------------------------------------------------------------------===//

template <typename Op, typename... Pairs>
SLUICE_INLINE u64 computePair(Rounding rounding, bool ftz, Pairs... pairs) {
  u32 low =
      compute<Op>(rounding, ftz, false, asFloat(static_cast<u32>(pairs))...);
  u32 high = compute<Op>(rounding, ftz, false,
                         asFloat(static_cast<u32>(pairs >> 32))...);
  return low | u64{high} << 32;
}
#define SLUICE_PAIR_OP(Name, Map, Types, Parameters, ...)                      \
  SLUICE_HANDLER(Name##F32x2) {                                                \
    Rounding rounding = getRounding(operation);                                \
    bool ftz = hasFlag(operation, value::Ftz);                                 \
    Map<u64, SLUICE_UNPAREN Types>(                                            \
        rows, operation, active, [=](SLUICE_UNPAREN Parameters) -> u64 {       \
          return computePair<Name>(rounding, ftz, __VA_ARGS__);                \
        });                                                                    \
  }
SLUICE_PAIR_OP(Add, map2, (u64, u64), (u64 a, u64 b), a, b)
SLUICE_PAIR_OP(Sub, map2, (u64, u64), (u64 a, u64 b), a, b)
SLUICE_PAIR_OP(Mul, map2, (u64, u64), (u64 a, u64 b), a, b)
SLUICE_PAIR_OP(Fma, map3, (u64, u64, u64), (u64 a, u64 b, u64 c), a, b, c)

//===----------------------------------------------------------------------===//
// Signs, minimum and maximum
//===----------------------------------------------------------------------===//

SLUICE_HANDLER(NegF32) {
  bool ftz = hasFlag(operation, value::Ftz);
  map1<u32, u32>(rows, operation, active,
                 [=](u32 a) -> u32 { return (ftz ? flush(a) : a) ^ kSign32; });
}
SLUICE_HANDLER(AbsF32) {
  bool ftz = hasFlag(operation, value::Ftz);
  map1<u32, u32>(rows, operation, active,
                 [=](u32 a) -> u32 { return (ftz ? flush(a) : a) & ~kSign32; });
}
SLUICE_MAP2(CopysignF32, u32, u32, u32, (b & ~kSign32) | (a & kSign32))

/// Ordered as the numbers are, -0 below +0 (9.7.3.11, 9.7.3.12).
SLUICE_INLINE s32 getOrder(u32 word) {
  return static_cast<s32>(word ^ (word >> 31 ? ~kSign32 : 0));
}

/// Of two numbers the lesser (or greater), of a NaN and a number the number
/// unless .NaN.
SLUICE_INLINE u32 choose(u32 a, u32 b, bool isMaximum, bool propagatesNaN) {
  bool takesB = (getOrder(b) < getOrder(a)) != isMaximum;
  u32 result = takesB ? b : a;
  result = isNaN(a) ? b : isNaN(b) ? a : result;
  bool isNaNResult =
      propagatesNaN ? isNaN(a) || isNaN(b) : isNaN(a) && isNaN(b);
  return isNaNResult ? kNaN32 : result;
}

template <bool isMaximum>
SLUICE_INLINE void minimum2(u32 *rows, const Operation &operation,
                            Mask active) {
  bool ftz = hasFlag(operation, value::Ftz);
  bool propagatesNaN = hasFlag(operation, value::PropagateNaN);
  bool hasXorSign = hasFlag(operation, value::XorSign);
  map2<u32, u32, u32>(rows, operation, active, [=](u32 a, u32 b) -> u32 {
    a = ftz ? flush(a) : a;
    b = ftz ? flush(b) : b;
    u32 sign = hasXorSign ? (a ^ b) & kSign32 : 0;
    u32 kept = hasXorSign ? ~kSign32 : ~u32{0};
    u32 result = choose(a & kept, b & kept, isMaximum, propagatesNaN);
    return isNaN(result) ? result : result | sign;
  });
}
SLUICE_HANDLER(MinF32) { minimum2<false>(rows, operation, active); }
SLUICE_HANDLER(MaxF32) { minimum2<true>(rows, operation, active); }

template <bool isMaximum>
SLUICE_INLINE void minimum3(u32 *rows, const Operation &operation,
                            Mask active) {
  bool ftz = hasFlag(operation, value::Ftz);
  bool propagatesNaN = hasFlag(operation, value::PropagateNaN);
  u32 kept = hasFlag(operation, value::Magnitude) ? ~kSign32 : ~u32{0};
  map3<u32, u32, u32, u32>(
      rows, operation, active, [=](u32 a, u32 b, u32 c) -> u32 {
        a = (ftz ? flush(a) : a) & kept;
        b = (ftz ? flush(b) : b) & kept;
        c = (ftz ? flush(c) : c) & kept;
        return choose(choose(a, b, isMaximum, propagatesNaN), c, isMaximum,
                      propagatesNaN);
      });
}
SLUICE_HANDLER(Min3F32) { minimum3<false>(rows, operation, active); }
SLUICE_HANDLER(Max3F32) { minimum3<true>(rows, operation, active); }

/// testp (9.7.3.1): subnormal counts as a number but not as normal, and zero
/// is neither.
template <typename Word>
SLUICE_INLINE bool testNumber(Word word, value::Test test) {
  constexpr Word kInfinity =
      sizeof(Word) == 4 ? Word{kInfinity32} : static_cast<Word>(kInfinity64);
  Word magnitude = word & (~Word{0} >> 1), exponent = word & kInfinity;
  switch (test) {
  case value::Test::Finite:
    return magnitude < kInfinity;
  case value::Test::Infinite:
    return magnitude == kInfinity;
  case value::Test::Number:
    return magnitude <= kInfinity;
  case value::Test::NotANumber:
    return magnitude > kInfinity;
  case value::Test::Normal:
    return exponent != 0 && exponent != kInfinity;
  case value::Test::Subnormal:
    return exponent == 0 && magnitude != 0;
  }
  return false;
}
template <typename Word>
SLUICE_INLINE void testLanes(u32 *rows, const Operation &operation,
                             Mask active) {
  const Row *row = getRows(operation);
  auto test = static_cast<value::Test>(operation.detail[1]);
  Mask mask = compareLanes<Word, Word>(
      rows, row[1], row[1], [=](Word a, Word) { return testNumber(a, test); });
  storePredicate(rows, row[0], mask, active);
}
SLUICE_HANDLER(TestpF32) { testLanes<u32>(rows, operation, active); }
SLUICE_HANDLER(TestpF64) { testLanes<u64>(rows, operation, active); }

} // namespace sluice::sim::SLUICE_SIMD
