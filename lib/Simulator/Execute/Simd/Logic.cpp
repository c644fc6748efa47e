//===- Logic.cpp - loops of logic and shifts ------------------------------===//
//
// PTX ISA 9.0, section 9.7.8.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Lanes.h"

namespace sluice::sim::SLUICE_SIMD {

SLUICE_MAP2(And32, u32, u32, u32, a &b)
SLUICE_MAP2(And64, u64, u64, u64, a &b)
SLUICE_MAP2(Or32, u32, u32, u32, a | b)
SLUICE_MAP2(Or64, u64, u64, u64, a | b)
SLUICE_MAP2(Xor32, u32, u32, u32, a ^ b)
SLUICE_MAP2(Xor64, u64, u64, u64, a ^ b)
SLUICE_MAP1(Not32, u32, u32, ~a)
SLUICE_MAP1(Not64, u64, u64, ~a)
SLUICE_MAP1(Cnot16, u32, u16, a == 0)
SLUICE_MAP1(Cnot32, u32, u32, a == 0)
SLUICE_MAP1(Cnot64, u64, u64, a == 0)

/// Of operand `i`, which may be !p.
SLUICE_INLINE Mask loadOperand(const u32 *rows, const Operation &operation,
                               unsigned i, u32 negation) {
  Mask mask = loadPredicate(rows, getRows(operation)[i]);
  return operation.detail[0] & negation ? ~mask : mask;
}

#define SLUICE_PREDICATE_LOGIC(Name, Operator)                                 \
  SLUICE_HANDLER(Name) {                                                       \
    Mask a = loadOperand(rows, operation, 1, value::NegateA);                  \
    Mask b = loadOperand(rows, operation, 2, value::NegateB);                  \
    storePredicate(rows, getRows(operation)[0], a Operator b, active);         \
  }
SLUICE_PREDICATE_LOGIC(AndPred, &)
SLUICE_PREDICATE_LOGIC(OrPred, |)
SLUICE_PREDICATE_LOGIC(XorPred, ^)
SLUICE_HANDLER(NotPred) {
  Mask a = loadOperand(rows, operation, 1, value::NegateA);
  storePredicate(rows, getRows(operation)[0], ~a, active);
}
SLUICE_HANDLER(MovPred) {
  Mask a = loadOperand(rows, operation, 1, value::NegateA);
  storePredicate(rows, getRows(operation)[0], a, active);
}

/// The table spread to words: a bit of a, b and c chooses among eight.
struct Table3 {
  u32 word[8];
  explicit Table3(u64 table) {
    for (unsigned i = 0; i < 8; ++i)
      word[i] = (table >> i) & 1 ? ~0u : 0;
  }
  SLUICE_INLINE u32 get(u32 a, u32 b, u32 c) const {
    u32 withC[4], withB[2];
    for (unsigned i = 0; i < 4; ++i)
      withC[i] = (word[2 * i + 1] & c) | (word[2 * i] & ~c);
    for (unsigned i = 0; i < 2; ++i)
      withB[i] = (withC[2 * i + 1] & b) | (withC[2 * i] & ~b);
    return (withB[1] & a) | (withB[0] & ~a);
  }
};

SLUICE_HANDLER(Lop3) {
  Table3 table(operation.immediate);
  map3<u32, u32, u32, u32>(rows, operation, active, [&](u32 a, u32 b, u32 c) {
    return table.get(a, b, c);
  });
}

/// d|p, a, b, c, q: p = (d != 0) BoolOp q.
SLUICE_HANDLER(Lop3Pred) {
  const Row *row = getRows(operation);
  u32 *d = getLanes<u32>(rows, row[0]);
  const u32 *a = getLanes<u32>(rows, row[2]);
  const u32 *b = getLanes<u32>(rows, row[3]);
  const u32 *c = getLanes<u32>(rows, row[4]);
  Mask q = loadOperand(rows, operation, 5, value::NegateC);
  Table3 table(operation.immediate);
  Mask isSet = 0;
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    u32 result = table.get(a[i], b[i], c[i]);
    isSet |= result != 0 ? Mask{1} << i : 0;
    d[i] = isActive(active, i) ? result : d[i];
  }
  Mask p = operation.detail[1] == u32(value::Combine::And)  ? isSet & q
           : operation.detail[1] == u32(value::Combine::Or) ? isSet | q
                                                            : isSet ^ q;
  storePredicate(rows, row[1], p, active);
}

/// c modulo 32 (.wrap) or at most 32 (.clamp): b:a shifted by it.
SLUICE_INLINE u32 getFunnelAmount(u32 c, bool wraps) {
  return wraps ? c & 31 : c < 32 ? c : 32;
}
SLUICE_HANDLER(ShfLeft) {
  bool wraps = operation.detail[0] & value::Wrap;
  map3<u32, u32, u32, u32>(
      rows, operation, active, [=](u32 a, u32 b, u32 c) -> u32 {
        u64 both = u64{b} << 32 | a;
        return static_cast<u32>((both << getFunnelAmount(c, wraps)) >> 32);
      });
}
SLUICE_HANDLER(ShfRight) {
  bool wraps = operation.detail[0] & value::Wrap;
  map3<u32, u32, u32, u32>(
      rows, operation, active, [=](u32 a, u32 b, u32 c) -> u32 {
        u64 both = u64{b} << 32 | a;
        return static_cast<u32>(both >> getFunnelAmount(c, wraps));
      });
}

/// Amounts beyond the width are clamped to it (9.7.8.7, 9.7.8.8).
template <typename T> SLUICE_INLINE T shiftLeft(T a, u32 b) {
  T shifted = static_cast<T>(a << (b & (kBits<T> - 1)));
  return b < kBits<T> ? shifted : T(0);
}
template <typename T> SLUICE_INLINE T shiftRight(T a, u32 b) {
  T amount = static_cast<T>(b < kBits<T> ? b : kBits<T> - 1);
  T shifted = static_cast<T>(a >> amount);
  return isSigned<T> || b < kBits<T> ? shifted : T(0);
}
SLUICE_MAP2(Shl16, u16, u16, u32, shiftLeft(a, b))
SLUICE_MAP2(Shl32, u32, u32, u32, shiftLeft(a, b))
SLUICE_MAP2(Shl64, u64, u64, u32, shiftLeft(a, b))
SLUICE_MAP2(ShrU16, u16, u16, u32, shiftRight(a, b))
SLUICE_MAP2(ShrS16, s16, s16, u32, shiftRight(a, b))
SLUICE_MAP2(ShrU32, u32, u32, u32, shiftRight(a, b))
SLUICE_MAP2(ShrS32, s32, s32, u32, shiftRight(a, b))
SLUICE_MAP2(ShrU64, u64, u64, u32, shiftRight(a, b))
SLUICE_MAP2(ShrS64, s64, s64, u32, shiftRight(a, b))

} // namespace sluice::sim::SLUICE_SIMD
