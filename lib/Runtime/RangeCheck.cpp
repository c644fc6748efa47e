//===- RangeCheck.cpp - Whether numbers lie where they are promised -------===//

#include "lib/Runtime/RangeCheck.h"
#include "lib/Runtime/Tensor.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <array>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

/// The next number of bfloat16 in that direction: what a kernel clamps to.
static double roundToBF16(double end, APFloat::roundingMode direction) {
  APFloat number(end);
  bool isInexact;
  number.convert(APFloat::BFloat(), direction, &isInexact);
  return number.convertToDouble();
}

/// The ends of a range among the numbers of a type: a tensor of bf16 has no
/// −0.1, only what is rounded to it. Nothing beyond the outer ends, though.
static NumberRange roundEnds(const NumberRange &range, io::DType dtype) {
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
  auto [lower, upper] = range;
  return {std::max(std::min(lower, round(lower)),
                   roundToBF16(lower, APFloat::rmTowardNegative)),
          std::min(std::max(upper, round(upper)),
                   roundToBF16(upper, APFloat::rmTowardPositive))};
}

/// The indices of the element `position` in row-major order.
static SmallVector<int64_t> indicesOf(ArrayRef<int64_t> shape,
                                      int64_t position) {
  SmallVector<int64_t> indices(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; position /= shape[axis])
    indices[axis] = position % shape[axis];
  return indices;
}

Error runtime::checkRange(StringRef name, const io::TensorView &tensor,
                          const NumberRange &range) {
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
          << "tensor " << quote(name) << ": lies in range("
          << format("%.9g, %.9g", range.lower, range.upper)
          << format("), found %.9g at ", number)
          << runtime::toString(
                 indicesOf(tensor.shape, first + static_cast<int64_t>(i)));
      return createStringError(inconvertibleErrorCode(), text);
    }
    first += static_cast<int64_t>(numbers.size());
  }
  return Error::success();
}
