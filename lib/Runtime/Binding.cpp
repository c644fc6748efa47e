//===- Binding.cpp - Tensors for a recurrence's arguments -----------------===//

#include "lib/Runtime/Problem.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <array>
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::delta;

static constexpr StringLiteral kOffsets = "cu_seqlens";
/// Far above any batch; below it the list of sequences fits into memory even if
/// the tensors have no elements.
static constexpr int64_t kMaxSequences = int64_t{1} << 28;
/// Likewise for an axis of the state, and for a state as a whole: devices hold
/// a few states, and vectors of a block of tokens, for each thread.
static constexpr int64_t kMaxAxis = int64_t{1} << 16;
static constexpr int64_t kMaxState = int64_t{1} << 26;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static std::string toString(ArrayRef<int64_t> shape) {
  std::string text;
  raw_string_ostream os(text);
  os << '[';
  interleave(shape, os, ",");
  os << ']';
  return text;
}

namespace {
/// A tensor that the recurrence takes.
struct Slot {
  std::string name;
  bool isOptional;
  std::string shape;
};

class Binder {
public:
  Binder(RecurrenceOp op, ArrayRef<io::NamedTensor> tensors,
         const BindOptions &options)
      : op(op), tensors(tensors), options(options) {
    problem.op = op;
    problem.args.resize(op.getNumArgs());
    for (const io::NamedTensor &tensor : tensors)
      byName[tensor.name] = &tensor.view;
  }

  Expected<Problem> bind() {
    if (Error error = bindNames())
      return error;
    if (Error error = bindTokens())
      return error;
    if (Error error = bindSequences())
      return error;
    if (Error error = bindStates())
      return error;
    if (Error error = settleDims())
      return error;
    if (Error error = settleScale())
      return error;
    if (Error error = checkRanges())
      return error;
    settleTypes();
    return std::move(problem);
  }

private:
  Error bindNames();
  Error bindTokens();
  Error bindSequences();
  Error bindStates();
  Error settleDims();
  Error settleScale();
  Error checkRanges();
  void settleTypes();

  /// Checks the tensor's type, unifies its shape and makes it argument `index`.
  Error bindArgument(unsigned index, StringRef name,
                     const io::TensorView &tensor);
  bool isKnown(Dim dim) const { return !origin(dim).empty(); }
  std::string &origin(Dim dim) { return origins[static_cast<unsigned>(dim)]; }
  const std::string &origin(Dim dim) const {
    return origins[static_cast<unsigned>(dim)];
  }
  void learn(Dim dim, int64_t size, StringRef from) {
    problem.dims.get(dim) = size;
    origin(dim) = from.str();
  }
  /// "B=1 T=5 (from 'q'), HV=2 (from 'g')" for those of `dims` that are known.
  std::string known(ArrayRef<Dim> dims) const;
  std::vector<Slot> slots();
  std::string describe(ArrayRef<Slot> slots);

  RecurrenceOp op;
  ArrayRef<io::NamedTensor> tensors;
  const BindOptions &options;
  StringMap<const io::TensorView *> byName;
  Problem problem;
  /// The tensor that told each size; empty while it is unknown.
  std::array<std::string, kNumDims> origins;
};
} // namespace

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::vector<Slot> Binder::slots() {
  std::vector<Slot> slots;
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
    if (op.getArgKind(i) != ArgKind::State)
      slots.push_back({op.getArgName(i).str(), /*isOptional=*/false,
                       runtime::toString(argumentShape(op, i))});
  for (auto [i, state] : enumerate(op.getStates()))
    slots.push_back(
        {initialStateName(op, i), /*isOptional=*/true,
         runtime::toString(argumentShape(op, state.getArgNumber()))});
  slots.push_back({kOffsets.str(), /*isOptional=*/true, "[N+1]"});
  return slots;
}

