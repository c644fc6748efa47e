//===- ChunkPairsTest.cpp - Masks, blocks and pairs against plain loops ---===//

#include "test/unit/Reference/PlainLoops.h"

#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using ChunkPairsTest = ChunkTest;

/// Tokens since the chunk's first.
int64_t placeOf(int64_t t) { return t - beginOf(t); }

bool inPairs(int64_t n, int64_t t, int64_t s) {
  t = placeOf(t);
  s = placeOf(s);
  return n == 0 ? t == s : t / n % 2 == 1 && t / n == s / n + 1;
}
bool inBlock(int64_t n, int64_t t, int64_t s) {
  return placeOf(t) / n == placeOf(s) / n;
}

constexpr double kLogs[] = {-0.5, -0.25,     -HUGE_VAL, -1, -0.125, -2,   0.5,
                            -1,   -HUGE_VAL, -0.5,      -2, -0.25,  -0.1, -3};

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

TEST_F(ChunkPairsTest, MasksOfScores) {
  loadScan("chunk(4) key(2) value(4)",
           R"(v_heads(%a: !delta.vec<key>, %x: !delta.vec<key>,
                      %g: !delta.vec<key>, %f: !delta.scalar, %d: !delta.scalar)
              state(%S: !delta.state<key, value>)
              -> (p1: !delta.vec<value>, p2: !delta.vec<value>,
                  i2: !delta.vec<value>, whole: !delta.vec<value>))",
           R"(
      %0 = wy.scores rows(%a : tensor<4x2xf32>) columns(%x : tensor<4x2xf32>)
        mask(<pairs 1>) ungated -> tensor<4x4xf32>
      %1 = wy.scores rows(%a : tensor<4x2xf32>) columns(%x : tensor<4x2xf32>)
        diagonal(%d : tensor<4xf32>) mask(<pairs 2>) ungated -> tensor<4x4xf32>
      %2 = wy.scores rows(%a : tensor<4x2xf32>) columns(%x : tensor<4x2xf32>)
        gate(log %g : tensor<4x2xf32>) diagonal(%d : tensor<4xf32>)
        mask(<inside 2>) pairwise -> tensor<4x4xf32>
      %3 = wy.scores rows(%a : tensor<4x2xf32>) columns(%x : tensor<4x2xf32>)
        gate(factor %f : tensor<4xf32>) pairwise -> tensor<4x4xf32>
      wy.yield %S, %0, %1, %2, %3 : tensor<2x4xf32>, tensor<4x4xf32>,
        tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>)");
  set("initial_state", {1, 1, 2, 4});
  setVectors("a", 2);
  set("x", {1, kTokens, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
  set("g", {1, kTokens, 1, 2}, {std::begin(kLogs), std::end(kLogs)});
  set("f", {1, kTokens, 1}, {2, -3, 0, 5, 7, -0.5, 11});
  setScalars("d");
  Results results = run();
  auto dot = [&](int64_t t, int64_t s,
                 function_ref<double(int64_t, int64_t)> gate) {
    double sum = 0;
    for (int64_t c = 0; c < 2; ++c)
      sum += at("a", t, c) * at("x", s, c) *
             between(t, s, [&](int64_t u) { return gate(u, c); });
    return sum;
  };
  auto one = [](int64_t, int64_t) { return 1.0; };
  expectScores(results.output(0), [&](int64_t t, int64_t s) {
    return inPairs(1, t, s) ? dot(t, s, one) : 0;
  });
  // A diagonal stands as it is.
  expectScores(results.output(1), [&](int64_t t, int64_t s) {
    return s == t ? at("d", t) : inPairs(2, t, s) ? dot(t, s, one) : 0;
  });
  expectScores(results.output(2), [&](int64_t t, int64_t s) {
    if (s == t)
      return at("d", t);
    return inBlock(2, t, s) ? dot(t, s,
                                  [&](int64_t u, int64_t c) {
                                    return std::exp(at("g", u, c));
                                  })
                            : 0;
  });
  expectScores(results.output(3), [&](int64_t t, int64_t s) {
    return s == t ? 0
                  : dot(t, s, [&](int64_t u, int64_t) { return at("f", u); });
  });
}

TEST_F(ChunkPairsTest, MasksOfApply) {
  loadScan("chunk(4) key(4) value(2)",
           R"(v_heads(%A: !delta.vec<key>, %y: !delta.vec<value>,
                      %g: !delta.vec<value>)
              state(%S: !delta.state<key, value>)
              -> (p0: !delta.vec<value>, p1: !delta.vec<value>,
                  p2: !delta.vec<value>, i2: !delta.vec<value>))",
           R"(
      %0 = wy.apply %A, %y mask(<pairs 0>) : tensor<4x4xf32>, tensor<4x2xf32>
      %1 = wy.apply %A, %y mask(<pairs 1>) : tensor<4x4xf32>, tensor<4x2xf32>
      %2 = wy.apply %A, %y mask(<pairs 2>) : tensor<4x4xf32>, tensor<4x2xf32>
      %3 = wy.apply %A, %y gate(log %g : tensor<4x2xf32>) mask(<inside 2>)
        : tensor<4x4xf32>, tensor<4x2xf32>
      wy.yield %S, %0, %1, %2, %3 : tensor<4x2xf32>, tensor<4x2xf32>,
        tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>)");
  std::vector<double> scores(4 * kTokens, kNaN);
  for (int64_t t = 0; t < kTokens; ++t)
    for (int64_t c = 0; c <= placeOf(t); ++c)
      scores[4 * t + c] = std::sin(static_cast<double>(4 * t + c));
  set("A", {1, kTokens, 1, 4}, scores);
  setVectors("y", 2);
  set("g", {1, kTokens, 1, 2}, {std::begin(kLogs), std::end(kLogs)});
  Results results = run();
  auto apply = [&](int64_t t, int64_t c,
                   function_ref<bool(int64_t, int64_t)> has, bool isGated) {
    double sum = 0;
    for (int64_t s = beginOf(t); s <= t; ++s)
      if (has(t, s))
        sum += at("A", t, placeOf(s)) * at("y", s, c) *
               between(t, s, [&](int64_t u) {
                 return isGated ? std::exp(at("g", u, c)) : 1;
               });
    return sum;
  };
  for (int64_t n : {0, 1, 2})
    expectTokens(results.output(n), [&](int64_t t, int64_t c) {
      return apply(
          t, c, [&](int64_t t, int64_t s) { return inPairs(n, t, s); }, false);
    });
  expectTokens(results.output(3), [&](int64_t t, int64_t c) {
    return apply(
        t, c, [&](int64_t t, int64_t s) { return inBlock(2, t, s); }, true);
  });
}

