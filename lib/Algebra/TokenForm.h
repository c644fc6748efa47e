//===- TokenForm.h - one token in its normal form ---------------*- C++ -*-===//
//
// A step brought to the form in which positions inside a token are algebra:
//
//   reads     R_r = a_rᵀ S_j, of incoming states only
//   writes    y_m, affine in the reads: y_m = c_m + Σ_r β_mr ∘ R_r
//   states    S_i' = Σ_j D_ij ∘ S_j + Σ_m x_im y_mᵀ
//
// A write adds the outer product of its *key* x, along the contracted axis, and
// its *value* y, along the free one.
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
// The *contracted* axis is the one that reads sum over, *free* the other: key
// and value for reads and corrections from the left, value and key from the
// right.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_ALGEBRA_TOKENFORM_H
#define SLUICE_LIB_ALGEBRA_TOKENFORM_H

#include "lib/Algebra/AffineForm.h"

namespace sluice {

/// D_ij: an outer product of a gate along each axis. Scalars are of the
/// contracted axis.
struct Decay {
  bool isPresent = false;
  AxisGate contracted, free;
};

/// The normal form of one recurrence's step.
class TokenForm {
public:
  /// Rewrites the body of `op`, which is a clone that nobody else uses; the
  /// class is linear or delta. Fails with an error where there are too many
  /// terms.
  static mlir::FailureOr<TokenForm> create(delta::RecurrenceOp op);

  delta::RecurrenceOp getOp() const { return op; }
  ValueBuilder &build() { return *values; }
  delta::Axis getContracted() const { return contracted; }
  delta::Axis getFree() const {
    return isLeft() ? delta::Axis::Value : delta::Axis::Key;
  }
  bool isLeft() const { return contracted == delta::Axis::Key; }

  const Decay &getDecay(unsigned to, unsigned from) const {
    return states[to].decays[from];
  }
  /// The distinct write values y_m, along the free axis.
  llvm::ArrayRef<mlir::Value> getWriteValues() const { return writeValues; }
  /// The write key x_im, along the contracted axis; null if write value m is
  /// not written to state i.
  mlir::Value getWriteKey(unsigned state, unsigned value) const {
    return states[state].writes.lookup(writeValues[value]);
  }
  /// The states in classes of those that feed each other.
  llvm::ArrayRef<llvm::SmallVector<unsigned>> getGroups() const {
    return groups;
  }

  /// The position of an incoming state.
  unsigned getStateIndex(mlir::Value state) const {
    return stateIndices.lookup(state);
  }

  /// Depends on a read.
  bool isDependent(mlir::Value value) const {
    return dependence->contains(value);
  }
  /// The reads of incoming states that values are made of, in the order of the
  /// step.
  llvm::SmallVector<delta::ReadOp> getReads(mlir::ValueRange values) const;
  /// `value` as an affine function of reads and, if `withWriteValues`, of write
  /// values; null if it is not one, element by element along the free axis.
  const AffineForm *getAffine(mlir::Value value, bool withWriteValues);

private:
  explicit TokenForm(delta::RecurrenceOp op);

  /// One state value as a function of incoming states and writes.
  struct StateForm {
    llvm::SmallVector<Decay> decays;
    llvm::MapVector<mlir::Value, mlir::Value> writes; // y to x
  };
  StateForm multiply(const StateForm &form, mlir::Value gate, bool isLog);
  mlir::FailureOr<StateForm> add(delta::AddStatesOp op, const StateForm &a,
                                 const StateForm &b);
  Decay addDecays(const Decay &a, const Decay &b);
  llvm::LogicalResult formStates();
  void findGroups();

  delta::RecurrenceOp op;
  std::unique_ptr<ValueBuilder> values;
  std::unique_ptr<ReadDependence> dependence;
  std::unique_ptr<AffineForms> ofReads, ofReadsAndWrites;
  delta::Axis contracted = delta::Axis::Key;
  llvm::DenseMap<mlir::Value, unsigned> stateIndices;
  llvm::SmallVector<StateForm> states;
  llvm::SmallVector<mlir::Value> writeValues;
  llvm::SmallVector<llvm::SmallVector<unsigned>> groups;
};

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_TOKENFORM_H
