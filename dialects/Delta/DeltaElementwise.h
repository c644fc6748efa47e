//===- DeltaElementwise.h - what elementwise ops are made of ----*- C++ -*-===//
//
// For the definitions in DeltaElementwise.td (Delta_ElementwiseOp): what they
// emit, how they fold, and their derivatives.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_DELTA_DELTAELEMENTWISE_H
#define SLUICE_DIALECTS_DELTA_DELTAELEMENTWISE_H

#include "dialects/Delta/AdjointBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

namespace sluice::delta {
class ElementwiseOpInterface;

/// sigmoid(x) and silu(x) as ElementwiseEmitter has them.
double sigmoidOf(double x);
double siluOf(double x);

/// Emits arith and math operations on values of one type, a float or a vector
/// of floats.
struct ElementwiseEmitter {
  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type;

  template <typename Op> mlir::Value make(mlir::Value a) {
    return Op::create(b, loc, a);
  }
  template <typename Op> mlir::Value make(mlir::Value a, mlir::Value c) {
    return Op::create(b, loc, a, c);
  }
  mlir::Value number(double value);
  /// 1 ÷ (1 + g), and g ÷ (1 + g) of negative numbers, with g = e^(−|a|): e^−a
  /// would overflow long before the result underflows.
  mlir::Value sigmoid(mlir::Value a);
  /// a ÷ (1 + h²), and a h h ÷ (1 + h²) of negative numbers, with h =
  /// e^(−|a| ÷ 2): where h² is too small to be exact a h² need not be.
  mlir::Value silu(mlir::Value a);
  mlir::Value softplus(mlir::Value a);
  mlir::Value logsigmoid(mlir::Value a);
  /// x where a ≥ c, else y.
  mlir::Value select(mlir::Value a, mlir::Value c, mlir::Value x,
                     mlir::Value y);

private:
  mlir::Value negativeMagnitude(mlir::Value a);
  /// `positive` of a number that is not below 0, else `negative`, NaN's too.
  mlir::Value bySign(mlir::Value a, mlir::Value positive, mlir::Value negative);
  /// log(1 + e^(−|a|)), never an overflow.
  mlir::Value softplusTail(mlir::Value a);
};

/// A scalar of constants is a constant.
mlir::OpFoldResult foldConstants(mlir::Operation *op);
/// The other operand where one is the neutral element, else constants.
mlir::OpFoldResult foldNeutral(mlir::Operation *op, double neutral,
                               bool onEitherSide);
/// f(a, a) is a, else constants.
mlir::OpFoldResult foldIdempotent(mlir::Operation *op);
/// f(f(a)) is a, else constants.
mlir::OpFoldResult foldInvolution(mlir::Operation *op);

/// The adjoint of an elementwise operation: the gradient by its result times
/// its partial derivatives.
void addPartials(ElementwiseOpInterface op, AdjointBuilder &adjoint);

} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_DELTAELEMENTWISE_H
