//===- LinearLayout.h - layouts as linear maps over GF(2) -------*- C++ -*-===//
//
// Where an element of a tensor lies on a GPU is a function of the bits of the
// hardware's indices (register, lane, warp, or offset in memory), and all that
// tensor programs use have one property: the place of a sum (XOR) of indices is
// the sum of their places. So a layout is a matrix over GF(2), given by the
// images of single bits (its bases), and composing, inverting and comparing
// layouts is linear algebra on a few words. The idea is that of "Linear
// Layouts: Robust Code Generation of Efficient Tensor Computation Using F2"
// (Zhou et al., 2025).
//
// For example, the accumulator of mma.m16n8 (16 × 8 elements of 32 bits, four a
// lane):
//
//   register = [[0, 1], [8, 0]],
//   lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]] over (row 16, column 8)
//
// Bit 0 of the register's number is the next column, bit 1 is eight rows down;
// the two low bits of the lane are columns 2 and 4, the others rows 1, 2 and 4.
// Register 3 of lane 5 = 4 + 1 holds [0, 1] + [8, 0] + [1, 0] + [0, 2] = row 9,
// column 3.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_LINEARLAYOUT_H
#define SLUICE_LIB_LAYOUT_LINEARLAYOUT_H

#include "lib/Layout/Span.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace sluice::layout {

// The axes' usual names. A register holds one element, whatever its bits: the
// elements of one 32-bit register are neighbours. Offsets count elements.
inline constexpr llvm::StringLiteral kRegister = "register", kLane = "lane",
                                     kWarp = "warp", kBlock = "block",
                                     kOffset = "offset", kRow = "row",
                                     kColumn = "column";

/// An index of 2^bits values.
struct Axis {
  std::string name;
  unsigned bits = 0;

  Axis(llvm::StringRef name, unsigned bits) : name(name), bits(bits) {}
  uint64_t getSize() const { return uint64_t(1) << bits; }
  bool operator==(const Axis &) const = default;
};

using Axes = llvm::SmallVector<Axis, 3>;
/// Values of some axes; 0 of all others.
using Values = std::initializer_list<std::pair<llvm::StringRef, uint64_t>>;

/// A linear map from the bits of the input axes to the bits of the output axes.
/// Points on either side are one word, the first axis in its lowest bits.
class LinearLayout {
public:
  LinearLayout() = default;
  /// `bases` has the image of each input bit, the first axis's bits first.
  LinearLayout(llvm::ArrayRef<Axis> inputs, llvm::ArrayRef<Axis> outputs,
               llvm::ArrayRef<uint64_t> bases);

  /// 2^bits values of `input` are those of `output`.
  static LinearLayout getIdentity(llvm::StringRef input, llvm::StringRef output,
                                  unsigned bits);
  /// 2^bits values of `input` all hold the same.
  static LinearLayout getBroadcast(llvm::StringRef input, unsigned bits);
  /// The layout of a function from points to points. It is evaluated
  /// everywhere, and it is an error if it isn't linear.
  static llvm::Expected<LinearLayout>
  fromFunction(llvm::ArrayRef<Axis> inputs, llvm::ArrayRef<Axis> outputs,
               llvm::function_ref<uint64_t(uint64_t)> function);

  llvm::ArrayRef<Axis> getInputs() const { return inputs; }
  llvm::ArrayRef<Axis> getOutputs() const { return outputs; }
  unsigned getNumInputBits() const { return bases.size(); }
  unsigned getNumOutputBits() const;
  /// The bits of an axis; 0 if there is none of that name.
  unsigned getInputBits(llvm::StringRef name) const;
  unsigned getOutputBits(llvm::StringRef name) const;
  /// Images of all input bits, and of those of one axis (none if it isn't
  /// there).
  llvm::ArrayRef<uint64_t> getBases() const { return bases; }
  llvm::ArrayRef<uint64_t> getBases(llvm::StringRef input) const;

  /// Points from and to values by axis.
  uint64_t packInput(Values values) const;
  uint64_t packOutput(Values values) const;
  uint64_t getInputValue(uint64_t point, llvm::StringRef name) const;
  uint64_t getOutputValue(uint64_t point, llvm::StringRef name) const;
  /// A point of the outputs from and to one value an axis, in their order.
  uint64_t joinOutput(llvm::ArrayRef<int64_t> values) const;
  llvm::SmallVector<int64_t> splitOutput(uint64_t point) const;

