//===- Half.cpp - f16 and bf16 arithmetic ---------------------------------===//
//
// PTX ISA 9.0, section 9.7.4. One loop serves a scalar and a packed pair: it
// works on both halves of the word, and nobody looks at a scalar's upper one.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;

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

llvm::ArrayRef<InstructionDecoder> sim::getHalfDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::AddHalf, SLUICE_HALF(Add)},
      {Semantics::SubHalf, SLUICE_HALF(Sub)},
      {Semantics::MulHalf, SLUICE_HALF(Mul)},
      {Semantics::FmaHalf, SLUICE_HALF(Fma)},
      {Semantics::NegHalf, SLUICE_HALF(Neg)},
      {Semantics::AbsHalf, SLUICE_HALF(Abs)},
      {Semantics::MinHalf, SLUICE_HALF(Min)},
      {Semantics::MaxHalf, SLUICE_HALF(Max)},
  };
  return decoders;
}
