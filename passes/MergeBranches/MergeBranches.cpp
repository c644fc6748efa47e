//===- MergeBranches.cpp - one branch on a condition ----------------------===//

#include "passes/MergeBranches/MergeBranches.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace sluice {
#define GEN_PASS_DEF_MERGEBRANCHES
#include "passes/MergeBranches/MergeBranches.h.inc"
} // namespace sluice

using namespace mlir;

/// Whether anything in `op` is computed from one of `producers`.
static bool needs(Operation &op, const SetVector<Operation *> &producers) {
  return op
      .walk([&](Operation *inner) {
        bool isNeeding = llvm::any_of(inner->getOperands(), [&](Value operand) {
          return producers.contains(operand.getDefiningOp());
        });
        return isNeeding ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// The next branch on the condition of `first` with nothing between them that
/// may not go before or behind both. `behind`: `first`, and what needs it.
static scf::IfOp findNext(scf::IfOp first, SetVector<Operation *> &behind) {
  behind.insert(first);
  for (Operation *op = first->getNextNode(); op; op = op->getNextNode()) {
    auto next = dyn_cast<scf::IfOp>(op);
    bool isSame = next && next.getCondition() == first.getCondition() &&
                  next.getElseRegion().empty() == first.getElseRegion().empty();
    bool isNeeding = needs(*op, behind);
    if (isSame && !isNeeding)
      return next;
    if (!isMemoryEffectFree(op))
      return {};
    if (isNeeding)
      behind.insert(op);
  }
  return {};
}

/// Puts all of one region of `first` and then all of one of `next` into `into`,
/// which ends with what both give.
static void join(IRRewriter &rewriter, Region &first, Region &next,
                 Region &into) {
  if (first.empty())
    return;
  into.takeBody(first);
  Block &block = into.front();
  Operation *yield = block.getTerminator();
  SmallVector<Value> results(yield->getOperands());
  rewriter.eraseOp(yield);
  rewriter.inlineBlockBefore(&next.front(), &block, block.end());
  yield = block.getTerminator();
  llvm::append_range(results, yield->getOperands());
  rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(results); });
}

static scf::IfOp merge(IRRewriter &rewriter, scf::IfOp first, scf::IfOp next,
                       ArrayRef<Operation *> behind) {
  for (Operation *op : llvm::reverse(behind))
    rewriter.moveOpAfter(op, next);
  SmallVector<Type> types(first.getResultTypes());
  llvm::append_range(types, next.getResultTypes());
  rewriter.setInsertionPoint(next);
  auto both =
      scf::IfOp::create(rewriter, first.getLoc(), types, first.getCondition(),
                        /*addThenBlock=*/false, /*addElseBlock=*/false);
  join(rewriter, first.getThenRegion(), next.getThenRegion(),
       both.getThenRegion());
  join(rewriter, first.getElseRegion(), next.getElseRegion(),
       both.getElseRegion());
  unsigned numOfFirst = first.getNumResults();
  rewriter.replaceOp(first, both.getResults().take_front(numOfFirst));
  rewriter.replaceOp(next, both.getResults().drop_front(numOfFirst));
  return both;
}

namespace {
struct MergeBranches : sluice::impl::MergeBranchesBase<MergeBranches> {
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      if (!block->empty())
        blocks.push_back(block);
    });
    IRRewriter rewriter(&getContext());
    // Inner blocks come first, and go on in the branches they become part of.
    for (Block *block : blocks)
      for (Operation *op = &block->front(); op; op = op->getNextNode())
        if (auto branch = dyn_cast<scf::IfOp>(op))
          op = mergeFrom(rewriter, branch);
  }

  /// Merges all that it can with a branch. Returns what became of it.
  static scf::IfOp mergeFrom(IRRewriter &rewriter, scf::IfOp branch) {
    while (true) {
      SetVector<Operation *> behind;
      scf::IfOp next = findNext(branch, behind);
      if (!next)
        return branch;
      branch = merge(rewriter, branch, next, behind.getArrayRef().drop_front());
    }
  }
};
} // namespace
