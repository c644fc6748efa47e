//===- ChunkCost.h - operations of a chunk's graph, counted -----*- C++ -*-===//
//
// What the nodes of a wy.scan cost for one chunk of one head. C tokens, D
// the width of the tensors (K or V), n coupled states, G numbers a token of one
// gate tensor (1 or D), L = ⌈log₂ C⌉ levels. A multiplication and an addition
// count as two; exponentials run on another unit and are a column of their own,
// never part of FLOP. "log" marks what exists for gates given as logarithms.
//
//   wy.read        2 C K V
//   wy.scores      n C(C−1) D, the strictly lower half, and of the scheme:
//     ungated        nothing
//     after_product  pair decays
//     dyadic         anchors
//   wy.apply       C(C+1) D, the lower half with the diagonal; gated, also
//                  pair decays (a scalar gate) or anchors
//   wy.solve       each term: C(C−1) D, by substitution; 2 C D more for a
//                  weight; decays as for wy.apply
//   wy.update      2 C K V a write; K V for each decay, along value too, and
//   for
//                  each state after the first
//   wy.accumulate  C G a gate tensor; exp: C G of `before` and `after`, G of
//                  `all` (log). n² tensors: C G n²(2n−1), products of matrices.
//   wy.sum         one addition an element, a term after the first
//   wy.tokens      C times one token: an elementwise operation counts one an
//                  element, as `exp` where it is a function of an exponential
//                  (ElementwiseOpInterface::isExponential);
//                  delta.dot 2 D, delta.reduce D, delta.l2norm 3 D; broadcasts
//                  and constants nothing
//
// What wy-decompose spells out. With a mask the pairs that it has are counted
// in place of C(C−1)/2, and the diagonal only where it has that:
//
//   wy.scores      pairwise: each pair's product, pair decays where the gate is
//                  a scalar, else D n(2n−1) for each pair, and for each step of
//                  its product of gates G n²(2n−1); exp: C G (log)
//   wy.accumulate  in blocks: as above; with `from` a gate's exponential is
//   there
//                  already: no exp
//   wy.decays      C(C−1)/2; exp: C (log)
//   wy.scale       C(C+1)/2 for each factor
//   wy.product     each left matrix: 2 n for each s ≤ u ≤ t with (t, u) in the
//                  mask and (t, s) in a block
//   wy.inverse     each score: 2 n for each s ≤ u < t in a block
//
// What gradients need:
//
//   wy.apply_transposed  as wy.apply
//   wy.solve_transposed  as wy.solve
//   wy.token_sums  C D a tensor; gated twice that, and of n² tensors
//                  C D 2 n³; exp: C D (log)
//   wy.pair_sums   rows and columns: C(C+1)/2; between: sums along rows, then
//                  along columns, C(C−1), gated twice that, exp: C (log); a
//                  diagonal nothing
//   wy.dot_states  2 K V
//
//   pair decays    C(C−1): a pair's decay takes one more gate, and multiplies;
//                  exp: C(C−1)/2 (log)
//   anchors        at each level but the first, whose factors are 1, for every
//                  row: the merge, G n²(2n−1); its product with the row,
//                  D n(2n−1); exp: G (log)
//
// Every node is counted as if it stood alone: scores of one gate could share
// their anchors, and a kernel that multiplies whole tiles does the upper half,
// too. C that is not a power of two is charged full levels.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_ANALYSIS_CHUNKCOST_H
#define SLUICE_LIB_ANALYSIS_CHUNKCOST_H

#include "dialects/WY/WYOps.h"
#include "llvm/Support/MathExtras.h"

