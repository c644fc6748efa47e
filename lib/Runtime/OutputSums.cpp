//===- OutputSums.cpp - Outputs that tokens or heads share ----------------===//

#include "lib/Runtime/OutputSums.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

Signature runtime::getUnsummed(const Signature &signature) {
  Signature unsummed = signature;
  for (Output &output : unsummed.outputs)
    output.kind = ArgumentKind::VHeads;
  return unsummed;
}

Error runtime::sumOutput(
    const Output &output, const Sizes &sizes,
    function_ref<Error(int64_t, MutableArrayRef<double>)> load,
    function_ref<Error(int64_t, ArrayRef<double>)> store) {
  int64_t heads = sizes["HV"], size = 1;
  for (const std::string &axis : output.axes)
    size *= sizes[axis];
  bool isPerToken = output.kind == ArgumentKind::QKHeads;
  // Neighbours share a query/key head; over tokens each has a sum of its own.
  int64_t sharing = isPerToken ? heads / sizes["H"] : 1;
  int64_t tokens = sizes["B"] * sizes["T"];
  if (isPerToken && tokens == 0)
    return Error::success();
  std::vector<double> values(heads * size), sums(heads / sharing * size);
  for (int64_t token = 0; token < tokens; ++token) {
    if (Error error = load(token, values))
      return error;
    for (int64_t head = 0; head < heads; ++head)
      for (int64_t i = 0; i < size; ++i)
        sums[head / sharing * size + i] += values[head * size + i];
    if (!isPerToken)
      continue;
    if (Error error = store(token, sums))
      return error;
    llvm::fill(sums, 0);
  }
  return isPerToken ? Error::success() : store(0, sums);
}

void runtime::sumTerms(const Output &output, const Sizes &sizes,
                       const OwnedTensor &terms, OwnedTensor &sums) {
  cantFail(sumOutput(
      output, sizes,
      [&](int64_t token, MutableArrayRef<double> values) {
        loadElements(terms.view(), token * static_cast<int64_t>(values.size()),
                     values);
        return Error::success();
      },
      [&](int64_t place, ArrayRef<double> values) {
        sums.store(place * static_cast<int64_t>(values.size()), values);
        return Error::success();
      }));
}

Expected<Results> runtime::sumResults(const Problem &problem,
                                      const Results &unsummed,
                                      std::optional<io::DType> dtype) {
  Expected<Results> results = Results::allocate(problem, dtype);
  if (!results)
    return results.takeError();
  const std::vector<Output> &outputs = problem.signature.outputs;
  for (auto [i, from, to] : enumerate(unsummed.tensors, results->tensors)) {
    if (i >= outputs.size() || !isShared(outputs[i]))
      copyElements(from, to);
    else
      sumTerms(outputs[i], problem.sizes, from, to);
  }
  return results;
}
