//===- InterpreterTest.cpp - Closed forms of small recurrences ------------===//

#include "lib/Reference/Interpreter.h"
#include "test/unit/Runtime/TestProblem.h"

#include <cmath>
#include <cstring>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using io::DType;

namespace {
constexpr double kTolerance = 1e-14;

class InterpreterTest : public sluice::test::TestProblem {
protected:
  Results run(const BindOptions &options = {}) {
    return cantFail(interpretExact(spec.op, cantFail(bind(options))));
  }
  const OwnedTensor &input(StringRef name) {
    return *find_if(tensors, [&](const OwnedTensor &tensor) {
      return tensor.name == name;
    });
  }
  /// A step of S with vectors k, v and scalar x, and outputs of any types.
  void loadStep(StringRef outputs, StringRef body) {
    load(("delta.recurrence @r v_heads(%k: !delta.vec<key>, "
          "%v: !delta.vec<value>, %x: !delta.scalar) "
          "state(%S: !delta.state<key, value>) -> (" +
          outputs + ") {\n" + body + "\n}")
             .str());
  }
};

//===----------------------------------------------------------------------===//
// Closed forms over time
//===----------------------------------------------------------------------===//

/// o_i = Σ_{j ≤ i} e^{g (i − j)} (q_i · k_j) v_j
void expectMaskedProduct(const OwnedTensor &q, const OwnedTensor &k,
                         const OwnedTensor &v, double gate,
                         const OwnedTensor &o) {
  int64_t tokens = q.shape[1], keys = q.shape[3], values = v.shape[3];
  for (int64_t i = 0; i < tokens; ++i)
    for (int64_t c = 0; c < values; ++c) {
      double sum = 0;
      for (int64_t j = 0; j <= i; ++j) {
        double score = 0;
        for (int64_t d = 0; d < keys; ++d)
          score += q.load(i * keys + d) * k.load(j * keys + d);
        sum += std::exp(gate * static_cast<double>(i - j)) * score *
               v.load(j * values + c);
      }
      EXPECT_NEAR(o.load(i * values + c), sum, kTolerance * 100);
    }
}

TEST_F(InterpreterTest, LinearAttentionIsACausalProduct) {
  load("linear_attention");
  set("q", {1, 9, 1, 3});
  set("k", {1, 9, 1, 3});
  set("v", {1, 9, 1, 5});
  BindOptions options;
  options.scale = 1;
  expectMaskedProduct(input("q"), input("k"), input("v"), 0,
                      run(options).output(0));
}

TEST_F(InterpreterTest, ConstantDecayIsAGeometricMask) {
  load("retention");
  set("q", {1, 9, 1, 3});
  set("k", {1, 9, 1, 3});
  set("v", {1, 9, 1, 5});
  set("g", {1}, {-0.125});
  BindOptions options;
  options.scale = 1;
  expectMaskedProduct(input("q"), input("k"), input("v"), -0.125,
                      run(options).output(0));
}

TEST_F(InterpreterTest, DeltaRuleStoresWhatItIsGiven) {
  // β = 1 and keys of length 1: a key reads back the last value under it.
  load("delta_rule");
  set("k", {1, 3, 1, 2}, {1, 0, 0, 1, 1, 0});
  set("q", {1, 3, 1, 2}, {1, 0, 1, 0, 1, 0});
  set("v", {1, 3, 1, 2}, {1, 2, 3, 4, 5, 6});
  set("beta", {1, 3, 1}, {1, 1, 1});
  BindOptions options;
  options.scale = 2;
  Results results = run(options);
  double expected[] = {2, 4, 2, 4, 10, 12};
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(results.output(0).load(i), expected[i]);
  double state[] = {5, 6, 3, 4};
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(results.finalState(0).load(i), state[i]);
}

TEST_F(InterpreterTest, MinusInfinityForgets) {
  load("simple_gla");
  set("k", {1, 2, 1, 1}, {1, 1});
  set("q", {1, 2, 1, 1}, {1, 1});
  set("v", {1, 2, 1, 1}, {3, 5});
  set("g", {1, 2, 1}, {0, -HUGE_VAL});
  EXPECT_EQ(run().output(0).load(1), 5);
}

//===----------------------------------------------------------------------===//
// Sequences and heads
//===----------------------------------------------------------------------===//

TEST_F(InterpreterTest, AStatePassedOnEqualsOneRun) {
  load("kda");
  auto setTokens = [&](int64_t begin, int64_t end) {
    // The same numbers as of one sequence of 8 tokens.
    auto cut = [&](StringRef name, std::vector<int64_t> shape, double scale) {
      int64_t size = 1;
      for (size_t i = 2; i < shape.size(); ++i)
        size *= shape[i];
      shape[1] = end - begin;
      std::vector<double> elements;
      for (int64_t i = begin * size; i < end * size; ++i)
        elements.push_back(
            scale * (1.1 + std::sin(static_cast<double>(i + name.size()))));
      set(name, shape, elements);
    };
    cut("q", {1, 0, 1, 3}, 1);
    cut("k", {1, 0, 1, 3}, 0.4);
    cut("v", {1, 0, 2, 4}, 1);
    cut("g", {1, 0, 2, 3}, -0.2);
    cut("beta", {1, 0, 2}, 0.5);
  };
  setTokens(0, 8);
  Results whole = run();
  setTokens(0, 3);
  Results first = run();
  setTokens(3, 8);
  OwnedTensor state =
      cantFail(OwnedTensor::create("initial_state", DType::F64, {1, 2, 3, 4}));
  std::memcpy(state.data(), first.finalState(0).data(), state.numBytes());
  tensors.push_back(std::move(state));
  BindOptions options;
  options.allowF64 = true;
  Results second = run(options);
  for (int64_t i = 0; i < 24; ++i) {
    EXPECT_EQ(first.output(0).load(i), whole.output(0).load(i));
    EXPECT_EQ(second.finalState(0).load(i), whole.finalState(0).load(i));
  }
  for (int64_t i = 24; i < 64; ++i)
    EXPECT_EQ(second.output(0).load(i - 24), whole.output(0).load(i));
}

TEST_F(InterpreterTest, SequencesOfARowKnowNothingOfEachOther) {
  load("linear_attention");
  set("q", {1, 4, 1, 1}, {1, 1, 1, 1});
  set("k", {1, 4, 1, 1}, {1, 1, 1, 1});
  set("v", {1, 4, 1, 1}, {1, 2, 4, 8});
  set("initial_state", {4, 1, 1, 1}, {0, 100, 1000, 7});
  setOffsets<int32_t>({0, 2, 2, 4, 4}, DType::I32);
  Results results = run();
  double outputs[] = {1, 3, 1004, 1012}, states[] = {3, 100, 1012, 7};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(results.output(0).load(i), outputs[i]);
    // An empty sequence hands its initial state on.
    EXPECT_EQ(results.finalState(0).load(i), states[i]);
  }
}

