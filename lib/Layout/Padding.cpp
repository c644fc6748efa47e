//===- Padding.cpp - sizes that are no powers of two ----------------------===//

#include "lib/Layout/Padding.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cassert>

using namespace sluice;
using namespace sluice::layout;

PaddedAxis::PaddedAxis(llvm::StringRef name, uint64_t size)
    : name(name), size(size) {
  assert(size > 0 && size <= uint64_t(1) << 62 && "a size with a power above");
}

Axis PaddedAxis::getPadded() const { return {name, llvm::Log2_64_Ceil(size)}; }

Axes PaddedShape::getPadded() const {
  Axes padded;
  for (const PaddedAxis &axis : axes)
    padded.push_back(axis.getPadded());
  return padded;
}

bool PaddedShape::isValid(const LinearLayout &layout, uint64_t place) const {
  return llvm::all_of(axes, [&](const PaddedAxis &axis) {
    return axis.isValid(layout.getOutputValue(place, axis.name));
  });
}

Validity PaddedShape::getValidity(const LinearLayout &layout, uint64_t place,
                                  llvm::ArrayRef<uint64_t> others) const {
  // Along one axis the smallest and the largest coordinate say all.
  unsigned undecided = 0;
  for (const PaddedAxis &axis : axes) {
    Span along;
    for (uint64_t other : others)
      along.insert(layout.getOutputValue(other, axis.name));
    uint64_t own = layout.getOutputValue(place, axis.name);
    if (!axis.isValid(along.getRemainder(own)))
      return Validity::None;
    undecided += !axis.isValid(along.getLargest(own));
  }
  if (undecided == 0)
    return Validity::All;
  if (undecided == 1)
    return Validity::Some;
  // Lanes within one axis may all be beyond another: look at them.
  Vectors distinct = getExtension({}, others);
  for (uint64_t bits = 0; bits < uint64_t(1) << distinct.size(); ++bits)
    if (isValid(layout, place ^ sumColumns(distinct, bits)))
      return Validity::Some;
  return Validity::None;
}

llvm::SmallVector<Validity>
PaddedShape::getValidity(const LinearLayout &layout,
                         llvm::StringRef input) const {
  assert(llvm::all_of(axes,
                      [&](const PaddedAxis &axis) {
                        return llvm::is_contained(layout.getOutputs(),
                                                  axis.getPadded());
                      }) &&
         "a layout of the padded shape");
  Vectors others;
  for (const Axis &axis : layout.getInputs())
    if (axis.name != input) {
      llvm::ArrayRef<uint64_t> bases = layout.getBases(axis.name);
      others.append(bases.begin(), bases.end());
    }
  llvm::SmallVector<Validity> validity;
  for (uint64_t value = 0; value < uint64_t(1) << layout.getInputBits(input);
       ++value)
    validity.push_back(
        getValidity(layout, sumColumns(layout.getBases(input), value), others));
  return validity;
}
