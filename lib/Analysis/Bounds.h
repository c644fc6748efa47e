//===- Bounds.h - where the values of a step lie ----------------*- C++ -*-===//
//
// An interval for every scalar and vector of a recurrence's step, or of a
// chunk's graph: from declared ranges of arguments, constants, and what
// functions cannot leave (sigmoid, tanh, l2norm, …). `g = −5 sigmoid(x)` lies
// in [−5, 0] whatever x is. Schemes that are legal only under a bound on a gate
// ask here.
//
// Beside the interval stands a bound on a vector's euclidean norm, since
// |a · b| ≤ ‖a‖ ‖b‖: the dot product of two normalised keys lies in [−1, 1].
//
// What a chunk gets from its arguments, between its tokens and from its states
// is not bounded: only maths of single tokens is followed.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_ANALYSIS_BOUNDS_H
#define SLUICE_LIB_ANALYSIS_BOUNDS_H

#include "dialects/Delta/Interval.h"
#include "dialects/WY/WYOps.h"
#include "llvm/ADT/DenseMap.h"

namespace sluice {

/// The source of a bound.
enum class BoundSource {
  /// There is none.
  None,
  /// It is the range of an argument.
  Declared,
  /// It follows from what computes the value.
  Inferred
};
llvm::StringRef stringifyBoundSource(BoundSource source);

/// What is known of one value, NaN aside (Interval.h).
struct Bound {
  /// Holds every element.
  Interval range;
  /// The most that a vector's euclidean norm can be.
  double norm = std::numeric_limits<double>::infinity();
  BoundSource source = BoundSource::None;
};

/// The bounds of all values; any change of the body invalidates them. Every
/// operation is visited once.
///
/// Declared ranges count as they are held by kernels, with the outer ends of
/// delta::RangeAttr: `clamp-ranges` makes them true of any tensor.
class GateBounds {
public:
  explicit GateBounds(delta::RecurrenceOp recurrence);
  explicit GateBounds(wy::ScanOp scan);

  /// The bound of a value of the step, of a tensor of the graph, or of a value
  /// inside its wy.tokens. Without one everything is possible.
  Bound get(mlir::Value value) const { return bounds.lookup(value); }

private:
  void setArguments(mlir::Block &block, delta::SignatureAttr signature);
  void visitStep(mlir::Block &step);

  llvm::DenseMap<mlir::Value, Bound> bounds;
};

} // namespace sluice

#endif // SLUICE_LIB_ANALYSIS_BOUNDS_H
