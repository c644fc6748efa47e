//===- TokenMaps.h - small maths of tokens on tensors -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYDECOMPOSE_TOKENMAPS_H
#define SLUICE_PASSES_WYDECOMPOSE_TOKENMAPS_H

#include "dialects/WY/WYOps.h"
#include "mlir/IR/Builders.h"

namespace sluice {

/// A sum of products of two tensors with a row for each token, each of numbers
/// or of vectors along `axis`, as one `wy.tokens`.
mlir::Value
sumOfProducts(mlir::OpBuilder &builder, mlir::Location loc,
              llvm::ArrayRef<std::pair<mlir::Value, mlir::Value>> products,
              delta::Axis axis);

} // namespace sluice

#endif // SLUICE_PASSES_WYDECOMPOSE_TOKENMAPS_H
