//===- DocumentedFragments.h - the ISA's formulas, written out --*- C++ -*-===//
//
// PTX ISA 9.1's formulas for where an element is, one by one as the sections
// state them: what the tests compare lib/Layout with.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_LAYOUT_DOCUMENTEDFRAGMENTS_H
#define SLUICE_TEST_UNIT_LAYOUT_DOCUMENTEDFRAGMENTS_H

#include <vector>

namespace sluice::test {

struct Place {
  unsigned row, column;
  bool operator==(const Place &) const = default;
};

/// Element i, from low to high across the fragment's registers, of a lane.
using PlaceFunction = Place (*)(unsigned lane, unsigned i);

/// The fragments of one mma, as documented.
struct DocumentedMma {
  const char *name;
  unsigned m, n, k;
  /// Bits of an element of A and B.
  unsigned bits;
  PlaceFunction a, b, c;
};
const std::vector<DocumentedMma> &getDocumentedMmas();
const DocumentedMma &getDocumentedMma(unsigned m, unsigned k, unsigned bits);

/// wgmma's figures 148 to 153 for warp 0.
Place getWgmmaPlaceD(unsigned lane, unsigned i);
Place getWgmmaPlaceA(unsigned bits, unsigned lane, unsigned i);

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_LAYOUT_DOCUMENTEDFRAGMENTS_H