//===----------------------------------------------------------------------===//
// Products of gates in blocks
//===----------------------------------------------------------------------===//

TEST_F(ChunkPairsTest, AccumulateInBlocks) {
  loadScan("chunk(4) key(2) value(1)",
           R"(v_heads(%g: !delta.vec<key>) state(%S: !delta.state<key, value>)
              -> (before: !delta.vec<key>, after: !delta.vec<key>,
                  before3: !delta.vec<key>, before4: !delta.vec<key>,
                  after4: !delta.vec<key>))",
           R"(
      %0 = wy.accumulate before block(2) log %g
        : tensor<4x2xf32> -> tensor<4x2xf32>
      %1 = wy.accumulate after block(2) log %g
        : tensor<4x2xf32> -> tensor<4x2xf32>
      %2 = wy.accumulate before block(3) log %g
        : tensor<4x2xf32> -> tensor<4x2xf32>
      %3 = wy.accumulate before block(4) log %g from(%0 : tensor<4x2xf32>)
        : tensor<4x2xf32> -> tensor<4x2xf32>
      %4 = wy.accumulate after block(4) log %g from(%1 : tensor<4x2xf32>)
        : tensor<4x2xf32> -> tensor<4x2xf32>
      wy.yield %S, %0, %1, %2, %3, %4 : tensor<2x1xf32>, tensor<4x2xf32>,
        tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>)");
  set("initial_state", {1, 1, 2, 1});
  set("g", {1, kTokens, 1, 2}, {std::begin(kLogs), std::end(kLogs)});
  Results results = run();
  auto product = [&](int64_t t, int64_t s, int64_t c) {
    return between(t, s, [&](int64_t u) { return std::exp(at("g", u, c)); });
  };
  auto before = [&](int64_t output, int64_t block) {
    expectTokens(results.output(output), [&](int64_t t, int64_t c) {
      return product(t, t - placeOf(t) % block - 1, c);
    });
  };
  auto after = [&](int64_t output, int64_t block) {
    expectTokens(results.output(output), [&](int64_t t, int64_t c) {
      return product(std::min(t - placeOf(t) % block + block, endOf(t)), t, c);
    });
  };
  before(0, 2);
  after(1, 2);
  before(2, 3);
  before(3, 4);
  after(4, 4);
}

