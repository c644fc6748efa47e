//===- Float.cpp - f32 and f64 arithmetic ---------------------------------===//
//
// PTX ISA 9.0, section 9.7.3, without the approximate functions.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Class;
using ptx::Type;
using value::Rounding;

/// The fast loop where there are no modifiers, the general one otherwise.
static void setRounded(Decoder &decoder, ValueOp plain, ValueOp flags,
                       ValueOp rounded) {
  Rounding rounding = getRounding(decoder.match().get("round"));
  addModifiers(decoder);
  decoder.operation().detail[1] = static_cast<uint32_t>(rounding);
  setCompute(decoder, rounding != Rounding::Nearest        ? rounded
                      : decoder.operation().detail[0] != 0 ? flags
                                                           : plain);
}
template <ValueOp plain, ValueOp flags, ValueOp rounded>
static bool decodeSingle(Decoder &decoder) {
  setRounded(decoder, plain, flags, rounded);
  return addOperands(decoder, Type::F32);
}
template <ValueOp plain, ValueOp rounded>
static bool decodeDouble(Decoder &decoder) {
  setRounded(decoder, plain, plain, rounded);
  return addOperands(decoder, Type::F64);
}
/// The last source is an f32, those before it are narrow.
template <ValueOp f16, ValueOp bf16> static bool decodeMixed(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  ValueOp op = type == Type::F16 ? f16 : bf16;
  setRounded(decoder, op, op, op);
  if (!decoder.addDestination(0, Type::F32))
    return false;
  size_t last = decoder.numOperands() - 1;
  for (size_t i = 1; i < last; ++i)
    if (!decoder.addSource(i, type))
      return false;
  return decoder.addSource(last, Type::F32);
}

template <ValueOp op> static bool decodePair(Decoder &decoder) {
  setRounded(decoder, op, op, op);
  return addOperands(decoder, Type::F32x2);
}

template <ValueOp op> static bool decodeMinimum(Decoder &decoder) {
  if (decoder.match().has("xorsign"))
    decoder.operation().detail[0] |= value::XorSign;
  if (decoder.match().has("abs"))
    decoder.operation().detail[0] |= value::Magnitude;
  return decodeAs<op, Type::F32>(decoder);
}

template <ValueOp op, Type type> static bool decodeTestp(Decoder &decoder) {
  setCompute(decoder, op);
  decoder.operation().detail[1] = static_cast<uint32_t>(
      llvm::StringSwitch<value::Test>(decoder.match().get("test"))
          .Case("finite", value::Test::Finite)
          .Case("infinite", value::Test::Infinite)
          .Case("number", value::Test::Number)
          .Case("notanumber", value::Test::NotANumber)
          .Case("normal", value::Test::Normal)
          .Default(value::Test::Subnormal));
  return decoder.addDestination(0, Type::Pred) && decoder.addSource(1, type);
}

#define SLUICE_SINGLE(Name)                                                    \
  decodeSingle<ValueOp::Name##F32, ValueOp::Name##F32Flags,                    \
               ValueOp::Name##F32Rounded>
#define SLUICE_DOUBLE(Name)                                                    \
  decodeDouble<ValueOp::Name##F64, ValueOp::Name##F64Rounded>
#define SLUICE_MIXED(Name)                                                     \
  decodeMixed<ValueOp::Name##MixedF16, ValueOp::Name##MixedBF16>
#define SLUICE_ROUND "round=rn|rz|rm|rp"
#define SLUICE_TESTS "test=finite|infinite|number|notanumber|normal|subnormal"

