//===- Compare.cpp - loops that compare and select ------------------------===//
//
// PTX ISA 9.0, sections 9.7.5 to 9.7.7.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Float.h"

namespace sluice::sim::SLUICE_SIMD {

SLUICE_INLINE bool hasFlag(const Operation &operation, u32 flag) {
  return operation.detail[0] & flag;
}
SLUICE_INLINE Mask combine(const Operation &operation, Mask a, Mask c) {
  return operation.detail[1] == u32(value::Combine::And)  ? a & c
         : operation.detail[1] == u32(value::Combine::Or) ? a | c
                                                          : a ^ c;
}

/// setp: rows p, [q], a, b, [c]; p = t BoolOp c, q = !t BoolOp c.
template <typename A, typename Test>
SLUICE_INLINE void setPredicates(u32 *rows, const Operation &operation,
                                 Mask active, Test test) {
  const Row *row = getRows(operation);
  const Row *source = row + (hasFlag(operation, value::HasQ) ? 2 : 1);
  Mask p = compareLanes<A, A>(rows, source[0], source[1], test);
  p ^= hasFlag(operation, value::Invert) ? kAllLanes : 0;
  Mask q = ~p;
  if (hasFlag(operation, value::HasC)) {
    Mask c = loadPredicate(rows, source[2]);
    c ^= hasFlag(operation, value::NegateC) ? kAllLanes : 0;
    p = combine(operation, p, c);
    q = combine(operation, q, c);
  }
  storePredicate(rows, row[0], p, active);
  if (hasFlag(operation, value::HasQ))
    storePredicate(rows, row[1], q, active);
}

/// set: rows d, a, b, [c]; d is detail[2] or 0.
template <typename A, typename Test>
SLUICE_INLINE void setWords(u32 *rows, const Operation &operation, Mask active,
                            Test test) {
  const Row *row = getRows(operation);
  Mask mask = compareLanes<A, A>(rows, row[1], row[2], test);
  mask ^= hasFlag(operation, value::Invert) ? kAllLanes : 0;
  if (hasFlag(operation, value::HasC)) {
    Mask c = loadPredicate(rows, row[3]);
    mask = combine(operation, mask,
                   c ^ (hasFlag(operation, value::NegateC) ? kAllLanes : 0));
  }
  u32 *d = getLanes<u32>(rows, row[0]);
  u32 whenTrue = operation.detail[2];
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    u32 result = isActive(mask, i) ? whenTrue : 0;
    d[i] = isActive(active, i) ? result : d[i];
  }
}

#define SLUICE_COMPARE(Name, T, ...)                                           \
  SLUICE_HANDLER(Setp##Name) {                                                 \
    setPredicates<T>(rows, operation, active,                                  \
                     [](T a, T b) { return __VA_ARGS__; });                    \
  }                                                                            \
  SLUICE_HANDLER(Set##Name) {                                                  \
    setWords<T>(rows, operation, active,                                       \
                [](T a, T b) { return __VA_ARGS__; });                         \
  }
SLUICE_COMPARE(EqB16, u16, a == b)
SLUICE_COMPARE(EqB32, u32, a == b)
SLUICE_COMPARE(EqB64, u64, a == b)
SLUICE_COMPARE(LtU16, u16, a < b)
SLUICE_COMPARE(LtS16, s16, a < b)
SLUICE_COMPARE(LtU32, u32, a < b)
SLUICE_COMPARE(LtS32, s32, a < b)
SLUICE_COMPARE(LtU64, u64, a < b)
SLUICE_COMPARE(LtS64, s64, a < b)

// Ordered comparisons: false of NaNs, `ne` too.
struct Eq {
  template <typename T> SLUICE_INLINE static bool test(T a, T b) {
    return a == b;
  }
};
struct Ne {
  template <typename T> SLUICE_INLINE static bool test(T a, T b) {
    return (a < b) | (a > b);
  }
};
struct Lt {
  template <typename T> SLUICE_INLINE static bool test(T a, T b) {
    return a < b;
  }
};
struct Le {
  template <typename T> SLUICE_INLINE static bool test(T a, T b) {
    return a <= b;
  }
};
struct Num {
  template <typename T> SLUICE_INLINE static bool test(T a, T b) {
    return (a == a) & (b == b);
  }
};

