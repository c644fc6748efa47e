//===- Compare.cpp - setp, set, selp, slct --------------------------------===//
//
// PTX ISA 9.0, sections 9.7.5 to 9.7.7.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;
using ptx::TypeKind;

namespace {

/// The comparisons that have loops; integers have Eq and Lt.
enum class Base : uint8_t { Eq, Ne, Lt, Le, Num };

/// A comparison as one of those: with operands swapped, or inverted.
struct Comparison {
  Base base;
  bool swaps = false, inverts = false;
};

/// setp's loop and set's.
struct CompareOps {
  ValueOp setp, set;
};

} // namespace

/// Ordered comparisons are false of NaNs, unordered ones (ltu, …) true: the
/// inverse of their opposites (9.7.5, tables 31 and 32).
static Comparison getFloatComparison(llvm::StringRef name) {
  return llvm::StringSwitch<Comparison>(name)
      .Case("eq", {Base::Eq})
      .Case("ne", {Base::Ne})
      .Case("lt", {Base::Lt})
      .Case("le", {Base::Le})
      .Case("gt", {Base::Lt, true})
      .Case("ge", {Base::Le, true})
      .Case("equ", {Base::Ne, false, true})
      .Case("neu", {Base::Eq, false, true})
      .Case("ltu", {Base::Le, true, true})
      .Case("leu", {Base::Lt, true, true})
      .Case("gtu", {Base::Le, false, true})
      .Case("geu", {Base::Lt, false, true})
      .Case("num", {Base::Num})
      .Default({Base::Num, false, true});
}

static Comparison getIntegerComparison(llvm::StringRef name) {
  return llvm::StringSwitch<Comparison>(name)
      .Case("eq", {Base::Eq})
      .Case("ne", {Base::Eq, false, true})
      .Cases({"lt", "lo"}, {Base::Lt})
      .Cases({"ge", "hs"}, {Base::Lt, false, true})
      .Cases({"gt", "hi"}, {Base::Lt, true})
      .Default({Base::Lt, true, true});
}

