//===- ConvertModifiers.h - what cvt does beside converting -----*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_CONVERTMODIFIERS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_CONVERTMODIFIERS_H

#include "lib/Simulator/Execute/Simd/Float.h"

namespace sluice::sim::SLUICE_SIMD {

SLUICE_INLINE bool hasFlag(const Operation &operation, u32 flag) {
  return operation.detail[0] & flag;
}

/// What may stand between the value and its new format.
struct Modifiers {
  Rounding rounding;
  bool ftz, sat, relu, satfinite, isIntegral;
  explicit Modifiers(const Operation &operation)
      : rounding(static_cast<Rounding>(operation.detail[1])),
        ftz(hasFlag(operation, value::Ftz)),
        sat(hasFlag(operation, value::Sat)),
        relu(hasFlag(operation, value::Relu)),
        satfinite(hasFlag(operation, value::Satfinite)),
        isIntegral(hasFlag(operation, value::Integral)) {}
};

template <typename Format>
SLUICE_INLINE u32 narrowWith(u32 word, const Modifiers &with) {
  word = with.ftz ? flush(word) : word;
  u32 result = narrow<Format>(word, with.rounding, with.satfinite);
  result = with.sat ? saturateTo<Format>(result) : result;
  return with.relu ? reluTo<Format>(result) : result;
}

} // namespace sluice::sim::SLUICE_SIMD

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_SIMD_CONVERTMODIFIERS_H
