//===- OutputSumsTest.cpp - Outputs that tokens or heads share ------------===//

#include "lib/Compiler/ChunkForm.h"
#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Reference/Error.h"
#include "test/unit/Compiler/RunSpec.h"
#include "test/unit/Runtime/TestProblem.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

namespace {
/// What a step gives, per token and value head, and its sums.
class OutputSumsTest : public sluice::test::TestProblem {
protected:
  static constexpr int64_t kRows = 2, kTokens = 11, kQKHeads = 2, kHeads = 6,
                           kKey = 4, kValue = 3;

  void loadStep(StringRef outputs) {
    load(("delta.recurrence @sums\n"
          "    qk_heads(%k: !delta.vec<key>)\n"
          "    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)\n"
          "    state(%S: !delta.state<key, value>) -> " +
          outputs + R"( {
      %S1 = delta.decay %S, %g
      %S2 = delta.write %S1, %k, %v
      %o = delta.read %S2, %k
      %dk = delta.read %S2, %v
      %dA = delta.dot %o, %v
      delta.yield states(%S2) outputs(%o, %dk, %dA)
    })")
             .str());
  }

  void setTensors(io::DType dtype) {
    set("k", {kRows, kTokens, kQKHeads, kKey}, dtype);
    set("v", {kRows, kTokens, kHeads, kValue}, dtype);
    std::vector<double> gates(kRows * kTokens * kHeads);
    for (size_t i = 0; i < gates.size(); ++i)
      gates[i] = -0.1 * static_cast<double>(i % 7);
    set("g", {kRows, kTokens, kHeads}, gates, dtype);
  }

  static constexpr StringLiteral kUnsummed =
      "(o: !delta.vec<value>, dk: !delta.vec<key>, dA: !delta.scalar)";
  static constexpr StringLiteral kSummed =
      "v_heads(o: !delta.vec<value>) qk_heads(dk: !delta.vec<key>) "
      "params(dA: !delta.scalar)";

  static void expectClose(const Results &ours, const Results &theirs,
                          double bar) {
    for (const reference::TensorError &error :
         cantFail(reference::compare(ours, theirs)))
      EXPECT_TRUE(error.relativeRMS <= bar)
          << error.name << ": " << error.relativeRMS;
  }
};
} // namespace

TEST_F(OutputSumsTest, AreSumsOverHeadsAndTokens) {
  setTensors(io::DType::F32);
  loadStep(kUnsummed);
  Results all = cantFail(reference::interpretExact(spec.op, cantFail(bind())));
  loadStep(kSummed);
  Problem problem = cantFail(bind());
  Results sums = cantFail(reference::interpretExact(spec.op, problem));
  EXPECT_EQ(sums.find("dk")->shape,
            (SmallVector<int64_t, 4>{kRows, kTokens, kQKHeads, kKey}));
  EXPECT_EQ(sums.find("dA")->shape, (SmallVector<int64_t, 4>{kHeads}));
  for (int64_t token = 0; token < kRows * kTokens; ++token)
    for (int64_t head = 0; head < kQKHeads; ++head)
      for (int64_t i = 0; i < kKey; ++i) {
        double sum = 0;
        for (int64_t j = 0; j < kHeads / kQKHeads; ++j)
          sum += all.find("dk")->load(
              (token * kHeads + head * (kHeads / kQKHeads) + j) * kKey + i);
        EXPECT_EQ(sums.find("dk")->load((token * kQKHeads + head) * kKey + i),
                  sum);
      }
  for (int64_t head = 0; head < kHeads; ++head) {
    double sum = 0;
    for (int64_t token = 0; token < kRows * kTokens; ++token)
      sum += all.find("dA")->load(token * kHeads + head);
    EXPECT_EQ(sums.find("dA")->load(head), sum);
  }
  // What is not shared is as it was.
  EXPECT_EQ(sums.find("o")->view().bytes, all.find("o")->view().bytes);
}

TEST_F(OutputSumsTest, EveryFormAndDeviceGivesThem) {
  for (io::DType dtype : {io::DType::F32, io::DType::BF16}) {
    setTensors(dtype);
    loadStep(kSummed);
    Problem problem = cantFail(bind());
    Results exact = cantFail(reference::interpretExact(spec.op, problem));
    compiler::ChunkForm form =
        cantFail(compiler::deriveChunkForm(spec.op, kKey, kValue, 4));
    expectClose(cantFail(reference::interpretChunksExact(form.scan, problem)),
                exact, 1e-12);
    double bar = dtype == io::DType::F32 ? 1e-6 : 3e-3;
    for (int64_t chunk : {0, 4, 16}) {
      SCOPED_TRACE(chunk);
      Results ours = sluice::test::runSpec(spec.op, problem, chunk);
      expectClose(ours, exact, bar);
      // The same bits every time.
      Results again = sluice::test::runSpec(spec.op, problem, chunk);
      for (auto [first, second] : zip(ours.tensors, again.tensors))
        EXPECT_EQ(first.view().bytes, second.view().bytes) << first.name;
    }
    compiler::CompileOptions options = compiler::getCompileOptions(problem);
    options.segment = 4;
    CPUDevice device(/*threads=*/2);
    auto loaded = cantFail(LoadedArtifact::load(
        device, cantFail(compiler::compile(spec.op, options))));
    expectClose(cantFail(runArtifact(*loaded, problem)), exact, bar);
  }
}