#define SLUICE_FLOAT_COMPARE(Type)                                             \
  {ValueOp::SetpEq##Type, ValueOp::SetEq##Type},                               \
      {ValueOp::SetpNe##Type, ValueOp::SetNe##Type},                           \
      {ValueOp::SetpLt##Type, ValueOp::SetLt##Type},                           \
      {ValueOp::SetpLe##Type, ValueOp::SetLe##Type}, {                         \
    ValueOp::SetpNum##Type, ValueOp::SetNum##Type                              \
  }

static CompareOps getFloatOps(Type type, Base base) {
  static constexpr CompareOps ops[][5] = {
      {SLUICE_FLOAT_COMPARE(F32)},   {SLUICE_FLOAT_COMPARE(F64)},
      {SLUICE_FLOAT_COMPARE(F16)},   {SLUICE_FLOAT_COMPARE(BF16)},
      {SLUICE_FLOAT_COMPARE(F16x2)}, {SLUICE_FLOAT_COMPARE(BF16x2)}};
  unsigned row = type == Type::F32     ? 0
                 : type == Type::F64   ? 1
                 : type == Type::F16   ? 2
                 : type == Type::BF16  ? 3
                 : type == Type::F16x2 ? 4
                                       : 5;
  return ops[row][static_cast<unsigned>(base)];
}

static CompareOps getIntegerOps(Type type, Base base) {
  unsigned bits = ptx::getBitWidth(type);
  if (base == Base::Eq)
    return bits == 16   ? CompareOps{ValueOp::SetpEqB16, ValueOp::SetEqB16}
           : bits == 32 ? CompareOps{ValueOp::SetpEqB32, ValueOp::SetEqB32}
                        : CompareOps{ValueOp::SetpEqB64, ValueOp::SetEqB64};
  if (ptx::getKind(type) == TypeKind::Signed)
    return bits == 16   ? CompareOps{ValueOp::SetpLtS16, ValueOp::SetLtS16}
           : bits == 32 ? CompareOps{ValueOp::SetpLtS32, ValueOp::SetLtS32}
                        : CompareOps{ValueOp::SetpLtS64, ValueOp::SetLtS64};
  return bits == 16   ? CompareOps{ValueOp::SetpLtU16, ValueOp::SetLtU16}
         : bits == 32 ? CompareOps{ValueOp::SetpLtU32, ValueOp::SetLtU32}
                      : CompareOps{ValueOp::SetpLtU64, ValueOp::SetLtU64};
}

static bool isFloat(Type type) {
  return ptx::getKind(type) == TypeKind::Float || type == Type::BF16 ||
         type == Type::BF16x2;
}

/// Sets the flags of the comparison and the boolean operator, and adds a, b and
/// c, which are operands 1 and up.
static bool decodeComparison(Decoder &decoder, Type type, bool isSetp) {
  const ptx::Match &match = decoder.match();
  Operation &operation = decoder.operation();
  llvm::StringRef name = match.get("compare");
  Comparison comparison =
      isFloat(type) ? getFloatComparison(name) : getIntegerComparison(name);
  CompareOps ops = isFloat(type) ? getFloatOps(type, comparison.base)
                                 : getIntegerOps(type, comparison.base);
  setCompute(decoder, isSetp ? ops.setp : ops.set);
  addModifiers(decoder);
  if (comparison.inverts)
    operation.detail[0] |= value::Invert;
  if (!decoder.addSource(comparison.swaps ? 2 : 1, type) ||
      !decoder.addSource(comparison.swaps ? 1 : 2, type))
    return false;
  llvm::StringRef combine = match.get("combine");
  if (combine.empty() != (decoder.numOperands() == 3))
    return decoder.fail(quote(decoder.instruction().mnemonic) +
                        " has a third source with .and, .or or .xor only");
  if (combine.empty())
    return true;
  operation.detail[0] |= value::HasC;
  operation.detail[1] =
      static_cast<uint32_t>(llvm::StringSwitch<value::Combine>(combine)
                                .Case("and", value::Combine::And)
                                .Case("or", value::Combine::Or)
                                .Default(value::Combine::Xor));
  return addPredicate(decoder, 3, value::NegateC);
}

static bool decodeSetp(Decoder &decoder) {
  const ptx::Operand &to = decoder.operand(0);
  if (to.isPair) {
    decoder.operation().detail[0] |= value::HasQ;
    for (const ptx::Operand &element : to.elements)
      if (!decoder.addDestination(element, Type::Pred))
        return false;
  } else if (!decoder.addDestination(0, Type::Pred)) {
    return false;
  }
  return decodeComparison(decoder, decoder.match().getType("type"), true);
}

/// What set writes for true: all ones for an integer (of a packed comparison,
/// the low 16 of them for each half), 1.0 for a float.
static uint32_t getTrue(Type type) {
  switch (type) {
  case Type::F32:
    return 0x3f800000;
  case Type::F16:
  case Type::F16x2:
    return 0x3c00;
  case Type::BF16:
  case Type::BF16x2:
    return 0x3f80;
  default:
    return 0xffffffff;
  }
}

static bool decodeSet(Decoder &decoder) {
  Type type = decoder.match().getType("dtype");
  decoder.operation().detail[2] = getTrue(type);
  return decoder.addDestination(0, type) &&
         decodeComparison(decoder, decoder.match().getType("type"), false);
}

static bool decodeSelp(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  setCompute(decoder,
             ptx::getBitWidth(type) == 64 ? ValueOp::Selp64 : ValueOp::Selp32);
  if (!decoder.operand(3).isNegated)
    decoder.operation().halves = Halves::Selected;
  return decoder.addDestination(0, type) && decoder.addSource(1, type) &&
         decoder.addSource(2, type) && addPredicate(decoder, 3, value::NegateC);
}

static bool decodeSlct(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  Type sign = decoder.match().getType("ctype");
  bool isWide = ptx::getBitWidth(type) == 64;
  setCompute(decoder, sign == Type::S32
                          ? isWide ? ValueOp::Slct64S32 : ValueOp::Slct32S32
                      : isWide ? ValueOp::Slct64F32
                               : ValueOp::Slct32F32);
  addModifiers(decoder);
  return decoder.addDestination(0, type) && decoder.addSource(1, type) &&
         decoder.addSource(2, type) && decoder.addSource(3, sign);
}

llvm::ArrayRef<InstructionDecoder> sim::getCompareDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Setp, decodeSetp},
      {Semantics::Set, decodeSet},
      {Semantics::Selp, decodeSelp},
      {Semantics::Slct, decodeSlct},
  };
  return decoders;
}
