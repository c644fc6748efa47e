//===- Limits.h - The numbers that flags take -------------------*- C++ -*-===//
//
// What bounds a number of a command line stands here, once: --help prints it,
// and so does the error.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TOOLS_LIB_LIMITS_H
#define SLUICE_TOOLS_LIB_LIMITS_H

#include "lib/Target/Cpu.h"

#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <limits>

namespace sluice::tool {

/// Whole numbers between two, both of them included.
struct Limit {
  uint64_t least = 0;
  /// The largest number of the type: no bound is named.
  uint64_t most = std::numeric_limits<uint64_t>::max();
};

/// "1 to 128", "0 on".
inline llvm::raw_ostream &operator<<(llvm::raw_ostream &os,
                                     const Limit &limit) {
  os << limit.least;
  if (limit.most == std::numeric_limits<uint64_t>::max())
    return os << " on";
  return os << " to " << limit.most;
}

/// Elements along an axis of the state: what tensors may have (docs/spec.md).
inline constexpr Limit kAxisElements{1, 65536};
/// Heads, and tokens to measure with: products of a few stay below 2^63.
inline constexpr Limit kHeads{1, 1 << 20};
inline constexpr Limit kTokens{1, 1 << 20};
/// Tokens of a chunk: what can be derived, what a processor runs.
inline constexpr Limit kChunkTokens{1, 1024};
inline constexpr Limit kCpuChunkTokens{1, target::kMostChunkTokens};
/// Tokens of a segment.
inline constexpr Limit kSegmentTokens{1, std::numeric_limits<int32_t>::max()};
/// Threads of this process.
inline constexpr Limit kThreads{1, 1024};
/// Rounds of a measurement.
inline constexpr Limit kRounds{1, 10000};
inline constexpr Limit kSeed{};

} // namespace sluice::tool

#endif // SLUICE_TOOLS_LIB_LIMITS_H
