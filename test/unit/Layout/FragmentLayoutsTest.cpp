//===- FragmentLayoutsTest.cpp - every operand of every product -----------===//

#include "lib/Layout/FragmentLayouts.h"
#include "DocumentedFragments.h"
#include "lib/Layout/BlockedLayouts.h"
#include "lib/Layout/LayoutText.h"
#include "lib/PTX/Form.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;
using ptx::Semantics;
using ptx::Type;

static std::string print(const LinearLayout &layout) {
  std::string text;
  llvm::raw_string_ostream(text) << layout;
  return text;
}

/// The alternatives of "name=a|b|c" among a form's qualifiers.
static llvm::SmallVector<llvm::StringRef> getChoices(llvm::StringRef qualifiers,
                                                     llvm::StringRef name) {
  llvm::SmallVector<llvm::StringRef> items, choices;
  qualifiers.split(items, ' ', -1, false);
  for (llvm::StringRef item : items)
    if (item.consume_front(name) && item.consume_front("="))
      item.split(choices, '|');
  return choices;
}

/// Every lane and register are where the fragment table has them.
static void expectFragment(MatrixRole role, MatrixShape shape, Type type) {
  Fragment fragment(role, shape, type);
  auto layout = getFragmentLayout(role, shape, type);
  ASSERT_TRUE(bool(layout)) << llvm::toString(layout.takeError());
  EXPECT_TRUE(layout->isInvertible());
  unsigned elements = fragment.getElementsPerRegister();
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned reg = 0; reg < fragment.getNumRegisters(); ++reg)
      for (unsigned element = 0; element < elements; ++element) {
        MatrixPlace place = fragment.getPlace(lane, reg, element);
        Values at = {{kRegister, reg * elements + element}, {kLane, lane}};
        ASSERT_EQ(layout->apply(at, kRow), place.row);
        ASSERT_EQ(layout->apply(at, kColumn), place.column);
      }
}

TEST(FragmentLayouts, EveryFormOfMma) {
  unsigned products = 0;
  for (const ptx::Form &form : ptx::getForms()) {
    if (form.mnemonic != "mma" || form.semantics == Semantics::MmaQuads)
      continue;
    auto sums = getChoices(form.qualifiers, "d");
    if (sums.empty())
      sums.push_back("s32");
    for (llvm::StringRef shape : getChoices(form.qualifiers, "shape"))
      for (llvm::StringRef type : getChoices(form.qualifiers, "a"))
        for (llvm::StringRef sum : sums) {
          SCOPED_TRACE((shape + " " + type + " " + sum).str());
          MatrixShape size = *parseMatrixShape(shape);
          expectFragment(MatrixRole::A, size, *ptx::parseType(type));
          expectFragment(MatrixRole::B, size, *ptx::parseType(type));
          expectFragment(MatrixRole::Accumulator, size, *ptx::parseType(sum));
          ++products;
        }
  }
  EXPECT_GT(products, 30u);
}

TEST(FragmentLayouts, EveryShapeOfWmma) {
  for (MatrixShape shape : {MatrixShape{16, 16, 16}, {8, 32, 16}, {32, 8, 16}})
    for (Type type : {Type::BF16, Type::S8})
      for (MatrixRole role : {MatrixRole::A, MatrixRole::B})
        expectFragment(role, shape, type);
  for (MatrixShape shape : {MatrixShape{16, 16, 16}, {8, 32, 16}, {32, 8, 16}})
    for (Type type : {Type::F16, Type::F32})
      expectFragment(MatrixRole::Accumulator, shape, type);
}

TEST(FragmentLayouts, EveryFormOfWgmma) {
  unsigned products = 0, refused = 0;
  for (const ptx::Form &form : ptx::getForms()) {
    if (form.semantics != Semantics::Wgmma)
      continue;
    auto sums = getChoices(form.qualifiers, "d");
    for (llvm::StringRef text : getChoices(form.qualifiers, "shape"))
      for (llvm::StringRef sum : sums) {
        SCOPED_TRACE((text + " " + sum).str());
        MatrixShape shape = *parseMatrixShape(text);
        Type type = *ptx::parseType(sum);
        auto layout = getWarpgroupLayout(MatrixRole::Accumulator, shape, type);
        if (!llvm::has_single_bit(shape.n)) {
          EXPECT_EQ(llvm::toString(layout.takeError()),
                    "a layout's sizes are powers of two, found a fragment of "
                    "16 x " +
                        llvm::utostr(shape.n));
          ++refused;
          continue;
        }
        ASSERT_TRUE(bool(layout));
        Fragment fragment(MatrixRole::Accumulator, {16, shape.n, shape.k},
                          type);
        unsigned elements = fragment.getElementsPerRegister();
        for (unsigned warp = 0; warp < 4; ++warp)
          for (unsigned lane = 0; lane < 32; ++lane)
            for (unsigned i = 0; i < fragment.getNumRegisters() * elements;
                 ++i) {
              MatrixPlace place =
                  fragment.getPlace(lane, i / elements, i % elements);
              Values at = {{kRegister, i}, {kLane, lane}, {kWarp, warp}};
              ASSERT_EQ(layout->apply(at, kRow), place.row + 16 * warp);
              ASSERT_EQ(layout->apply(at, kColumn), place.column);
            }
        ++products;
      }
    for (llvm::StringRef type : getChoices(form.qualifiers, "a")) {
      MatrixShape shape =
          *parseMatrixShape(getChoices(form.qualifiers, "shape")[0]);
      unsigned bits = ptx::getBitWidth(*ptx::parseType(type));
      auto layout =
          getWarpgroupLayout(MatrixRole::A, shape, *ptx::parseType(type));
      ASSERT_TRUE(bool(layout));
      for (unsigned warp = 0; warp < 4; ++warp)
        for (unsigned lane = 0; lane < 32; ++lane)
          for (unsigned i = 0; i < 4 * 32 / bits; ++i) {
            test::Place place = test::getWgmmaPlaceA(bits, lane, i);
            Values at = {{kRegister, i}, {kLane, lane}, {kWarp, warp}};
            ASSERT_EQ(layout->apply(at, kRow), place.row + 16 * warp);
            ASSERT_EQ(layout->apply(at, kColumn), place.column);
          }
    }
  }
  EXPECT_GT(products, 20u);
  EXPECT_GT(refused, 20u);
}

