//===- WarpgroupTest.cpp - wgmma against plain products -------------------===//

#include "MatrixTestSupport.h"
#include "lib/Simulator/Execute/Matrix/MatrixProduct.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>
#include <set>

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Type;
using test::BitMatrix;

namespace {

constexpr unsigned kBegin = 1024;

/// Where an operand lies: a table row of section 9.7.15.5.1.2.1.3.
struct Storage {
  unsigned start, leading, stride;
  /// 0 to 3 for none, 32, 64 and 128 bytes.
  unsigned swizzleBits;
  bool isMNMajor;

  MatrixDescriptor getDescriptor() const {
    const uint64_t codes[] = {0, 3, 2, 1};
    return MatrixDescriptor::decode(
        uint64_t(start >> 4) | uint64_t(leading >> 4) << 16 |
        uint64_t(stride >> 4) << 32 | codes[swizzleBits] << 62);
  }

  unsigned getOffset(unsigned mn, unsigned k, unsigned bytes) const {
    unsigned t = 16 / bytes, w = 1u << swizzleBits, linear = start;
    if (isMNMajor) {
      unsigned inner = mn % t, granule = mn / t;
      linear += inner * bytes;
      if (swizzleBits == 0)
        linear += granule * stride + k % 8 * 16 + k / 8 * leading;
      else
        linear += granule % w * 16 + granule / w * leading + k % 8 * 16 * w +
                  k / 8 * stride;
    } else {
      linear += mn % 8 * 16 * w + mn / 8 * stride + k % t * bytes;
      linear += k / t * (swizzleBits == 0 ? leading : 16);
    }
    unsigned mask = ((1u << swizzleBits) - 1) << 7;
    return linear ^ (linear & mask) >> 3;
  }
};

/// One wgmma.mma_async by four warps.
class Wgmma {
public:
  Wgmma(unsigned n, Type typeA, Type typeB, Type typeD)
      : n(n), k(32 / ptx::getByteSize(typeA)), a(typeA, 64, k), b(typeB, k, n),
        c(typeD, 64, n), d(typeD, 64, n),
        product({16, n, k}, typeA, typeB, typeD, typeD) {}

  void fill(std::mt19937 &random) {
    for (BitMatrix *matrix : {&a, &b, &c})
      matrix->fill(random, true);
  }

  void run(bool accumulates = true) {
    std::vector<uint8_t> shared(0x30000, 0xa5);
    unsigned bytes = ptx::getByteSize(a.type);
    auto put = [&](unsigned offset, uint32_t bits) {
      for (unsigned i = 0; i < bytes; ++i)
        shared[offset - kBegin + i] = bits >> (8 * i) & 0xff;
    };
    for (unsigned column = 0; column < n; ++column)
      for (unsigned i = 0; i < k; ++i)
        put(storageB.getOffset(column, i, bytes), b.at(i, column));
    if (isAShared)
      for (unsigned row = 0; row < 64; ++row)
        for (unsigned i = 0; i < k; ++i)
          put(storageA.getOffset(row, i, bytes), a.at(row, i));

    product.isAShared = isAShared;
    product.majorA = storageA.isMNMajor ? MatrixMajor::MN : MatrixMajor::K;
    product.majorB = storageB.isMNMajor ? MatrixMajor::MN : MatrixMajor::K;
    unsigned bitsD = ptx::getBitWidth(d.type), bitsA = 8 * bytes;
    unsigned numD = 16 * n * bitsD / 1024;
    Operation operation;
    for (unsigned i = 0; i < numD + (isAShared ? 0 : 4); ++i)
      operation.rows.push_back(i);
    operation.destinations = numD;
    product.encode(operation);
    MatrixProduct decoded = MatrixProduct::decode(operation);
    for (unsigned warp = 0; warp < 4; ++warp) {
      std::vector<uint32_t> rows((numD + 4) * 32);
      for (unsigned lane = 0; lane < 32; ++lane) {
        for (unsigned i = 0; i < n / 2; ++i) {
          test::Place at = test::getWgmmaPlaceD(lane, i);
          test::setElement(rows, 0, bitsD, lane, i,
                           c.at(16 * warp + at.row, at.column));
        }
        for (unsigned i = 0; !isAShared && i < 16 * k / 32; ++i) {
          test::Place at = test::getWgmmaPlaceA(bitsA, lane, i);
          test::setElement(rows, numD, bitsA, lane, i,
                           a.at(16 * warp + at.row, at.column));
        }
      }
      WarpgroupCall call;
      call.warp = warp;
      call.a = storageA.getDescriptor();
      call.b = storageB.getDescriptor();
      call.accumulates = accumulates;
      MatrixOperand partA(getPartA(decoded, call)),
          partB(getPartB(decoded, call));
      multiplyWarpgroup(rows.data(), operation, decoded, call,
                        isAShared ? &partA : nullptr, partB,
                        {shared.data(), kBegin, shared.size()});
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned i = 0; i < n / 2; ++i) {
          test::Place at = test::getWgmmaPlaceD(lane, i);
          d.at(16 * warp + at.row, at.column) =
              test::getElement(rows, 0, bitsD, lane, i);
        }
      checkGranules(decoded, call, bytes);
    }
  }

