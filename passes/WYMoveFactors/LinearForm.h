//===- LinearForm.h - tensors as factors of other tensors -------*- C++ -*-===//
//
// A tensor with a vector for each token as a sum of products: of a coefficient,
// which is a number for each token, and of vectors that no such number can be
// taken out of.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYMOVEFACTORS_LINEARFORM_H
#define SLUICE_PASSES_WYMOVEFACTORS_LINEARFORM_H

#include "dialects/WY/WYOps.h"
#include "lib/Analysis/Bounds.h"
#include "mlir/IR/PatternMatch.h"

namespace sluice {

/// ± Π scalars.
struct ScalarProduct {
  bool isNegative = false;
  /// Tensors of a number for each token, or one for all.
  llvm::SmallVector<mlir::Value, 3> scalars;
};

/// (Σ products) ∘ Π vectors.
struct LinearPart {
  llvm::SmallVector<ScalarProduct, 1> coefficient;
  /// In an order that depends on nothing but how they were multiplied.
  llvm::SmallVector<mlir::Value, 2> vectors;

  bool hasCoefficient() const {
    return coefficient.size() != 1 || coefficient[0].isNegative ||
           !coefficient[0].scalars.empty();
  }
  /// An argument of the graph, as it is.
  bool isInput() const;

  /// A number for each token.
  mlir::Value buildCoefficient(mlir::OpBuilder &b, mlir::Location loc) const;
  mlir::Value buildVectors(mlir::OpBuilder &b, mlir::Location loc) const;
  /// The part as a tensor.
  mlir::Value build(mlir::OpBuilder &b, mlir::Location loc) const;
};

/// The forms of a graph's tensors, while it is rewritten: what has been found
/// is kept until an operation changes or goes.
class LinearForms : public mlir::RewriterBase::Listener {
public:
  explicit LinearForms(wy::ChunkHolderOpInterface holder) : holder(holder) {}

  /// The parts of a tensor, which differ in their vectors. Products of factors
  /// are formed only if all of them but one are at most 1: they are then at
  /// most as large as that one, which is computed anyway.
  llvm::SmallVector<LinearPart, 1> find(mlir::Value tensor);

  /// Returns true if a number for each token is at most 1 in size: a product of
  /// gates that are given as logs, which are at most 0, an exponential of one,
  /// the scale of the run, what has a range inside [−1, 1].
  bool isAtMostOne(mlir::Value tensor);
  /// The same of a coefficient.
  bool isBounded(const LinearPart &part);
  /// Returns true if no more than one factor may exceed 1 in size.
  bool isFormable(const ScalarProduct &product);
  /// The same product, of factors that are not products themselves.
  ScalarProduct factorize(const ScalarProduct &product);

  /// Rules that were applied.
  unsigned getNumRewrites() const { return numRewrites; }

  void notifyOperationErased(mlir::Operation *op) override { forget(); }
  void notifyOperationModified(mlir::Operation *op) override { forget(); }
  void notifyPatternEnd(const mlir::Pattern &pattern,
                        llvm::LogicalResult status) override {
    numRewrites += llvm::succeeded(status);
  }

private:
  using Parts = llvm::SmallVector<LinearPart, 1>;
  void forget() {
    forms.clear();
    bounds.clear();
    ranges.reset();
  }
  bool hasSmallRange(mlir::Value value);
  void factorize(mlir::Value scalar, ScalarProduct &product);
  bool isAtMostOneToken(mlir::Value token, wy::TokensOp tokens);
  bool hasUnbounded(const LinearPart &part);
  std::optional<Parts> findOf(mlir::Value tensor);
  std::optional<Parts> findSum(mlir::ValueRange terms,
                               llvm::ArrayRef<bool> isNegative);
  std::optional<Parts> multiply(mlir::Value scalar, mlir::Value vectors);
  std::optional<Parts> multiplyVectors(mlir::Value x, mlir::Value y);

  llvm::DenseMap<mlir::Value, Parts> forms;
  llvm::DenseMap<mlir::Value, bool> bounds;
  wy::ChunkHolderOpInterface holder;
  std::optional<GateBounds> ranges;
  unsigned numRewrites = 0;
};

/// coefficient ∘ vectors, of tensors.
mlir::Value buildProduct(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::Value coefficient, mlir::Value vectors);

/// The sum of tensors.
mlir::Value buildSum(mlir::OpBuilder &b, mlir::Location loc,
                     mlir::ValueRange terms);

} // namespace sluice

#endif // SLUICE_PASSES_WYMOVEFACTORS_LINEARFORM_H
