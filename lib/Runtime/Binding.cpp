//===- Binding.cpp - Tensors for a recurrence's arguments -----------------===//

#include "lib/Runtime/Problem.h"
#include "lib/Runtime/RangeCheck.h"
#include "lib/Runtime/RunMemory.h"
#include "lib/Support/GradientName.h"
#include "lib/Support/Memory.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

static constexpr StringLiteral kOffsets = "cu_seqlens";
/// The origin of what BindOptions say.
static constexpr StringLiteral kGivenSizes = "the sizes given";
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

namespace {
/// A tensor that the recurrence takes.
struct Slot {
  std::string name;
  bool isOptional;
  std::string shape;
};

class Binder {
public:
  Binder(const Signature &signature, ArrayRef<io::NamedTensor> tensors,
         const BindOptions &options)
      : signature(signature), tensors(tensors), options(options) {
    problem.signature = signature;
    problem.args.resize(signature.arguments.size());
    for (const io::NamedTensor &tensor : tensors)
      byName[tensor.name] = &tensor.view;
  }

  Expected<Problem> bind() {
    for (const auto &[axis, size] : options.sizes)
      learn(axis, size, kGivenSizes);
    if (Error error = bindNames())
      return error;
    if (Error error = bindTokens())
      return error;
    if (Error error = bindSequences())
      return error;
    if (Error error = bindStates())
      return error;
    if (options.backward)
      if (Error error = bindGradients())
        return error;
    if (Error error = settleSizes())
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
  Error bindGradients();
  Error settleSizes();
  Error settleScale();
  Error checkRanges();
  void settleTypes();
  /// Every axis of the states, once.
  SymbolicShape getStateAxes() const;
  Error checkStateSize(const Argument &state) const;

  /// Checks the tensor's type and unifies its shape.
  Error checkTensor(StringRef name, const io::TensorView &tensor,
                    const SymbolicShape &shape);
  /// The same; makes it argument `index`.
  Error bindArgument(unsigned index, StringRef name,
                     const io::TensorView &tensor);
  /// The gradients that may be given, by the shapes of what they are of.
  std::vector<Slot> gradientSlots() const;
  /// The tensor of that name, checked, in `gradients`; a view without data
  /// where there is none.
  Error bindGradient(StringRef name, const SymbolicShape &shape,
                     std::vector<io::TensorView> &gradients);
  bool isKnown(StringRef axis) const { return origins.contains(axis); }
  /// Of a known axis.
  const std::string &origin(StringRef axis) const {
    return origins.find(axis)->second;
  }
  /// Whom an error about a size points at.
  std::string getPlace(StringRef axis) const {
    const std::string &from = origin(axis);
    return from == kGivenSizes ? from : "tensor " + quote(from);
  }
  void learn(StringRef axis, int64_t size, StringRef from) {
    problem.sizes[axis] = size;
    origins[axis] = from.str();
  }
  /// "B=1 T=5 (from 'q'), HV=2 (from 'g')" for those of `axes` that are known.
  std::string known(const SymbolicShape &axes) const;
  std::vector<Slot> slots();
  std::string describe(ArrayRef<Slot> slots);

  const Signature &signature;
  ArrayRef<io::NamedTensor> tensors;
  const BindOptions &options;
  StringMap<const io::TensorView *> byName;
  Problem problem;
  /// The tensor that told each size that is known.
  StringMap<std::string> origins;
};
} // namespace

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::vector<Slot> Binder::slots() {
  std::vector<Slot> slots;
  for (const Argument &argument : signature.arguments)
    if (argument.kind != ArgumentKind::State)
      slots.push_back({argument.name, /*isOptional=*/false,
                       runtime::toString(argument.getShape())});
  for (auto [i, state] : enumerate(signature.getStates()))
    slots.push_back({signature.getInitialStateName(i), /*isOptional=*/true,
                     runtime::toString(signature.arguments[state].getShape())});
  if (options.backward)
    append_range(slots, gradientSlots());
  slots.push_back({kOffsets.str(), /*isOptional=*/true, "[N+1]"});
  return slots;
}

std::vector<Slot> Binder::gradientSlots() const {
  std::vector<Slot> slots;
  for (const Output &output : signature.outputs)
    slots.push_back({getGradientName(output.name), /*isOptional=*/true,
                     runtime::toString(output.getShape())});
  for (auto [i, state] : enumerate(signature.getStates()))
    slots.push_back({getGradientName(signature.getFinalStateName(i)),
                     /*isOptional=*/true,
                     runtime::toString(signature.arguments[state].getShape())});
  return slots;
}

std::string Binder::describe(ArrayRef<Slot> slots) {
  std::string text;
  raw_string_ostream os(text);
  os << '\'' << signature.name << "' takes ";
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

/// "'a', 'b'", as many as help.
static std::string quoteAll(ArrayRef<StringRef> names) {
  constexpr size_t kShown = 8;
  std::string text;
  raw_string_ostream os(text);
  interleaveComma(names.take_front(kShown), os,
                  [&](StringRef name) { os << quote(name); });
  os << (names.size() > kShown ? ", …" : "");
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
  std::vector<StringRef> missing;
  for (const Slot &slot : slots)
    if (!slot.isOptional && !byName.contains(slot.name))
      missing.push_back(slot.name);
  if (missing.size() > 1)
    return error(
        "no tensors " + quoteAll(missing) +
        (unknown.empty() ? "" : ", only unknown " + quoteAll(unknown)) + ": " +
        describe(slots));
  for (const Slot &slot : slots) {
    if (slot.isOptional || byName.contains(slot.name))
      continue;
    std::string hint;
    for (StringRef name : unknown)
      if (distance(slot.name, name) <= slot.name.size() / 2 + 1)
        hint = ", only an unknown " + quote(name);
    return error("no tensor " + quote(slot.name) + hint + ": " +
                 describe(slots));
  }
  if (unknown.empty())
    return Error::success();
  if (unknown.size() > 1)
    return error("unknown tensors " + quoteAll(unknown) + ": " +
                 describe(slots));
  StringRef name = unknown.front();
  const Slot *nearest = &*min_element(slots, [&](const Slot &a, const Slot &b) {
    return name.edit_distance(a.name) < name.edit_distance(b.name);
  });
  return error("unknown tensor " + quote(name) + ", the nearest is " +
               quote(nearest->name) + ": " + describe(slots));
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

std::string Binder::known(const SymbolicShape &axes) const {
  std::string text;
  raw_string_ostream os(text);
  StringRef from;
  for (StringRef axis : axes) {
    if (!isKnown(axis))
      continue;
    if (!from.empty())
      os << (from == origin(axis) ? " " : " (from " + quote(from) + "), ");
    from = origin(axis);
    os << axis << '=' << problem.sizes[axis];
  }
  if (!from.empty())
    os << " (from " << quote(from) << ")";
  return text;
}

Error Binder::checkTensor(StringRef name, const io::TensorView &tensor,
                          const SymbolicShape &shape) {
  if (!isComputeType(tensor.dtype))
    return error("tensor " + quote(name) + ": expected type bf16, f16, f32" +
                 (options.allowF64 ? " or f64" : "") + ", found " +
                 io::dtypeName(tensor.dtype));
  if (tensor.dtype == io::DType::F64 && !options.allowF64)
    return error("tensor " + quote(name) +
                 ": this device takes no f64; use --device=reference");

  bool fits = tensor.shape.size() == shape.size();
  if (fits)
    for (auto [axis, size] : zip_equal(shape, tensor.shape))
      fits &= !isKnown(axis) || problem.sizes[axis] == size;
  if (!fits) {
    std::string sizes = known(shape);
    return error("tensor " + quote(name) + ": expected shape " +
                 runtime::toString(shape) +
                 (sizes.empty() ? "" : " with " + sizes) + ", found " +
                 runtime::toString(tensor.shape));
  }
  for (auto [axis, size] : zip_equal(shape, tensor.shape))
    if (!isKnown(axis))
      learn(axis, size, name);
  return Error::success();
}

Error Binder::bindArgument(unsigned index, StringRef name,
                           const io::TensorView &tensor) {
  if (Error error =
          checkTensor(name, tensor, signature.arguments[index].getShape()))
    return error;
  problem.args[index] = tensor;
  return Error::success();
}

Error Binder::bindTokens() {
  for (auto [i, argument] : enumerate(signature.arguments))
    if (argument.kind != ArgumentKind::State)
      if (Error error = bindArgument(i, argument.name, *byName[argument.name]))
        return error;
  for (StringRef axis : {"B", "T"})
    if (!isKnown(axis))
      return error(axis + " is unknown: no argument of " +
                   quote(signature.name) + " is per token");
  return Error::success();
}

Error Binder::bindStates() {
  for (auto [i, state] : enumerate(signature.getStates())) {
    std::string name = signature.getInitialStateName(i);
    const io::TensorView *tensor = byName.lookup(name);
    if (!tensor)
      continue;
    if (Error error = bindArgument(state, name, *tensor))
      return error;
  }
  return Error::success();
}

Error Binder::bindGradient(StringRef name, const SymbolicShape &shape,
                           std::vector<io::TensorView> &gradients) {
  io::TensorView &gradient = gradients.emplace_back();
  const io::TensorView *tensor = byName.lookup(name);
  if (!tensor)
    return Error::success();
  if (Error error = checkTensor(name, *tensor, shape))
    return error;
  gradient = *tensor;
  return Error::success();
}

Error Binder::bindGradients() {
  for (const Output &output : signature.outputs)
    if (Error error = bindGradient(getGradientName(output.name),
                                   output.getShape(), problem.outputGradients))
      return error;
  for (auto [i, state] : enumerate(signature.getStates()))
    if (Error error = bindGradient(
            getGradientName(signature.getFinalStateName(i)),
            signature.arguments[state].getShape(), problem.finalStateGradients))
      return error;
  std::vector<Slot> slots = gradientSlots();
  if (any_of(slots,
             [&](const Slot &slot) { return byName.contains(slot.name); }))
    return Error::success();
  std::vector<StringRef> names;
  for (const Slot &slot : slots)
    names.push_back(slot.name);
  return error("no gradient to go back from: expected a tensor " +
               std::string(names.size() > 1 ? "of " : "") + quoteAll(names) +
               ", the gradients by results");
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

/// Makes room for a list of so many, if there is memory for it and for the
/// tasks that a run makes of them.
static Error reserveSequences(Problem &problem, int64_t count) {
  MemoryNeed need;
  addSequences(need, count, problem.sizes["HV"]);
  if (Error error = need.check())
    return error;
  problem.sequences.reserve(count);
  return Error::success();
}

Error Binder::bindSequences() {
  const Sizes &sizes = problem.sizes;
  const io::TensorView *tensor = byName.lookup(kOffsets);
  if (!tensor) {
    if (sizes["B"] > kMaxSequences)
      return error(getPlace("B") + ": B=" + Twine(sizes["B"]) +
                   " is more than " + Twine(kMaxSequences) + " sequences");
    learn("N", sizes["B"], origin("B"));
    if (Error error = reserveSequences(problem, sizes["B"]))
      return error;
    for (int64_t row = 0; row < sizes["B"]; ++row)
      problem.sequences.push_back({row, 0, sizes["T"]});
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
                        runtime::toString(tensor->shape));
  if (sizes["B"] != 1)
    return offsetsError("needs B=1, found " + known({"B"}));

  int64_t numSequences = tensor->shape.front() - 1, begin = 0;
  if (Error error = reserveSequences(problem, numSequences))
    return error;
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
  if (begin != sizes["T"])
    return offsetsError("ends at " + known({"T"}) + ", found " + Twine(begin) +
                        " at index " + Twine(numSequences));
  learn("N", numSequences, kOffsets);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// What follows from the tensors
//===----------------------------------------------------------------------===//

SymbolicShape Binder::getStateAxes() const {
  SymbolicShape axes;
  for (unsigned state : signature.getStates())
    for (const std::string &axis : signature.arguments[state].axes)
      if (!is_contained(axes, axis))
        axes.push_back(axis);
  return axes;
}

/// Of axes that are no longer than kMaxAxis.
Error Binder::checkStateSize(const Argument &state) const {
  int64_t elements = 1;
  for (const std::string &axis : state.axes) {
    elements *= problem.sizes[axis];
    if (elements <= kMaxState)
      continue;
    std::vector<std::string> axes;
    for (const std::string &other : state.axes)
      axes.push_back(known({other}));
    return error(getPlace(axis) + ": a state of " + join(axes, " and ") +
                 " has more than " + Twine(kMaxState) + " elements");
  }
  return Error::success();
}

Error Binder::settleSizes() {
  const Sizes &sizes = problem.sizes;
  // Heads that no argument follows are as many as the others.
  if (!isKnown("HV") && isKnown("H"))
    learn("HV", sizes["H"], origin("H"));
  if (!isKnown("H") && isKnown("HV"))
    learn("H", sizes["HV"], origin("HV"));
  SymbolicShape axes = getStateAxes();
  SymbolicShape counted{"H", "HV"};
  counted.append(axes);
  for (const auto &[axis, size] : options.sizes)
    if (sizes[axis] != size) // of cu_seqlens, which was not asked before
      return error(axis + "=" + Twine(size) + " is given, found " +
                   known({axis}));
  for (const std::string &axis : counted) {
    if (!isKnown(axis))
      return error(
          axis + " is unknown: no tensor given runs along it; " +
          signature.getInitialStateName(0) + " " +
          runtime::toString(
              signature.arguments[signature.getStates().front()].getShape()) +
          " would tell" +
          (axis == "K"   ? ", or --key-dim"
           : axis == "V" ? ", or --value-dim"
                         : ""));
    if (sizes[axis] == 0)
      return error(getPlace(axis) + ": " + axis + " is 0, expected at least 1");
  }
  for (const std::string &axis : axes)
    if (sizes[axis] > kMaxAxis)
      return error(getPlace(axis) + ": " + known({axis}) + " is more than " +
                   Twine(kMaxAxis));
  for (unsigned state : signature.getStates())
    if (Error error = checkStateSize(signature.arguments[state]))
      return error;
  if (sizes["HV"] % sizes["H"] != 0)
    return error(getPlace("HV") + ": HV=" + Twine(sizes["HV"]) +
                 " is not a multiple of " + known({"H"}));
  return Error::success();
}

Error Binder::settleScale() {
  if (options.scale && !signature.takesScale)
    return error(quote(signature.name) +
                 " takes no scale: it has no delta.scale");
  if (signature.takesScale)
    problem.scale = options.scale.value_or(
        1 / std::sqrt(static_cast<double>(problem.sizes["K"])));
  return Error::success();
}

Error Binder::checkRanges() {
  for (auto [argument, tensor] : zip_equal(signature.arguments, problem.args))
    if (argument.range)
      if (Error error = checkRange(argument.name, tensor, *argument.range))
        return error;
  return Error::success();
}

void Binder::settleTypes() {
  bool anyF64 = false;
  std::optional<io::DType> firstToken, firstValue;
  for (auto [i, argument] : enumerate(signature.arguments)) {
    if (!problem.hasInitialState(i))
      continue; // a state that starts at zero
    io::DType dtype = problem.args[i].dtype;
    anyF64 |= dtype == io::DType::F64;
    if (argument.kind != ArgumentKind::QKHeads &&
        argument.kind != ArgumentKind::VHeads)
      continue;
    if (!firstToken)
      firstToken = dtype;
    if (!firstValue && argument.axes == SymbolicShape{"V"})
      firstValue = dtype;
  }
  problem.outputDType = anyF64       ? io::DType::F64
                        : firstValue ? *firstValue
                                     : *firstToken;
  problem.stateDType = anyF64 ? io::DType::F64 : io::DType::F32;
}

Expected<Problem> runtime::bind(const Signature &signature,
                                ArrayRef<io::NamedTensor> tensors,
                                const BindOptions &options) {
  return Binder(signature, tensors, options).bind();
}
