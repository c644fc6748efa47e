//===- TileMatrices.cpp - Products, inverses, prefixes, places of kernels -===//

#include "lib/Reference/TileFrame.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::tile;

/// Products and sums are formed in float64 and rounded once: to float32, as the
/// kernel's are at each step.
static Error multiply(DotOp op, TileFrame &frame) {
  const Floats &lhs = frame.floats(op.getLhs()),
               &rhs = frame.floats(op.getRhs());
  ArrayRef<int64_t> left = getShape(op.getLhs().getType()),
                    right = getShape(op.getRhs().getType());
  ArrayRef<int64_t> shape = op.getType().getShape();
  int64_t depth = left[op.getTransposeLhs() ? 0 : 1];
  const Floats into = op.getInto() ? frame.floats(op.getInto()) : Floats();
  Floats &result = frame.floats(op.getResult());
  result.clear();
  for (int64_t m = 0; m < shape[0]; ++m)
    for (int64_t n = 0; n < shape[1]; ++n) {
      double sum = into.empty() ? 0 : into[result.size()];
      for (int64_t k = 0; k < depth; ++k)
        sum +=
            static_cast<double>(
                lhs[op.getTransposeLhs() ? k * left[1] + m : m * left[1] + k]) *
            rhs[op.getTransposeRhs() ? n * right[1] + k : k * right[1] + n];
      result.push_back(roundTo(op.getType(), sum));
    }
  return Error::success();
}

static Error findPrefixes(PrefixOp op, TileFrame &frame) {
  ArrayRef<int64_t> shape = getShape(op.getType());
  int64_t rows = shape.front(), columns = shape.size() > 1 ? shape[1] : 1;
  auto block = static_cast<int64_t>(op.getBlock().value_or(rows));
  const Floats operand = frame.floats(op.getOperand());
  Floats &result = frame.floats(op.getResult());
  result.resize(operand.size());
  for (int64_t column = 0; column < columns; ++column)
    for (int64_t row = 0; row < rows; ++row) {
      int64_t start = row / block * block;
      int64_t from = op.getReverse() ? row + 1 : start,
              to = op.getReverse() ? std::min(start + block, rows) : row;
      double sum = getNeutral(op.getKind());
      for (int64_t i = from; i < to; ++i)
        sum = combine(op.getKind(), sum, operand[i * columns + column]);
      result[row * columns + column] = roundTo(op.getType(), sum);
    }
  return Error::success();
}

/// As products, in float64 up to the result.
static Error invert(InverseOp op, TileFrame &frame) {
  int64_t rows = op.getType().getDimSize(0);
  auto block = static_cast<int64_t>(op.getBlock());
  const Floats &operand = frame.floats(op.getOperand());
  SmallVector<double> inverse(rows * rows, 0);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t start = row / block * block;
    inverse[row * rows + row] = 1;
    for (int64_t before = start; before < row; ++before)
      for (int64_t column = start; column <= before; ++column)
        inverse[row * rows + column] +=
            operand[row * rows + before] * inverse[before * rows + column];
  }
  Floats &result = frame.floats(op.getResult());
  result.clear();
  for (double entry : inverse)
    result.push_back(roundTo(op.getType(), entry));
  return Error::success();
}

static Error findPlaces(PlaceOp op, TileFrame &frame) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  int64_t inner = 1;
  for (int64_t size : shape.drop_front(op.getAxis() + 1))
    inner *= size;
  Integers &result = frame.integers(op.getResult());
  result.clear();
  for (int64_t i = 0, e = countElements(op.getType()); i < e; ++i)
    result.push_back(i / inner % shape[op.getAxis()]);
  return Error::success();
}

void TileRules::addMatrices() {
  add<DotOp>(multiply);
  add<InverseOp>(invert);
  add<PrefixOp>(findPrefixes);
  add<PlaceOp>(findPlaces);
}
