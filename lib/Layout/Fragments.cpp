//===- Fragments.cpp - which lane holds what ------------------------------===//

#include "lib/Layout/Fragments.h"
#include "llvm/Support/ErrorHandling.h"

using namespace sluice;
using namespace sluice::layout;

std::optional<MatrixShape> layout::parseMatrixShape(llvm::StringRef text) {
  MatrixShape shape;
  if (!text.consume_front("m") || text.consumeInteger(10, shape.m) ||
      !text.consume_front("n") || text.consumeInteger(10, shape.n) ||
      !text.consume_front("k") || text.consumeInteger(10, shape.k) ||
      !text.empty())
    return std::nullopt;
  return shape;
}

Fragment::Fragment(MatrixRole role, MatrixShape shape, ptx::Type type)
    : role(role), shape(shape), bits(ptx::getBitWidth(type)),
      perRegister(bits == 64 ? 1 : 32 / bits) {}

unsigned Fragment::getRows() const {
  return role == MatrixRole::B ? shape.k : shape.m;
}

unsigned Fragment::getColumns() const {
  return role == MatrixRole::A ? shape.k : shape.n;
}

unsigned Fragment::getNumRegisters() const {
  return getRows() * getColumns() / (32 * perRegister);
}

MatrixPlace Fragment::getPlace(unsigned lane, unsigned reg,
                               unsigned element) const {
  unsigned group = lane / 4, inGroup = lane % 4;
  // What four lanes hold of one register, along k.
  unsigned coreLength = 4 * perRegister;
  unsigned inCore = inGroup * perRegister + element;
  switch (role) {
  case MatrixRole::A: {
    unsigned down = shape.m / 8;
    return {8 * (reg % down) + group, coreLength * (reg / down) + inCore};
  }
  case MatrixRole::B: {
    unsigned down = shape.k / coreLength;
    return {coreLength * (reg % down) + inCore, 8 * (reg / down) + group};
  }
  case MatrixRole::Accumulator: {
    unsigned index = reg * perRegister + element;
    unsigned down = shape.m / 8, tile = index / 2;
    return {8 * (tile % down) + group,
            8 * (tile / down) + 2 * inGroup + index % 2};
  }
  }
  llvm_unreachable("a role");
}

MatrixPlace layout::getMatrixRowPlace(unsigned lane, unsigned element,
                                      bool isTransposed) {
  MatrixPlace place{lane / 4, 2 * (lane % 4) + element};
  if (isTransposed)
    return {place.column, place.row};
  return place;
}

unsigned layout::getMatrixRowLane(unsigned row, unsigned element,
                                  bool isTransposed) {
  return isTransposed ? 4 * element + row / 2 : 4 * row + element / 2;
}