TEST(FragmentLayouts, Quads) {
  for (bool flag : {false, true}) {
    LinearLayout multiplicand = getQuadMultiplicandLayout(flag);
    LinearLayout accumulator = getQuadAccumulatorLayout(flag);
    EXPECT_TRUE(multiplicand.isInvertible());
    EXPECT_TRUE(accumulator.isInvertible());
    for (unsigned lane = 0; lane < 32; ++lane) {
      // Section 9.7.14.5.1, as in QuadsTest.
      unsigned upper = lane < 16 ? 0 : 4, quarter = lane % 4;
      for (uint64_t i = 0; i < 4; ++i) {
        Values at = {{kRegister, i}, {kLane, lane}};
        EXPECT_EQ(multiplicand.apply(at, "product"), lane % 16 / 4);
        EXPECT_EQ(multiplicand.apply(at, kRow),
                  flag ? quarter + upper : i + upper);
        EXPECT_EQ(multiplicand.apply(at, kColumn), flag ? i : quarter);
      }
      for (uint64_t i = 0; i < 8; ++i) {
        Values at = {{kRegister, i}, {kLane, lane}};
        EXPECT_EQ(accumulator.apply(at, "product"), lane % 16 / 4);
        EXPECT_EQ(accumulator.apply(at, kRow),
                  flag ? quarter + upper : (lane & 1) + (i & 2) + upper);
        EXPECT_EQ(accumulator.apply(at, kColumn),
                  flag ? i : (i & 4) + (lane & 2) + (i & 1));
      }
    }
  }
}

TEST(FragmentLayouts, MatrixRows) {
  for (unsigned count : {1u, 2u, 4u})
    for (bool isTransposed : {false, true}) {
      LinearLayout layout = getMatrixRowsLayout(count, isTransposed);
      EXPECT_TRUE(layout.isInvertible());
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned i = 0; i < 2 * count; ++i) {
          Values at = {{kRegister, i}, {kLane, lane}};
          MatrixPlace place = getMatrixRowPlace(lane, i % 2, isTransposed);
          EXPECT_EQ(layout.apply(at, "matrix"), i / 2);
          EXPECT_EQ(layout.apply(at, kRow), place.row);
          EXPECT_EQ(layout.apply(at, kColumn), place.column);
        }
    }
}

TEST(FragmentLayouts, AsTheHeaderShows) {
  auto layout =
      llvm::cantFail(getFragmentLayout(MatrixRole::A, {16, 8, 16}, Type::BF16));
  EXPECT_EQ(print(layout),
            "register = [[0, 1], [8, 0], [0, 8]], lane = [[0, 2], [0, 4], "
            "[1, 0], [2, 0], [4, 0]] over (row 16, column 16)");
  EXPECT_EQ(print(llvm::cantFail(getFragmentLayout(MatrixRole::Accumulator,
                                                   {16, 8, 16}, Type::F32))),
            "register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], "
            "[2, 0], [4, 0]] over (row 16, column 8)");
}

/// ldmatrix.x4 of the four quarters of A is A, and of two B operands side by
/// side with .trans, stored by rows of k.
TEST(FragmentLayouts, MatrixRowsAreFragments) {
  LinearLayout a =
      llvm::cantFail(getFragmentLayout(MatrixRole::A, {16, 8, 16}, Type::F16));
  LinearLayout plain = getMatrixRowsLayout(4, false);
  LinearLayout place({{kRow, 3}, {kColumn, 3}, {"matrix", 2}},
                     {{kRow, 4}, {kColumn, 4}},
                     Vectors{1, 2, 4, 16, 32, 64, 8, 128});
  EXPECT_EQ(plain.then(place), a);
  LinearLayout b = repeat(
      llvm::cantFail(getFragmentLayout(MatrixRole::B, {16, 8, 16}, Type::F16)),
      {{kRegister, kColumn, 1}});
  EXPECT_EQ(getMatrixRowsLayout(4, true).then(place), b);
}
