//===- StepGenerator.h - random valid recurrences ---------------*- C++ -*-===//
//
// Steps that no one would write: any order of decays, reads, writes and
// couplings, arguments of every kind in any clause order. They are numerically
// tame, so that a float32 lowering can be held against the float64 reference:
// given inputs as below, a token moves two states no further apart than they
// were, by bounds that the generator keeps for every value.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_STEPGENERATOR_H
#define SLUICE_TEST_UNIT_GENERATOR_STEPGENERATOR_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace sluice::delta {

/// What a generated step is. The transition analysis agrees: RightSided is its
/// delta, mirrored.
enum class StepClass { Linear, Delta, RightSided, Affine, Nonlinear };
inline constexpr unsigned kNumStepClasses = 5;
llvm::StringRef stringifyStepClass(StepClass value);

struct StepGeneratorOptions {
  /// The same seed and options give the same step everywhere.
  uint64_t seed = 0;
  StepClass kind = StepClass::Delta;
  unsigned minStates = 1, maxStates = 3;
  /// Reads, writes, decays, couplings, besides those that the class needs.
  unsigned maxStateOps = 10;
  /// How many reads are from the side that the class does not correct from,
  /// seen by outputs only.
  double otherSide = 0.15;
  /// All states feed each other, where there are several, or none does.
  std::optional<bool> coupled;
  /// No couplings along an axis, and no reads of coupled states from a side,
  /// that take the chunk form from a step of class linear or delta.
  bool chunkable = false;
  /// How many factors of states, of those not asked for here, are numbers: 0,
  /// negative ones, ….
  double numbers = 0;
};

/// The longest axis for which the bounds hold.
inline constexpr int64_t kMaxGeneratedDim = 144;

/// A module with one recurrence, @step. Expects of its inputs:
/// - arguments named g..., log gates: at most 0, −inf included;
/// - other scalars in [-1, 1], other vectors of length at most 1.
mlir::OwningOpRef<mlir::ModuleOp>
generateStep(mlir::MLIRContext &context, const StepGeneratorOptions &options);

/// True if an argument of a generated step is a log gate.
inline bool isLogGate(llvm::StringRef argumentName) {
  return argumentName.starts_with("g");
}

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_STEPGENERATOR_H