TEST_F(InterpreterTest, NeighbouringValueHeadsShareAKeyHead) {
  load("linear_attention");
  set("q", {1, 1, 2, 1}, {1, 10});
  set("k", {1, 1, 2, 1}, {1, 1});
  set("v", {1, 1, 4, 1}, {1, 2, 3, 4});
  Results results = run();
  double outputs[] = {1, 2, 30, 40};
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(results.output(0).load(i), outputs[i]);
}

//===----------------------------------------------------------------------===//
// Positions in a token
//===----------------------------------------------------------------------===//

TEST_F(InterpreterTest, AReadSeesTheStateItNames) {
  loadStep("before: !delta.vec<value>, decayed: !delta.vec<value>, "
           "after: !delta.vec<value>",
           R"(%S1 = delta.decay %S, %x
              %S2 = delta.write %S1, %k, %v
              %after = delta.read %S2, %k
              %decayed = delta.read %S1, %k
              %before = delta.read %S, %k
              delta.yield states(%S2) outputs(%before, %decayed, %after))");
  set("k", {1, 1, 1, 1}, {1});
  set("v", {1, 1, 1, 1}, {8});
  set("x", {1, 1, 1}, {std::log(0.5)});
  set("initial_state", {1, 1, 1, 1}, {4});
  Results results = run();
  EXPECT_EQ(results.output(0).load(0), 4);
  EXPECT_NEAR(results.output(1).load(0), 2, 1e-6);
  EXPECT_NEAR(results.output(2).load(0), 10, 1e-6);
}

TEST_F(InterpreterTest, Bonus) {
  // o = qᵀ (S + Diag(u) k vᵀ) before S ← k vᵀ.
  load("rwkv6");
  set("q", {1, 2, 1, 1}, {1, 1});
  set("k", {1, 2, 1, 1}, {1, 1});
  set("v", {1, 2, 1, 1}, {3, 5});
  set("g", {1, 2, 1, 1}, {0, 0});
  set("u", {1, 1}, {10});
  Results results = run();
  EXPECT_EQ(results.output(0).load(0), 30);
  EXPECT_EQ(results.output(0).load(1), 3 + 50);
  EXPECT_EQ(results.finalState(0).load(0), 8);
}

