//===- Special.cpp - approximate functions --------------------------------===//
//
// PTX ISA 9.0, sections 9.7.3 and 9.7.4.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;

/// detail[3]: the loop, for --perturb.
template <ValueOp op, Type type> static bool decodeSpecial(Decoder &decoder) {
  decoder.operation().detail[3] = static_cast<uint32_t>(op);
  return decodeAs<op, type>(decoder);
}

llvm::ArrayRef<InstructionDecoder> sim::getSpecialDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Ex2F32, decodeSpecial<ValueOp::Ex2F32, Type::F32>},
      {Semantics::Lg2F32, decodeSpecial<ValueOp::Lg2F32, Type::F32>},
      {Semantics::SinF32, decodeSpecial<ValueOp::SinF32, Type::F32>},
      {Semantics::CosF32, decodeSpecial<ValueOp::CosF32, Type::F32>},
      {Semantics::TanhF32, decodeSpecial<ValueOp::TanhF32, Type::F32>},
      {Semantics::RcpApproxF32,
       decodeSpecial<ValueOp::RcpApproxF32, Type::F32>},
      {Semantics::SqrtApproxF32,
       decodeSpecial<ValueOp::SqrtApproxF32, Type::F32>},
      {Semantics::RsqrtF32, decodeSpecial<ValueOp::RsqrtF32, Type::F32>},
      {Semantics::DivApproxF32,
       decodeSpecial<ValueOp::DivApproxF32, Type::F32>},
      {Semantics::DivFullF32, decodeSpecial<ValueOp::DivFullF32, Type::F32>},
      {Semantics::RcpApproxF64,
       decodeSpecial<ValueOp::RcpApproxF64, Type::F64>},
      {Semantics::RsqrtF64, decodeSpecial<ValueOp::RsqrtF64, Type::F64>},
      {Semantics::Ex2F16, decodeSpecial<ValueOp::Ex2F16, Type::F16>},
      {Semantics::Ex2F16x2, decodeSpecial<ValueOp::Ex2F16, Type::F16x2>},
      {Semantics::Ex2BF16, decodeSpecial<ValueOp::Ex2BF16, Type::BF16>},
      {Semantics::Ex2BF16x2, decodeSpecial<ValueOp::Ex2BF16, Type::BF16x2>},
      {Semantics::TanhF16, decodeSpecial<ValueOp::TanhF16, Type::F16>},
      {Semantics::TanhF16x2, decodeSpecial<ValueOp::TanhF16, Type::F16x2>},
      {Semantics::TanhBF16, decodeSpecial<ValueOp::TanhBF16, Type::BF16>},
      {Semantics::TanhBF16x2, decodeSpecial<ValueOp::TanhBF16, Type::BF16x2>},
  };
  return decoders;
}
