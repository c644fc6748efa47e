//===- TokenForm.h - one token in its normal form ---------------*- C++ -*-===//
//
// A step brought to the form in which positions inside a token are algebra:
//
//   reads     R_r = a_rᵀ S_j, of incoming states only
//   columns   y_m, affine in the reads: y_m = c_m + Σ_r β_mr ∘ R_r
//   states    S_i' = Σ_j D_ij ∘ S_j + Σ_m x_im y_mᵀ
//
// A read of a later state value is pushed to the incoming states,
// aᵀ(D S + x yᵀ) = (a∘D)ᵀ S + (a·x) y, and a gate that stands after a write is
// multiplied into it. So a token reads before all its gates and writes after
// all of them, and between token t and an earlier token s lie the gates of the
// tokens between them and nothing else.
//
// Worked example, gated_delta_product's second write: k1ᵀS'' is read after the
// first, so with S' = e^g S and y0 = β0 (v0 − e^g k0ᵀS),
//   y1 = β1 (v1 − e^g k1ᵀS − (k1·k0) y0) = c_1 + ã_1ᵀ S,
//   ã_1 = β1 (k1·k0) β0 e^g k0 − β1 e^g k1
// The chunk's system has two rows a token, and no entry inside a token.
//
// "Inner" is the axis that reads contract and "outer" the other: key and value
// for reads and corrections from the left, value and key from the right.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_DELTATOWY_TOKENFORM_H
#define SLUICE_PASSES_DELTATOWY_TOKENFORM_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace sluice {

/// What multiplies a state along one axis: e^log · factor; null is 1. Scalars,
/// or vectors along the axis.
struct AxisGate {
  mlir::Value log, factor;
  bool isTrivial() const { return !log && !factor; }
};

/// D_ij: an outer product of a gate along each axis. Scalars are inner.
struct Decay {
  bool isPresent = false;
  AxisGate inner, outer;
};

/// Builds delta values at the end of a step, with null for 1 in products and
/// for 0 in sums.
class ValueBuilder {
public:
  explicit ValueBuilder(delta::RecurrenceOp op)
      : builder(op.getYield()), loc(op.getLoc()) {}

  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value neg(mlir::Value a);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value exp(mlir::Value a);
  mlir::Value constant(double number);
  /// e^log · factor as one value; null where trivial.
  mlir::Value factor(AxisGate gate);

private:
  mlir::OpBuilder builder;
  mlir::Location loc;
  llvm::DenseMap<mlir::Value, mlir::Value> exponentials;
};

/// Σ coefficient ∘ atom + constant; a null coefficient is 1, a null constant 0.
struct AffineForm {
  mlir::Value constant;
  llvm::MapVector<mlir::Value, mlir::Value> coefficients;
};

class TokenForm {
public:
  /// Rewrites the body of `op`, which is a clone of nobody else's; the class is
  /// linear or delta. Fails with an error where there are too many terms.
  static mlir::FailureOr<TokenForm> create(delta::RecurrenceOp op);

  delta::RecurrenceOp getOp() const { return op; }
  ValueBuilder &build() { return *values; }
  delta::Axis getInner() const { return inner; }
  bool isLeft() const { return inner == delta::Axis::Key; }

  const Decay &getDecay(unsigned to, unsigned from) const {
    return states[to].decays[from];
  }
  /// The distinct y_m.
  llvm::ArrayRef<mlir::Value> getColumns() const { return columns; }
  /// x_im; null if column m is not written to state i.
  mlir::Value getRow(unsigned state, unsigned column) const {
    return states[state].writes.lookup(columns[column]);
  }
  /// The states in classes of those that feed each other.
  llvm::ArrayRef<llvm::SmallVector<unsigned>> getGroups() const {
    return groups;
  }

  /// Depends on a read.
  bool isDependent(mlir::Value value) const;
  /// The reads of incoming states that a value is made of.
  llvm::SmallVector<delta::ReadOp> getReads(mlir::Value value) const;
  /// `value` as an affine function of reads and, if `withColumns`, of columns;
  /// nothing if it is not one, element by element along the outer axis.
  std::optional<AffineForm> getAffine(mlir::Value value, bool withColumns);

private:
  explicit TokenForm(delta::RecurrenceOp op);

  /// Of one state value, in incoming states and columns.
  struct StateForm {
    llvm::SmallVector<Decay> decays;
    llvm::MapVector<mlir::Value, mlir::Value> writes; // column to row
  };
  StateForm multiply(const StateForm &form, mlir::Value gate, bool isLog);
  mlir::FailureOr<StateForm> add(delta::AddStatesOp op, const StateForm &a,
                                 const StateForm &b);
  Decay addDecays(const Decay &a, const Decay &b);
  llvm::LogicalResult formStates();
  void findGroups();

  delta::RecurrenceOp op;
  std::unique_ptr<ValueBuilder> values;
  delta::Axis inner = delta::Axis::Key;
  llvm::SmallVector<StateForm> states;
  llvm::SmallVector<mlir::Value> columns;
  llvm::SmallVector<llvm::SmallVector<unsigned>> groups;
};

} // namespace sluice

#endif // SLUICE_PASSES_DELTATOWY_TOKENFORM_H
