//===- UnusedValues.h - What a step computes for nothing --------*- C++ -*-===//

#ifndef SLUICE_LIB_ANALYSIS_UNUSEDVALUES_H
#define SLUICE_LIB_ANALYSIS_UNUSEDVALUES_H

#include "mlir/IR/Operation.h"

namespace sluice {

/// Warns of the values of every recurrence in `top` that reach no output and no
/// next state, and of such arguments. Where results are of use to one such
/// value only, that one is named. This is for specs as somebody wrote them,
/// verified: tools ask it between parsing and passes, since a pass may leave on
/// its way what another one will remove.
void warnOfUnusedValues(mlir::Operation *top);

} // namespace sluice

#endif // SLUICE_LIB_ANALYSIS_UNUSEDVALUES_H
