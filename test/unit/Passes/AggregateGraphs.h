//===- AggregateGraphs.h - scans of every aggregate -------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_PASSES_AGGREGATEGRAPHS_H
#define SLUICE_TEST_UNIT_PASSES_AGGREGATEGRAPHS_H

#include "lib/Reference/Random.h"
#include "test/unit/Passes/PassTest.h"

namespace sluice::test {

inline constexpr int64_t kGraphKey = 3, kGraphValue = 2;

/// Scores and gated products of every gate, and systems of one to four writes
/// a token, for chunks of any length.
class AggregateTest : public ChunkTest {
protected:
  /// Writes tensor<…> for $n (a number a token), $k, $v (vectors), $p (pairs)
  /// and $s (a state).
  static std::string spell(llvm::StringRef text, int64_t chunk);
  void loadGraph(int64_t chunk, llvm::StringRef signature,
                 llvm::StringRef body);

  /// Random unit vectors and numbers, gates with −1e3, −inf and 0 among them,
  /// factors that are 0 or negative.
  void draw(int64_t tokens, uint64_t seed);

  static const char *const scoresSignature, *const scoresBody;
  static const char *const systemsSignature, *const systemsBody;
};

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_PASSES_AGGREGATEGRAPHS_H
