//===- Gpu.h - what is known of a GPU architecture --------------*- C++ -*-===//

#ifndef SLUICE_LIB_TARGET_GPU_H
#define SLUICE_LIB_TARGET_GPU_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace sluice::target {

inline constexpr int64_t kWarpLanes = 32;
/// 32-bit registers that a thread, which has 255, may hold of a state: products
/// with it take as many again.
inline constexpr int64_t kMostStateRegisters = 64;
/// Bytes of registers that a thread stores and loads, both together, because
/// ptxas has no room for them: the budget of what is made by default where K
/// and V are at most 128.
inline constexpr int64_t kMostSpilledBytes = 64;

/// A row of Gpus.def.
struct Gpu {
  llvm::StringLiteral name;
  /// LLVM's.
  llvm::StringLiteral features;
  int64_t sharedBytes, clusterCTAs;
};

/// All that are known, from the least to the most: what is made for the first
/// runs on all later ones.
llvm::ArrayRef<Gpu> getGpus();

/// The architecture called `name`; null if there is none.
const Gpu *lookUpGpu(llvm::StringRef name);
/// The architecture called `name`. An error lists the names.
llvm::Expected<const Gpu *> findGpu(llvm::StringRef name);

} // namespace sluice::target

#endif // SLUICE_LIB_TARGET_GPU_H
