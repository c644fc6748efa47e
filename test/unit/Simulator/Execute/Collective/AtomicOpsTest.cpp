//===- AtomicOpsTest.cpp - what atomics make of two values ----------------===//

#include "lib/Simulator/Execute/Collective/AtomicOps.h"
#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"
#include <random>

using namespace sluice;
using namespace sluice::sim;
using ptx::Type;

namespace {

uint64_t apply(AtomicOp op, Type type, uint64_t old, uint64_t operand,
               bool flushes = false) {
  return applyAtomic(op, type, old, operand, flushes);
}

uint16_t addWithAPFloat(const llvm::fltSemantics &semantics, uint16_t a,
                        uint16_t b) {
  llvm::APFloat x(semantics, llvm::APInt(16, a)),
      y(semantics, llvm::APInt(16, b));
  x.add(y, llvm::APFloat::rmNearestTiesToEven);
  return x.isNaN() ? 0x7fff : x.bitcastToAPInt().getZExtValue();
}

std::mt19937 makeRandom(unsigned seed) { return std::mt19937(seed); }

TEST(AtomicOps, AddsHalvesToNearestEven) {
  std::mt19937 random = makeRandom(1);
  for (int i = 0; i < 200000; ++i) {
    uint16_t a = random(), b = random();
    // Often of similar size, often of small numbers.
    if (i % 3 == 0)
      b = (a + random() % 0x2000) ^ (random() & 0x8000);
    if (i % 3 == 1)
      a &= 0x8fff, b &= 0x8fff;
    ASSERT_EQ(apply(AtomicOp::Add, Type::F16, a, b),
              addWithAPFloat(llvm::APFloat::IEEEhalf(), a, b))
        << std::hex << a << " + " << b;
    ASSERT_EQ(apply(AtomicOp::Add, Type::BF16, a, b),
              addWithAPFloat(llvm::APFloat::BFloat(), a, b))
        << std::hex << a << " + " << b;
  }
}

TEST(AtomicOps, AddsPackedHalvesOneByOne) {
  // 1 + 2 and 65504 + 65504.
  EXPECT_EQ(apply(AtomicOp::Add, Type::F16x2, 0x3c007bff, 0x40007bff),
            0x42007c00u);
  EXPECT_EQ(apply(AtomicOp::Add, Type::BF16x2, 0x3f80ff80, 0x40007f80),
            0x40407fffu);
}

TEST(AtomicOps, OrdersHalvesAsMinAndMax) {
  for (Type type : {Type::F16, Type::BF16}) {
    constexpr uint16_t kOne = 0x3c00, kMinusTwo = 0xc000, kNaN = 0xffff;
    EXPECT_EQ(apply(AtomicOp::Min, type, kOne, kMinusTwo), kMinusTwo);
    EXPECT_EQ(apply(AtomicOp::Max, type, kOne, kMinusTwo), kOne);
    EXPECT_EQ(apply(AtomicOp::Max, type, kMinusTwo, kOne), kOne);
    EXPECT_EQ(apply(AtomicOp::Min, type, 0x0000, 0x8000), 0x8000u);
    EXPECT_EQ(apply(AtomicOp::Max, type, 0x8000, 0x0000), 0x0000u);
    EXPECT_EQ(apply(AtomicOp::Min, type, kNaN, kOne), kOne);
    EXPECT_EQ(apply(AtomicOp::Max, type, kOne, kNaN), kOne);
    EXPECT_EQ(apply(AtomicOp::Max, type, kNaN, kNaN), 0x7fffu);
  }
}

TEST(AtomicOps, FlushesSubnormalFloatsWhereAsked) {
  constexpr uint32_t kTiny = 0x00000001, kMinusTiny = 0x80000001,
                     kLeastNormal = 0x00800000, kMinusNext = 0x80800001;
  EXPECT_EQ(apply(AtomicOp::Add, Type::F32, kTiny, kTiny), 2u);
  EXPECT_EQ(apply(AtomicOp::Add, Type::F32, kTiny, kTiny, true), 0u);
  EXPECT_EQ(apply(AtomicOp::Add, Type::F32, kMinusTiny, kMinusTiny, true),
            0x80000000u);
  // Normal numbers whose sum is not.
  EXPECT_EQ(apply(AtomicOp::Add, Type::F32, kLeastNormal, kMinusNext),
            kMinusTiny);
  EXPECT_EQ(apply(AtomicOp::Add, Type::F32, kLeastNormal, kMinusNext, true),
            0x80000000u);
}

TEST(AtomicOps, AddsFloatsToTheCanonicalNaN) {
  EXPECT_EQ(apply(AtomicOp::Add, Type::F32, 0x7f800000, 0xff800000),
            0x7fffffffu);
  EXPECT_EQ(apply(AtomicOp::Add, Type::F32, 0xffc12345, 0x3f800000),
            0x7fffffffu);
}

TEST(AtomicOps, CountsUpToALimit) {
  auto inc = [](uint32_t r, uint32_t s) {
    return apply(AtomicOp::Increment, Type::U32, r, s);
  };
  EXPECT_EQ(inc(4, 5), 5u);
  EXPECT_EQ(inc(5, 5), 0u);
  EXPECT_EQ(inc(9, 5), 0u);
  EXPECT_EQ(inc(0xffffffff, 0xffffffff), 0u);
}

TEST(AtomicOps, CountsDownFromALimit) {
  auto dec = [](uint32_t r, uint32_t s) {
    return apply(AtomicOp::Decrement, Type::U32, r, s);
  };
  EXPECT_EQ(dec(4, 5), 3u);
  EXPECT_EQ(dec(0, 5), 5u);
  EXPECT_EQ(dec(6, 5), 5u);
  EXPECT_EQ(dec(5, 5), 4u);
}

} // namespace
