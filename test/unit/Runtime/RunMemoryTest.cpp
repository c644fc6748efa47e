//===- RunMemoryTest.cpp - What a run allocates ---------------------------===//

#include "lib/Runtime/RunMemory.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Compile.h"
#include "test/unit/Runtime/TestProblem.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using io::DType;

namespace {
class RunMemoryTest : public sluice::test::TestProblem {
protected:
  RunMemoryTest() { load("kda"); }

  uint64_t getTotal(const RunKind &kind) {
    return getRunNeed(getSignature(spec.op), sizes, kind).getTotal();
  }

  Sizes sizes = {{"B", 1},  {"T", 1000}, {"N", 1}, {"H", 2},
                 {"HV", 4}, {"K", 8},    {"V", 16}};
  // Of one sequence: q and k, v, g, beta; o; a state; the list of sequences,
  // and one of tasks.
  static constexpr uint64_t kInputs = 1000 * (2 * 2 * 8 + 4 * (16 + 8 + 1)),
                            kOutputs = 1000 * 4 * 16, kState = 4 * 8 * 16,
                            kLists = (1 + 4) * sizeof(Sequence);
};

TEST_F(RunMemoryTest, IsInputsAndResults) {
  RunKind kind;
  EXPECT_EQ(getTotal(kind), 4 * (kOutputs + kState) + kLists);
  kind.outputDType = DType::BF16;
  EXPECT_EQ(getTotal(kind), 2 * kOutputs + 4 * kState + kLists);
  kind.generated = DType::BF16;
  EXPECT_EQ(getTotal(kind), 2 * (kInputs + kOutputs) + 4 * kState + kLists);
  kind.initialStates = true;
  EXPECT_EQ(getTotal(kind), 2 * (kInputs + kOutputs) + 8 * kState + kLists);
  kind.compares = true;
  EXPECT_EQ(getTotal(kind), 2 * (kInputs + kOutputs) + 8 * kState + kLists +
                                8 * (kOutputs + kState));
}

TEST_F(RunMemoryTest, BackwardIsGradientsAndTheTermsOfSums) {
  RunKind kind;
  kind.backward = true;
  // q and k are shared: each value head has a term in float64.
  constexpr uint64_t kTerms = 8 * 1000 * 4 * (2 * 8);
  EXPECT_EQ(getTotal(kind), 4 * (kInputs + kState) + kTerms + kLists);
}

/// What a plan that was compiled takes: workspaces, and for each launch a list
/// of segments and one of tasks.
static uint64_t getPlanned(const LaunchPlan &plan, Sizes sizes,
                           int64_t segments) {
  sizes["G"] = segments;
  uint64_t total = segments * sizeof(Sequence) + 2 * sizeof(int64_t);
  for (const Workspace &workspace : plan.workspaces) {
    uint64_t elements = 1;
    for (const Expression &size : workspace.shape)
      elements *= cantFail(size.evaluate(sizes));
    total += elements * io::byteWidth(workspace.dtype);
  }
  for (const auto &launch : plan.launches)
    if (std::holds_alternative<KernelLaunch>(launch))
      total += segments * (1 + sizes["HV"]) * sizeof(Sequence);
  return total;
}

TEST_F(RunMemoryTest, OfSegmentsIsThePlans) {
  // Corrections from the right: what is contracted is V.
  constexpr StringRef kRight = R"(delta.recurrence @right
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (r: !delta.vec<key>) {
  %r = delta.read %S, %v
  %e = delta.sub %k, %r
  %S1 = delta.write %S, %e, %v
  delta.yield states(%S1) outputs(%r)
})";
  for (StringRef text : {"kda", "momentum_delta_rule", kRight.data()})
    for (auto [keyDim, valueDim] : {std::pair(8, 16), {16, 8}, {8, 8}}) {
      load(text);
      sizes["K"] = keyDim;
      sizes["V"] = valueDim;
      compiler::CompileOptions options;
      options.keyDim = keyDim;
      options.valueDim = valueDim;
      options.argTypes.assign(spec.op.getNumArgs(), DType::F32);
      options.segment = 10;
      LaunchPlan plan = cantFail(compiler::compile(spec.op, options)).plan;
      RunKind kind;
      uint64_t whole = getTotal(kind);
      kind.segmentTokens = 10;
      bool isLeft =
          cantFail(compiler::findTransitionAxis(spec.op)) == delta::Axis::Key;
      EXPECT_EQ(isLeft, text != kRight);
      kind.transitionAxis = isLeft ? "K" : "V";
      EXPECT_EQ(getTotal(kind) - whole, getPlanned(plan, sizes, 100))
          << text.str() << ' ' << keyDim << ' ' << valueDim;
    }
}

TEST_F(RunMemoryTest, SegmentsAreTheMostThatThereCanBe) {
  RunKind kind;
  kind.segmentTokens = 10;
  auto getOf = [&](int64_t segments) {
    MemoryNeed need;
    addSegments(need, getSignature(spec.op), sizes, segments, "K");
    return need.getTotal();
  };
  // A thousand tokens: of 501 and 499; each alone, or with none beside it.
  for (auto [sequences, segments] :
       {std::pair(1, 100), {2, 101}, {1000, 1000}, {2000, 1000}}) {
    sizes["N"] = sequences;
    EXPECT_EQ(getTotal(kind) - getTotal({}), getOf(segments)) << sequences;
  }
}

TEST_F(RunMemoryTest, DoesNotOverflow) {
  sizes["B"] = sizes["N"] = sizes["T"] = sizes["HV"] = int64_t{1} << 40;
  RunKind kind;
  kind.segmentTokens = 1;
  EXPECT_EQ(getTotal(kind), std::numeric_limits<uint64_t>::max());
}
} // namespace
