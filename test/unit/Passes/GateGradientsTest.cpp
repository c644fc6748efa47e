//===- GateGradientsTest.cpp - the formula for gradients of gates ---------===//
//
// What the description of wy.scores says of gradients, level by level, against
// differences of decomposed graphs: gates of 0 and −inf included.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Passes/AggregateGraphs.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::test;

namespace {
class GateGradientsTest : public ChunkTest {
protected:
  static constexpr int64_t kTokens = 11, kChunk = 11, kKey = 2;

  /// Σ_ts dA_ts A_ts, of the scores of a graph whose values are as many as
  /// tokens.
  double getLoss(wy::ScanOp graph, ArrayRef<double> dA) {
    runtime::BindOptions options;
    options.allowF64 = true;
    runtime::Results results = cantFail(
        reference::interpretChunksExact(graph, cantFail(bind(options))));
    double loss = 0;
    for (auto [i, weight] : enumerate(dA))
      loss += weight * results.output(0).load(static_cast<int64_t>(i));
    return loss;
  }
};

TEST_F(GateGradientsTest, LevelByLevel) {
  loadScan("chunk(11) key(2) value(11)",
           R"(v_heads(%a: !delta.vec<key>, %x: !delta.vec<key>,
                      %g: !delta.vec<key>)
              state(%S: !delta.state<key, value>) -> (A: !delta.vec<value>))",
           R"(
      %0 = wy.scores rows(%a : tensor<11x2xf32>) columns(%x : tensor<11x2xf32>)
        gate(log %g : tensor<11x2xf32>) dyadic -> tensor<11x11xf32>
      wy.yield %S, %0 : tensor<2x11xf32>, tensor<11x11xf32>)");
  Decomposition how{/*leaf=*/2, /*inverts=*/false};
  Rewritten rewritten(*module, [&](auto &manager) { how.addTo(manager); });

  reference::Random random(1);
  std::vector<double> a(kTokens * kKey), x(kTokens * kKey), g(kTokens * kKey),
      dA(kTokens * kChunk);
  for (auto *numbers : {&a, &x, &dA})
    for (double &number : *numbers)
      number = random.normal();
  for (double &gate : g)
    gate = random.uniform(-1, 0);
  g[3 * kKey] = 0;
  g[5 * kKey + 1] = -HUGE_VAL;
  g[8 * kKey] = -HUGE_VAL;
  set("initial_state", {1, 1, 2, 11}, io::DType::F64);
  set("a", {1, kTokens, 1, kKey}, a, io::DType::F64);
  set("x", {1, kTokens, 1, kKey}, x, io::DType::F64);

  // dg_u gathers a'_t ∘ da'_t over the later half's t > u, and x'_s ∘ dx'_s
  // over the earlier half's s < u.
  std::vector<double> dg(g.size());
  auto decay = [&](int64_t begin, int64_t end, int64_t c) {
    double sum = 0;
    for (int64_t u = begin; u < end; ++u)
      sum += g[u * kKey + c];
    return std::exp(sum);
  };
  for (int64_t half = 1; half < kTokens; half *= 2)
    for (int64_t middle = half; middle < kTokens; middle += 2 * half) {
      int64_t begin = middle - half, end = std::min(middle + half, kTokens);
      for (int64_t c = 0; c < kKey; ++c) {
        auto row = [&](int64_t t) {
          return a[t * kKey + c] * decay(middle, t, c);
        };
        auto column = [&](int64_t s) {
          return x[s * kKey + c] * decay(s + 1, middle, c);
        };
        for (int64_t t = middle; t < end; ++t)
          for (int64_t s = begin; s < middle; ++s) {
            double product = row(t) * dA[t * kChunk + s] * column(s);
            for (int64_t u = middle; u < t; ++u)
              dg[u * kKey + c] += product;
            for (int64_t u = s + 1; u < middle; ++u)
              dg[u * kKey + c] += product;
          }
      }
    }

  constexpr double step = 1e-4;
  unsigned checked = 0;
  for (auto [i, expected] : enumerate(dg)) {
    auto lossAt = [&](double change) {
      std::vector<double> moved = g;
      moved[i] += change;
      set("g", {1, kTokens, 1, kKey}, moved, io::DType::F64);
      return getLoss(rewritten.getScan(), dA);
    };
    double found = (lossAt(step) - lossAt(-step)) / (2 * step);
    EXPECT_NEAR(found, expected, 1e-6) << "gate " << i;
    checked += std::abs(expected) > 1e-3;
  }
  // Of the first and the last token's gates nothing depends.
  EXPECT_GE(checked, 10u);
}

TEST_F(GateGradientsTest, DecaysBetweenTokens) {
  loadScan("chunk(11) key(2) value(11)",
           R"(v_heads(%g: !delta.scalar)
              state(%S: !delta.state<key, value>) -> (A: !delta.vec<value>))",
           R"(
      %0 = wy.decays log %g : tensor<11xf32> -> tensor<11x11xf32>
      wy.yield %S, %0 : tensor<2x11xf32>, tensor<11x11xf32>)");
  reference::Random random(2);
  std::vector<double> g(kTokens), dD(kTokens * kChunk);
  for (double &weight : dD)
    weight = random.normal();
  for (double &gate : g)
    gate = random.uniform(-1, 0);
  g[3] = 0;
  g[6] = -HUGE_VAL;
  set("initial_state", {1, 1, 2, 11}, io::DType::F64);
  constexpr double step = 1e-4;
  for (int64_t u = 0; u < kTokens; ++u) {
    double expected = 0;
    for (int64_t s = 0; s < u; ++s)
      for (int64_t t = u + 1; t < kTokens; ++t) {
        double sum = 0;
        for (int64_t w = s + 1; w < t; ++w)
          sum += g[w];
        expected += dD[t * kChunk + s] * std::exp(sum);
      }
    auto lossAt = [&](double change) {
      std::vector<double> moved = g;
      moved[u] += change;
      set("g", {1, kTokens, 1}, moved, io::DType::F64);
      return getLoss(scan, dD);
    };
    EXPECT_NEAR((lossAt(step) - lossAt(-step)) / (2 * step), expected, 1e-6)
        << "gate " << u;
  }
}
} // namespace
