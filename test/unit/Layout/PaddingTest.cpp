//===- PaddingTest.cpp - padding is found element by element --------------===//

#include "lib/Layout/Padding.h"
#include "RandomLayout.h"
#include "lib/Layout/BlockedLayouts.h"
#include "lib/Layout/FragmentLayouts.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;
using test::draw;

TEST(Padding, IsTheNextPowerOfTwo) {
  for (auto [size, bits] : {std::pair(1u, 0u),
                            {2u, 1u},
                            {60u, 6u},
                            {64u, 6u},
                            {100u, 7u},
                            {129u, 8u}}) {
    PaddedAxis axis(kColumn, size);
    EXPECT_EQ(axis.getPadded(), Axis(kColumn, bits));
    EXPECT_EQ(axis.isPadded(), size != 1u << bits);
    EXPECT_TRUE(axis.isValid(size - 1));
    EXPECT_FALSE(axis.isValid(size));
  }
  PaddedShape shape({{kRow, 100}, {kColumn, 60}});
  EXPECT_EQ(shape.getPadded(), (Axes{{kRow, 7}, {kColumn, 6}}));
}

/// The header's example.
TEST(Padding, TilesOfPaddingAreFound) {
  LinearLayout a = repeat(llvm::cantFail(getFragmentLayout(
                              MatrixRole::A, {16, 8, 16}, ptx::Type::BF16)),
                          {{kRegister, kColumn, 3}});
  PaddedShape shape({{kRow, 16}, {kColumn, 100}});
  auto registers = shape.getValidity(a, kRegister);
  ASSERT_EQ(registers.size(), 64u);
  for (unsigned i = 0; i < 64; ++i) {
    // Bit 2 of the register is column 8: from 104 on nothing is real.
    bool isBeyond = i >= 48 && i & 4;
    EXPECT_EQ(registers[i], i < 48                ? Validity::All
                            : i >= 56 || isBeyond ? Validity::None
                                                  : Validity::Some)
        << i;
  }
  for (Validity lane : shape.getValidity(a, kLane))
    EXPECT_EQ(lane, Validity::Some);
}

TEST(Padding, AnyLayoutElementByElement) {
  test::Engine engine(1);
  unsigned seen[3] = {};
  for (unsigned round = 0; round < 400; ++round) {
    PaddedShape shape(
        {{kRow, 1 + draw(engine, 16)}, {kColumn, 1 + draw(engine, 9)}});
    Axes padded = shape.getPadded();
    Axis inputs[] = {{kRegister, draw(engine, 4)}, {kLane, 5}, {kWarp, 1}};
    unsigned most = std::min(test::countBits(padded), test::countBits(inputs));
    LinearLayout layout =
        test::drawLayout(engine, inputs, padded, draw(engine, most + 1));
    if (draw(engine, 2))
      layout = layout.transposeOutputs({kColumn, kRow});
    for (llvm::StringRef axis : {kRegister, kLane, kWarp}) {
      auto validity = shape.getValidity(layout, axis);
      std::vector<unsigned> real(validity.size()), all(validity.size());
      for (uint64_t point = 0; point < uint64_t(1) << layout.getNumInputBits();
           ++point) {
        uint64_t place = layout.apply(point);
        uint64_t value = layout.getInputValue(point, axis);
        ++all[value];
        real[value] +=
            layout.getOutputValue(place, kRow) < shape.getAxes()[0].size &&
            layout.getOutputValue(place, kColumn) < shape.getAxes()[1].size;
      }
      for (size_t i = 0; i < validity.size(); ++i) {
        EXPECT_EQ(validity[i], real[i] == 0        ? Validity::None
                               : real[i] == all[i] ? Validity::All
                                                   : Validity::Some);
        ++seen[unsigned(validity[i])];
      }
    }
  }
  for (unsigned count : seen)
    EXPECT_GT(count, 100u);
}

/// Of register 1, lane 0 is beyond the rows and lane 1 beyond the columns: it
/// holds padding alone, though neither axis says so.
TEST(Padding, BeyondOneOrTheOtherAxis) {
  LinearLayout layout({{kRegister, 1}, {kLane, 1}}, {{kRow, 2}, {kColumn, 2}},
                      Vectors{3, 3 | 3 << 2});
  PaddedShape shape({{kRow, 3}, {kColumn, 3}});
  auto registers = shape.getValidity(layout, kRegister);
  EXPECT_EQ(registers[0], Validity::Some);
  EXPECT_EQ(registers[1], Validity::None);
}
