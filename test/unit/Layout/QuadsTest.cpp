//===- QuadsTest.cpp - mma.m8n8k4, against the ISA's formulas -------------===//

#include "lib/Layout/Quads.h"
#include "gtest/gtest.h"
#include <set>

using namespace sluice::layout;

namespace {
/// A place is of one lane of one product.
using Places = std::set<std::pair<unsigned, unsigned>>;

unsigned lanesOf(unsigned lane) { return lane % 16 / 4; }
} // namespace

TEST(Quads, LanesAreOfOneProductEach) {
  std::set<unsigned> lanes;
  for (unsigned number = 0; number < 4; ++number)
    for (unsigned i = 0; i < 8; ++i) {
      unsigned lane = Quad{number}.getLane(i);
      // "Threads with %laneid 0-3 and 16-19", and so on.
      EXPECT_EQ(lanesOf(lane), number);
      EXPECT_LT(lane, 32u);
      lanes.insert(lane);
    }
  EXPECT_EQ(lanes.size(), 32u);
}

/// Section 9.7.14.5.1: "row = %laneid % 4 if %laneid < 16, (%laneid % 4) + 4
/// otherwise; col = i" for A by rows, "row = i, or i + 4; col = %laneid % 4" by
/// columns.
TEST(Quads, MultiplicandsAreAsDocumented) {
  for (bool isRowMajor : {false, true}) {
    Places seen;
    for (unsigned i = 0; i < 8; ++i)
      for (unsigned e = 0; e < 4; ++e) {
        unsigned lane = Quad{2}.getLane(i);
        unsigned upper = lane < 16 ? 0 : 4;
        MatrixPlace expected = isRowMajor ? MatrixPlace{lane % 4 + upper, e}
                                          : MatrixPlace{e + upper, lane % 4};
        MatrixPlace place = Quad::getMultiplicandPlace(i, e, isRowMajor);
        EXPECT_EQ(place, expected);
        seen.insert({place.row, place.column});
      }
    EXPECT_EQ(seen.size(), 32u);
  }
}

/// The same section: of .f16 "row = %laneid % 4, or + 4; col = i"; of .f32 "X =
/// (%laneid & 0b1) + (i & 0b10), row = X or X + 4; col = (i & 0b100) + (%laneid
/// & 0b10) + (i & 0b1)".
TEST(Quads, AccumulatorsAreAsDocumented) {
  for (bool isHalf : {false, true}) {
    Places seen;
    for (unsigned i = 0; i < 8; ++i)
      for (unsigned e = 0; e < 8; ++e) {
        unsigned lane = Quad{1}.getLane(i);
        unsigned upper = lane < 16 ? 0 : 4;
        MatrixPlace expected =
            isHalf ? MatrixPlace{lane % 4 + upper, e}
                   : MatrixPlace{(lane & 1) + (e & 2) + upper,
                                 (e & 4) + (lane & 2) + (e & 1)};
        MatrixPlace place = Quad::getAccumulatorPlace(i, e, isHalf);
        EXPECT_EQ(place, expected);
        seen.insert({place.row, place.column});
      }
    EXPECT_EQ(seen.size(), 64u);
  }
}
