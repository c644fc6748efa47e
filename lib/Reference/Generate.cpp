//===- Generate.cpp - Random inputs for a recurrence ----------------------===//

#include "lib/Reference/Generate.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Reference/Random.h"
#include "lib/Runtime/RunMemory.h"
#include "lib/Support/GradientName.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::reference;
using namespace sluice::runtime;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), "--generate: " + message);
}

/// A size of at most 2^40, so that sums and products of a few do not overflow.
static Expected<int64_t> parseSize(StringRef key, StringRef text) {
  constexpr int64_t kMostElements = int64_t{1} << 40;
  int64_t size;
  if (text.getAsInteger(10, size) || size < 0 || size > kMostElements)
    return error("'" + key + "' is a size from 0 to " + Twine(kMostElements) +
                 ", found '" + text + "'");
  return size;
}

static Error parseItem(StringRef item, GenerateOptions &options) {
  auto [key, value] = item.split('=');
  if (is_contained({"B", "T", "H", "HV", "K", "V"}, key)) {
    Expected<int64_t> size = parseSize(key, value);
    if (!size)
      return size.takeError();
    options.sizes[key] = *size;
    return Error::success();
  }
  if (item == "initial") {
    options.initialStates = true;
    return Error::success();
  }
  if (key == "dtype") {
    std::optional<io::DType> dtype = io::parseDType(value.upper());
    if (!dtype || !isComputeType(*dtype))
      return error("'dtype' is bf16, f16, f32 or f64, found '" + value + "'");
    options.dtype = *dtype;
    return Error::success();
  }
  if (key == "seqlens") {
    for (StringRef text : split(value, ':')) {
      Expected<int64_t> length = parseSize(key, text);
      if (!length)
        return length.takeError();
      options.sequenceLengths.push_back(*length);
    }
    return Error::success();
  }
  return error("unknown '" + item +
               "', expected B=, T=, H=, HV=, K=, V=, dtype=, initial or "
               "seqlens=");
}

Expected<GenerateOptions> reference::parseGenerateOptions(StringRef text) {
  GenerateOptions options;
  for (StringRef item : split(text, ','))
    if (!item.empty())
      if (Error error = parseItem(item, options))
        return error;

  Sizes &sizes = options.sizes;
  int64_t packed = 0;
  for (int64_t length : options.sequenceLengths)
    packed += length;
  auto settle = [&](StringRef axis, int64_t absent) {
    if (!sizes.contains(axis))
      sizes[axis] = absent;
  };
  settle("B", 1);
  settle("T", options.sequenceLengths.empty() ? 1024 : packed);
  settle("H", 4);
  settle("HV", sizes["H"]);
  settle("K", 128);
  settle("V", 128);
  sizes["N"] = sizes["B"];
  if (options.sequenceLengths.empty())
    return options;
  sizes["N"] = static_cast<int64_t>(options.sequenceLengths.size());
  if (sizes["B"] != 1)
    return error("'seqlens' needs B=1");
  if (sizes["T"] != packed)
    return error("'seqlens' sums up to " + Twine(packed) +
                 ", not to T=" + Twine(sizes["T"]));
  return options;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// Fills the tensor; vectors lie along its last axis.
static void fill(OwnedTensor &tensor, Distribution distribution,
                 RangeAttr range, Random random) {
  int64_t size = tensor.shape.empty() ? 1 : tensor.shape.back();
  int64_t count = tensor.view().numElements();
  std::vector<double> vector(size);
  for (int64_t first = 0; first < count; first += size) {
    double squares = 0;
    for (double &x : vector) {
      x = draw(distribution.source, random);
      squares += x * x;
    }
    if (distribution.hasUnitLength)
      for (double &x : vector)
        x /= std::sqrt(squares);
    for (double &x : vector)
      x = moveInto(range, x, random);
    tensor.store(first, vector);
  }
}

static Expected<OwnedTensor> makeOffsets(ArrayRef<int64_t> lengths) {
  Expected<OwnedTensor> tensor = OwnedTensor::create(
      "cu_seqlens", io::DType::I64, static_cast<int64_t>(lengths.size()) + 1);
  if (!tensor)
    return tensor.takeError();
  int64_t offset = 0;
  uint8_t *next = tensor->data() + sizeof(offset); // the first one is 0
  for (int64_t length : lengths) {
    offset += length;
    std::memcpy(next, &offset, sizeof(offset));
    next += sizeof(offset);
  }
  return tensor;
}

static io::DType getStateType(const GenerateOptions &options) {
  return options.dtype == io::DType::F64 ? io::DType::F64 : io::DType::F32;
}

/// The gradients by outputs and, perhaps, by final states.
static Error generateGradients(const Signature &signature,
                               const GenerateOptions &options,
                               std::vector<OwnedTensor> &tensors) {
  size_t stream = signature.arguments.size();
  auto add = [&](StringRef name, io::DType dtype,
                 const SymbolicShape &shape) -> Error {
    Expected<OwnedTensor> tensor = OwnedTensor::create(
        getGradientName(name), dtype, evaluate(shape, options.sizes));
    if (!tensor)
      return tensor.takeError();
    fill(*tensor, {NumberSource::Normal}, RangeAttr(),
         Random(options.seed, stream++));
    tensors.push_back(std::move(*tensor));
    return Error::success();
  };
  for (const Output &output : signature.outputs)
    if (Error error = add(output.name, options.dtype, output.getShape()))
      return error;
  if (!options.initialStates)
    return Error::success();
  for (auto [i, state] : enumerate(signature.getStates()))
    if (Error error = add(signature.getFinalStateName(i), getStateType(options),
                          signature.arguments[state].getShape()))
      return error;
  return Error::success();
}

Expected<std::vector<OwnedTensor>>
reference::generate(RecurrenceOp op, const GenerateOptions &options) {
  Signature signature = getSignature(op);
  io::DType stateType = getStateType(options);
  MemoryNeed need;
  addInputs(need, signature, options.sizes, options.dtype, stateType,
            options.initialStates);
  if (Error error = need.check())
    return std::move(error);
  std::vector<OwnedTensor> tensors;
  auto add = [&](StringRef name, io::DType dtype, Distribution distribution,
                 unsigned index) -> Error {
    Expected<OwnedTensor> tensor = OwnedTensor::create(
        name, dtype,
        evaluate(signature.arguments[index].getShape(), options.sizes));
    if (!tensor)
      return tensor.takeError();
    fill(*tensor, distribution, op.getArgRange(index),
         Random(options.seed, index));
    tensors.push_back(std::move(*tensor));
    return Error::success();
  };

  std::vector<Distribution> distributions = chooseDistributions(op);
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
    if (op.getArgKind(i) != ArgKind::State)
      if (Error error =
              add(op.getArgName(i), options.dtype, distributions[i], i))
        return error;
  if (options.initialStates)
    for (auto [i, state] : enumerate(signature.getStates()))
      if (Error error = add(signature.getInitialStateName(i), stateType,
                            {NumberSource::Normal}, state))
        return error;
  if (options.gradients)
    if (Error error = generateGradients(signature, options, tensors))
      return std::move(error);
  if (!options.sequenceLengths.empty()) {
    Expected<OwnedTensor> offsets = makeOffsets(options.sequenceLengths);
    if (!offsets)
      return offsets.takeError();
    tensors.push_back(std::move(*offsets));
  }
  return tensors;
}
