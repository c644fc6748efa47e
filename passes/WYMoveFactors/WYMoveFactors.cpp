//===- WYMoveFactors.cpp - factors to where they cost least ---------------===//

#include "passes/WYMoveFactors/WYMoveFactors.h"
#include "dialects/WY/WYOps.h"
#include "lib/Support/Remarks.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/WYMoveFactors/Patterns.h"
#include "passes/WYMoveFactors/PeelTokens.h"

namespace sluice {
#define GEN_PASS_DEF_WYMOVEFACTORS
#include "passes/WYMoveFactors/WYMoveFactors.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

namespace {
struct WYMoveFactors : sluice::impl::WYMoveFactorsBase<WYMoveFactors> {
  using WYMoveFactorsBase::WYMoveFactorsBase;

  void runOnOperation() override {
    std::optional<wy::WForm> form = wy::symbolizeWForm(wForm);
    if (!form) {
      getOperation().emitError()
          << "the W form is 'formed', 'not_formed' or, for reads with vectors "
             "that are made, 'automatic'; found '"
          << wForm << "'";
      return signalPassFailure();
    }
    SmallVector<wy::ChunkHolderOpInterface> holders;
    getOperation().walk(
        [&](wy::ChunkHolderOpInterface holder) { holders.push_back(holder); });
    for (wy::ChunkHolderOpInterface holder : holders) {
      auto scan = dyn_cast<wy::ScanOp>(holder.getOperation());
      wy::ScheduleAttr schedule =
          scan ? scan.getScheduleAttr() : wy::ScheduleAttr();
      if (failed(move(holder, schedule ? schedule.getWForm() : *form)))
        return signalPassFailure();
    }
  }

private:
  LogicalResult move(wy::ChunkHolderOpInterface holder, wy::WForm form) {
    IRRewriter rewriter(&getContext());
    for (auto tokens :
         llvm::make_early_inc_range(holder.getGraph().getOps<wy::TokensOp>()))
      (void)peelTokens(rewriter, tokens);
    DominanceInfo dominance(holder);
    eliminateCommonSubExpressions(rewriter, dominance, holder);

    LinearForms forms(holder);
    // Vectors that read the state are looked at when their factors have left.
    for (bool mapsToo : {false, true}) {
      RewritePatternSet patterns(&getContext());
      populateOutOfProducts(patterns, forms);
      populateIntoMatrices(patterns, forms);
      wy::TokensOp::getCanonicalizationPatterns(patterns, &getContext());
      if (mapsToo)
        populateStateFreeMaps(patterns, forms, form, composeMaps);
      GreedyRewriteConfig config;
      config.setListener(&forms);
      config.enableFolding(false);
      config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
      // The pass's description says what ends it.
      config.setMaxIterations(GreedyRewriteConfig::kNoLimit);
      if (failed(applyPatternsGreedily(holder, std::move(patterns), config)))
        return failure();
    }
    remarkCount(*this, holder, "Rewrites", forms.getNumRewrites());
    DominanceInfo after(holder);
    eliminateCommonSubExpressions(rewriter, after, holder);
    return success();
  }
};
} // namespace
