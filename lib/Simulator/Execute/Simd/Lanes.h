//===- Lanes.h - loops over the lanes of a warp -----------------*- C++ -*-===//
//
// Everything here and in the sources beside it is compiled once for each
// instruction set of the host, in the namespace that SLUICE_SIMD names, and
// must emit no inline function that the rest of the program has, too: the
// linker keeps one copy of those, and it might be the one for AVX-512. So no
// containers, no algorithms, no LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_LANES_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_LANES_H

#include "lib/Simulator/Execute/ValueFlags.h"
#include "lib/Simulator/Machine/Operation.h"

#ifndef SLUICE_SIMD
#error "SLUICE_SIMD names the namespace of the instruction set"
#endif

/// A value's row is read and written at the same lane only, and rows are the
/// same or apart: no iteration needs another's result.
#if defined(__clang__)
#define SLUICE_LANES _Pragma("clang loop vectorize(assume_safety)")
#else
#define SLUICE_LANES _Pragma("GCC ivdep")
#endif
#define SLUICE_INLINE [[gnu::always_inline]] inline
/// Before a statement that calls a loop's function, however large that is: a
/// call would keep the loop from being vectorised.
#if defined(__clang__)
#define SLUICE_INLINED [[clang::always_inline]]
#else
#define SLUICE_INLINED
#endif

namespace sluice::sim::SLUICE_SIMD {

using u8 = uint8_t;
using s8 = int8_t;
using u16 = uint16_t;
using s16 = int16_t;
using u32 = uint32_t;
using s32 = int32_t;
using u64 = uint64_t;
using s64 = int64_t;
using u128 = unsigned __int128;
using s128 = __int128;
using value::Rounding;

template <typename To, typename From> SLUICE_INLINE To bitCast(From value) {
  return __builtin_bit_cast(To, value);
}

template <typename A, typename B> inline constexpr bool isSame = false;
template <typename A> inline constexpr bool isSame<A, A> = true;
template <typename T> inline constexpr bool isFloating = T(0.5) != T(0);
template <typename T> inline constexpr bool isSigned = T(-1) < T(0);
template <typename T> inline constexpr unsigned kBits = 8 * sizeof(T);

template <typename T> struct UnsignedOf;
template <> struct UnsignedOf<u8> {
  using Type = u8;
};
template <> struct UnsignedOf<s8> {
  using Type = u8;
};
template <> struct UnsignedOf<u16> {
  using Type = u16;
};
template <> struct UnsignedOf<s16> {
  using Type = u16;
};
template <> struct UnsignedOf<u32> {
  using Type = u32;
};
template <> struct UnsignedOf<s32> {
  using Type = u32;
};
template <> struct UnsignedOf<u64> {
  using Type = u64;
};
template <> struct UnsignedOf<s64> {
  using Type = u64;
};
template <typename T> using Unsigned = typename UnsignedOf<T>::Type;

template <typename T>
inline constexpr T kLeast =
    isSigned<T> ? T(Unsigned<T>(1) << (kBits<T> - 1)) : T(0);
template <typename T> inline constexpr T kMost = T(~Unsigned<T>(kLeast<T>));

/// How a value lies in its row.
template <typename T> struct Lane {
  using Word = u32;
  SLUICE_INLINE static T load(Word word) { return static_cast<T>(word); }
  SLUICE_INLINE static Word store(T value) {
    return static_cast<Word>(static_cast<Unsigned<T>>(value));
  }
};
template <> struct Lane<float> {
  using Word = u32;
  SLUICE_INLINE static float load(Word word) { return bitCast<float>(word); }
};
template <typename T> struct Lane64 {
  using Word = u64;
  SLUICE_INLINE static T load(Word word) { return bitCast<T>(word); }
  SLUICE_INLINE static Word store(T value) { return bitCast<Word>(value); }
};
template <> struct Lane<u64> : Lane64<u64> {};
template <> struct Lane<s64> : Lane64<s64> {};
template <> struct Lane<double> : Lane64<double> {};

/// Inlined even where nothing else is, or this would be the shared inline
/// function that the top of this file forbids.
[[gnu::always_inline, gnu::flatten]] inline const Row *
getRows(const Operation &operation) {
  return operation.rows.begin();
}

template <typename T>
SLUICE_INLINE typename Lane<T>::Word *getLanes(u32 *rows, Row row) {
  return reinterpret_cast<typename Lane<T>::Word *>(
      __builtin_assume_aligned(rows + u64{row} * kLanes, 8));
}

SLUICE_INLINE bool isActive(Mask active, unsigned lane) {
  return (active >> lane) & 1;
}

/// d = function(a, …) in the lanes of `active`. d's type has no NaN to lose:
/// floating-point results come as words.
template <typename D, typename A, typename Function>
SLUICE_INLINE void map1(u32 *rows, const Operation &operation, Mask active,
                        Function function) {
  const Row *row = getRows(operation);
  auto *d = getLanes<D>(rows, row[0]);
  const auto *a = getLanes<A>(rows, row[1]);
  if (active == kAllLanes) {
    SLUICE_LANES
    for (unsigned i = 0; i < kLanes; ++i)
      SLUICE_INLINED d[i] = Lane<D>::store(function(Lane<A>::load(a[i])));
    return;
  }
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    typename Lane<D>::Word result;
    SLUICE_INLINED result = Lane<D>::store(function(Lane<A>::load(a[i])));
    d[i] = isActive(active, i) ? result : d[i];
  }
}

