//===- ScratchLayout.cpp - where a chunk's tensors live -------------------===//

#include "passes/WYToVector/ScratchLayout.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

ScratchLayout::ScratchLayout(const ChunkPlan &plan) : plan(plan) {
  wy::ScanOp scan = plan.getScan();
  slotsOffset = getStateOffset(plan.getStates().size());
  placeShortLived();
  for (BlockArgument arg : scan.getGraph().getArguments())
    if (plan.isCopied(arg))
      buffers[arg] = place(arg, /*isInSlot=*/true);
  for (Operation &op : scan.getGraph().without_terminator())
    for (Value result : op.getResults())
      if (!isa<wy::UpdateOp>(op) && !plan.isOnlyInRegisters(result) &&
          !buffers.contains(result))
        buffers[result] = place(result, !plan.isInPanelPhase(&op));
  // A matrix of pairs that stands in another's place comes before it.
  for (Operation &op : llvm::reverse(scan.getGraph().without_terminator()))
    for (Value result : op.getResults())
      if (Value other = plan.getStorage(result); other != result)
        buffers[result] = buffers.lookup(other);
  for (const GateKey &key : plan.getGates())
    factors.push_back(plan.isFactorInContractedLoop(key.gate) ? ChunkBuffer{}
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

int64_t ScratchLayout::getStride(Value tensor) const {
  wy::ChunkShape shape = plan.getShape(tensor);
  int64_t lanes = plan.getSizes().lanes;
  bool isWide = plan.getChunk() > kSmallChunk || plan.hasMathsOfPairs();
  if (shape.isPairs())
    return isWide ? (plan.getChunk() + lanes - 1) / lanes * lanes
                  : plan.getPaddedChunk();
  return shape.axis ? plan.paddedDim(*shape.axis) : 1;
}

ChunkBuffer ScratchLayout::place(Value tensor, bool isInSlot) {
  if (plan.getStorage(tensor) != tensor)
    return {};
  return take(plan.hasRows(tensor) ? plan.getPaddedChunk() : 1,
              getStride(tensor), isInSlot);
}

//===----------------------------------------------------------------------===//
// Lives
//===----------------------------------------------------------------------===//

llvm::DenseMap<Value, ScratchLayout::Life> ScratchLayout::findLives() const {
  llvm::DenseMap<Operation *, size_t> steps;
  for (auto [i, step] : llvm::enumerate(plan.getFirstPhase())) {
    for (Operation *op : step.nodes)
      steps[op] = i;
    if (!step.anchors)
      continue;
    steps[step.anchors->products] = i;
    for (Operation *op : step.anchors->users)
      steps[op] = i;
  }
  size_t last = plan.getFirstPhase().size() - 1;
  // By the tensor that stands for all in one place.
  llvm::DenseMap<Value, Life> lives;
  llvm::DenseSet<Value> others;
  for (auto [op, step] : steps)
    for (Value result : op->getResults()) {
      Value storage = plan.getStorage(result);
      Life &life = lives.insert({storage, {step, step}}).first->second;
      life.from = std::min(life.from, step);
      // Gates have factors, which last.
      bool isLong = !plan.getGatesOf(result).empty() ||
                    !plan.getShape(result).axis.has_value();
      isLong &= !plan.getShape(result).isPairs();
      for (Operation *user : result.getUsers()) {
        auto it = steps.find(user);
        if (it != steps.end())
          life.to = std::max(life.to, it->second);
        else if (plan.isInContractedLoop(user))
          life.to = last;
        else
          isLong = true;
      }
      if (isLong)
        others.insert(storage);
    }
  for (Value storage : others)
    lives.erase(storage);
  return lives;
}

void ScratchLayout::placeShortLived() {
  llvm::DenseMap<Value, Life> lives = findLives();
  struct Place {
    ChunkBuffer buffer;
    int64_t size;
    size_t freeAfter;
  };
  SmallVector<Place> places;
  SmallVector<SmallVector<Value>> byStart(plan.getFirstPhase().size());
  wy::ScanOp scan = plan.getScan();
  for (Operation &op : scan.getGraph().without_terminator())
    for (Value result : op.getResults())
      if (auto it = lives.find(result);
          it != lives.end() && !plan.isOnlyInRegisters(result))
        byStart[it->second.from].push_back(result);
  auto placeOne = [&](Value tensor) {
    Life life = lives.lookup(tensor);
    int64_t rows = plan.hasRows(tensor) ? plan.getPaddedChunk() : 1;
    int64_t stride = getStride(tensor), size = rows * stride;
    auto *place = llvm::find_if(places, [&](const Place &other) {
      return other.size == size && other.freeAfter < life.from;
    });
    if (place == places.end()) {
      places.push_back({take(rows, stride, /*isInSlot=*/false), size, 0});
      place = std::prev(places.end());
    }
    place->freeAfter = life.to;
    buffers[tensor] = {place->buffer.offset, stride, rows, /*isInSlot=*/false};
  };
  for (ArrayRef<Value> tensors : byStart)
    for (Value tensor : tensors)
      placeOne(tensor);
}

ChunkBuffer ScratchLayout::take(int64_t rows, int64_t stride, bool isInSlot) {
  int64_t &end = isInSlot ? slotSize : slotsOffset;
  ChunkBuffer buffer{end, stride, rows, isInSlot};
  end += (stride * rows + 15) / 16 * 16;
  return buffer;
}
