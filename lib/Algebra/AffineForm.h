//===- AffineForm.h - values that are linear in the states ------*- C++ -*-===//

#ifndef SLUICE_LIB_ALGEBRA_AFFINEFORM_H
#define SLUICE_LIB_ALGEBRA_AFFINEFORM_H

#include "lib/Algebra/ValueBuilder.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <memory>

namespace sluice {

/// What a value along the free axis is made of, element by element:
///
///   constant + Σ_j c_j a_jᵀ S_j + Σ W ∘ aᵀ S_j + Σ_m δ_m y_m
///
/// A null constant is 0, a null factor 1. Reads of one state with scalar
/// factors are added up as vectors, so that there is one of each state,
/// whatever their number, and a null vector where there is none.
struct AffineForm {
  struct Scaled {
    mlir::Value coefficient, vector;
  };

  mlir::Value constant;
  llvm::SmallVector<Scaled> reads;
  /// W, along the free axis, by state and vector.
  llvm::MapVector<std::pair<unsigned, mlir::Value>, mlir::Value> weighted;
  /// δ, a scalar or along the free axis, by write value of the same token.
  llvm::MapVector<unsigned, mlir::Value> writeValues;

  bool isConstant() const {
    return weighted.empty() && writeValues.empty() &&
           llvm::none_of(reads, [](const Scaled &read) { return read.vector; });
  }
};

/// Tells which values of a step are made of reads; looks at each value once.
class ReadDependence {
public:
  bool contains(mlir::Value value);

private:
  llvm::DenseMap<mlir::Value, bool> known;
};

/// What affine forms are in terms of.
struct AffineAtoms {
  /// Reads of incoming states with results of this type; weights run along its
  /// axis.
  mlir::Type free;
  llvm::DenseMap<mlir::Value, unsigned> states;
  /// Empty where forms are in terms of reads alone.
  llvm::DenseMap<mlir::Value, unsigned> writeValues;
};

/// Finds the affine forms of a step's values, each once, so that the walks of
/// values that share others cost no more than one walk of all. An operation
/// costs as many new ones as its form has states, weighted vectors and write
/// values, however many reads it is made of.
class AffineForms {
public:
  AffineForms(AffineAtoms atoms, ValueBuilder &values,
              ReadDependence &dependence)
      : atoms(std::move(atoms)), values(values), dependence(dependence) {}

  /// Returns the form of a value, null where the value is not such a function.
  /// What is made of no atoms is a constant, and so is what is made of no reads
  /// but is not such a function of write values.
  const AffineForm *get(mlir::Value value);

private:
  using Form = std::unique_ptr<AffineForm>; // null: not affine

  bool isAtom(mlir::Value value) const;
  const AffineForm *find(mlir::Value value) const {
    return forms.find(value)->second.get();
  }
  bool hasAtoms(mlir::Value value) const;
  Form make(mlir::Value value);
  Form makeAtom(mlir::Value value);
  Form add(const AffineForm *a, const AffineForm *b);
  Form neg(const AffineForm *form);
  Form mul(const AffineForm *form, mlir::Value factor);
  Form div(const AffineForm *form, mlir::Value divisor);
  /// `change` applied to the constant and all factors, which become weights if
  /// `toWeights`.
  Form scale(const AffineForm *form, bool toWeights,
             llvm::function_ref<mlir::Value(mlir::Value)> change);
  /// The sum of two factors.
  mlir::Value addFactors(mlir::Value a, mlir::Value b);
  void addRead(AffineForm &form, unsigned state, AffineForm::Scaled read);

  AffineAtoms atoms;
  ValueBuilder &values;
  ReadDependence &dependence;
  llvm::DenseMap<mlir::Value, Form> forms;
};

} // namespace sluice

#endif // SLUICE_LIB_ALGEBRA_AFFINEFORM_H
