//===- LinearLayout.cpp - layouts as linear maps over GF(2) ---------------===//

#include "lib/Layout/LinearLayout.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <cassert>

using namespace sluice;
using namespace sluice::layout;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {
/// Where an axis's bits are in a point.
struct Place {
  unsigned first = 0, bits = 0;
  uint64_t extract(uint64_t point) const {
    return point >> first & ((uint64_t(1) << bits) - 1);
  }
};
} // namespace

static unsigned countBits(ArrayRef<Axis> axes) {
  unsigned sum = 0;
  for (const Axis &axis : axes)
    sum += axis.bits;
  return sum;
}

static std::optional<Place> findAxis(ArrayRef<Axis> axes, StringRef name) {
  Place place;
  for (const Axis &axis : axes) {
    place.bits = axis.bits;
    if (axis.name == name)
      return place;
    place.first += axis.bits;
  }
  return std::nullopt;
}

static Place getPlace(ArrayRef<Axis> axes, StringRef name) {
  std::optional<Place> place = findAxis(axes, name);
  assert(place && "an axis of the layout");
  return *place;
}

static uint64_t pack(ArrayRef<Axis> axes, Values values) {
  uint64_t point = 0;
  for (auto [name, value] : values) {
    Place place = getPlace(axes, name);
    assert(value >> place.bits == 0 && "a value of the axis");
    point |= value << place.first;
  }
  return point;
}

/// The point `point` of axes `from` as one of axes `to`: values are kept by
/// name, and what `to` hasn't is left out.
static uint64_t repack(ArrayRef<Axis> from, ArrayRef<Axis> to, uint64_t point) {
  uint64_t result = 0;
  for (const Axis &axis : from) {
    if (std::optional<Place> place = findAxis(to, axis.name))
      result |= (point & (axis.getSize() - 1)) << place->first;
    point >>= axis.bits;
  }
  return result;
}

LinearLayout::LinearLayout(ArrayRef<Axis> inputs, ArrayRef<Axis> outputs,
                           ArrayRef<uint64_t> bases)
    : inputs(inputs), outputs(outputs), bases(bases) {
  assert(countBits(inputs) == bases.size() && "an image for each input bit");
  assert(countBits(outputs) < 64 && "outputs that fit into a word");
  assert(llvm::all_of(bases,
                      [&](uint64_t basis) {
                        return basis >> getNumOutputBits() == 0;
                      }) &&
         "images that are points of the outputs");
}

LinearLayout LinearLayout::getIdentity(StringRef input, StringRef output,
                                       unsigned bits) {
  Vectors bases;
  for (unsigned i = 0; i < bits; ++i)
    bases.push_back(uint64_t(1) << i);
  return {Axis(input, bits), Axis(output, bits), bases};
}

LinearLayout LinearLayout::getBroadcast(StringRef input, unsigned bits) {
  return {Axis(input, bits), {}, Vectors(bits, 0)};
}

llvm::Expected<LinearLayout>
LinearLayout::fromFunction(ArrayRef<Axis> inputs, ArrayRef<Axis> outputs,
                           llvm::function_ref<uint64_t(uint64_t)> function) {
  unsigned bits = countBits(inputs);
  Vectors bases;
  for (unsigned i = 0; i < bits; ++i)
    bases.push_back(function(uint64_t(1) << i));
  LinearLayout layout(inputs, outputs, bases);
  for (uint64_t point = 0; point < uint64_t(1) << bits; ++point)
    if (uint64_t found = function(point), sum = layout.apply(point);
        found != sum)
      return llvm::createStringError(
          "a layout's place of a sum of indices is the sum of their places; "
          "index " +
          llvm::Twine(point) + " is at " + llvm::Twine(found) +
          ", and its bits sum up to " + llvm::Twine(sum));
  return layout;
}

unsigned LinearLayout::getNumOutputBits() const { return countBits(outputs); }

unsigned LinearLayout::getInputBits(StringRef name) const {
  return findAxis(inputs, name).value_or(Place()).bits;
}

unsigned LinearLayout::getOutputBits(StringRef name) const {
  return findAxis(outputs, name).value_or(Place()).bits;
}

