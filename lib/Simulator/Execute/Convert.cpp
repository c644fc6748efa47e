//===- Convert.cpp - cvt and cvt.pack -------------------------------------===//
//
// PTX ISA 9.0, sections 9.7.9.21 and 9.7.9.22.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;
using value::Rounding;

// Rows and columns of the table of loops.
static constexpr Type kTypes[] = {Type::U8,  Type::S8,   Type::U16, Type::S16,
                                  Type::U32, Type::S32,  Type::U64, Type::S64,
                                  Type::F16, Type::BF16, Type::F32, Type::F64};
static constexpr size_t kNumTypes = std::size(kTypes);
static constexpr size_t kNumIntegers = 8;

#define SLUICE_CVT_FROM(From)                                                  \
  {ValueOp::CvtU8##From,   ValueOp::CvtS8##From,  ValueOp::CvtU16##From,       \
   ValueOp::CvtS16##From,  ValueOp::CvtU32##From, ValueOp::CvtS32##From,       \
   ValueOp::CvtU64##From,  ValueOp::CvtS64##From, ValueOp::CvtF16##From,       \
   ValueOp::CvtBF16##From, ValueOp::CvtF32##From, ValueOp::CvtF64##From}
static constexpr ValueOp kOps[kNumTypes][kNumTypes] = {
    SLUICE_CVT_FROM(U8),   SLUICE_CVT_FROM(S8),  SLUICE_CVT_FROM(U16),
    SLUICE_CVT_FROM(S16),  SLUICE_CVT_FROM(U32), SLUICE_CVT_FROM(S32),
    SLUICE_CVT_FROM(U64),  SLUICE_CVT_FROM(S64), SLUICE_CVT_FROM(F16),
    SLUICE_CVT_FROM(BF16), SLUICE_CVT_FROM(F32), SLUICE_CVT_FROM(F64)};

static size_t getIndex(Type type) {
  return static_cast<size_t>(llvm::find(kTypes, type) - std::begin(kTypes));
}

static void setRounding(Decoder &decoder) {
  decoder.operation().detail[1] =
      static_cast<uint32_t>(getRounding(decoder.match().get("round")));
}

/// True if every value of `from` is one of `to`.
static bool holdsAll(Type to, Type from) {
  bool toSigned = ptx::getKind(to) == ptx::TypeKind::Signed;
  bool fromSigned = ptx::getKind(from) == ptx::TypeKind::Signed;
  if (toSigned == fromSigned)
    return ptx::getBitWidth(to) >= ptx::getBitWidth(from);
  return toSigned && ptx::getBitWidth(to) > ptx::getBitWidth(from);
}

/// d and a may be wider registers than their types if those are integers
/// (9.4.1, "operand size exceeding instruction-type size").
static bool decodeConvert(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  Type to = match.getType("to"), from = match.getType("from");
  size_t toIndex = getIndex(to), fromIndex = getIndex(from);
  bool toInteger = toIndex < kNumIntegers,
       fromInteger = fromIndex < kNumIntegers;
  Operation &operation = decoder.operation();
  setCompute(decoder, kOps[fromIndex][toIndex]);
  addModifiers(decoder);
  setRounding(decoder);
  llvm::StringRef round = match.get("round");
  if (round.ends_with("i") && !toInteger)
    operation.detail[0] |= value::Integral;
  if (toInteger && fromInteger && match.has("sat") && holdsAll(to, from))
    return decoder.fail("'.sat' has no effect in a conversion from ." +
                        ptx::getName(from) + " to ." + ptx::getName(to));
  if (toInteger && !fromInteger)
    operation.detail[0] &= ~static_cast<uint32_t>(value::Sat); // redundant
  if (toInteger && ptx::getBitWidth(to) < 64 &&
      decoder.getRegisterBits(decoder.operand(0)) == 64)
    operation.detail[0] |= value::WideRegister;
  // detail[2]: a is in a 64-bit register.
  unsigned fromBits = decoder.getRegisterBits(decoder.operand(1));
  if (fromInteger && fromBits > 32 && fromBits > ptx::getBitWidth(from)) {
    if (!toInteger || fromBits != 64)
      return decoder.fail("conversion of ." + ptx::getName(from) +
                          " in a register of " + llvm::Twine(fromBits) +
                          " bits is not supported");
    operation.detail[2] = true;
  }
  if (toInteger && fromInteger && !match.has("sat") && fromBits > 16 &&
      std::min(ptx::getBitWidth(to), ptx::getBitWidth(from)) <= fromBits / 2)
    operation.halves = Halves::Lower;
  return decoder.addDestination(0, to, toInteger) &&
         decoder.addSource(1, from, fromInteger);
}

/// A .b8 may be in a wider register, whose upper bits are then zero.
template <ValueOp op, Type to, Type from>
static bool decodeNarrow(Decoder &decoder) {
  setCompute(decoder, op);
  addModifiers(decoder);
  setRounding(decoder);
  if (to == Type::B32 && from == Type::F32 && decoder.numOperands() == 3)
    decoder.operation().halves = Halves::PackedHighFirst;
  bool isByte = to == Type::B8 || from == Type::B8;
  if (isByte && decoder.getRegisterBits(decoder.operand(0)) > 32)
    return decoder.fail("expected a register of at most 32 bits");
  if (!decoder.addDestination(0, to, to == Type::B8))
    return false;
  for (size_t i = 1; i < decoder.numOperands(); ++i)
    if (!decoder.addSource(i, from, from == Type::B8))
      return false;
  return true;
}

/// .rs: the last source has the random bits, the others are numbers or a vector
/// of them.
template <ValueOp op, Type to> static bool decodeRandom(Decoder &decoder) {
  setCompute(decoder, op);
  addModifiers(decoder);
  if (!decoder.addDestination(0, to))
    return false;
  llvm::ArrayRef<ptx::Operand> numbers =
      llvm::ArrayRef(decoder.instruction().operands).drop_front().drop_back();
  if (numbers.size() == 1) {
    numbers = numbers[0].elements;
    if (numbers.size() != 4)
      return decoder.fail("expected four numbers, found " +
                          llvm::Twine(numbers.size()));
  }
  for (const ptx::Operand &number : numbers)
    if (!decoder.addSource(number, Type::F32))
      return false;
  return decoder.addSource(decoder.numOperands() - 1, Type::B32);
}

/// The types that cvt.pack makes are narrower than Type has names for.
static bool decodePack(Decoder &decoder) {
  llvm::StringRef type = decoder.match().get("to");
  setCompute(decoder, ValueOp::CvtPack);
  if (type.consume_front("s"))
    decoder.operation().detail[0] |= value::SignedA;
  else
    type = type.drop_front();
  if (type.getAsInteger(10, decoder.operation().detail[1]))
    return decoder.fail("expected a type of 2 to 16 bits for 'cvt.pack'");
  return decoder.addDestination(0, Type::U32) &&
         decoder.addSource(1, Type::S32) && decoder.addSource(2, Type::S32) &&
         (decoder.numOperands() < 4 || decoder.addSource(3, Type::B32));
}

/// Pairs and fours of a format that lie in registers of these types.
#define SLUICE_PACKED(Format, Pair, Four)                                      \
  {Semantics::Cvt##Format##x2F32,                                              \
   decodeNarrow<ValueOp::Cvt##Format##x2F32, Type::Pair, Type::F32>},          \
      {Semantics::Cvt##Format##x2F16x2,                                        \
       decodeNarrow<ValueOp::Cvt##Format##x2F16x2, Type::Pair, Type::B32>},    \
      {Semantics::Cvt##Format##x2BF16x2,                                       \
       decodeNarrow<ValueOp::Cvt##Format##x2BF16x2, Type::Pair, Type::B32>},   \
      {Semantics::CvtF16x2##Format##x2,                                        \
       decodeNarrow<ValueOp::CvtF16x2##Format##x2, Type::B32, Type::Pair>},    \
  {                                                                            \
    Semantics::Cvt##Format##x4F32Random,                                       \
        decodeRandom<ValueOp::Cvt##Format##x4F32Random, Type::Four>            \
  }

llvm::ArrayRef<InstructionDecoder> sim::getConvertDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Cvt, decodeConvert},
      {Semantics::CvtTF32F32,
       decodeNarrow<ValueOp::CvtTF32F32, Type::B32, Type::F32>},
      {Semantics::CvtF16x2F32,
       decodeNarrow<ValueOp::CvtF16x2F32, Type::B32, Type::F32>},
      {Semantics::CvtBF16x2F32,
       decodeNarrow<ValueOp::CvtBF16x2F32, Type::B32, Type::F32>},
      {Semantics::CvtF16x2F32Random,
       decodeRandom<ValueOp::CvtF16x2F32Random, Type::B32>},
      {Semantics::CvtBF16x2F32Random,
       decodeRandom<ValueOp::CvtBF16x2F32Random, Type::B32>},
      SLUICE_PACKED(E4M3, B16, B32),
      SLUICE_PACKED(E5M2, B16, B32),
      SLUICE_PACKED(E2M3, B16, B32),
      SLUICE_PACKED(E3M2, B16, B32),
      SLUICE_PACKED(E2M1, B8, B16),
      {Semantics::CvtUE8M0x2F32,
       decodeNarrow<ValueOp::CvtUE8M0x2F32, Type::B16, Type::F32>},
      {Semantics::CvtUE8M0x2BF16x2,
       decodeNarrow<ValueOp::CvtUE8M0x2BF16x2, Type::B16, Type::B32>},
      {Semantics::CvtBF16x2UE8M0x2,
       decodeNarrow<ValueOp::CvtBF16x2UE8M0x2, Type::B32, Type::B16>},
      {Semantics::CvtPack, decodePack},
  };
  return decoders;
}
