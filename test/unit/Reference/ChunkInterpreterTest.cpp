//===- ChunkInterpreterTest.cpp - Whole scans -----------------------------===//

#include "test/unit/Reference/ChunkTest.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;
using io::DType;

namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using ChunkInterpreterTest = ChunkTest;

//===----------------------------------------------------------------------===//
// Rows that do not exist
//===----------------------------------------------------------------------===//

/// Every op that looks at several tokens.
constexpr const char *kEveryOp = R"(
    %p = wy.accumulate before log %g : tensor<4x2xf32> -> tensor<4x2xf32>
    %q = wy.accumulate after log %g : tensor<4x2xf32> -> tensor<4x2xf32>
    %d = wy.accumulate all log %g : tensor<4x2xf32> -> tensor<2xf32>
    %A = wy.scores rows(%k : tensor<4x2xf32>) columns(%k : tensor<4x2xf32>)
      gate(log %g : tensor<4x2xf32>) dyadic -> tensor<4x4xf32>
    %B = wy.scores rows(%k : tensor<4x2xf32>) columns(%k : tensor<4x2xf32>)
      ungated -> tensor<4x4xf32>
    %y = wy.solve rhs(%k : tensor<4x2xf32>)
      scores(%A, %B : tensor<4x4xf32>, tensor<4x4xf32>)
      gates [0] (log %g : tensor<4x2xf32>) terms [[0, 0], [0, 0]]
      -> tensor<4x2xf32>
    %z = wy.apply %A, %y gate(log %g : tensor<4x2xf32>)
      : tensor<4x4xf32>, tensor<4x2xf32>
    %o = wy.sum %p, %q, %y, %z : tensor<4x2xf32>
    %S1 = wy.update states(%S : tensor<2x2xf32>) decays(%d : tensor<2xf32>)
      writes(%q, %o : tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>)";
constexpr const char *kEveryOpSignature =
    R"(v_heads(%k: !delta.vec<key>, %g: !delta.vec<key>)
       state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>))";

TEST_F(ChunkInterpreterTest, TheNextSequenceIsNotLookedAt) {
  loadScan("chunk(4) key(2) value(2)", kEveryOpSignature,
           std::string(kEveryOp) + R"(
      wy.yield %S1, %o : tensor<2x2xf32>, tensor<4x2xf32>)");
  std::vector<double> k = {1, 2, 3, 4, 5, 6}, g = {-1, -2, -0.5, -0.25, -1, -3};
  set("initial_state", {1, 1, 2, 2}, {1, 2, 3, 4});
  set("k", {1, 3, 1, 2}, k);
  set("g", {1, 3, 1, 2}, g);
  Results alone = run();
  k.resize(16, kNaN);
  g.resize(16, kNaN);
  set("initial_state", {2, 1, 2, 2}, {1, 2, 3, 4, 0, 0, 0, 0});
  set("k", {1, 8, 1, 2}, k);
  set("g", {1, 8, 1, 2}, g);
  setOffsets<int32_t>({0, 3, 8}, DType::I32);
  Results packed = run();
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(packed.output(0).load(i), alone.output(0).load(i));
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(std::isfinite(alone.finalState(0).load(i)));
    EXPECT_EQ(packed.finalState(0).load(i), alone.finalState(0).load(i));
    EXPECT_TRUE(std::isnan(packed.finalState(0).load(4 + i)));
  }
}

TEST_F(ChunkInterpreterTest, RowsOfTheLastChunkAreNotLookedAt) {
  // Nothing of a chunk reaches the next one.
  loadScan("chunk(4) key(2) value(2)", kEveryOpSignature,
           std::string(kEveryOp) + R"(
      %S2 = wy.update writes(%q, %o : tensor<4x2xf32>, tensor<4x2xf32>)
        -> tensor<2x2xf32>
      wy.yield %S2, %o : tensor<2x2xf32>, tensor<4x2xf32>)");
  set("initial_state", {1, 1, 2, 2});
  set("k", {1, 2, 1, 2}, {1, 2, 3, 4});
  set("g", {1, 2, 1, 2}, {-1, -2, -0.5, -0.25});
  Results alone = run();
  set("k", {1, 6, 1, 2}, {1, 1, 1, 1, kNaN, kNaN, kNaN, kNaN, 1, 2, 3, 4});
  set("g", {1, 6, 1, 2},
      {0, 0, 0, 0, kNaN, kNaN, kNaN, kNaN, -1, -2, -0.5, -0.25});
  Results second = run();
  EXPECT_TRUE(std::isnan(second.output(0).load(0)));
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(second.output(0).load(8 + i), alone.output(0).load(i));
    EXPECT_EQ(second.finalState(0).load(i), alone.finalState(0).load(i));
  }
}

//===----------------------------------------------------------------------===//
// A whole recurrence
//===----------------------------------------------------------------------===//

