//===- Special.cpp - approximate functions --------------------------------===//
//
// PTX ISA 9.0, sections 9.7.3 and 9.7.4.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Class;
using ptx::Type;

/// detail[3]: the loop, for --perturb.
template <ValueOp op, Type type> static bool decodeSpecial(Decoder &decoder) {
  decoder.operation().detail[3] = static_cast<uint32_t>(op);
  return decodeAs<op, type>(decoder);
}

llvm::ArrayRef<ptx::Form> sim::getSpecialForms() {
  static constexpr Class kSpecial = Class::Special;
  static const ptx::Form forms[] = {
      {"ex2", ".approx [.ftz] .f32", "d, a", kSpecial,
       decodeSpecial<ValueOp::Ex2F32, Type::F32>},
      {"lg2", ".approx [.ftz] .f32", "d, a", kSpecial,
       decodeSpecial<ValueOp::Lg2F32, Type::F32>},
      {"sin", ".approx [.ftz] .f32", "d, a", kSpecial,
       decodeSpecial<ValueOp::SinF32, Type::F32>},
      {"cos", ".approx [.ftz] .f32", "d, a", kSpecial,
       decodeSpecial<ValueOp::CosF32, Type::F32>},
      {"tanh", ".approx .f32", "d, a", kSpecial,
       decodeSpecial<ValueOp::TanhF32, Type::F32>},
      {"rcp", ".approx [.ftz] .f32", "d, a", kSpecial,
       decodeSpecial<ValueOp::RcpApproxF32, Type::F32>},
      {"sqrt", ".approx [.ftz] .f32", "d, a", kSpecial,
       decodeSpecial<ValueOp::SqrtApproxF32, Type::F32>},
      {"rsqrt", ".approx [.ftz] .f32", "d, a", kSpecial,
       decodeSpecial<ValueOp::RsqrtF32, Type::F32>},
      {"div", ".approx [.ftz] .f32", "d, a, b", kSpecial,
       decodeSpecial<ValueOp::DivApproxF32, Type::F32>},
      {"div", ".full [.ftz] .f32", "d, a, b", kSpecial,
       decodeSpecial<ValueOp::DivFullF32, Type::F32>},
      {"rcp", ".approx .ftz .f64", "d, a", kSpecial,
       decodeSpecial<ValueOp::RcpApproxF64, Type::F64>},
      {"rsqrt", ".approx [.ftz] .f64", "d, a", kSpecial,
       decodeSpecial<ValueOp::RsqrtF64, Type::F64>},
      {"ex2", ".approx .f16", "d, a", kSpecial,
       decodeSpecial<ValueOp::Ex2F16, Type::F16>},
      {"ex2", ".approx .f16x2", "d, a", kSpecial,
       decodeSpecial<ValueOp::Ex2F16, Type::F16x2>},
      {"ex2", ".approx .ftz .bf16", "d, a", kSpecial,
       decodeSpecial<ValueOp::Ex2BF16, Type::BF16>},
      {"ex2", ".approx .ftz .bf16x2", "d, a", kSpecial,
       decodeSpecial<ValueOp::Ex2BF16, Type::BF16x2>},
      {"tanh", ".approx .f16", "d, a", kSpecial,
       decodeSpecial<ValueOp::TanhF16, Type::F16>},
      {"tanh", ".approx .f16x2", "d, a", kSpecial,
       decodeSpecial<ValueOp::TanhF16, Type::F16x2>},
      {"tanh", ".approx .bf16", "d, a", kSpecial,
       decodeSpecial<ValueOp::TanhBF16, Type::BF16>},
      {"tanh", ".approx .bf16x2", "d, a", kSpecial,
       decodeSpecial<ValueOp::TanhBF16, Type::BF16x2>},
  };
  return forms;
}
