//===- ValueBuilder.h - values of a step, with null for 0 and 1 -*- C++ -*-===//

#ifndef SLUICE_LIB_ALGEBRA_VALUEBUILDER_H
#define SLUICE_LIB_ALGEBRA_VALUEBUILDER_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/Builders.h"

namespace sluice {

/// A gate along one axis: e^log · factor; null is 1. Scalars, or vectors along
/// the axis.
struct AxisGate {
  mlir::Value log, factor;
  bool isTrivial() const { return !log && !factor; }
};

/// Builds delta values at the end of a step, each once, with null for 1 in
/// products and for 0 in sums.
class ValueBuilder {
public:
  explicit ValueBuilder(delta::RecurrenceOp op)
      : builder(op.getYield()), loc(op.getLoc()) {}
  ValueBuilder(const ValueBuilder &) = delete;

  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value neg(mlir::Value a);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value exp(mlir::Value a);
  mlir::Value constant(double number);
  mlir::Value broadcast(mlir::Value scalar, mlir::Type type);
  mlir::Value read(mlir::Value state, mlir::Value vector);
  /// e^log · factor as one value; null where trivial.
  mlir::Value factor(const AxisGate &gate);

private:
  mlir::OpBuilder builder;
  mlir::Location loc;
  template <typename Op, typename... Operands>
  mlir::Value make(Operands... operands);

  /// By operation and operands; what was built stands before what is next.
  llvm::DenseMap<std::tuple<mlir::TypeID, mlir::Value, mlir::Value>,
                 mlir::Value>
      built;
  llvm::DenseMap<mlir::Attribute, mlir::Value> constants;
};

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_VALUEBUILDER_H
