//===- Conversion.h - from one layout of threads to another -----*- C++ -*-===//
//
// The cheapest way to bring the elements of a tensor from the registers that
// hold them by one layout to those of another: nothing, other registers,
// shuffles, or shared memory. A plan is data; a code generator follows its maps
// step by step.
//
// For example the accumulators of mma.m16n8k16 in two tiles beside each other
// are, as bf16, the A operand of the next product: kind None. To rows of 8
// elements a lane they go by one stmatrix.x4 and a load of 16 bytes within the
// warp; a 2 × 2 transpose among pairs of lanes is one shuffle.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_CONVERSION_H
#define SLUICE_LIB_LAYOUT_CONVERSION_H

#include "lib/Layout/SharedExchange.h"
#include "lib/Layout/ShufflePlan.h"

namespace sluice::layout {

enum class ConversionKind : uint8_t {
  /// Each register holds what it must.
  None,
  /// Each lane has all that it needs, in other registers.
  Registers,
  Shuffle,
  Shared
};

struct Conversion {
  ConversionKind kind = ConversionKind::None;
  /// Of None and Registers: (register) of the destination to (register) of the
  /// source.
  LinearLayout registers;
  std::optional<ShufflePlan> shuffle;
  std::optional<SharedExchange> exchange;
  /// What the SM's time is, in quarters of a cycle: all warps' instructions,
  /// four of which it issues a cycle, and words of shuffles and wavefronts of
  /// shared memory, of which it serves one.
  uint64_t cost = 0;
};

/// (register, lane, warp), in this order, of a layout that may lack some or
/// have others.
LinearLayout getThreads(const LinearLayout &layout);

/// The source's register for each of the destination's, (register) to
/// (register), if each lane has in the source all that it has in the
/// destination.
std::optional<LinearLayout> findRegisters(const LinearLayout &source,
                                          const LinearLayout &destination);

/// The cheapest conversion from layout `source` to layout `destination`, of
/// elements of 1, 2, 4 or 8 bytes. Both map (register, lane, warp) and perhaps
/// block to the same coordinates; the source may hold more than is needed, and
/// either may hold copies. An error names the first thing that no plan can
/// have: other sizes, other numbers of warps, elements that nobody holds or
/// that another CTA does.
llvm::Expected<Conversion> planConversion(const LinearLayout &source,
                                          const LinearLayout &destination,
                                          unsigned elementBytes,
                                          AccessOptions options = {});

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_CONVERSION_H
