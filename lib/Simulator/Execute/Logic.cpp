//===- Logic.cpp - logic and shifts ---------------------------------------===//
//
// PTX ISA 9.0, section 9.7.8.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <optional>

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;

static constexpr TypedOp kAnd[] = {{Type::B16, ValueOp::And32},
                                   {Type::B32, ValueOp::And32},
                                   {Type::B64, ValueOp::And64}};
static constexpr TypedOp kOr[] = {{Type::B16, ValueOp::Or32},
                                  {Type::B32, ValueOp::Or32},
                                  {Type::B64, ValueOp::Or64}};
static constexpr TypedOp kXor[] = {{Type::B16, ValueOp::Xor32},
                                   {Type::B32, ValueOp::Xor32},
                                   {Type::B64, ValueOp::Xor64}};
static constexpr TypedOp kNot[] = {{Type::B16, ValueOp::Not32},
                                   {Type::B32, ValueOp::Not32},
                                   {Type::B64, ValueOp::Not64}};
static constexpr TypedOp kCnot[] = {{Type::B16, ValueOp::Cnot16},
                                    {Type::B32, ValueOp::Cnot32},
                                    {Type::B64, ValueOp::Cnot64}};
static constexpr TypedOp kShl[] = {{Type::B16, ValueOp::Shl16},
                                   {Type::B32, ValueOp::Shl32},
                                   {Type::B64, ValueOp::Shl64}};
static constexpr TypedOp kShr[] = {SLUICE_TYPED_OPS_SIGNED(Shr),
                                   {Type::B16, ValueOp::ShrU16},
                                   {Type::B32, ValueOp::ShrU32},
                                   {Type::B64, ValueOp::ShrU64}};

template <ValueOp op> static bool decodePredicates(Decoder &decoder) {
  setCompute(decoder, op);
  return decoder.addDestination(0, Type::Pred) &&
         addPredicate(decoder, 1, value::NegateA) &&
         (decoder.numOperands() < 3 ||
          addPredicate(decoder, 2, value::NegateB));
}

/// The bits of operand i if it is a constant.
static std::optional<uint64_t> getConstant(Decoder &decoder, size_t i) {
  const ptx::Operand &operand = decoder.operand(i);
  if (operand.kind != ptx::Operand::Kind::Immediate)
    return std::nullopt;
  return operand.bits;
}

/// A mask may cut a half out.
static bool decodeAnd(Decoder &decoder) {
  unsigned bits = ptx::getBitWidth(decoder.match().getType("type"));
  if (std::optional<uint64_t> mask = getConstant(decoder, 2);
      mask && bits > 16) {
    uint64_t lower = llvm::maskTrailingOnes<uint64_t>(bits / 2);
    uint64_t upper = lower << bits / 2;
    if (!(*mask & upper))
      decoder.operation().halves = Halves::Lower;
    else if (!(*mask & lower))
      decoder.operation().halves = Halves::Upper;
  }
  return decodeTyped<kAnd>(decoder);
}

/// The amount has 32 bits whatever the type (9.7.8.7).
template <const auto &ops, Halves kept>
static bool decodeShift(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  unsigned bits = ptx::getBitWidth(type);
  if (getConstant(decoder, 2).value_or(0) >= bits / 2 && bits > 16)
    decoder.operation().halves = kept;
  return setCompute(decoder, ops, type) && decoder.addDestination(0, type) &&
         decoder.addSource(1, type) && decoder.addSource(2, Type::U32);
}

static bool decodeFunnel(Decoder &decoder) {
  setCompute(decoder, decoder.match().get("direction") == "l"
                          ? ValueOp::ShfLeft
                          : ValueOp::ShfRight);
  if (decoder.match().get("mode") == "wrap")
    decoder.operation().detail[0] |= value::Wrap;
  return addOperands(decoder, Type::B32);
}

static bool setTable(Decoder &decoder, size_t i) {
  const ptx::Operand &table = decoder.operand(i);
  if (table.kind != ptx::Operand::Kind::Immediate || table.bits > 255)
    return decoder.fail("expected a table of 0 to 255 for 'lop3'");
  decoder.operation().immediate = static_cast<int64_t>(table.bits);
  return true;
}

static bool addSources(Decoder &decoder) {
  for (size_t i = 1; i < 4; ++i)
    if (!decoder.addSource(i, Type::B32))
      return false;
  return true;
}

static bool decodeLop3(Decoder &decoder) {
  setCompute(decoder, ValueOp::Lop3);
  return decoder.addDestination(0, Type::B32) && addSources(decoder) &&
         setTable(decoder, 4);
}

static bool decodeLop3Predicate(Decoder &decoder) {
  setCompute(decoder, ValueOp::Lop3Pred);
  decoder.operation().detail[1] = static_cast<uint32_t>(
      decoder.match().get("combine") == "or" ? value::Combine::Or
                                             : value::Combine::And);
  const ptx::Operand &pair = decoder.operand(0);
  if (!pair.isPair || pair.elements.size() != 2)
    return decoder.fail("expected 'd|p' as the destination of 'lop3'");
  return decoder.addDestination(pair.elements[0], Type::B32) &&
         decoder.addDestination(pair.elements[1], Type::Pred) &&
         addSources(decoder) && setTable(decoder, 4) &&
         addPredicate(decoder, 5, value::NegateC);
}

llvm::ArrayRef<InstructionDecoder> sim::getLogicDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::AndPred, decodePredicates<ValueOp::AndPred>},
      {Semantics::And, decodeAnd},
      {Semantics::OrPred, decodePredicates<ValueOp::OrPred>},
      {Semantics::Or, decodeTyped<kOr>},
      {Semantics::XorPred, decodePredicates<ValueOp::XorPred>},
      {Semantics::Xor, decodeTyped<kXor>},
      {Semantics::NotPred, decodePredicates<ValueOp::NotPred>},
      {Semantics::Not, decodeTyped<kNot>},
      {Semantics::Cnot, decodeTyped<kCnot>},
      {Semantics::Lop3, decodeLop3},
      {Semantics::Lop3Pred, decodeLop3Predicate},
      {Semantics::Shf, decodeFunnel},
      {Semantics::Shl, decodeShift<kShl, Halves::Lower>},
      {Semantics::Shr, decodeShift<kShr, Halves::Upper>},
  };
  return decoders;
}