llvm::ArrayRef<ptx::Form> sim::getFloatForms() {
  static constexpr Class kSingle = Class::Float32, kDouble = Class::Float64;
  static const ptx::Form forms[] = {
      {"add", "[" SLUICE_ROUND "] [.ftz] [.sat] .f32", "d, a, b", kSingle,
       SLUICE_SINGLE(Add)},
      {"add", "[" SLUICE_ROUND "] .f64", "d, a, b", kDouble,
       SLUICE_DOUBLE(Add)},
      {"add", "[" SLUICE_ROUND "] [.ftz] .f32x2", "d, a, b", kSingle,
       decodePair<ValueOp::AddF32x2>},
      {"sub", "[" SLUICE_ROUND "] [.ftz] [.sat] .f32", "d, a, b", kSingle,
       SLUICE_SINGLE(Sub)},
      {"sub", "[" SLUICE_ROUND "] .f64", "d, a, b", kDouble,
       SLUICE_DOUBLE(Sub)},
      {"sub", "[" SLUICE_ROUND "] [.ftz] .f32x2", "d, a, b", kSingle,
       decodePair<ValueOp::SubF32x2>},
      {"mul", "[" SLUICE_ROUND "] [.ftz] [.sat] .f32", "d, a, b", kSingle,
       SLUICE_SINGLE(Mul)},
      {"mul", "[" SLUICE_ROUND "] .f64", "d, a, b", kDouble,
       SLUICE_DOUBLE(Mul)},
      {"mul", "[" SLUICE_ROUND "] [.ftz] .f32x2", "d, a, b", kSingle,
       decodePair<ValueOp::MulF32x2>},
      {"fma", SLUICE_ROUND " [.ftz] [.sat] .f32", "d, a, b, c", kSingle,
       SLUICE_SINGLE(Fma)},
      {"fma", SLUICE_ROUND " .f64", "d, a, b, c", kDouble, SLUICE_DOUBLE(Fma)},
      {"mad", SLUICE_ROUND " [.ftz] [.sat] .f32", "d, a, b, c", kSingle,
       SLUICE_SINGLE(Fma)},
      {"mad", SLUICE_ROUND " .f64", "d, a, b, c", kDouble, SLUICE_DOUBLE(Fma)},
      {"fma", SLUICE_ROUND " [.ftz] .f32x2", "d, a, b, c", kSingle,
       decodePair<ValueOp::FmaF32x2>},
      {"add", "[" SLUICE_ROUND "] [.sat] .f32 type=f16|bf16", "d, a, c",
       kSingle, SLUICE_MIXED(Add)},
      {"sub", "[" SLUICE_ROUND "] [.sat] .f32 type=f16|bf16", "d, a, c",
       kSingle, SLUICE_MIXED(Sub)},
      {"fma", SLUICE_ROUND " [.sat] .f32 type=f16|bf16", "d, a, b, c", kSingle,
       SLUICE_MIXED(Fma)},
      {"div", SLUICE_ROUND " [.ftz] .f32", "d, a, b", kSingle,
       SLUICE_SINGLE(Div)},
      {"div", SLUICE_ROUND " .f64", "d, a, b", kDouble, SLUICE_DOUBLE(Div)},
      {"rcp", SLUICE_ROUND " [.ftz] .f32", "d, a", kSingle, SLUICE_SINGLE(Rcp)},
      {"rcp", SLUICE_ROUND " .f64", "d, a", kDouble, SLUICE_DOUBLE(Rcp)},
      {"sqrt", SLUICE_ROUND " [.ftz] .f32", "d, a", kSingle,
       SLUICE_SINGLE(Sqrt)},
      {"sqrt", SLUICE_ROUND " .f64", "d, a", kDouble, SLUICE_DOUBLE(Sqrt)},
      {"neg", "[.ftz] .f32", "d, a", kSingle,
       decodeAs<ValueOp::NegF32, Type::F32>},
      {"neg", ".f64", "d, a", kDouble, decodeAs<ValueOp::NegF64, Type::F64>},
      {"abs", "[.ftz] .f32", "d, a", kSingle,
       decodeAs<ValueOp::AbsF32, Type::F32>},
      {"abs", ".f64", "d, a", kDouble, decodeAs<ValueOp::AbsF64, Type::F64>},
      {"min", "[.ftz] [.NaN] .xorsign .abs .f32", "d, a, b", kSingle,
       decodeMinimum<ValueOp::MinF32>},
      {"min", "[.ftz] [.NaN] .f32", "d, a, b", kSingle,
       decodeMinimum<ValueOp::MinF32>},
      {"min", "[.ftz] [.NaN] [.abs] .f32", "d, a, b, c", kSingle,
       decodeMinimum<ValueOp::Min3F32>},
      {"min", ".f64", "d, a, b", kDouble, decodeAs<ValueOp::MinF64, Type::F64>},
      {"max", "[.ftz] [.NaN] .xorsign .abs .f32", "d, a, b", kSingle,
       decodeMinimum<ValueOp::MaxF32>},
      {"max", "[.ftz] [.NaN] .f32", "d, a, b", kSingle,
       decodeMinimum<ValueOp::MaxF32>},
      {"max", "[.ftz] [.NaN] [.abs] .f32", "d, a, b, c", kSingle,
       decodeMinimum<ValueOp::Max3F32>},
      {"max", ".f64", "d, a, b", kDouble, decodeAs<ValueOp::MaxF64, Type::F64>},
      {"copysign", ".f32", "d, a, b", kSingle,
       decodeAs<ValueOp::CopysignF32, Type::F32>},
      {"copysign", ".f64", "d, a, b", kDouble,
       decodeAs<ValueOp::CopysignF64, Type::F64>},
      {"testp", SLUICE_TESTS " .f32", "p, a", kSingle,
       decodeTestp<ValueOp::TestpF32, Type::F32>},
      {"testp", SLUICE_TESTS " .f64", "p, a", kDouble,
       decodeTestp<ValueOp::TestpF64, Type::F64>},
  };
  return forms;
}
