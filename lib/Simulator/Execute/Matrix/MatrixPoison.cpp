//===- MatrixPoison.cpp - what nobody has written, in products ------------===//

#include "lib/Simulator/Execute/Matrix/MatrixPoison.h"
#include "lib/Simulator/Machine/Frame.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace sluice::layout;
using namespace sluice::sim;

/// An element's share of a register of 32 bits; wider ones have both halves.
static bool isInLow(unsigned element, unsigned bits) {
  return element * bits < 16;
}
static bool isInHigh(unsigned element, unsigned bits) {
  return (element + 1) * bits > 16;
}

static unsigned getElementsPerRegister(unsigned bits) {
  return bits < 32 ? 32 / bits : 1;
}

/// Calls `use` with the place of each element that nobody has defined.
static void forEachPoisoned(const Frame &frame,
                            const MatrixPoison::Registers &registers,
                            llvm::function_ref<void(MatrixPlace)> use) {
  unsigned bits = registers.elementBits, count = getElementsPerRegister(bits);
  for (auto [i, row] : llvm::enumerate(registers.rows)) {
    HalfPoison poison = frame.getHalves(row);
    for (Mask rest = poison.low | poison.high; rest; rest &= rest - 1) {
      unsigned lane = llvm::countr_zero(rest);
      bool low = poison.low >> lane & 1, high = poison.high >> lane & 1;
      for (unsigned e = 0; e < count; ++e)
        if ((low && isInLow(e, bits)) || (high && isInHigh(e, bits)))
          use(registers.getPlace(lane, i, e));
    }
  }
}

void MatrixPoison::addA(const Frame &frame, const Registers &a) {
  forEachPoisoned(frame, a, [&](MatrixPlace place) { rows.set(place.row); });
}

void MatrixPoison::addB(const Frame &frame, const Registers &b) {
  forEachPoisoned(frame, b,
                  [&](MatrixPlace place) { columns.set(place.column); });
}

void MatrixPoison::addC(const Frame &frame, const Registers &c) {
  forEachPoisoned(frame, c, [&](MatrixPlace place) {
    elements.set(place.row * kMostColumns + place.column);
  });
}

void MatrixPoison::addShared(const Region &shared, const MatrixOperand &operand,
                             bool isA) {
  const MatrixPart &part = operand.part;
  bool isK = part.major == MatrixMajor::K;
  unsigned alongK = part.depth / part.getCoreK();
  unsigned elementBytes = kGranuleBytes / part.granuleElements;
  for (auto [i, core] : llvm::enumerate(operand.cores))
    for (auto [line, offset] : llvm::enumerate(core.granules)) {
      uint64_t address = offset;
      if (!shared.contains(address, kGranuleBytes) ||
          shared.isWritten(address, kGranuleBytes))
        continue;
      // A granule is one row's or column's, or has one element of each.
      unsigned first = i / alongK * part.getCoreMN();
      for (unsigned e = 0; e < part.granuleElements; ++e)
        if (!shared.isWritten(address + e * elementBytes, elementBytes)) {
          unsigned place = first + (isK ? line : e);
          if (isA)
            rows.set(place);
          else
            columns.set(place);
        }
    }
}

void MatrixPoison::writeD(Frame &frame, const Registers &d) const {
  unsigned bits = d.elementBits, count = getElementsPerRegister(bits);
  for (auto [i, row] : llvm::enumerate(d.rows)) {
    HalfPoison poison;
    for (unsigned lane = 0; lane < kLanes; ++lane)
      for (unsigned e = 0; e < count; ++e) {
        MatrixPlace place = d.getPlace(lane, i, e);
        if (!rows[place.row] && !columns[place.column] &&
            !elements[place.row * kMostColumns + place.column])
          continue;
        poison.low |= Mask(isInLow(e, bits)) << lane;
        poison.high |= Mask(isInHigh(e, bits)) << lane;
      }
    frame.setHalves(row, poison);
  }
}
