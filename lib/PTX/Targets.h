//===- Targets.h - what a .target allows ------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_PTX_TARGETS_H
#define SLUICE_LIB_PTX_TARGETS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace sluice::ptx {

/// A row of Targets.def.
struct Target {
  /// 90 of sm_90.
  unsigned number;
  /// Bytes that a CTA may have, static and dynamic.
  uint64_t sharedBytesOfCta;
  uint64_t registersOfCta;
  /// 1: there are no clusters.
  uint64_t clusterCtas;
};

// The same of all.
inline constexpr uint64_t kThreadsOfCta = 1024, kRegistersOfThread = 255;
/// Shared variables beyond this must be .extern (ptxas refuses others).
inline constexpr uint64_t kStaticSharedBytes = 48 * 1024;
/// Registers are given to warps in such units.
inline constexpr uint64_t kRegisterUnit = 256;
/// A launch is checked as if each partition of an SM got as many warps as the
/// fullest (cuda_occupancy.h of the CUDA toolkit).
inline constexpr uint64_t kPartitions = 4;

/// Returns the row of that number, null if there is no such row.
const Target *findTarget(unsigned number);

/// What stands behind `.target`: sm_90, sm_90a, sm_100f.
struct TargetName {
  const Target *target = nullptr;
  /// Without a suffix later chips run it too. With 'f' those of its family do,
  /// but no chip that is known here is one.
  bool hasSuffix = false;

  bool runsOn(unsigned number) const;
};

/// The error lists the targets that are known.
llvm::Expected<TargetName> parseTargetName(llvm::StringRef name);

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_TARGETS_H
