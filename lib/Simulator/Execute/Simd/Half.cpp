//===- Half.cpp - loops of f16 and bf16 arithmetic ------------------------===//
//
// PTX ISA 9.0, section 9.7.4. Every loop works on both halves of the word.
// Sums and products are rounded to f32 first, which has more than twice the
// bits and so spoils no second rounding (Figueroa, "When is double rounding
// innocuous?", 1995); the fused ones are rounded to odd in f64.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Float.h"

namespace sluice::sim::SLUICE_SIMD {

SLUICE_INLINE bool hasFlag(const Operation &operation, u32 flag) {
  return operation.detail[0] & flag;
}

struct HalfFlags {
  bool ftz, sat, relu, oob;
  explicit HalfFlags(const Operation &operation)
      : ftz(hasFlag(operation, value::Ftz)),
        sat(hasFlag(operation, value::Sat)),
        relu(hasFlag(operation, value::Relu)),
        oob(hasFlag(operation, value::Oob)) {}
};

template <typename Format>
SLUICE_INLINE float load(u32 half, const HalfFlags &flags) {
  return asFloat(widen<Format>(flags.ftz ? flushTo<Format>(half) : half));
}
template <typename Format>
SLUICE_INLINE u32 store(u32 word, const HalfFlags &flags) {
  u32 half = narrow<Format>(word, Rounding::Nearest);
  half = flags.ftz ? flushTo<Format>(half) : half;
  half = flags.sat ? saturateTo<Format>(half) : half;
  return flags.relu ? reluTo<Format>(half) : half;
}

struct Add {
  SLUICE_INLINE static float apply(float a, float b) { return a + b; }
};
struct Sub {
  SLUICE_INLINE static float apply(float a, float b) { return a - b; }
};
struct Mul {
  SLUICE_INLINE static float apply(float a, float b) { return a * b; }
};

template <typename Op, typename Format>
SLUICE_INLINE u32 compute(u32 a, u32 b, const HalfFlags &flags) {
  float result = Op::apply(load<Format>(a & 0xffff, flags),
                           load<Format>(b & 0xffff, flags));
  return store<Format>(bits(result), flags);
}
template <typename Op, typename Format>
SLUICE_INLINE void computeLanes(u32 *rows, const Operation &operation,
                                Mask active) {
  HalfFlags flags(operation);
  map2<u32, u32, u32>(rows, operation, active, [=](u32 a, u32 b) -> u32 {
    return compute<Op, Format>(a, b, flags) |
           compute<Op, Format>(a >> 16, b >> 16, flags) << 16;
  });
}
#define SLUICE_HALF(Name)                                                      \
  SLUICE_HANDLER(Name##F16) {                                                  \
    computeLanes<Name, F16>(rows, operation, active);                          \
  }                                                                            \
  SLUICE_HANDLER(Name##BF16) {                                                 \
    computeLanes<Name, BF16>(rows, operation, active);                         \
  }
SLUICE_HALF(Add)
SLUICE_HALF(Sub)
SLUICE_HALF(Mul)

/// What tensor copies fill with outside of the tensor: the NaN of fma.oob.
static constexpr u32 kOobNaN = 0x7ff7;

template <typename Format>
SLUICE_INLINE u32 fuse(u32 a, u32 b, u32 c, const HalfFlags &flags) {
  double product =
      double{load<Format>(a & 0xffff, flags)} * load<Format>(b & 0xffff, flags);
  double sum = addOdd(product, load<Format>(c & 0xffff, flags));
  u32 result = store<Format>(toFloatOdd(sum), flags);
  bool isOutside = (a & 0xffff) == kOobNaN || (b & 0xffff) == kOobNaN;
  return flags.oob && isOutside ? 0 : result;
}
template <typename Format>
SLUICE_INLINE void fuseLanes(u32 *rows, const Operation &operation,
                             Mask active) {
  HalfFlags flags(operation);
  map3<u32, u32, u32, u32>(
      rows, operation, active, [=](u32 a, u32 b, u32 c) -> u32 {
        return fuse<Format>(a, b, c, flags) |
               fuse<Format>(a >> 16, b >> 16, c >> 16, flags) << 16;
      });
}
SLUICE_HANDLER(FmaF16) { fuseLanes<F16>(rows, operation, active); }
SLUICE_HANDLER(FmaBF16) { fuseLanes<BF16>(rows, operation, active); }

template <typename Format> SLUICE_INLINE u32 flushHalves(u32 word, bool ftz) {
  u32 flushed = flushTo<Format>(word & 0xffff) | flushTo<Format>(word >> 16)
                                                     << 16;
  return ftz ? flushed : word;
}
#define SLUICE_SIGNS(Format)                                                   \
  SLUICE_HANDLER(Neg##Format) {                                                \
    bool ftz = hasFlag(operation, value::Ftz);                                 \
    map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {                \
      return flushHalves<Format>(a, ftz) ^ 0x80008000;                         \
    });                                                                        \
  }                                                                            \
  SLUICE_HANDLER(Abs##Format) {                                                \
    bool ftz = hasFlag(operation, value::Ftz);                                 \
    map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {                \
      return flushHalves<Format>(a, ftz) & 0x7fff7fff;                         \
    });                                                                        \
  }
