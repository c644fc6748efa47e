//===- Cpu.h - what is known of a processor ---------------------*- C++ -*-===//

#ifndef SLUICE_LIB_TARGET_CPU_H
#define SLUICE_LIB_TARGET_CPU_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace sluice::target {

/// Tokens of a leaf, or of a whole chunk, whose rows and pairs of rows code for
/// any of these processors holds in registers.
inline constexpr int64_t kMostLeafTokens = 4;
/// Tokens of the longest chunk that code for them is made of.
inline constexpr int64_t kMostChunkTokens = 128;

/// A row of Cpus.def.
struct Cpu {
  llvm::StringLiteral name;
  /// LLVM's names, separated by commas.
  llvm::StringLiteral features;
  /// float32 elements of a vector.
  int64_t lanes;
  /// Vectors that the registers hold.
  int64_t registers;
  int64_t l1Bytes;
};

/// All that are known, from the least to the most.
llvm::ArrayRef<Cpu> getCpus();

/// The processor called `name`; "host" is this one. An error lists the names.
llvm::Expected<const Cpu *> findCpu(llvm::StringRef name);

/// The most of which this processor has every feature.
const Cpu &getHostCpu();

/// Returns true if code for `cpu` runs on this processor.
bool runsHere(const Cpu &cpu);

} // namespace sluice::target

#endif // SLUICE_LIB_TARGET_CPU_H
