//===- ChunkOpsTest.cpp - The ops of a chunk against plain loops ----------===//

#include "test/unit/Reference/PlainLoops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using ChunkOpsTest = ChunkTest;

//===----------------------------------------------------------------------===//
// Token by token
//===----------------------------------------------------------------------===//

TEST_F(ChunkOpsTest, TokensHaveTheMathsOfAStep) {
  loadScan("chunk(4) key(3) value(2)",
           R"(qk_heads(%k: !delta.vec<key>) v_heads(%b: !delta.scalar)
              params(%A: !delta.scalar, %u: !delta.vec<key>)
              state(%S: !delta.state<key, value>)
              -> (x: !delta.scalar, y: !delta.vec<key>, z: !delta.vec<value>,
                  m: !delta.scalar, n: !delta.vec<key>))",
           R"(
      %0:5 = wy.tokens(%a: !delta.scalar = %A : tensor<f32>,
                       %w: !delta.vec<key> = %u : tensor<3xf32>,
                       %h: !delta.vec<key> = %k : tensor<4x3xf32>,
                       %d: !delta.scalar = %b : tensor<4xf32>)
          -> (tensor<4xf32>, tensor<4x3xf32>, tensor<4x2xf32>, tensor<4xf32>,
              tensor<4x3xf32>) {
        %c = delta.scale
        %one = delta.constant 1.0
        %x0 = delta.dot %h, %w
        %x1 = delta.mul %x0, %a
        %y0 = delta.add %h, %d
        %y1 = delta.mul %c, %y0
        %z0 = delta.sub %d, %one
        %z1 = delta.broadcast %z0 : !delta.vec<value>
        %m = delta.reduce max %h
        %n = delta.l2norm %h {epsilon = 0.5 : f64}
        wy.yield %x1, %y1, %z1, %m, %n : !delta.scalar, !delta.vec<key>,
          !delta.vec<value>, !delta.scalar, !delta.vec<key>
      }
      wy.yield %S, %0#0, %0#1, %0#2, %0#3, %0#4 : tensor<3x2xf32>,
        tensor<4xf32>, tensor<4x3xf32>, tensor<4x2xf32>, tensor<4xf32>,
        tensor<4x3xf32>)");
  setVectors("k", 3);
  setScalars("b");
  set("A", {1}, {3});
  set("u", {1, 3}, {1, 10, 100});
  set("initial_state", {1, 1, 3, 2});
  BindOptions options;
  options.scale = 0.5;
  Results results = run(options);
  auto norm = [&](int64_t t) {
    return std::sqrt(std::pow(at("k", t, 0), 2) + std::pow(at("k", t, 1), 2) +
                     std::pow(at("k", t, 2), 2) + 0.5);
  };
  expectTokens(results.output(0), [&](int64_t t, int64_t) {
    return 3 * (at("k", t, 0) + 10 * at("k", t, 1) + 100 * at("k", t, 2));
  });
  expectTokens(results.output(1), [&](int64_t t, int64_t c) {
    return 0.5 * (at("k", t, c) + at("b", t));
  });
  expectTokens(results.output(2),
               [&](int64_t t, int64_t) { return at("b", t) - 1; });
  expectTokens(results.output(3), [&](int64_t t, int64_t) {
    return std::max({at("k", t, 0), at("k", t, 1), at("k", t, 2)});
  });
  expectTokens(results.output(4),
               [&](int64_t t, int64_t c) { return at("k", t, c) / norm(t); });
}

