//===- LimitsTest.cpp - PTX that asks for too much ------------------------===//

#include "Parse.h"

using namespace sluice::ptx;
using namespace sluice::ptx::test;

namespace {

constexpr unsigned kDeep = 100'000;

std::string repeat(llvm::StringRef text, unsigned count) {
  std::string result;
  for (unsigned i = 0; i < count; ++i)
    result += text;
  return result;
}

/// What is left of an error behind its place.
std::string message(const std::string &error) {
  size_t begin = error.find("error: ");
  return begin == std::string::npos ? error : error.substr(begin + 7);
}

TEST(PTXLimit, OfNesting) {
  const char *expected = "nested more than 64 deep";
  EXPECT_EQ(message(parseEntryError(repeat("{", kDeep))), expected);
  EXPECT_EQ(message(parseEntryError("mov " + repeat("(", kDeep))), expected);
  EXPECT_EQ(message(parseEntryError("mov " + repeat("-", kDeep))), expected);
  EXPECT_EQ(message(parseEntryError("mov " + repeat("+", kDeep))), expected);
  EXPECT_EQ(message(parseEntryError("mov " + repeat("(.s64)", kDeep))),
            expected);
  EXPECT_EQ(message(parseEntryError("mov " + repeat("1?", kDeep))), expected);
  EXPECT_EQ(message(parseEntryError("mov " + repeat("1?2:", kDeep))), expected);
  EXPECT_EQ(message(parseEntryError("mov " + repeat("[%r1, ", kDeep))),
            expected);
}

TEST(PTXLimit, OfBlocksIsBeyondWhatIsUsed) {
  EXPECT_TRUE(parseEntry(repeat("{", 60) + "ret;" + repeat("}", 60)));
}

TEST(PTXLimit, OfInitializersNesting) {
  EXPECT_EQ(message(parseError(".global .b8 x" + repeat("[1]", kDeep))),
            "array of more than 64 dimensions");
  EXPECT_EQ(message(parseError(".global .b8 x" + repeat("[1]", 64) + " = " +
                               repeat("{", kDeep))),
            "nested more than 64 deep");
}

TEST(PTXLimit, OfRegisters) {
  EXPECT_EQ(parseError(".func f { .reg .b32 %r<4000000000>; }"),
            "t.ptx:4:24: error: expected a number of registers of at most "
            "1048576, found '4000000000'");
  EXPECT_EQ(parseError(".func f { .reg .b32 %r<1048576>, %s; }"),
            "t.ptx:4:34: error: function 'f' has more than 1048576 registers");
}

TEST(PTXLimit, OfRegistersInAllFunctions) {
  std::string text;
  for (unsigned i = 0; i < 5; ++i)
    text += ".func f" + std::to_string(i) + " { .reg .pred %p<1048576>; }\n";
  EXPECT_EQ(parseError(text), "t.ptx:8:23: error: more than 4194304 registers "
                              "in all functions");
}

TEST(PTXLimit, OfVariables) {
  EXPECT_EQ(parseError(".global .b32 x[4294967296][4294967296];"),
            "t.ptx:4:28: error: 'x' is larger than 1099511627776 bytes");
  EXPECT_EQ(parseError(".global .b8 x[-1];"),
            "t.ptx:4:15: error: expected an extent that is not negative");
}

TEST(PTXLimit, OfInitializers) {
  EXPECT_EQ(parseError(".global .b8 x[2][1073741824] = {{1}, {2}};"),
            "t.ptx:4:39: error: initialisers of more than 67108864 bytes");
}

TEST(PTXLimit, OfEmptyArraysInitializers) {
  EXPECT_EQ(message(parseError(".global .b8 x[0] = {1};")),
            "too many elements for 'x'");
  EXPECT_EQ(message(parseError(".global .b8 x[][0] = {1};")),
            "too many elements for 'x'");
}

TEST(PTXLimit, OfFiles) {
  EXPECT_EQ(parseError(".file 4000000000 \"a\""),
            "t.ptx:4:7: error: expected a file's number of at most 65536, "
            "found '4000000000'");
}

TEST(PTXLimit, OfNumbers) {
  EXPECT_EQ(message(parseEntryError("mov 1." + repeat("0", kDeep) + ";")),
            "number is too long");
}

TEST(PTXLimit, ErrorsShowLittleOfALongToken) {
  EXPECT_LT(parseError(repeat("x", kDeep)).size(), 200u);
}

TEST(PTXLimit, ManyLabelsInNestedBlocksTakeLittleTime) {
  EXPECT_TRUE(parseEntry(repeat("{", 60) + repeat("bra L;", 20'000) +
                         repeat("}", 60) + "L: ret;"));
}

} // namespace
