//===- FragmentsTest.cpp - against the ISA's formulas ---------------------===//

#include "lib/Layout/Fragments.h"
#include "DocumentedFragments.h"
#include "gtest/gtest.h"
#include <set>

using namespace sluice;
using namespace sluice::layout;
using ptx::Type;

static Type getAnyType(unsigned bits) {
  switch (bits) {
  case 8:
    return Type::E4M3;
  case 16:
    return Type::BF16;
  case 32:
    return Type::TF32;
  default:
    return Type::F64;
  }
}

static void expectPlaces(const Fragment &fragment,
                         test::PlaceFunction documented) {
  unsigned count = fragment.getElementsPerRegister();
  std::set<std::pair<unsigned, unsigned>> seen;
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < fragment.getNumRegisters() * count; ++i) {
      MatrixPlace place = fragment.getPlace(lane, i / count, i % count);
      test::Place expected = documented(lane, i);
      EXPECT_EQ(place.row, expected.row) << "lane " << lane << ", " << i;
      EXPECT_EQ(place.column, expected.column) << "lane " << lane << ", " << i;
      seen.insert({place.row, place.column});
    }
  EXPECT_EQ(seen.size(), fragment.getRows() * fragment.getColumns());
}

TEST(Fragments, MmaIsAsDocumented) {
  for (const test::DocumentedMma &mma : test::getDocumentedMmas()) {
    SCOPED_TRACE(mma.name);
    MatrixShape shape{mma.m, mma.n, mma.k};
    Type type = getAnyType(mma.bits);
    expectPlaces({MatrixRole::A, shape, type}, mma.a);
    expectPlaces({MatrixRole::B, shape, type}, mma.b);
    for (Type accumulator : {Type::F32, Type::S32, Type::F16, Type::F64})
      expectPlaces({MatrixRole::Accumulator, shape, accumulator}, mma.c);
  }
}

TEST(Fragments, WgmmaIsAsDocumented) {
  expectPlaces({MatrixRole::Accumulator, {16, 256, 16}, Type::F32},
               test::getWgmmaPlaceD);
  expectPlaces({MatrixRole::Accumulator, {16, 72, 16}, Type::F16},
               test::getWgmmaPlaceD);
  expectPlaces(
      {MatrixRole::A, {16, 8, 8}, Type::TF32}, +[](unsigned lane, unsigned i) {
        return test::getWgmmaPlaceA(32, lane, i);
      });
  expectPlaces(
      {MatrixRole::A, {16, 8, 16}, Type::F16}, +[](unsigned lane, unsigned i) {
        return test::getWgmmaPlaceA(16, lane, i);
      });
  expectPlaces(
      {MatrixRole::A, {16, 8, 32}, Type::E5M2}, +[](unsigned lane, unsigned i) {
        return test::getWgmmaPlaceA(8, lane, i);
      });
}

/// Section 9.7.14.4.1 gives the numbers of registers; every element must be in
/// exactly one place of the distinct ones.
TEST(Fragments, WmmaHoldsEveryElementOnce) {
  struct Case {
    MatrixShape shape;
    Type type;
    unsigned a, b, c;
  };
  for (const Case &test : {Case{{16, 16, 16}, Type::BF16, 4, 4, 8},
                           Case{{8, 32, 16}, Type::BF16, 2, 8, 8},
                           Case{{32, 8, 16}, Type::BF16, 8, 2, 8},
                           Case{{16, 16, 16}, Type::S8, 2, 2, 8},
                           Case{{8, 32, 16}, Type::S8, 1, 4, 8},
                           Case{{32, 8, 16}, Type::U8, 4, 1, 8},
                           Case{{16, 16, 8}, Type::TF32, 4, 4, 8},
                           Case{{8, 8, 4}, Type::F64, 1, 1, 2}}) {
    Type sum = test.type == Type::F64 ? Type::F64 : Type::F32;
    const Fragment fragments[] = {{MatrixRole::A, test.shape, test.type},
                                  {MatrixRole::B, test.shape, test.type},
                                  {MatrixRole::Accumulator, test.shape, sum}};
    const unsigned counts[] = {test.a, test.b, test.c};
    for (unsigned i = 0; i < 3; ++i) {
      const Fragment &fragment = fragments[i];
      EXPECT_EQ(fragment.getNumRegisters(), counts[i]);
      std::set<std::pair<unsigned, unsigned>> seen;
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned reg = 0; reg < fragment.getNumRegisters(); ++reg)
          for (unsigned element = 0;
               element < fragment.getElementsPerRegister(); ++element) {
            MatrixPlace place = fragment.getPlace(lane, reg, element);
            EXPECT_LT(place.row, fragment.getRows());
            EXPECT_LT(place.column, fragment.getColumns());
            EXPECT_TRUE(seen.insert({place.row, place.column}).second);
          }
    }
  }
}

TEST(Fragments, LdmatrixRow) {
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned element = 0; element < 2; ++element) {
      // Figure 104: four threads hold a row, thread 0 its first two elements.
      MatrixPlace expected{lane / 4, lane % 4 * 2 + element};
      EXPECT_EQ(getMatrixRowPlace(lane, element, false), expected);
      EXPECT_EQ(getMatrixRowPlace(lane, element, true),
                (MatrixPlace{expected.column, expected.row}));
      EXPECT_EQ(getMatrixRowLane(expected.row, expected.column, false), lane);
      EXPECT_EQ(getMatrixRowLane(expected.column, expected.row, true), lane);
    }
}

TEST(Fragments, ShapesParse) {
  EXPECT_EQ(parseMatrixShape("m64n256k16"), (MatrixShape{64, 256, 16}));
  EXPECT_FALSE(parseMatrixShape("m64n256"));
  EXPECT_FALSE(parseMatrixShape("m64n256k16x"));
  EXPECT_FALSE(parseMatrixShape("n8m8k4"));
}
