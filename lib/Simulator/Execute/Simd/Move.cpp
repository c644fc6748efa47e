//===- Move.cpp - loops that move, pack and take apart --------------------===//
//
// PTX ISA 9.0, sections 9.7.9.3 and 9.7.9.4: element 0 is least significant.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Lanes.h"

namespace sluice::sim::SLUICE_SIMD {

SLUICE_MAP1(Mov32, u32, u32, a)
SLUICE_MAP1(Mov64, u64, u64, a)

SLUICE_INLINE void moveLanes(u64 *d, const u64 *a, Mask active) {
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i)
    d[i] = isActive(active, i) ? a[i] : d[i];
}

/// 128 bits: all low halves, then all high ones.
SLUICE_HANDLER(Mov128) {
  const Row *row = getRows(operation);
  moveLanes(getLanes<u64>(rows, row[0]), getLanes<u64>(rows, row[1]), active);
  moveLanes(getLanes<u64>(rows, row[0] + 2), getLanes<u64>(rows, row[1] + 2),
            active);
}

/// W from n parts P: one loop with all of them, which are at most four.
template <typename W, typename P, unsigned n>
SLUICE_INLINE void pack(u32 *rows, const Operation &operation, Mask active) {
  const Row *row = getRows(operation);
  auto *d = getLanes<W>(rows, row[0]);
  const typename Lane<P>::Word *part[n];
  for (unsigned k = 0; k < n; ++k)
    part[k] = getLanes<P>(rows, row[1 + k]);
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    W whole = 0;
    for (unsigned k = 0; k < n; ++k)
      whole |= W{Lane<P>::load(part[k][i])} << (kBits<P> * k);
    d[i] = isActive(active, i) ? whole : d[i];
  }
}
template <typename W, typename P, unsigned n>
SLUICE_INLINE void unpack(u32 *rows, const Operation &operation, Mask active) {
  const Row *row = getRows(operation);
  const auto *a = getLanes<W>(rows, row[n]);
  typename Lane<P>::Word *part[n];
  for (unsigned k = 0; k < n; ++k)
    part[k] = getLanes<P>(rows, row[k]);
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    W whole = static_cast<W>(a[i]);
    for (unsigned k = 0; k < n; ++k) {
      auto word = Lane<P>::store(static_cast<P>(whole >> (kBits<P> * k)));
      part[k][i] = isActive(active, i) ? word : part[k][i];
    }
  }
}

#define SLUICE_VECTOR(Name, W, P, N)                                           \
  SLUICE_HANDLER(Pack##Name) { pack<W, P, N>(rows, operation, active); }       \
  SLUICE_HANDLER(Unpack##Name) { unpack<W, P, N>(rows, operation, active); }
SLUICE_VECTOR(8x2, u32, u8, 2)
SLUICE_VECTOR(8x4, u32, u8, 4)
SLUICE_VECTOR(16x2, u32, u16, 2)
SLUICE_VECTOR(16x4, u64, u16, 4)
SLUICE_VECTOR(32x2, u64, u32, 2)

SLUICE_HANDLER(Pack32x4) {
  const Row *row = getRows(operation);
  u64 *low = getLanes<u64>(rows, row[0]), *high = low + kLanes;
  const u32 *part[4];
  for (unsigned k = 0; k < 4; ++k)
    part[k] = getLanes<u32>(rows, row[1 + k]);
  for (unsigned i = 0; i < kLanes; ++i) {
    u64 newLow = part[0][i] | u64{part[1][i]} << 32;
    u64 newHigh = part[2][i] | u64{part[3][i]} << 32;
    low[i] = isActive(active, i) ? newLow : low[i];
    high[i] = isActive(active, i) ? newHigh : high[i];
  }
}
SLUICE_HANDLER(Unpack32x4) {
  const Row *row = getRows(operation);
  const u64 *low = getLanes<u64>(rows, row[4]), *high = low + kLanes;
  for (unsigned k = 0; k < 4; ++k) {
    u32 *part = getLanes<u32>(rows, row[k]);
    const u64 *half = k < 2 ? low : high;
    for (unsigned i = 0; i < kLanes; ++i)
      part[i] = isActive(active, i)
                    ? static_cast<u32>(half[i] >> (32 * (k % 2)))
                    : part[i];
  }
}
SLUICE_HANDLER(Pack64x2) {
  const Row *row = getRows(operation);
  moveLanes(getLanes<u64>(rows, row[0]), getLanes<u64>(rows, row[1]), active);
  moveLanes(getLanes<u64>(rows, row[0] + 2), getLanes<u64>(rows, row[2]),
            active);
}
SLUICE_HANDLER(Unpack64x2) {
  const Row *row = getRows(operation);
  moveLanes(getLanes<u64>(rows, row[0]), getLanes<u64>(rows, row[2]), active);
  moveLanes(getLanes<u64>(rows, row[1]), getLanes<u64>(rows, row[2] + 2),
            active);
}

} // namespace sluice::sim::SLUICE_SIMD
