//===- TileInterpreterTest.cpp - Kernels, operation by operation ----------===//

#include "test/unit/Reference/TileTest.h"

#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

TEST_F(TileInterpreterTest, RoundsToTheTypeAfterEachOperation) {
  std::vector<double> numbers(30);
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = 1 + static_cast<double>(i) / 97;
  set("x", {2, 3, 1, 5}, numbers);
  for (bool isHalf : {false, true}) {
    StringRef type = isHalf ? "f16" : "bf16";
    std::vector<double> found =
        map("%h = arith.truncf %v : tensor<5xf32> to tensor<5x" + type +
            ">\n%p = arith.mulf %h, %h : tensor<5x" + type +
            ">\n%q = arith.addf %p, %h : tensor<5x" + type +
            ">\n%r = arith.extf %q : tensor<5x" + type + "> to tensor<5xf32>");
    auto round = [&](double x) {
      return isHalf ? fromF16(toF16(x)) : fromBF16(toBF16(x));
    };
    for (size_t i = 0; i < numbers.size(); ++i) {
      double h = round(static_cast<float>(numbers[i]));
      EXPECT_EQ(found[i], round(round(h * h) + h)) << type.str() << ' ' << i;
    }
  }
}

TEST_F(TileInterpreterTest, FunctionsOfFloats) {
  std::vector<double> numbers(30);
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = 0.25 * (static_cast<double>(i) - 8);
  set("x", {2, 3, 1, 5}, numbers);
  std::pair<StringRef, double (*)(double)> functions[] = {
      {"arith.negf", [](double x) { return -x; }},
      {"math.absf", [](double x) { return std::abs(x); }},
      {"math.exp", [](double x) { return std::exp(x); }},
      {"math.expm1", [](double x) { return std::expm1(x); }},
      {"math.tanh", [](double x) { return std::tanh(x); }},
      {"math.sqrt", [](double x) { return std::sqrt(x); }},
      {"math.log", [](double x) { return std::log(x); }},
      {"math.log1p", [](double x) { return std::log1p(x); }}};
  for (auto [name, function] : functions) {
    std::vector<double> found = map("%r = " + name + " %v : tensor<5xf32>");
    for (size_t i = 0; i < numbers.size(); ++i) {
      auto expected = static_cast<float>(function(numbers[i]));
      EXPECT_TRUE(found[i] == expected ||
                  (std::isnan(found[i]) && std::isnan(expected)))
          << name.str() << ' ' << numbers[i] << ' ' << found[i];
    }
  }
}

TEST_F(TileInterpreterTest, MaximaKeepWhatIsNoNumberAndSigns) {
  double nan = std::nan("");
  std::vector<double> numbers(30);
  std::copy_n(
      std::initializer_list<double>{nan, -0.0, 0.0, -3, kInfinity}.begin(), 5,
      numbers.begin());
  set("x", {2, 3, 1, 5}, numbers);
  for (bool isMaximum : {true, false}) {
    std::vector<double> found =
        map("%z = arith.constant dense<" + Twine(isMaximum ? "0.0" : "-0.0") +
            "> : tensor<5xf32>\n%r = arith." +
            (isMaximum ? "maximumf" : "minimumf") + " %v, %z : tensor<5xf32>");
    EXPECT_TRUE(std::isnan(found[0]));
    EXPECT_EQ(std::signbit(found[1]), !isMaximum);
    EXPECT_EQ(std::signbit(found[2]), !isMaximum);
    EXPECT_EQ(found[3], isMaximum ? 0 : -3);
    EXPECT_EQ(found[4], isMaximum ? kInfinity : 0);
  }
}

TEST_F(TileInterpreterTest, ComparesAndSelects) {
  std::vector<double> found =
      map("%z = arith.constant dense<7.0> : tensor<5xf32>\n"
          "%c = arith.cmpf oge, %v, %z : tensor<5xf32>\n"
          "%s = arith.subf %v, %z : tensor<5xf32>\n"
          "%q = arith.divf %z, %v : tensor<5xf32>\n"
          "%r = arith.select %c, %s, %q : tensor<5xi1>, tensor<5xf32>");
  for (int i = 0; i < 30; ++i) {
    double x = i, c = 7;
    EXPECT_EQ(found[i], static_cast<float>(x >= c ? x - c : c / x)) << i;
  }
}