template <typename D, typename A, typename B, typename Function>
SLUICE_INLINE void map2(u32 *rows, const Operation &operation, Mask active,
                        Function function) {
  const Row *row = getRows(operation);
  auto *d = getLanes<D>(rows, row[0]);
  const auto *a = getLanes<A>(rows, row[1]);
  const auto *b = getLanes<B>(rows, row[2]);
  if (active == kAllLanes) {
    SLUICE_LANES
    for (unsigned i = 0; i < kLanes; ++i)
      SLUICE_INLINED d[i] =
          Lane<D>::store(function(Lane<A>::load(a[i]), Lane<B>::load(b[i])));
    return;
  }
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    typename Lane<D>::Word result;
    SLUICE_INLINED result =
        Lane<D>::store(function(Lane<A>::load(a[i]), Lane<B>::load(b[i])));
    d[i] = isActive(active, i) ? result : d[i];
  }
}

template <typename D, typename A, typename B, typename C, typename Function>
SLUICE_INLINE void map3(u32 *rows, const Operation &operation, Mask active,
                        Function function) {
  const Row *row = getRows(operation);
  auto *d = getLanes<D>(rows, row[0]);
  const auto *a = getLanes<A>(rows, row[1]);
  const auto *b = getLanes<B>(rows, row[2]);
  const auto *c = getLanes<C>(rows, row[3]);
  if (active == kAllLanes) {
    SLUICE_LANES
    for (unsigned i = 0; i < kLanes; ++i)
      SLUICE_INLINED d[i] = Lane<D>::store(function(
          Lane<A>::load(a[i]), Lane<B>::load(b[i]), Lane<C>::load(c[i])));
    return;
  }
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    typename Lane<D>::Word result;
    SLUICE_INLINED result = Lane<D>::store(function(
        Lane<A>::load(a[i]), Lane<B>::load(b[i]), Lane<C>::load(c[i])));
    d[i] = isActive(active, i) ? result : d[i];
  }
}

/// Bit i is test(a, b) of lane i, in all lanes.
template <typename A, typename B, typename Test>
SLUICE_INLINE Mask compareLanes(u32 *rows, Row rowA, Row rowB, Test test) {
  const auto *a = getLanes<A>(rows, rowA);
  const auto *b = getLanes<B>(rows, rowB);
  Mask mask = 0;
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i)
    SLUICE_INLINED mask |=
        test(Lane<A>::load(a[i]), Lane<B>::load(b[i])) ? Mask{1} << i : 0;
  return mask;
}

SLUICE_INLINE Mask loadPredicate(const u32 *rows, Row row) {
  return rows[u64{row} * kLanes];
}
SLUICE_INLINE void storePredicate(u32 *rows, Row row, Mask value, Mask active) {
  u32 &word = rows[u64{row} * kLanes];
  word = (word & ~active) | (value & active);
}

#define SLUICE_HANDLER(Name)                                                   \
  void Name(u32 *rows, const Operation &operation, Mask active)
/// Handlers that are one expression over a, b and c.
#define SLUICE_MAP1(Name, D, A, ...)                                           \
  SLUICE_HANDLER(Name) {                                                       \
    map1<D, A>(rows, operation, active, [](A a) -> D { return __VA_ARGS__; }); \
  }
#define SLUICE_MAP2(Name, D, A, B, ...)                                        \
  SLUICE_HANDLER(Name) {                                                       \
    map2<D, A, B>(rows, operation, active,                                     \
                  [](A a, B b) -> D { return __VA_ARGS__; });                  \
  }
#define SLUICE_MAP3(Name, D, A, B, C, ...)                                     \
  SLUICE_HANDLER(Name) {                                                       \
    map3<D, A, B, C>(rows, operation, active,                                  \
                     [](A a, B b, C c) -> D { return __VA_ARGS__; });          \
  }

#define SLUICE_VALUE_OP(Name)                                                  \
  void Name(uint32_t *rows, const Operation &operation, Mask active);
#include "lib/Simulator/Execute/ValueOps.def"

} // namespace sluice::sim::SLUICE_SIMD

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_LANES_H
