//===- TensorTest.cpp - Elements, rounding, owned tensors -----------------===//

#include "lib/Runtime/Tensor.h"
#include "lib/Reference/Random.h"

#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"
#include <bit>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using io::DType;

namespace {
uint16_t roundByAPFloat(const fltSemantics &semantics, double value) {
  APFloat number(value);
  bool losesInfo;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return static_cast<uint16_t>(number.bitcastToAPInt().getZExtValue());
}

double widenByAPFloat(const fltSemantics &semantics, uint16_t bits) {
  APFloat number(semantics, APInt(16, bits));
  bool losesInfo;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}

void expectRounded(double value) {
  EXPECT_EQ(toF16(value), roundByAPFloat(APFloat::IEEEhalf(), value)) << value;
  EXPECT_EQ(toBF16(value), roundByAPFloat(APFloat::BFloat(), value)) << value;
}

TEST(TensorTest, EveryNarrowNumberIsADoubleAndComesBack) {
  for (unsigned i = 0; i <= 0xffff; ++i) {
    auto bits = static_cast<uint16_t>(i);
    double half = fromF16(bits), brain = fromBF16(bits);
    EXPECT_EQ(std::isnan(half),
              std::isnan(widenByAPFloat(APFloat::IEEEhalf(), bits)));
    EXPECT_EQ(std::isnan(brain),
              std::isnan(widenByAPFloat(APFloat::BFloat(), bits)));
    if (!std::isnan(half)) {
      EXPECT_EQ(
          std::bit_cast<uint64_t>(half),
          std::bit_cast<uint64_t>(widenByAPFloat(APFloat::IEEEhalf(), bits)));
      EXPECT_EQ(toF16(half), bits);
    }
    if (!std::isnan(brain)) {
      EXPECT_EQ(
          std::bit_cast<uint64_t>(brain),
          std::bit_cast<uint64_t>(widenByAPFloat(APFloat::BFloat(), bits)));
      EXPECT_EQ(toBF16(brain), bits);
    }
  }
}

TEST(TensorTest, RoundsToNearestTiesToEven) {
  // Between every two neighbours: the tie, and one step to each side of it.
  for (unsigned bits = 0; bits < 0x7f80; ++bits) {
    double low = fromBF16(bits), high = fromBF16(bits + 1);
    if (std::isinf(high))
      high = 0x1p128;
    double tie = low + (high - low) / 2;
    for (double x :
         {tie, std::nextafter(tie, 0.0), std::nextafter(tie, HUGE_VAL)}) {
      expectRounded(x);
      expectRounded(-x);
    }
  }
  for (unsigned bits = 0; bits < 0x7c00; ++bits) {
    double low = fromF16(bits), high = fromF16(bits + 1);
    if (std::isinf(high))
      high = 0x1p16;
    double tie = low + (high - low) / 2;
    for (double x :
         {tie, std::nextafter(tie, 0.0), std::nextafter(tie, HUGE_VAL)})
      expectRounded(x);
  }
}

TEST(TensorTest, RoundsAnyBitPattern) {
  Random random(7);
  for (int i = 0; i < 1000000; ++i) {
    auto value = std::bit_cast<double>(random.bits());
    if (!std::isnan(value))
      expectRounded(value);
  }
  for (double value : {0.0, -0.0, HUGE_VAL, -HUGE_VAL, 5e-324, 1.7e308})
    expectRounded(value);
}

TEST(TensorTest, RoundsOnceAndNotThroughF32) {
  // A tie for bf16 plus less than f32 can hold.
  double value = 1 + 0x1p-8 + 0x1p-40;
  EXPECT_EQ(fromBF16(toBF16(value)), 1 + 0x1p-7);
  EXPECT_EQ(fromBF16(toBF16(static_cast<float>(value))), 1);
}

TEST(TensorTest, KeepsNaN) {
  double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(fromF16(toF16(nan))));
  EXPECT_TRUE(std::isnan(fromBF16(toBF16(nan))));
  // A payload whose upper bits are zero is not an infinity.
  auto signalling = std::bit_cast<double>(uint64_t{0x7ff0000000000001});
  EXPECT_TRUE(std::isnan(fromF16(toF16(signalling))));
  EXPECT_TRUE(std::isnan(fromBF16(toBF16(signalling))));
}

TEST(TensorTest, LoadsAndStoresAtAnyAlignment) {
  for (DType dtype : {DType::F16, DType::BF16, DType::F32, DType::F64}) {
    std::vector<uint8_t> bytes(1 + 8 * 4);
    storeElements(dtype, bytes.data() + 1, 1, {0.5, -3, 256});
    double out[3];
    loadElements(dtype, bytes.data() + 1, 1, out);
    EXPECT_EQ(out[0], 0.5);
    EXPECT_EQ(out[1], -3);
    EXPECT_EQ(out[2], 256);
  }
}

TEST(TensorTest, OwnedTensorStartsAtZero) {
  OwnedTensor tensor = cantFail(OwnedTensor::create("x", DType::BF16, {3, 5}));
  EXPECT_EQ(tensor.numBytes(), 30);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data()) % 64, 0u);
  for (int64_t i = 0; i < 15; ++i)
    EXPECT_EQ(tensor.load(i), 0);
  EXPECT_EQ(cantFail(OwnedTensor::create("e", DType::F32, {0, 5})).numBytes(),
            0);
}

TEST(TensorTest, OwnedTensorThatDoesNotFitIsAnError) {
  Expected<OwnedTensor> tensor =
      OwnedTensor::create("x", DType::F32, {int64_t{1} << 40, 64});
  ASSERT_FALSE(static_cast<bool>(tensor));
  EXPECT_EQ(toString(tensor.takeError()),
            "tensor 'x' of shape [1099511627776,64] and type f32 does not fit "
            "into memory");
}
} // namespace
