//===- FreedomsTest.cpp - products in other orders are the same -----------===//

#include "lib/Layout/Freedoms.h"
#include "RandomLayout.h"
#include "lib/Layout/BlockedLayouts.h"
#include "lib/Layout/Conversion.h"
#include "lib/Layout/FragmentLayouts.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;
using ptx::Type;

namespace {
/// A matrix of 2^rowBits × 2^columnBits.
struct Matrix {
  unsigned rowBits, columnBits;
  std::vector<int64_t> values;

  Matrix(unsigned rowBits, unsigned columnBits)
      : rowBits(rowBits), columnBits(columnBits),
        values(uint64_t(1) << (rowBits + columnBits)) {}
  int64_t &at(uint64_t row, uint64_t column) {
    return values[row << columnBits | column];
  }
  bool operator==(const Matrix &) const = default;
};
} // namespace

static Matrix drawMatrix(test::Engine &engine, unsigned rowBits,
                         unsigned columnBits) {
  Matrix matrix(rowBits, columnBits);
  for (int64_t &value : matrix.values)
    value = int64_t(engine() % 201) - 100;
  return matrix;
}

static Matrix multiply(Matrix &a, Matrix &b) {
  Matrix product(a.rowBits, b.columnBits);
  for (unsigned i = 0; i < 1u << a.rowBits; ++i)
    for (unsigned j = 0; j < 1u << b.columnBits; ++j)
      for (unsigned k = 0; k < 1u << a.columnBits; ++k)
        product.at(i, j) += a.at(i, k) * b.at(k, j);
  return product;
}

/// What an instruction sees as its operand, by `fragment`, when registers were
/// filled from the matrix by `layout`: or the other way round for a result.
static Matrix pass(Matrix &matrix, const LinearLayout &layout,
                   const LinearLayout &fragment) {
  Matrix seen(fragment.getOutputBits(kRow), fragment.getOutputBits(kColumn));
  for (uint64_t point = 0; point < uint64_t(1) << layout.getNumInputBits();
       ++point) {
    uint64_t from = layout.apply(point), to = fragment.apply(point);
    seen.at(fragment.getOutputValue(to, kRow),
            fragment.getOutputValue(to, kColumn)) =
        matrix.at(layout.getOutputValue(from, kRow),
                  layout.getOutputValue(from, kColumn));
  }
  return seen;
}

static ProductLayouts getProduct(MatrixShape shape, Type type) {
  return {llvm::cantFail(getFragmentLayout(MatrixRole::A, shape, type)),
          llvm::cantFail(getFragmentLayout(MatrixRole::B, shape, type)),
          llvm::cantFail(
              getFragmentLayout(MatrixRole::Accumulator, shape, Type::F32))};
}

/// The instruction multiplies what it sees; rows and columns of its result are
/// where `layouts` has them.
static Matrix execute(Matrix &a, Matrix &b, const ProductLayouts &fragments,
                      const ProductLayouts &layouts, bool isTransposed) {
  Matrix &first = isTransposed ? b : a, &second = isTransposed ? a : b;
  const LinearLayout &firstLayout = isTransposed ? layouts.b : layouts.a;
  const LinearLayout &secondLayout = isTransposed ? layouts.a : layouts.b;
  Matrix left = pass(first, firstLayout, fragments.a);
  Matrix right = pass(second, secondLayout, fragments.b);
  Matrix result = multiply(left, right);
  return pass(result, fragments.accumulator, layouts.accumulator);
}

TEST(Freedoms, OrderOfAContraction) {
  test::Engine engine(1);
  for (auto [shape, type] : {std::pair(MatrixShape{16, 8, 16}, Type::BF16),
                             {MatrixShape{16, 8, 8}, Type::TF32}}) {
    ProductLayouts fragments = getProduct(shape, type);
    unsigned kBits = fragments.a.getOutputBits(kColumn);
    for (unsigned round = 0; round < 20; ++round) {
      LinearLayout order =
          test::drawLayout(engine, Axis("k", kBits), Axis("k", kBits), kBits);
      Matrix a = drawMatrix(engine, 4, kBits), b = drawMatrix(engine, kBits, 3);
      EXPECT_EQ(
          execute(a, b, fragments, permuteContraction(fragments, order), false),
          multiply(a, b));
    }
  }
}

TEST(Freedoms, TransposedProduct) {
  test::Engine engine(2);
  ProductLayouts fragments = getProduct({16, 8, 16}, Type::F16);
  ProductLayouts layouts = transposeProduct(fragments);
  // D is 8 × 16 now, and its accumulator's rows are its columns.
  EXPECT_EQ(layouts.accumulator.getOutputBits(kRow), 3u);
  Matrix a = drawMatrix(engine, 3, 4), b = drawMatrix(engine, 4, 4);
  EXPECT_EQ(execute(a, b, fragments, layouts, true), multiply(a, b));
}