  uint64_t apply(uint64_t point) const { return sumColumns(bases, point); }
  uint64_t apply(Values values) const { return apply(packInput(values)); }
  /// One coordinate of an image.
  uint64_t apply(Values values, llvm::StringRef output) const {
    return getOutputValue(apply(values), output);
  }

  /// This layout and then the other, whose inputs are this one's outputs (in
  /// any order).
  LinearLayout then(const LinearLayout &outer) const;
  /// The direct sum: axes that both have get the first one's bits below the
  /// second one's. `tile * rest` repeats a tile.
  LinearLayout operator*(const LinearLayout &high) const;
  /// The rest with tile * rest = this layout (its axes in this layout's order),
  /// if it is made of such tiles.
  std::optional<LinearLayout> divideLeft(const LinearLayout &tile) const;
  /// The inverse of a bijection.
  LinearLayout invert() const;
  /// A right inverse of a surjection: for each output one of the inputs that
  /// hold it, the one whose bits are 0 wherever earlier bits suffice.
  LinearLayout pseudoInvert() const;

  LinearLayout renameInput(llvm::StringRef from, llvm::StringRef to) const;
  LinearLayout renameOutput(llvm::StringRef from, llvm::StringRef to) const;
  /// The same map with these names for its outputs, one each.
  LinearLayout nameOutputs(llvm::ArrayRef<llvm::StringRef> names) const;
  /// The same map with its axes in another order. All must be named.
  LinearLayout transposeInputs(llvm::ArrayRef<llvm::StringRef> names) const;
  LinearLayout transposeOutputs(llvm::ArrayRef<llvm::StringRef> names) const;
  /// Only these axes; the others are 0, or not looked at. A layout without one
  /// of its output axes is a slice: what a reduction along the axis leaves.
  LinearLayout keepInputs(llvm::ArrayRef<llvm::StringRef> names) const;
  LinearLayout keepOutputs(llvm::ArrayRef<llvm::StringRef> names) const;
  /// The same map into axes of these sizes, those of the outputs in their
  /// order: places of bits that there are no more are left out.
  LinearLayout resizeOutputs(llvm::ArrayRef<Axis> axes) const;
  /// Only the low bits of an axis.
  LinearLayout restrictInput(llvm::StringRef name, unsigned bits) const;
  /// Bit i of the axis does what bit order[i] did: the same elements in the
  /// same lanes, in registers of other numbers.
  LinearLayout permuteInputBits(llvm::StringRef name,
                                llvm::ArrayRef<unsigned> order) const;
  /// Without the axis's bits that change nothing.
  LinearLayout dropZeroBits(llvm::StringRef name) const;

  unsigned getRank() const { return Span(bases).getDimension(); }
  bool isSurjective() const { return getRank() == getNumOutputBits(); }
  bool isInjective() const { return getRank() == getNumInputBits(); }
  bool isInvertible() const { return isSurjective() && isInjective(); }
  /// A basis of the inputs that hold what input 0 holds: what a broadcast
  /// repeats along.
  Vectors getKernel() const { return layout::getKernel(bases); }
  /// The axis's bits without which the image would be the same, earlier bits
  /// (of earlier axes, too) taken first.
  uint64_t getFreeBits(llvm::StringRef name) const;
  /// Returns true if no two input bits have an output bit in common. Then the
  /// place of a sum is the sum of the places in the sense of arithmetic, too.
  bool isAdditive() const;
  /// How many elements that follow each other along `output` are in values that
  /// follow each other of `input`, a power of two: how wide a vector may be.
  uint64_t getConsecutive(llvm::StringRef input, llvm::StringRef output) const;

  /// The values of `input` by groups of neighbours: (element, step) to (input).
  /// Element e of a step is e further along `output` than the first, and
  /// nowhere else; there are as many as there can be, at most 2^mostBits.
  LinearLayout groupNeighbours(llvm::StringRef input, llvm::StringRef output,
                               unsigned mostBits) const;

  /// The same axes in the same order, and the same map.
  bool operator==(const LinearLayout &) const = default;
  /// The same map of the bits that both have, by name; those that one of them
  /// lacks change nothing in the other.
  bool isEqualModuloBroadcast(const LinearLayout &other) const;

private:
  Axes inputs, outputs;
  Vectors bases;
};

llvm::hash_code hash_value(const LinearLayout &layout);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_LINEARLAYOUT_H
