//===- Float.cpp - f32 and f64 arithmetic ---------------------------------===//
//
// PTX ISA 9.0, section 9.7.3, without the approximate functions.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
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

llvm::ArrayRef<InstructionDecoder> sim::getFloatDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::AddF32, SLUICE_SINGLE(Add)},
      {Semantics::AddF64, SLUICE_DOUBLE(Add)},
      {Semantics::AddF32x2, decodePair<ValueOp::AddF32x2>},
      {Semantics::SubF32, SLUICE_SINGLE(Sub)},
      {Semantics::SubF64, SLUICE_DOUBLE(Sub)},
      {Semantics::SubF32x2, decodePair<ValueOp::SubF32x2>},
      {Semantics::MulF32, SLUICE_SINGLE(Mul)},
      {Semantics::MulF64, SLUICE_DOUBLE(Mul)},
      {Semantics::MulF32x2, decodePair<ValueOp::MulF32x2>},
      {Semantics::FmaF32, SLUICE_SINGLE(Fma)},
      {Semantics::FmaF64, SLUICE_DOUBLE(Fma)},
      {Semantics::FmaF32x2, decodePair<ValueOp::FmaF32x2>},
      {Semantics::AddMixed, SLUICE_MIXED(Add)},
      {Semantics::SubMixed, SLUICE_MIXED(Sub)},
      {Semantics::FmaMixed, SLUICE_MIXED(Fma)},
      {Semantics::DivF32, SLUICE_SINGLE(Div)},
      {Semantics::DivF64, SLUICE_DOUBLE(Div)},
      {Semantics::RcpF32, SLUICE_SINGLE(Rcp)},
      {Semantics::RcpF64, SLUICE_DOUBLE(Rcp)},
      {Semantics::SqrtF32, SLUICE_SINGLE(Sqrt)},
      {Semantics::SqrtF64, SLUICE_DOUBLE(Sqrt)},
      {Semantics::NegF32, decodeAs<ValueOp::NegF32, Type::F32>},
      {Semantics::NegF64, decodeAs<ValueOp::NegF64, Type::F64>},
      {Semantics::AbsF32, decodeAs<ValueOp::AbsF32, Type::F32>},
      {Semantics::AbsF64, decodeAs<ValueOp::AbsF64, Type::F64>},
      {Semantics::MinF32, decodeMinimum<ValueOp::MinF32>},
      {Semantics::Min3F32, decodeMinimum<ValueOp::Min3F32>},
      {Semantics::MinF64, decodeAs<ValueOp::MinF64, Type::F64>},
      {Semantics::MaxF32, decodeMinimum<ValueOp::MaxF32>},
      {Semantics::Max3F32, decodeMinimum<ValueOp::Max3F32>},
      {Semantics::MaxF64, decodeAs<ValueOp::MaxF64, Type::F64>},
      {Semantics::CopysignF32, decodeAs<ValueOp::CopysignF32, Type::F32>},
      {Semantics::CopysignF64, decodeAs<ValueOp::CopysignF64, Type::F64>},
      {Semantics::TestpF32, decodeTestp<ValueOp::TestpF32, Type::F32>},
      {Semantics::TestpF64, decodeTestp<ValueOp::TestpF64, Type::F64>},
  };
  return decoders;
}
