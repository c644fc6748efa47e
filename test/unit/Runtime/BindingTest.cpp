//===- BindingTest.cpp - Shapes, types and names of a run's tensors -------===//

#include "test/unit/Runtime/TestProblem.h"

#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using io::DType;
using testing::Test;

namespace {
/// kda with B=1 T=5 H=1 HV=2 K=4 V=8.
class BindingTest : public sluice::test::TestProblem {
protected:
  void SetUp() override {
    load("kda");
    set("q", {1, 5, 1, 4});
    set("k", {1, 5, 1, 4});
    set("v", {1, 5, 2, 8});
    set("g", {1, 5, 2, 4});
    set("beta", {1, 5, 2});
  }
  void expectError(StringRef expected, const BindOptions &options = {}) {
    EXPECT_EQ(bindError(options), expected.str());
  }
};

constexpr StringLiteral kTakes =
    "'kda' takes q [B,T,H,K], k [B,T,H,K], v [B,T,HV,V], g [B,T,HV,K], "
    "beta [B,T,HV]; optional: initial_state [N,HV,K,V], cu_seqlens [N+1]";

TEST_F(BindingTest, BindsSizesAndViews) {
  Problem problem = cantFail(bind());
  const Sizes &sizes = problem.sizes;
  EXPECT_EQ(sizes["B"], 1);
  EXPECT_EQ(sizes["T"], 5);
  EXPECT_EQ(sizes["H"], 1);
  EXPECT_EQ(sizes["HV"], 2);
  EXPECT_EQ(sizes["K"], 4);
  EXPECT_EQ(sizes["V"], 8);
  EXPECT_EQ(sizes["N"], 1);
  EXPECT_EQ(getQKHead(sizes, 1), 0);
  ASSERT_EQ(problem.sequences.size(), 1u);
  EXPECT_EQ(problem.sequences[0].end, 5);
  EXPECT_EQ(problem.scale, 0.5);
  EXPECT_EQ(problem.args.size(), 6u);
  EXPECT_EQ(problem.args[0].bytes.data(), tensors[0].data());
  EXPECT_FALSE(problem.hasInitialState(5));
  EXPECT_EQ(problem.outputDType, DType::F32);
}

TEST_F(BindingTest, ShapesThatDisagreeNameWhoToldTheSize) {
  set("v", {1, 6, 2, 8});
  expectError("tensor 'v': expected shape [B,T,HV,V] with B=1 T=5 (from 'q'), "
              "found [1,6,2,8]");
}

TEST_F(BindingTest, SizesFromSeveralTensorsAreNamedApart) {
  set("g", {1, 5, 3, 4});
  expectError("tensor 'g': expected shape [B,T,HV,K] with B=1 T=5 (from 'q'), "
              "HV=2 (from 'v'), K=4 (from 'q'), found [1,5,3,4]");
}

TEST_F(BindingTest, FirstTensorOfAnotherRank) {
  set("q", {5, 4});
  expectError("tensor 'q': expected shape [B,T,H,K], found [5,4]");
}

TEST_F(BindingTest, MissingTensor) {
  drop("beta");
  expectError(("no tensor 'beta': " + kTakes).str());
}

TEST_F(BindingTest, MissingTensorUnderAnotherName) {
  drop("beta");
  set("betta", {1, 5, 2});
  expectError(("no tensor 'beta', only an unknown 'betta': " + kTakes).str());
}

TEST_F(BindingTest, SeveralMissingTensors) {
  drop("beta");
  drop("v");
  expectError(("no tensors 'v', 'beta': " + kTakes).str());
  set("values", {1, 5, 2, 8});
  set("b", {1, 5, 2});
  expectError(
      ("no tensors 'v', 'beta', only unknown 'values', 'b': " + kTakes).str());
}

TEST_F(BindingTest, SeveralUnknownTensors) {
  for (char c = 'a'; c < 'k'; ++c)
    set(std::string("x") + c, {1});
  expectError(("unknown tensors 'xa', 'xb', 'xc', 'xd', 'xe', 'xf', 'xg', "
               "'xh', …: " +
               kTakes)
                  .str());
}

TEST_F(BindingTest, UnknownTensorNamesTheNearest) {
  set("initial_states", {1, 2, 4, 8});
  expectError(
      ("unknown tensor 'initial_states', the nearest is 'initial_state': " +
       kTakes)
          .str());
}

TEST_F(BindingTest, NamesAreBoundedAndPrintable) {
  set("initial\n\x1b[31mstate", {1});
  expectError(("unknown tensor 'initial\\x0a\\x1b[31mstate', the nearest is "
               "'initial_state': " +
               kTakes)
                  .str());
  drop("initial\n\x1b[31mstate");
  set(std::string(1'000'000, 'q'), {1});
  EXPECT_LT(bindError().size(), 500u);
}

TEST_F(BindingTest, IntegersAreNotComputeTypes) {
  drop("q");
  tensors.push_back(
      cantFail(OwnedTensor::create("q", DType::I32, {1, 5, 1, 4})));
  expectError("tensor 'q': expected type bf16, f16, f32, found i32");
  BindOptions options;
  options.allowF64 = true;
  expectError("tensor 'q': expected type bf16, f16, f32 or f64, found i32",
              options);
}

TEST_F(BindingTest, F64IsForTheReference) {
  set("k", {1, 5, 1, 4}, DType::F64);
  expectError("tensor 'k': this device takes no f64; use --device=reference");
  BindOptions options;
  options.allowF64 = true;
  Problem problem = cantFail(bind(options));
  EXPECT_EQ(problem.outputDType, DType::F64);
  EXPECT_EQ(problem.stateDType, DType::F64);
}

TEST_F(BindingTest, OutputsHaveTheTypeOfTheFirstValueVector) {
  set("q", {1, 5, 1, 4}, DType::F16);
  set("v", {1, 5, 2, 8}, DType::BF16);
  Problem problem = cantFail(bind());
  EXPECT_EQ(problem.outputDType, DType::BF16);
  EXPECT_EQ(problem.stateDType, DType::F32);
}

TEST_F(BindingTest, ValueHeadsAreAMultipleOfKeyHeads) {
  set("q", {1, 5, 4, 4});
  set("k", {1, 5, 4, 4});
  expectError("tensor 'v': HV=2 is not a multiple of H=4 (from 'q')");
}

TEST_F(BindingTest, InitialState) {
  set("initial_state", {1, 2, 4, 8}, DType::BF16);
  Problem problem = cantFail(bind());
  EXPECT_TRUE(problem.hasInitialState(5));
  set("initial_state", {2, 2, 4, 8});
  expectError("tensor 'initial_state': expected shape [N,HV,K,V] with N=1 "
              "(from 'q'), HV=2 (from 'v'), K=4 (from 'q'), V=8 (from 'v'), "
              "found [2,2,4,8]");
}

TEST_F(BindingTest, Scale) {
  BindOptions options;
  options.scale = 3;
  EXPECT_EQ(cantFail(bind(options)).scale, 3);
}

TEST_F(BindingTest, EmptyAxesOfTokensAreLegal) {
  for (const char *name : {"q", "k"})
    set(name, {0, 0, 1, 4});
  set("v", {0, 0, 2, 8});
  set("g", {0, 0, 2, 4});
  set("beta", {0, 0, 2});
  Problem problem = cantFail(bind());
  EXPECT_EQ(problem.sizes["N"], 0);
  EXPECT_TRUE(problem.sequences.empty());
}

TEST_F(BindingTest, EmptyAxesOfStatesAreNot) {
  set("v", {1, 5, 2, 0});
  expectError("tensor 'v': V is 0, expected at least 1");
}

TEST_F(BindingTest, StatesThatNoDeviceHolds) {
  auto setSizes = [&](int64_t keyDim, int64_t valueDim) {
    for (const char *name : {"q", "k"})
      set(name, {1, 0, 1, keyDim});
    set("v", {1, 0, 2, valueDim});
    set("g", {1, 0, 2, keyDim});
    set("beta", {1, 0, 2});
  };
  setSizes(int64_t{1} << 40, 8);
  expectError("tensor 'q': K=1099511627776 (from 'q') is more than 65536");
  setSizes(4, 65537);
  expectError("tensor 'v': V=65537 (from 'v') is more than 65536");
  setSizes(1 << 14, 1 << 13);
  expectError("tensor 'v': a state of K=16384 (from 'q') and V=8192 (from "
              "'v') has more than 67108864 elements");
  setSizes(1 << 13, 1 << 13);
  EXPECT_EQ(cantFail(bind()).sizes["K"], 1 << 13);
}

TEST_F(BindingTest, MoreSequencesThanMemoryHolds) {
  for (const char *name : {"q", "k"})
    set(name, {int64_t{1} << 40, 0, 1, 4});
  set("v", {int64_t{1} << 40, 0, 2, 8});
  set("g", {int64_t{1} << 40, 0, 2, 4});
  set("beta", {int64_t{1} << 40, 0, 2});
  expectError("tensor 'q': B=1099511627776 is more than 268435456 sequences");
}

//===----------------------------------------------------------------------===//
// cu_seqlens
//===----------------------------------------------------------------------===//

TEST_F(BindingTest, Offsets) {
  setOffsets<int32_t>({0, 2, 2, 5}, DType::I32);
  Problem problem = cantFail(bind());
  EXPECT_EQ(problem.sizes["N"], 3);
  ASSERT_EQ(problem.sequences.size(), 3u);
  EXPECT_EQ(problem.sequences[1].begin, 2);
  EXPECT_EQ(problem.sequences[1].end, 2);
  EXPECT_EQ(problem.sequences[2].end, 5);
  setOffsets<int64_t>({0, 5}, DType::I64);
  EXPECT_EQ(cantFail(bind()).sizes["N"], 1);
}

TEST_F(BindingTest, OffsetsStartAtZero) {
  setOffsets<int64_t>({1, 5}, DType::I64);
  expectError("tensor 'cu_seqlens': starts at 0, found 1 at index 0");
}

TEST_F(BindingTest, OffsetsNeverDecrease) {
  setOffsets<int64_t>({0, 4, 3, 5}, DType::I64);
  expectError("tensor 'cu_seqlens': never decreases, found 3 at index 2 after "
              "4");
  setOffsets<int64_t>({0, -1, 5}, DType::I64);
  expectError("tensor 'cu_seqlens': never decreases, found -1 at index 1 "
              "after 0");
}

TEST_F(BindingTest, OffsetsEndAtT) {
  setOffsets<int64_t>({0, 4}, DType::I64);
  expectError(
      "tensor 'cu_seqlens': ends at T=5 (from 'q'), found 4 at index 1");
  setOffsets<int64_t>({0}, DType::I64);
  expectError(
      "tensor 'cu_seqlens': ends at T=5 (from 'q'), found 0 at index 0");
}

TEST_F(BindingTest, OffsetsAreIntegersOfRankOne) {
  set("cu_seqlens", {2});
  expectError("tensor 'cu_seqlens': expected type i32 or i64, found f32");
  setOffsets<int64_t>({}, DType::I64);
  expectError("tensor 'cu_seqlens': expected shape [N+1], found [0]");
}

TEST_F(BindingTest, OffsetsNeedOneRow) {
  for (const char *name : {"q", "k"})
    set(name, {2, 5, 1, 4});
  set("v", {2, 5, 2, 8});
  set("g", {2, 5, 2, 4});
  set("beta", {2, 5, 2});
  setOffsets<int64_t>({0, 5}, DType::I64);
  expectError("tensor 'cu_seqlens': needs B=1, found B=2 (from 'q')");
}

//===----------------------------------------------------------------------===//
// Other specs
//===----------------------------------------------------------------------===//

class OtherBindingTest : public sluice::test::TestProblem {};

TEST_F(OtherBindingTest, SpecWithoutScaleTakesNone) {
  load("rwkv7");
  for (const char *name : {"q", "k", "a", "b", "v", "g"})
    set(name, {1, 2, 1, 4});
  EXPECT_EQ(bindError(), "");
  BindOptions options;
  options.scale = 1;
  EXPECT_EQ(bindError(options),
            "'rwkv7' takes no scale: it has no delta.scale");
}

TEST_F(OtherBindingTest, SeveralStatesHaveNamesOfTheirOwn) {
  load("momentum_delta_rule");
  EXPECT_EQ(getSignature(spec.op).getInitialStateName(1), "initial_state_M");
  EXPECT_EQ(getSignature(spec.op).getFinalStateName(0), "final_state_S");
  for (const char *name : {"q", "k", "p", "v"})
    set(name, {1, 2, 1, 4});
  for (const char *name : {"la", "lm", "beta", "eta"})
    set(name, {1, 2, 1});
  set("initial_state_M", {1, 1, 4, 4});
  Problem problem = cantFail(bind());
  EXPECT_FALSE(problem.hasInitialState(8));
  EXPECT_TRUE(problem.hasInitialState(9));
}

TEST_F(OtherBindingTest, HeadsNobodyFollowsAreAsManyAsTheOthers) {
  load(R"(
    delta.recurrence @r v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %o = delta.read %S1, %k
      delta.yield states(%S1) outputs(%o)
    })");
  set("k", {1, 2, 3, 4});
  set("v", {1, 2, 3, 4});
  EXPECT_EQ(cantFail(bind()).sizes["H"], 3);
}

