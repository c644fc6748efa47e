//===- ReduxTest.cpp - redux (PTX ISA 9.0, 9.7.13.12) ---------------------===//

#include "Lanes.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace sluice::sim;
using namespace sluice::sim::test;

namespace {

struct Case {
  const char *name;
  uint32_t (*combine)(uint32_t, uint32_t);
};

class Redux : public testing::TestWithParam<Case> {};

TEST_P(Redux, IsTheReductionOfTheGroup) {
  auto random = makeRandom(1);
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane) {
    inputs[lane].a = random();
    inputs[lane].mask = lane % 3 ? 0xb6db6db6 : 0x49249249;
  }
  auto result = runLanes("redux.sync." + std::string(GetParam().name) +
                             " %r10, %r4, %r7;",
                         inputs);
  ASSERT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  uint32_t expected[] = {inputs[0].a, inputs[1].a};
  for (unsigned lane = 2; lane < 32; ++lane) {
    uint32_t &value = expected[lane % 3 != 0];
    value = GetParam().combine(value, inputs[lane].a);
  }
  for (unsigned lane = 0; lane < 32; ++lane)
    EXPECT_EQ(result.lanes[lane].d, expected[lane % 3 != 0]) << lane;
}

int32_t asSigned(uint32_t value) { return llvm::bit_cast<int32_t>(value); }

const Case kCases[] = {
    {"add.u32", [](uint32_t a, uint32_t b) { return a + b; }},
    {"add.s32", [](uint32_t a, uint32_t b) { return a + b; }},
    {"min.u32", [](uint32_t a, uint32_t b) { return a < b ? a : b; }},
    {"max.u32", [](uint32_t a, uint32_t b) { return a > b ? a : b; }},
    {"min.s32",
     [](uint32_t a, uint32_t b) { return asSigned(a) < asSigned(b) ? a : b; }},
    {"max.s32",
     [](uint32_t a, uint32_t b) { return asSigned(a) > asSigned(b) ? a : b; }},
    {"and.b32", [](uint32_t a, uint32_t b) { return a & b; }},
    {"or.b32", [](uint32_t a, uint32_t b) { return a | b; }},
    {"xor.b32", [](uint32_t a, uint32_t b) { return a ^ b; }},
};
INSTANTIATE_TEST_SUITE_P(All, Redux, testing::ValuesIn(kCases),
                         [](const auto &info) {
                           std::string name = info.param.name;
                           name[name.find('.')] = '_';
                           return name;
                         });

constexpr uint32_t kCanonicalNaN = 0x7fffffff;

/// All lanes get `values`, again and again.
uint32_t reduceFloats(const std::string &op, std::vector<float> values) {
  auto inputs = makeInputs();
  for (unsigned lane = 0; lane < 32; ++lane)
    inputs[lane].a = llvm::bit_cast<uint32_t>(values[lane % values.size()]);
  auto result = runLanes("mov.b32 %f1, %r4;\n"
                         "redux.sync." +
                             op +
                             ".f32 %f2, %f1, -1;\n"
                             "mov.b32 %r10, %f2;",
                         inputs);
  EXPECT_TRUE(result.outcome.isClean()) << result.outcome.getText();
  return result.lanes[0].d;
}

uint32_t bitsOf(float value) { return llvm::bit_cast<uint32_t>(value); }

TEST(ReduxFloat, FindsTheLeastAndTheGreatest) {
  EXPECT_EQ(reduceFloats("min", {3, -5, 2, INFINITY}), bitsOf(-5));
  EXPECT_EQ(reduceFloats("max", {3, -5, 2, -INFINITY}), bitsOf(3));
  EXPECT_EQ(reduceFloats("max", {-3, -5, -2.5, -7}), bitsOf(-2.5));
}

TEST(ReduxFloat, PutsZeroAboveItsNegative) {
  EXPECT_EQ(reduceFloats("min", {0.f, -0.f}), bitsOf(-0.f));
  EXPECT_EQ(reduceFloats("max", {-0.f, 0.f}), bitsOf(0.f));
}

TEST(ReduxFloat, TakesAbsoluteValues) {
  EXPECT_EQ(reduceFloats("min.abs", {3, -5, -2}), bitsOf(2));
  EXPECT_EQ(reduceFloats("max.abs", {3, -5, 2}), bitsOf(5));
}

TEST(ReduxFloat, IgnoresNaNBesideNumbers) {
  EXPECT_EQ(reduceFloats("min", {NAN, 4, 3}), bitsOf(3));
  EXPECT_EQ(reduceFloats("max", {-NAN, -4, -3}), bitsOf(-3));
  EXPECT_EQ(reduceFloats("min", {-NAN}), kCanonicalNaN);
}

TEST(ReduxFloat, KeepsNaNWhenAsked) {
  EXPECT_EQ(reduceFloats("min.NaN", {1, -NAN, 3}), kCanonicalNaN);
  EXPECT_EQ(reduceFloats("max.abs.NaN", {1, NAN, 3}), kCanonicalNaN);
  EXPECT_EQ(reduceFloats("max.NaN", {1, 2, 3}), bitsOf(3));
}

TEST(ReduxPoison, OfOneLaneIsThatOfAll) {
  auto result = runLanes("setp.ne.u32 %p2, %r1, 9;\n"
                         "@%p2 mov.u32 %r30, 1;\n"
                         "redux.sync.add.u32 %r10, %r30, -1;\n"
                         "setp.ne.u32 %p1, %r1, 3;\n"
                         "@%p1 exit;",
                         makeInputs());
  EXPECT_TRUE(result.outcome.has("uninitialized at st"))
      << result.outcome.getText();
}

} // namespace
