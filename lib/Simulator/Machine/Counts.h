//===- Counts.h - what noise cannot touch -----------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_COUNTS_H
#define SLUICE_LIB_SIMULATOR_MACHINE_COUNTS_H

#include "lib/PTX/Cost.h"
#include <array>
#include <cstdint>

namespace sluice::ptx {
struct Instruction;
} // namespace sluice::ptx

namespace sluice::sim {

inline constexpr size_t kNumClasses = size_t(ptx::Class::Control) + 1;

/// The counts of one instruction of the text.
struct OperationCounts {
  /// By warps, and lanes that took part.
  uint64_t executions = 0, lanes = 0;
  /// As those of Counts.
  uint64_t sharedWavefronts = 0, sharedIdealWavefronts = 0;
  uint64_t globalBytes = 0, globalSectors = 0;

  void add(const OperationCounts &other);
};

struct InstructionCounts {
  const ptx::Instruction *instruction = nullptr;
  OperationCounts counts;
};

struct Counts {
  /// Per class: warp instructions, and lanes that took part.
  std::array<uint64_t, kNumClasses> warpInstructions{}, threadInstructions{};
  /// Bytes that lanes asked for, and 32-byte sectors that they touched.
  uint64_t globalLoadBytes = 0, globalStoreBytes = 0, globalLoadSectors = 0,
           globalStoreSectors = 0;
  uint64_t sharedLoadBytes = 0, sharedStoreBytes = 0;
  /// Wavefronts of shared memory, and how few the same bytes could take.
  uint64_t sharedWavefronts = 0, sharedIdealWavefronts = 0;
  uint64_t localBytes = 0;
  /// Of bulk and tensor copies.
  uint64_t asyncBytes = 0;
  /// Multiply-adds count two.
  uint64_t tensorFlop = 0;
  uint64_t barriers = 0;

  void add(const Counts &other);
  uint64_t getThreadInstructions() const;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_COUNTS_H