TEST_F(OtherBindingTest, SizeThatNoTensorTells) {
  load(R"(
    delta.recurrence @r qk_heads(%k: !delta.vec<key>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %o = delta.read %S, %k
      delta.yield states(%S) outputs(%o)
    })");
  set("k", {1, 2, 3, 4}, DType::BF16);
  EXPECT_EQ(bindError(),
            "V is unknown: no tensor given runs along it; initial_state "
            "[N,HV,K,V] would tell, or --value-dim");
  // What is given is believed; a tensor of another size is an error.
  BindOptions options;
  options.sizes = {{"V", 5}, {"K", 4}, {"N", 1}};
  EXPECT_EQ(cantFail(bind(options)).sizes["V"], 5);
  options.sizes = {{"V", 5}, {"K", 6}};
  EXPECT_EQ(bindError(options),
            "tensor 'k': expected shape [B,T,H,K] with K=6 (from "
            "'the sizes given'), found [1,2,3,4]");
  options.sizes = {{"V", 5}, {"N", 2}};
  EXPECT_EQ(bindError(options), "N=2 is given, found N=1 (from 'k')");
  options.sizes = {{"V", 0}};
  EXPECT_EQ(bindError(options), "the sizes given: V is 0, expected at least 1");
  options.sizes = {{"V", 65537}};
  EXPECT_EQ(bindError(options),
            "the sizes given: V=65537 (from 'the sizes given') is "
            "more than 65536");
  set("initial_state", {1, 3, 4, 7});
  Problem problem = cantFail(bind());
  EXPECT_EQ(problem.sizes["V"], 7);
  // No value vector: the first argument tells the type.
  EXPECT_EQ(problem.outputDType, DType::BF16);
}

