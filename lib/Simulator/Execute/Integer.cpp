//===- Integer.cpp - integer arithmetic -----------------------------------===//
//
// PTX ISA 9.0, sections 9.7.1 and 9.7.2.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;

static constexpr TypedOp kAdd[] = {SLUICE_TYPED_OPS_SIZED(Add),
                                   {Type::U16x2, ValueOp::Add16x2},
                                   {Type::S16x2, ValueOp::Add16x2}};
static constexpr TypedOp kSub[] = {SLUICE_TYPED_OPS_SIZED(Sub)};
static constexpr TypedOp kNeg[] = {SLUICE_TYPED_OPS_SIZED(Neg)};
static constexpr TypedOp kAbs[] = {{Type::S16, ValueOp::AbsS16},
                                   {Type::S32, ValueOp::AbsS32},
                                   {Type::S64, ValueOp::AbsS64}};
static constexpr TypedOp kSad[] = {SLUICE_TYPED_OPS_SIGNED(Sad)};
static constexpr TypedOp kDiv[] = {SLUICE_TYPED_OPS_SIGNED(Div)};
static constexpr TypedOp kRem[] = {SLUICE_TYPED_OPS_SIGNED(Rem)};
static constexpr TypedOp kMin[] = {SLUICE_TYPED_OPS_SIGNED(Min),
                                   {Type::U16x2, ValueOp::MinU16x2},
                                   {Type::S16x2, ValueOp::MinS16x2}};
static constexpr TypedOp kMax[] = {SLUICE_TYPED_OPS_SIGNED(Max),
                                   {Type::U16x2, ValueOp::MaxU16x2},
                                   {Type::S16x2, ValueOp::MaxS16x2}};
static constexpr TypedOp kMinRelu[] = {{Type::S32, ValueOp::MinReluS32},
                                       {Type::S16x2, ValueOp::MinReluS16x2}};
static constexpr TypedOp kMaxRelu[] = {{Type::S32, ValueOp::MaxReluS32},
                                       {Type::S16x2, ValueOp::MaxReluS16x2}};
static constexpr TypedOp kMulLo[] = {SLUICE_TYPED_OPS_SIZED(MulLo)};
static constexpr TypedOp kMulHi[] = {SLUICE_TYPED_OPS_SIGNED(MulHi)};
static constexpr TypedOp kMadLo[] = {SLUICE_TYPED_OPS_SIZED(MadLo)};
static constexpr TypedOp kMadHi[] = {SLUICE_TYPED_OPS_SIGNED(MadHi)};
static constexpr TypedOp kMulWide[] = {{Type::U16, ValueOp::MulWideU16},
                                       {Type::S16, ValueOp::MulWideS16},
                                       {Type::U32, ValueOp::MulWideU32},
                                       {Type::S32, ValueOp::MulWideS32}};
static constexpr TypedOp kMadWide[] = {{Type::U16, ValueOp::MadWideU16},
                                       {Type::S16, ValueOp::MadWideS16},
                                       {Type::U32, ValueOp::MadWideU32},
                                       {Type::S32, ValueOp::MadWideS32}};
static constexpr TypedOp kMul24Lo[] = {{Type::U32, ValueOp::Mul24LoU32},
                                       {Type::S32, ValueOp::Mul24LoS32}};
static constexpr TypedOp kMul24Hi[] = {{Type::U32, ValueOp::Mul24HiU32},
                                       {Type::S32, ValueOp::Mul24HiS32}};
static constexpr TypedOp kMad24Lo[] = {{Type::U32, ValueOp::Mad24LoU32},
                                       {Type::S32, ValueOp::Mad24LoS32}};
static constexpr TypedOp kMad24Hi[] = {{Type::U32, ValueOp::Mad24HiU32},
                                       {Type::S32, ValueOp::Mad24HiS32}};

static Type getWide(Type type) {
  switch (type) {
  case Type::U16:
    return Type::U32;
  case Type::S16:
    return Type::S32;
  case Type::U32:
    return Type::U64;
  default:
    return Type::S64;
  }
}

static bool decodeMulWide(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  return setCompute(decoder, kMulWide, type) &&
         decoder.addDestination(0, getWide(type)) &&
         decoder.addSource(1, type) && decoder.addSource(2, type);
}
static bool decodeMadWide(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  return setCompute(decoder, kMadWide, type) &&
         decoder.addDestination(0, getWide(type)) &&
         decoder.addSource(1, type) && decoder.addSource(2, type) &&
         decoder.addSource(3, getWide(type));
}