namespace sluice::wy {

/// A number of bytes or operations. At its greatest value it stays: no size
/// that a verifier accepts wraps around to a small one.
class Count {
public:
  Count(uint64_t value = 0) : value(value) {}
  Count operator+(Count other) const {
    return llvm::SaturatingAdd(value, other.value);
  }
  Count operator*(Count other) const {
    return llvm::SaturatingMultiply(value, other.value);
  }
  Count operator/(uint64_t other) const { return value / other; }
  Count &operator+=(Count other) { return *this = *this + other; }
  uint64_t get() const { return value; }
  double asDouble() const { return static_cast<double>(value); }
  bool operator==(const Count &) const = default;

private:
  uint64_t value;
};

inline llvm::raw_ostream &operator<<(llvm::raw_ostream &os, Count count) {
  return os << count.get();
}

struct Cost {
  Count flop, exp;

  Cost operator+(Cost other) const {
    return {flop + other.flop, exp + other.exp};
  }
  Cost operator*(Count times) const { return {flop * times, exp * times}; }
  Cost &operator+=(Cost other) { return *this = *this + other; }
  bool operator==(const Cost &) const = default;
};

/// The formulas above.
class ChunkCost {
public:
  explicit ChunkCost(ScanOp scan)
      : ChunkCost(scan, scan.getKeyDim(), scan.getValueDim()) {}
  /// Counts as if the scan's key and value had these sizes: the transition of a
  /// segment is the graph with one of them in the other's place.
  ChunkCost(ScanOp scan, uint64_t key, uint64_t value)
      : chunk(scan.getChunk()), shapes(scan), key(key), value(value) {}

  /// The cost of a node of the body. Terms of sums, writes and states of
  /// updates enter only if they are `present`.
  Cost get(mlir::Operation *op,
           llvm::function_ref<bool(mlir::Value)> present) const;
  Cost get(mlir::Operation *op) const {
    return get(op, [](mlir::Value) { return true; });
  }

private:
  /// Numbers that a token has of `tensor`, whose rows are tokens.
  uint64_t getWidth(mlir::Value tensor) const;
  Count getSize(mlir::Type tokenType) const;
  /// Pairs s < t of the chunk, or of a mask.
  Count getPairs(std::optional<MaskAttr> mask = std::nullopt) const;
  Count getDiagonal(std::optional<MaskAttr> mask) const;

  Cost getPairDecays(GateKind kind,
                     std::optional<MaskAttr> mask = std::nullopt) const;
  Cost getAnchors(GateKind kind, uint64_t gateWidth, uint64_t width,
                  uint64_t states) const;
  Cost getShifted(GateKind kind, delta::RangeAttr bound, uint64_t gateWidth,
                  uint64_t width) const;
  Cost getDecays(std::optional<GateKind> kind, mlir::Value gate,
                 uint64_t width) const;
  Cost getTokenOp(mlir::Operation &op) const;

  Cost of(ScoresOp op) const;
  Cost of(ApplyOp op) const;
  template <typename SystemOp> Cost ofSystem(SystemOp op) const;
  Cost of(UpdateOp op, llvm::function_ref<bool(mlir::Value)> present) const;
  Cost of(AccumulateOp op) const;
  Cost of(SumOp op, llvm::function_ref<bool(mlir::Value)> present) const;
  Cost of(TokensOp op) const;
  Cost of(DecaysOp op) const;
  Cost of(ScaleOp op) const;
  Cost of(ProductOp op) const;
  Cost of(InverseOp op) const;
  Cost of(ApplyTransposedOp op) const;
  Cost of(SolveOp op) const { return ofSystem(op); }
  Cost of(SolveTransposedOp op) const { return ofSystem(op); }
  Cost of(TokenSumsOp op) const;
  Cost of(PairSumsOp op) const;
  Cost of(DotStatesOp op) const;
  Cost getPairwise(std::optional<MaskAttr> mask, GateKind kind,
                   mlir::Value gate, uint64_t width, uint64_t states) const;

  uint64_t chunk;
  ChunkShapes shapes;
  /// As they are counted.
  uint64_t key, value;
};

} // namespace sluice::wy

#endif // SLUICE_LIB_ANALYSIS_CHUNKCOST_H
