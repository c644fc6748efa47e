//===- LaneOffsets.h - where lanes' addresses lie in a region ---*- C++ -*-===//
//
// The loop that every access of memory goes through, for the host's best
// instruction set.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_LANEOFFSETS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_LANEOFFSETS_H

#include "lib/Simulator/Execute/ValueHandlers.h"

namespace sluice::sim {

struct RegionSpan {
  uint8_t *data;
  /// The address at which it begins, and the last offset at which an access
  /// may.
  uint64_t begin, last;
};

/// The bits of all lanes' offsets together.
struct OffsetBits {
  /// The highest bit is set if one of them is outside.
  uint64_t wrong;
  /// Where they differ from the first lane's, and from a row of accesses side
  /// by side.
  uint64_t different, apart;
};

/// `first`: the offset of the first of `lanes`; `bytes`: of an access. Sets the
/// places of all 32 lanes, those of lanes that take no part to the first one.
using OffsetFinder = OffsetBits (*)(const RegionSpan &region, uint64_t first,
                                    unsigned bytes, Mask lanes,
                                    const uint64_t *addresses,
                                    uint8_t **places);
/// All instruction sets give the same.
OffsetFinder getOffsetFinder();
OffsetFinder getOffsetFinder(Simd simd);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_LANEOFFSETS_H
