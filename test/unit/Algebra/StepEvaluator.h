//===- StepEvaluator.h - a step on numbers, by brute force ------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_ALGEBRA_STEPEVALUATOR_H
#define SLUICE_TEST_UNIT_ALGEBRA_STEPEVALUATOR_H

#include "dialects/Delta/DeltaOps.h"
#include "lib/Reference/Random.h"
#include <vector>

namespace sluice::delta {

/// A scalar, a vector, or a state row by row.
using Numbers = std::vector<double>;

/// The values of one token's step, in float64.
class StepEvaluator {
public:
  StepEvaluator(int64_t keyDim, int64_t valueDim)
      : keyDim(keyDim), valueDim(valueDim) {}

  /// Draws arguments: gates at most 0, vectors of length at most 1.
  static std::vector<Numbers> drawArguments(RecurrenceOp op, int64_t keyDim,
                                            int64_t valueDim,
                                            reference::Random random);
  /// Evaluates every operation; what was evaluated before is forgotten.
  void run(RecurrenceOp op, const std::vector<Numbers> &arguments);
  const Numbers &operator[](mlir::Value value) const {
    return numbers.find(value)->second;
  }

  int64_t getSize(mlir::Type type) const;
  /// Element i of a scalar or vector.
  static double at(const Numbers &x, size_t i) {
    return x.size() == 1 ? x[0] : x[i];
  }
  /// What multiplies element i of a state, of a scalar or vector of `type`.
  double alongState(const Numbers &x, mlir::Type type, int64_t i) const;

private:
  Numbers evaluate(mlir::Operation &op) const;

  int64_t keyDim, valueDim;
  llvm::DenseMap<mlir::Value, Numbers> numbers;
};

/// The greatest difference, relative to the greatest number or 1.
double getError(const Numbers &ours, const Numbers &expected);

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_ALGEBRA_STEPEVALUATOR_H
