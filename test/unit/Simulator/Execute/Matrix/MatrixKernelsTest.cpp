//===- MatrixKernelsTest.cpp - the same bits on every host ----------------===//

#include "lib/Simulator/Execute/Matrix/MatrixKernels.h"
#include "MatrixTestSupport.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace sluice;
using namespace sluice::sim;
using ptx::Type;

static std::vector<const MatrixKernels *> getRunnable() {
  std::vector<const MatrixKernels *> all = {&matrixKernelsBaseline};
#ifdef SLUICE_MATRIX_X86_VARIANTS
  if (__builtin_cpu_supports("x86-64-v3"))
    all.push_back(&matrixKernelsV3);
  if (__builtin_cpu_supports("x86-64-v4"))
    all.push_back(&matrixKernelsV4);
#endif
  return all;
}

static constexpr Type kTypes[kNumMatrixElements] = {
    Type::F16,  Type::BF16, Type::TF32, Type::E4M3,
    Type::E5M2, Type::S8,   Type::U8};

/// The same from granules that are anywhere, one core beside another.
static void expectAsOperand(const MatrixKernels &kernels, unsigned element,
                            const std::vector<uint32_t> &core,
                            const std::vector<uint32_t> &rows, unsigned stride,
                            const std::vector<uint32_t> &turned) {
  std::vector<uint8_t> bytes(300);
  uint32_t offsets[16];
  for (unsigned i = 0; i < 8; ++i) {
    offsets[i] = offsets[15 - i] = 1000 + 24 * (i * 3 % 8);
    std::memcpy(&bytes[offsets[i] - 1000], &core[4 * i], 16);
  }
  // The second core's rows are the first one's from below.
  unsigned columns = stride - 3;
  OperandTile operand{bytes.data(),   offsets,    1000,  1, 2,
                      8 * 2 * stride, 8 * stride, stride};
  std::vector<uint32_t> tile(16 * stride);
  kernels.loadOperandRows[element](operand, tile.data());
  for (unsigned row = 0; row < 8; ++row)
    for (unsigned column = 0; column < columns; ++column) {
      uint32_t wanted = rows[row * stride + column];
      ASSERT_EQ(tile[row * stride + column], wanted);
      ASSERT_EQ(tile[(15 - row) * stride + column], wanted);
    }
  operand.stride = 19;
  operand.coreStep = 8;
  tile.assign(columns * 19, 0);
  kernels.loadOperandColumns[element](operand, tile.data());
  for (unsigned row = 0; row < 8; ++row)
    for (unsigned column = 0; column < columns; ++column) {
      uint32_t wanted = turned[column * 11 + row];
      ASSERT_EQ(tile[column * 19 + row], wanted);
      ASSERT_EQ(tile[column * 19 + 15 - row], wanted);
    }
}

/// Every pattern of up to 16 bits, and of tf32 many.
TEST(MatrixKernels, ElementsAreDecoded) {
  std::mt19937 random(41);
  for (const MatrixKernels *kernels : getRunnable())
    for (unsigned element = 0; element < kNumMatrixElements; ++element) {
      SCOPED_TRACE(testing::Message() << kernels->name << " " << element);
      Type type = kTypes[element];
      unsigned bits = ptx::getBitWidth(type), count = 1024 / bits;
      unsigned columns = count / 8, stride = columns + 3;
      uint32_t next = 0;
      for (unsigned trial = 0; trial < 65536 / count; ++trial) {
        std::vector<uint32_t> core(32), rows(8 * stride), turned(columns * 11);
        for (unsigned i = 0; i < count; ++i)
          core[i * bits / 32] |=
              (bits == 32 ? random() : next++ & ((1u << bits) - 1))
              << (i * bits % 32);
        kernels->loadRows[element](core.data(), rows.data(), stride);
        kernels->loadColumns[element](core.data(), turned.data(), 11);
        expectAsOperand(*kernels, element, core, rows, stride, turned);
        for (unsigned i = 0; i < count; ++i) {
          uint32_t pattern = core[i * bits / 32] >> (i * bits % 32);
          if (bits < 32)
            pattern &= (1u << bits) - 1;
          uint32_t actual = rows[i / columns * stride + i % columns];
          ASSERT_EQ(actual, turned[i % columns * 11 + i / columns]);
          double expected = test::decode(type, pattern);
          if (type == Type::S8 || type == Type::U8)
            ASSERT_EQ(double(int32_t(actual)), expected);
          else if (std::isnan(expected))
            ASSERT_TRUE(std::isnan(llvm::bit_cast<float>(actual)));
          else
            ASSERT_EQ(actual, llvm::bit_cast<uint32_t>(float(expected)));
        }
      }
    }
}

