//===- Padding.h - sizes that are no powers of two --------------*- C++ -*-===//
//
// A layout has 2^n coordinates along each axis. A tensor of another size (K =
// 60, C = 100) lies in a padded one, and this is the place that says how large
// that is and which of its elements are real. Whole registers, lanes or tiles
// of padding need no instruction: they can be found by the layout.
//
// For example K = 100 is padded to 128. Of A of m16n8k16 in eight tiles along
// k, the last tile's registers hold padding alone (k ≥ 112) and its product is
// left out; the seventh's hold some (k from 96 to 111) and must be zero there.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_PADDING_H
#define SLUICE_LIB_LAYOUT_PADDING_H

#include "lib/Layout/LinearLayout.h"

namespace sluice::layout {

/// An axis of a tensor, and its padded length.
struct PaddedAxis {
  std::string name;
  uint64_t size;

  PaddedAxis(llvm::StringRef name, uint64_t size);
  /// The padded size is the next power of two.
  Axis getPadded() const;
  bool isPadded() const { return getPadded().getSize() != size; }
  bool isValid(uint64_t coordinate) const { return coordinate < size; }
};

/// How many of some elements are real.
enum class Validity : uint8_t { None, Some, All };

class PaddedShape {
public:
  explicit PaddedShape(llvm::ArrayRef<PaddedAxis> axes) : axes(axes) {}

  llvm::ArrayRef<PaddedAxis> getAxes() const { return axes; }
  /// What a layout of the tensor has as its outputs.
  Axes getPadded() const;

  /// The layout's coordinates `place` are those of a real element. The layout
  /// has these axes, in any order.
  bool isValid(const LinearLayout &layout, uint64_t place) const;
  /// For each value of an input axis (register, lane, warp): whether the
  /// elements that it holds, whatever the other inputs are, are real.
  llvm::SmallVector<Validity> getValidity(const LinearLayout &layout,
                                          llvm::StringRef input) const;

private:
  Validity getValidity(const LinearLayout &layout, uint64_t place,
                       llvm::ArrayRef<uint64_t> others) const;

  llvm::SmallVector<PaddedAxis, 3> axes;
};

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_PADDING_H
