//===- ErrorTest.cpp - The distance of results from a reference -----------===//

#include "lib/Reference/Error.h"

#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using io::DType;

namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

OwnedTensor make(const std::vector<double> &elements,
                 DType dtype = DType::F64) {
  OwnedTensor tensor = cantFail(
      OwnedTensor::create("o", dtype, static_cast<int64_t>(elements.size())));
  tensor.store(0, elements);
  return tensor;
}

TEST(ErrorTest, RelativeRMS) {
  TensorError error = compare(make({3, 4, 0, 1}), make({3, 4, 0, 0}));
  EXPECT_EQ(error.name, "o");
  EXPECT_DOUBLE_EQ(error.relativeRMS, 1.0 / 5);
  EXPECT_EQ(error.maxAbsolute, 1);
}

TEST(ErrorTest, AbsoluteWhereTheReferenceIsZero) {
  EXPECT_EQ(compare(make({2, 2, -2, 2}), make({0, 0, 0, 0})).relativeRMS, 2);
  EXPECT_EQ(compare(make({0, 0}), make({0, 0})).relativeRMS, 0);
}

TEST(ErrorTest, TypesMayDiffer) {
  TensorError error = compare(make({1, 1.25}, DType::BF16), make({1, 1.25}));
  EXPECT_EQ(error.relativeRMS, 0);
}

TEST(ErrorTest, NoElementsNoError) {
  EXPECT_EQ(compare(make({}), make({})).relativeRMS, 0);
}

TEST(ErrorTest, NaNMustBeWhereItIsInTheReference) {
  EXPECT_EQ(compare(make({kNaN, 1}), make({kNaN, 1})).relativeRMS, 0);
  EXPECT_TRUE(std::isnan(compare(make({kNaN, 1}), make({2, 1})).relativeRMS));
  EXPECT_TRUE(std::isnan(compare(make({2, 1}), make({kNaN, 1})).maxAbsolute));
}

TEST(ErrorTest, InfinitiesMustBeEqual) {
  EXPECT_EQ(compare(make({kInfinity, 1}), make({kInfinity, 1})).maxAbsolute, 0);
  EXPECT_EQ(compare(make({-kInfinity, 1}), make({kInfinity, 1})).relativeRMS,
            kInfinity);
  EXPECT_EQ(compare(make({1, 1}), make({1, kInfinity})).maxAbsolute, kInfinity);
}

TEST(ErrorTest, ShapesThatDiffer) {
  Results ours, reference;
  ours.tensors.push_back(make({1, 2}));
  reference.tensors.push_back(make({1, 2, 3}));
  EXPECT_EQ(toString(compare(ours, reference).takeError()),
            "'o' is not among the results in its shape");
}
} // namespace
