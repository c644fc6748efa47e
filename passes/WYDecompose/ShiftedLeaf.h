//===- ShiftedLeaf.h - blocks under a bound on the gate ---------*- C++ -*-===//
//
// For tokens s < t of one block, f_u the factor of token u, f its first token:
//
//   D(t, s) = P_t · P_s⁻¹ · f_s⁻¹,   P_t = Π f_u over first ≤ u < t
//
// so that rows a ∘ P e^c and columns x ∘ P⁻¹ f⁻¹ e^(−c) give all pairs of the
// block in one product. Of a gate with |log f| ≤ |b| both factors lie in
// [e^(−c), e^c] for c = |b| L / 2 and L tokens; f⁻¹ and its products are built
// beside f's, from e^(−g) of a log gate. The shift is a constant, so a row
// depends on no later token.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYDECOMPOSE_SHIFTEDLEAF_H
#define SLUICE_PASSES_WYDECOMPOSE_SHIFTEDLEAF_H

#include "dialects/WY/GateLevels.h"

namespace sluice {

/// The gate of bounded scores, token by token.
struct ShiftedGate {
  /// f and f⁻¹.
  mlir::Value factor, inverse;
};

/// Along `axis`, as scores' vectors are.
ShiftedGate buildShiftedGate(mlir::OpBuilder &b, wy::ScoresOp scores,
                             delta::Axis axis);

/// The scores' pairs in blocks of `leaf` tokens, with `diagonal` (may be null);
/// `anchors` are those of the factor.
mlir::Value buildShiftedLeaf(mlir::OpBuilder &b, wy::ScoresOp scores,
                             ShiftedGate gate, wy::Anchors &anchors,
                             int64_t leaf, mlir::Value diagonal,
                             delta::Axis axis);

} // namespace sluice

#endif // SLUICE_PASSES_WYDECOMPOSE_SHIFTEDLEAF_H