TEST_F(OtherBindingTest, ParamsAreNotPerToken) {
  load("retention");
  set("q", {2, 3, 1, 4});
  set("k", {2, 3, 1, 4});
  set("v", {2, 3, 2, 4});
  set("g", {2});
  EXPECT_EQ(bindError(), "");
  set("g", {2, 3, 2});
  EXPECT_EQ(bindError(), "tensor 'g': expected shape [HV] with HV=2 (from "
                         "'v'), found [2,3,2]");
}

TEST_F(OtherBindingTest, ResultsHaveDeclaredShapes) {
  load(R"(
    delta.recurrence @r qk_heads(%k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>)
        -> (a: !delta.scalar, b: !delta.vec<key>, c: !delta.vec<value>) {
      %a = delta.dot %k, %k
      %b = delta.read %S, %v
      %c = delta.read %S, %k
      delta.yield states(%S) outputs(%a, %b, %c)
    })");
  set("k", {2, 3, 1, 4});
  set("v", {2, 3, 2, 5}, DType::F16);
  Problem problem = cantFail(bind());
  Results results = cantFail(Results::allocate(problem));
  ASSERT_EQ(results.tensors.size(), 4u);
  EXPECT_EQ(results.output(0).shape, (SmallVector<int64_t, 4>{2, 3, 2}));
  EXPECT_EQ(results.output(1).shape, (SmallVector<int64_t, 4>{2, 3, 2, 4}));
  EXPECT_EQ(results.output(2).shape, (SmallVector<int64_t, 4>{2, 3, 2, 5}));
  EXPECT_EQ(results.output(2).dtype, DType::F16);
  EXPECT_EQ(results.finalState(0).shape, (SmallVector<int64_t, 4>{2, 2, 4, 5}));
  EXPECT_EQ(results.finalState(0).name, "final_state");
  EXPECT_EQ(results.finalState(0).dtype, DType::F32);
  EXPECT_EQ(results.find("b"), &results.output(1));
  EXPECT_EQ(results.find("x"), nullptr);
}
//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

