//===- SharedLayouts.cpp - images of a matrix in shared memory ------------===//

#include "lib/Layout/SharedLayouts.h"
#include "lib/Layout/Swizzle.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::layout;

LinearLayout layout::getRowMajorLayout(unsigned rowBits, unsigned columnBits,
                                       RowSwizzle swizzle) {
  assert(swizzle.vectorBits + swizzle.phaseBits <= columnBits &&
         "a row holds all vectors that a phase permutes");
  assert(swizzle.perPhaseBits + swizzle.phaseBits <= rowBits &&
         "a phase for each group of rows");
  return llvm::cantFail(LinearLayout::fromFunction(
      {{kOffset, rowBits + columnBits}},
      {{kRow, rowBits}, {kColumn, columnBits}}, [&](uint64_t offset) {
        uint64_t row = offset >> columnBits;
        uint64_t column = offset & ((uint64_t(1) << columnBits) - 1);
        uint64_t phase = row >> swizzle.perPhaseBits &
                         ((uint64_t(1) << swizzle.phaseBits) - 1);
        return row | (column ^ phase << swizzle.vectorBits) << rowBits;
      }));
}

LinearLayout layout::getBoxLayout(unsigned rowBits, unsigned columnBits,
                                  unsigned elementBytes,
                                  MatrixSwizzle swizzle) {
  unsigned byteBits = llvm::countr_zero(elementBytes);
  unsigned patternBits = getSwizzleBits(swizzle);
  unsigned boxBits = columnBits;
  if (patternBits)
    boxBits = std::min(columnBits, llvm::countr_zero(kGranuleBytes) +
                                       patternBits - byteBits);
  return llvm::cantFail(LinearLayout::fromFunction(
      {{kOffset, rowBits + columnBits}},
      {{kRow, rowBits}, {kColumn, columnBits}}, [&](uint64_t offset) {
        // A swizzle is its own inverse.
        uint64_t place =
            layout::swizzle(offset << byteBits, patternBits) >> byteBits;
        uint64_t inBox = place & ((uint64_t(1) << boxBits) - 1);
        uint64_t row = place >> boxBits & ((uint64_t(1) << rowBits) - 1);
        uint64_t box = place >> (boxBits + rowBits);
        return row | (inBox | box << boxBits) << rowBits;
      }));
}
