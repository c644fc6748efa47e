//===- BlockedLayouts.cpp - tiles beside tiles ----------------------------===//

#include "lib/Layout/BlockedLayouts.h"

using namespace sluice;
using namespace sluice::layout;

LinearLayout layout::repeat(LinearLayout tile, llvm::ArrayRef<Repeat> steps) {
  for (const Repeat &step : steps)
    tile = tile * (step.output.empty()
                       ? LinearLayout::getBroadcast(step.input, step.bits)
                       : LinearLayout::getIdentity(step.input, step.output,
                                                   step.bits));
  return tile;
}

LinearLayout layout::getCoalescedLayout(llvm::ArrayRef<Axis> shape,
                                        unsigned vectorBits,
                                        unsigned warpBits) {
  // Each input takes what is left of the axes, in their order.
  Axes left(shape);
  LinearLayout result;
  auto take = [&](llvm::StringRef input, unsigned bits) {
    for (Axis &axis : left) {
      unsigned taken = std::min(axis.bits, bits);
      result = result * LinearLayout::getIdentity(input, axis.name, taken);
      axis.bits -= taken;
      bits -= taken;
    }
    return bits;
  };
  assert(!shape.empty() && vectorBits <= shape[0].bits &&
         "vectors along the first axis");
  take(kRegister, vectorBits);
  for (auto [input, bits] : {std::pair(kLane, 5u), std::pair(kWarp, warpBits)})
    result = result * LinearLayout::getBroadcast(input, take(input, bits));
  take(kRegister, ~0u);
  return result;
}
