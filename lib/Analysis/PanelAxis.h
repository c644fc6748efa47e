//===- PanelAxis.h - along which axis states are cut ------------*- C++ -*-===//

#ifndef SLUICE_LIB_ANALYSIS_PANELAXIS_H
#define SLUICE_LIB_ANALYSIS_PANELAXIS_H

#include "dialects/WY/WYOps.h"

namespace sluice::wy {

/// The axis along which a chunk's unknowns run; without any, what is read from
/// the states (from the left, where both sides are read); without reads, value.
/// Its columns are independent of each other where states are read from one
/// side only, so states are cut in panels of them.
delta::Axis getPanelAxis(ScanOp scan);

} // namespace sluice::wy

#endif // SLUICE_LIB_ANALYSIS_PANELAXIS_H
