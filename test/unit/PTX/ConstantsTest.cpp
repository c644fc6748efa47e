//===- ConstantsTest.cpp - constant expressions of PTX --------------------===//

#include "Parse.h"
#include "llvm/ADT/bit.h"

using namespace sluice::ptx;
using namespace sluice::ptx::test;

namespace {

Operand parseImmediate(const std::string &text) {
  auto module = parseEntry("mov " + text + ";");
  if (!module)
    return {};
  Operand operand = module->findFunction("f")->instructions[0].operands[0];
  EXPECT_EQ(operand.kind, Operand::Kind::Immediate);
  return operand;
}

int64_t integer(const std::string &text) {
  Operand operand = parseImmediate(text);
  EXPECT_EQ(operand.floatBits, 0u) << text;
  return static_cast<int64_t>(operand.bits);
}

TEST(PTXConstant, HasARadix) {
  EXPECT_EQ(integer("42"), 42);
  EXPECT_EQ(integer("0x2a"), 42);
  EXPECT_EQ(integer("0X2A"), 42);
  EXPECT_EQ(integer("052"), 42);
  EXPECT_EQ(integer("0b101010"), 42);
  EXPECT_EQ(integer("0"), 0);
}

TEST(PTXConstant, MayBeUnsigned) {
  EXPECT_EQ(integer("42U"), 42);
  EXPECT_EQ(integer("0xffffffffffffffff"), -1);
  EXPECT_EQ(integer("18446744073709551615U"), -1);
}

TEST(PTXConstant, MayBeNegative) {
  EXPECT_EQ(integer("-1"), -1);
  EXPECT_EQ(integer("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(integer("- -1"), 1);
  EXPECT_EQ(integer("+1"), 1);
}

TEST(PTXConstant, MayBeAFloat) {
  Operand single = parseImmediate("0f3F800000");
  EXPECT_EQ(single.floatBits, 32u);
  EXPECT_EQ(single.bits, 0x3F800000u);
  Operand twice = parseImmediate("0d3FF0000000000000");
  EXPECT_EQ(twice.floatBits, 64u);
  EXPECT_EQ(twice.bits, 0x3FF0000000000000u);
  Operand decimal = parseImmediate("1.5e1");
  EXPECT_EQ(decimal.floatBits, 64u);
  EXPECT_EQ(llvm::bit_cast<double>(decimal.bits), 15.0);
}

TEST(PTXConstant, MayBeANegativeFloat) {
  EXPECT_EQ(parseImmediate("-0f3F800000").bits, 0xBF800000u);
  EXPECT_EQ(llvm::bit_cast<double>(parseImmediate("-2.5").bits), -2.5);
}

TEST(PTXConstant, MayBeAnExpression) {
  EXPECT_EQ(integer("1+2"), 3);
  EXPECT_EQ(integer("1+2*3-4"), 3);
  EXPECT_EQ(integer("(1+2)*3"), 9);
  EXPECT_EQ(integer("7 / 2 + 7 % 4"), 6);
  EXPECT_EQ(integer("1 << 4 | 1"), 17);
  EXPECT_EQ(integer("6 & 3 ^ 1"), 3);
  EXPECT_EQ(integer("!0"), 1);
  EXPECT_EQ(integer("!5"), 0);
  EXPECT_EQ(integer("~0"), -1);
  EXPECT_EQ(integer("3 <= 3 && 2 != 2 || 1 == 1"), 1);
  EXPECT_EQ(integer("5 > 3 ? 11 : 12"), 11);
  EXPECT_EQ(integer("0 ? 1 : (0 ? 2 : 3)"), 3);
  EXPECT_EQ(integer("2*(WARP_SZ-1)"), 62);
}

TEST(PTXConstant, IsSignedUnlessItSaysSo) {
  EXPECT_EQ(integer("-7 / 2"), -3);
  EXPECT_EQ(integer("-7 / 2U"), INT64_MAX - 3);
  EXPECT_EQ(integer("-8 >> 1"), -4);
  EXPECT_EQ(integer("-1 < 0"), 1);
  EXPECT_EQ(integer("-1 < 0U"), 0);
  EXPECT_EQ(integer("(.u64)-1 < 0"), 0);
  EXPECT_EQ(integer("(.s64)0xffffffffffffffff < 0"), 1);
}

TEST(PTXConstant, Wraps) {
  EXPECT_EQ(integer("(.s64)-9223372036854775808 / -1"), INT64_MIN);
  EXPECT_EQ(integer("(.s64)(-9223372036854775808) % -1"), 0);
  EXPECT_EQ(integer("1 << 64"), 0);
  EXPECT_EQ(integer("-1 >> 100"), -1);
}

} // namespace