template <typename Op, typename Function>
SLUICE_INLINE void withFtz(const Operation &operation, Function function) {
  if (hasFlag(operation, value::Ftz))
    return function(
        [](float a, float b) { return Op::test(flush(a), flush(b)); });
  function([](float a, float b) { return Op::test(a, b); });
}
#define SLUICE_COMPARE_F32(Op)                                                 \
  SLUICE_HANDLER(Setp##Op##F32) {                                              \
    withFtz<Op>(operation, [&](auto test) {                                    \
      setPredicates<float>(rows, operation, active, test);                     \
    });                                                                        \
  }                                                                            \
  SLUICE_HANDLER(Set##Op##F32) {                                               \
    withFtz<Op>(operation, [&](auto test) {                                    \
      setWords<float>(rows, operation, active, test);                          \
    });                                                                        \
  }                                                                            \
  SLUICE_COMPARE(Op##F64, double, Op::test(a, b))
SLUICE_COMPARE_F32(Eq)
SLUICE_COMPARE_F32(Ne)
SLUICE_COMPARE_F32(Lt)
SLUICE_COMPARE_F32(Le)
SLUICE_COMPARE_F32(Num)

template <typename Format, typename Op>
SLUICE_INLINE bool testHalf(u32 a, u32 b, bool ftz) {
  a = ftz ? flushTo<Format>(a) : a;
  b = ftz ? flushTo<Format>(b) : b;
  return Op::test(asFloat(widen<Format>(a)), asFloat(widen<Format>(b)));
}

/// Packed: p is of the lower half, q of the upper, each combined with c.
template <typename Format, typename Op>
SLUICE_INLINE void setPredicatesOfHalves(u32 *rows, const Operation &operation,
                                         Mask active) {
  const Row *row = getRows(operation);
  const Row *source = row + (hasFlag(operation, value::HasQ) ? 2 : 1);
  bool ftz = hasFlag(operation, value::Ftz);
  Mask result[2];
  for (unsigned half = 0; half < 2; ++half) {
    Mask mask =
        compareLanes<u32, u32>(rows, source[0], source[1], [=](u32 a, u32 b) {
          return testHalf<Format, Op>((a >> (16 * half)) & 0xffff,
                                      (b >> (16 * half)) & 0xffff, ftz);
        });
    result[half] = mask ^ (hasFlag(operation, value::Invert) ? kAllLanes : 0);
  }
  if (hasFlag(operation, value::HasC)) {
    Mask c = loadPredicate(rows, source[2]);
    c ^= hasFlag(operation, value::NegateC) ? kAllLanes : 0;
    result[0] = combine(operation, result[0], c);
    result[1] = combine(operation, result[1], c);
  }
  storePredicate(rows, row[0], result[0], active);
  if (hasFlag(operation, value::HasQ))
    storePredicate(rows, row[1], result[1], active);
}

/// Packed: each half of d is detail[2]'s low 16 bits or 0.
template <typename Format, typename Op>
SLUICE_INLINE void setHalves(u32 *rows, const Operation &operation,
                             Mask active) {
  const Row *row = getRows(operation);
  bool ftz = hasFlag(operation, value::Ftz);
  bool inverts = hasFlag(operation, value::Invert);
  bool hasC = hasFlag(operation, value::HasC);
  Mask c = hasC ? loadPredicate(rows, row[3]) : 0;
  c ^= hasFlag(operation, value::NegateC) ? kAllLanes : 0;
  u32 whenTrue = operation.detail[2] & 0xffff;
  u32 *d = getLanes<u32>(rows, row[0]);
  const u32 *a = getLanes<u32>(rows, row[1]), *b = getLanes<u32>(rows, row[2]);
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    u32 low = testHalf<Format, Op>(a[i] & 0xffff, b[i] & 0xffff, ftz);
    u32 high = testHalf<Format, Op>(a[i] >> 16, b[i] >> 16, ftz);
    u32 both = (low | high << 1) ^ (inverts ? 3 : 0);
    both = hasC ? combine(operation, both, isActive(c, i) ? 3 : 0) : both;
    u32 result = (both & 1 ? whenTrue : 0) | (both & 2 ? whenTrue << 16 : 0);
    d[i] = isActive(active, i) ? result : d[i];
  }
}