std::string Binder::describe(ArrayRef<Slot> slots) {
  std::string text;
  raw_string_ostream os(text);
  os << '\'' << op.getSymName() << "' takes ";
  ListSeparator separator;
  for (const Slot &slot : slots)
    if (!slot.isOptional)
      os << separator << slot.name << ' ' << slot.shape;
  os << "; optional: ";
  ListSeparator optionalSeparator;
  for (const Slot &slot : slots)
    if (slot.isOptional)
      os << optionalSeparator << slot.name << ' ' << slot.shape;
  return text;
}

Error Binder::bindNames() {
  std::vector<Slot> slots = this->slots();
  std::vector<StringRef> unknown;
  for (const io::NamedTensor &tensor : tensors)
    if (none_of(slots,
                [&](const Slot &slot) { return slot.name == tensor.name; }))
      unknown.push_back(tensor.name);

  auto distance = [](StringRef a, StringRef b) {
    return a.edit_distance(b, /*AllowReplacements=*/true,
                           /*MaxEditDistance=*/a.size() / 2 + 1);
  };
  for (const Slot &slot : slots) {
    if (slot.isOptional || byName.contains(slot.name))
      continue;
    std::string hint;
    for (StringRef name : unknown)
      if (distance(slot.name, name) <= slot.name.size() / 2 + 1)
        hint = (", only an unknown '" + name + "'").str();
    return error("no tensor '" + slot.name + "'" + hint + ": " +
                 describe(slots));
  }
  if (unknown.empty())
    return Error::success();
  StringRef name = unknown.front();
  const Slot *nearest = &*min_element(slots, [&](const Slot &a, const Slot &b) {
    return name.edit_distance(a.name) < name.edit_distance(b.name);
  });
  return error("unknown tensor '" + name + "', the nearest is '" +
               nearest->name + "': " + describe(slots));
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

std::string Binder::known(ArrayRef<Dim> dims) const {
  std::string text;
  raw_string_ostream os(text);
  StringRef from;
  for (Dim dim : dims) {
    if (!isKnown(dim))
      continue;
    if (!from.empty())
      os << (from == origin(dim) ? " " : (" (from '" + from + "'), ").str());
    from = origin(dim);
    os << dimName(dim) << '=' << problem.dims.get(dim);
  }
  if (!from.empty())
    os << " (from '" << from << "')";
  return text;
}

Error Binder::bindArgument(unsigned index, StringRef name,
                           const io::TensorView &tensor) {
  if (!isComputeType(tensor.dtype))
    return error("tensor '" + name + "': expected type bf16, f16, f32" +
                 (options.allowF64 ? " or f64" : "") + ", found " +
                 io::dtypeName(tensor.dtype));
  if (tensor.dtype == io::DType::F64 && !options.allowF64)
    return error("tensor '" + name +
                 "': this device takes no f64; use --device=reference");

  SymbolicShape shape = argumentShape(op, index);
  bool fits = tensor.shape.size() == shape.size();
  if (fits)
    for (auto [dim, size] : zip_equal(shape, tensor.shape))
      fits &= !isKnown(dim) || problem.dims.get(dim) == size;
  if (!fits) {
    std::string sizes = known(shape);
    return error("tensor '" + name + "': expected shape " +
                 runtime::toString(shape) +
                 (sizes.empty() ? "" : " with " + sizes) + ", found " +
                 ::toString(tensor.shape));
  }
  for (auto [dim, size] : zip_equal(shape, tensor.shape))
    if (!isKnown(dim))
      learn(dim, size, name);
  problem.args[index] = tensor;
  return Error::success();
}

Error Binder::bindTokens() {
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
    if (op.getArgKind(i) != ArgKind::State)
      if (Error error =
              bindArgument(i, op.getArgName(i), *byName[op.getArgName(i)]))
        return error;
  for (Dim dim : {Dim::B, Dim::T})
    if (!isKnown(dim))
      return error(dimName(dim) + " is unknown: no argument of '" +
                   op.getSymName() + "' is per token");
  return Error::success();
}

Error Binder::bindStates() {
  for (auto [i, state] : enumerate(op.getStates())) {
    std::string name = initialStateName(op, i);
    const io::TensorView *tensor = byName.lookup(name);
    if (!tensor)
      continue;
    if (Error error = bindArgument(state.getArgNumber(), name, *tensor))
      return error;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Sequences
//===----------------------------------------------------------------------===//

static int64_t loadOffset(const io::TensorView &tensor, size_t index) {
  if (tensor.dtype == io::DType::I32) {
    int32_t offset;
    std::memcpy(&offset, tensor.bytes.data() + index * sizeof(offset),
                sizeof(offset));
    return offset;
  }
  int64_t offset;
  std::memcpy(&offset, tensor.bytes.data() + index * sizeof(offset),
              sizeof(offset));
  return offset;
}

Error Binder::bindSequences() {
  const Dims &dims = problem.dims;
  const io::TensorView *tensor = byName.lookup(kOffsets);
  if (!tensor) {
    if (dims.B > kMaxSequences)
      return error("tensor '" + origin(Dim::B) + "': B=" + Twine(dims.B) +
                   " is more than " + Twine(kMaxSequences) + " sequences");
    learn(Dim::N, dims.B, origin(Dim::B));
    for (int64_t row = 0; row < dims.B; ++row)
      problem.sequences.push_back({row, 0, dims.T});
    return Error::success();
  }

  auto offsetsError = [](const Twine &message) {
    return error("tensor '" + Twine(kOffsets) + "': " + message);
  };
  if (tensor->dtype != io::DType::I32 && tensor->dtype != io::DType::I64)
    return offsetsError("expected type i32 or i64, found " +
                        io::dtypeName(tensor->dtype));
  if (tensor->shape.size() != 1 || tensor->shape.front() < 1)
    return offsetsError("expected shape [N+1], found " +
                        ::toString(tensor->shape));
  if (dims.B != 1)
    return offsetsError("needs B=1, found " + known(Dim::B));

  int64_t numSequences = tensor->shape.front() - 1, begin = 0;
  for (int64_t i = 0; i <= numSequences; ++i) {
    int64_t offset = loadOffset(*tensor, i);
    if (i == 0 && offset != 0)
      return offsetsError("starts at 0, found " + Twine(offset) +
                          " at index 0");
    if (offset < begin)
      return offsetsError("never decreases, found " + Twine(offset) +
                          " at index " + Twine(i) + " after " + Twine(begin));
    if (i > 0)
      problem.sequences.push_back({0, begin, offset});
    begin = offset;
  }
  if (begin != dims.T)
    return offsetsError("ends at " + known(Dim::T) + ", found " + Twine(begin) +
                        " at index " + Twine(numSequences));
  learn(Dim::N, numSequences, kOffsets);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// What follows from the tensors
//===----------------------------------------------------------------------===//

Error Binder::settleDims() {
  Dims &dims = problem.dims;
  // Heads that no argument follows are as many as the others.
  if (!isKnown(Dim::HV) && isKnown(Dim::H))
    learn(Dim::HV, dims.H, origin(Dim::H));
  if (!isKnown(Dim::H) && isKnown(Dim::HV))
    learn(Dim::H, dims.HV, origin(Dim::HV));
  for (Dim dim : {Dim::H, Dim::HV, Dim::K, Dim::V}) {
    if (!isKnown(dim))
      return error(dimName(dim) +
                   " is unknown: no tensor given runs along it; " +
                   initialStateName(op, 0) + " " +
                   runtime::toString(argumentShape(
                       op, op.getStates().front().getArgNumber())) +
                   " would tell");
    if (dims.get(dim) == 0)
      return error("tensor '" + origin(dim) + "': " + dimName(dim) +
                   " is 0, expected at least 1");
  }
  for (Dim dim : {Dim::K, Dim::V})
    if (dims.get(dim) > kMaxAxis)
      return error("tensor '" + origin(dim) + "': " + known(dim) +
                   " is more than " + Twine(kMaxAxis));
  if (dims.K * dims.V > kMaxState)
    return error("tensor '" + origin(Dim::V) + "': a state of " +
                 known(Dim::K) + " and " + known(Dim::V) + " has more than " +
                 Twine(kMaxState) + " elements");
  if (dims.HV % dims.H != 0)
    return error("tensor '" + origin(Dim::HV) + "': HV=" + Twine(dims.HV) +
                 " is not a multiple of " + known(Dim::H));
  return Error::success();
}

Error Binder::settleScale() {
  if (options.scale && !takesScale(op))
    return error("'" + op.getSymName() +
                 "' takes no scale: it has no delta.scale");
  if (takesScale(op))
    problem.scale = options.scale.value_or(
        1 / std::sqrt(static_cast<double>(problem.dims.K)));
  return Error::success();
}

/// The ends of a range among the numbers of a type: a tensor of bf16 has no
/// −0.1, only what is rounded to it. Nothing beyond the outer ends, though.
static std::pair<double, double> roundEnds(RangeAttr range, io::DType dtype) {
  auto round = [&](double end) {
    switch (dtype) {
    case io::DType::BF16:
      return fromBF16(toBF16(end));
    case io::DType::F16:
      return fromF16(toF16(end));
    case io::DType::F32:
      return static_cast<double>(static_cast<float>(end));
    default:
      return end;
    }
  };
  double lower = range.getLower().convertToDouble();
  double upper = range.getUpper().convertToDouble();
  return {std::max(std::min(lower, round(lower)), range.getOuterLower()),
          std::min(std::max(upper, round(upper)), range.getOuterUpper())};
}

/// The indices of the element `position` in row-major order.
static SmallVector<int64_t> indicesOf(ArrayRef<int64_t> shape,
                                      int64_t position) {
  SmallVector<int64_t> indices(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; position /= shape[axis])
    indices[axis] = position % shape[axis];
  return indices;
}

/// The first number outside the range, if there is one.
static Error checkRange(StringRef name, const io::TensorView &tensor,
                        RangeAttr range) {
  auto [lower, upper] = roundEnds(range, tensor.dtype);
  std::array<double, 1024> block;
  for (int64_t first = 0, count = tensor.numElements(); first < count;) {
    MutableArrayRef<double> numbers(
        block.data(), std::min<int64_t>(block.size(), count - first));
    loadElements(tensor, first, numbers);
    for (auto [i, number] : enumerate(numbers)) {
      // NaN is in no range.
      if (lower <= number && number <= upper)
        continue;
      std::string text;
      raw_string_ostream(text)
          << "tensor '" << name << "': lies in range("
          << format("%.9g, %.9g", range.getLower().convertToDouble(),
                    range.getUpper().convertToDouble())
          << format("), found %.9g at ", number)
          << toString(indicesOf(tensor.shape, first + static_cast<int64_t>(i)));
      return error(text);
    }
    first += static_cast<int64_t>(numbers.size());
  }
  return Error::success();
}

Error Binder::checkRanges() {
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
    if (RangeAttr range = op.getArgRange(i))
      if (Error error = checkRange(op.getArgName(i), problem.args[i], range))
        return error;
  return Error::success();
}

void Binder::settleTypes() {
  bool anyF64 = false;
  std::optional<io::DType> firstToken, firstValue;
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i) {
    if (!problem.hasInitialState(i))
      continue; // a state that starts at zero
    io::DType dtype = problem.args[i].dtype;
    anyF64 |= dtype == io::DType::F64;
    ArgKind kind = op.getArgKind(i);
    if (kind != ArgKind::QKHeads && kind != ArgKind::VHeads)
      continue;
    if (!firstToken)
      firstToken = dtype;
    auto vector = dyn_cast<VecType>(op.getStep().getArgument(i).getType());
    if (!firstValue && vector && vector.getAxis() == Axis::Value)
      firstValue = dtype;
  }
  problem.outputDType = anyF64       ? io::DType::F64
                        : firstValue ? *firstValue
                                     : *firstToken;
  problem.stateDType = anyF64 ? io::DType::F64 : io::DType::F32;
}

Expected<Problem> runtime::bind(RecurrenceOp op,
                                ArrayRef<io::NamedTensor> tensors,
                                const BindOptions &options) {
  return Binder(op, tensors, options).bind();
}
