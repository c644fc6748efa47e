//===- Error.cpp - How far results are from the reference -----------------===//

#include "lib/Reference/Error.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;

TensorError reference::compare(const OwnedTensor &ours,
                               const OwnedTensor &reference) {
  TensorError error{reference.name, 0, 0};
  int64_t count = reference.view().numElements();
  if (ours.shape != reference.shape) {
    error.relativeRMS = error.maxAbsolute =
        std::numeric_limits<double>::quiet_NaN();
    return error;
  }

  double differences = 0, squares = 0;
  std::array<double, 1024> left, right;
  bool anyNaN = false, anyInfinite = false;
  for (int64_t first = 0; first < count;) {
    size_t size = std::min<int64_t>(left.size(), count - first);
    loadElements(ours.view(), first, MutableArrayRef(left).take_front(size));
    loadElements(reference.view(), first,
                 MutableArrayRef(right).take_front(size));
    for (size_t i = 0; i < size; ++i) {
      double x = left[i], y = right[i];
      if (std::isfinite(x) && std::isfinite(y)) {
        differences += (x - y) * (x - y);
        squares += y * y;
        error.maxAbsolute = std::max(error.maxAbsolute, std::fabs(x - y));
      } else if (x != y && !(std::isnan(x) && std::isnan(y))) {
        anyNaN |= std::isnan(x) || std::isnan(y);
        anyInfinite = true;
      }
    }
    first += static_cast<int64_t>(size);
  }

  if (anyNaN || anyInfinite) {
    error.relativeRMS = error.maxAbsolute =
        anyNaN ? std::numeric_limits<double>::quiet_NaN()
               : std::numeric_limits<double>::infinity();
    return error;
  }
  if (differences > 0)
    error.relativeRMS = std::sqrt(
        differences / (squares > 0 ? squares : static_cast<double>(count)));
  return error;
}

Expected<std::vector<TensorError>>
reference::compare(const Results &ours, const Results &reference) {
  std::vector<TensorError> errors;
  for (const OwnedTensor &tensor : reference.tensors) {
    const OwnedTensor *found = ours.find(tensor.name);
    if (!found || found->shape != tensor.shape ||
        ours.tensors.size() != reference.tensors.size())
      return createStringError(inconvertibleErrorCode(),
                               quote(tensor.name) +
                                   " is not among the results in its shape");
    errors.push_back(compare(*found, tensor));
  }
  return errors;
}
