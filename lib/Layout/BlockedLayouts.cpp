//===- BlockedLayouts.cpp - tiles beside tiles ----------------------------===//

#include "lib/Layout/BlockedLayouts.h"
#include "llvm/ADT/STLExtras.h"

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

Handout::Handout(llvm::ArrayRef<Axis> shape) : left(shape) {
  // All axes are there, in this order, whatever is taken first.
  for (const Axis &axis : shape)
    layout = layout * LinearLayout({}, Axis(axis.name, 0), {});
}

unsigned Handout::getLeft(llvm::StringRef output) const {
  const Axis *axis = llvm::find_if(
      left, [&](const Axis &other) { return other.name == output; });
  assert(axis != left.end() && "an axis of the shape");
  return axis->bits;
}

unsigned Handout::take(llvm::StringRef input, llvm::StringRef output,
                       unsigned bits) {
  unsigned taken = std::min(bits, getLeft(output));
  layout = layout * LinearLayout::getIdentity(input, output, taken);
  for (Axis &axis : left)
    if (axis.name == output)
      axis.bits -= taken;
  return taken;
}

void Handout::copy(llvm::StringRef input, unsigned bits) {
  layout = layout * LinearLayout::getBroadcast(input, bits);
}

LinearLayout layout::getCoalescedLayout(llvm::ArrayRef<Axis> shape,
                                        unsigned vectorBits,
                                        unsigned warpBits) {
  assert(!shape.empty() && vectorBits <= shape[0].bits &&
         "vectors along the first axis");
  Handout handout(shape);
  auto take = [&](llvm::StringRef input, unsigned bits) {
    for (const Axis &axis : shape)
      bits -= handout.take(input, axis.name, bits);
    return bits;
  };
  take(kRegister, vectorBits);
  for (auto [input, bits] : {std::pair(kLane, 5u), std::pair(kWarp, warpBits)})
    handout.copy(input, take(input, bits));
  take(kRegister, ~0u);
  return handout.get();
}
