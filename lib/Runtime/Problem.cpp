//===- Problem.cpp - What a run gives ----------------------------===//

#include "lib/Runtime/Problem.h"
#include "lib/Runtime/RunMemory.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

Expected<Results> Results::allocate(const Problem &problem,
                                    std::optional<io::DType> dtype) {
  const Signature &signature = problem.signature;
  MemoryNeed need;
  addResults(need, "the results", signature, problem.sizes,
             dtype.value_or(problem.outputDType),
             dtype.value_or(problem.stateDType));
  if (Error error = need.check())
    return std::move(error);
  Results results;
  auto add = [&](StringRef name, io::DType type,
                 ArrayRef<int64_t> shape) -> Error {
    Expected<OwnedTensor> tensor =
        OwnedTensor::create(name, dtype.value_or(type), shape);
    if (!tensor)
      return tensor.takeError();
    results.tensors.push_back(std::move(*tensor));
    return Error::success();
  };
  results.numOutputs = signature.outputs.size();
  for (const Output &output : signature.outputs)
    if (Error error = add(output.name, problem.outputDType,
                          evaluate(output.getShape(), problem.sizes)))
      return error;
  for (auto [i, state] : enumerate(signature.getStates()))
    if (Error error =
            add(signature.getFinalStateName(i), problem.stateDType,
                evaluate(signature.arguments[state].getShape(), problem.sizes)))
      return error;
  return results;
}

const OwnedTensor *Results::find(StringRef name) const {
  auto found = find_if(
      tensors, [&](const OwnedTensor &tensor) { return tensor.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::vector<io::NamedTensor> Results::views() const {
  std::vector<io::NamedTensor> views;
  views.reserve(tensors.size());
  for (const OwnedTensor &tensor : tensors)
    views.push_back({tensor.name, tensor.view()});
  return views;
}