ArrayRef<uint64_t> LinearLayout::getBases(StringRef input) const {
  Place place = findAxis(inputs, input).value_or(Place());
  return getBases().slice(place.first, place.bits);
}

uint64_t LinearLayout::packInput(Values values) const {
  return pack(inputs, values);
}

uint64_t LinearLayout::packOutput(Values values) const {
  return pack(outputs, values);
}

uint64_t LinearLayout::getInputValue(uint64_t point, StringRef name) const {
  return getPlace(inputs, name).extract(point);
}

uint64_t LinearLayout::getOutputValue(uint64_t point, StringRef name) const {
  return getPlace(outputs, name).extract(point);
}

uint64_t LinearLayout::joinOutput(ArrayRef<int64_t> values) const {
  assert(values.size() == outputs.size() && "one value an axis");
  uint64_t point = 0;
  unsigned first = 0;
  for (auto [axis, value] : llvm::zip(outputs, values)) {
    assert(uint64_t(value) >> axis.bits == 0 && "a value of the axis");
    point |= uint64_t(value) << first;
    first += axis.bits;
  }
  return point;
}

llvm::SmallVector<int64_t> LinearLayout::splitOutput(uint64_t point) const {
  llvm::SmallVector<int64_t> values;
  for (const Axis &axis : outputs) {
    values.push_back(int64_t(point & (axis.getSize() - 1)));
    point >>= axis.bits;
  }
  return values;
}

LinearLayout LinearLayout::then(const LinearLayout &outer) const {
  assert(getNumOutputBits() == outer.getNumInputBits() &&
         llvm::all_of(outputs,
                      [&](const Axis &axis) {
                        return outer.getInputBits(axis.name) == axis.bits;
                      }) &&
         "the outer layout's inputs are the inner one's outputs");
  Vectors images;
  for (uint64_t basis : bases)
    images.push_back(outer.apply(repack(outputs, outer.inputs, basis)));
  return {inputs, outer.outputs, images};
}

/// The axes of both, each with the bits of both.
static Axes joinAxes(ArrayRef<Axis> low, ArrayRef<Axis> high) {
  Axes joined(low);
  for (const Axis &axis : high) {
    auto *known = llvm::find_if(
        joined, [&](const Axis &other) { return other.name == axis.name; });
    if (known == joined.end())
      joined.push_back(axis);
    else
      known->bits += axis.bits;
  }
  return joined;
}

LinearLayout LinearLayout::operator*(const LinearLayout &high) const {
  Axes in = joinAxes(inputs, high.inputs),
       out = joinAxes(outputs, high.outputs);
  // A point of the second factor lies above the first one's bits.
  auto lift = [&](uint64_t point) {
    uint64_t result = 0;
    for (const Axis &axis : high.outputs) {
      result |= (point & (axis.getSize() - 1))
                << (getPlace(out, axis.name).first + getOutputBits(axis.name));
      point >>= axis.bits;
    }
    return result;
  };
  Vectors images;
  for (const Axis &axis : in) {
    for (uint64_t basis : getBases(axis.name))
      images.push_back(repack(outputs, out, basis));
    for (uint64_t basis : high.getBases(axis.name))
      images.push_back(lift(basis));
  }
  return {in, out, images};
}

std::optional<LinearLayout>
LinearLayout::divideLeft(const LinearLayout &tile) const {
  Axes in(inputs), out(outputs);
  auto shrink = [](Axes &axes, ArrayRef<Axis> by) {
    for (const Axis &axis : by) {
      auto *own = llvm::find_if(
          axes, [&](const Axis &other) { return other.name == axis.name; });
      if (own == axes.end() ? axis.bits != 0 : own->bits < axis.bits)
        return false;
      if (own != axes.end())
        own->bits -= axis.bits;
    }
    return true;
  };
  if (!shrink(in, tile.inputs) || !shrink(out, tile.outputs))
    return std::nullopt;
  // The low bits of each axis are the tile's, and no other bit moves within it.
  Vectors rest;
  for (const Axis &axis : inputs) {
    ArrayRef<uint64_t> own = getBases(axis.name),
                       low = tile.getBases(axis.name);
    for (auto [i, basis] : llvm::enumerate(own)) {
      uint64_t inTile = 0, above = 0;
      unsigned first = 0, firstAbove = 0;
      for (const Axis &output : outputs) {
        unsigned bits = tile.getOutputBits(output.name);
        uint64_t value = basis >> first & (output.getSize() - 1);
        if (std::optional<Place> place = findAxis(tile.outputs, output.name))
          inTile |= (value & ((uint64_t(1) << bits) - 1)) << place->first;
        above |= value >> bits << firstAbove;
        first += output.bits;
        firstAbove += output.bits - bits;
      }
      bool isOfTile = i < low.size();
      if (isOfTile ? inTile != low[i] || above : inTile != 0)
        return std::nullopt;
      if (!isOfTile)
        rest.push_back(above);
    }
  }
  return LinearLayout(in, out, rest);
}

