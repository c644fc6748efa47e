//===- NestingScanTest.cpp - Bound the nesting of text before parsing -----===//

#include "lib/IO/NestingScan.h"

#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>
#include <string>

using namespace sluice::io;

namespace {

constexpr unsigned kDeep = 100'000;

std::string repeat(llvm::StringRef text, unsigned count) {
  std::string result;
  for (unsigned i = 0; i < count; ++i)
    result += text;
  return result;
}

bool isDeep(const std::string &text) {
  return findMLIRNestingDeeperThan(text, kMLIRNestingLimit).has_value();
}

std::string attribute(const std::string &value) {
  return "\"t.op\"() {a = " + value + "} : () -> ()\n";
}

TEST(JSONNesting, ReportsTheFirstBracketBeyondTheLimit) {
  EXPECT_EQ(findJSONNestingDeeperThan("[{[]}]", 3), std::nullopt);
  EXPECT_EQ(findJSONNestingDeeperThan("[{[]}]", 2), 2u);
  EXPECT_EQ(findJSONNestingDeeperThan("[]", 0), 0u);
  EXPECT_EQ(findJSONNestingDeeperThan(repeat("[", kDeep), 64), 64u);
}

TEST(JSONNesting, PassesOverStringsAndClosedBrackets) {
  EXPECT_EQ(findJSONNestingDeeperThan(R"(["[[[", "\"[[", "\\", []])", 2),
            std::nullopt);
  EXPECT_EQ(findJSONNestingDeeperThan(R"(["\\", [[]]])", 2), 8u);
  EXPECT_EQ(findJSONNestingDeeperThan("[" + repeat("[],", kDeep) + "0]", 2),
            std::nullopt);
}

TEST(JSONNesting, TakesMalformedText) {
  EXPECT_EQ(findJSONNestingDeeperThan("]]]}[", 1), std::nullopt);
  EXPECT_EQ(findJSONNestingDeeperThan("\"\\", 1), std::nullopt);
  EXPECT_EQ(findJSONNestingDeeperThan("", 0), std::nullopt);
}

TEST(MLIRNesting, ReportsTheFirstTokenBeyondTheLimit) {
  EXPECT_EQ(findMLIRNestingDeeperThan("[{(<>)}]", 4), std::nullopt);
  EXPECT_EQ(findMLIRNestingDeeperThan("[{(<>)}]", 3), 3u);
  EXPECT_EQ(findMLIRNestingDeeperThan("a + b - c", 1), 6u);
  EXPECT_EQ(findMLIRNestingDeeperThan("a mod b floordiv c", 1), 8u);
}

TEST(MLIRNesting, SeesEveryKindOfBracket) {
  EXPECT_TRUE(isDeep(attribute(repeat("[", kDeep))));
  EXPECT_TRUE(isDeep(attribute(repeat("{a = ", kDeep))));
  EXPECT_TRUE(isDeep(attribute(repeat("tuple<", kDeep))));
  EXPECT_TRUE(isDeep(attribute(repeat("()->(", kDeep))));
  EXPECT_TRUE(isDeep(attribute("dense<" + repeat("[", kDeep))));
  EXPECT_TRUE(isDeep(repeat("\"t.op\"() ({", kDeep)));
  EXPECT_TRUE(isDeep(repeat("scf.if %i {} else {", kDeep)));
  EXPECT_TRUE(isDeep("loc(" + repeat("callsite(\"a\" at ", kDeep)));
  EXPECT_TRUE(isDeep("loc(" + repeat("fused[", kDeep)));
  EXPECT_TRUE(isDeep("loc(" + repeat("\"x\"(", kDeep)));
}

TEST(MLIRNesting, SeesNestingWithoutBrackets) {
  auto map = [](const std::string &expr) {
    return isDeep("affine_map<(d0)[s0]->(" + expr + ")>");
  };
  EXPECT_TRUE(map(repeat("-", kDeep) + "d0"));
  EXPECT_TRUE(map(repeat("- ", kDeep) + "d0"));
  EXPECT_TRUE(map("d0" + repeat(" + d0", kDeep)));
  EXPECT_TRUE(map("d0" + repeat(" * s0", kDeep)));
  EXPECT_TRUE(map("d0" + repeat(" floordiv 7", kDeep)));
  EXPECT_TRUE(map(repeat("symbol(s0) + ", kDeep) + "1"));
  EXPECT_TRUE(map(repeat("0x10 + d0 + ", kDeep) + "1"));
  EXPECT_TRUE(map(repeat("d0 + (1) - // comment\n", kDeep) + "1"));
  EXPECT_TRUE(isDeep("affine.load %m[%i" + repeat(" + %i", kDeep) + "]"));
  // Shallow in each chain, deep in all.
  EXPECT_TRUE(map(repeat("d0 + d0 + (", 100) + "d0" + repeat(")", 100)));
}

TEST(MLIRNesting, AddsUpChainsOfAliases) {
  auto chain = [](unsigned count, const char *separator) {
    std::string text = "!a0 = i32\n";
    for (unsigned i = 1; i <= count; ++i)
      text += "!a" + std::to_string(i) + " = tuple<!a" + std::to_string(i - 1) +
              ">" + separator;
    return text;
  };
  EXPECT_FALSE(isDeep(chain(256, "\n")));
  EXPECT_TRUE(isDeep(chain(257, "\n")));
  EXPECT_TRUE(isDeep(chain(257, " ")));
  EXPECT_TRUE(isDeep(chain(256, "\n") + attribute("!a256")));
  // The type of an attribute on another line belongs to the definition.
  std::string text = "#a = 1\n :\n t<t<i32>>\n#b = 1 : t<#a>\n\"op\" [[#b]]";
  EXPECT_EQ(findMLIRNestingDeeperThan(text, 5), std::nullopt);
  EXPECT_EQ(findMLIRNestingDeeperThan(text, 4), text.rfind("#b"));
}

TEST(MLIRNesting, AnAliasEndsWhereTheNextOperationBegins) {
  std::string text = "#a = [1]\nmodule {{{ #a }}}\n#b = dense<1> : t<2xf32>\n"
                     "\"op\"() ({{ #a #b }}) loc(#c)\n#c = loc(\"x\")\n";
  EXPECT_EQ(findMLIRNestingDeeperThan(text, 4), std::nullopt);
  EXPECT_NE(findMLIRNestingDeeperThan(text, 3), std::nullopt);
}

TEST(MLIRNesting, ArrowsAndComparisonsCloseNothing) {
  EXPECT_EQ(findMLIRNestingDeeperThan("<-> [<", 2), 5u);
  EXPECT_TRUE(isDeep(repeat("[affine_set<(d0) : (d0 >= 0, d0 <= 4)>, ", 300)));
  EXPECT_FALSE(
      isDeep("[" + repeat("affine_set<(d0) : (d0 >= 0, d0 <= 4)>, ", kDeep)));
}

TEST(MLIRNesting, PassesOverStringsAndComments) {
  EXPECT_FALSE(isDeep(attribute("\"\\\"" + repeat("[", kDeep) + "\"")));
  EXPECT_FALSE(isDeep("// " + repeat("[", kDeep) + "\n[]"));
  EXPECT_TRUE(isDeep("// ends at the return\r" + repeat("[", kDeep)));
  EXPECT_TRUE(isDeep(attribute("\"\\\\\", " + repeat("[", kDeep))));
}

TEST(MLIRNesting, CountsCommentsInBodiesOfDialects) {
  // MLIR ends the type within the comment and goes on behind it ...
  EXPECT_TRUE(isDeep(attribute("[!a.b<//>, " + repeat("[", kDeep))));
  EXPECT_TRUE(isDeep(attribute("[!a.b<//>, affine_map<(d0)->(" +
                               repeat("d0 + ", kDeep) + "d0)>]")));
  // ... or passes over the '>' in it.
  EXPECT_TRUE(isDeep(attribute("!llvm.array<2 x " +
                               repeat("array<2 x // >\n", kDeep) + " i32>")));
}

TEST(MLIRNesting, LongShallowTextIsFine) {
  EXPECT_FALSE(isDeep(repeat("%0 = arith.constant -1 : i32\n", kDeep)));
  EXPECT_FALSE(isDeep(repeat("\"a\"() ({}) : (i32) -> i32\n", kDeep)));
  EXPECT_FALSE(isDeep("dense<[" + repeat("-1.0e+5, ", kDeep) + "1]>"));
  EXPECT_FALSE(isDeep("@a" + repeat("::@a", kDeep)));
  EXPECT_FALSE(isDeep("{-#\n dialect_resources: { a: { x: \"0x\" } }\n#-}\n" +
                      repeat("#a = affine_map<(d0) -> (d0 * 2)>\n", kDeep)));
  EXPECT_FALSE(isDeep(repeat("memref<*xf32>, tensor<?x4xf32>, ", kDeep)));
}

TEST(MLIRNesting, AliasesThatDoublePrintWithoutEnd) {
  auto doubling = [](unsigned count) {
    std::string text = "!a0 = tuple<i1>\n";
    for (unsigned i = 1; i <= count; ++i)
      text += llvm::formatv("!a{0} = tuple<!a{1}, !a{1}>\n", i, i - 1).str();
    return text;
  };
  EXPECT_FALSE(isDeep(doubling(10)));
  EXPECT_TRUE(isDeep(doubling(40)));
}
std::optional<MLIRHazard> findHazard(const std::string &text) {
  std::optional<MLIRHazardPlace> found = findMLIRHazard(text);
  return found ? std::optional(found->hazard) : std::nullopt;
}

TEST(MLIRHazards, NestingIsOne) {
  EXPECT_EQ(findHazard(repeat("(", kDeep)), MLIRHazard::Nesting);
  EXPECT_EQ(findHazard(attribute("[[0]]")), std::nullopt);
}

TEST(MLIRHazards, LongNumbers) {
  EXPECT_EQ(findHazard(attribute(repeat("9", kMLIRNumberLimit))), std::nullopt);
  for (const std::string &number :
       {repeat("9", kMLIRNumberLimit + 1), "0x" + repeat("f", kMLIRNumberLimit),
        "1." + repeat("0", kMLIRNumberLimit), "-1" + repeat("0", kDeep)})
    EXPECT_EQ(findHazard(attribute(number)), MLIRHazard::Number) << number;
  EXPECT_EQ(findMLIRHazard("a = " + repeat("9", kDeep))->offset, 4u);
  // Digits of names and strings are no numbers.
  for (const std::string &text :
       {"%" + repeat("9", kDeep), "\"" + repeat("9", kDeep),
        "a" + repeat("9", kDeep), "// " + repeat("9", kDeep)})
    EXPECT_EQ(findHazard(text), std::nullopt);
}

TEST(MLIRHazards, Metadata) {
  EXPECT_EQ(findHazard("{-# dialect_resources: {} #-}"), MLIRHazard::Metadata);
  for (std::string text : {"\"{-#\"", "// {-#", "{ -#", "{-1}"})
    EXPECT_EQ(findHazard(text), std::nullopt) << text;
}
} // namespace