TEST_F(ChunkOpsTest, SumOfTokensAndOfStates) {
  // As many keys as tokens: a state of K rows is not a tensor of C tokens.
  loadScan("chunk(4) key(4) value(2)",
           R"(v_heads(%v: !delta.vec<value>)
              state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>))",
           R"(
      %o = wy.sum %v, %v, %v : tensor<4x2xf32>
      %S1 = wy.sum %S, %S : tensor<4x2xf32>
      wy.yield %S1, %o : tensor<4x2xf32>, tensor<4x2xf32>)");
  setVectors("v", 2);
  set("initial_state", {1, 1, 4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  Results results = run();
  expectTokens(results.output(0),
               [&](int64_t t, int64_t c) { return 3 * at("v", t, c); });
  for (int64_t i = 0; i < 8; ++i) // two chunks
    EXPECT_EQ(results.finalState(0).load(i), static_cast<double>(4 * (i + 1)));
}

//===----------------------------------------------------------------------===//
// Products of gates
//===----------------------------------------------------------------------===//

TEST_F(ChunkOpsTest, AccumulateLogs) {
  loadScan("chunk(4) key(2) value(1)",
           R"(v_heads(%g: !delta.vec<key>) state(%S: !delta.state<key, value>)
              -> (before: !delta.vec<key>, after: !delta.vec<key>,
                  all: !delta.vec<key>))",
           R"(
      %0 = wy.accumulate before log %g : tensor<4x2xf32> -> tensor<4x2xf32>
      %1 = wy.accumulate after log %g : tensor<4x2xf32> -> tensor<4x2xf32>
      %2 = wy.accumulate all log %g : tensor<4x2xf32> -> tensor<2xf32>
      %3 = wy.tokens(%x: !delta.vec<key> = %2 : tensor<2xf32>)
          -> tensor<4x2xf32> {
        wy.yield %x : !delta.vec<key>
      }
      wy.yield %S, %0, %1, %3 : tensor<2x1xf32>, tensor<4x2xf32>,
        tensor<4x2xf32>, tensor<4x2xf32>)");
  set("initial_state", {1, 1, 2, 1});
  // −inf forgets: in both columns, at another token of each chunk.
  set("g", {1, kTokens, 1, 2},
      {-0.5, -0.25, -HUGE_VAL, -1, -0.125, -2, 0.5, -HUGE_VAL, //
       -1, -0.5, -2, -HUGE_VAL, -0.25, -3});
  Results results = run();
  auto product = [&](int64_t t, int64_t s, int64_t c) {
    return between(t, s, [&](int64_t u) { return std::exp(at("g", u, c)); });
  };
  expectTokens(results.output(0), [&](int64_t t, int64_t c) {
    return product(t, beginOf(t) - 1, c);
  });
  expectTokens(results.output(1),
               [&](int64_t t, int64_t c) { return product(endOf(t), t, c); });
  expectTokens(results.output(2), [&](int64_t t, int64_t c) {
    return product(endOf(t), beginOf(t) - 1, c);
  });
}

TEST_F(ChunkOpsTest, AccumulateFactorsOfTwoStates) {
  loadScan("chunk(4) key(1) value(1)",
           R"(v_heads(%f0: !delta.scalar, %f1: !delta.scalar,
                      %f2: !delta.scalar, %f3: !delta.scalar)
              state(%S: !delta.state<key, value>)
              -> (b0: !delta.scalar, b1: !delta.scalar, b2: !delta.scalar,
                  b3: !delta.scalar, a0: !delta.scalar, a1: !delta.scalar,
                  a2: !delta.scalar, a3: !delta.scalar))",
           R"(
      %b:4 = wy.accumulate before factor %f0, %f1, %f2, %f3 : tensor<4xf32>,
        tensor<4xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>,
        tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      %a:4 = wy.accumulate after factor %f0, %f1, %f2, %f3 : tensor<4xf32>,
        tensor<4xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>,
        tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      wy.yield %S, %b#0, %b#1, %b#2, %b#3, %a#0, %a#1, %a#2, %a#3 :
        tensor<1x1xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
        tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
        tensor<4xf32>)");
  set("initial_state", {1, 1, 1, 1});
  set("f0", {1, kTokens, 1}, {1, 2, -1, 0.5, 3, 1, 2});
  set("f1", {1, kTokens, 1}, {0, 1, 2, -0.5, 1, 4, 1});
  set("f2", {1, kTokens, 1}, {2, 0, 1, 1.5, -2, 0, 1});
  set("f3", {1, kTokens, 1}, {1, -3, 0.5, 2, 0, 1, 1});
  Results results = run();
  auto coupling = [&](int64_t u) {
    return Coupling{at("f0", u), at("f1", u), at("f2", u), at("f3", u)};
  };
  for (int64_t i = 0; i < 4; ++i) {
    expectTokens(results.output(i), [&](int64_t t, int64_t) {
      return between(t, beginOf(t) - 1, coupling)[i];
    });
    expectTokens(results.output(4 + i), [&](int64_t t, int64_t) {
      return between(endOf(t), t, coupling)[i];
    });
  }
}