LinearLayout LinearLayout::invert() const {
  assert(isInvertible() && "a bijection");
  return pseudoInvert();
}

LinearLayout LinearLayout::pseudoInvert() const {
  assert(isSurjective() && "every output is held by an input");
  Span span(bases);
  Vectors images;
  for (unsigned i = 0, e = getNumOutputBits(); i < e; ++i)
    images.push_back(*span.solve(uint64_t(1) << i));
  return {outputs, inputs, images};
}

static Axes renamed(Axes axes, StringRef from, StringRef to) {
  for (Axis &axis : axes) {
    assert(axis.name != to && "a name that no other axis has");
    if (axis.name == from)
      axis.name = to;
  }
  return axes;
}

LinearLayout LinearLayout::renameInput(StringRef from, StringRef to) const {
  return {renamed(inputs, from, to), outputs, bases};
}

LinearLayout LinearLayout::renameOutput(StringRef from, StringRef to) const {
  return {inputs, renamed(outputs, from, to), bases};
}

LinearLayout LinearLayout::nameOutputs(ArrayRef<StringRef> names) const {
  Axes out;
  for (auto [axis, name] : llvm::zip_equal(outputs, names))
    out.emplace_back(name, axis.bits);
  return {inputs, out, bases};
}

static Axes selectAxes(ArrayRef<Axis> axes, ArrayRef<StringRef> names) {
  Axes selected;
  for (StringRef name : names)
    selected.emplace_back(name, getPlace(axes, name).bits);
  return selected;
}

LinearLayout LinearLayout::transposeInputs(ArrayRef<StringRef> names) const {
  assert(names.size() == inputs.size() && "all axes");
  return keepInputs(names);
}

LinearLayout LinearLayout::transposeOutputs(ArrayRef<StringRef> names) const {
  assert(names.size() == outputs.size() && "all axes");
  return keepOutputs(names);
}

LinearLayout LinearLayout::keepInputs(ArrayRef<StringRef> names) const {
  Vectors images;
  for (StringRef name : names)
    images.append(getBases(name).begin(), getBases(name).end());
  return {selectAxes(inputs, names), outputs, images};
}

LinearLayout LinearLayout::keepOutputs(ArrayRef<StringRef> names) const {
  Axes out = selectAxes(outputs, names);
  Vectors images;
  for (uint64_t basis : bases)
    images.push_back(repack(outputs, out, basis));
  return {inputs, out, images};
}

LinearLayout LinearLayout::resizeOutputs(ArrayRef<Axis> axes) const {
  Vectors images;
  for (uint64_t basis : bases) {
    uint64_t image = 0;
    unsigned first = 0;
    for (auto [from, to] : llvm::zip_equal(outputs, axes)) {
      assert(from.name == to.name && "the outputs in their order");
      uint64_t value = basis & (from.getSize() - 1) & (to.getSize() - 1);
      image |= value << first;
      basis >>= from.bits;
      first += to.bits;
    }
    images.push_back(image);
  }
  return {inputs, axes, images};
}

LinearLayout LinearLayout::restrictInput(StringRef name, unsigned bits) const {
  Axes in(inputs);
  Vectors images;
  for (Axis &axis : in) {
    ArrayRef<uint64_t> own = getBases(axis.name);
    if (axis.name == name) {
      assert(bits <= axis.bits && "fewer bits");
      axis.bits = bits;
      own = own.take_front(bits);
    }
    images.append(own.begin(), own.end());
  }
  return {in, outputs, images};
}

