//===- GenerateTest.cpp - Random inputs -----------------------------------===//

#include "lib/Reference/Generate.h"
#include "test/unit/Runtime/TestProblem.h"

#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using io::DType;

namespace {
class GenerateTest : public sluice::test::TestProblem {
protected:
  /// "q=Normal/length ..." without the states.
  std::string distributions() {
    constexpr StringLiteral kNames[] = {"LogGate", "Unit", "Normal"};
    std::string text;
    for (auto [i, distribution] : enumerate(chooseDistributions(spec.op)))
      if (spec.op.getArgKind(i) != delta::ArgKind::State)
        text += (Twine(text.empty() ? "" : " ") + spec.op.getArgName(i) + "=" +
                 kNames[static_cast<int>(distribution.source)] +
                 (distribution.hasUnitLength ? "/length" : ""))
                    .str();
    return text;
  }
  void generateFrom(StringRef text, uint64_t seed = 0) {
    GenerateOptions options = cantFail(parseGenerateOptions(text));
    options.seed = seed;
    tensors = cantFail(generate(spec.op, options));
  }
  const OwnedTensor &tensor(StringRef name) {
    return *find_if(tensors, [&](const OwnedTensor &tensor) {
      return tensor.name == name;
    });
  }
};

TEST_F(GenerateTest, RolesAreReadOffTheUses) {
  load("kda");
  EXPECT_EQ(distributions(),
            "q=Normal/length k=Normal/length v=Normal g=LogGate beta=Unit");
  load("md_gdn");
  EXPECT_EQ(
      distributions(),
      "q=Normal/length k=Normal/length v=Normal g=Normal/length beta=Unit");
  load("hgrn2");
  EXPECT_EQ(distributions(), "q=Normal/length v=Normal g=LogGate");
}

TEST_F(GenerateTest, GatesThatAreComputedComeOutBelowZero) {
  // The gate is −exp(A_log)·dt: dt below 0 would let the state explode.
  load("mamba2");
  EXPECT_EQ(distributions(), "x=Normal dt=Unit B=Normal/length C=Normal/length "
                             "A_log=LogGate D=Unit");
  load(R"(
    delta.recurrence @r v_heads(%f: !delta.vec<key>, %v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %g = delta.log %f
      %S1 = delta.decay %S, %g
      %o = delta.read %S1, %f
      delta.yield states(%S1) outputs(%v)
    })");
  EXPECT_EQ(distributions(), "f=Unit v=Normal");
}

TEST_F(GenerateTest, VectorsThatMultiplyAStateHaveLength1) {
  load(R"(
    delta.recurrence @r qk_heads(%k: !delta.vec<key>)
        v_heads(%x: !delta.vec<value>, %w: !delta.vec<value>,
                %v: !delta.vec<value>, %f: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
      %S1 = delta.scale_state %S, %f
      %p = delta.read %S1, %x
      %e = delta.sub %k, %p
      %y = delta.mul %w, %f
      %S2 = delta.write %S1, %e, %y
      %S3 = delta.write %S2, %k, %v
      %o = delta.read %S3, %v
      delta.yield states(%S3) outputs(%o)
    })");
  EXPECT_EQ(distributions(), "k=Normal/length x=Normal/length w=Normal/length "
                             "v=Normal f=Unit/length");
  generateFrom("T=3,H=1,K=4,V=128");
  for (StringRef name : {"x", "w", "f"}) {
    double squares = 0;
    for (int64_t i = 0; i < 128; ++i)
      squares += std::pow(tensor(name).load(i), 2);
    EXPECT_NEAR(squares, 1, 1e-6) << name.str();
  }
}

TEST_F(GenerateTest, NumbersAreInTheirRanges) {
  load("kda");
  generateFrom("T=7,H=2,HV=4,K=16,V=8,initial");
  ASSERT_EQ(bindError(), "");
  EXPECT_EQ(tensor("g").shape, (SmallVector<int64_t, 4>{1, 7, 4, 16}));
  for (int64_t i = 0, e = tensor("g").view().numElements(); i < e; ++i) {
    EXPECT_LT(tensor("g").load(i), 0);
    EXPECT_GE(tensor("g").load(i), -0.5);
  }
  double squares = 0;
  for (int64_t i = 0; i < 16; ++i)
    squares += std::pow(tensor("k").load(i), 2);
  EXPECT_NEAR(squares, 1, 1e-6);
  EXPECT_EQ(tensor("initial_state").shape,
            (SmallVector<int64_t, 4>{1, 4, 16, 8}));
}

TEST_F(GenerateTest, TheSeedDecides) {
  load("delta_rule");
  generateFrom("T=3,K=4", 1);
  double first = tensor("q").load(0);
  generateFrom("T=3,K=4", 1);
  EXPECT_EQ(tensor("q").load(0), first);
  generateFrom("T=3,K=4", 2);
  EXPECT_NE(tensor("q").load(0), first);
  EXPECT_NE(tensor("q").load(0), tensor("k").load(0));
}

TEST_F(GenerateTest, Sequences) {
  load("delta_rule");
  generateFrom("seqlens=3:0:4,K=4,V=4,dtype=bf16");
  Problem problem = cantFail(bind());
  EXPECT_EQ(problem.sizes["N"], 3);
  EXPECT_EQ(problem.sizes["T"], 7);
  EXPECT_EQ(problem.outputDType, DType::BF16);
}

TEST(GenerateOptionsTest, Errors) {
  auto errorOf = [](StringRef text) {
    return toString(parseGenerateOptions(text).takeError());
  };
  EXPECT_EQ(errorOf("T=x"),
            "--generate: 'T' is a size from 0 to 1099511627776, found 'x'");
  EXPECT_EQ(errorOf("T=-1"),
            "--generate: 'T' is a size from 0 to 1099511627776, found '-1'");
  EXPECT_EQ(errorOf("dtype=i8"),
            "--generate: 'dtype' is bf16, f16, f32 or f64, found 'i8'");
  EXPECT_EQ(errorOf("N=3"), "--generate: unknown 'N=3', expected B=, T=, H=, "
                            "HV=, K=, V=, dtype=, initial or seqlens=");
  EXPECT_EQ(errorOf("T=5,seqlens=1:2"),
            "--generate: 'seqlens' sums up to 3, not to T=5");
  EXPECT_EQ(errorOf("B=2,seqlens=1:2"), "--generate: 'seqlens' needs B=1");
}
TEST_F(GenerateTest, NumbersAreInDeclaredRanges) {
  load(R"(
    delta.recurrence @r
        v_heads(%v: !delta.vec<value> range(0.25, inf),
                %g: !delta.vec<key> range(-5.0, -0.75),
                %h: !delta.scalar range(-inf, -1.0),
                %k: !delta.vec<key> range(-0.1, 0.3))
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.decay %S, %g
      %S2 = delta.decay %S1, %h
      %S3 = delta.write %S2, %k, %v
      delta.yield states(%S3) outputs(%v)
    })");
  for (const char *type : {"f32", "bf16", "f16"}) {
    generateFrom((Twine("T=50,H=2,K=16,V=8,dtype=") + type).str());
    EXPECT_EQ(bindError(), "") << type;
  }
  // Drawn, not clamped: not all at an end.
  double least = 0;
  for (int64_t i = 0, e = tensor("g").view().numElements(); i < e; ++i)
    least = std::min(least, tensor("g").load(i));
  EXPECT_LT(least, -4);
}

} // namespace