class RangeTest : public sluice::test::TestProblem {
protected:
  void loadRange(StringRef range) {
    load(("delta.recurrence @r\n"
          "  v_heads(%g: !delta.scalar range(" +
          range +
          "))\n"
          "  state(%S: !delta.state<key, value>) -> () {\n"
          "  delta.yield states(%S) outputs()\n}\n")
             .str());
    set("initial_state", {1, 2, 1, 1});
  }
  /// Tokens and heads of 0, and one number among them.
  std::string errorOf(double number, DType dtype = DType::F32) {
    std::vector<double> numbers(2000);
    numbers[1501] = number;
    set("g", {1, 1000, 2}, numbers, dtype);
    return bindError();
  }
};

TEST_F(RangeTest, ANumberOutsideIsNamedWithItsPlace) {
  loadRange("-5.0, 0.25");
  for (double number : {-5.0, -0.0, 0.25})
    EXPECT_EQ(errorOf(number), "");
  EXPECT_EQ(errorOf(0.5), "tensor 'g': lies in range(-5, 0.25), found 0.5 at "
                          "[0,750,1]");
  EXPECT_EQ(errorOf(std::nextafter(-5.0f, -6.0f)),
            "tensor 'g': lies in range(-5, 0.25), found -5.00000048 at "
            "[0,750,1]");
  EXPECT_EQ(errorOf(-INFINITY), "tensor 'g': lies in range(-5, 0.25), found "
                                "-inf at [0,750,1]");
  EXPECT_EQ(errorOf(NAN), "tensor 'g': lies in range(-5, 0.25), found nan at "
                          "[0,750,1]");
}

TEST_F(RangeTest, InfiniteEndsAreInside) {
  loadRange("-inf, 0.0");
  EXPECT_EQ(errorOf(-INFINITY), "");
  EXPECT_EQ(errorOf(1e-30), "tensor 'g': lies in range(-inf, 0), found "
                            "1e-30 at [0,750,1]");
}

TEST_F(RangeTest, EndsAreRoundedToTheTensorsType) {
  loadRange("-0.1, 0.3");
  for (DType dtype : {DType::BF16, DType::F16, DType::F32})
    for (double number : {-0.1, 0.3})
      EXPECT_EQ(errorOf(number, dtype), "");
  EXPECT_EQ(errorOf(-0.1005, DType::BF16),
            "tensor 'g': lies in range(-0.1, 0.3), found -0.100585938 at "
            "[0,750,1]");
  EXPECT_EQ(errorOf(-0.1005),
            "tensor 'g': lies in range(-0.1, 0.3), found -0.100500003 at "
            "[0,750,1]");
}
} // namespace
