//===- DeltaToWY.cpp - the chunk form by derivation -----------------------===//

#include "passes/DeltaToWY/DeltaToWY.h"
#include "lib/Analysis/Transition.h"
#include "passes/DeltaToWY/ChunkBuilder.h"

namespace sluice {
#define GEN_PASS_DEF_DELTATOWY
#include "passes/DeltaToWY/DeltaToWY.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static void remarkSchemes(wy::ScanOp scan) {
  scan.walk([](wy::ScoresOp scores) {
    auto remark = scores.emitRemark()
                  << "scores take the scheme '"
                  << wy::stringifyScheme(scores.getScheme()) << "': ";
    switch (scores.getScheme()) {
    case wy::Scheme::Ungated:
      remark << "nothing decays";
      break;
    case wy::Scheme::AfterProduct:
      remark << "the gate is a scalar, so it leaves the sum over channels";
      break;
    case wy::Scheme::Dyadic:
      remark << "the gate differs from channel to channel and no bound on it "
                "is declared";
      break;
    case wy::Scheme::Pairwise:
      llvm_unreachable("a scheme of decomposed scores");
    }
  });
}

namespace {
struct DeltaToWY : sluice::impl::DeltaToWYBase<DeltaToWY> {
  using DeltaToWYBase::DeltaToWYBase;

  void runOnOperation() override {
    constexpr int64_t kMostTokens = wy::kMostDerivedTokens,
                      kMostElements = wy::kMostDerivedDim;
    auto isSize = [](int64_t size, int64_t most) {
      return size >= 1 && size <= most;
    };
    if (!isSize(keyDim, kMostElements) || !isSize(valueDim, kMostElements) ||
        !isSize(chunk, kMostTokens)) {
      getOperation().emitError()
          << "key-dim and value-dim are between 1 and " << kMostElements
          << ", chunk between 1 and " << kMostTokens;
      return signalPassFailure();
    }
    for (auto op :
         llvm::make_early_inc_range(getOperation().getOps<RecurrenceOp>())) {
      if (failed(derive(op)))
        return signalPassFailure();
    }
  }

  LogicalResult derive(RecurrenceOp op) {
    TransitionAnalysis analysis(op);
    if (analysis.getClass() > TransitionClass::Delta)
      return analysis.getReasonOp()->emitError()
             << "recurrence @" << op.getSymName()
             << " has no chunk form: " << analysis.getReason() << " (class "
             << stringifyTransitionClass(analysis.getClass()) << ")";
    FailureOr<TokenForm> form = TokenForm::create(op);
    if (failed(form))
      return failure();
    FailureOr<wy::ScanOp> scan =
        ChunkBuilder(*form, {chunk, keyDim, valueDim}).build();
    if (failed(scan))
      return failure();
    op.erase();
    if (remarks)
      remarkSchemes(*scan);
    return success();
  }
};
} // namespace
