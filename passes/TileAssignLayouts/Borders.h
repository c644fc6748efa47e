//===- Borders.h - conversions where layouts meet ---------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEASSIGNLAYOUTS_BORDERS_H
#define SLUICE_PASSES_TILEASSIGNLAYOUTS_BORDERS_H

#include "passes/TileAssignLayouts/TensorClasses.h"

namespace sluice {

/// Puts conversions where operands are not held as results ask.
llvm::LogicalResult convertBorders(tile::KernelOp kernel,
                                   const TensorClasses &classes);

/// Has what is stored to global memory time and again, and lies in columns of a
/// few bytes, gathered to rows before.
void gatherRows(tile::KernelOp kernel);

} // namespace sluice

#endif // SLUICE_PASSES_TILEASSIGNLAYOUTS_BORDERS_H
