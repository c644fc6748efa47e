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
      buffers[arg] = place(arg, /*isInSlot=*/true);
  for (Operation &op : scan.getGraph().without_terminator())
    for (Value result : op.getResults())
      if (!isa<wy::UpdateOp>(op) && !plan.isOnlyInRegisters(result))
        buffers[result] = place(result, !plan.isInPanelPhase(&op));
  // A matrix of pairs that stands in another's place comes before it.
  for (Operation &op : llvm::reverse(scan.getGraph().without_terminator()))
    for (Value result : op.getResults())
      if (Value other = plan.getStorage(result); other != result)
        buffers[result] = buffers[other];
  for (const GateKey &key : plan.getGates())
    factors.push_back(plan.isFactorInColumnLoop(key.gate) ? ChunkBuffer{}
                      : plan.isOnlyGate(key.gate) ? buffers[key.gate]
                                                  : place(key.gate, true));
  size_t gates = 0;
  for (wy::SolveOp solve : scan.getGraph().getOps<wy::SolveOp>())
    gates = std::max<size_t>(gates, solve.getGates().size());
  for (size_t i = 0; i < gates; ++i)
    temporaries.push_back(take(plan.getPaddedChunk(), plan.panelWidth(),
                               /*isInSlot=*/false));
  slotsOffset = (slotsOffset + 15) / 16 * 16;
  // Vectors of a token's scalars are loaded whole.
  size = slotsOffset + slotSize * plan.getSizes().blockChunks +
         plan.getSizes().lanes;
}

const ChunkBuffer *ScratchLayout::find(Value value) const {
  auto it = buffers.find(value);
  return it == buffers.end() ? nullptr : &it->second;
}

int64_t ScratchLayout::getStateOffset(unsigned state) const {
  return state * plan.numPanels() * plan.dim(plan.getContracted()) *
         plan.panelWidth();
}

ChunkBuffer ScratchLayout::place(Value tensor, bool isInSlot) {
  if (Value other = plan.getStorage(tensor); other != tensor)
    return {};
  wy::ChunkShape shape = plan.getShape(tensor);
  int64_t lanes = plan.getSizes().lanes, stride = 1;
  bool isWide = plan.getChunk() > kSmallChunk || plan.hasMathsOfPairs();
  if (shape.isPairs())
    stride = isWide ? (plan.getChunk() + lanes - 1) / lanes * lanes
                    : plan.getPaddedChunk();
  else if (shape.axis)
    stride = plan.paddedDim(*shape.axis);
  return take(plan.hasRows(tensor) ? plan.getPaddedChunk() : 1, stride,
              isInSlot);
}

ChunkBuffer ScratchLayout::take(int64_t rows, int64_t stride, bool isInSlot) {
  int64_t &end = isInSlot ? slotSize : slotsOffset;
  ChunkBuffer buffer{end, stride, rows, isInSlot};
  end += (stride * rows + 15) / 16 * 16;
  return buffer;
}
