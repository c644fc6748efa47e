//===- AdjointBuilder.h - gradients by the values of a step -----*- C++ -*-===//
//
// Reverse-mode differentiation of a straight line of operations: the gradients
// by values, as sums that grow while the operations are gone through from the
// last to the first (Griewank and Walther, Evaluating Derivatives, 2008,
// section 3.2). What an operation adds it says itself
// (DifferentiableOpInterface).
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_DELTA_ADJOINTBUILDER_H
#define SLUICE_DIALECTS_DELTA_ADJOINTBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace sluice::delta {

class AdjointBuilder {
public:
  /// Builds where `builder` stands. Gradients are wanted by the values in
  /// `active` and by no others.
  AdjointBuilder(mlir::OpBuilder &builder, mlir::Location loc,
                 const llvm::DenseSet<mlir::Value> &active)
      : builder(builder), loc(loc), active(active) {}

  bool isActive(mlir::Value value) const { return active.contains(value); }
  /// The gradient by `value` as far as it was added up; null, which is zero,
  /// where nothing was added.
  mlir::Value getGradient(mlir::Value value) const {
    return gradients.lookup(value);
  }
  /// The same, with zeros in place of null.
  mlir::Value getGradientOrZeros(mlir::Value value);

  /// Adds a term to the gradient by `value`: of its type or, where it is a
  /// scalar, also a vector, whose sum is added. Null is zero. Nothing is made
  /// where the value is not active.
  void accumulate(mlir::Value value,
                  llvm::function_ref<mlir::Value()> makeTerm);
  void accumulate(mlir::Value value, mlir::Value term) {
    accumulate(value, [&] { return term; });
  }
  /// Adds x yᵀ to the gradient by a state.
  void accumulateOuterProduct(mlir::Value state, mlir::Value x, mlir::Value y);

  /// The product of a gradient and a derivative; null, which is zero, for null.
  mlir::Value chain(mlir::Value gradient, mlir::Value derivative);
  mlir::Value number(double value);
  mlir::Value neg(mlir::Value a);
  mlir::Value exp(mlir::Value a);
  mlir::Value sqrt(mlir::Value a);
  mlir::Value sigmoid(mlir::Value a);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);
  /// x where a ≥ b, else y.
  mlir::Value select(mlir::Value a, mlir::Value b, mlir::Value x,
                     mlir::Value y);
  mlir::Value dot(mlir::Value a, mlir::Value b);
  /// Σ_c a_c
  mlir::Value sum(mlir::Value vector);
  mlir::Value broadcast(mlir::Value scalar, mlir::Type type);
  /// aᵀS or S a, by the vector's axis.
  mlir::Value read(mlir::Value state, mlir::Value vector);
  mlir::Value decay(mlir::Value state, mlir::Value gate);
  mlir::Value scaleState(mlir::Value state, mlir::Value factor);
  /// Σ A ∘ B over the axes that `type` does not run along.
  mlir::Value dotStates(mlir::Value a, mlir::Value b, mlir::Type type);

private:
  mlir::Value zeros(mlir::Type type);
  template <typename Op, typename... Operands>
  mlir::Value make(Operands... operands);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const llvm::DenseSet<mlir::Value> &active;
  llvm::DenseMap<mlir::Value, mlir::Value> gradients;
  llvm::DenseMap<mlir::Attribute, mlir::Value> constants;
};

} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_ADJOINTBUILDER_H
