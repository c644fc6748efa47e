//===- SourceDiagnosticsTest.cpp - Errors with their source lines ---------===//

#include "lib/Diagnostics/SourceDiagnostics.h"
#include "mlir/IR/Builders.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace sluice;

namespace {
struct SourceDiagnosticsTest : testing::Test {
  Location at(unsigned line, unsigned column) {
    return FileLineColLoc::get(&context, "a.mlir", line, column);
  }
  MLIRContext context{MLIRContext::Threading::DISABLED};
};

TEST_F(SourceDiagnosticsTest, PlaceLineAndCaret) {
  SourceText source{"a.mlir", "one\n  two three\nfour"};
  EXPECT_EQ(formatError(source, 10, "no"),
            "a.mlir:2:7: error: no\n  two three\n      ^\n");
  EXPECT_EQ(formatError(source, 20, "end"),
            "a.mlir:3:5: error: end\nfour\n    ^\n");
  EXPECT_EQ(formatError({"a.mlir", ""}, 0, "empty"),
            "a.mlir:1:1: error: empty\n");
}

TEST_F(SourceDiagnosticsTest, CharactersHaveOneColumn) {
  SourceText source{"a.mlir", "kᵀS x\r\n"};
  EXPECT_EQ(formatError(source, 6, "no"),
            "a.mlir:1:7: error: no\nkᵀS x\n    ^\n");
}

TEST_F(SourceDiagnosticsTest, LongLinesAreCutAroundThePlace) {
  std::string line(1000, 'a');
  line[500] = 'x';
  std::string text = formatError({"a.mlir", line}, 500, "no");
  auto [first, rest] = StringRef(text).split('\n');
  auto [shown, mark] = rest.split('\n');
  EXPECT_EQ(shown.size(), 160 + 2 * StringRef("…").size());
  // The ellipsis has three bytes and one column.
  EXPECT_EQ(shown.find('x'), mark.find('^') + 2);
}

TEST_F(SourceDiagnosticsTest, NothingThatATerminalObeys) {
  std::string text = formatError({"a.mlir", "a\x1b[31mb\tc"}, 0, "'\x1b[2J\n'");
  EXPECT_EQ(text, "a.mlir:1:1: error: ' [2J '\na [31mb c\n^\n");
}

TEST_F(SourceDiagnosticsTest, ErrorsComeFirst) {
  SourceDiagnostics diagnostics(context, {"a.mlir", "one\ntwo\n"});
  emitWarning(at(1, 1)) << "odd";
  emitError(at(2, 1)).append("wrong").attachNote(at(1, 2)) << "see";
  EXPECT_EQ(diagnostics.takeErrors(), "a.mlir:2:1: error: wrong\ntwo\n^\n"
                                      "a.mlir:1:2: note: see\none\n ^\n"
                                      "a.mlir:1:1: warning: odd\none\n^\n");
}

TEST_F(SourceDiagnosticsTest, PlacesInOtherFilesAreNotShown) {
  SourceDiagnostics diagnostics(context, {"a.mlir", "one\n"});
  emitError(FileLineColLoc::get(&context, "/etc/passwd", 7, 1)) << "wrong";
  EXPECT_EQ(diagnostics.takeErrors(), "a.mlir:1:1: error: wrong\none\n^\n");
}

TEST_F(SourceDiagnosticsTest, ManyAreCut) {
  SourceDiagnostics diagnostics(context, {"a.mlir", "one\n"});
  for (unsigned i = 0; i < 1000; ++i)
    emitWarning(at(1, 1)) << "odd";
  EXPECT_EQ(StringRef(diagnostics.getWarnings()).count("odd"), 20u);
}

TEST_F(SourceDiagnosticsTest, ALocationKeepsTheText) {
  Location loc = NameLoc::get(StringAttr::get(&context, "x"), at(1, 1));
  EXPECT_TRUE(findSource(loc).text.empty());
  SourceText found = findSource(keepSource(loc, {"a.mlir", "one\n"}));
  EXPECT_EQ(found.fileName, "a.mlir");
  EXPECT_EQ(found.text, "one\n");
}
} // namespace