TEST_F(TileInterpreterTest, IntegersHaveTheirWidth) {
  // Results come out as indices of x, whose elements count.
  std::pair<StringRef, int> lines[] = {
      {R"(%c = arith.constant -1 : i32
          %d = arith.constant 1000000000 : i32
          %e = arith.divui %c, %d : i32
          %i = arith.index_cast %e : i32 to index)",
       4},
      {R"(%c = arith.constant 3 : i32
          %d = arith.constant -2147483647 : i32
          %e = arith.addi %c, %d : i32
          %m = arith.muli %e, %e : i32
          %f = arith.subi %m, %c : i32
          %g = arith.remui %f, %c : i32
          %i = arith.index_cast %g : i32 to index)",
       16 % 3},
      {R"(%c = arith.constant -2 : index
          %d = arith.maxsi %c, %c1 : index
          %e = arith.minsi %d, %c : index
          %f = arith.cmpi slt, %e, %c0 : index
          %g = arith.cmpi ult, %e, %c4 : index
          %h = arith.andi %f, %g : i1
          %i = arith.select %h, %c4, %d : index)",
       1},
  };
  for (auto [text, expected] : lines) {
    std::vector<double> found = map(text + R"(
        %n = tile.load %x[%c0, %c0, %c0, %i] along [] : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> f32
        %r = tile.broadcast %n along [] : f32 -> tensor<5xf32>)");
    EXPECT_EQ(found[0], expected) << text.str();
  }
  for (StringRef name : {"divui", "remui"})
    expectContains(getError("%i = arith." + name + " %c1, %c0 : index"),
                   "divides by 0");
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

TEST_F(TileInterpreterTest, BroadcastsAndReduces) {
  // S ∘ repeated x, summed either way; and extremes.
  std::vector<double> state(20);
  std::iota(state.begin(), state.end(), 1);
  set("initial_state", {2, 1, 2, 5}, state);
  std::pair<StringRef, std::function<double(double, double)>> kinds[] = {
      {"sum", [](double x, double y) { return x + y; }},
      {"max", [](double x, double y) { return std::max(x, y); }},
      {"min", [](double x, double y) { return std::min(x, y); }}};
  for (const auto &[kind, combine] : kinds) {
    std::vector<double> found = map(
        "%s = tile.load %S[%b, %c0, %c0, %c0] along [2, 3] : "
        "memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> -> tensor<2x5xf32>\n"
        "%xs = tile.broadcast %v along [1] : tensor<5xf32> -> tensor<2x5xf32>\n"
        "%p = arith.mulf %s, %xs : tensor<2x5xf32>\n"
        "%columns = tile.reduce " +
        kind +
        " %p axis(0) : tensor<2x5xf32> -> tensor<5xf32>\n"
        "%rows = tile.reduce " +
        kind +
        " %p axis(1) : tensor<2x5xf32> -> tensor<2xf32>\n"
        "%back = tile.broadcast %rows along [0] : tensor<2xf32> -> "
        "tensor<2x5xf32>\n"
        "%all = tile.reduce sum %back axis(0) : tensor<2x5xf32> -> "
        "tensor<5xf32>\n"
        "%r = arith.addf %columns, %all : tensor<5xf32>");
    for (int i = 0; i < 30; ++i) {
      int b = i / 15, first = i / 5 * 5, c = i % 5;
      auto p = [&](int row, int column) {
        return state[b * 10 + row * 5 + column] * (first + column);
      };
      double expected = combine(p(0, c), p(1, c));
      for (int row : {0, 1}) {
        double all = p(row, 0);
        for (int column = 1; column < 5; ++column)
          all = combine(all, p(row, column));
        expected += all;
      }
      EXPECT_EQ(found[i], expected) << kind.str() << ' ' << i;
    }
  }
}

