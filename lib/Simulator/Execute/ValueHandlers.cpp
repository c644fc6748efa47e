//===- ValueHandlers.cpp - the loops for this host ------------------------===//

#include "lib/Simulator/Execute/ValueHandlers.h"
#include "lib/Simulator/Execute/LaneOffsets.h"

using namespace sluice;
using namespace sluice::sim;

// Of Simd/Table.cpp and Simd/Offsets.cpp.
namespace sluice::sim {
namespace simdBaseline {
extern const ValueHandler kHandlers[];
extern const OffsetFinder kFindOffsets;
} // namespace simdBaseline
#if defined(SLUICE_HAS_X86_LEVELS)
namespace simdV3 {
extern const ValueHandler kHandlers[];
extern const OffsetFinder kFindOffsets;
} // namespace simdV3
namespace simdV4 {
extern const ValueHandler kHandlers[];
extern const OffsetFinder kFindOffsets;
} // namespace simdV4
#endif
} // namespace sluice::sim

bool sim::isSupported(Simd simd) {
  switch (simd) {
  case Simd::Baseline:
    return true;
#if defined(SLUICE_HAS_X86_LEVELS)
  case Simd::V3:
    return __builtin_cpu_supports("x86-64-v3");
  case Simd::V4:
    return __builtin_cpu_supports("x86-64-v4");
#else
  default:
    return false;
#endif
  }
}

static const ValueHandler *getTable(Simd simd) {
#if defined(SLUICE_HAS_X86_LEVELS)
  if (simd == Simd::V4)
    return simdV4::kHandlers;
  if (simd == Simd::V3)
    return simdV3::kHandlers;
#endif
  return simdBaseline::kHandlers;
}

ValueHandler sim::getValueHandler(ValueOp op, Simd simd) {
  return getTable(simd)[static_cast<size_t>(op)];
}

static Simd getBest() {
  return isSupported(Simd::V4)   ? Simd::V4
         : isSupported(Simd::V3) ? Simd::V3
                                 : Simd::Baseline;
}

ValueHandler sim::getValueHandler(ValueOp op) {
  static const ValueHandler *const table = getTable(getBest());
  return table[static_cast<size_t>(op)];
}

OffsetFinder sim::getOffsetFinder(Simd simd) {
#if defined(SLUICE_HAS_X86_LEVELS)
  if (simd == Simd::V4)
    return simdV4::kFindOffsets;
  if (simd == Simd::V3)
    return simdV3::kFindOffsets;
#endif
  return simdBaseline::kFindOffsets;
}

OffsetFinder sim::getOffsetFinder() { return getOffsetFinder(getBest()); }