//===----------------------------------------------------------------------===//
// Scores. With as many values as tokens of a chunk they can be an output.
//===----------------------------------------------------------------------===//

TEST_F(ChunkOpsTest, ScoresWithoutAGateAndWithAScalar) {
  loadScan("chunk(4) key(2) value(4)",
           R"(v_heads(%a: !delta.vec<key>, %x: !delta.vec<key>,
                      %g: !delta.scalar, %d: !delta.scalar)
              state(%S: !delta.state<key, value>)
              -> (ungated: !delta.vec<value>, gated: !delta.vec<value>))",
           R"(
      %0 = wy.scores rows(%a : tensor<4x2xf32>) columns(%x : tensor<4x2xf32>)
        diagonal(%d : tensor<4xf32>) ungated -> tensor<4x4xf32>
      %1 = wy.scores rows(%a : tensor<4x2xf32>) columns(%x : tensor<4x2xf32>)
        gate(factor %g : tensor<4xf32>) after_product -> tensor<4x4xf32>
      wy.yield %S, %0, %1 : tensor<2x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>)");
  set("initial_state", {1, 1, 2, 4});
  setVectors("a", 2);
  set("x", {1, kTokens, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
  set("g", {1, kTokens, 1}, {2, -3, 0, 5, 7, -0.5, 11});
  setScalars("d");
  Results results = run();
  auto dot = [&](int64_t t, int64_t s) {
    return at("a", t, 0) * at("x", s, 0) + at("a", t, 1) * at("x", s, 1);
  };
  expectScores(results.output(0), [&](int64_t t, int64_t s) {
    return s == t ? at("d", t) : dot(t, s);
  });
  expectScores(results.output(1), [&](int64_t t, int64_t s) {
    return s == t ? 0 : between(t, s, [&](int64_t u) {
                          return at("g", u);
                        }) * dot(t, s);
  });
}

TEST_F(ChunkOpsTest, ScoresWithAGateAlongTheVectors) {
  loadScan("chunk(4) key(2) value(4)",
           R"(v_heads(%a: !delta.vec<key>, %x: !delta.vec<key>,
                      %g: !delta.vec<key>)
              state(%S: !delta.state<key, value>) -> (A: !delta.vec<value>))",
           R"(
      %0 = wy.scores rows(%a : tensor<4x2xf32>) columns(%x : tensor<4x2xf32>)
        gate(log %g : tensor<4x2xf32>) dyadic -> tensor<4x4xf32>
      wy.yield %S, %0 : tensor<2x4xf32>, tensor<4x4xf32>)");
  set("initial_state", {1, 1, 2, 4});
  setVectors("a", 2);
  setVectors("x", 2);
  set("g", {1, kTokens, 1, 2},
      {-1, -2, -0.5, -0.25, -HUGE_VAL, -1, -3, 0, //
       -0.125, -1, -1, -HUGE_VAL, -2, -1});
  expectScores(run().output(0), [&](int64_t t, int64_t s) {
    double sum = 0;
    for (int64_t c = 0; c < 2 && s < t; ++c)
      sum += at("a", t, c) * at("x", s, c) *
             between(t, s, [&](int64_t u) { return std::exp(at("g", u, c)); });
    return sum;
  });
}

