//===- Patterns.h - one rule each -------------------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYMOVEFACTORS_PATTERNS_H
#define SLUICE_PASSES_WYMOVEFACTORS_PATTERNS_H

#include "passes/WYMoveFactors/LinearForm.h"

namespace sluice {

/// A rule that looks at what tensors are made of.
template <typename Op> struct FactorPattern : mlir::OpRewritePattern<Op> {
  FactorPattern(mlir::MLIRContext *context, LinearForms &forms,
                mlir::PatternBenefit benefit = 1)
      : mlir::OpRewritePattern<Op>(context, benefit), forms(forms) {}

  LinearForms &forms;
};

/// Numbers for each token leave products that do not sum over them, and cross
/// those that do.
void populateOutOfProducts(mlir::RewritePatternSet &patterns,
                           LinearForms &forms);
/// They enter matrices of pairs that no state reaches.
void populateIntoMatrices(mlir::RewritePatternSet &patterns,
                          LinearForms &forms);
/// Such matrices are multiplied before anything else. With the W form reads of
/// a corrected state go through what is solved: all of them, or, `automatic`,
/// those with vectors that had to be made.
void populateStateFreeMaps(mlir::RewritePatternSet &patterns,
                           LinearForms &forms, wy::WForm form, bool compose);

} // namespace sluice

#endif // SLUICE_PASSES_WYMOVEFACTORS_PATTERNS_H
