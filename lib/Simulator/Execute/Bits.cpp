//===- Bits.cpp - instructions on bits and bytes --------------------------===//
//
// PTX ISA 9.0, sections 9.7.1.13 to 9.7.1.24 and 9.7.9.7 (prmt).
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;

static constexpr TypedOp kPopc[] = {{Type::B32, ValueOp::Popc32},
                                    {Type::B64, ValueOp::Popc64}};
static constexpr TypedOp kClz[] = {{Type::B32, ValueOp::Clz32},
                                   {Type::B64, ValueOp::Clz64}};
static constexpr TypedOp kBrev[] = {{Type::B32, ValueOp::Brev32},
                                    {Type::B64, ValueOp::Brev64}};
static constexpr TypedOp kBfi[] = {{Type::B32, ValueOp::Bfi32},
                                   {Type::B64, ValueOp::Bfi64}};
static constexpr TypedOp kBfind[] = {{Type::U32, ValueOp::BfindU32},
                                     {Type::S32, ValueOp::BfindS32},
                                     {Type::U64, ValueOp::BfindU64},
                                     {Type::S64, ValueOp::BfindS64}};
static constexpr TypedOp kBfe[] = {{Type::U32, ValueOp::BfeU32},
                                   {Type::S32, ValueOp::BfeS32},
                                   {Type::U64, ValueOp::BfeU64},
                                   {Type::S64, ValueOp::BfeS64}};
static constexpr TypedOp kSzext[] = {{Type::U32, ValueOp::SzextU32},
                                     {Type::S32, ValueOp::SzextS32}};

/// A number of bits or a place, in 32 bits whatever the type.
template <const auto &ops> static bool decodeCount(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  if (decoder.match().has("shiftamt"))
    decoder.operation().detail[0] |= value::ShiftAmount;
  return setCompute(decoder, ops, type) &&
         decoder.addDestination(0, Type::U32) && decoder.addSource(1, type);
}

static bool decodeBfe(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  return setCompute(decoder, kBfe, type) && decoder.addDestination(0, type) &&
         decoder.addSource(1, type) && decoder.addSource(2, Type::U32) &&
         decoder.addSource(3, Type::U32);
}
static bool decodeBfi(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  return setCompute(decoder, kBfi, type) && decoder.addDestination(0, type) &&
         decoder.addSource(1, type) && decoder.addSource(2, type) &&
         decoder.addSource(3, Type::U32) && decoder.addSource(4, Type::U32);
}

static void setWrap(Decoder &decoder) {
  if (decoder.match().get("mode") == "wrap")
    decoder.operation().detail[0] |= value::Wrap;
}
static bool decodeBmsk(Decoder &decoder) {
  setWrap(decoder);
  return decodeAs<ValueOp::Bmsk, Type::B32>(decoder);
}
static bool decodeSzext(Decoder &decoder) {
  setWrap(decoder);
  return decodeTyped<kSzext>(decoder);
}

template <ValueOp op> static bool decodeDot(Decoder &decoder) {
  Operation &operation = decoder.operation();
  if (decoder.match().get("atype") == "s32")
    operation.detail[0] |= value::SignedA;
  if (decoder.match().get("btype") == "s32")
    operation.detail[0] |= value::SignedB;
  if (decoder.match().get("half") == "hi")
    operation.detail[0] |= value::UpperHalf;
  return decodeAs<op, Type::B32>(decoder);
}

static bool decodePrmt(Decoder &decoder) {
  decoder.operation().detail[1] = static_cast<uint32_t>(
      llvm::StringSwitch<value::Permute>(decoder.match().get("mode"))
          .Case("f4e", value::Permute::F4e)
          .Case("b4e", value::Permute::B4e)
          .Case("rc8", value::Permute::Rc8)
          .Case("ecl", value::Permute::Ecl)
          .Case("ecr", value::Permute::Ecr)
          .Case("rc16", value::Permute::Rc16)
          .Default(value::Permute::Index));
  return decodeAs<ValueOp::Prmt, Type::B32>(decoder);
}

llvm::ArrayRef<InstructionDecoder> sim::getBitDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Popc, decodeCount<kPopc>},
      {Semantics::Clz, decodeCount<kClz>},
      {Semantics::Bfind, decodeCount<kBfind>},
      {Semantics::Brev, decodeTyped<kBrev>},
      {Semantics::Bfe, decodeBfe},
      {Semantics::Bfi, decodeBfi},
      {Semantics::Bmsk, decodeBmsk},
      {Semantics::Szext, decodeSzext},
      {Semantics::Fns, decodeAs<ValueOp::Fns, Type::B32>},
      {Semantics::Dp4a, decodeDot<ValueOp::Dp4a>},
      {Semantics::Dp2a, decodeDot<ValueOp::Dp2a>},
      {Semantics::Prmt, decodePrmt},
  };
  return decoders;
}
