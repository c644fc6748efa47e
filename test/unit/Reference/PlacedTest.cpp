//===- PlacedTest.cpp - Scans joined by channels, and backwards -----------===//

#include "test/unit/Reference/ChunkTest.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
class PlacedTest : public ChunkTest {
protected:
  void parsePlaced(StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    placed = *module->getOps<wy::PlacedOp>().begin();
  }
  Results runPlaced() {
    return cantFail(interpretPlacedExact(placed, cantFail(bind())));
  }
  /// S ← S + b, o = S before.
  void loadSum() {
    load(R"(delta.recurrence @sum v_heads(%b: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
      %one = delta.constant 1.0
      %k = delta.broadcast %one : !delta.vec<key>
      %v = delta.broadcast %b : !delta.vec<value>
      %r = delta.read %S, %k
      %o = delta.reduce sum %r
      %S1 = delta.write %S, %k, %v
      delta.yield states(%S1) outputs(%o)
    })");
  }

  wy::PlacedOp placed;
};

/// Writes of b, and the sum that has been written before: K = V = 1.
constexpr const char *kVectors = R"(
    %t:3 = wy.tokens(%b1: !delta.scalar = %b : tensor<4xf32>)
        -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4xf32>) {
      %c = delta.constant 1.0
      %k = delta.broadcast %c : !delta.vec<key>
      %v = delta.broadcast %b1 : !delta.vec<value>
      wy.yield %k, %v, %c : !delta.vec<key>, !delta.vec<value>, !delta.scalar
    })";

TEST_F(PlacedTest, BackwardsInTime) {
  // The state before a chunk is what the chunks after it have written.
  loadSum();
  parseScan((R"(wy.scan @sum chunk(4) key(1) value(1) reverse
      v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
      -> (o: !delta.scalar) {)" +
             Twine(kVectors) + R"(
    %r = wy.read left %S, %t#0 : tensor<1x1xf32>, tensor<4x1xf32> -> tensor<4x1xf32>
    %o = wy.tokens(%r1: !delta.vec<value> = %r : tensor<4x1xf32>) -> tensor<4xf32> {
      %s = delta.reduce sum %r1
      wy.yield %s : !delta.scalar
    }
    %S1 = wy.update states(%S : tensor<1x1xf32>)
      writes(%t#0, %t#1 : tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
    wy.yield %S1, %o : tensor<1x1xf32>, tensor<4xf32>
  })")
                .str());
  // Sequences of 0, 1, 4 and 10 tokens: the last one's chunks are 4, 4 and 2.
  std::vector<double> b(15);
  for (size_t i = 0; i < b.size(); ++i)
    b[i] = static_cast<double>(i + 1);
  set("b", {1, 15, 1}, b);
  set("initial_state", {4, 1, 1, 1}, {100, 200, 300, 400});
  setOffsets<int64_t>({0, 0, 1, 5, 15}, io::DType::I64);
  Results results = run();
  auto output = [&](int64_t t) { return results.output(0).load(t); };
  EXPECT_EQ(output(0), 200);
  for (int64_t t = 1; t < 5; ++t)
    EXPECT_EQ(output(t), 300);
  double ends[] = {400. + 14 + 15, 400};
  for (int64_t t = 5; t < 9; ++t)
    EXPECT_EQ(output(t), ends[0] + 10 + 11 + 12 + 13);
  for (int64_t t = 9; t < 13; ++t)
    EXPECT_EQ(output(t), ends[0]);
  for (int64_t t = 13; t < 15; ++t)
    EXPECT_EQ(output(t), ends[1]);
  double finals[] = {100, 201, 300 + 2 + 3 + 4 + 5, 400};
  for (int64_t t = 5; t < 15; ++t)
    finals[3] += b[t];
  for (int64_t n = 0; n < 4; ++n)
    EXPECT_EQ(results.finalState(0).load(n), finals[n]);
}

