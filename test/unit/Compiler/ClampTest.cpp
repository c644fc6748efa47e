//===- ClampTest.cpp - kernels keep the ranges that a spec declares -------===//
//
// Binding refuses numbers outside a range, a kernel may be handed them all the
// same. It then computes what it would of the nearest numbers inside.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Error.h"
#include "lib/Reference/Interpreter.h"
#include "test/unit/Compiler/RunSpec.h"
#include "test/unit/Runtime/TestProblem.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

namespace {
class ClampTest : public sluice::test::TestProblem {
protected:
  /// A gate along key, a weight and a param with the ranges given.
  void loadStep(StringRef gate, StringRef weight, StringRef param) {
    load(("delta.recurrence @r\n"
          "    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)\n"
          "    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> " +
          gate + ", %beta: !delta.scalar " + weight +
          ") params(%a: !delta.scalar " + param + ")\n" +
          R"(state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
            %ag = delta.mul %a, %g
            %S1 = delta.decay %S, %ag
            %p = delta.read %S1, %k
            %e = delta.sub %v, %p
            %u = delta.mul %beta, %e
            %S2 = delta.write %S1, %k, %u
            %o = delta.read %S2, %q
            delta.yield states(%S2) outputs(%o)
          })")
             .str());
  }

  void fill(StringRef name, const std::vector<int64_t> &shape,
            function_ref<double(int64_t)> number, io::DType dtype) {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    std::vector<double> numbers(count);
    for (int64_t i = 0; i < count; ++i)
      numbers[i] = number(i);
    set(name, shape, numbers, dtype);
  }

  /// Small q, k and v; gates, weights and params as they are given.
  void setTensors(ArrayRef<double> gates, ArrayRef<double> weights,
                  double param, io::DType dtype) {
    constexpr int64_t kTokens = 19, kKey = 6, kValue = 10;
    auto wave = [](int64_t i) { return 0.4 * std::sin(0.7 * double(i)); };
    fill("q", {1, kTokens, 1, kKey}, wave, dtype);
    fill("k", {1, kTokens, 1, kKey}, wave, dtype);
    fill("v", {1, kTokens, 1, kValue}, wave, dtype);
    fill(
        "g", {1, kTokens, 1, kKey},
        [&](int64_t i) { return gates[i % gates.size()]; }, dtype);
    fill(
        "beta", {1, kTokens, 1},
        [&](int64_t i) { return weights[i % weights.size()]; }, dtype);
    fill("a", {1}, [&](int64_t) { return param; }, io::DType::F32);
  }

  /// The worst error of the kernel of a spec with ranges that is given the
  /// tensors as they are, against the reference on clamped ones.
  double errorOf(int64_t chunk, io::DType dtype) {
    constexpr double kGates[] = {-0.5, 3, -9, -INFINITY, 0, INFINITY, -0.1};
    constexpr double kWeights[] = {0.5, 7, -3};
    constexpr double kClampedGates[] = {-0.5, 0, -5, -5, 0, 0, -0.1};
    constexpr double kClampedWeights[] = {0.5, 1, 0};
    loadStep("", "", "");
    setTensors(kClampedGates, kClampedWeights, 1, dtype);
    Results exact =
        cantFail(reference::interpretExact(spec.op, cantFail(bind())));
    setTensors(kGates, kWeights, 2, dtype);
    Problem problem = cantFail(bind());

    loadStep("range(-5.0, 0.0)", "range(0.0, 1.0)", "range(-1.0, 1.0)");
    EXPECT_NE(bindError(), "");
    problem.signature = getSignature(spec.op);
    Results results = sluice::test::runSpec(spec.op, problem, chunk);
    double worst = 0;
    for (const reference::TensorError &error :
         cantFail(reference::compare(results, exact)))
      worst = std::isnan(error.relativeRMS)
                  ? error.relativeRMS
                  : std::max(worst, error.relativeRMS);
    return worst;
  }
};

TEST_F(ClampTest, StepForm) {
  EXPECT_LT(errorOf(/*chunk=*/0, io::DType::F32), 1e-6);
  EXPECT_LT(errorOf(/*chunk=*/0, io::DType::BF16), 0.003);
}

TEST_F(ClampTest, ChunkForm) {
  for (int64_t chunk : {1, 4, 16})
    EXPECT_LT(errorOf(chunk, io::DType::F32), 1e-6) << chunk;
}

TEST_F(ClampTest, NumbersInRangeAreNotChanged) {
  // −0.1 and 0.3 have neighbours in bf16 that are beyond them; bit by bit.
  for (int64_t chunk : {0, 4}) {
    constexpr double kGates[] = {-0.1, 0.3, 0.0};
    loadStep("range(-0.1, 0.3)", "range(0.3, inf)", "range(-0.1, inf)");
    setTensors(kGates, 0.3, -0.1, io::DType::BF16);
    Results clamped = sluice::test::runSpec(spec.op, cantFail(bind()), chunk);
    loadStep("", "", "");
    Results plain = sluice::test::runSpec(spec.op, cantFail(bind()), chunk);
    for (auto [ours, theirs] : zip_equal(clamped.tensors, plain.tensors))
      EXPECT_EQ(ours.view().bytes, theirs.view().bytes) << ours.name;
  }
}
} // namespace
