//===- SCFToBlocks.cpp - structured control flow as blocks ----------------===//

#include "passes/SCFToBlocks/SCFToBlocks.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Rewrite/PatternApplicator.h"

namespace sluice {
#define GEN_PASS_DEF_SCFTOBLOCKS
#include "passes/SCFToBlocks/SCFToBlocks.h.inc"
} // namespace sluice

using namespace mlir;

namespace {
struct SCFToBlocks : sluice::impl::SCFToBlocksBase<SCFToBlocks> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateSCFToControlFlowConversionPatterns(patterns);
    FrozenRewritePatternSet frozen(std::move(patterns));
    PatternApplicator applicator(frozen);
    applicator.applyDefaultCostModel();
    // Whoever is around others is behind them.
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<scf::ForOp, scf::IfOp, scf::WhileOp>(op))
        ops.push_back(op);
    });
    PatternRewriter rewriter(&getContext());
    for (Operation *op : llvm::reverse(ops)) {
      rewriter.setInsertionPoint(op);
      if (failed(applicator.matchAndRewrite(op, rewriter))) {
        op->emitOpError("has no blocks that it could become");
        return signalPassFailure();
      }
    }
  }
};
} // namespace
