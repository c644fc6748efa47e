//===- ConvertFloat.cpp - loops of cvt between floating-point formats -----===//
//
// PTX ISA 9.0, section 9.7.9.21.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/ConvertModifiers.h"

namespace sluice::sim::SLUICE_SIMD {

//===----------------------------------------------------------------------===//
// From f32 and to f32
//===----------------------------------------------------------------------===//

template <typename Format>
SLUICE_INLINE void narrowFloat(u32 *rows, const Operation &operation,
                               Mask active) {
  if (operation.detail[0] == 0 && operation.detail[1] == 0) {
    map1<u32, u32>(rows, operation, active,
                   [](u32 a) { return narrow<Format>(a, Rounding::Nearest); });
    return;
  }
  Modifiers with(operation);
  map1<u32, u32>(rows, operation, active,
                 [=](u32 a) { return narrowWith<Format>(a, with); });
}
SLUICE_HANDLER(CvtF16F32) { narrowFloat<F16>(rows, operation, active); }
SLUICE_HANDLER(CvtBF16F32) { narrowFloat<BF16>(rows, operation, active); }
SLUICE_HANDLER(CvtTF32F32) {
  Modifiers with(operation);
  map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {
    u32 result = narrowWith<TF32>(a, with);
    // The format's own NaN, as a word.
    return (result & 0x3ffff) == TF32::kNaN ? kNaN32 : result << 13;
  });
}

/// To one half from another format of 16 bits: exact in f32.
template <typename To, typename From>
SLUICE_INLINE void convertHalf(u32 *rows, const Operation &operation,
                               Mask active) {
  Modifiers with(operation);
  map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {
    u32 word = widen<From>(a & 0xffff);
    float integral = roundToIntegral(asFloat(word), with.rounding);
    word = with.isIntegral ? bits(integral) : word;
    return narrowWith<To>(word, with);
  });
}
SLUICE_HANDLER(CvtF16F16) { convertHalf<F16, F16>(rows, operation, active); }
SLUICE_HANDLER(CvtF16BF16) { convertHalf<F16, BF16>(rows, operation, active); }
SLUICE_HANDLER(CvtBF16F16) { convertHalf<BF16, F16>(rows, operation, active); }
SLUICE_HANDLER(CvtBF16BF16) {
  convertHalf<BF16, BF16>(rows, operation, active);
}

template <typename From>
SLUICE_INLINE void widenHalf(u32 *rows, const Operation &operation,
                             Mask active) {
  bool ftz = hasFlag(operation, value::Ftz);
  bool sat = hasFlag(operation, value::Sat);
  map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {
    u32 word = widen<From>(a & 0xffff);
    word = ftz ? flush(word) : word;
    return sat ? saturate(word) : word;
  });
}
SLUICE_HANDLER(CvtF32F16) { widenHalf<F16>(rows, operation, active); }
SLUICE_HANDLER(CvtF32BF16) { widenHalf<BF16>(rows, operation, active); }

SLUICE_HANDLER(CvtF32F32) {
  Modifiers with(operation);
  map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {
    u32 word = with.ftz ? flush(a) : a;
    float integral = roundToIntegral(asFloat(word), with.rounding);
    word = with.isIntegral ? bits(integral) : word;
    return with.sat ? saturate(word) : canonical(word);
  });
}

//===----------------------------------------------------------------------===//
// From f64 and to f64
//===----------------------------------------------------------------------===//

SLUICE_HANDLER(CvtF32F64) {
  Modifiers with(operation);
  map1<u32, double>(rows, operation, active, [=](double a) -> u32 {
    u32 result = with.rounding == Rounding::Nearest
                     ? bits(static_cast<float>(a))
                     : toFloat(a, with.rounding);
    return finish(result, with.ftz, with.sat);
  });
}
template <typename Format>
SLUICE_INLINE void narrowDouble(u32 *rows, const Operation &operation,
                                Mask active) {
  Modifiers with(operation);
  // f32 has more than two bits to spare, so that odd is enough.
  map1<u32, double>(rows, operation, active, [=](double a) -> u32 {
    u32 result = narrow<Format>(toFloatOdd(a), with.rounding);
    return with.sat ? saturateTo<Format>(result) : result;
  });
}
SLUICE_HANDLER(CvtF16F64) { narrowDouble<F16>(rows, operation, active); }
SLUICE_HANDLER(CvtBF16F64) { narrowDouble<BF16>(rows, operation, active); }

SLUICE_INLINE u64 finishDouble(double value, bool sat) {
  u64 word = value != value ? kCanonicalNaN64 : bits(value);
  u64 saturated = value > 0 ? value < 1 ? word : bits(1.0) : 0;
  return sat ? saturated : word;
}
template <typename From>
SLUICE_INLINE void widenToDouble(u32 *rows, const Operation &operation,
                                 Mask active) {
  bool sat = hasFlag(operation, value::Sat);
  map1<u64, u32>(rows, operation, active, [=](u32 a) -> u64 {
    return finishDouble(asFloat(widen<From>(a & 0xffff)), sat);
  });
}
SLUICE_HANDLER(CvtF64F16) { widenToDouble<F16>(rows, operation, active); }
SLUICE_HANDLER(CvtF64BF16) { widenToDouble<BF16>(rows, operation, active); }
SLUICE_HANDLER(CvtF64F32) {
  bool sat = hasFlag(operation, value::Sat);
  bool ftz = hasFlag(operation, value::Ftz);
  map1<u64, u32>(rows, operation, active, [=](u32 a) -> u64 {
    return finishDouble(asFloat(ftz ? flush(a) : a), sat);
  });
}
SLUICE_HANDLER(CvtF64F64) {
  Modifiers with(operation);
  map1<u64, double>(rows, operation, active, [=](double a) -> u64 {
    double integral = roundToIntegral(a, with.rounding);
    return finishDouble(with.isIntegral ? integral : a, with.sat);
  });
}

} // namespace sluice::sim::SLUICE_SIMD