/// Chunks of 4 tokens: the states before them go to a scan without states,
/// which also has what a scan before both has made of each token.
constexpr const char *kStages = R"(
  wy.placed @sum key(1) value(1) v_heads(%b: !delta.scalar)
      state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  wy.scan @pre chunk(4) key(1) value(1) v_heads(%b: !delta.scalar)
      -> () channels(k: tokens key tensor<4x1xf32>, v: tokens value tensor<4x1xf32>,
                     n: tokens tensor<4xf32>, A: pairs tensor<4x4xf32>) {
    %t:3 = wy.tokens(%b1: !delta.scalar = %b : tensor<4xf32>)
        -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4xf32>) {
      %c = delta.constant 1.0
      %k = delta.broadcast %c : !delta.vec<key>
      %v = delta.broadcast %b1 : !delta.vec<value>
      wy.yield %k, %v, %b1 : !delta.vec<key>, !delta.vec<value>, !delta.scalar
    }
    %A = wy.scores rows(%t#0 : tensor<4x1xf32>) columns(%t#0 : tensor<4x1xf32>)
      ungated -> tensor<4x4xf32>
    wy.yield %t#0, %t#1, %t#2, %A
      : tensor<4x1xf32>, tensor<4x1xf32>, tensor<4xf32>, tensor<4x4xf32>
  }
  wy.scan @scan chunk(4) key(1) value(1) DIRECTION
      channels(%k: tokens key tensor<4x1xf32>, %v: tokens value tensor<4x1xf32>)
      state(%S: !delta.state<key, value>) -> () channels(S0: state tensor<1x1xf32>) {
    %S1 = wy.update states(%S : tensor<1x1xf32>)
      writes(%k, %v : tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
    wy.yield %S1, %S : tensor<1x1xf32>, tensor<1x1xf32>
  }
  wy.scan @post chunk(4) key(1) value(1)
      channels(%A: pairs tensor<4x4xf32>, %S0: state tensor<1x1xf32>,
               %v: tokens value tensor<4x1xf32>, %k: tokens key tensor<4x1xf32>,
               %n: tokens tensor<4xf32>)
      -> (o: !delta.scalar) {
    %r = wy.read left %S0, %k : tensor<1x1xf32>, tensor<4x1xf32> -> tensor<4x1xf32>
    %a = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x1xf32>
    %s = wy.sum %r, %a : tensor<4x1xf32>
    %o = wy.tokens(%s1: !delta.vec<value> = %s : tensor<4x1xf32>,
                   %n1: !delta.scalar = %n : tensor<4xf32>) -> tensor<4xf32> {
      %0 = delta.reduce sum %s1
      %c = delta.constant 1000.0
      %1 = delta.mul %c, %n1
      %2 = delta.add %0, %1
      wy.yield %2 : !delta.scalar
    }
    wy.yield %o : tensor<4xf32>
  }
  })";

static std::string substitute(StringRef text, StringRef from, StringRef to) {
  auto [before, after] = text.split(from);
  return (before + to + after).str();
}

TEST_F(PlacedTest, ChannelsHaveATensorForEachChunk) {
  loadSum();
  set("b", {1, 11, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  set("initial_state", {3, 1, 1, 1}, {100, 200, 300});
  setOffsets<int64_t>({0, 6, 6, 11}, io::DType::I64);
  parsePlaced(substitute(kStages, "DIRECTION", ""));
  Results results = runPlaced();
  for (int64_t t = 0; t < 11; ++t) {
    double sum = t < 6 ? 100 : 300;
    for (int64_t s = t < 6 ? 0 : 6; s < t; ++s)
      sum += static_cast<double>(s + 1);
    EXPECT_EQ(results.output(0).load(t), sum + 1000. * (t + 1.)) << t;
  }
  EXPECT_EQ(results.finalState(0).load(0), 121);
  EXPECT_EQ(results.finalState(0).load(1), 200);
  EXPECT_EQ(results.finalState(0).load(2), 345);

  // The states come from the other end, the tokens of a chunk do not.
  parsePlaced(substitute(kStages, "DIRECTION", "reverse"));
  results = runPlaced();
  for (int64_t t = 0; t < 11; ++t) {
    int64_t begin = t < 6 ? 0 : 6, end = t < 6 ? 6 : 11;
    int64_t chunk = begin + (t - begin) / 4 * 4;
    double sum = t < 6 ? 100 : 300;
    for (int64_t s = chunk + 4; s < end; ++s)
      sum += static_cast<double>(s + 1);
    for (int64_t s = chunk; s < t; ++s)
      sum += static_cast<double>(s + 1);
    EXPECT_EQ(results.output(0).load(t), sum + 1000. * (t + 1.)) << t;
  }
}

TEST_F(PlacedTest, RowsThatDoNotExistDoNotGoThroughChannels) {
  loadSum();
  double nan = std::numeric_limits<double>::quiet_NaN();
  set("b", {1, 4, 1}, {1, 2, nan, nan});
  set("initial_state", {2, 1, 1, 1}, {100, 0});
  setOffsets<int64_t>({0, 2, 4}, io::DType::I64);
  parsePlaced(substitute(kStages, "DIRECTION", ""));
  Results results = runPlaced();
  EXPECT_EQ(results.output(0).load(0), 1100);
  EXPECT_EQ(results.output(0).load(1), 2101);
  EXPECT_EQ(results.finalState(0).load(0), 103);
  EXPECT_TRUE(std::isnan(results.output(0).load(2)));
}

/// S ← 2 S + b in chunks of 2 tokens, segments of 4, by hand: R from zeros, M
/// from a one, the states before the segments joined. DIRECTION stands in all.
constexpr const char *kSegments = R"(
  wy.placed @sum key(1) value(1) v_heads(%b: !delta.scalar)
      state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  wy.scan @written chunk(2) key(1) value(1) DIRECTION segments(4 from zero to(R))
      v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
    BODY
    wy.yield %S1 : tensor<1x1xf32>
  }
  wy.scan @transition chunk(2) key(1) value(1) DIRECTION segments(4 from START(0) to(M))
      state(%S: !delta.state<key, value>) -> () {
    %d = wy.tokens() -> tensor<2xf32> {
      %c = delta.constant 2.0
      wy.yield %c : !delta.scalar
    }
    %D = wy.accumulate all factor %d : tensor<2xf32> -> tensor<f32>
    %S1 = wy.update states(%S : tensor<1x1xf32>) decays(%D : tensor<f32>) -> tensor<1x1xf32>
    wy.yield %S1 : tensor<1x1xf32>
  }
  wy.scan @join chunk(4) key(1) value(1) DIRECTION
      channels(%M: state tensor<1x1xf32>, %R: state tensor<1x1xf32>)
      state(%S: !delta.state<key, value>) -> () channels(start: state tensor<1x1xf32>) {
    %S1 = wy.join KIND %R states(%S : tensor<1x1xf32>) transitions(%M : tensor<1x1xf32>) : tensor<1x1xf32>
    wy.yield %S1, %S : tensor<1x1xf32>, tensor<1x1xf32>
  }
  wy.scan @main chunk(2) key(1) value(1) DIRECTION segments(4 from(start))
      v_heads(%b: !delta.scalar) state(%T: !delta.state<key, value>) -> (o: !delta.scalar) {
    %S = wy.update states(%T : tensor<1x1xf32>) -> tensor<1x1xf32>
    BODY
    %r = wy.read left %S, %t#0 : tensor<1x1xf32>, tensor<2x1xf32> -> tensor<2x1xf32>
    %o = wy.tokens(%r1: !delta.vec<value> = %r : tensor<2x1xf32>) -> tensor<2xf32> {
      %s = delta.reduce sum %r1
      wy.yield %s : !delta.scalar
    }
    wy.yield %S1, %o : tensor<1x1xf32>, tensor<2xf32>
  }
  })";
