//===- MatrixProductTest.cpp - mma against plain products -----------------===//

#include "lib/Simulator/Execute/Matrix/MatrixProduct.h"
#include "MatrixTestSupport.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace sluice;
using namespace sluice::sim;
using ptx::Type;
using test::BitMatrix;

namespace {

/// One mma on row arrays: D in the first rows, then A, B, C.
class Mma {
public:
  Mma(unsigned m, unsigned k, Type typeA, Type typeB, Type typeC)
      : documented(test::getDocumentedMma(m, k, ptx::getBitWidth(typeA))),
        product({m, 8, k}, typeA, typeB, typeC, typeC), a(typeA, m, k),
        b(typeB, k, 8), c(typeC, m, 8), d(typeC, m, 8) {}

  void run(const MatrixOrder *order = nullptr) {
    unsigned bits = ptx::getBitWidth(a.type), bitsC = ptx::getBitWidth(c.type);
    unsigned numA = a.bits.size() * bits / 1024,
             numB = b.bits.size() * bits / 1024,
             numC = c.bits.size() * bitsC / 1024;
    std::vector<uint32_t> rows((2 * numC + numA + numB) * 32, 0xdeadbeef);
    auto each = [&](BitMatrix &matrix, unsigned first, unsigned width,
                    test::PlaceFunction place, bool isResult) {
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned i = 0; i < matrix.bits.size() / 32; ++i) {
          test::Place at = place(lane, i);
          if (isResult)
            matrix.at(at.row, at.column) =
                test::getElement(rows, first, width, lane, i);
          else
            test::setElement(rows, first, width, lane, i,
                             matrix.at(at.row, at.column));
        }
    };
    each(a, numC, bits, documented.a, false);
    each(b, numC + numA, bits, documented.b, false);
    each(c, numC + numA + numB, bitsC, documented.c, false);
    Operation operation;
    for (unsigned i = 0; i < 2 * numC + numA + numB; ++i)
      operation.rows.push_back(i);
    operation.destinations = numC;
    product.encode(operation);
    MatrixProduct decoded = MatrixProduct::decode(operation);
    multiplyFragments(rows.data(), operation, decoded, order);
    each(d, 0, bitsC, documented.c, true);
  }

  /// D within the bound of any order of additions in f32, and one rounding to
  /// D's type.
  void expectClose() {
    test::Reference reference = test::multiply(a, b, c);
    for (unsigned i = 0; i < d.bits.size(); ++i) {
      double actual = test::decode(d.type, d.bits[i]);
      double bound = reference.magnitude[i] * (a.columns + 1) * 0x1p-24;
      if (d.type == Type::F16) {
        bound += std::abs(reference.sum[i]) * 0x1p-11 + 0x1p-25;
        if (std::abs(reference.sum[i]) >= 65519)
          continue;
      }
      EXPECT_NEAR(actual, reference.sum[i], bound) << "element " << i;
    }
  }

  const test::DocumentedMma &documented;
  MatrixProduct product;
  BitMatrix a, b, c, d;
};

} // namespace

struct FloatCase {
  const char *name;
  unsigned k;
  Type a, b, c;
};

class FloatMma : public testing::TestWithParam<FloatCase> {};

TEST_P(FloatMma, RandomValues) {
  std::mt19937 random(7);
  auto [name, k, a, b, c] = GetParam();
  for (unsigned trial = 0; trial < 50; ++trial) {
    Mma mma(16, k, a, b, c);
    mma.a.fill(random, true);
    mma.b.fill(random, true);
    mma.c.fill(random, true);
    mma.run();
    mma.expectClose();
  }
}

