//===- Float32Test.cpp - what rounding does to decomposed graphs ----------===//
//
// Decomposed scores and gated products with every operation in float32, against
// the aggregates in float64 on the same inputs: gates that are 0, slow, strong,
// −1e3 or −inf cost no digits.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Passes/AggregateGraphs.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::test;

namespace {
using Float32Test = AggregateTest;

struct Regime {
  const char *name;
  /// Of token t and column c.
  double (*gate)(reference::Random &random);
};

constexpr Regime regimes[] = {
    {"0", [](reference::Random &) { return 0.0; }},
    {"slow",
     [](reference::Random &random) { return random.uniform(-2e-3, 0); }},
    {"mild",
     [](reference::Random &random) { return random.uniform(-0.1, -0.01); }},
    {"strong",
     [](reference::Random &random) { return random.uniform(-7, -3); }},
    {"-1e3",
     [](reference::Random &random) {
       return random.unit() < 0.1 ? -1e3 : random.uniform(-0.1, -0.01);
     }},
    {"-inf",
     [](reference::Random &random) {
       return random.unit() < 0.1 ? -HUGE_VAL : random.uniform(-0.1, -0.01);
     }},
};

TEST_F(Float32Test, GatesCostNoDigits) {
  double worst = 0;
  for (int64_t chunk : {16, 32, 64, 128}) {
    loadGraph(chunk, scoresSignature, scoresBody);
    for (const Regime &regime : regimes) {
      draw(chunk, chunk);
      reference::Random random(chunk, /*stream=*/1);
      for (auto [log, factor, width] :
           {std::tuple("g", "f", int64_t{1}), std::tuple("gk", "fk", kGraphKey),
            std::tuple("gv", "fv", kGraphValue)}) {
        std::vector<double> logs(chunk * width), factors;
        for (double &gate : logs)
          factors.push_back(std::exp(gate = regime.gate(random)));
        std::vector<int64_t> shape = {1, chunk, 1};
        if (width > 1)
          shape.push_back(width);
        set(log, shape, logs);
        set(factor, shape, factors);
      }
      runtime::Results expected = run();
      for (int64_t leaf : {1, 4, 8}) {
        Decomposition how{leaf, /*inverts=*/false};
        SCOPED_TRACE("chunks of " + std::to_string(chunk) + ", gates " +
                     regime.name + ", " + how.describe());
        Rewritten rewritten(*module,
                            [&](auto &manager) { how.addTo(manager); });
        worst = std::max(
            worst, expectClose(cantFail(reference::interpretChunksInFloat32(
                                   rewritten.getScan(), cantFail(bind()))),
                               expected, 4e-7));
      }
    }
  }
  RecordProperty("worst", std::to_string(worst));
}

/// Inverses by blocks: corrections that do not grow a state lose no digits.
TEST_F(Float32Test, InversesByBlocks) {
  for (int64_t chunk : {16, 64, 128}) {
    loadGraph(chunk, systemsSignature, systemsBody);
    draw(chunk, chunk);
    runtime::Results expected = run();
    for (int64_t leaf : {1, 4, 16})
      for (bool inverts : {false, true}) {
        Decomposition how{leaf, inverts};
        SCOPED_TRACE("chunks of " + std::to_string(chunk) + ", " +
                     how.describe());
        Rewritten rewritten(*module,
                            [&](auto &manager) { how.addTo(manager); });
        expectClose(cantFail(reference::interpretChunksInFloat32(
                        rewritten.getScan(), cantFail(bind()))),
                    expected, 2e-6);
      }
  }
}
} // namespace