llvm::ArrayRef<InstructionDecoder> sim::getIntegerDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::AddSatS32, decodeAs<ValueOp::AddSatS32, Type::S32>},
      {Semantics::AddInteger, decodeTyped<kAdd>},
      {Semantics::SubSatS32, decodeAs<ValueOp::SubSatS32, Type::S32>},
      {Semantics::SubInteger, decodeTyped<kSub>},
      {Semantics::MulLo, decodeTyped<kMulLo>},
      {Semantics::MulHi, decodeTyped<kMulHi>},
      {Semantics::MulWide, decodeMulWide},
      {Semantics::MadLo, decodeTyped<kMadLo>},
      {Semantics::MadHiSatS32, decodeAs<ValueOp::MadHiSatS32, Type::S32>},
      {Semantics::MadHi, decodeTyped<kMadHi>},
      {Semantics::MadWide, decodeMadWide},
      {Semantics::Mul24Lo, decodeTyped<kMul24Lo>},
      {Semantics::Mul24Hi, decodeTyped<kMul24Hi>},
      {Semantics::Mad24Lo, decodeTyped<kMad24Lo>},
      {Semantics::Mad24HiSatS32, decodeAs<ValueOp::Mad24HiSatS32, Type::S32>},
      {Semantics::Mad24Hi, decodeTyped<kMad24Hi>},
      {Semantics::Sad, decodeTyped<kSad>},
      {Semantics::DivInteger, decodeTyped<kDiv>},
      {Semantics::RemInteger, decodeTyped<kRem>},
      {Semantics::AbsInteger, decodeTyped<kAbs>},
      {Semantics::NegInteger, decodeTyped<kNeg>},
      {Semantics::MinInteger, decodeTyped<kMin>},
      {Semantics::MinReluInteger, decodeTyped<kMinRelu>},
      {Semantics::MaxInteger, decodeTyped<kMax>},
      {Semantics::MaxReluInteger, decodeTyped<kMaxRelu>},
  };
  return decoders;
}

//===----------------------------------------------------------------------===//
// Extended precision (9.7.2)
//===----------------------------------------------------------------------===//

static constexpr TypedOp kAddCarry[] = {{Type::U32, ValueOp::AddCarry32},
                                        {Type::S32, ValueOp::AddCarry32},
                                        {Type::U64, ValueOp::AddCarry64},
                                        {Type::S64, ValueOp::AddCarry64}};
static constexpr TypedOp kSubCarry[] = {{Type::U32, ValueOp::SubCarry32},
                                        {Type::S32, ValueOp::SubCarry32},
                                        {Type::U64, ValueOp::SubCarry64},
                                        {Type::S64, ValueOp::SubCarry64}};
static constexpr TypedOp kMadLoCarry[] = {{Type::U32, ValueOp::MadLoCarry32},
                                          {Type::S32, ValueOp::MadLoCarry32},
                                          {Type::U64, ValueOp::MadLoCarry64},
                                          {Type::S64, ValueOp::MadLoCarry64}};
static constexpr TypedOp kMadHiCarry[] = {{Type::U32, ValueOp::MadHiCarryU32},
                                          {Type::S32, ValueOp::MadHiCarryS32},
                                          {Type::U64, ValueOp::MadHiCarryU64},
                                          {Type::S64, ValueOp::MadHiCarryS64}};

/// add.cc writes the carry, addc reads it, addc.cc does both.
template <const auto &ops, bool reads>
static bool decodeCarry(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  Operation &operation = decoder.operation();
  if (!setCompute(decoder, ops, type) || !decoder.addDestination(0, type))
    return false;
  if (decoder.match().has("cc")) {
    operation.detail[0] |= value::CarryOut;
    operation.rows.push_back(decoder.getCarryRow());
    ++operation.destinations;
  }
  for (size_t i = 1; i < decoder.numOperands(); ++i)
    if (!decoder.addSource(i, type))
      return false;
  if (reads) {
    operation.detail[0] |= value::CarryIn;
    operation.rows.push_back(decoder.getCarryRow());
  }
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getCarryDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::AddCC, decodeCarry<kAddCarry, false>},
      {Semantics::AddC, decodeCarry<kAddCarry, true>},
      {Semantics::SubCC, decodeCarry<kSubCarry, false>},
      {Semantics::SubC, decodeCarry<kSubCarry, true>},
      {Semantics::MadLoCC, decodeCarry<kMadLoCarry, false>},
      {Semantics::MadHiCC, decodeCarry<kMadHiCarry, false>},
      {Semantics::MadLoC, decodeCarry<kMadLoCarry, true>},
      {Semantics::MadHiC, decodeCarry<kMadHiCarry, true>},
  };
  return decoders;
}
