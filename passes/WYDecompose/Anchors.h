//===- Anchors.h - gates between halves of blocks ---------------*- C++ -*-===//
//
// For tokens s < t in the two halves of a block, D(t, s) is a product of two
// factors that meet at the later half's first token: what has decayed from
// there to t, and from s to there. Neither exceeds 1 where gates are at most 0,
// and neither looks past its own token.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYDECOMPOSE_ANCHORS_H
#define SLUICE_PASSES_WYDECOMPOSE_ANCHORS_H

#include "dialects/WY/WYOps.h"
#include "mlir/IR/Builders.h"

namespace sluice {

/// The factors of one gate, of n states an n × n matrix, block size by block
/// size. Those of a size are merged from those of half of it.
class Anchors {
public:
  Anchors(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange gate,
          wy::GateKind kind);

  /// The products since the first token of a half of `half` tokens, a power of
  /// two, and to its end: n² tensors each; empty, all 1, for halves of one
  /// token.
  mlir::ValueRange before(int64_t half) { return get(wy::Range::Before, half); }
  mlir::ValueRange after(int64_t half) { return get(wy::Range::After, half); }

  int64_t getNumStates() const { return states; }

private:
  mlir::ValueRange get(wy::Range range, int64_t half);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::ValueRange gate;
  wy::GateKind kind;
  int64_t states;
  /// The coarsest so far.
  wy::AccumulateOp coarsest[2];
};

} // namespace sluice

#endif // SLUICE_PASSES_WYDECOMPOSE_ANCHORS_H
