//===- FragmentLayouts.cpp - what matrix instructions hold, as layouts ----===//

#include "lib/Layout/FragmentLayouts.h"
#include "lib/Layout/Quads.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::layout;
using llvm::Expected;

static constexpr unsigned kLaneBits = 5;

static unsigned getBits(unsigned size) { return llvm::countr_zero(size); }

Expected<LinearLayout>
layout::getFragmentLayout(MatrixRole role, MatrixShape shape, ptx::Type type) {
  Fragment fragment(role, shape, type);
  unsigned rows = fragment.getRows(), columns = fragment.getColumns();
  unsigned elements = fragment.getElementsPerRegister();
  if (!llvm::has_single_bit(rows) || !llvm::has_single_bit(columns))
    return llvm::createStringError(
        "a layout's sizes are powers of two, found a fragment of " +
        llvm::Twine(rows) + " x " + llvm::Twine(columns));
  Axis reg(kRegister, getBits(fragment.getNumRegisters() * elements));
  return LinearLayout::fromFunction(
      {reg, {kLane, kLaneBits}},
      {{kRow, getBits(rows)}, {kColumn, getBits(columns)}},
      [&](uint64_t point) -> uint64_t {
        unsigned element = point % reg.getSize();
        MatrixPlace place = fragment.getPlace(
            point / reg.getSize(), element / elements, element % elements);
        return place.row + place.column * rows;
      });
}

Expected<LinearLayout>
layout::getWarpgroupLayout(MatrixRole role, MatrixShape shape, ptx::Type type) {
  assert(shape.m == 64 && role != MatrixRole::B &&
         "wgmma has m = 64, and B in shared memory");
  shape.m = 16;
  Expected<LinearLayout> warp = getFragmentLayout(role, shape, type);
  if (!warp)
    return warp.takeError();
  return *warp * LinearLayout::getIdentity(kWarp, kRow, 2);
}

/// Lanes of the four products by number, as their tables say.
template <class Place>
static LinearLayout getQuadLayout(unsigned elements, unsigned rows,
                                  unsigned columns, Place getPlace) {
  // The lane of the i-th of a product, the other way round.
  unsigned product[32], inProduct[32];
  for (unsigned number = 0; number < 4; ++number)
    for (unsigned i = 0; i < 8; ++i) {
      unsigned lane = Quad{number}.getLane(i);
      product[lane] = number;
      inProduct[lane] = i;
    }
  return llvm::cantFail(LinearLayout::fromFunction(
      {{kRegister, getBits(elements)}, {kLane, kLaneBits}},
      {{kRow, getBits(rows)}, {kColumn, getBits(columns)}, {"product", 2}},
      [&](uint64_t point) -> uint64_t {
        unsigned lane = point / elements;
        MatrixPlace place = getPlace(inProduct[lane], point % elements);
        return place.row + rows * (place.column + columns * product[lane]);
      }));
}

LinearLayout layout::getQuadMultiplicandLayout(bool isPerLane) {
  return getQuadLayout(4, 8, 4, [&](unsigned i, unsigned element) {
    return Quad::getMultiplicandPlace(i, element, isPerLane);
  });
}

LinearLayout layout::getQuadAccumulatorLayout(bool isHalf) {
  return getQuadLayout(8, 8, 8, [&](unsigned i, unsigned element) {
    return Quad::getAccumulatorPlace(i, element, isHalf);
  });
}

LinearLayout layout::getMatrixRowsLayout(unsigned count, bool isTransposed) {
  assert((count == 1 || count == 2 || count == 4) && "x1, x2 or x4");
  LinearLayout one = llvm::cantFail(LinearLayout::fromFunction(
      {{kRegister, 1}, {kLane, kLaneBits}}, {{kRow, 3}, {kColumn, 3}},
      [&](uint64_t point) -> uint64_t {
        MatrixPlace place =
            getMatrixRowPlace(point / 2, point % 2, isTransposed);
        return place.row + 8 * place.column;
      }));
  return one * LinearLayout::getIdentity(kRegister, "matrix", getBits(count));
}
