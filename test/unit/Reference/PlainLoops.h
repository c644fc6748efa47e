//===- PlainLoops.h - what results of a chunk are held against --*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_REFERENCE_PLAINLOOPS_H
#define SLUICE_TEST_UNIT_REFERENCE_PLAINLOOPS_H

#include "test/unit/Reference/ChunkTest.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include <array>

namespace sluice::test {

/// f(t, c) is element c of token t of the result.
inline void expectTokens(const runtime::OwnedTensor &result,
                         llvm::function_ref<double(int64_t, int64_t)> f) {
  int64_t width = result.shape.size() == 4 ? result.shape[3] : 1;
  for (int64_t t = 0; t < result.shape[1]; ++t)
    for (int64_t c = 0; c < width; ++c)
      EXPECT_NEAR(result.load(t * width + c), f(t, c), kTolerance)
          << result.name << ", token " << t << ", column " << c;
}

/// The first token of t's chunk, and the one after its last.
inline int64_t beginOf(int64_t t) { return t / kChunk * kChunk; }
inline int64_t endOf(int64_t t) {
  return std::min(beginOf(t) + kChunk, kTokens);
}

/// D(t, s) of one column: the product of f(u) for s < u < t.
inline double between(int64_t t, int64_t s,
                      llvm::function_ref<double(int64_t)> f) {
  double product = 1;
  for (int64_t u = s + 1; u < t; ++u)
    product *= f(u);
  return product;
}

/// Row-major; later tokens on the left.
using Coupling = std::array<double, 4>;
inline Coupling between(int64_t t, int64_t s,
                        llvm::function_ref<Coupling(int64_t)> f) {
  Coupling product = {1, 0, 0, 1};
  for (int64_t u = s + 1; u < t; ++u) {
    Coupling g = f(u), old = product;
    product = {g[0] * old[0] + g[1] * old[2], g[0] * old[1] + g[1] * old[3],
               g[2] * old[0] + g[3] * old[2], g[2] * old[1] + g[3] * old[3]};
  }
  return product;
}

/// f(t, s) for s ≤ t, 0 above and where there is no token.
inline void expectScores(const runtime::OwnedTensor &result,
                         llvm::function_ref<double(int64_t, int64_t)> f) {
  expectTokens(result, [&](int64_t t, int64_t c) {
    int64_t s = beginOf(t) + c;
    return s <= t ? f(t, s) : 0;
  });
}

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_REFERENCE_PLAINLOOPS_H
