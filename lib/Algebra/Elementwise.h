//===- Elementwise.h - elementwise ops on floats and vectors ----*- C++ -*-===//

#ifndef SLUICE_LIB_ALGEBRA_ELEMENTWISE_H
#define SLUICE_LIB_ALGEBRA_ELEMENTWISE_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice {

/// Emits the function of an elementwise op of delta, or of a broadcast, on
/// operands of one type, which are repeated already
/// (ElementwiseOpInterface::emit).
mlir::Value emitElementwise(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Operation *op, mlir::ValueRange operands);

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_ELEMENTWISE_H