#define SLUICE_COMPARE_HALF(Op, Format)                                        \
  SLUICE_HANDLER(Setp##Op##Format) {                                           \
    bool ftz = hasFlag(operation, value::Ftz);                                 \
    setPredicates<u16>(rows, operation, active, [=](u16 a, u16 b) {            \
      return testHalf<Format, Op>(a, b, ftz);                                  \
    });                                                                        \
  }                                                                            \
  SLUICE_HANDLER(Set##Op##Format) {                                            \
    bool ftz = hasFlag(operation, value::Ftz);                                 \
    setWords<u16>(rows, operation, active, [=](u16 a, u16 b) {                 \
      return testHalf<Format, Op>(a, b, ftz);                                  \
    });                                                                        \
  }                                                                            \
  SLUICE_HANDLER(Setp##Op##Format##x2) {                                       \
    setPredicatesOfHalves<Format, Op>(rows, operation, active);                \
  }                                                                            \
  SLUICE_HANDLER(Set##Op##Format##x2) {                                        \
    setHalves<Format, Op>(rows, operation, active);                            \
  }
#define SLUICE_COMPARE_HALVES(Op)                                              \
  SLUICE_COMPARE_HALF(Op, F16)                                                 \
  SLUICE_COMPARE_HALF(Op, BF16)
SLUICE_COMPARE_HALVES(Eq)
SLUICE_COMPARE_HALVES(Ne)
SLUICE_COMPARE_HALVES(Lt)
SLUICE_COMPARE_HALVES(Le)
SLUICE_COMPARE_HALVES(Num)

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

/// d, a, b, c: a where c holds.
template <typename T>
SLUICE_INLINE void select(u32 *rows, const Operation &operation, Mask active) {
  const Row *row = getRows(operation);
  Mask c = loadPredicate(rows, row[3]);
  c ^= hasFlag(operation, value::NegateC) ? kAllLanes : 0;
  T *d = getLanes<T>(rows, row[0]);
  const T *a = getLanes<T>(rows, row[1]), *b = getLanes<T>(rows, row[2]);
  if (active == kAllLanes) {
    SLUICE_LANES
    for (unsigned i = 0; i < kLanes; ++i)
      d[i] = isActive(c, i) ? a[i] : b[i];
    return;
  }
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    T result = isActive(c, i) ? a[i] : b[i];
    d[i] = isActive(active, i) ? result : d[i];
  }
}
SLUICE_HANDLER(Selp32) { select<u32>(rows, operation, active); }
SLUICE_HANDLER(Selp64) { select<u64>(rows, operation, active); }

/// A NaN is unordered: b (9.7.6.4). -0 is not less than 0: a.
SLUICE_MAP3(Slct32S32, u32, u32, u32, s32, c >= 0 ? a : b)
SLUICE_MAP3(Slct64S32, u64, u64, u64, s32, c >= 0 ? a : b)
template <typename T>
SLUICE_INLINE void selectBySign(u32 *rows, const Operation &operation,
                                Mask active) {
  bool ftz = hasFlag(operation, value::Ftz);
  map3<T, T, T, float>(rows, operation, active, [=](T a, T b, float c) -> T {
    return (ftz ? flush(c) : c) >= 0 ? a : b;
  });
}
SLUICE_HANDLER(Slct32F32) { selectBySign<u32>(rows, operation, active); }
SLUICE_HANDLER(Slct64F32) { selectBySign<u64>(rows, operation, active); }

} // namespace sluice::sim::SLUICE_SIMD
