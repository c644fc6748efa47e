//===- Stages.cpp - which nodes of a chunk wait for the carry -------------===//

#include "lib/Analysis/Stages.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

StringRef sluice::wy::stringifyStage(Stage stage) {
  switch (stage) {
  case Stage::Pre:
    return "pre";
  case Stage::Scan:
    return "scan";
  case Stage::Post:
    return "post";
  }
  llvm_unreachable("unknown stage");
}

SmallVector<Value> sluice::wy::getNodeOperands(Operation &node) {
  SmallVector<Value> operands(node.getOperands());
  if (node.getNumRegions() > 0 &&
      !node.hasTrait<OpTrait::IsIsolatedFromAbove>()) {
    llvm::SetVector<Value> used;
    getUsedValuesDefinedAbove(node.getRegions(), used);
    operands.append(used.begin(), used.end());
  }
  return operands;
}

/// Forward what depends on the states, backward what feeds them.
Stages::Stages(ScanOp scan, ValueRange others) {
  Block &graph = scan.getGraph();
  auto feed = [&](Value value) {
    if (Operation *op = value.getDefiningOp())
      feeding.insert(op);
  };
  llvm::for_each(scan.getNextStates(), feed);
  llvm::for_each(others, feed);
  for (Operation &op : llvm::reverse(graph.without_terminator()))
    if (feeding.contains(&op))
      llvm::for_each(getNodeOperands(op), feed);

  llvm::DenseSet<Value> dependent;
  for (BlockArgument state : scan.getStates())
    dependent.insert(state);
  for (Operation &op : graph.without_terminator()) {
    bool isDependent = llvm::any_of(getNodeOperands(op), [&](Value value) {
      return dependent.contains(value);
    });
    if (isDependent)
      dependent.insert(op.result_begin(), op.result_end());
    ofNode[&op] = !isDependent            ? Stage::Pre
                  : feeding.contains(&op) ? Stage::Scan
                                          : Stage::Post;
  }
}
