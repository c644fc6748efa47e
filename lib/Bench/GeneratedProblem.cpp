//===- GeneratedProblem.cpp - Random inputs, and what is right of them ----===//

#include "lib/Bench/GeneratedProblem.h"

#include "lib/Analysis/Signatures.h"
#include "lib/Reference/Interpreter.h"
#include <cstring>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::runtime;

/// The reference takes about 100 µs for a token of a head of 128 × 128; more
/// heads than this many tokens' worth would tell nothing new.
static constexpr int64_t kMostComparedTokenHeads = 8192;

double bench::getWorstError(ArrayRef<reference::TensorError> errors) {
  double worst = 0;
  for (const reference::TensorError &error : errors)
    if (!(error.relativeRMS <= worst)) // or a NaN
      worst = error.relativeRMS;
  return worst;
}

//===----------------------------------------------------------------------===//
// A part of the heads
//===----------------------------------------------------------------------===//

/// The first `heads` heads of a tensor, all of it if it has none.
static Expected<OwnedTensor> takeHeads(StringRef name,
                                       const io::TensorView &view,
                                       ArrayRef<std::string> axes,
                                       int64_t heads) {
  SmallVector<int64_t, 4> shape = view.shape;
  int64_t outer = 1, kept = 1, stride = 1;
  bool isInner = false;
  for (auto [size, axis] : zip_equal(shape, axes)) {
    if (axis == "H" || axis == "HV") {
      isInner = true;
      stride = size;
      size = kept = std::min(heads, size);
    } else if (!isInner) {
      outer *= size;
    } else {
      stride *= size;
      kept *= size;
    }
  }
  if (!isInner)
    kept = stride = std::exchange(outer, 1);
  Expected<OwnedTensor> part = OwnedTensor::create(name, view.dtype, shape);
  if (!part)
    return part.takeError();
  int64_t width = io::byteWidth(view.dtype);
  for (int64_t i = 0; i < outer; ++i)
    std::memcpy(part->data() + i * kept * width,
                view.bytes.data() + i * stride * width, kept * width);
  return part;
}

Expected<std::vector<reference::TensorError>>
GeneratedProblem::compareHeads(const Results &ours, const Results &exact,
                               int64_t heads) const {
  const Signature &signature = problem.signature;
  std::vector<SymbolicShape> shapes;
  shapes.reserve(ours.tensors.size());
  for (const Output &output : signature.outputs)
    shapes.push_back(output.getShape());
  for (unsigned state : signature.getStates())
    shapes.push_back(signature.arguments[state].getShape());

  std::vector<reference::TensorError> errors;
  for (auto [tensor, shape, expected] :
       zip_equal(ours.tensors, shapes, exact.tensors)) {
    Expected<OwnedTensor> part =
        takeHeads(tensor.name, tensor.view(), shape, heads);
    if (!part)
      return part.takeError();
    errors.push_back(reference::compare(*part, expected));
  }
  return errors;
}

static std::vector<io::NamedTensor> getViews(ArrayRef<OwnedTensor> tensors) {
  std::vector<io::NamedTensor> views;
  for (const OwnedTensor &tensor : tensors)
    views.push_back({tensor.name, tensor.view()});
  return views;
}

Expected<Results> GeneratedProblem::interpretHeads(int64_t heads) const {
  const Signature &signature = problem.signature;
  std::vector<OwnedTensor> parts;
  unsigned state = 0;
  for (auto [i, view] : enumerate(problem.args)) {
    const Argument &argument = signature.arguments[i];
    Expected<OwnedTensor> part =
        takeHeads(signature.isState(i) ? signature.getInitialStateName(state++)
                                       : argument.name,
                  view, argument.getShape(), heads);
    if (!part)
      return part.takeError();
    parts.push_back(std::move(*part));
  }
  BindOptions bindOptions;
  bindOptions.sizes = signature.getStateSizes(problem.sizes);
  Expected<Problem> fewer =
      runtime::bind(signature, getViews(parts), bindOptions);
  if (!fewer)
    return fewer.takeError();
  return reference::interpretExact(op, *fewer);
}

int64_t GeneratedProblem::countComparedHeads() const {
  const Sizes &sizes = problem.sizes;
  return std::clamp<int64_t>(
      kMostComparedTokenHeads / (sizes["B"] * sizes["T"]), 1, sizes["HV"]);
}

//===----------------------------------------------------------------------===//
// The problem
//===----------------------------------------------------------------------===//

/// Gates close, within a token or two.
static void strengthen(OwnedTensor &tensor) {
  constexpr double kFactor = 10;
  SmallVector<double> numbers(tensor.numBytes() / io::byteWidth(tensor.dtype));
  loadElements(tensor.view(), 0, numbers);
  for (double &number : numbers)
    number *= kFactor;
  tensor.store(0, numbers);
}

bool bench::hasLogGates(delta::RecurrenceOp op) {
  return any_of(reference::chooseDistributions(op),
                [](const reference::Distribution &distribution) {
                  return distribution.source ==
                         reference::NumberSource::LogGate;
                });
}

Expected<std::unique_ptr<GeneratedProblem>>
GeneratedProblem::create(delta::RecurrenceOp op,
                         const reference::GenerateOptions &options,
                         Gates gates) {
  std::unique_ptr<GeneratedProblem> made(new GeneratedProblem(op));
  Expected<std::vector<OwnedTensor>> inputs = reference::generate(op, options);
  if (!inputs)
    return inputs.takeError();
  made->inputs = std::move(*inputs);
  if (gates == Gates::Strong)
    for (auto [i, distribution] : enumerate(reference::chooseDistributions(op)))
      if (distribution.source == reference::NumberSource::LogGate)
        for (OwnedTensor &tensor : made->inputs)
          if (tensor.name == op.getArgName(i))
            strengthen(tensor);
  Signature signature = getSignature(op);
  BindOptions bindOptions;
  bindOptions.sizes = signature.getStateSizes(options.sizes);
  bindOptions.backward = options.gradients;
  Expected<Problem> problem =
      runtime::bind(signature, getViews(made->inputs), bindOptions);
  if (!problem)
    return problem.takeError();
  made->problem = std::move(*problem);
  return made;
}
