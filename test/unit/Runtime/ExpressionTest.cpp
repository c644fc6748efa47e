//===- ExpressionTest.cpp - Integers that depend on sizes -----------------===//

#include "lib/Runtime/Expression.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice::runtime;

static const Sizes kSizes{{"N", 3}, {"HV", 8}, {"T", 100}};

static int64_t valueOf(StringRef text) {
  return cantFail(cantFail(Expression::parse(text)).evaluate(kSizes));
}

static std::string errorOf(StringRef text) {
  Expected<Expression> parsed = Expression::parse(text);
  if (!parsed)
    return toString(parsed.takeError());
  Expected<int64_t> value = parsed->evaluate(kSizes);
  return value ? "" : toString(value.takeError());
}

TEST(Expression, IsArithmetic) {
  EXPECT_EQ(valueOf("7"), 7);
  EXPECT_EQ(valueOf("N"), 3);
  EXPECT_EQ(valueOf("N * HV"), 24);
  EXPECT_EQ(valueOf("1 + 2 * 3"), 7);
  EXPECT_EQ(valueOf("(1 + 2) * 3"), 9);
  EXPECT_EQ(valueOf("10 - 3 - 4"), 3);
  EXPECT_EQ(valueOf("ceildiv(T, 64)"), 2);
  EXPECT_EQ(valueOf("ceildiv(T, 50) * min(N, 2) + max(N, HV)"), 12);
  EXPECT_EQ(valueOf("2 - 5"), -3);
  EXPECT_EQ(valueOf("9223372036854775807"), INT64_MAX);
}

TEST(Expression, KeepsItsText) {
  EXPECT_EQ(cantFail(Expression::parse("ceildiv(T,64)")).str(),
            "ceildiv(T,64)");
  EXPECT_EQ(Expression(-4).str(), "-4");
  EXPECT_EQ(cantFail(Expression(-4).evaluate({})), -4);
}

TEST(Expression, WhatIsWrongHasAPlace) {
  EXPECT_EQ(errorOf(""),
            "expected a number, a size or '(' at character 1 of an "
            "expression ''");
  EXPECT_EQ(errorOf("N +"), "expected a number, a size or '(' at character 4 "
                            "of an expression 'N +'");
  EXPECT_EQ(errorOf("N N"), "expected an operator or the end at character 3 of "
                            "an expression 'N N'");
  EXPECT_EQ(errorOf("min(N)"),
            "expected ',' at character 6 of an expression 'min(N)'");
  EXPECT_EQ(errorOf("(N"), "expected ')' at character 3 of an expression '(N'");
  EXPECT_EQ(errorOf("9223372036854775808"),
            "expected a number below 2^63 at character 1 of an expression "
            "'9223372036854775808'");
  EXPECT_EQ(errorOf("X"), "expression 'X': no size 'X'");
  StringRef noValue = "a number does not fit into 64 bits, or a divisor is not "
                      "positive";
  for (StringRef text :
       {"ceildiv(N, 0)", "ceildiv(0 - 1, 2)", "9223372036854775807 + 1",
        "0 - 9223372036854775807 - 2", "9223372036854775807 * 2"})
    EXPECT_EQ(errorOf(text), ("expression '" + text + "': " + noValue).str());
}

TEST(Expression, NestsOnlySoDeep) {
  std::string deep(100'000, '(');
  EXPECT_EQ(errorOf(deep),
            "expected less nesting at character 65 of an expression");
  std::string calls;
  for (int i = 0; i < 100; ++i)
    calls += "min(";
  EXPECT_TRUE(StringRef(errorOf(calls)).starts_with("expected less nesting"));
  std::string flat = "1";
  for (int i = 0; i < 10'000; ++i)
    flat += "+1";
  EXPECT_EQ(valueOf(flat), 10'001);
}