SLUICE_SIGNS(F16)
SLUICE_SIGNS(BF16)

/// Ordered as the numbers are, -0 below +0 (9.7.4.8).
SLUICE_INLINE s32 getOrder(u32 half) {
  s32 magnitude = static_cast<s32>(half & 0x7fff);
  return half & 0x8000 ? ~magnitude : magnitude;
}

struct ChoiceFlags {
  bool ftz, propagatesNaN, xorSign;
  explicit ChoiceFlags(const Operation &operation)
      : ftz(hasFlag(operation, value::Ftz)),
        propagatesNaN(hasFlag(operation, value::PropagateNaN)),
        xorSign(hasFlag(operation, value::XorSign)) {}
};
template <typename Format, bool isMaximum>
SLUICE_INLINE u32 choose(u32 a, u32 b, const ChoiceFlags &flags) {
  a = flags.ftz ? flushTo<Format>(a) : a;
  b = flags.ftz ? flushTo<Format>(b) : b;
  u32 sign = flags.xorSign ? (a ^ b) & 0x8000 : 0;
  u32 kept = flags.xorSign ? 0x7fff : 0xffff;
  a &= kept;
  b &= kept;
  bool aIsNaN = isNaNOf<Format>(a), bIsNaN = isNaNOf<Format>(b);
  bool takesB = (getOrder(b) < getOrder(a)) != isMaximum;
  u32 result = takesB ? b : a;
  result = aIsNaN ? b : bIsNaN ? a : result;
  bool isNaNResult = flags.propagatesNaN ? aIsNaN || bIsNaN : aIsNaN && bIsNaN;
  return isNaNResult ? Format::kNaN : result | sign;
}
template <typename Format, bool isMaximum>
SLUICE_INLINE void chooseLanes(u32 *rows, const Operation &operation,
                               Mask active) {
  ChoiceFlags flags(operation);
  map2<u32, u32, u32>(rows, operation, active, [=](u32 a, u32 b) -> u32 {
    return choose<Format, isMaximum>(a & 0xffff, b & 0xffff, flags) |
           choose<Format, isMaximum>(a >> 16, b >> 16, flags) << 16;
  });
}
SLUICE_HANDLER(MinF16) { chooseLanes<F16, false>(rows, operation, active); }
SLUICE_HANDLER(MaxF16) { chooseLanes<F16, true>(rows, operation, active); }
SLUICE_HANDLER(MinBF16) { chooseLanes<BF16, false>(rows, operation, active); }
SLUICE_HANDLER(MaxBF16) { chooseLanes<BF16, true>(rows, operation, active); }

} // namespace sluice::sim::SLUICE_SIMD
