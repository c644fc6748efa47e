//===- AlikeNodes.cpp - nodes that differ in their tensors only -----------===//

#include "passes/WYToVector/AlikeNodes.h"

using namespace mlir;
using namespace sluice;

/// Up to so many scores stay where they are, near to what they are made of.
static constexpr size_t kMostApart = 8;

bool sluice::areAlike(Operation *a, Operation *b) {
  if (a->getName() != b->getName() || !isa<wy::ScoresOp, wy::ScaleOp>(a) ||
      a->getAttrDictionary() != b->getAttrDictionary() ||
      !llvm::equal(a->getOperandTypes(), b->getOperandTypes()) ||
      llvm::is_contained(b->getOperands(), a->getResult(0)))
    return false;
  auto scores = dyn_cast<wy::ScoresOp>(a);
  return !scores ||
         llvm::equal(scores.getGate(), cast<wy::ScoresOp>(b).getGate());
}

void sluice::gatherAlike(wy::ScanOp scan) {
  Block &graph = scan.getGraph();
  auto scores = graph.getOps<wy::ScoresOp>();
  if (static_cast<size_t>(llvm::range_size(scores)) <= kMostApart)
    return;
  // Level by level: how many nodes each waits for, one after another.
  llvm::DenseMap<Operation *, size_t> levels;
  SmallVector<SmallVector<SmallVector<Operation *>>> alike;
  for (Operation &op : graph.without_terminator()) {
    size_t level = 0;
    for (Value operand : op.getOperands())
      if (Operation *made = operand.getDefiningOp())
        level = std::max(level, levels.lookup(made) + 1);
    levels[&op] = level;
    if (alike.size() <= level)
      alike.resize(level + 1);
    auto *group =
        llvm::find_if(alike[level], [&](ArrayRef<Operation *> others) {
          return areAlike(others.front(), &op);
        });
    if (group == alike[level].end())
      alike[level].push_back({&op});
    else
      group->push_back(&op);
  }
  for (const auto &level : alike)
    for (const auto &group : level)
      for (Operation *op : group)
        op->moveBefore(graph.getTerminator());
}