TEST_F(TileInterpreterTest, PrefixesProductsAndPlaces) {
  std::vector<double> found = map(
      R"(%xs = tile.load %x[%b, %c0, %c0, %c0] along [1, 3] : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<3x5xf32>
         %p = tile.prefix sum %xs : tensor<3x5xf32>
         %q = tile.prefix product %xs reverse block(2) : tensor<3x5xf32>
         %ones = arith.constant dense<1.0> : tensor<3x3xf32>
         %d = tile.dot %p, %q transpose_rhs into %ones : tensor<3x5xf32>, tensor<3x5xf32> -> tensor<3x3xf32>
         %e = tile.dot %d, %xs transpose_lhs : tensor<3x3xf32>, tensor<3x5xf32> -> tensor<3x5xf32>
         %i = tile.place axis(0) : tensor<3x5xi32>
         %j = tile.place axis(1) : tensor<3x5xi32>
         %m = arith.cmpi sge, %i, %j : tensor<3x5xi32>
         %z = arith.constant dense<0.0> : tensor<3x5xf32>
         %s = arith.select %m, %e, %z : tensor<3x5xi1>, tensor<3x5xf32>
         %r = tile.reduce sum %s axis(0) : tensor<3x5xf32> -> tensor<5xf32>)");
  for (int b : {0, 1}) {
    auto x = [&](int t, int c) { return b * 15.0 + t * 5 + c; };
    auto p = [&](int t, int c) {
      double sum = 0;
      for (int u = 0; u < t; ++u)
        sum += x(u, c);
      return sum;
    };
    // Blocks of the rows 0 and 1, and of row 2.
    auto q = [&](int t, int c) { return t == 0 ? x(1, c) : 1; };
    for (int column = 0; column < 5; ++column) {
      double expected = 0;
      for (int row = column; row < 3; ++row)
        for (int k = 0; k < 3; ++k) {
          double product = 1;
          for (int c = 0; c < 5; ++c)
            product += p(k, c) * q(row, c);
          expected += product * x(k, column);
        }
      EXPECT_EQ(found[b * 15 + column], expected) << b << ' ' << column;
    }
  }
}

TEST_F(TileInterpreterTest, InversesOfBlocks) {
  // N = x xᵀ / 64 below the diagonal, in blocks of 4 rows and 1; what stands on
  // it and above is not looked at. A sum over the rows weighs them by 1, x.
  std::vector<double> found = map(
      R"(%a = tile.broadcast %v along [0] : tensor<5xf32> -> tensor<5x5xf32>
         %b5 = tile.broadcast %v along [1] : tensor<5xf32> -> tensor<5x5xf32>
         %c = arith.constant dense<0.015625> : tensor<5x5xf32>
         %ac = arith.mulf %a, %c : tensor<5x5xf32>
         %n = arith.mulf %ac, %b5 : tensor<5x5xf32>
         %i = tile.place axis(0) : tensor<5x5xi32>
         %j = tile.place axis(1) : tensor<5x5xi32>
         %m = arith.cmpi sgt, %i, %j : tensor<5x5xi32>
         %nan = arith.constant dense<0x7FC00000> : tensor<5x5xf32>
         %s = arith.select %m, %n, %nan : tensor<5x5xi1>, tensor<5x5xf32>
         %t5 = tile.inverse %s block(4) : tensor<5x5xf32>
         %weighed = arith.mulf %a, %t5 : tensor<5x5xf32>
         %r = tile.reduce sum %weighed axis(0) : tensor<5x5xf32> -> tensor<5xf32>)");
  for (int row = 0; row < 6; ++row) {
    auto x = [&](int c) { return row * 5.0 + c; };
    for (int column = 0; column < 5; ++column) {
      double inverse[5] = {}, expected = 0;
      for (int i = 0; i < 5; ++i) {
        inverse[i] = i == column;
        for (int t = column; t < i && i / 4 == column / 4; ++t)
          inverse[i] += x(i) * x(t) / 64 * inverse[t];
        expected += x(i) * inverse[i];
      }
      EXPECT_NEAR(found[row * 5 + column], expected, 1e-6 * expected)
          << row << ' ' << column;
    }
  }
}