  /// What is said to be read is exactly what the elements need.
  void checkGranules(const MatrixProduct &decoded, const WarpgroupCall &call,
                     unsigned bytes) {
    std::set<unsigned> expectedA, expectedB, actualA, actualB;
    for (unsigned i = 0; i < k; ++i) {
      for (unsigned column = 0; column < n; ++column)
        expectedB.insert(storageB.getOffset(column, i, bytes) & ~15u);
      for (unsigned row = 0; isAShared && row < 16; ++row)
        expectedA.insert(storageA.getOffset(16 * call.warp + row, i, bytes) &
                         ~15u);
    }
    auto collect = [](const MatrixOperand &operand, std::set<unsigned> &to) {
      for (const CoreOffsets &core : operand.cores)
        for (uint32_t offset : core.granules) {
          EXPECT_TRUE(to.insert(offset).second);
          EXPECT_TRUE(offset >= operand.first && offset <= operand.last);
        }
      // The same again, by blocks.
      std::set<unsigned> inBlocks;
      for (const GranuleSet &set : operand.granules)
        for (unsigned i = 0; i < 64; ++i)
          if (set.granules >> i & 1)
            inBlocks.insert(set.address + 16 * i);
      EXPECT_EQ(inBlocks, to);
    };
    if (isAShared)
      collect(MatrixOperand(getPartA(decoded, call)), actualA);
    collect(MatrixOperand(getPartB(decoded, call)), actualB);
    EXPECT_EQ(actualA, expectedA);
    EXPECT_EQ(actualB, expectedB);
  }

  void expectClose(bool accumulates = true, double sign = 1) {
    BitMatrix zero(d.type, 64, n);
    test::Reference reference = test::multiply(a, b, accumulates ? c : zero);
    for (unsigned i = 0; i < d.bits.size(); ++i) {
      double begin = accumulates ? test::decode(c.type, c.bits[i]) : 0;
      double expected = begin + sign * (reference.sum[i] - begin);
      double actual = test::decode(d.type, d.bits[i]);
      if (d.type == Type::S32) {
        EXPECT_EQ(d.bits[i], static_cast<uint32_t>(int64_t(expected)));
        continue;
      }
      double bound = reference.magnitude[i] * (k + 1) * 0x1p-24;
      if (d.type == Type::F16)
        bound += std::abs(expected) * 0x1p-11 + 0x1p-25;
      EXPECT_NEAR(actual, expected, bound) << "element " << i;
    }
  }

  unsigned n, k;
  BitMatrix a, b, c, d;
  MatrixProduct product;
  bool isAShared = true;
  Storage storageA{0x8000, 0x1000, 0x100, 0, false},
      storageB{0x10000, 0x2000, 0x100, 0, false};
};

struct Types {
  const char *name;
  Type a, b, d;
};

} // namespace

class WgmmaTypes : public testing::TestWithParam<Types> {};

TEST_P(WgmmaTypes, EveryNWithAFromEitherPlace) {
  std::mt19937 random(51);
  auto [name, a, b, d] = GetParam();
  for (unsigned n = 8; n <= 256; n += 8) {
    Wgmma wgmma(n, a, b, d);
    wgmma.fill(random);
    wgmma.isAShared = n % 16 == 0;
    bool accumulates = n % 24 != 0;
    wgmma.run(accumulates);
    SCOPED_TRACE(n);
    wgmma.expectClose(accumulates);
  }
}

