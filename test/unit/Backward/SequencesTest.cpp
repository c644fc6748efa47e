//===- SequencesTest.cpp - gradients over sequences and heads -------------===//

#include "lib/Reference/Generate.h"
#include "test/unit/Backward/GradientCheck.h"
#include "test/unit/Runtime/TestProblem.h"
#include "llvm/Support/Parallel.h"
#include <set>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;
using io::DType;

namespace {
class SequencesTest : public sluice::test::TestProblem {
protected:
  /// Inputs of `sizes` and gradients by all results, as --generate has them.
  void make(StringRef sizes) {
    GenerateOptions options = cantFail(parseGenerateOptions(sizes));
    options.gradients = true;
    tensors = cantFail(generate(spec.op, options));
  }
  Problem bindBackward() {
    BindOptions options;
    options.allowF64 = true;
    options.backward = true;
    return cantFail(bind(options));
  }
  Results run(const std::vector<std::string> &inputs = {},
              const BackwardOptions &options = {}) {
    return getGradients(spec.op, bindBackward(), inputs, options);
  }
  OwnedTensor &tensor(StringRef name) {
    return *find_if(tensors, [&](const OwnedTensor &tensor) {
      return tensor.name == name;
    });
  }
};

std::set<std::string> getNames(const Results &results) {
  std::set<std::string> names;
  for (const OwnedTensor &tensor : results.tensors)
    names.insert(tensor.name);
  return names;
}
} // namespace

//===----------------------------------------------------------------------===//
// Closed forms
//===----------------------------------------------------------------------===//

TEST_F(SequencesTest, LinearAttentionByHand) {
  // o_t = q_t Σ_{s ≤ t} k_s v_s with K = V = 1.
  load("linear_attention");
  set("q", {1, 2, 1, 1}, {2, 3});
  set("k", {1, 2, 1, 1}, {5, 7});
  set("v", {1, 2, 1, 1}, {11, 13});
  set("do", {1, 2, 1, 1}, {1, 10});
  set("dfinal_state", {1, 1, 1, 1}, {100});
  BindOptions options;
  options.scale = 1;
  options.backward = true;
  Results results = getGradients(spec.op, cantFail(bind(options)));
  auto expect = [&](StringRef name, double first, double second) {
    EXPECT_EQ(results.find(name)->load(0), first) << name.str();
    EXPECT_EQ(results.find(name)->load(1), second) << name.str();
  };
  expect("dq", 5 * 11, 10 * (5 * 11 + 7 * 13));
  // dS behind the second token is 100 + 10 · 3, behind the first 2 more.
  expect("dk", 132 * 11, 130 * 13);
  expect("dv", 132 * 5, 130 * 7);
  EXPECT_EQ(results.find("dinitial_state")->load(0), 132);
}

TEST_F(SequencesTest, WhatIsNotGivenIsZero) {
  load("linear_attention");
  make("T=5,H=1,K=2,V=3,dtype=f64,initial");
  OwnedTensor zero =
      cantFail(OwnedTensor::create("dfinal_state", DType::F64, {1, 1, 2, 3}));
  drop("dfinal_state");
  Results without = run();
  tensors.push_back(std::move(zero));
  expectSameBits(run(), without);
}

//===----------------------------------------------------------------------===//
// Sequences and heads
//===----------------------------------------------------------------------===//