/// A product, and its result as A of the next: no element moves.
static void expectChain(const LinearLayout &sums, const LinearLayout &a,
                        unsigned bytes, bool isIdentity) {
  auto order = findContractionOrder(sums, a, kColumn);
  ASSERT_TRUE(order);
  EXPECT_TRUE(order->isInvertible());
  EXPECT_EQ(*order == LinearLayout::getIdentity(kColumn, kColumn,
                                                order->getNumInputBits()),
            isIdentity);
  Conversion conversion = llvm::cantFail(
      planConversion(sums, permuteAxis(a, kColumn, *order), bytes));
  EXPECT_LE(conversion.kind, ConversionKind::Registers);
}

TEST(Freedoms, AccumulatorsAreTheNextOperand) {
  ProductLayouts half = getProduct({16, 8, 16}, Type::BF16);
  ProductLayouts tf32 = getProduct({16, 8, 8}, Type::TF32);
  ProductLayouts bytes = getProduct({16, 8, 32}, Type::E4M3);
  const LinearLayout &sums = half.accumulator;
  Repeat right{kRegister, kColumn, 1}, more{kRegister, kColumn, 2};
  // 16 bits: as it is. 32 and 8 bits: in another order of k.
  expectChain(repeat(sums, right), half.a, 2, true);
  expectChain(repeat(sums, more), repeat(half.a, right), 2, true);
  expectChain(sums, tf32.a, 4, false);
  expectChain(repeat(sums, more), repeat(tf32.a, more), 4, false);
  expectChain(repeat(sums, more), bytes.a, 1, false);
  // The header's order: lane c's k = c and c + 4 are columns 2c and 2c + 1.
  auto order = findContractionOrder(sums, tf32.a, kColumn);
  for (uint64_t c = 0; c < 4; ++c) {
    EXPECT_EQ(order->apply(c), 2 * c);
    EXPECT_EQ(order->apply(c + 4), 2 * c + 1);
  }
  // kernels.md, section 4: transposed sums are B of tf32 in that order.
  LinearLayout turned = transposeMatrix(sums);
  LinearLayout b = repeat(tf32.b, right);
  EXPECT_EQ(findContractionOrder(turned, b, kRow)->getBases(),
            order->getBases());
}

TEST(Freedoms, NoOrderWhereLanesDiffer) {
  ProductLayouts half = getProduct({16, 8, 16}, Type::BF16);
  LinearLayout rows =
      repeat({},
             {{kRegister, kColumn, 3}, {kLane, kColumn, 1}, {kLane, kRow, 4}})
          .transposeOutputs({kRow, kColumn});
  EXPECT_FALSE(findContractionOrder(rows, half.a, kColumn));
  // Nor for another shape, or other warps.
  EXPECT_FALSE(findContractionOrder(half.accumulator, half.a, kColumn));
  EXPECT_FALSE(
      findContractionOrder(repeat(half.a, {{kWarp, "", 1}}), half.a, kColumn));
  // Two coordinates are never sent to one: a copy in the accumulator.
  LinearLayout copies = half.a;
  Vectors bases(copies.getBases());
  bases[2] = 0;
  EXPECT_FALSE(findContractionOrder(
      LinearLayout(copies.getInputs(), copies.getOutputs(), bases), half.a,
      kColumn));
}

/// π of kernels.md, section 1.2, swaps two bits of the tokens: wherever a
/// token is, all layouts that have it name it alike.
TEST(Freedoms, OrderOfTokens) {
  LinearLayout layout = repeat({}, {{kRegister, kColumn, 3},
                                    {kRegister, kRow, 1},
                                    {kLane, kColumn, 2},
                                    {kLane, kRow, 3}});
  LinearLayout order = getBitOrder(kRow, {0, 2, 1, 3});
  LinearLayout moved = permuteAxis(layout, kRow, order);
  for (uint64_t point = 0; point < 512; ++point) {
    uint64_t from = layout.apply(point), to = moved.apply(point);
    uint64_t row = layout.getOutputValue(from, kRow);
    EXPECT_EQ(moved.getOutputValue(to, kRow),
              (row & 9) | (row & 2) << 1 | (row & 4) >> 1);
    EXPECT_EQ(moved.getOutputValue(to, kColumn),
              layout.getOutputValue(from, kColumn));
  }
}