TEST_F(InterpreterTest, ReadsFromTheLeftAndFromTheRight) {
  loadStep("left: !delta.vec<value>, right: !delta.vec<key>",
           R"(%left = delta.read %S, %k
              %right = delta.read %S, %v
              delta.yield states(%S) outputs(%left, %right))");
  set("k", {1, 1, 1, 2}, {1, 10});
  set("v", {1, 1, 1, 3}, {1, 10, 100});
  set("x", {1, 1, 1}, {0});
  set("initial_state", {1, 1, 2, 3}, {1, 2, 3, 4, 5, 6});
  Results results = run();
  double left[] = {41, 52, 63}, right[] = {321, 654};
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(results.output(0).load(i), left[i]);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(results.output(1).load(i), right[i]);
}

TEST_F(InterpreterTest, FactorsAlongEitherAxis) {
  loadStep("", R"(%S1 = delta.scale_state %S, %k
                  %S2 = delta.scale_state %S1, %v
                  %S3 = delta.scale_state %S2, %x
                  delta.yield states(%S3) outputs())");
  set("k", {1, 1, 1, 2}, {1, -2});
  set("v", {1, 1, 1, 3}, {1, 0, 100});
  set("x", {1, 1, 1}, {3});
  set("initial_state", {1, 1, 2, 3}, {1, 1, 1, 1, 1, 1});
  Results results = run();
  double state[] = {3, 0, 300, -6, 0, -600};
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(results.finalState(0).load(i), state[i]);
}

//===----------------------------------------------------------------------===//
// Several states
//===----------------------------------------------------------------------===//

TEST_F(InterpreterTest, StatesThatFeedEachOther) {
  // Fibonacci: (A, B) ← (B, A + B).
  load(R"(
    delta.recurrence @r v_heads(%k: !delta.vec<key>)
        state(%A: !delta.state<key, value>, %B: !delta.state<key, value>)
        -> (o: !delta.vec<value>) {
      %C = delta.add_states %A, %B
      %o = delta.read %C, %k
      delta.yield states(%B, %C) outputs(%o)
    })");
  set("k", {1, 6, 1, 1}, {1, 1, 1, 1, 1, 1});
  set("initial_state_A", {1, 1, 1, 2}, {0, 0});
  set("initial_state_B", {1, 1, 1, 2}, {1, 2});
  Results results = run();
  double fibonacci[] = {1, 2, 3, 5, 8, 13};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(results.output(0).load(2 * i), fibonacci[i]);
    EXPECT_EQ(results.output(0).load(2 * i + 1), 2 * fibonacci[i]);
  }
  EXPECT_EQ(results.find("final_state_A")->load(0), 8);
  EXPECT_EQ(results.find("final_state_B")->load(0), 13);
}

TEST_F(InterpreterTest, StatesThatChangePlacesOrBecomeOne) {
  load(R"(
    delta.recurrence @r v_heads(%x: !delta.scalar)
        state(%A: !delta.state<key, value>, %B: !delta.state<key, value>,
              %C: !delta.state<key, value>) -> () {
      %D = delta.scale_state %B, %x
      %E = delta.add_states %A, %A
      delta.yield states(%D, %A, %A) outputs()
    })");
  set("x", {1, 1, 1}, {10});
  set("initial_state_A", {1, 1, 1, 1}, {1});
  set("initial_state_B", {1, 1, 1, 1}, {2});
  Results results = run();
  EXPECT_EQ(results.finalState(0).load(0), 20);
  EXPECT_EQ(results.finalState(1).load(0), 1);
  EXPECT_EQ(results.finalState(2).load(0), 1);
}

TEST_F(InterpreterTest, MomentumByHand) {
  load("momentum_delta_rule");
  set("q", {1, 1, 1, 1}, {1});
  set("k", {1, 1, 1, 1}, {2});
  set("p", {1, 1, 1, 1}, {3});
  set("v", {1, 1, 1, 1}, {5});
  set("la", {1, 1, 1}, {0});
  set("lm", {1, 1, 1}, {0});
  set("beta", {1, 1, 1}, {0.5});
  set("eta", {1, 1, 1}, {0.25});
  set("initial_state_S", {1, 1, 1, 1}, {7});
  set("initial_state_M", {1, 1, 1, 1}, {11});
  Results results = run();
  double momentum = 11 - 0.25 * 2 * (5 - 7 * 3), state = 7 - 0.5 * momentum;
  EXPECT_EQ(results.find("final_state_M")->load(0), momentum);
  EXPECT_EQ(results.find("final_state_S")->load(0), state);
  EXPECT_EQ(results.output(0).load(0), state);
}

//===----------------------------------------------------------------------===//
// Vectors and scalars
//===----------------------------------------------------------------------===//

