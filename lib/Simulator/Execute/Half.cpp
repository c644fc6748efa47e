//===- Half.cpp - f16 and bf16 arithmetic ---------------------------------===//
//
// PTX ISA 9.0, section 9.7.4. One loop serves a scalar and a packed pair: it
// works on both halves of the word, and nobody looks at a scalar's upper one.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Class;

static constexpr Class kHalf = Class::Half;

template <ValueOp f16, ValueOp bf16> static bool decodeHalf(Decoder &decoder) {
  ptx::Type type = decoder.match().getType("type");
  bool isF16 = type == ptx::Type::F16 || type == ptx::Type::F16x2;
  setCompute(decoder, isF16 ? f16 : bf16);
  addModifiers(decoder);
  if (decoder.match().has("xorsign"))
    decoder.operation().detail[0] |= value::XorSign;
  if (decoder.match().has("abs"))
    decoder.operation().detail[0] |= value::Magnitude;
  return addOperands(decoder, type);
}
#define SLUICE_HALF(Name) decodeHalf<ValueOp::Name##F16, ValueOp::Name##BF16>

llvm::ArrayRef<ptx::Form> sim::getHalfForms() {
  static const ptx::Form forms[] = {
      {"add", "[.rn] [.ftz] [.sat] type=f16|f16x2", "d, a, b", kHalf,
       SLUICE_HALF(Add)},
      {"add", "[.rn] type=bf16|bf16x2", "d, a, b", kHalf, SLUICE_HALF(Add)},
      {"sub", "[.rn] [.ftz] [.sat] type=f16|f16x2", "d, a, b", kHalf,
       SLUICE_HALF(Sub)},
      {"sub", "[.rn] type=bf16|bf16x2", "d, a, b", kHalf, SLUICE_HALF(Sub)},
      {"mul", "[.rn] [.ftz] [.sat] type=f16|f16x2", "d, a, b", kHalf,
       SLUICE_HALF(Mul)},
      {"mul", "[.rn] type=bf16|bf16x2", "d, a, b", kHalf, SLUICE_HALF(Mul)},
      {"fma", ".rn [.ftz] [.sat] type=f16|f16x2", "d, a, b, c", kHalf,
       SLUICE_HALF(Fma)},
      {"fma", ".rn [.ftz] .relu type=f16|f16x2", "d, a, b, c", kHalf,
       SLUICE_HALF(Fma)},
      {"fma", ".rn [.relu] type=bf16|bf16x2", "d, a, b, c", kHalf,
       SLUICE_HALF(Fma)},
      {"fma", ".rn .oob [.relu] type=f16|f16x2|bf16|bf16x2", "d, a, b, c",
       kHalf, SLUICE_HALF(Fma)},
      {"neg", "[.ftz] type=f16|f16x2", "d, a", kHalf, SLUICE_HALF(Neg)},
      {"neg", "type=bf16|bf16x2", "d, a", kHalf, SLUICE_HALF(Neg)},
      {"abs", "[.ftz] type=f16|f16x2", "d, a", kHalf, SLUICE_HALF(Abs)},
      {"abs", "type=bf16|bf16x2", "d, a", kHalf, SLUICE_HALF(Abs)},
      {"min", "[.ftz] [.NaN] .xorsign .abs type=f16|f16x2", "d, a, b", kHalf,
       SLUICE_HALF(Min)},
      {"min", "[.ftz] [.NaN] type=f16|f16x2", "d, a, b", kHalf,
       SLUICE_HALF(Min)},
      {"min", "[.NaN] .xorsign .abs type=bf16|bf16x2", "d, a, b", kHalf,
       SLUICE_HALF(Min)},
      {"min", "[.NaN] type=bf16|bf16x2", "d, a, b", kHalf, SLUICE_HALF(Min)},
      {"max", "[.ftz] [.NaN] .xorsign .abs type=f16|f16x2", "d, a, b", kHalf,
       SLUICE_HALF(Max)},
      {"max", "[.ftz] [.NaN] type=f16|f16x2", "d, a, b", kHalf,
       SLUICE_HALF(Max)},
      {"max", "[.NaN] .xorsign .abs type=bf16|bf16x2", "d, a, b", kHalf,
       SLUICE_HALF(Max)},
      {"max", "[.NaN] type=bf16|bf16x2", "d, a, b", kHalf, SLUICE_HALF(Max)},
  };
  return forms;
}