TEST_F(ChunkOpsTest, ScoresOfTwoStatesThatFeedEachOther) {
  loadScan("chunk(4) key(2) value(4)",
           R"(v_heads(%a0: !delta.vec<key>, %a1: !delta.vec<key>,
                      %x0: !delta.vec<key>, %x1: !delta.vec<key>,
                      %f0: !delta.vec<key>, %f1: !delta.vec<key>,
                      %f2: !delta.vec<key>, %f3: !delta.vec<key>)
              state(%S: !delta.state<key, value>)
              -> (A: !delta.vec<value>, B: !delta.vec<value>))",
           R"(
      %0 = wy.scores rows(%a0, %a1 : tensor<4x2xf32>, tensor<4x2xf32>)
        columns(%x0, %x1 : tensor<4x2xf32>, tensor<4x2xf32>)
        gate(factor %f0, %f1, %f2, %f3 : tensor<4x2xf32>, tensor<4x2xf32>,
             tensor<4x2xf32>, tensor<4x2xf32>) dyadic -> tensor<4x4xf32>
      %1 = wy.scores rows(%a0, %a1 : tensor<4x2xf32>, tensor<4x2xf32>)
        columns(%x0, %x1 : tensor<4x2xf32>, tensor<4x2xf32>)
        ungated -> tensor<4x4xf32>
      wy.yield %S, %0, %1 : tensor<2x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>)");
  set("initial_state", {1, 1, 2, 4});
  for (const char *name : {"a0", "a1", "x0", "x1"})
    setVectors(name, 2);
  auto setFactors = [&](StringRef name, double phase) {
    std::vector<double> factors(2 * kTokens);
    for (size_t i = 0; i < factors.size(); ++i)
      factors[i] = std::cos(phase * static_cast<double>(i + 1));
    set(name, {1, kTokens, 1, 2}, factors);
  };
  setFactors("f0", 1);
  setFactors("f1", 2);
  setFactors("f2", 3);
  setFactors("f3", 5);
  Results results = run();
  std::array<const char *, 2> rows = {"a0", "a1"}, columns = {"x0", "x1"};
  auto sum = [&](int64_t t, int64_t s,
                 function_ref<Coupling(int64_t, int64_t)> gate) {
    double sum = 0;
    for (int64_t c = 0; c < 2 && s < t; ++c) {
      Coupling product = between(t, s, [&](int64_t u) { return gate(u, c); });
      for (int64_t i = 0; i < 2; ++i)
        for (int64_t j = 0; j < 2; ++j)
          sum += at(rows[i], t, c) * product[2 * i + j] * at(columns[j], s, c);
    }
    return sum;
  };
  expectScores(results.output(0), [&](int64_t t, int64_t s) {
    return sum(t, s, [&](int64_t u, int64_t c) {
      return Coupling{at("f0", u, c), at("f1", u, c), at("f2", u, c),
                      at("f3", u, c)};
    });
  });
  expectScores(results.output(1), [&](int64_t t, int64_t s) {
    return sum(t, s, [](int64_t, int64_t) { return Coupling{1, 0, 0, 1}; });
  });
}

//===----------------------------------------------------------------------===//
// Scores at work. With as many keys as tokens of a chunk they can be inputs.
//===----------------------------------------------------------------------===//

TEST_F(ChunkOpsTest, Apply) {
  loadScan("chunk(4) key(4) value(2)",
           R"(v_heads(%A: !delta.vec<key>, %y: !delta.vec<value>,
                      %g: !delta.vec<value>, %f: !delta.scalar)
              state(%S: !delta.state<key, value>)
              -> (plain: !delta.vec<value>, along: !delta.vec<value>,
                  scalar: !delta.vec<value>))",
           R"(
      %0 = wy.apply %A, %y : tensor<4x4xf32>, tensor<4x2xf32>
      %1 = wy.apply %A, %y gate(log %g : tensor<4x2xf32>)
        : tensor<4x4xf32>, tensor<4x2xf32>
      %2 = wy.apply %A, %y gate(factor %f : tensor<4xf32>)
        : tensor<4x4xf32>, tensor<4x2xf32>
      wy.yield %S, %0, %1, %2 : tensor<4x2xf32>, tensor<4x2xf32>,
        tensor<4x2xf32>, tensor<4x2xf32>)");
  // What stands above the diagonal means nothing.
  std::vector<double> scores(4 * kTokens, kNaN);
  for (int64_t t = 0; t < kTokens; ++t)
    for (int64_t c = 0; beginOf(t) + c <= t; ++c)
      scores[4 * t + c] = std::sin(static_cast<double>(4 * t + c));
  set("A", {1, kTokens, 1, 4}, scores);
  setVectors("y", 2);
  set("g", {1, kTokens, 1, 2},
      {-1, -2, -0.5, -0.25, -HUGE_VAL, -1, -3, 0, //
       -0.125, -1, -1, -HUGE_VAL, -2, -1});
  set("f", {1, kTokens, 1}, {2, -3, 0.5, 5, 7, -0.5, 11});
  Results results = run();
  auto apply = [&](int64_t t, int64_t c, function_ref<double(int64_t)> gate) {
    double sum = 0;
    for (int64_t s = beginOf(t); s <= t; ++s)
      sum += at("A", t, s - beginOf(t)) * between(t, s, gate) * at("y", s, c);
    return sum;
  };
  expectTokens(results.output(0), [&](int64_t t, int64_t c) {
    return apply(t, c, [](int64_t) { return 1; });
  });
  expectTokens(results.output(1), [&](int64_t t, int64_t c) {
    return apply(t, c, [&](int64_t u) { return std::exp(at("g", u, c)); });
  });
  expectTokens(results.output(2), [&](int64_t t, int64_t c) {
    return apply(t, c, [&](int64_t u) { return at("f", u); });
  });
}