TEST_F(InterpreterTest, AlongAnAxis) {
  loadStep("dot: !delta.scalar, sum: !delta.scalar, max: !delta.scalar, "
           "min: !delta.scalar, norm: !delta.vec<key>, ones: !delta.vec<value>",
           R"(%dot = delta.dot %k, %k
              %sum = delta.reduce sum %v
              %max = delta.reduce max %k
              %min = delta.reduce min %k
              %norm = delta.l2norm %k {epsilon = 0.0 : f64}
              %ones = delta.broadcast %x : !delta.vec<value>
              delta.yield states(%S)
                outputs(%dot, %sum, %max, %min, %norm, %ones))");
  set("k", {1, 1, 1, 2}, {3, -4});
  set("v", {1, 1, 1, 3}, {1, 10, 100});
  set("x", {1, 1, 1}, {7});
  Results results = run();
  EXPECT_EQ(results.output(0).load(0), 25);
  EXPECT_EQ(results.output(1).load(0), 111);
  EXPECT_EQ(results.output(2).load(0), 3);
  EXPECT_EQ(results.output(3).load(0), -4);
  EXPECT_NEAR(results.output(4).load(1), -0.8, kTolerance);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(results.output(5).load(i), 7);
}

TEST_F(InterpreterTest, ScalarsBroadcastOnEitherSide) {
  loadStep("a: !delta.vec<key>, b: !delta.vec<key>",
           R"(%a = delta.sub %x, %k
              %b = delta.sub %k, %x
              delta.yield states(%S) outputs(%a, %b))");
  set("k", {1, 1, 1, 2}, {3, -4});
  set("v", {1, 1, 1, 1}, {0});
  set("x", {1, 1, 1}, {10});
  Results results = run();
  EXPECT_EQ(results.output(0).load(0), 7);
  EXPECT_EQ(results.output(0).load(1), 14);
  EXPECT_EQ(results.output(1).load(1), -14);
}

//===----------------------------------------------------------------------===//
// Types of results
//===----------------------------------------------------------------------===//

TEST_F(InterpreterTest, RoundsOnceAtTheEnd) {
  load("linear_attention");
  // The sum of products has more digits than bf16; the state keeps them.
  set("q", {1, 2, 1, 1}, {1, 1}, DType::BF16);
  set("k", {1, 2, 1, 1}, {1, 0x1p-10}, DType::BF16);
  set("v", {1, 2, 1, 1}, {1, 1}, DType::BF16);
  Problem problem = cantFail(bind());
  Results rounded = cantFail(interpret(spec.op, problem));
  EXPECT_EQ(rounded.output(0).dtype, DType::BF16);
  EXPECT_EQ(rounded.output(0).load(1), 1);
  EXPECT_EQ(rounded.finalState(0).dtype, DType::F32);
  EXPECT_EQ(rounded.finalState(0).load(0), 1 + 0x1p-10);
  Results exact = cantFail(interpretExact(spec.op, problem));
  EXPECT_EQ(exact.output(0).dtype, DType::F64);
  EXPECT_EQ(exact.output(0).load(1), 1 + 0x1p-10);
}

TEST_F(InterpreterTest, F64StaysF64) {
  load("linear_attention");
  set("q", {1, 1, 1, 1}, {1}, DType::F64);
  set("k", {1, 1, 1, 1}, {1}, DType::F32);
  set("v", {1, 1, 1, 1}, {1 + 0x1p-50}, DType::F64);
  BindOptions options;
  options.allowF64 = true;
  Results results = cantFail(interpret(spec.op, cantFail(bind(options))));
  EXPECT_EQ(results.output(0).dtype, DType::F64);
  EXPECT_EQ(results.finalState(0).dtype, DType::F64);
  EXPECT_EQ(results.output(0).load(0), 1 + 0x1p-50);
}

TEST_F(InterpreterTest, NoTokensNoRowsNoSequences) {
  load("linear_attention");
  set("q", {2, 0, 1, 3});
  set("k", {2, 0, 1, 3});
  set("v", {2, 0, 1, 2});
  set("initial_state", {2, 1, 3, 2});
  Results results = run();
  EXPECT_EQ(results.output(0).numBytes(), 0);
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(results.finalState(0).load(i), input("initial_state").load(i));
  drop("initial_state");
  for (const char *name : {"q", "k", "v"})
    set(name, {0, 4, 1, 3});
  EXPECT_EQ(run().finalState(0).numBytes(), 0);
  for (const char *name : {"q", "k", "v"})
    set(name, {1, 0, 1, 3});
  setOffsets<int32_t>({0}, DType::I32);
  EXPECT_EQ(run().finalState(0).numBytes(), 0);
}

TEST_F(InterpreterTest, TellsItsProgress) {
  load("linear_attention");
  for (const char *name : {"q", "k", "v"})
    set(name, {1, 640, 1, 1});
  double last = 0;
  unsigned calls = 0;
  cantFail(interpret(spec.op, cantFail(bind()), [&](double fraction) {
    last = std::max(last, fraction);
    ++calls;
  }));
  EXPECT_GE(calls, 1u);
  EXPECT_LE(last, 1);
  EXPECT_GT(last, 0);
}
} // namespace
