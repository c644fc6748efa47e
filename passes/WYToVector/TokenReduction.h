//===- TokenReduction.h - sums and extremes over an axis --------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_TOKENREDUCTION_H
#define SLUICE_PASSES_WYTOVECTOR_TOKENREDUCTION_H

#include "dialects/Delta/DeltaOps.h"
#include "passes/WYToVector/VectorBuilder.h"

namespace sluice {

/// A dot product, sum, maximum or minimum within per-token maths, vector by
/// vector.
class TokenReduction {
public:
  using Value = mlir::Value;

  explicit TokenReduction(mlir::Operation *op) : op(op) {}
  static bool isOne(mlir::Operation *op) {
    return isa_and_nonnull<delta::DotOp, delta::ReduceOp>(op);
  }

  /// What it begins with.
  Value getNeutral(VectorBuilder &b) const;
  /// Takes one more vector of each operand into `soFar`.
  Value accumulate(VectorBuilder &b, llvm::ArrayRef<Value> operands,
                   Value soFar) const;
  /// Reduces all lanes to one value.
  Value finish(VectorBuilder &b, Value vector) const;

private:
  mlir::vector::CombiningKind getKind() const;

  mlir::Operation *op;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_TOKENREDUCTION_H