TEST_F(SequencesTest, PackedSequencesKnowNothingOfEachOther) {
  load("kda");
  make("T=6,H=2,K=2,V=3,seqlens=2:0:4,dtype=f64,initial");
  Results packed = run();
  // The last of them alone.
  auto cut = [&](StringRef name, int64_t row) {
    OwnedTensor &whole = tensor(name);
    std::vector<double> numbers;
    for (int64_t i = 2 * row; i < 6 * row; ++i)
      numbers.push_back(whole.load(i));
    std::vector<int64_t> shape(whole.shape.begin(), whole.shape.end());
    shape[1] = 4;
    set(name, shape, numbers, DType::F64);
  };
  for (StringRef name : {"q", "k", "g"})
    cut(name, 4);
  for (StringRef name : {"v", "do"})
    cut(name, 6);
  cut("beta", 2);
  for (StringRef name : {"initial_state", "dfinal_state"}) {
    std::vector<double> numbers;
    for (int64_t i = 24; i < 36; ++i)
      numbers.push_back(tensor(name).load(i));
    set(name, {1, 2, 2, 3}, numbers, DType::F64);
  }
  drop("cu_seqlens");
  Results alone = run();
  for (int64_t i = 0; i < 16; ++i)
    EXPECT_EQ(alone.find("dq")->load(i), packed.find("dq")->load(i + 8));
  for (int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(alone.find("dinitial_state")->load(i),
              packed.find("dinitial_state")->load(i + 24));
}

TEST_F(SequencesTest, AnEmptySequenceHandsItsGradientOn) {
  load("kda");
  make("T=3,H=1,K=2,V=2,seqlens=0:3:0,dtype=f64,initial");
  Results results = run();
  for (int64_t i : {0, 1, 2, 3, 8, 9, 10, 11})
    EXPECT_EQ(results.find("dinitial_state")->load(i),
              tensor("dfinal_state").load(i));
}

TEST_F(SequencesTest, NoTokens) {
  load("mamba2");
  make("T=0,H=2,K=2,V=2,dtype=f64,initial");
  Results results = run();
  EXPECT_EQ(results.find("dx")->numBytes(), 0);
  for (int64_t i = 0; i < 2; ++i)
    EXPECT_EQ(results.find("dD")->load(i), 0);
  for (int64_t i = 0; i < 8; ++i)
    EXPECT_EQ(results.find("dinitial_state")->load(i),
              tensor("dfinal_state").load(i));
}

/// What heads or tokens share is the sum of what each would get by itself.
TEST_F(SequencesTest, SharedArgumentsGetSums) {
  load("linear_attention");
  make("T=3,H=1,HV=4,K=2,V=2,dtype=f64");
  Results grouped = run({"q"});
  std::vector<double> sums(3 * 2);
  // The same with a query/key head for each value head.
  for (StringRef name : {"q", "k"}) {
    std::vector<double> numbers;
    for (int64_t token = 0; token < 3; ++token)
      for (int64_t head = 0; head < 4; ++head)
        for (int64_t i = 0; i < 2; ++i)
          numbers.push_back(tensor(name).load(token * 2 + i));
    set(name, {1, 3, 4, 2}, numbers, DType::F64);
  }
  Results single = run({"q"});
  for (int64_t token = 0; token < 3; ++token)
    for (int64_t head = 0; head < 4; ++head)
      for (int64_t i = 0; i < 2; ++i)
        sums[token * 2 + i] +=
            single.find("dq")->load((token * 4 + head) * 2 + i);
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(grouped.find("dq")->load(i), sums[i]);
}

TEST_F(SequencesTest, HaveTheSameBitsOnAnyNumberOfThreads) {
  load("mamba2");
  make("B=3,T=17,H=1,HV=4,K=3,V=5,dtype=f64,initial");
  llvm::parallel::strategy = hardware_concurrency(1);
  Results one = run();
  llvm::parallel::strategy = hardware_concurrency(4);
  expectSameBits(run(), one);
}

/// Sums over heads or tokens are outputs, too: each term gets their gradient.
TEST_F(SequencesTest, GradientsOfSums) {
  load(R"(
    delta.recurrence @sums
        qk_heads(%q: !delta.vec<key>) v_heads(%x: !delta.vec<value>)
        state(%S: !delta.state<key, value>)
        -> v_heads(o: !delta.vec<value>) qk_heads(m: !delta.vec<key>)
           params(n: !delta.vec<value>) {
      %xx = delta.mul %x, %x
      %S1 = delta.write %S, %q, %xx
      %o = delta.read %S1, %q
      %m = delta.read %S1, %x
      delta.yield states(%S1) outputs(%o, %m, %xx)
    })");
  make("B=2,T=3,H=2,HV=4,K=2,V=3,dtype=f64,initial");
  Problem problem = bindBackward();
  EXPECT_EQ(problem.outputGradients[2].shape.size(), 2u); // [HV, V]
  Random random(3, 1);
  checkGradients(spec.op, problem, getGradients(spec.op, problem), random);
}

//===----------------------------------------------------------------------===//
// Kept states
//===----------------------------------------------------------------------===//

TEST_F(SequencesTest, NoBitDependsOnTheStatesThatAreKept) {
  load("momentum_delta_rule");
  make("T=23,H=1,HV=2,K=3,V=2,dtype=f64,initial");
  BackwardOptions options;
  options.keptEvery = 23; // all of one run: none twice
  Results all = run({}, options);
  expectSameBits(run(), all);
  for (int64_t every : {1, 2, 11, 22, 40}) {
    options.keptEvery = every;
    expectSameBits(run({}, options), all);
  }
}

//===----------------------------------------------------------------------===//
// What is asked for
//===----------------------------------------------------------------------===//

TEST_F(SequencesTest, OnlyWhatIsAskedForIsComputed) {
  load("linear_attention");
  auto takes = [&](const std::vector<std::string> &inputs) {
    compiler::Adjoint made = cantFail(compiler::deriveAdjoint(spec.op, inputs));
    std::set<std::string> names;
    for (unsigned i = 0; i < made.adjoint.getNumArgs(); ++i)
      names.insert(made.adjoint.getArgName(i).str());
    return names;
  };
  using Names = std::set<std::string>;
  // No state goes back where only q is asked for, none forward for v.
  EXPECT_EQ(takes({"q"}), Names({"k", "v", "S", "do"}));
  EXPECT_EQ(takes({"v"}), Names({"q", "k", "do", "dS"}));
  EXPECT_EQ(takes({}), Names({"q", "k", "v", "S", "do", "dS"}));

  make("T=7,H=1,K=2,V=3,dtype=f64,initial");
  Results all = run();
  EXPECT_EQ(getNames(all), Names({"dq", "dk", "dv", "dinitial_state"}));
  for (const char *input : {"q", "k", "v"}) {
    Results one = run({input});
    const OwnedTensor &ours = one.tensors.front(),
                      *expected = all.find(ours.name);
    EXPECT_EQ(ours.name, std::string("d") + input);
    EXPECT_EQ(std::memcmp(ours.data(), expected->data(), ours.numBytes()), 0);
  }
}

TEST_F(SequencesTest, WhatHasNoInfluenceHasNoGradient) {
  load(R"(
    delta.recurrence @r
        v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %x: !delta.scalar)
        state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
        -> (o: !delta.vec<value>) {
      %y = delta.mul %x, %v
      %S1 = delta.write %S, %k, %v
      %o = delta.read %S1, %k
      delta.yield states(%S1, %S1) outputs(%o)
    })");
  make("T=3,H=1,K=2,V=2,dtype=f64,initial");
  Results results = run();
  EXPECT_EQ(getNames(results),
            (std::set<std::string>{"dk", "dv", "dinitial_state_S",
                                   "dinitial_state_M"}));
  for (int64_t i = 0; i < 4; ++i)
    EXPECT_EQ(results.find("dinitial_state_M")->load(i), 0);
}