TEST_P(FloatMma, AnyFiniteBits) {
  std::mt19937 random(11);
  auto [name, k, a, b, c] = GetParam();
  for (unsigned trial = 0; trial < 50; ++trial) {
    Mma mma(16, k, a, b, c);
    // bf16 and tf32 products may overflow f32: halve their exponents.
    bool mayOverflow = a == Type::BF16 || a == Type::TF32;
    mma.a.fill(random, mayOverflow);
    mma.b.fill(random, mayOverflow);
    mma.c.fill(random, true);
    mma.run();
    if (c == Type::F16) {
      // Out of range is infinity.
      test::Reference reference = test::multiply(mma.a, mma.b, mma.c);
      for (unsigned i = 0; i < mma.d.bits.size(); ++i)
        if (std::abs(reference.sum[i]) > 66000)
          EXPECT_EQ(mma.d.bits[i], reference.sum[i] < 0 ? 0xfc00u : 0x7c00u);
    }
    mma.expectClose();
  }
}

/// Small whole numbers: no order of additions rounds, so all bits are known.
TEST_P(FloatMma, WholeNumbersAreExact) {
  std::mt19937 random(13);
  auto [name, k, a, b, c] = GetParam();
  Mma mma(16, k, a, b, c);
  auto fill = [&](BitMatrix &matrix) {
    for (uint32_t &bits : matrix.bits)
      do
        bits = test::drawBits(matrix.type, random, false);
      while (test::decode(matrix.type, bits) !=
                 std::rint(test::decode(matrix.type, bits)) ||
             std::abs(test::decode(matrix.type, bits)) > 4);
  };
  // Random patterns of 32 bits are never whole.
  auto fillWords = [&](BitMatrix &matrix) {
    for (uint32_t &bits : matrix.bits)
      bits = llvm::bit_cast<uint32_t>(float(int(random() % 9) - 4));
  };
  ptx::getBitWidth(a) == 32 ? fillWords(mma.a) : fill(mma.a);
  ptx::getBitWidth(b) == 32 ? fillWords(mma.b) : fill(mma.b);
  ptx::getBitWidth(c) == 32 ? fillWords(mma.c) : fill(mma.c);
  MatrixOrder order = MatrixOrder::draw(3, k);
  for (const MatrixOrder *used :
       {(const MatrixOrder *)nullptr, (const MatrixOrder *)&order}) {
    mma.run(used);
    test::Reference reference = test::multiply(mma.a, mma.b, mma.c);
    for (unsigned i = 0; i < mma.d.bits.size(); ++i)
      EXPECT_EQ(test::decode(c, mma.d.bits[i]), reference.sum[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, FloatMma,
    testing::Values(
        FloatCase{"F16K8", 8, Type::F16, Type::F16, Type::F32},
        FloatCase{"F16K16", 16, Type::F16, Type::F16, Type::F32},
        FloatCase{"F16K8Half", 8, Type::F16, Type::F16, Type::F16},
        FloatCase{"F16K16Half", 16, Type::F16, Type::F16, Type::F16},
        FloatCase{"BF16K8", 8, Type::BF16, Type::BF16, Type::F32},
        FloatCase{"BF16K16", 16, Type::BF16, Type::BF16, Type::F32},
        FloatCase{"TF32K4", 4, Type::TF32, Type::TF32, Type::F32},
        FloatCase{"TF32K8", 8, Type::TF32, Type::TF32, Type::F32},
        FloatCase{"E4M3K32", 32, Type::E4M3, Type::E4M3, Type::F32},
        FloatCase{"E5M2K32", 32, Type::E5M2, Type::E5M2, Type::F32},
        FloatCase{"MixedK32", 32, Type::E4M3, Type::E5M2, Type::F32},
        FloatCase{"E4M3K16", 16, Type::E4M3, Type::E4M3, Type::F32},
        FloatCase{"E4M3K32Half", 32, Type::E4M3, Type::E5M2, Type::F16}),
    [](const auto &info) { return std::string(info.param.name); });

struct IntegerCase {
  const char *name;
  unsigned m, k;
  Type a, b;
};

class IntegerMma : public testing::TestWithParam<IntegerCase> {};

TEST_P(IntegerMma, WrapsOrSaturates) {
  std::mt19937 random(17);
  auto [name, m, k, a, b] = GetParam();
  for (unsigned trial = 0; trial < 60; ++trial) {
    Mma mma(m, k, a, b, Type::S32);
    mma.product.saturates = trial % 2;
    mma.a.fill(random, false);
    mma.b.fill(random, false);
    mma.c.fill(random, false);
    // Near the ends of the range.
    for (uint32_t &bits : mma.c.bits)
      if (trial % 3)
        bits = (bits & 1 ? 0x7fffffffu : 0x80000000u) ^ (bits >> 20);
    mma.run();
    test::Reference reference = test::multiply(mma.a, mma.b, mma.c);
    for (unsigned i = 0; i < mma.d.bits.size(); ++i) {
      auto sum = static_cast<int64_t>(reference.sum[i]);
      if (mma.product.saturates)
        sum = std::min<int64_t>(std::max<int64_t>(sum, INT32_MIN), INT32_MAX);
      EXPECT_EQ(mma.d.bits[i], static_cast<uint32_t>(sum));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, IntegerMma,
    testing::Values(IntegerCase{"M8K16", 8, 16, Type::S8, Type::S8},
                    IntegerCase{"M8K16U", 8, 16, Type::U8, Type::U8},
                    IntegerCase{"M16K16", 16, 16, Type::S8, Type::U8},
                    IntegerCase{"M16K32", 16, 32, Type::S8, Type::S8},
                    IntegerCase{"M16K32U", 16, 32, Type::U8, Type::U8},
                    IntegerCase{"M16K32US", 16, 32, Type::U8, Type::S8}),
    [](const auto &info) { return std::string(info.param.name); });

/// f64: "identical to that of .f64 precision fused multiply-add".
TEST(DoubleMma, IsAChainOfFusedMultiplyAdds) {
  std::mt19937_64 random(19);
  auto draw = [&] {
    return std::ldexp(double(int64_t(random())), int(random() % 20) - 70);
  };
  for (auto [m, k] : {std::pair{8u, 4u}, {16u, 4u}, {16u, 8u}, {16u, 16u}}) {
    const test::DocumentedMma &documented = test::getDocumentedMma(m, k, 64);
    std::vector<double> a(m * k), b(k * 8), c(m * 8);
    for (std::vector<double> *matrix : {&a, &b, &c})
      for (double &element : *matrix)
        element = draw();
    unsigned numA = m * k / 32, numB = k * 8 / 32, numC = m * 8 / 32;
    std::vector<uint64_t> longs((numA + numB + 2 * numC) * 32);
    auto each = [&](std::vector<double> &matrix, unsigned columns,
                    unsigned first, test::PlaceFunction place) {
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned i = 0; i < matrix.size() / 32; ++i) {
          test::Place at = place(lane, i);
          longs[(first + i) * 32 + lane] =
              llvm::bit_cast<uint64_t>(matrix[at.row * columns + at.column]);
        }
    };
    each(a, k, numC, documented.a);
    each(b, 8, numC + numA, documented.b);
    each(c, 8, numC + numA + numB, documented.c);
    Operation operation;
    for (unsigned i = 0; i < numA + numB + 2 * numC; ++i)
      operation.rows.push_back(2 * i); // 64-bit values take two rows
    operation.destinations = numC;
    MatrixProduct product({m, 8, k}, Type::F64, Type::F64, Type::F64,
                          Type::F64);
    multiplyFragments(reinterpret_cast<uint32_t *>(longs.data()), operation,
                      product);
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned i = 0; i < numC; ++i) {
        test::Place at = documented.c(lane, i);
        double sum = c[at.row * 8 + at.column];
        for (unsigned j = 0; j < k; ++j)
          sum = std::fma(a[at.row * k + j], b[j * 8 + at.column], sum);
        EXPECT_EQ(longs[i * 32 + lane], llvm::bit_cast<uint64_t>(sum));
      }
  }
}

TEST(FloatMmaEdges, InfinityAndNan) {
  for (Type type : {Type::F16, Type::BF16}) {
    uint32_t one = type == Type::F16 ? 0x3c00 : 0x3f80;
    uint32_t infinity = type == Type::F16 ? 0x7c00 : 0x7f80;
    Mma mma(16, 16, type, type, Type::F32);
    for (unsigned k = 0; k < 16; ++k)
      for (unsigned column = 0; column < 8; ++column)
        mma.b.at(k, column) = one;
    mma.a.at(0, 3) = infinity;
    mma.a.at(1, 3) = infinity;
    mma.a.at(1, 9) = infinity | 0x8000;
    mma.a.at(2, 15) = infinity | 1;
    mma.a.at(3, 0) = infinity;
    mma.b.at(0, 5) = 0;
    mma.c.at(4, 0) = 0xffc12345;
    mma.c.at(5, 0) = 0x7f800001;
    mma.run();
    EXPECT_EQ(mma.d.at(0, 0), 0x7f800000u);
    EXPECT_EQ(mma.d.at(1, 0), 0x7fffffffu);
    EXPECT_EQ(mma.d.at(2, 0), 0x7fffffffu);
    EXPECT_EQ(mma.d.at(3, 0), 0x7f800000u);
    EXPECT_EQ(mma.d.at(3, 5), 0x7fffffffu);
    EXPECT_EQ(mma.d.at(4, 0), 0x7fffffffu);
    EXPECT_EQ(mma.d.at(5, 0), 0x7fffffffu);
    EXPECT_EQ(mma.d.at(6, 0), 0u);
  }
}

TEST(FloatMmaEdges, HalfAccumulatorNan) {
  Mma mma(16, 16, Type::F16, Type::F16, Type::F16);
  mma.c.at(0, 0) = 0xfe01;
  mma.c.at(0, 1) = 0xfc00;
  mma.c.at(0, 2) = 0x0001;
  mma.run();
  EXPECT_EQ(mma.d.at(0, 0), 0x7fffu);
  EXPECT_EQ(mma.d.at(0, 1), 0xfc00u);
  EXPECT_EQ(mma.d.at(0, 2), 0x0001u);
}

TEST(FloatMmaEdges, DenormalsCount) {
  Mma half(16, 16, Type::F16, Type::F16, Type::F32);
  half.a.at(0, 0) = 0x0001; // 2^-24
  half.b.at(0, 0) = 0x0003;
  half.c.at(0, 1) = 0x00000007; // 7 · 2^-149
  half.run();
  EXPECT_EQ(half.d.at(0, 0), llvm::bit_cast<uint32_t>(3 * 0x1p-48f));
  EXPECT_EQ(half.d.at(0, 1), 0x00000007u);

  Mma brain(16, 16, Type::BF16, Type::BF16, Type::F32);
  brain.a.at(0, 0) = 0x0001; // 2^-133
  brain.b.at(0, 0) = 0x3f80;
  brain.run();
  EXPECT_EQ(brain.d.at(0, 0), llvm::bit_cast<uint32_t>(0x1p-133f));
}

/// Products beyond f32 are exact until they are added.
TEST(FloatMmaEdges, ProductsDoNotOverflow) {
  Mma mma(16, 8, Type::BF16, Type::BF16, Type::F32);
  mma.a.at(0, 0) = 0x7f7f;
  mma.b.at(0, 0) = 0x3f80;
  mma.c.at(0, 0) = 0xff7f0000;
  mma.run();
  EXPECT_EQ(mma.d.at(0, 0), 0u);
  mma.b.at(0, 0) = 0x4000;
  mma.c.at(0, 0) = 0xff7f0000;
  mma.run();
  EXPECT_EQ(mma.d.at(0, 0), 0x7f7f0000u);
}

TEST(FloatMmaEdges, Tf32IgnoresLowBits) {
  Mma mma(16, 8, Type::TF32, Type::TF32, Type::F32);
  mma.a.at(0, 0) = 0x3f801fff;
  mma.b.at(0, 0) = 0x3f801fff;
  mma.run();
  EXPECT_EQ(mma.d.at(0, 0), 0x3f800000u);
}

TEST(FloatMmaEdges, Fp8SpecialValues) {
  Mma mma(16, 32, Type::E4M3, Type::E5M2, Type::F32);
  for (unsigned column = 0; column < 8; ++column)
    mma.b.at(0, column) = 0x3c; // 1 of e5m2
  mma.a.at(0, 0) = 0x7e;        // 448, the largest of e4m3
  mma.a.at(1, 0) = 0x7f;        // its NaN
  mma.a.at(2, 0) = 0x01;        // 2^-9
  mma.a.at(3, 0) = 0x38;        // 1
  mma.b.at(0, 1) = 0x7c;        // infinity of e5m2
  mma.b.at(0, 2) = 0x7d;        // NaN
  mma.b.at(0, 3) = 0x81;        // -2^-16
  mma.run();
  EXPECT_EQ(llvm::bit_cast<float>(mma.d.at(0, 0)), 448.0f);
  EXPECT_EQ(mma.d.at(1, 0), 0x7fffffffu);
  EXPECT_EQ(llvm::bit_cast<float>(mma.d.at(2, 0)), 0x1p-9f);
  EXPECT_EQ(mma.d.at(3, 1), 0x7f800000u);
  EXPECT_EQ(mma.d.at(3, 2), 0x7fffffffu);
  EXPECT_EQ(llvm::bit_cast<float>(mma.d.at(3, 3)), -0x1p-16f);
}

/// The model: one rounding to f32 after each addition, k going up from C.
TEST(FloatMmaModel, RoundsAfterEachAddition) {
  Mma mma(16, 16, Type::F16, Type::F16, Type::F32);
  std::mt19937 random(23);
  mma.a.fill(random, true);
  mma.b.fill(random, true);
  mma.c.fill(random, true);
  mma.run();
  for (unsigned row = 0; row < 16; ++row)
    for (unsigned column = 0; column < 8; ++column) {
      auto sum = static_cast<float>(mma.c.value(row, column));
      for (unsigned k = 0; k < 16; ++k)
        sum = std::fmaf(mma.a.value(row, k), mma.b.value(k, column), sum);
      EXPECT_EQ(mma.d.at(row, column), llvm::bit_cast<uint32_t>(sum));
    }
}

TEST(FloatMmaModel, PerturbedOrderIsOneWithinTheBound) {
  Mma mma(16, 16, Type::F16, Type::F16, Type::F32);
  std::mt19937 random(29);
  mma.a.fill(random, true);
  mma.b.fill(random, true);
  mma.c.fill(random, true);
  mma.run();
  std::vector<uint32_t> plain = mma.d.bits;
  bool hasChanged = false;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    MatrixOrder order = MatrixOrder::draw(seed, 16);
    std::array<bool, 16> seen{};
    for (unsigned k = 0; k < 16; ++k)
      seen[order.k[k]] = true;
    for (bool one : seen)
      EXPECT_TRUE(one);
    mma.run(&order);
    mma.expectClose();
    hasChanged |= mma.d.bits != plain;
    std::vector<uint32_t> first = mma.d.bits;
    mma.run(&order);
    EXPECT_EQ(mma.d.bits, first);
  }
  EXPECT_TRUE(hasChanged);
}

TEST(TransposeCore, IsAnInvolution) {
  std::mt19937 random(31);
  uint32_t core[32], once[32];
  for (uint32_t &word : core)
    word = random();
  transposeCore(core, once);
  auto at = [](const uint32_t *words, unsigned row, unsigned column) {
    return words[row * 4 + column / 2] >> (column % 2 * 16) & 0xffff;
  };
  for (unsigned row = 0; row < 8; ++row)
    for (unsigned column = 0; column < 8; ++column)
      EXPECT_EQ(at(once, column, row), at(core, row, column));
  transposeCore(once, once);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(once[i], core[i]);
}
