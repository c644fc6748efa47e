//===- IndependentColumns.h - whether a step mixes columns ------*- C++ -*-===//

#ifndef SLUICE_LIB_ANALYSIS_INDEPENDENTCOLUMNS_H
#define SLUICE_LIB_ANALYSIS_INDEPENDENTCOLUMNS_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice::delta {

/// The first operation of a step by which column v of a state or an output
/// depends on another column than v of states and value vectors: a read from
/// the right, a sum along value, an output that is not along value. Null if
/// there is none: the columns can be computed by different workers then.
mlir::Operation *findMixedColumns(RecurrenceOp op);

} // namespace sluice::delta

#endif // SLUICE_LIB_ANALYSIS_INDEPENDENTCOLUMNS_H