TEST_F(ChunkPairsTest, AccumulateMatricesFromHalves) {
  loadScan("chunk(4) key(1) value(1)",
           R"(v_heads(%f0: !delta.scalar, %f1: !delta.scalar,
                      %f2: !delta.scalar, %f3: !delta.scalar)
              state(%S: !delta.state<key, value>)
              -> (b0: !delta.scalar, b1: !delta.scalar, b2: !delta.scalar,
                  b3: !delta.scalar, a0: !delta.scalar, a1: !delta.scalar,
                  a2: !delta.scalar, a3: !delta.scalar))",
           R"(
      %p:4 = wy.accumulate before block(2) factor %f0, %f1, %f2, %f3
        : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
        -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      %u:4 = wy.accumulate after block(2) factor %f0, %f1, %f2, %f3
        : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
        -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      %b:4 = wy.accumulate before block(4) factor %f0, %f1, %f2, %f3
        from(%p#0, %p#1, %p#2, %p#3
             : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
        : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
        -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      %a:4 = wy.accumulate after block(4) factor %f0, %f1, %f2, %f3
        from(%u#0, %u#1, %u#2, %u#3
             : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
        : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
        -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
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
// Matrices of pairs
//===----------------------------------------------------------------------===//

TEST_F(ChunkPairsTest, DecaysAndScale) {
  loadScan("chunk(4) key(4) value(4)",
           R"(v_heads(%A: !delta.vec<key>, %g: !delta.scalar, %f: !delta.scalar,
                      %r: !delta.scalar, %c: !delta.scalar)
              state(%S: !delta.state<key, value>)
              -> (log: !delta.vec<value>, factor: !delta.vec<value>,
                  scaled: !delta.vec<value>, rows: !delta.vec<value>))",
           R"(
      %0 = wy.decays log %g : tensor<4xf32> -> tensor<4x4xf32>
      %1 = wy.decays factor %f : tensor<4xf32> -> tensor<4x4xf32>
      %2 = wy.scale %A by(%0, %1 : tensor<4x4xf32>, tensor<4x4xf32>)
        columns(%c : tensor<4xf32>) : tensor<4x4xf32>
      %3 = wy.scale %0 rows(%r : tensor<4xf32>) : tensor<4x4xf32>
      wy.yield %S, %0, %1, %2, %3 : tensor<4x4xf32>, tensor<4x4xf32>,
        tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>)");
  set("initial_state", {1, 1, 4, 4});
  setVectors("A", 4);
  set("g", {1, kTokens, 1}, {-1, -2, -0.5, -3, -HUGE_VAL, -HUGE_VAL, -0.25});
  set("f", {1, kTokens, 1}, {2, -3, 0, 5, 7, -0.5, 11});
  setScalars("r");
  set("c", {1, kTokens, 1}, {2, 0, -1, 3, 0.5, 0.25, -2});
  Results results = run();
  auto log = [&](int64_t t, int64_t s) {
    return between(t, s, [&](int64_t u) { return std::exp(at("g", u)); });
  };
  auto factor = [&](int64_t t, int64_t s) {
    return between(t, s, [&](int64_t u) { return at("f", u); });
  };
  expectScores(results.output(0), log);
  expectScores(results.output(1), factor);
  expectScores(results.output(2), [&](int64_t t, int64_t s) {
    return at("A", t, placeOf(s)) * log(t, s) * factor(t, s) * at("c", s);
  });
  expectScores(results.output(3),
               [&](int64_t t, int64_t s) { return at("r", t) * log(t, s); });
}

