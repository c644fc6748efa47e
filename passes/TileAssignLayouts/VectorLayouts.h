//===- VectorLayouts.h - who holds vectors, by cost -------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEASSIGNLAYOUTS_VECTORLAYOUTS_H
#define SLUICE_PASSES_TILEASSIGNLAYOUTS_VECTORLAYOUTS_H

#include "passes/TileAssignLayouts/TensorClasses.h"

namespace sluice {

/// Registers along the last axis that follow one another from register 0 on.
int64_t getVectorLength(tile::LayoutAttr layout);

/// The cheapest layout of a class of vectors, the one that it has and those of
/// its neighbours considered.
tile::LayoutAttr chooseVectorLayout(const TensorClasses &classes,
                                    const TensorClass &vectors);

} // namespace sluice

#endif // SLUICE_PASSES_TILEASSIGNLAYOUTS_VECTORLAYOUTS_H
