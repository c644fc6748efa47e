//===- TokenMaps.h - small maths of tokens on tensors -----------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_WY_TOKENMAPS_H
#define SLUICE_DIALECTS_WY_TOKENMAPS_H

#include "dialects/WY/WYOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace sluice::wy {

/// A tensor with a row for each token, and what one token has of it.
struct TokenTensor {
  mlir::Value tensor;
  mlir::Type token;
};

/// A tensor whose rows are numbers, or vectors along `axis`.
TokenTensor alongAxis(mlir::Value tensor, delta::Axis axis);

/// `wy.tokens` on tensors, of which some may be constant. `body` is given what
/// one token has of each, and returns what one token of the results has.
TokensOp mapTokens(mlir::OpBuilder &builder, mlir::Location loc,
                   llvm::ArrayRef<TokenTensor> inputs,
                   llvm::function_ref<llvm::SmallVector<mlir::Value>(
                       mlir::OpBuilder &builder, mlir::ValueRange inputs)>
                       body);

/// A sum of products of two tensors, numbers broadcasting over vectors, as one
/// `wy.tokens`.
mlir::Value
sumOfProducts(mlir::OpBuilder &builder, mlir::Location loc,
              llvm::ArrayRef<std::pair<TokenTensor, TokenTensor>> products);

} // namespace sluice::wy

#endif // SLUICE_DIALECTS_WY_TOKENMAPS_H