TEST_F(TileInterpreterTest, WarpsStayApart) {
  // 128 elements of which the bits of a warp move 32 and 64: 4 sums.
  constexpr const char *type =
      "tensor<128xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], "
      "[16]], warp = [[32], [64]]>>";
  std::vector<double> found = map(
      "%n = tile.shared : memref<128xf32, #gpu.address_space<workgroup>>\n"
      "%c128 = arith.constant 128 : index\n"
      "%one = arith.constant 1.0 : f32\n"
      "%end = scf.for %i = %c0 to %c128 step %c1 iter_args(%k = %one) -> (f32) "
      "{"
      "  tile.store %k, %n[%i] along [] : f32, memref<128xf32, "
      "#gpu.address_space<workgroup>>\n"
      "  %k1 = arith.addf %k, %one : f32\n"
      "  scf.yield %k1 : f32\n"
      "}\n"
      "%all = tile.load %n[%c0] along [0] : memref<128xf32, "
      "#gpu.address_space<workgroup>> -> " +
      Twine(type) +
      "\n%parts = tile.reduce sum %all axis(0) by_warp : " + type +
      R"( -> tensor<4xf32, #tile.layout<register = [], lane = [[0], [0], [0], [0], [0]], warp = [[1], [2]]>>
      %m = tile.shared : memref<4xf32, #gpu.address_space<workgroup>>
      tile.store %parts, %m[%c0] along [0] : tensor<4xf32, #tile.layout<register = [], lane = [[0], [0], [0], [0], [0]], warp = [[1], [2]]>>, memref<4xf32, #gpu.address_space<workgroup>>
      %r = tile.load %m[%c0] along [0] : memref<4xf32, #gpu.address_space<workgroup>> -> tensor<5xf32>)");
  EXPECT_EQ(found[0], 32 * 33 / 2);
  EXPECT_EQ(found[1], 64 * 65 / 2 - 32 * 33 / 2);
  EXPECT_EQ(found[3], 128 * 129 / 2 - 96 * 97 / 2);
  // The fifth is beyond the end.
  EXPECT_EQ(found[4], 0);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

TEST_F(TileInterpreterTest, ElementsThatDoNotExistAreZero) {
  std::vector<double> found = map(
      R"(%r1 = tile.load %x[%b, %t, %c0, %c1] along [3] : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<5xf32>
         %r2 = tile.load %x[%b, %t, %c0, %c0] along [3] valid(%c1) in_bounds : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<5xf32>
         %r = arith.addf %r1, %r2 : tensor<5xf32>)");
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(found[i], (i % 5 < 4 ? i + 1 : 0) + (i % 5 == 0 ? i : 0));

  // Nor are they written.
  Expected<Results> results = interpret(
      R"(%v = arith.constant dense<7.0> : tensor<5xf32>
         tile.store %v, %y[%b, %t, %c0, %c4] along [3] : tensor<5xf32>, memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>
         tile.store %v, %y[%b, %t, %c0, %c1] along [3] valid(%c1) in_bounds : tensor<5xf32>, memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>)");
  ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
  std::vector<double> written = getNumbers(results->output(0));
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(written[i] == 7, i % 5 == 4 || i % 5 == 1) << i;
  // What nobody writes is no number.
  EXPECT_TRUE(std::isnan(written[0]));
}

TEST_F(TileInterpreterTest, MemoryHasAnEnd) {
  std::string error = getError(
      R"(%v = tile.load %x[%c4, %c0, %c0, %c0] along [3] : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<5xf32>)");
  expectContains(error, "'tile.load' op touches element [4, 0, 0, 0] of 'x', "
                        "whose shape is [2, 3, 1, 5]");
  expectContains(error, "CTA (0, 0, 0): ");
  expectContains(
      getError(
          R"(%v = tile.load %x[%c0, %c0, %c0, %c1] along [3] in_bounds : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<5xf32>)"),
      "touches element [0, 0, 0, 5] of 'x'");
  expectContains(getError(
                     R"(%m = arith.constant -1 : index
             %v = tile.load %x[%c0, %c0, %c0, %m] along [3] : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<5xf32>)"),
                 "touches element [0, 0, 0, -1] of 'x'");
  expectContains(getError(
                     R"(%v = arith.constant dense<1.0> : tensor<5xf32>
             tile.store %v, %x[%c0, %c0, %c0, %c0] along [3] : tensor<5xf32>, memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>)"),
                 "of 'x', which is only read");
}

TEST_F(TileInterpreterTest, SharedMemoryHasNoContent) {
  constexpr const char *load =
      "%v = tile.load %m[%c0] along [0] : memref<4xf32, "
      "#gpu.address_space<workgroup>> -> tensor<4xf32>\n";
  constexpr const char *one = "%one = arith.constant 1.0 : f32\n";
  expectContains(
      getError("%m = tile.shared : memref<4xf32, "
               "#gpu.address_space<workgroup>>\n" +
               Twine(load)),

      "touches element [0] of shared memory, which nobody has written");
  // Three of four are written.
  expectContains(
      getError("%m = tile.shared : memref<4xf32, "
               "#gpu.address_space<workgroup>>\n" +
               Twine(one) +
               "%v3 = tile.broadcast %one along [] : f32 -> tensor<3xf32>\n"
               "tile.store %v3, %m[%c0] along [0] : tensor<3xf32>, "
               "memref<4xf32, #gpu.address_space<workgroup>>\n" +
               load),
      "touches element [3] of shared memory, which nobody has");
  // Two buffers in one place.
  expectContains(
      getError("%m = tile.shared offset(16) : memref<4xf32, "
               "#gpu.address_space<workgroup>>\n"
               "%n = tile.shared offset(16) : memref<1xf32, "
               "#gpu.address_space<workgroup>>\n" +
               Twine(one) +
               "%v4 = tile.broadcast %one along [] : f32 -> tensor<4xf32>\n"
               "tile.store %v4, %m[%c0] along [0] : tensor<4xf32>, "
               "memref<4xf32, #gpu.address_space<workgroup>>\n"
               "tile.store %one, %n[%c0] along [] : f32, memref<1xf32, "
               "#gpu.address_space<workgroup>>\n" +
               load),
      "element [0] of shared memory, which nobody has written since "
      "another buffer had its place");
  // What a turn of a loop has written is not there in the next.
  expectContains(
      getError("scf.for %i = %c0 to %c4 step %c1 {\n"
               "%m = tile.shared : memref<4xf32, "
               "#gpu.address_space<workgroup>>\n" +
               Twine(one) +
               "%isFirst = arith.cmpi eq, %i, %c0 : index\n"
               "scf.if %isFirst {\n"
               "%v4 = tile.broadcast %one along [] : f32 -> tensor<4xf32>\n"
               "tile.store %v4, %m[%c0] along [0] : tensor<4xf32>, "
               "memref<4xf32, #gpu.address_space<workgroup>>\n}\n" +
               load + "}"),
      "touches element [0] of shared memory");
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

constexpr const char *kSumTokens = R"(
    %row, %begin, %end = tile.sequence %t of %starts tokens(%T)
    %isThere = tile.is_present %S : memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>>
    %s = scf.if %isThere -> (tensor<2x5xf32>) {
      %l = tile.load %S[%t, %c0, %c0, %c0] along [2, 3] : memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> -> tensor<2x5xf32>
      scf.yield %l : tensor<2x5xf32>
    } else {
      %z = arith.constant dense<0.0> : tensor<2x5xf32>
      scf.yield %z : tensor<2x5xf32>
    }
    %f = scf.for %i = %begin to %end step %c1 iter_args(%a = %s) -> (tensor<2x5xf32>) {
      %v = tile.load %x[%row, %i, %c0, %c0] along [3] : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<5xf32>
      %vs = tile.broadcast %v along [1] : tensor<5xf32> -> tensor<2x5xf32>
      %a1 = arith.addf %a, %vs : tensor<2x5xf32>
      scf.yield %a1 : tensor<2x5xf32>
    }
    tile.store %f, %F[%t, %c0, %c0, %c0] along [2, 3] : tensor<2x5xf32>, memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>>)";

TEST_F(TileInterpreterTest, Sequences) {
  for (bool isPacked : {false, true}) {
    std::vector<int64_t> starts = {0, 3, 6};
    if (isPacked) {
      starts = {0, 2, 2, 6};
      std::vector<double> numbers(30);
      std::iota(numbers.begin(), numbers.end(), 0);
      set("x", {1, 6, 1, 5}, numbers);
      setOffsets<int64_t>(starts, io::DType::I64);
    }
    auto count = static_cast<int64_t>(starts.size()) - 1;
    for (bool hasStates : {false, true}) {
      drop("initial_state");
      if (hasStates)
        set("initial_state", {count, 1, 2, 5},
            std::vector<double>(count * 10, 100));
      Expected<Results> results = interpret(kSumTokens, R"("N")");
      ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
      for (int64_t n = 0; n < count; ++n)
        for (int64_t c = 0; c < 5; ++c) {
          double sum = hasStates ? 100 : 0;
          for (int64_t t = starts[n]; t < starts[n + 1]; ++t)
            sum += static_cast<double>(t * 5 + c);
          EXPECT_EQ(results->finalState(0).load(n * 10 + 5 + c), sum);
        }
    }
  }
}

/// Each token once, by the piece that has it: what each piece of two tokens
/// has, in the memory that is its own, from one kernel to the next.
constexpr const char *kPieces = R"(
  tile.kernel @first(
      %x: memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "x">},
      %W: memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> {tile.binding = #tile.binding<workspace "W" rows "ceildiv(B * T, 2) + N">},
      %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
      %T: index {tile.binding = #tile.binding<size "T">},
      %N: index {tile.binding = #tile.binding<size "N">})
      warps(1) grid("ceildiv(B * T, 2) + N") {
    %i = gpu.block_id x
    %c0 = arith.constant 0 : index
    %n, %row, %begin, %end, %last = tile.piece %i of %starts tokens(%T) sequences(%N) size(2)
    %count = arith.subi %end, %begin : index
    %v = tile.load %x[%row, %begin, %c0, %c0] along [1, 3] valid(%count) : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<2x5xf32>
    tile.store %v, %W[%i, %c0, %c0, %c0] along [2, 3] : tensor<2x5xf32>, memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>>
    tile.return
  }
  tile.kernel @second(
      %W: memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> {tile.binding = #tile.binding<workspace "W" rows "ceildiv(B * T, 2) + N">},
      %y: memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "y">},
      %F: memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> {tile.binding = #tile.binding<final "S">},
      %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
      %T: index {tile.binding = #tile.binding<size "T">},
      %N: index {tile.binding = #tile.binding<size "N">})
      warps(1) grid("ceildiv(B * T, 2) + N") {
    %i = gpu.block_id x
    %c0 = arith.constant 0 : index
    %n, %row, %begin, %end, %last = tile.piece %i of %starts tokens(%T) sequences(%N) size(2)
    %count = arith.subi %end, %begin : index
    %v = tile.load %W[%i, %c0, %c0, %c0] along [2, 3] : memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> -> tensor<2x5xf32>
    tile.store %v, %y[%row, %begin, %c0, %c0] along [1, 3] valid(%count) : tensor<2x5xf32>, memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>
    scf.if %last {
      tile.store %v, %F[%n, %c0, %c0, %c0] along [2, 3] : tensor<2x5xf32>, memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>>
    }
    tile.return
  })";

TEST_F(TileInterpreterTest, PiecesThroughAWorkspace) {
  module = mlir::parseSourceString<mlir::ModuleOp>(kPieces, &context);
  ASSERT_TRUE(module);
  std::vector<double> numbers(30);
  std::iota(numbers.begin(), numbers.end(), 1);
  for (std::vector<int64_t> starts : {std::vector<int64_t>{},
                                      {0, 6},
                                      {0, 1, 2, 6},
                                      {0, 0, 5, 5, 6},
                                      {0, 3, 6, 6}}) {
    if (starts.empty()) {
      set("x", {2, 3, 1, 5}, numbers);
      starts = {0, 3, 6};
    } else {
      set("x", {1, 6, 1, 5}, numbers);
      setOffsets<int64_t>(starts, io::DType::I64);
    }
    BindOptions known;
    known.sizes = {{"K", 2}};
    problem = cantFail(bind(known));
    auto kernels = llvm::to_vector(module->getOps<tile::KernelOp>());
    Expected<Results> results = interpretKernels(kernels, problem);
    ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
    for (int64_t i = 0; i < 30; ++i)
      EXPECT_EQ(results->output(0).load(i), i + 1);
    // The last piece, which may be short, or have no token.
    for (size_t n = 0; n + 1 < starts.size(); ++n) {
      int64_t length = starts[n + 1] - starts[n];
      int64_t first = starts[n] + (std::max<int64_t>(length, 1) - 1) / 2 * 2;
      for (int64_t i = 0; i < 10; ++i) {
        bool exists = first + i / 5 < starts[n + 1];
        EXPECT_EQ(results->finalState(0).load(static_cast<int64_t>(n) * 10 + i),
                  exists ? first * 5 + i + 1 : 0);
      }
    }
  }
}

TEST_F(TileInterpreterTest, StatesInPlace) {
  set("initial_state", {2, 1, 2, 5}, std::vector<double>(20, 1));
  // CTAs that read their neighbour's state.
  std::string body = kSumTokens;
  size_t at = body.find("%S[%t,");
  body.insert(at, "%S[%u,").erase(at + 6, 6);
  body = "%u = arith.subi %c1, %t : index\n" + body;
  Results apart = cantFail(interpret(body, R"("N")"));
  Results inPlace = cantFail(interpret(body, R"("N")", {.inPlace = true}));
  EXPECT_EQ(apart.finalState(0).load(10), 1 + 15 + 20 + 25);
  EXPECT_EQ(inPlace.finalState(0).load(10), 1 + 0 + 5 + 10 + 15 + 20 + 25);
}

TEST_F(TileInterpreterTest, WhatTheProblemDoesNotHave) {
  set("x", {2, 3, 1, 5}, io::DType::BF16);
  expectContains(getError(""), "'tile.kernel' op takes 'x' of f32, found bf16");
  set("x", {2, 3, 1, 4});
  expectContains(getError(""), "op takes 'x' as memref<?x?x?x5xf32, "
                               "strided<[?, ?, ?, 1]>>, found a tensor "
                               "of the shape [2, 3, 1, 4]");
  set("x", {2, 3, 1, 5});
  expectContains(
      getError(
          R"(%s = tile.load %S[%c0, %c0, %c0, %c0] along [2, 3] : memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> -> tensor<2x5xf32>)"),
      "the initial 'S' is not there");
  expectContains(getError("", R"("Q")"), "Q");
  problem.signature.arguments[0].name = "z";
  Expected<Results> results =
      interpretKernels(*module->getOps<tile::KernelOp>().begin(), problem);
  ASSERT_FALSE(static_cast<bool>(results));
  expectContains(toString(results.takeError()),
                 "'tile.kernel' op takes 'x', which the problem does not have");
}

TEST_F(TileInterpreterTest, OperationsWithoutAMeaning) {
  expectContains(getError("%v = math.sin %scale : f32"),
                 "'math.sin' op has no meaning for the interpreter of "
                 "kernels");
  expectContains(getError("%v = arith.extf %scale : f32 to f64"),
                 "'arith.extf' op gives what the interpreter of kernels "
                 "cannot hold");
  constexpr const char *buffer = "%m = tile.shared offset(16) : "
                                 "memref<4xf32, "
                                 "#gpu.address_space<workgroup>>";
  EXPECT_EQ(getError(buffer), "");
  tile::KernelOp kernel = *module->getOps<tile::KernelOp>().begin();
  kernel->setAttr(
      tile::KernelOp::getSharedBytesName(),
      mlir::IntegerAttr::get(mlir::IntegerType::get(&context, 64), 31));
  Expected<Results> results = interpretKernels(kernel, problem);
  ASSERT_FALSE(static_cast<bool>(results));
  expectContains(toString(results.takeError()),
                 "op has 31 bytes of shared memory, and its buffers need 32");
}
} // namespace