//===----------------------------------------------------------------------===//
// Causality
//===----------------------------------------------------------------------===//

/// The tokens behind a loss are no part of its gradients: not even the sign of
/// a zero is theirs.
TEST_F(SequencesTest, NothingBehindTheLossChangesABit) {
  for (const char *variant : {"kda", "mamba2", "md_gdn", "rwkv7", "rwkv6",
                              "momentum_delta_rule", "gated_delta_product"}) {
    SCOPED_TRACE(variant);
    load(variant);
    constexpr int64_t kTokens = 11, kLoss = 6;
    make("T=11,H=1,HV=2,K=3,V=2,dtype=f64,initial");
    Signature signature = getSignature(spec.op);
    auto forEachLater = [&](StringRef name, auto change) {
      OwnedTensor &changed = tensor(name);
      int64_t row = changed.view().numElements() / kTokens;
      for (int64_t i = kLoss * row; i < kTokens * row; ++i)
        changed.store(i, change(changed.load(i)));
    };
    for (unsigned i = 0; i < signature.getStates().size(); ++i)
      drop("d" + signature.getFinalStateName(i));
    forEachLater("do", [](double) { return 0; });
    Results before = run();
    for (const Argument &argument : signature.arguments)
      if (argument.kind == ArgumentKind::QKHeads ||
          argument.kind == ArgumentKind::VHeads)
        forEachLater(argument.name, [](double x) { return -3 * x; });
    Results after = run();
    for (auto [a, b] : zip_equal(after.tensors, before.tensors)) {
      bool isOfTokens = a.shape.size() > 1 && a.shape[1] == kTokens;
      size_t bytes = isOfTokens ? a.numBytes() / kTokens * kLoss : a.numBytes();
      EXPECT_EQ(std::memcmp(a.data(), b.data(), bytes), 0) << a.name;
    }
  }
}

