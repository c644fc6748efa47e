//===- Freedoms.cpp - what a layout may choose at no cost -----------------===//

#include "lib/Layout/Freedoms.h"
#include "llvm/ADT/STLExtras.h"
#include <cassert>

using namespace sluice;
using namespace sluice::layout;
using llvm::ArrayRef;
using llvm::StringRef;

LinearLayout layout::permuteAxis(const LinearLayout &layout, StringRef axis,
                                 const LinearLayout &order) {
  assert(order.isInvertible() && "a permutation");
  // All other axes stay as they are.
  LinearLayout all;
  for (const Axis &output : layout.getOutputs())
    all = all * (output.name == axis
                     ? LinearLayout(Axis(axis, output.bits),
                                    Axis(axis, output.bits), order.getBases())
                     : LinearLayout::getIdentity(output.name, output.name,
                                                 output.bits));
  return layout.then(all);
}

LinearLayout layout::getBitOrder(StringRef axis, ArrayRef<unsigned> to) {
  Vectors bases;
  for (unsigned bit : to)
    bases.push_back(uint64_t(1) << bit);
  Axis whole(axis, to.size());
  return {whole, whole, bases};
}

LinearLayout layout::transposeMatrix(const LinearLayout &layout) {
  Axes outputs(layout.getOutputs());
  for (Axis &axis : outputs)
    if (axis.name == kRow)
      axis.name = kColumn;
    else if (axis.name == kColumn)
      axis.name = kRow;
  LinearLayout turned(layout.getInputs(), outputs, layout.getBases());
  // Rows come first where they did.
  llvm::SmallVector<StringRef, 3> names;
  for (const Axis &axis : layout.getOutputs())
    names.push_back(axis.name);
  return turned.transposeOutputs(names);
}

ProductLayouts layout::permuteContraction(const ProductLayouts &product,
                                          const LinearLayout &order) {
  return {permuteAxis(product.a, kColumn, order),
          permuteAxis(product.b, kRow, order), product.accumulator};
}

ProductLayouts layout::transposeProduct(const ProductLayouts &product) {
  return {transposeMatrix(product.b), transposeMatrix(product.a),
          transposeMatrix(product.accumulator)};
}

namespace {
/// A place, along the contracted axis and along all others.
struct Split {
  uint64_t along, others;
};

/// A linear map of the contracted axis, bit by bit of what is known of it.
class OrderFinder {
public:
  OrderFinder(const LinearLayout &held, StringRef axis)
      : held(held), axis(axis), registers(held.getBases(kRegister)) {
    for (const Axis &output : held.getOutputs()) {
      if (output.name == axis)
        break;
      first += output.bits;
    }
    mask = ((uint64_t(1) << held.getOutputBits(axis)) - 1) << first;
  }

  Split split(uint64_t place) const {
    return {(place & mask) >> first, place & ~mask};
  }

  /// The operand's place is to be this one: false if it cannot.
  bool require(uint64_t wanted, uint64_t found) {
    Split from = split(wanted), to = split(found);
    if (from.others != to.others)
      return false;
    if (std::optional<uint64_t> known = apply(from.along))
      return *known == to.along;
    // Two coordinates are never sent to one.
    if (!targets.insert(to.along))
      return false;
    known.insert(from.along);
    images.push_back(to.along);
    return true;
  }

  /// A register of the operand is to be some register.
  bool requireRegister(uint64_t wanted) {
    Split from = split(wanted);
    if (std::optional<uint64_t> along = apply(from.along))
      return registers.contains(*along << first | from.others);
    return llvm::any_of(held.getBases(kRegister), [&](uint64_t place) {
      Split to = split(place);
      return to.others == from.others && !targets.contains(to.along) &&
             require(wanted, place);
    });
  }

  std::optional<LinearLayout> finish() const {
    Axis whole(axis, held.getOutputBits(axis));
    Vectors bases;
    for (unsigned i = 0; i < whole.bits; ++i) {
      std::optional<uint64_t> image = apply(uint64_t(1) << i);
      if (!image)
        return std::nullopt;
      bases.push_back(*image);
    }
    return LinearLayout(whole, whole, bases);
  }

private:
  std::optional<uint64_t> apply(uint64_t along) const {
    if (std::optional<uint64_t> used = known.solve(along))
      return sumColumns(images, *used);
    return std::nullopt;
  }

  const LinearLayout &held;
  StringRef axis;
  unsigned first = 0;
  uint64_t mask;
  /// What the held registers reach; coordinates whose images are known, and
  /// those.
  Span registers, known, targets;
  Vectors images;
};
} // namespace

std::optional<LinearLayout>
layout::findContractionOrder(const LinearLayout &held,
                             const LinearLayout &operand, StringRef axis) {
  if (!std::is_permutation(held.getOutputs().begin(), held.getOutputs().end(),
                           operand.getOutputs().begin(),
                           operand.getOutputs().end()))
    return std::nullopt;
  llvm::SmallVector<StringRef, 3> names;
  for (const Axis &output : held.getOutputs())
    names.push_back(output.name);
  LinearLayout wanted = operand.transposeOutputs(names);
  OrderFinder finder(held, axis);
  for (StringRef input : {kLane, kWarp}) {
    ArrayRef<uint64_t> places = wanted.getBases(input),
                       others = held.getBases(input);
    if (places.size() != others.size())
      return std::nullopt;
    for (auto [place, other] : llvm::zip(places, others))
      if (!finder.require(place, other))
        return std::nullopt;
  }
  for (uint64_t place : wanted.getBases(kRegister))
    if (!finder.requireRegister(place))
      return std::nullopt;
  return finder.finish();
}
