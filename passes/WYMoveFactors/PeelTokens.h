//===- PeelTokens.h - linear maths of tokens as nodes -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYMOVEFACTORS_PEELTOKENS_H
#define SLUICE_PASSES_WYMOVEFACTORS_PEELTOKENS_H

#include "dialects/WY/WYOps.h"
#include "mlir/IR/PatternMatch.h"

namespace sluice {

/// Takes the products, negations, sums and differences of vectors and the dot
/// products that a `wy.tokens` ends with out of it, one node each; what they
/// are computed from stays, and is what it gives instead. A node whose one
/// operation is that already is left.
llvm::LogicalResult peelTokens(mlir::RewriterBase &rewriter, wy::TokensOp op);

/// The operation of a `wy.tokens` that has one, of which it gives the result.
struct SingleOp {
  mlir::Operation *op = nullptr;
  /// Tensors of the chunk, operand by operand.
  llvm::SmallVector<mlir::Value, 2> operands;

  explicit operator bool() const { return op; }
};
SingleOp findSingleOp(mlir::Value tensor);

} // namespace sluice

#endif // SLUICE_PASSES_WYMOVEFACTORS_PEELTOKENS_H