TEST(MatrixKernels, HalvesAreRoundedToEven) {
  for (const MatrixKernels *kernels : getRunnable()) {
    SCOPED_TRACE(kernels->name);
    std::vector<uint32_t> tile(64), core(32);
    auto round = [&](float value) {
      tile[9] = llvm::bit_cast<uint32_t>(value);
      kernels->storeHalves(tile.data(), 8, core.data());
      return core[4] >> 16;
    };
    EXPECT_EQ(round(1.0f), 0x3c00u);
    EXPECT_EQ(round(1.0f + 0x1p-11f), 0x3c00u);
    EXPECT_EQ(round(1.0f + 3 * 0x1p-11f), 0x3c02u);
    EXPECT_EQ(round(65519.0f), 0x7bffu);
    EXPECT_EQ(round(65520.0f), 0x7c00u);
    EXPECT_EQ(round(-0x1p-24f), 0x8001u);
    EXPECT_EQ(round(0x1p-25f), 0x0000u);
    EXPECT_EQ(round(-NAN), 0x7fffu);
  }
}

TEST(MatrixKernels, AllGiveTheSameBits) {
  std::mt19937 random(43);
  for (unsigned trial = 0; trial < 40; ++trial) {
    auto draw = [&](unsigned most) { return 1 + unsigned(random() % most); };
    TileShape shape{8 * draw(4), 8 * draw(5), draw(32), 40, 50, 48};
    std::vector<uint32_t> a(32 * 40), b(32 * 50), d(32 * 48);
    for (std::vector<uint32_t> *tile : {&a, &b, &d})
      for (uint32_t &word : *tile)
        word = trial % 8 == 7 ? random() // infinities and NaNs among them
                              : test::drawBits(Type::F32, random, trial % 2);
    std::vector<uint32_t> floats, integers;
    for (const MatrixKernels *kernels : getRunnable()) {
      SCOPED_TRACE(kernels->name);
      std::vector<uint32_t> sums = d, counts = d;
      kernels->multiplyFloat(a.data(), b.data(), sums.data(), shape);
      kernels->multiplyInteger(a.data(), b.data(), counts.data(), shape);
      // Which NaN it is depends on the order of operands; stores make them one.
      for (uint32_t &word : sums)
        if (std::isnan(llvm::bit_cast<float>(word)))
          word = 0x7fffffff;
      if (floats.empty()) {
        floats = sums;
        integers = counts;
      }
      EXPECT_EQ(sums, floats);
      EXPECT_EQ(counts, integers);
    }
    for (unsigned row = 0; row < shape.rows; ++row)
      for (unsigned column = 0; column < shape.columns; ++column) {
        uint32_t sum = d[row * 48 + column];
        for (unsigned k = 0; k < shape.depth; ++k)
          sum += a[row * 40 + k] * b[k * 50 + column];
        EXPECT_EQ(integers[row * 48 + column], sum);
      }
  }
}

/// As multiplyFloat, on the registers that loadPairs and storeFloatPairs know.
TEST(MatrixKernels, ProductsInRegisters) {
  std::mt19937 random(47);
  for (unsigned trial = 0; trial < 60; ++trial) {
    unsigned columns = 8 + 8 * (random() % 12), depth = 1 + random() % 32;
    bool accumulates = trial % 3;
    std::vector<uint32_t> a(16 * depth), b(depth * columns), d(16 * columns),
        transposed(16 * depth);
    for (std::vector<uint32_t> *tile : {&a, &b, &d})
      for (uint32_t &word : *tile)
        word = trial % 8 == 7 ? random() // infinities and NaNs among them
                              : test::drawBits(Type::F32, random, trial % 2);
    for (unsigned row = 0; row < 16; ++row)
      for (unsigned k = 0; k < depth; ++k)
        transposed[k * 16 + row] = a[row * depth + k];
    for (const MatrixKernels *kernels : getRunnable()) {
      SCOPED_TRACE(kernels->name);
      std::vector<uint32_t> words(columns / 2 * 32), expected = words;
      std::vector<uint32_t *> registers(columns / 2);
      for (unsigned i = 0; i < columns / 2; ++i)
        registers[i] = &words[i * 32];
      auto each = [&](auto use) {
        for (unsigned i = 0; i < columns / 4; ++i)
          use(i % 2 * 8 * columns + i / 2 * 8, 2 * i);
      };
      each([&](unsigned place, unsigned i) {
        kernels->storePairs(&d[place], columns, registers[i], registers[i + 1]);
      });
      std::vector<uint32_t> sums = d;
      if (!accumulates)
        sums.assign(sums.size(), 0);
      kernels->multiplyFloat(a.data(), b.data(), sums.data(),
                             {16, columns, depth, depth, columns, columns});
      each([&](unsigned place, unsigned i) {
        kernels->storeFloatPairs(&sums[place], columns, &expected[i * 32],
                                 &expected[(i + 1) * 32]);
      });
      kernels->multiplyRegisters(transposed.data(), b.data(), registers.data(),
                                 columns, depth, accumulates);
      EXPECT_EQ(words, expected);
    }
  }
}
