//===- WYDecomposeTest.cpp - aggregates against what they become ----------===//
//
// Graphs of every aggregate in the float64 reference, before and after
// wy-decompose, for chunks of any length: whole chunks and a short last one.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Passes/AggregateGraphs.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::test;

namespace {
using WYDecomposeTest = AggregateTest;

std::vector<int64_t> getChunks(int64_t last) {
  std::vector<int64_t> chunks;
  for (int64_t chunk = 1; chunk <= last; ++chunk)
    chunks.push_back(chunk);
  return chunks;
}

TEST_F(WYDecomposeTest, ScoresAndProducts) {
  std::vector<int64_t> chunks = getChunks(40);
  chunks.insert(chunks.end(), {64, 100, 128});
  double worst = 0;
  for (int64_t chunk : chunks) {
    loadGraph(chunk, scoresSignature, scoresBody);
    draw(chunk + (2 * chunk + 2) / 3, chunk);
    runtime::Results expected = run();
    for (int64_t leaf : {1, 2, 4, 8}) {
      // Long chunks have every level of short ones.
      if (chunk > 40 && leaf != chunk % 3 + 1 && !runsEverything())
        continue;
      Decomposition how{leaf, /*inverts=*/false};
      SCOPED_TRACE("chunks of " + std::to_string(chunk) + ", " +
                   how.describe());
      Rewritten rewritten(*module, [&](auto &manager) { how.addTo(manager); });
      rewritten.getModule().walk([](wy::ScoresOp scores) {
        EXPECT_TRUE(scores.getScheme() == wy::Scheme::Ungated ||
                    scores.getScheme() == wy::Scheme::Pairwise);
      });
      worst = std::max(worst,
                       expectClose(cantFail(reference::interpretChunksExact(
                                       rewritten.getScan(), cantFail(bind()))),
                                   expected, 1e-12));
    }
  }
  RecordProperty("worst", std::to_string(worst));
}

TEST_F(WYDecomposeTest, Systems) {
  std::vector<int64_t> chunks = getChunks(40);
  chunks.insert(chunks.end(), {64, 100, 128});
  double worst = 0;
  for (int64_t chunk : chunks) {
    loadGraph(chunk, systemsSignature, systemsBody);
    draw(chunk + (2 * chunk + 2) / 3, chunk);
    runtime::Results expected = run();
    for (int64_t leaf : {1, 2, 4, 8})
      for (bool inverts : {false, true}) {
        if (chunk > 16 && (leaf != 1 << chunk % 4 || !inverts) &&
            !runsEverything())
          continue;
        // Larger blocks of the inverse than leaves, by turns.
        int64_t solveLeaf = chunk % 2 == 0 ? 4 * leaf : 0;
        Decomposition how{leaf, inverts, solveLeaf};
        SCOPED_TRACE("chunks of " + std::to_string(chunk) + ", " +
                     how.describe());
        Rewritten rewritten(*module,
                            [&](auto &manager) { how.addTo(manager); });
        bool solves = false;
        rewritten.getModule().walk([&](wy::SolveOp) { solves = true; });
        EXPECT_EQ(solves, !inverts);
        worst = std::max(
            worst, expectClose(cantFail(reference::interpretChunksExact(
                                   rewritten.getScan(), cantFail(bind()))),
                               expected, 1e-12));
      }
  }
  RecordProperty("worst", std::to_string(worst));
}
} // namespace
