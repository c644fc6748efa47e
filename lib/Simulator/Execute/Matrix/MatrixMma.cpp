//===- MatrixMma.cpp - mma.sync -------------------------------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "llvm/ADT/Twine.h"

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;

Flow sim::runMatrixProduct(Warp &warp, const Operation &operation,
                           Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  MatrixProduct product = MatrixProduct::decode(operation);
  reportPoison(warp, warp.getPoison(operation), "a matrix multiplication");
  PerturbedOrder order(warp, operation, product.shape.k);
  multiplyFragments(warp.words(0), operation, product, order.get());
  defineDestinations(warp, operation);
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

#define MMA(QUALIFIERS)                                                        \
  {"mma", ".sync .aligned " QUALIFIERS, "d, a, b, c", ptx::Class::Matrix,      \
   decodeMma}

llvm::ArrayRef<ptx::Form> sim::getMmaForms() {
  static const ptx::Form forms[] = {
      MMA("shape=m16n8k8|m16n8k16 .row .col d=f16|f32 a=f16 b=f16 c=f16|f32"),
      MMA("shape=m16n8k8|m16n8k16 .row .col d=f32 a=bf16 b=bf16 c=f32"),
      MMA("shape=m16n8k4|m16n8k8 .row .col d=f32 a=tf32 b=tf32 c=f32"),
      MMA("shape=m16n8k16|m16n8k32 .row .col d=f16|f32 a=e4m3|e5m2 "
          "b=e4m3|e5m2 c=f16|f32"),
      MMA("shape=m8n8k16|m16n8k16|m16n8k32 .row .col [.satfinite] d=s32 "
          "a=s8|u8 b=s8|u8 c=s32"),
      MMA("shape=m8n8k4|m16n8k4|m16n8k8|m16n8k16 .row .col [.rn] d=f64 a=f64 "
          "b=f64 c=f64"),
      {"mma",
       ".sync .aligned shape=m8n8k4 left=row|col right=row|col d=f16|f32 .f16 "
       ".f16 c=f16|f32",
       "d, a, b, c", ptx::Class::Matrix, decodeQuads},
      {"mma",
       ".sync .aligned shape=m8n8k32|m16n8k32|m16n8k64 .row .col [.satfinite] "
       ".s32 a=s4|u4 b=s4|u4 .s32",
       "d, a, b, c", ptx::Class::Matrix, decodeNarrowProduct},
      {"mma",
       ".sync .aligned shape=m8n8k128|m16n8k128|m16n8k256 .row .col .s32 a=b1 "
       "b=b1 .s32 op=xor|and .popc",
       "d, a, b, c", ptx::Class::Matrix, decodeNarrowProduct},
  };
  return forms;
}