/// A negative factor of a later token makes −0 of 0.
TEST_F(SequencesTest, TheSignOfAZeroIsNotALaterToken) {
  load(R"(
    delta.recurrence @r
        v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %f: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.scale_state %S, %f
      %S2 = delta.write %S1, %k, %v
      %o = delta.read %S2, %k
      delta.yield states(%S2) outputs(%o)
    })");
  // At the first token a key of −1 adds −0, which leaves the sign of a zero.
  set("k", {1, 2, 1, 1}, {-1, 1});
  set("v", {1, 2, 1, 1}, {1, 1});
  set("do", {1, 2, 1, 1}, {0, 0});
  for (double factor : {0.5, -0.5}) {
    set("f", {1, 2, 1}, {1, factor});
    Results results = run();
    for (StringRef name : {"dinitial_state", "dv", "dk"})
      EXPECT_FALSE(std::signbit(results.find(name)->load(0))) << name.str();
  }
}

//===----------------------------------------------------------------------===//
// Types of results
//===----------------------------------------------------------------------===//

TEST_F(SequencesTest, GradientsHaveTheTypesOfInputs) {
  load("mamba2");
  make("T=2,H=1,K=2,V=2,dtype=bf16");
  Problem problem = bindBackward();
  compiler::Adjoint made = cantFail(compiler::deriveAdjoint(spec.op));
  Results results = cantFail(interpretBackward(made.op, made.adjoint, problem));
  for (StringRef name : {"dx", "ddt", "dB", "dC"})
    EXPECT_EQ(results.find(name)->dtype, DType::BF16) << name.str();
  for (StringRef name : {"dA_log", "dD", "dinitial_state"})
    EXPECT_EQ(results.find(name)->dtype, DType::F32) << name.str();
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST_F(SequencesTest, AProblemBoundForwardIsRefused) {
  load("linear_attention");
  make("T=5,H=1,K=2,V=3");
  for (StringRef name : {"do", "dfinal_state"})
    drop(name);
  compiler::Adjoint made = cantFail(compiler::deriveAdjoint(spec.op));
  Expected<Results> results =
      interpretBackward(made.op, made.adjoint, cantFail(bind()));
  EXPECT_EQ(toString(results.takeError()),
            "the problem was bound without gradients by its outputs: it cannot "
            "be run backwards");
}

TEST_F(SequencesTest, GradientsAreBoundAsInputsAre) {
  load("linear_attention");
  make("T=5,H=1,K=2,V=3");
  BindOptions options;
  EXPECT_EQ(
      StringRef(bindError(options)).take_until([](char c) { return c == ':'; }),
      "unknown tensor 'do', the nearest is 'q'");
  options.backward = true;
  EXPECT_EQ(bindError(options), "");
  set("do", {1, 4, 1, 3});
  EXPECT_EQ(bindError(options),
            "tensor 'do': expected shape [B,T,HV,V] with B=1 T=5 (from 'q'), "
            "HV=1 V=3 (from 'v'), found [1,4,1,3]");
  drop("do");
  EXPECT_EQ(bindError(options),
            "no gradient to go back from: expected a tensor of 'do', "
            "'dfinal_state', the gradients by results");
  set("dfinal_state", {1, 1, 2, 3});
  EXPECT_EQ(bindError(options), "");
}
