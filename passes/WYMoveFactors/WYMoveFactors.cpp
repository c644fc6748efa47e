//===- WYMoveFactors.cpp - factors to where they cost least ---------------===//

#include "passes/WYMoveFactors/WYMoveFactors.h"
#include "dialects/WY/WYOps.h"
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

static std::optional<WForm> parseWForm(StringRef name) {
  if (name == "never")
    return WForm::Never;
  if (name == "made")
    return WForm::Made;
  if (name == "always")
    return WForm::Always;
  return std::nullopt;
}

namespace {
struct WYMoveFactors : sluice::impl::WYMoveFactorsBase<WYMoveFactors> {
  using WYMoveFactorsBase::WYMoveFactorsBase;

  void runOnOperation() override {
    std::optional<WForm> form = parseWForm(wForm);
    if (!form) {
      getOperation().emitError()
          << "the W form is taken 'never', 'always' or for reads with vectors "
             "that are 'made'; found '"
          << wForm << "'";
      return signalPassFailure();
    }
    SmallVector<wy::ChunkHolderOpInterface> holders;
    getOperation().walk(
        [&](wy::ChunkHolderOpInterface holder) { holders.push_back(holder); });
    for (wy::ChunkHolderOpInterface holder : holders)
      if (failed(move(holder, *form)))
        return signalPassFailure();
  }

private:
  LogicalResult move(wy::ChunkHolderOpInterface holder, WForm form) {
    IRRewriter rewriter(&getContext());
    for (auto tokens :
         llvm::make_early_inc_range(holder.getGraph().getOps<wy::TokensOp>()))
      (void)peelTokens(rewriter, tokens);
    DominanceInfo dominance(holder);
    eliminateCommonSubExpressions(rewriter, dominance, holder);

    LinearForms forms;
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
    DominanceInfo after(holder);
    eliminateCommonSubExpressions(rewriter, after, holder);
    return success();
  }
};
} // namespace
