//===- Integer.cpp - loops of integer arithmetic --------------------------===//
//
// PTX ISA 9.0, sections 9.7.1 and 9.7.2. Words wrap; signed arithmetic is done
// on unsigned words, where C++ lets it wrap.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Lanes.h"

namespace sluice::sim::SLUICE_SIMD {

template <typename T> struct TwiceAsWide;
template <> struct TwiceAsWide<u16> {
  using Type = u32;
};
template <> struct TwiceAsWide<s16> {
  using Type = s32;
};
template <> struct TwiceAsWide<u32> {
  using Type = u64;
};
template <> struct TwiceAsWide<s32> {
  using Type = s64;
};
template <> struct TwiceAsWide<u64> {
  using Type = u128;
};
template <> struct TwiceAsWide<s64> {
  using Type = s128;
};
template <typename T> using Twice = typename TwiceAsWide<T>::Type;

template <typename T> SLUICE_INLINE T mulHi(T a, T b) {
  return static_cast<T>((static_cast<Twice<T>>(a) * b) >> kBits<T>);
}
template <typename T> SLUICE_INLINE T madHi(T a, T b, T c) {
  return static_cast<T>(Unsigned<T>(mulHi(a, b)) + Unsigned<T>(c));
}
template <typename T> SLUICE_INLINE Twice<T> mulWide(T a, T b) {
  return static_cast<Twice<T>>(a) * b;
}
template <typename T> SLUICE_INLINE T minimum(T a, T b) {
  return b < a ? b : a;
}
template <typename T> SLUICE_INLINE T maximum(T a, T b) {
  return a < b ? b : a;
}
template <typename T> SLUICE_INLINE Unsigned<T> distance(T a, T b) {
  using U = Unsigned<T>;
  return static_cast<U>(a < b ? U(b) - U(a) : U(a) - U(b));
}
template <typename T> SLUICE_INLINE T addDistance(T a, T b, T c) {
  return static_cast<T>(Unsigned<T>(c) + distance(a, b));
}
SLUICE_INLINE s32 saturate(s64 value) {
  return static_cast<s32>(
      maximum<s64>(minimum<s64>(value, kMost<s32>), kLeast<s32>));
}

/// Division by zero "yields an unspecified, machine-specific value" (9.7.1.8):
/// all ones, as the hardware gives, and a remainder of a. The overflow of
/// MIN / -1 wraps.
template <typename T> SLUICE_INLINE T divide(T a, T b) {
  bool isZero = b == 0;
  bool overflows = isSigned<T> && b == T(-1);
  T safe = isZero || overflows ? T(1) : b;
  T quotient = static_cast<T>(a / safe);
  quotient =
      overflows ? static_cast<T>(Unsigned<T>(0) - Unsigned<T>(a)) : quotient;
  return isZero ? T(-1) : quotient;
}
template <typename T> SLUICE_INLINE T remainder(T a, T b) {
  bool isZero = b == 0;
  bool overflows = isSigned<T> && b == T(-1);
  T safe = isZero || overflows ? T(1) : b;
  T rest = static_cast<T>(a % safe);
  return isZero ? a : rest;
}

/// 24 × 24 bits give 48: the lower 32, or the upper 32 (9.7.1.5).
template <typename T> SLUICE_INLINE s64 multiply24(T a, T b) {
  if constexpr (isSigned<T>)
    return s64{static_cast<s32>(static_cast<u32>(a) << 8) >> 8} *
           (static_cast<s32>(static_cast<u32>(b) << 8) >> 8);
  else
    return static_cast<s64>(u64{a & 0xffffff} * (b & 0xffffff));
}

template <typename T, typename Function>
SLUICE_INLINE u32 byHalf(u32 a, u32 b, Function function) {
  T low = function(static_cast<T>(a), static_cast<T>(b));
  T high = function(static_cast<T>(a >> 16), static_cast<T>(b >> 16));
  return static_cast<u16>(low) | u32{static_cast<u16>(high)} << 16;
}

SLUICE_MAP2(Add16, u32, u32, u32, a + b)
SLUICE_MAP2(Add32, u32, u32, u32, a + b)
SLUICE_MAP2(Add64, u64, u64, u64, a + b)
SLUICE_MAP2(Sub16, u32, u32, u32, a - b)
SLUICE_MAP2(Sub32, u32, u32, u32, a - b)
SLUICE_MAP2(Sub64, u64, u64, u64, a - b)
SLUICE_MAP2(MulLo16, u32, u32, u32, a *b)
SLUICE_MAP2(MulLo32, u32, u32, u32, a *b)
SLUICE_MAP2(MulLo64, u64, u64, u64, a *b)
SLUICE_MAP3(MadLo16, u32, u32, u32, u32, a *b + c)
SLUICE_MAP3(MadLo32, u32, u32, u32, u32, a *b + c)
SLUICE_MAP3(MadLo64, u64, u64, u64, u64, a *b + c)
SLUICE_MAP1(Neg16, u32, u32, 0 - a)
SLUICE_MAP1(Neg32, u32, u32, 0 - a)
SLUICE_MAP1(Neg64, u64, u64, 0 - a)
SLUICE_MAP1(AbsS16, u16, s16, static_cast<u16>(a < 0 ? -a : a))
SLUICE_MAP1(AbsS32, u32, s32, a < 0 ? 0 - u32(a) : u32(a))
SLUICE_MAP1(AbsS64, u64, s64, a < 0 ? 0 - u64(a) : u64(a))

#define SLUICE_INTEGER_OPS(Name, T)                                            \
  SLUICE_MAP2(MulHi##Name, T, T, T, mulHi<T>(a, b))                            \
  SLUICE_MAP3(MadHi##Name, T, T, T, T, madHi<T>(a, b, c))                      \
  SLUICE_MAP3(Sad##Name, T, T, T, T, addDistance<T>(a, b, c))                  \
  SLUICE_MAP2(Div##Name, T, T, T, divide<T>(a, b))                             \
  SLUICE_MAP2(Rem##Name, T, T, T, remainder<T>(a, b))                          \
  SLUICE_MAP2(Min##Name, T, T, T, minimum<T>(a, b))                            \
  SLUICE_MAP2(Max##Name, T, T, T, maximum<T>(a, b))
SLUICE_INTEGER_OPS(U16, u16)
SLUICE_INTEGER_OPS(S16, s16)
SLUICE_INTEGER_OPS(U32, u32)
SLUICE_INTEGER_OPS(S32, s32)
SLUICE_INTEGER_OPS(U64, u64)
SLUICE_INTEGER_OPS(S64, s64)

SLUICE_MAP2(Add16x2, u32, u32, u32, byHalf<u16>(a, b, [](u16 x, u16 y) {
              return static_cast<u16>(x + y);
            }))
SLUICE_MAP2(AddSatS32, s32, s32, s32, saturate(s64{a} + b))
SLUICE_MAP2(SubSatS32, s32, s32, s32, saturate(s64{a} - b))
SLUICE_MAP3(MadHiSatS32, s32, s32, s32, s32, saturate(s64{mulHi(a, b)} + c))
SLUICE_MAP2(MulWideU16, u32, u16, u16, mulWide(a, b))
SLUICE_MAP2(MulWideS16, s32, s16, s16, mulWide(a, b))
SLUICE_MAP2(MulWideU32, u64, u32, u32, mulWide(a, b))
SLUICE_MAP2(MulWideS32, s64, s32, s32, mulWide(a, b))
SLUICE_MAP3(MadWideU16, u32, u16, u16, u32, mulWide(a, b) + c)
SLUICE_MAP3(MadWideS16, u32, s16, s16, u32, u32(mulWide(a, b)) + c)
SLUICE_MAP3(MadWideU32, u64, u32, u32, u64, mulWide(a, b) + c)
SLUICE_MAP3(MadWideS32, u64, s32, s32, u64, u64(mulWide(a, b)) + c)
SLUICE_MAP2(Mul24LoU32, u32, u32, u32, u32(multiply24(a, b)))
SLUICE_MAP2(Mul24LoS32, u32, s32, s32, u32(multiply24(a, b)))
SLUICE_MAP2(Mul24HiU32, u32, u32, u32, u32(multiply24(a, b) >> 16))
SLUICE_MAP2(Mul24HiS32, u32, s32, s32, u32(multiply24(a, b) >> 16))
SLUICE_MAP3(Mad24LoU32, u32, u32, u32, u32, u32(multiply24(a, b)) + c)
SLUICE_MAP3(Mad24LoS32, u32, s32, s32, u32, u32(multiply24(a, b)) + c)
SLUICE_MAP3(Mad24HiU32, u32, u32, u32, u32, u32(multiply24(a, b) >> 16) + c)
SLUICE_MAP3(Mad24HiS32, u32, s32, s32, u32, u32(multiply24(a, b) >> 16) + c)
SLUICE_MAP3(Mad24HiSatS32, s32, s32, s32, s32,
            saturate((multiply24(a, b) >> 16) + c))
SLUICE_MAP2(MinReluS32, s32, s32, s32, maximum(minimum(a, b), 0))
SLUICE_MAP2(MaxReluS32, s32, s32, s32, maximum(maximum(a, b), 0))
SLUICE_MAP2(MinU16x2, u32, u32, u32, byHalf<u16>(a, b, minimum<u16>))
SLUICE_MAP2(MaxU16x2, u32, u32, u32, byHalf<u16>(a, b, maximum<u16>))
SLUICE_MAP2(MinS16x2, u32, u32, u32, byHalf<s16>(a, b, minimum<s16>))
SLUICE_MAP2(MaxS16x2, u32, u32, u32, byHalf<s16>(a, b, maximum<s16>))
SLUICE_MAP2(MinReluS16x2, u32, u32, u32, byHalf<s16>(a, b, [](s16 x, s16 y) {
              return maximum<s16>(minimum(x, y), 0);
            }))
SLUICE_MAP2(MaxReluS16x2, u32, u32, u32, byHalf<s16>(a, b, [](s16 x, s16 y) {
              return maximum<s16>(maximum(x, y), 0);
            }))

//===----------------------------------------------------------------------===//
// Extended precision (9.7.2)
//===----------------------------------------------------------------------===//

/// The condition code is a row of words, 0 or 1. Subtraction borrows: it is 1
/// where the result went below zero, as `d = a - (b + CC.CF)` says.
template <typename T, bool isSubtraction>
SLUICE_INLINE void addWithCarry(u32 *rows, const Operation &operation,
                                Mask active, bool hasProduct,
                                T (*product)(T, T)) {
  const Row *row = getRows(operation);
  bool writes = operation.detail[0] & value::CarryOut;
  bool reads = operation.detail[0] & value::CarryIn;
  T *d = getLanes<T>(rows, *row++);
  u32 *out = writes ? getLanes<u32>(rows, *row++) : nullptr;
  const T *a = getLanes<T>(rows, *row++);
  const T *b = getLanes<T>(rows, *row++);
  const T *c = hasProduct ? getLanes<T>(rows, *row++) : nullptr;
  const u32 *in = reads ? getLanes<u32>(rows, *row) : nullptr;
  T result[kLanes];
  u32 carries[kLanes];
  for (unsigned i = 0; i < kLanes; ++i) {
    T left = hasProduct ? product(a[i], b[i]) : a[i];
    T right = hasProduct ? c[i] : b[i];
    T carry = in ? in[i] & 1 : 0;
    T sum = isSubtraction ? left - right : left + right;
    T total = isSubtraction ? sum - carry : sum + carry;
    result[i] = total;
    carries[i] = isSubtraction ? (left < right) | (sum < carry)
                               : (sum < left) | (total < sum);
  }
  for (unsigned i = 0; i < kLanes; ++i) {
    d[i] = isActive(active, i) ? result[i] : d[i];
    if (out)
      out[i] = isActive(active, i) ? carries[i] : out[i];
  }
}

template <typename T> static T multiplyLow(T a, T b) { return a * b; }
template <typename U, typename T> static U multiplyHigh(U a, U b) {
  return static_cast<U>(mulHi<T>(static_cast<T>(a), static_cast<T>(b)));
}

SLUICE_HANDLER(AddCarry32) {
  addWithCarry<u32, false>(rows, operation, active, false, nullptr);
}
SLUICE_HANDLER(AddCarry64) {
  addWithCarry<u64, false>(rows, operation, active, false, nullptr);
}
SLUICE_HANDLER(SubCarry32) {
  addWithCarry<u32, true>(rows, operation, active, false, nullptr);
}
SLUICE_HANDLER(SubCarry64) {
  addWithCarry<u64, true>(rows, operation, active, false, nullptr);
}
#define SLUICE_MAD_CARRY(Name, U, Product)                                     \
  SLUICE_HANDLER(Name) {                                                       \
    addWithCarry<U, false>(rows, operation, active, true, Product);            \
  }
SLUICE_MAD_CARRY(MadLoCarry32, u32, multiplyLow<u32>)
SLUICE_MAD_CARRY(MadLoCarry64, u64, multiplyLow<u64>)
SLUICE_MAD_CARRY(MadHiCarryU32, u32, (multiplyHigh<u32, u32>))
SLUICE_MAD_CARRY(MadHiCarryS32, u32, (multiplyHigh<u32, s32>))
SLUICE_MAD_CARRY(MadHiCarryU64, u64, (multiplyHigh<u64, u64>))
SLUICE_MAD_CARRY(MadHiCarryS64, u64, (multiplyHigh<u64, s64>))

} // namespace sluice::sim::SLUICE_SIMD
