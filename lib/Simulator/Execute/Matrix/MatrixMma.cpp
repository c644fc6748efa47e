//===- MatrixMma.cpp - mma.sync -------------------------------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "llvm/ADT/Twine.h"

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Semantics;

Flow sim::runMatrixProduct(Warp &warp, const Operation &operation,
                           Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  MatrixProduct product = MatrixProduct::decode(operation);
  PerturbedOrder order(warp, operation, product.shape.k);
  multiplyFragments(warp.words(0), operation, product, order.get());
  setProductPoison(warp, operation, product);
  countFlop(warp, product.shape);
  return Flow::Next;
}

/// PTX ISA 9.1, section 9.7.14.5.14.
static bool decodeMma(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  MatrixProduct product(*parseMatrixShape(match.get("shape")),
                        match.getType("a"), match.getType("b"),
                        match.getType("c"), match.getType("d"));
  product.saturates = match.has("satfinite");
  if (product.c != product.d)
    return decoder.fail("'mma' of this shape takes one type for C and D");
  Fragment c = product.getC();
  if (!addFragment(decoder, 0, c, c.getNumRegisters(), true) ||
      !addFragment(decoder, 1, product.getA(), product.registersA, false) ||
      !addFragment(decoder, 2, product.getB(), product.registersB, false) ||
      !addFragment(decoder, 3, c, c.getNumRegisters(), false))
    return false;
  product.encode(decoder.operation());
  decoder.operation().run = runMatrixProduct;
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getMmaDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Mma, decodeMma},
      {Semantics::MmaQuads, decodeQuads},
      {Semantics::MmaNarrow, decodeNarrowProduct},
  };
  return decoders;
}
