//===- GateLevels.h - gates between halves of blocks ------------*- C++ -*-===//
//
// For tokens s < t in the two halves of a block, D(t, s) is a product of two
// factors that meet at the later half's first token: what has decayed from
// there to t, and from s to there. Neither exceeds 1 where gates are at most 0,
// and neither looks past its own token. With halves of 1, 2, 4, … tokens every
// pair is met once: a gated product is a sum of products without a gate, level
// by level.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_WY_GATELEVELS_H
#define SLUICE_DIALECTS_WY_GATELEVELS_H

#include "dialects/WY/WYOps.h"
#include "mlir/IR/Builders.h"

namespace sluice::wy {

/// The factors of one gate, of n states an n × n matrix, block size by block
/// size. Those of a size are merged from those of half of it.
class Anchors {
public:
  Anchors(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange gate,
          GateKind kind);

  /// The products since the first token of a half of `half` tokens, a power of
  /// two, and to its end: n² tensors each; empty, all 1, for halves of one
  /// token or where there is no gate.
  mlir::ValueRange before(int64_t half) { return get(Range::Before, half); }
  mlir::ValueRange after(int64_t half) { return get(Range::After, half); }

private:
  mlir::ValueRange get(Range range, int64_t half);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::ValueRange gate;
  GateKind kind;
  /// The coarsest so far.
  AccumulateOp coarsest[2];
};

/// Halves of `first`, 2 `first`, … tokens, below `end`.
struct Halves {
  int64_t first, end;
};

/// Appends scores(a, x, g) for pairs in such halves, a term for each size:
/// scores(a ∘ P, x ∘ U, `pairs n`), of vectors along `axis`. A diagonal goes
/// into the first.
void addScoreLevels(mlir::OpBuilder &builder, ScoresOp scores, Halves halves,
                    Anchors &anchors, mlir::Value diagonal, delta::Axis axis,
                    llvm::SmallVectorImpl<mlir::Value> &terms);

/// The same of apply(A, y, g): P ∘ apply(A, U ∘ y, `pairs n`).
void addApplyLevels(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value scores, mlir::Value values, Halves halves,
                    Anchors &anchors, delta::Axis axis,
                    llvm::SmallVectorImpl<mlir::Value> &terms);

/// Scores with a scalar gate as scale(scores(a, x), decays(g)).
mlir::Value decayProduct(mlir::OpBuilder &builder, ScoresOp scores);
/// A product with a scalar gate as apply(scale(A, decays(g)), y).
mlir::Value decayScores(mlir::OpBuilder &builder, ApplyOp apply);

/// The sum of `terms`, of which there is one at least.
mlir::Value sumOf(mlir::OpBuilder &builder, mlir::Location loc,
                  mlir::ValueRange terms);

} // namespace sluice::wy

#endif // SLUICE_DIALECTS_WY_GATELEVELS_H