LinearLayout LinearLayout::permuteInputBits(StringRef name,
                                            ArrayRef<unsigned> order) const {
  Place place = getPlace(inputs, name);
  assert(order.size() == place.bits && "a place for each bit");
  LinearLayout result = *this;
  for (auto [i, from] : llvm::enumerate(order))
    result.bases[place.first + i] = bases[place.first + from];
  return result;
}

LinearLayout LinearLayout::dropZeroBits(StringRef name) const {
  Axes in(inputs);
  Vectors images;
  for (Axis &axis : in)
    for (uint64_t basis : getBases(axis.name)) {
      if (axis.name == name && !basis)
        continue;
      images.push_back(basis);
    }
  for (Axis &axis : in)
    if (axis.name == name)
      axis.bits -= llvm::count(getBases(name), 0);
  return {in, outputs, images};
}

uint64_t LinearLayout::getFreeBits(StringRef name) const {
  Place place = getPlace(inputs, name);
  Span span;
  uint64_t free = 0;
  for (auto [i, basis] : llvm::enumerate(bases))
    free |= uint64_t(!span.insert(basis)) << i;
  return place.extract(free);
}

uint64_t LinearLayout::getConsecutive(StringRef input, StringRef output) const {
  Place place = getPlace(outputs, output);
  unsigned bits = 0;
  for (uint64_t basis : getBases(input)) {
    if (bits == place.bits || basis != uint64_t(1) << (place.first + bits))
      break;
    ++bits;
  }
  return uint64_t(1) << bits;
}

bool LinearLayout::isAdditive() const {
  uint64_t seen = 0;
  for (uint64_t basis : bases) {
    if (seen & basis)
      return false;
    seen |= basis;
  }
  return true;
}

LinearLayout LinearLayout::groupNeighbours(StringRef input, StringRef output,
                                           unsigned mostBits) const {
  Place place = getPlace(outputs, output);
  ArrayRef<uint64_t> own = getBases(input);
  Vectors elements, steps;
  uint64_t taken = 0;
  while (elements.size() < std::min(mostBits, place.bits)) {
    const uint64_t *next =
        llvm::find(own, uint64_t(1) << (place.first + elements.size()));
    if (next == own.end())
      break;
    elements.push_back(uint64_t(1) << (next - own.begin()));
    taken |= elements.back();
  }
  for (size_t i = 0; i < own.size(); ++i)
    if (!(taken >> i & 1))
      steps.push_back(uint64_t(1) << i);
  Axes in{{"element", unsigned(elements.size())},
          {"step", unsigned(steps.size())}};
  elements.append(steps);
  return {in, Axis(input, own.size()), elements};
}

llvm::hash_code layout::hash_value(const LinearLayout &layout) {
  // Names say little: layouts that are compared have the same.
  llvm::hash_code hash = llvm::hash_combine_range(layout.getBases());
  for (ArrayRef<Axis> axes : {layout.getInputs(), layout.getOutputs()})
    for (const Axis &axis : axes)
      hash = llvm::hash_combine(hash, axis.bits);
  return hash;
}

bool LinearLayout::isEqualModuloBroadcast(const LinearLayout &other) const {
  // A coordinate that only one of them has must be 0 there: else it is no
  // broadcast.
  Axes out = outputs;
  for (const Axis &axis : other.outputs) {
    auto *known = llvm::find_if(
        out, [&](const Axis &own) { return own.name == axis.name; });
    if (known == out.end())
      out.push_back(axis);
    else
      known->bits = std::max(known->bits, axis.bits);
  }
  Axes in = inputs;
  for (const Axis &axis : other.inputs)
    if (!findAxis(in, axis.name))
      in.emplace_back(axis.name, 0);
  for (const Axis &axis : in) {
    ArrayRef<uint64_t> own = getBases(axis.name),
                       others = other.getBases(axis.name);
    for (size_t i = 0, e = std::max(own.size(), others.size()); i < e; ++i) {
      uint64_t left = i < own.size() ? repack(outputs, out, own[i]) : 0;
      uint64_t right =
          i < others.size() ? repack(other.outputs, out, others[i]) : 0;
      if (left != right)
        return false;
    }
  }
  return true;
}
