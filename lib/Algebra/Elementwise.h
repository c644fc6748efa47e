//===- Elementwise.h - elementwise ops on floats and vectors ----*- C++ -*-===//

#ifndef SLUICE_LIB_ALGEBRA_ELEMENTWISE_H
#define SLUICE_LIB_ALGEBRA_ELEMENTWISE_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice {

/// Emits the function of an elementwise op of delta on operands of one type, a
/// float or a vector of floats, with arith and math operations. The meaning on
/// infinities and NaN is that of ElementwiseOpInterface::evaluate.
mlir::Value emitElementwise(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Operation *op, mlir::ValueRange operands);

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_ELEMENTWISE_H
