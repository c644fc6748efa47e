//===- Offsets.cpp - where lanes' addresses lie in a region ---------------===//

#include "lib/Simulator/Execute/LaneOffsets.h"

namespace sluice::sim::SLUICE_SIMD {

extern const OffsetFinder kFindOffsets;

static OffsetBits findOffsets(const RegionSpan &region, uint64_t first,
                              unsigned bytes, Mask lanes,
                              const uint64_t *addresses, uint8_t **places) {
  // Lanes that take no part are where the first one is.
  uint64_t wrong = 0, different = 0, apart = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    uint64_t offset =
        lanes >> lane & 1 ? addresses[lane] - region.begin : first;
    wrong |= offset | (region.last - offset);
    different |= offset ^ first;
    apart |= offset ^ (first + uint64_t(lane) * bytes);
    places[lane] = region.data + offset;
  }
  return {wrong, different, apart};
}

const OffsetFinder kFindOffsets = findOffsets;

} // namespace sluice::sim::SLUICE_SIMD
