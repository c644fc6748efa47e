//===- LayoutTextTest.cpp - layouts are printed and parsed ----------------===//

#include "lib/Layout/LayoutText.h"
#include "RandomLayout.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;
using test::draw;

static constexpr llvm::StringLiteral kAccumulator =
    "register = [[0, 1], [8, 0]], "
    "lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]] over (row 16, column 8)";

static std::string print(const LinearLayout &layout) {
  std::string text;
  llvm::raw_string_ostream(text) << layout;
  return text;
}

template <class Print>
static std::string printed(Print function, const LinearLayout &layout) {
  std::string text;
  llvm::raw_string_ostream os(text);
  function(os, layout);
  return "\n" + text;
}

static LinearLayout parse(llvm::StringRef text) {
  return llvm::cantFail(parseLayout(text));
}

static std::string getParseError(llvm::StringRef text) {
  auto layout = parseLayout(text);
  if (layout)
    return "";
  return llvm::toString(layout.takeError());
}

TEST(LayoutText, RoundTrip) {
  LinearLayout layout = parse(kAccumulator);
  EXPECT_EQ(print(layout), kAccumulator);
  EXPECT_EQ(layout.apply({{kLane, 5}, {kRegister, 3}}, kRow), 9u);
  EXPECT_EQ(parse(" register=[ [0,1],[8 ,0]],\n lane=[[0,2],[0,4],"
                  "[1,0],[2,0],[4,0]]over( row 16,column 8 ) "),
            layout);
  for (llvm::StringRef text :
       {"over ()", "over (row 1)", "lane = [] over (row 4)",
        "lane = [[], []] over ()", "offset = [[1], [3]] over (x 4)"})
    EXPECT_EQ(print(parse(text)), text);
  test::Engine engine(1);
  for (unsigned round = 0; round < 100; ++round) {
    LinearLayout any = test::drawLayout(
        engine, {{kRegister, draw(engine, 4)}, {kLane, 5}},
        {{kRow, 1 + draw(engine, 4)}, {kColumn, 2}, {"depth", 2}}, 5);
    EXPECT_EQ(parse(print(any)), any);
  }
}

TEST(LayoutText, ErrorsNameTheColumn) {
  EXPECT_EQ(getParseError(""),
            "column 1: expected the name of an axis, found the end");
  EXPECT_EQ(getParseError("lane [[1]] over (row 2)"),
            "column 6: expected '=', found '[[1]]'");
  EXPECT_EQ(getParseError("lane = 3 over (row 2)"),
            "column 8: expected '[' and a list of places, found '3'");
  EXPECT_EQ(getParseError("lane = [1] over (row 2)"),
            "column 9: expected '[' and the coordinates of a place, found "
            "'1]'");
  EXPECT_EQ(getParseError("lane = [[-1]] over (row 2)"),
            "column 10: expected a number, found '-1]]'");
  EXPECT_EQ(getParseError("lane = [[1 2]] over (row 2)"),
            "column 12: expected ',' or ']' behind a coordinate, found '2]]'");
  EXPECT_EQ(getParseError("lane = [[1] [2]] over (row 2)"),
            "column 13: expected ',' or ']' behind a place, found '[2]]'");
  EXPECT_EQ(getParseError("lane = [[1]] under (row 2)"),
            "column 14: expected ',' or 'over', found 'under'");
  EXPECT_EQ(getParseError("lane = [[1]] over row 2"),
            "column 19: expected '(' and the output axes, found 'row'");
  EXPECT_EQ(getParseError("lane = [[1]] over (row 3)"),
            "column 24: sizes are powers of two, found 3");
  EXPECT_EQ(getParseError("lane = [[1]] over (row 0)"),
            "column 24: sizes are powers of two, found 0");
  EXPECT_EQ(getParseError("lane = [[1]] over (row 2"),
            "column 25: expected ',' or ')' behind a size, found the end");
  EXPECT_EQ(getParseError("lane = [[1]] over (row 2) x"),
            "column 27: expected the end, found 'x'");
  EXPECT_EQ(getParseError("lane = [[1]], lane = [] over (row 2)"),
            "column 15: an input axis stands there once, found 'lane' again");
  EXPECT_EQ(getParseError("lane = [[1, 0]] over (row 2, row 2)"),
            "column 30: an output axis stands there once, found 'row' again");
  EXPECT_EQ(getParseError("lane = [[1, 1], [1]] over (row 2, column 2)"),
            "column 1: a place has a coordinate for each output axis, 2; bit 1 "
            "of 'lane' has 1");
  EXPECT_EQ(getParseError("lane = [[1], [2]] over (row 2)"),
            "column 1: coordinates are below the axis's size; bit 1 of 'lane' "
            "is at row 2 of 2");
  EXPECT_EQ(getParseError("over (a 4294967296, b 4294967296)"),
            "column 23: a layout has at most 63 bits of outputs, found 64 up "
            "to 'b'");
  std::string many = "lane = [[0]";
  for (unsigned i = 0; i < 63; ++i)
    many += ", [0]";
  EXPECT_EQ(getParseError(many + "] over (row 2)"),
            "column 1: a layout has at most 63 bits of inputs, found 64");
}

TEST(LayoutText, Matrix) {
  EXPECT_EQ(printed(printMatrix, parse(kAccumulator)), R"(
             register             lane
                 0  1    0  1  2  3  4
row      0       .  .    .  .  1  .  .
         1       .  .    .  .  .  1  .
         2       .  .    .  .  .  .  1
         3       .  1    .  .  .  .  .
column   0       1  .    .  .  .  .  .
         1       .  .    1  .  .  .  .
         2       .  .    .  1  .  .  .
)");
}

TEST(LayoutText, Picture) {
  EXPECT_EQ(printed(printPicture,
                    parse("register = [[0, 1]], lane = [[0, 2], [1, 0]] over "
                          "(row 2, column 4)")),
            R"(
  |   0   1   2   3
--+----------------
0 | 0:0 0:1 1:0 1:1
1 | 2:0 2:1 3:0 3:1
)");
  // Copies, what nobody holds, and warps.
  EXPECT_EQ(printed(printPicture,
                    parse("register = [[0, 1]], lane = [[0, 0], [0, 2]], "
                          "warp = [[2, 0]] over (row 4, column 4)")),
            R"(
  |        0        1        2        3
--+------------------------------------
0 | w0 0:0+1 w0 0:1+1 w0 2:0+1 w0 2:1+1
1 |        -        -        -        -
2 | w1 0:0+1 w1 0:1+1 w1 2:0+1 w1 2:1+1
3 |        -        -        -        -
)");
  // Memory, and one axis.
  EXPECT_EQ(printed(printPicture,
                    parse("offset = [[0, 1], [1, 1]] over (row 2, column 2)")),
            R"(
  | 0 1
--+----
0 | 0 1
1 | 3 2
)");
  EXPECT_EQ(printed(printPicture, parse("lane = [[1]] over (row 2)")), R"(
  | 0
--+--
0 | 0
1 | 1
)");
}
