//===- Access.h - lanes reach for memory ------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_ACCESS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_ACCESS_H

#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Decoder.h"

namespace sluice::sim {

/// How an access takes part in the memory model (PTX ISA 9.0, section 8).
struct Ordering {
  enum class Semantics : uint8_t {
    Weak,
    Relaxed,
    Acquire,
    Release,
    AcquireRelease
  };
  enum class Scope : uint8_t { Cta, Cluster, Gpu, Sys };
  Semantics semantics = Semantics::Weak;
  Scope scope = Scope::Sys;
};

/// The addresses of one instruction, as addresses of the generic space.
struct Addresses {
  uint64_t lane[kLanes];
};

/// One instruction's access, `bytes` for each lane of `lanes`.
struct Access {
  ptx::Space space = ptx::Space::Generic;
  unsigned bytes = 4, alignment = 4;
  bool isRead = false, isWrite = false, isAtomic = false;
  /// Takes what it reads to be constant: .nc.
  bool isReadOnly = false;
  /// Somebody else tells the checker of races.
  bool isUnchecked = false;
  /// Of an mbarrier, by an instruction for them.
  bool isMbarrier = false;
  Ordering ordering;
  /// Of a vector's elements; 0: `bytes`.
  unsigned elementBytes = 0;
  /// What is written, if it is known: as WarpAccess has it.
  llvm::ArrayRef<const void *> pieces = {};
  unsigned pieceBytes = 4, pieceStride = 4;
};

/// The places of the lanes' bytes on the host. Lanes whose access is out of
/// bounds, misaligned, to poison or to the wrong space are reported and not in
/// `lanes` afterwards.
struct Places {
  Mask lanes = 0;
  /// Known to be side by side in their order, all 32 of them with so many bytes
  /// each; 0 if not. And known to be at one address.
  unsigned rowBytes = 0;
  bool isOne = false;
  /// Known to be the region of all of them; null if not.
  Region *only = nullptr;
  uint8_t *lane[kLanes];
  Region *region[kLanes];
};

/// Computes addresses of the form base row + offset in `space`, as Decoder's
/// addAddress has left them.
Addresses getAddresses(Warp &warp, const Decoder::Address &address,
                       ptx::Space space);

/// Resolves, checks (bounds, alignment, races) and counts one access. Local
/// memory and parameters of functions go through it, too.
Places resolve(Warp &warp, Mask lanes, const Addresses &addresses,
               const Access &access);

/// Lanes whose bytes somebody has written, of those of `places`.
Mask getWrittenLanes(Warp &warp, const Places &places,
                     const Addresses &addresses, unsigned bytes);
void setWritten(Warp &warp, const Places &places, const Addresses &addresses,
                unsigned bytes, Mask written);

/// Reports lanes that are missing from an instruction of a whole warp (mma,
/// ldmatrix); returns false then.
bool requireAllLanes(Warp &warp, Mask active);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_ACCESS_H