/// A token's write is doubled by each token of its chunk after it.
constexpr const char *kBody = R"(
    %t:3 = wy.tokens(%b1: !delta.scalar = %b : tensor<2xf32>)
        -> (tensor<2x1xf32>, tensor<2x1xf32>, tensor<2xf32>) {
      %c = delta.constant 1.0
      %two = delta.constant 2.0
      %k = delta.broadcast %c : !delta.vec<key>
      %v = delta.broadcast %b1 : !delta.vec<value>
      wy.yield %k, %v, %two : !delta.vec<key>, !delta.vec<value>, !delta.scalar
    }
    %D = wy.accumulate all factor %t#2 : tensor<2xf32> -> tensor<f32>
    %u = wy.accumulate after factor %t#2 : tensor<2xf32> -> tensor<2xf32>
    %x = wy.tokens(%k1: !delta.vec<key> = %t#0 : tensor<2x1xf32>,
                   %u1: !delta.scalar = %u : tensor<2xf32>) -> tensor<2x1xf32> {
      %0 = delta.mul %k1, %u1
      wy.yield %0 : !delta.vec<key>
    }
    %S1 = wy.update states(%S : tensor<1x1xf32>) decays(%D : tensor<f32>)
      writes(%x, %t#1 : tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>)";

TEST_F(PlacedTest, SegmentsStartAnewAndAreJoined) {
  loadSum();
  std::vector<double> b = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  set("b", {1, 11, 1}, b);
  set("initial_state", {3, 1, 1, 1}, {100, 200, 300});
  // The last segment has one token, in another sequence it is the only one.
  setOffsets<int64_t>({0, 9, 9, 11}, io::DType::I64);
  for (StringRef start : {"identity", "ones"})
    for (StringRef kind : {"left", "right", "elementwise"})
      for (bool isReverse : {false, true}) {
        std::string text = kSegments;
        for (auto [from, to] : {std::pair<StringRef, StringRef>("BODY", kBody),
                                {"START", start},
                                {"KIND", kind},
                                {"DIRECTION", isReverse ? "reverse" : ""}})
          while (StringRef(text).contains(from))
            text = substitute(text, from, to);
        parsePlaced(text);
        Results results = runPlaced();
        for (auto [n, begin, end] :
             {std::tuple(0, 0, 9), std::tuple(1, 9, 9), std::tuple(2, 9, 11)}) {
          double state = 100. * (n + 1);
          int chunks = (end - begin + 1) / 2;
          for (int i = 0; i < chunks; ++i) {
            int first = begin + 2 * (isReverse ? chunks - 1 - i : i);
            for (int t = first; t < std::min(first + 2, end); ++t)
              EXPECT_EQ(results.output(0).load(t), state) << t;
            for (int t = first; t < std::min(first + 2, end); ++t)
              state = 2 * state + b[t];
          }
          EXPECT_EQ(results.finalState(0).load(n), state);
        }
      }
}

TEST_F(PlacedTest, APlacementOfAnotherProblem) {
  loadSum();
  set("b", {1, 4, 1});
  set("initial_state", {1, 1, 2, 1});
  parsePlaced(substitute(kStages, "DIRECTION", ""));
  auto results = interpretPlaced(placed, cantFail(bind()));
  EXPECT_EQ(toString(results.takeError()),
            "placement 'sum' has K = 1, the problem K = 2");
}
} // namespace
