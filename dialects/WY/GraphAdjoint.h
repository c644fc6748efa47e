//===- GraphAdjoint.h - gradients by the values of a chunk ------*- C++ -*-===//
//
// Reverse-mode differentiation of a chunk's graph: the gradients by its values,
// as terms that gather while the nodes are gone through from the last to the
// first. What a node adds it says itself (DifferentiableOpInterface); the
// node's own gradients have been handed out then, so it may be gone through
// again when more have come.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_WY_GRAPHADJOINT_H
#define SLUICE_DIALECTS_WY_GRAPHADJOINT_H

#include "dialects/WY/TokenMaps.h"
#include "llvm/ADT/DenseSet.h"

namespace sluice::wy {

class GraphAdjoint {
public:
  /// Builds where `builder` stands, behind the nodes. `shapes` are those of the
  /// graph; gradients are wanted by the values in `active` and by no others.
  GraphAdjoint(mlir::OpBuilder &builder, mlir::Location loc,
               const ChunkShapes &shapes,
               const llvm::DenseSet<mlir::Value> &active)
      : b(builder), loc(loc), shapes(shapes), active(active) {}

  /// Hands the gradients by a node's results on to its operands, if there are
  /// any.
  void goBack(mlir::Operation *node);
  /// The same of all nodes between `origin` and one of its results'
  /// consequences, `value`, with `gradient` the gradient by this; those by
  /// what `origin` gives are left out.
  void goBackTo(mlir::Operation *origin, mlir::Value value,
                mlir::Value gradient);

  //===--------------------------------------------------------------------===//
  // Gradients
  //===--------------------------------------------------------------------===//

  bool isActive(mlir::Value value) const {
    return active.contains(value) && !held.contains(value);
  }
  /// The gradient by `value` as far as it has come; null where it is zero. Of
  /// pairs the entries s < t, by what is constant the sum over the tokens.
  mlir::Value getGradient(mlir::Value value);
  mlir::Value getGradientOrZeros(mlir::Value value);
  /// The diagonal's, of pairs.
  mlir::Value getDiagonal(mlir::Value pairs);
  /// Of what is constant and only tokens use, what each of them gives.
  mlir::Value getRowGradientOrZeros(mlir::Value constant);

  /// Adds a term of the value's type. Nothing is made where the value is not
  /// active.
  void add(mlir::Value value, llvm::function_ref<mlir::Value()> makeTerm);
  /// Of pairs, a number for each token.
  void addDiagonal(mlir::Value pairs,
                   llvm::function_ref<mlir::Value()> makeTerm);
  /// Of what is constant, a row for each token.
  void addRows(mlir::Value constant, mlir::Value rows);
  /// Diag(key) dS Diag(value); null decays are 1.
  void addState(mlir::Value state, mlir::Value gradient, mlir::Value key,
                mlir::Value value);
  /// Σ_t x_t y_tᵀ
  void addWrite(mlir::Value state, mlir::Value x, mlir::Value y);

  //===--------------------------------------------------------------------===//
  // Nodes
  //===--------------------------------------------------------------------===//

  /// What a term of a system adds, spelled out, where it has a gate or a
  /// weight. `setResiduals` has said so.
  mlir::Value getResidual(SolveOp system, unsigned term) const {
    return residuals.lookup(system)[term];
  }
  void setResiduals(SolveOp system, mlir::ValueRange values) {
    residuals[system] = llvm::to_vector(values);
  }

  /// A value of the graph that tokens have, or a gradient by it, with what one
  /// token has.
  TokenTensor getTokens(mlir::Value value, mlir::Value like) const;
  TokenTensor getTokens(mlir::Value value) const {
    return getTokens(value, value);
  }
  mlir::Value map(llvm::ArrayRef<TokenTensor> inputs,
                  llvm::function_ref<mlir::Value(mlir::OpBuilder &builder,
                                                 mlir::ValueRange inputs)>
                      body);
  /// Zeros for each token, or a state of zeros.
  mlir::Value makeZeros(mlir::Value like);
  /// x ∘ y, Σ_c x_c y_c
  mlir::Value multiply(TokenTensor x, TokenTensor y);
  mlir::Value dot(TokenTensor x, TokenTensor y);
  mlir::Value scores(mlir::Value rows, mlir::Value columns, MaskAttr mask);
  mlir::Value update(mlir::ValueRange states, mlir::ValueRange decays,
                     mlir::Value valueDecay, mlir::ValueRange writes);
  template <typename Op, typename... Args> Op create(Args &&...args) {
    return Op::create(b, loc, std::forward<Args>(args)...);
  }
  mlir::MLIRContext *getContext() const { return loc.getContext(); }
  mlir::OpBuilder &getBuilder() { return b; }
  mlir::Location getLoc() const { return loc; }

private:
  struct StateTerm {
    mlir::Value gradient, key, value;
  };
  struct Terms {
    llvm::SmallVector<mlir::Value, 2> whole, rows, diagonal, writes;
    llvm::SmallVector<StateTerm, 1> states;
  };
  mlir::Value sumOf(mlir::ValueRange terms);
  mlir::Value getStateGradient(const Terms &terms);

  mlir::OpBuilder &b;
  mlir::Location loc;
  const ChunkShapes &shapes;
  const llvm::DenseSet<mlir::Value> &active;
  llvm::DenseMap<mlir::Value, Terms> gradients;
  llvm::DenseSet<mlir::Value> held;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value>> residuals;
};

} // namespace sluice::wy

#endif // SLUICE_DIALECTS_WY_GRAPHADJOINT_H