TEST_F(ChunkPairsTest, ProductsOfGrids) {
  loadScan("chunk(4) key(4) value(4)",
           R"(v_heads(%A: !delta.vec<key>, %B: !delta.vec<key>,
                      %C: !delta.vec<key>, %D: !delta.vec<key>)
              state(%S: !delta.state<key, value>)
              -> (plain: !delta.vec<value>, masked: !delta.vec<value>,
                  blocks: !delta.vec<value>, r0: !delta.vec<value>,
                  r1: !delta.vec<value>, r2: !delta.vec<value>,
                  r3: !delta.vec<value>))",
           R"(
      %0 = wy.product lhs(%A : tensor<4x4xf32>) rhs(%B : tensor<4x4xf32>)
        -> tensor<4x4xf32>
      %1 = wy.product lhs(%A : tensor<4x4xf32>) rhs(%B : tensor<4x4xf32>)
        mask(<pairs 2>) -> tensor<4x4xf32>
      %2 = wy.product lhs(%A : tensor<4x4xf32>) rhs(%B : tensor<4x4xf32>)
        mask(<pairs 1>) block(2) -> tensor<4x4xf32>
      %3:4 = wy.product lhs(%A, %B : tensor<4x4xf32>, tensor<4x4xf32>) at [1, 2]
        rhs(%A, %B, %C, %D : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>,
            tensor<4x4xf32>)
        -> tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
      wy.yield %S, %0, %1, %2, %3#0, %3#1, %3#2, %3#3 : tensor<4x4xf32>,
        tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>,
        tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>)");
  set("initial_state", {1, 1, 4, 4});
  for (const char *name : {"A", "B", "C", "D"}) {
    std::vector<double> pairs(4 * kTokens, kNaN);
    for (int64_t t = 0; t < kTokens; ++t)
      for (int64_t c = 0; c <= placeOf(t); ++c)
        pairs[4 * t + c] = std::sin(static_cast<double>(4 * t + c + *name));
    set(name, {1, kTokens, 1, 4}, pairs);
  }
  Results results = run();
  auto product = [&](StringRef a, StringRef b, int64_t t, int64_t s,
                     function_ref<bool(int64_t, int64_t)> has) {
    double sum = 0;
    for (int64_t u = s; u <= t; ++u)
      if (has(t, u))
        sum += at(a, t, placeOf(u)) * at(b, u, placeOf(s));
    return sum;
  };
  auto all = [](int64_t, int64_t) { return true; };
  expectScores(results.output(0), [&](int64_t t, int64_t s) {
    return product("A", "B", t, s, all);
  });
  expectScores(results.output(1), [&](int64_t t, int64_t s) {
    return product("A", "B", t, s,
                   [](int64_t t, int64_t u) { return inPairs(2, t, u); });
  });
  expectScores(results.output(2), [&](int64_t t, int64_t s) {
    return inBlock(2, t, s)
               ? product("A", "B", t, s,
                         [](int64_t t, int64_t u) { return inPairs(1, t, u); })
               : 0;
  });
  // [0 A; B 0] [A B; C D]
  for (auto [i, a, b] : {std::tuple(0, "A", "C"), std::tuple(1, "A", "D"),
                         std::tuple(2, "B", "A"), std::tuple(3, "B", "B")})
    expectScores(results.output(3 + i), [&](int64_t t, int64_t s) {
      return product(a, b, t, s, all);
    });
}

TEST_F(ChunkPairsTest, InversesOfGrids) {
  loadScan("chunk(4) key(4) value(4)",
           R"(v_heads(%A: !delta.vec<key>, %B: !delta.vec<key>)
              state(%S: !delta.state<key, value>)
              -> (halves: !delta.vec<value>, t0: !delta.vec<value>,
                  t1: !delta.vec<value>, t2: !delta.vec<value>,
                  t3: !delta.vec<value>))",
           R"(
      %0 = wy.inverse scores(%A : tensor<4x4xf32>) at [0] block(2)
        -> tensor<4x4xf32>
      %1:4 = wy.inverse
        scores(%A, %B, %A : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>)
        at [0, 1, 2] block(4)
        -> tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
      wy.yield %S, %0, %1#0, %1#1, %1#2, %1#3 : tensor<4x4xf32>,
        tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>,
        tensor<4x4xf32>)");
  set("initial_state", {1, 1, 4, 4});
  for (const char *name : {"A", "B"}) {
    std::vector<double> pairs(4 * kTokens, kNaN);
    for (int64_t t = 0; t < kTokens; ++t)
      for (int64_t c = 0; c < placeOf(t); ++c)
        pairs[4 * t + c] = std::sin(static_cast<double>(4 * t + c + *name));
    set(name, {1, kTokens, 1, 4}, pairs);
  }
  Results results = run();
  auto load = [&](int64_t output, int64_t t, int64_t s) {
    return results.output(output).load(t * 4 + placeOf(s));
  };
  // (I − N) T = I
  expectScores(results.output(0), [&](int64_t t, int64_t s) {
    double sum = s == t;
    for (int64_t u = s; u < t; ++u)
      if (inBlock(2, t, u) && inBlock(2, u, s))
        sum += at("A", t, placeOf(u)) * load(0, u, s);
    return sum;
  });
  const char *grid[] = {"A", "B", "A", nullptr};
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 2; ++j)
      expectScores(results.output(1 + 2 * i + j), [&](int64_t t, int64_t s) {
        double sum = i == j && s == t;
        for (int64_t k = 0; k < 2; ++k)
          for (int64_t u = s; u < t && grid[2 * i + k]; ++u)
            sum +=
                at(grid[2 * i + k], t, placeOf(u)) * load(1 + 2 * k + j, u, s);
        return sum;
      });
}
} // namespace