TEST_P(WgmmaTypes, EverySwizzle) {
  std::mt19937 random(53);
  auto [name, a, b, d] = GetParam();
  for (unsigned bitsA = 0; bitsA < 4; ++bitsA)
    for (unsigned bitsB = 0; bitsB < 4; ++bitsB) {
      Wgmma wgmma(24, a, b, d);
      wgmma.fill(random);
      if (bitsA)
        wgmma.storageA = {0x8000, 16, 128u << bitsA, bitsA, false};
      if (bitsB)
        wgmma.storageB = {0x10000, 16, 128u << bitsB, bitsB, false};
      // The second step along K of a 128-byte or 64-byte pattern.
      if (bitsB >= 2)
        wgmma.storageB.start += 32;
      wgmma.run();
      SCOPED_TRACE(testing::Message() << bitsA << " " << bitsB);
      wgmma.expectClose();
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, WgmmaTypes,
    testing::Values(Types{"F16", Type::F16, Type::F16, Type::F32},
                    Types{"F16Half", Type::F16, Type::F16, Type::F16},
                    Types{"BF16", Type::BF16, Type::BF16, Type::F32},
                    Types{"TF32", Type::TF32, Type::TF32, Type::F32},
                    Types{"E4M3", Type::E4M3, Type::E4M3, Type::F32},
                    Types{"E5M2E4M3", Type::E5M2, Type::E4M3, Type::F32},
                    Types{"E4M3E5M2Half", Type::E4M3, Type::E5M2, Type::F16},
                    Types{"S8", Type::S8, Type::S8, Type::S32},
                    Types{"U8S8", Type::U8, Type::S8, Type::S32}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(Wgmma, TransposedOperands) {
  std::mt19937 random(57);
  for (Type type : {Type::F16, Type::BF16})
    for (unsigned bitsA = 0; bitsA < 4; ++bitsA)
      for (unsigned bitsB = 0; bitsB < 4; ++bitsB) {
        // Of 64, 128, 256 columns: whole patterns of up to 64 elements.
        for (unsigned n : {64u, 256u}) {
          Wgmma wgmma(n, type, type, Type::F32);
          wgmma.fill(random);
          unsigned widthA = 16u << bitsA, widthB = 16u << bitsB;
          // Swizzled: LBO between patterns along M or N, SBO between eights
          // of K. Not swizzled it is the other way round.
          wgmma.storageA = {0x8000, 16 * widthA, 8 * widthA, bitsA, true};
          wgmma.storageB = {0x10000, 16 * widthB, 8 * widthB, bitsB, true};
          if (bitsA == 0)
            std::swap(wgmma.storageA.leading, wgmma.storageA.stride);
          if (bitsB == 0)
            std::swap(wgmma.storageB.leading, wgmma.storageB.stride);
          wgmma.run();
          SCOPED_TRACE(testing::Message() << bitsA << " " << bitsB);
          wgmma.expectClose();
        }
      }
}

TEST(Wgmma, NegatedProduct) {
  std::mt19937 random(59);
  Wgmma wgmma(16, Type::BF16, Type::BF16, Type::F32);
  wgmma.fill(random);
  wgmma.product.isNegated = true;
  wgmma.run();
  wgmma.expectClose(true, -1);
}

TEST(Wgmma, IntegersSaturate) {
  Wgmma wgmma(8, Type::U8, Type::U8, Type::S32);
  for (uint32_t &bits : wgmma.a.bits)
    bits = 255;
  for (uint32_t &bits : wgmma.b.bits)
    bits = 255;
  for (uint32_t &bits : wgmma.c.bits)
    bits = 0x7ffffff0;
  wgmma.product.saturates = true;
  wgmma.run();
  for (uint32_t bits : wgmma.d.bits)
    EXPECT_EQ(bits, 0x7fffffffu);
  wgmma.product.saturates = false;
  wgmma.run();
  for (uint32_t bits : wgmma.d.bits)
    EXPECT_EQ(bits, 0x7ffffff0u + 32 * 255 * 255);
}

/// D = A · B does not look at what D holds.
TEST(Wgmma, WithoutScaleDNanIsForgotten) {
  std::mt19937 random(61);
  Wgmma wgmma(16, Type::F16, Type::F16, Type::F32);
  wgmma.fill(random);
  for (uint32_t &bits : wgmma.c.bits)
    bits = 0x7fffffff;
  wgmma.run(/*accumulates=*/false);
  wgmma.expectClose(/*accumulates=*/false);
}

/// Beyond shared memory there are zeros; the finding is the handler's.
TEST(Wgmma, OutsideOfSharedMemory) {
  MatrixProduct product({16, 8, 16}, Type::F16, Type::F16, Type::F32,
                        Type::F32);
  product.isAShared = true;
  Operation operation;
  operation.rows = {0, 1, 2, 3};
  operation.destinations = 4;
  std::vector<uint32_t> rows(4 * 32, 0x3f800000);
  std::vector<uint8_t> shared(64, 0x3c);
  WarpgroupCall call;
  call.a.start = call.b.start = 0x3fff0;
  MatrixOperand a(getPartA(product, call)), b(getPartB(product, call));
  multiplyWarpgroup(rows.data(), operation, product, call, &a, b,
                    {shared.data(), kBegin, shared.size()});
  for (uint32_t bits : rows)
    EXPECT_EQ(bits, 0x3f800000u);
}
