//===- Move.cpp - mov -----------------------------------------------------===//
//
// PTX ISA 9.0, sections 9.7.9.3 and 9.7.9.4. Sources may be special registers
// that are rows and addresses of variables: the decoder makes rows of them.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/ValueDecode.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Type;

static bool decodeMove(Decoder &decoder) {
  if (decodeChangingSpecial(decoder))
    return true;
  Type type = decoder.match().getType("type");
  if (decoder.operand(1).kind == Operand::Kind::Vector ||
      decoder.operand(0).kind == Operand::Kind::Vector)
    return decoder.fail("vectors need 'mov' of type .b16, .b32, .b64 or .b128");
  setCompute(decoder,
             ptx::getBitWidth(type) == 64 ? ValueOp::Mov64 : ValueOp::Mov32);
  decoder.operation().halves = Halves::Apart;
  return addOperands(decoder, type);
}

static bool decodePredicateMove(Decoder &decoder) {
  setCompute(decoder, ValueOp::MovPred);
  return decoder.addDestination(0, Type::Pred) &&
         addPredicate(decoder, 1, value::NegateA);
}

/// What has n elements of a type.
struct VectorOp {
  Type whole, element;
  size_t numElements;
  ValueOp pack, unpack;
};
static constexpr VectorOp kVectors[] = {
    {Type::B16, Type::B8, 2, ValueOp::Pack8x2, ValueOp::Unpack8x2},
    {Type::B32, Type::B8, 4, ValueOp::Pack8x4, ValueOp::Unpack8x4},
    {Type::B32, Type::B16, 2, ValueOp::Pack16x2, ValueOp::Unpack16x2},
    {Type::B64, Type::B16, 4, ValueOp::Pack16x4, ValueOp::Unpack16x4},
    {Type::B64, Type::B32, 2, ValueOp::Pack32x2, ValueOp::Unpack32x2},
    {Type::B128, Type::B32, 4, ValueOp::Pack32x4, ValueOp::Unpack32x4},
    {Type::B128, Type::B64, 2, ValueOp::Pack64x2, ValueOp::Unpack64x2},
};

static const VectorOp *findVector(Type type, size_t numElements) {
  for (const VectorOp &vector : kVectors)
    if (vector.whole == type && vector.numElements == numElements)
      return &vector;
  return nullptr;
}

static bool decodeBits(Decoder &decoder) {
  if (decodeChangingSpecial(decoder))
    return true;
  Type type = decoder.match().getType("type");
  const Operand &to = decoder.operand(0), &from = decoder.operand(1);
  bool unpacks = to.kind == Operand::Kind::Vector;
  bool packs = from.kind == Operand::Kind::Vector;
  if (unpacks && packs)
    return decoder.fail("'mov' takes a vector on one side only");
  if (!unpacks && !packs) {
    unsigned bits = ptx::getBitWidth(type);
    setCompute(decoder, bits == 128  ? ValueOp::Mov128
                        : bits == 64 ? ValueOp::Mov64
                                     : ValueOp::Mov32);
    decoder.operation().halves = Halves::Apart;
    return addOperands(decoder, type);
  }
  const Operand &elements = unpacks ? to : from;
  const VectorOp *vector = findVector(type, elements.elements.size());
  if (!vector)
    return decoder.fail("'mov." + ptx::getName(type) +
                        "' has no vectors of that many elements");
  setCompute(decoder, unpacks ? vector->unpack : vector->pack);
  // Of a register of 16 bits no halves are told apart.
  if (type != Type::B16)
    decoder.operation().halves = unpacks ? Halves::Unpacked : Halves::Packed;
  if (!unpacks && !decoder.addDestination(0, type))
    return false;
  for (const Operand &element : elements.elements)
    if (unpacks ? !decoder.addDestination(element, vector->element)
                : !decoder.addSource(element, vector->element))
      return false;
  return packs || decoder.addSource(1, type);
}

llvm::ArrayRef<InstructionDecoder> sim::getMoveDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::MovPred, decodePredicateMove},
      {Semantics::MovBits, decodeBits},
      {Semantics::Mov, decodeMove},
  };
  return decoders;
}
