//===- ScratchLayout.cpp - where a chunk's tensors live -------------------===//

#include "passes/WYToVector/ScratchLayout.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

ScratchLayout::ScratchLayout(const ChunkPlan &plan) : plan(plan) {
  wy::ScanOp scan = plan.getScan();
  slotsOffset = getStateOffset(scan.getStates().size());
  for (BlockArgument arg : scan.getGraph().getArguments())
    if (plan.isCopied(arg))
      buffers[arg] = place(plan.getShape(arg), /*isInSlot=*/true);
  for (Operation &op : scan.getGraph().without_terminator())
    for (Value result : op.getResults())
      if (!isa<wy::UpdateOp>(op) && !plan.isOnlyInColumnLoop(result))
        buffers[result] =
            place(plan.getShape(result), !plan.isInPanelPhase(&op));
  for (const GateKey &key : plan.getGates())
    factors.push_back(plan.isFactorInColumnLoop(key.gate) ? ChunkBuffer{}
                      : plan.isOnlyGate(key.gate)
                          ? buffers[key.gate]
                          : place(plan.getShape(key.gate), true));
  // Decayed rows of one scores op at a time (all states side by side), and
  // decayed columns of the terms of one solve.
  int64_t states = 1, terms = 1;
  for (wy::ScoresOp scores : scan.getGraph().getOps<wy::ScoresOp>())
    states = std::max<int64_t>(states, scores.getRows().size());
  for (wy::SolveOp solve : scan.getGraph().getOps<wy::SolveOp>())
    terms = std::max<int64_t>(terms, solve.getGates().size());
  for (int64_t i = 0; i < std::max(2 * states, terms); ++i) {
    TensorShape shape;
    shape.axis = plan.paddedDim(Axis::Key) > plan.paddedDim(Axis::Value)
                     ? Axis::Key
                     : Axis::Value;
    temporaries.push_back(place(shape, /*isInSlot=*/false));
  }
  slotsOffset = (slotsOffset + 15) / 16 * 16;
  size = slotsOffset + slotSize * plan.getSizes().blockChunks;
}

const ChunkBuffer *ScratchLayout::find(Value value) const {
  auto it = buffers.find(value);
  return it == buffers.end() ? nullptr : &it->second;
}

int64_t ScratchLayout::getStateOffset(unsigned state) const {
  return state * plan.numPanels() * plan.dim(plan.getContracted()) *
         plan.panelWidth();
}

ChunkBuffer ScratchLayout::place(const TensorShape &shape, bool isInSlot) {
  ChunkBuffer buffer{0, 1, 1, isInSlot};
  if (shape.perToken)
    buffer.rows = plan.getPaddedChunk();
  if (shape.isScores)
    buffer.stride = plan.getPaddedChunk();
  else if (shape.axis)
    buffer.stride = plan.paddedDim(*shape.axis);
  int64_t &end = isInSlot ? slotSize : slotsOffset;
  buffer.offset = end;
  end += (buffer.stride * buffer.rows + 15) / 16 * 16;
  return buffer;
}
