//===- SpecLoaderTest.cpp - From a name or text to a recurrence -----------===//

#include "lib/Compiler/SpecLoader.h"
#include "dialects/Registration.h"
#include "lib/IO/MLIRText.h"
#include "lib/Variants/Variants.h"
#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;

namespace {
class SpecLoaderTest : public testing::Test {
protected:
  SpecLoaderTest() {
    mlir::DialectRegistry registry;
    registerSluiceDialects(registry);
    context.appendDialectRegistry(registry);
  }
  /// The first line of the error; empty if the text is a spec.
  std::string parseError(StringRef text, StringRef entry = "") {
    Expected<Spec> spec = parseSpec(context, text, "a.mlir", entry);
    if (spec)
      return "";
    Error error = spec.takeError();
    EXPECT_TRUE(error.isA<SpecError>());
    return StringRef(toString(std::move(error))).split('\n').first.str();
  }
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
};

constexpr StringLiteral kStep = " state(%S: !delta.state<key, value>) -> () {\n"
                                "  delta.yield states(%S) outputs()\n}\n";
std::string recurrence(StringRef name) {
  return ("delta.recurrence @" + name + kStep).str();
}

TEST_F(SpecLoaderTest, LibraryVariants) {
  for (const Variant &variant : getVariants()) {
    Expected<Spec> spec = loadSpec(context, variant.name);
    ASSERT_TRUE(static_cast<bool>(spec)) << toString(spec.takeError());
    EXPECT_EQ(spec->op.getSymName(), variant.name);
  }
}

TEST_F(SpecLoaderTest, UnknownVariant) {
  EXPECT_EQ(toString(loadSpec(context, "kdaa").takeError()),
            "no such variant or file 'kdaa', did you mean 'kda'? (sluice-run "
            "--list names the variants)");
  EXPECT_EQ(
      toString(loadSpec(context, "no_such.mlir").takeError()),
      "no such variant or file 'no_such.mlir' (sluice-run --list names the "
      "variants)");
}

TEST_F(SpecLoaderTest, Entry) {
  std::string one = recurrence("a"), two = one + recurrence("b");
  EXPECT_EQ(parseError(one), "");
  EXPECT_EQ(parseError(one, "a"), "");
  EXPECT_EQ(parseError(two, "@b"), "");
  EXPECT_EQ(parseError(two),
            "a.mlir:1:1: error: the file has several recurrences, choose one "
            "with --entry: @a, @b");
  EXPECT_EQ(parseError(two, "c"),
            "a.mlir:1:1: error: the file has no recurrence @c, only @a, @b");
  EXPECT_EQ(parseError(""),
            "a.mlir:1:1: error: the file has no delta.recurrence");
}

TEST_F(SpecLoaderTest, ProblemsHaveAPlace) {
  EXPECT_EQ(parseError("delta.recurrence @a -> () {\n"
                       "  delta.yield states() outputs()\n}\n"),
            "a.mlir:1:1: error: 'delta.recurrence' op needs at least one "
            "state");
  EXPECT_EQ(StringRef(parseError("\n  what")).take_front(18),
            "a.mlir:2:3: error:");
}

TEST_F(SpecLoaderTest, DeepNestingIsNotParsed) {
  EXPECT_EQ(parseError("\n" + std::string(100000, '(')),
            "a.mlir:2:257: error: nests deeper than 256 levels, or an alias "
            "expands to more than 65536 others");
}

TEST_F(SpecLoaderTest, BytecodeIsNotParsed) {
  EXPECT_EQ(parseError("ML\xefR and so on"),
            "a.mlir:1:1: error: this is MLIR bytecode, expected MLIR text");
}

TEST_F(SpecLoaderTest, LongTextIsNotParsed) {
  EXPECT_EQ(parseError(std::string(io::kMaxMLIRBytes + 1, ' ')),
            "a.mlir:1:1: error: a spec has at most 16777216 bytes, found "
            "16777217");
}

TEST_F(SpecLoaderTest, LocationsInTheTextOpenNoFiles) {
  // MLIR's own handler would read this device to its end, which it has not.
  EXPECT_EQ(StringRef(parseError("module { module @a {} module @a {} "
                                 "loc(\"/dev/zero\":1:1) }"))
                .take_front(7),
            "a.mlir:");
}
} // namespace