TEST_F(ChunkOpsTest, Solve) {
  loadScan("chunk(4) key(4) value(2)",
           R"(v_heads(%A: !delta.vec<key>, %B: !delta.vec<key>,
                      %r0: !delta.vec<value>, %r1: !delta.vec<value>,
                      %w: !delta.vec<value>, %f: !delta.scalar,
                      %g: !delta.vec<value>)
              state(%S: !delta.state<key, value>)
              -> (y0: !delta.vec<value>, y1: !delta.vec<value>))",
           R"(
      %0:2 = wy.solve rhs(%r0, %r1 : tensor<4x2xf32>, tensor<4x2xf32>)
        scores(%A, %B, %A : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>)
        weights [1] (%w : tensor<4x2xf32>)
        gates [2, 1] (factor %f, %g : tensor<4xf32>, tensor<4x2xf32>)
        terms [[0, 0], [0, 1], [1, 0]] -> tensor<4x2xf32>, tensor<4x2xf32>
      wy.yield %S, %0#0, %0#1 : tensor<4x2xf32>, tensor<4x2xf32>,
        tensor<4x2xf32>)");
  // Strictly lower; no row needs what is not.
  for (const char *name : {"A", "B"}) {
    std::vector<double> scores(4 * kTokens, kNaN);
    for (int64_t t = 0; t < kTokens; ++t)
      for (int64_t c = 0; beginOf(t) + c < t; ++c)
        scores[4 * t + c] = std::sin(static_cast<double>(4 * t + c + *name));
    set(name, {1, kTokens, 1, 4}, scores);
  }
  for (const char *name : {"r0", "r1", "w", "g"})
    setVectors(name, 2);
  set("f", {1, kTokens, 1}, {2, -3, 0.5, 5, 7, -0.5, 11});
  Results results = run();
  std::array<std::vector<double>, 2> y;
  for (int64_t t = 0; t < kTokens; ++t)
    for (int64_t c = 0; c < 2; ++c) {
      double y0 = at("r0", t, c), y1 = at("r1", t, c);
      for (int64_t s = beginOf(t); s < t; ++s) {
        double a = at("A", t, s - beginOf(t)), b = at("B", t, s - beginOf(t));
        auto f = [&](int64_t u) { return at("f", u); };
        auto g = [&](int64_t u) { return at("g", u, c); };
        y0 += a * y[0][2 * s + c] +
              at("w", t, c) * b * between(t, s, g) * y[1][2 * s + c];
        y1 += a * between(t, s, f) * y[0][2 * s + c];
      }
      y[0].push_back(y0);
      y[1].push_back(y1);
    }
  for (int64_t m = 0; m < 2; ++m)
    expectTokens(results.output(m),
                 [&](int64_t t, int64_t c) { return y[m][2 * t + c]; });
}

//===----------------------------------------------------------------------===//
// The state
//===----------------------------------------------------------------------===//

