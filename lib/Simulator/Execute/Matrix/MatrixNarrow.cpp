//===- MatrixNarrow.cpp - multiplicands of 4 bits and of 1 ----------------===//
//
// PTX ISA 9.1, sections 9.7.14.5.10 to .13 and 9.7.14.4.5. Exact, so that
// neither order nor rounding is a question; no kernels, for they are rare.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "llvm/ADT/bit.h"
#include <limits>

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Type;

/// Of all that is here, in words.
static constexpr unsigned kMostTile = 16 * 256;

/// Elements of a fragment, by rows of the matrix or, for B, by its columns: k
/// goes fastest.
static void load(Warp &warp, const Row *registers, const Fragment &fragment,
                 bool isB, bool isSigned, int32_t *tile) {
  unsigned bits = fragment.getElementBits(),
           depth = isB ? fragment.getRows() : fragment.getColumns();
  for (unsigned reg = 0; reg < fragment.getNumRegisters(); ++reg)
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      uint32_t word = warp.words(registers[reg])[lane];
      for (unsigned i = 0; i < fragment.getElementsPerRegister(); ++i) {
        MatrixPlace place = fragment.getPlace(lane, reg, i);
        uint32_t top = word << (32 - bits - i * bits);
        unsigned up = 32 - bits;
        tile[isB ? place.column * depth + place.row
                 : place.row * depth + place.column] =
            isSigned ? static_cast<int32_t>(top) >> up
                     : static_cast<int32_t>(top >> up);
      }
    }
}

static int64_t combine(int32_t a, int32_t b, BitProduct op) {
  switch (op) {
  case BitProduct::None:
    return int64_t(a) * b;
  case BitProduct::Xor:
    return a ^ b;
  case BitProduct::And:
    return a & b;
  }
  llvm_unreachable("a product");
}

/// Rows are D, A, B, C; `immediate` is the BitProduct.
Flow sim::runNarrowProduct(Warp &warp, const Operation &operation,
                           Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  MatrixProduct product = MatrixProduct::decode(operation);
  auto op = static_cast<BitProduct>(operation.immediate);
  const MatrixShape &shape = product.shape;
  Fragment a = product.getA(), b = product.getB(), d = product.getD();
  int32_t left[kMostTile], right[kMostTile];
  const Row *registers = operation.rows.data() + operation.destinations;
  load(warp, registers, a, false, product.a == Type::S4, left);
  registers += a.getNumRegisters();
  load(warp, registers, b, true, product.b == Type::S4, right);
  registers += b.getNumRegisters();
  for (unsigned reg = 0; reg < d.getNumRegisters(); ++reg)
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      MatrixPlace place = d.getPlace(lane, reg, 0);
      int64_t sum = static_cast<int32_t>(warp.words(registers[reg])[lane]);
      for (unsigned k = 0; k < shape.k; ++k)
        sum += combine(left[place.row * shape.k + k],
                       right[place.column * shape.k + k], op);
      if (product.saturates)
        sum = std::clamp<int64_t>(sum, std::numeric_limits<int32_t>::min(),
                                  std::numeric_limits<int32_t>::max());
      warp.words(operation.rows[reg])[lane] = static_cast<uint32_t>(sum);
    }
  setProductPoison(warp, operation, product);
  countFlop(warp, shape);
  return Flow::Next;
}

bool sim::decodeNarrowProduct(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  MatrixProduct product(*parseMatrixShape(match.get("shape")),
                        match.getType("a"), match.getType("b"), Type::S32,
                        Type::S32);
  product.saturates = match.has("satfinite");
  Fragment d = product.getD();
  if (!addFragment(decoder, 0, d, d.getNumRegisters(), true) ||
      !addFragment(decoder, 1, product.getA(), product.registersA, false) ||
      !addFragment(decoder, 2, product.getB(), product.registersB, false) ||
      !addFragment(decoder, 3, d, d.getNumRegisters(), false))
    return false;
  product.encode(decoder.operation());
  llvm::StringRef op = match.get("op");
  decoder.operation().immediate =
      static_cast<int64_t>(op == "xor"   ? BitProduct::Xor
                           : op == "and" ? BitProduct::And
                                         : BitProduct::None);
  decoder.operation().run = runNarrowProduct;
  return true;
}
