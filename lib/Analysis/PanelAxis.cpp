//===- PanelAxis.cpp - along which axis states are cut --------------------===//

#include "lib/Analysis/PanelAxis.h"

using namespace sluice;
using namespace sluice::wy;
using delta::Axis;

Axis wy::getPanelAxis(ScanOp scan) {
  ChunkShapes shapes(cast<ChunkHolderOpInterface>(scan.getOperation()));
  std::optional<Axis> unknowns;
  for (SolveOp solve : scan.getGraph().getOps<SolveOp>())
    if (std::optional<ChunkShape> shape = shapes.find(solve.getResult(0)))
      unknowns = shape->axis;
  if (unknowns)
    return *unknowns;
  bool isReadFromRight = false;
  for (ReadOp read : scan.getGraph().getOps<ReadOp>()) {
    if (read.getSide() == Side::Left)
      return Axis::Value;
    isReadFromRight = true;
  }
  return isReadFromRight ? Axis::Key : Axis::Value;
}