TEST_F(ChunkOpsTest, ReadsFromEitherSideAndUpdates) {
  loadScan("chunk(4) key(3) value(2)",
           R"(v_heads(%x: !delta.vec<key>, %y: !delta.vec<value>)
              params(%d: !delta.vec<key>, %c: !delta.scalar,
                     %e: !delta.vec<value>)
              state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
              -> (left: !delta.vec<value>, right: !delta.vec<key>))",
           R"(
      %l = wy.read left %S, %x : tensor<3x2xf32>, tensor<4x3xf32>
        -> tensor<4x2xf32>
      %r = wy.read right %M, %y : tensor<3x2xf32>, tensor<4x2xf32>
        -> tensor<4x3xf32>
      %S1 = wy.update states(%S, %M : tensor<3x2xf32>, tensor<3x2xf32>)
        decays(%d, %c : tensor<3xf32>, tensor<f32>) value_decays(%e : tensor<2xf32>)
        writes(%x, %y, %x, %y : tensor<4x3xf32>, tensor<4x2xf32>,
               tensor<4x3xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
      %M1 = wy.update states(%S : tensor<3x2xf32>) value_decays(%c : tensor<f32>)
        -> tensor<3x2xf32>
      wy.yield %S1, %M1, %l, %r : tensor<3x2xf32>, tensor<3x2xf32>,
        tensor<4x2xf32>, tensor<4x3xf32>)");
  setVectors("x", 3);
  setVectors("y", 2);
  set("d", {1, 3}, {0.5, -2, 0});
  set("c", {1}, {0.25});
  set("e", {1, 2}, {3, -0.5});
  set("initial_state_S", {1, 1, 3, 2}, {1, 2, 3, 4, 5, 6});
  set("initial_state_M", {1, 1, 3, 2}, {-1, 7, 0, 2, 0.5, 3});
  Results results = run();
  using State = std::array<double, 6>;
  State S = {1, 2, 3, 4, 5, 6}, M = {-1, 7, 0, 2, 0.5, 3};
  double d[] = {0.5, -2, 0}, e[] = {3, -0.5};
  for (int64_t begin = 0; begin < kTokens; begin += kChunk) {
    for (int64_t t = begin; t < endOf(begin); ++t) {
      for (int64_t j = 0; j < 2; ++j)
        EXPECT_NEAR(results.output(0).load(2 * t + j),
                    at("x", t, 0) * S[j] + at("x", t, 1) * S[2 + j] +
                        at("x", t, 2) * S[4 + j],
                    kTolerance);
      for (int64_t i = 0; i < 3; ++i)
        EXPECT_NEAR(results.output(1).load(3 * t + i),
                    M[2 * i] * at("y", t, 0) + M[2 * i + 1] * at("y", t, 1),
                    kTolerance);
    }
    State S1, M1;
    for (int64_t i = 0; i < 3; ++i)
      for (int64_t j = 0; j < 2; ++j) {
        S1[2 * i + j] = (d[i] * S[2 * i + j] + 0.25 * M[2 * i + j]) * e[j];
        M1[2 * i + j] = 0.25 * S[2 * i + j];
        for (int64_t t = begin; t < endOf(begin); ++t)
          S1[2 * i + j] += 2 * at("x", t, i) * at("y", t, j);
      }
    S = S1;
    M = M1;
  }
  for (int64_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(results.finalState(0).load(i), S[i], kTolerance);
    EXPECT_NEAR(results.finalState(1).load(i), M[i], kTolerance);
  }
}

TEST_F(ChunkOpsTest, StatesThatChangePlacesOrBecomeOne) {
  loadScan("chunk(4) key(1) value(1)",
           R"(v_heads(%b: !delta.scalar)
              state(%A: !delta.state<key, value>, %B: !delta.state<key, value>,
                    %C: !delta.state<key, value>) -> (o: !delta.scalar))",
           R"(
      wy.yield %B, %A, %A, %b : tensor<1x1xf32>, tensor<1x1xf32>,
        tensor<1x1xf32>, tensor<4xf32>)");
  setScalars("b");
  set("initial_state_A", {1, 1, 1, 1}, {1});
  set("initial_state_B", {1, 1, 1, 1}, {2});
  Results results = run(); // (1, 2, 0), (2, 1, 1), (1, 2, 2)
  EXPECT_EQ(results.finalState(0).load(0), 1);
  EXPECT_EQ(results.finalState(1).load(0), 2);
  EXPECT_EQ(results.finalState(2).load(0), 2);
  expectTokens(results.output(0),
               [&](int64_t t, int64_t) { return at("b", t); });
}
} // namespace