/// Kimi Delta Attention, by hand.
constexpr const char *kKDA = R"(
  wy.scan @kda chunk(4) key(3) value(2)
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %beta: !delta.scalar)
      state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
    %before = wy.accumulate before log %g : tensor<4x3xf32> -> tensor<4x3xf32>
    %after = wy.accumulate after log %g : tensor<4x3xf32> -> tensor<4x3xf32>
    %all = wy.accumulate all log %g : tensor<4x3xf32> -> tensor<3xf32>
    %t:6 = wy.tokens(%q1: !delta.vec<key> = %q : tensor<4x3xf32>,
                     %k1: !delta.vec<key> = %k : tensor<4x3xf32>,
                     %g1: !delta.vec<key> = %g : tensor<4x3xf32>,
                     %b1: !delta.scalar = %beta : tensor<4xf32>,
                     %p1: !delta.vec<key> = %before : tensor<4x3xf32>,
                     %r1: !delta.vec<key> = %after : tensor<4x3xf32>)
        -> (tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>,
            tensor<4xf32>, tensor<4x3xf32>) {
      %c = delta.scale
      %d = delta.exp %g1
      %minus = delta.neg %b1
      %k2 = delta.mul %d, %k1
      %a = delta.mul %minus, %k2
      %as = delta.mul %a, %p1
      %q2 = delta.mul %c, %q1
      %q3 = delta.mul %d, %q2
      %qs = delta.mul %q3, %p1
      %qk = delta.dot %q2, %k1
      %x = delta.mul %r1, %k1
      wy.yield %a, %as, %q3, %qs, %qk, %x : !delta.vec<key>, !delta.vec<key>,
        !delta.vec<key>, !delta.vec<key>, !delta.scalar, !delta.vec<key>
    }
    %bv = wy.tokens(%b1: !delta.scalar = %beta : tensor<4xf32>,
                    %v1: !delta.vec<value> = %v : tensor<4x2xf32>)
        -> tensor<4x2xf32> {
      %0 = delta.mul %b1, %v1
      wy.yield %0 : !delta.vec<value>
    }
    %0 = wy.read left %S, %t#1 : tensor<3x2xf32>, tensor<4x3xf32>
      -> tensor<4x2xf32>
    %rhs = wy.sum %bv, %0 : tensor<4x2xf32>
    %N = wy.scores rows(%t#0 : tensor<4x3xf32>) columns(%k : tensor<4x3xf32>)
      gate(log %g : tensor<4x3xf32>) dyadic -> tensor<4x4xf32>
    %y = wy.solve rhs(%rhs : tensor<4x2xf32>) scores(%N : tensor<4x4xf32>)
      terms [[0, 0]] -> tensor<4x2xf32>
    %A = wy.scores rows(%t#2 : tensor<4x3xf32>) columns(%k : tensor<4x3xf32>)
      gate(log %g : tensor<4x3xf32>) diagonal(%t#4 : tensor<4xf32>) dyadic
      -> tensor<4x4xf32>
    %1 = wy.read left %S, %t#3 : tensor<3x2xf32>, tensor<4x3xf32>
      -> tensor<4x2xf32>
    %2 = wy.apply %A, %y : tensor<4x4xf32>, tensor<4x2xf32>
    %o = wy.sum %1, %2 : tensor<4x2xf32>
    %S1 = wy.update states(%S : tensor<3x2xf32>) decays(%all : tensor<3xf32>)
      writes(%t#5, %y : tensor<4x3xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
    wy.yield %S1, %o : tensor<3x2xf32>, tensor<4x2xf32>
  })";

TEST_F(ChunkInterpreterTest, EqualsTheStepForm) {
  load("kda");
  parseScan(kKDA);
  // Two value heads share a key head; sequences of 0, 1, 4, 6 and 9 tokens.
  set("q", {1, 20, 2, 3});
  set("k", {1, 20, 2, 3});
  set("v", {1, 20, 4, 2});
  set("beta", {1, 20, 4});
  std::vector<double> gates(240);
  for (size_t i = 0; i < gates.size(); ++i)
    gates[i] = i % 17 == 0 ? -HUGE_VAL : -0.01 * static_cast<double>(i % 100);
  set("g", {1, 20, 4, 3}, gates);
  set("initial_state", {6, 4, 3, 2});
  setOffsets<int64_t>({0, 1, 1, 5, 11, 20, 20}, DType::I64);
  Problem problem = cantFail(bind());
  Results chunks = cantFail(interpretChunksExact(scan, problem));
  Results steps = cantFail(interpretExact(spec.op, problem));
  for (auto [ours, theirs] : zip_equal(chunks.tensors, steps.tensors)) {
    ASSERT_EQ(ours.numBytes(), theirs.numBytes());
    for (int64_t i = 0, e = ours.view().numElements(); i < e; ++i)
      EXPECT_NEAR(ours.load(i), theirs.load(i), kTolerance) << ours.name;
  }
  // The sequences without tokens: exactly what they began with.
  for (int64_t n : {1, 5})
    for (int64_t i = n * 24; i < (n + 1) * 24; ++i)
      EXPECT_EQ(chunks.finalState(0).load(i), steps.finalState(0).load(i));
}

TEST_F(ChunkInterpreterTest, RoundsOnceAndTellsItsProgress) {
  load("kda");
  parseScan(kKDA);
  for (const char *name : {"q", "k", "g"})
    set(name, {2, 9, 1, 3}, DType::BF16);
  set("v", {2, 9, 1, 2}, DType::BF16);
  set("beta", {2, 9, 1}, DType::BF16);
  Problem problem = cantFail(bind());
  double last = 0;
  Results rounded =
      cantFail(interpretChunks(scan, problem, [&](double fraction) {
        last = std::max(last, fraction);
      }));
  EXPECT_GT(last, 0);
  EXPECT_LE(last, 1);
  Results exact = cantFail(interpretChunksExact(scan, problem));
  EXPECT_EQ(rounded.output(0).dtype, DType::BF16);
  EXPECT_EQ(rounded.finalState(0).dtype, DType::F32);
  EXPECT_EQ(exact.output(0).dtype, DType::F64);
  for (int64_t i = 0; i < 36; ++i)
    EXPECT_EQ(rounded.output(0).load(i),
              fromBF16(toBF16(exact.output(0).load(i))));
  for (int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(rounded.finalState(0).load(i),
              static_cast<float>(exact.finalState(0).load(i)));
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST_F(ChunkInterpreterTest, AScanOfAnotherProblem) {
  load("linear_attention");
  for (const char *name : {"q", "k"})
    set(name, {1, 4, 1, 3});
  set("v", {1, 4, 1, 2});
  auto expectError = [&](StringRef sizes, StringRef signature,
                         StringRef yielded, StringRef error) {
    parseScan(
        ("wy.scan @s " + sizes + " " + signature + " {" + yielded + "}").str());
    EXPECT_EQ(runError(), error);
  };
  StringRef arguments = R"(
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>))";
  std::string output = " -> (o: !delta.vec<value>)";
  expectError("chunk(4) key(8) value(2)", arguments.str() + output,
              "wy.yield %S, %v : tensor<8x2xf32>, tensor<4x2xf32>",
              "scan 's' has K = 8, the problem K = 3");
  expectError("chunk(4) key(3) value(16)", arguments.str() + output,
              "wy.yield %S, %v : tensor<3x16xf32>, tensor<4x16xf32>",
              "scan 's' has V = 16, the problem V = 2");
  expectError("chunk(4) key(3) value(2)", arguments.str() + " -> ()",
              "wy.yield %S : tensor<3x2xf32>",
              "scan 's' has no output v_heads(o: [V]), the problem has");
  expectError("chunk(4) key(3) value(2)",
              arguments.str() + " -> (p: !delta.vec<value>)",
              "wy.yield %S, %v : tensor<3x2xf32>, tensor<4x2xf32>",
              "scan 's' has v_heads(p: [V]), the problem v_heads(o: [V])");
  expectError("chunk(4) key(3) value(2)",
              "state(%S: !delta.state<key, value>)"
              " -> (o: !delta.vec<value>)",
              "%0 = wy.tokens() -> tensor<4x2xf32> {\n"
              "%c = delta.scale\n%1 = delta.broadcast %c : !delta.vec<value>\n"
              "wy.yield %1 : !delta.vec<value>\n}\n"
              "wy.yield %S, %0 : tensor<3x2xf32>, tensor<4x2xf32>",
              "scan 's' has no argument qk_heads(q: [K]), qk_heads(k: [K]), "
              "v_heads(v: [V]), the problem has");
  expectError("chunk(4) key(3) value(2)",
              R"(
      qk_heads(%q: !delta.vec<key>) v_heads(%k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>))" +
                  output,
              "wy.yield %S, %v : tensor<3x2xf32>, tensor<4x2xf32>",
              "scan 's' has v_heads(k: [K]), the problem qk_heads(k: [K])");
  expectError("chunk(4) key(3) value(2)",
              R"(
      qk_heads(%q: !delta.vec<key> range(0.0, 1.0), %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>))" +
                  output,
              "wy.yield %S, %v : tensor<3x2xf32>, tensor<4x2xf32>",
              "scan 's' has qk_heads(q: [K]) in range(0, 1), the problem "
              "qk_heads(q: [K])");
}

TEST_F(ChunkInterpreterTest, AnOpWithoutAMeaning) {
  loadScan("chunk(4) key(1) value(1)",
           "v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) "
           "-> ()",
           "wy.yield %S : tensor<1x1xf32>");
  setScalars("b");
  set("initial_state", {1, 1, 1, 1});
  mlir::OpBuilder builder(scan.getYield());
  builder.create(mlir::OperationState(scan.getLoc(), "wy.unheard_of"));
  EXPECT_EQ(runError(),
            "the reference interpreter has no meaning for 'wy.unheard_of'");
}
} // namespace
