//===- DeltaToWY.cpp - the chunk form by derivation -----------------------===//

#include "passes/DeltaToWY/DeltaToWY.h"
#include "lib/Analysis/Bounds.h"
#include "lib/Analysis/Transition.h"
#include "mlir/IR/Remarks.h"
#include "passes/DeltaToWY/ScanBuilder.h"

namespace sluice {
#define GEN_PASS_DEF_DELTATOWY
#include "passes/DeltaToWY/DeltaToWY.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Below that a product of a block saves nothing over its pairs by themselves.
static constexpr int64_t kSmallestShiftedLeaf = 8;

/// What bounds the gate of scores that differ from channel to channel.
static Bound getGateBound(wy::ScoresOp scores, const GateBounds &bounds) {
  return scores.getGate().size() == 1 ? bounds.get(scores.getGate().front())
                                      : Bound();
}

/// Gives a shifted leaf to scores whose gate is bounded well enough.
static void shiftScores(wy::ScanOp scan, const GateBounds &bounds) {
  scan.walk([&](wy::ScoresOp scores) {
    if (scores.getScheme() != wy::Scheme::Dyadic)
      return;
    Interval range = getGateBound(scores, bounds).range;
    // A zero has no sign here.
    auto bound = RangeAttr::get(scan.getContext(), APFloat(range.lower + 0.0),
                                APFloat(range.upper + 0.0));
    if (wy::getShiftedLeaf(*scores.getKind(), bound) < kSmallestShiftedLeaf)
      return;
    scores.setScheme(wy::Scheme::Shifted);
    scores.setBoundAttr(bound);
  });
}

/// "the gate lies in [-5, 0]: declared"
static std::string describe(wy::ScoresOp scores, const Bound &bound) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (scores.getGate().size() != 1)
    os << "the gate is a matrix, of states that feed each other";
  else if (bound.source == BoundSource::None)
    os << "the gate differs from channel to channel and no bound on it is "
          "known";
  else
    os << "the " << (*scores.getKind() == wy::GateKind::Log ? "gate" : "factor")
       << " lies in " << bound.range << ": "
       << stringifyBoundSource(bound.source);
  return text;
}

/// Says which scheme scores have and why: one that is passed needs fewest
/// products for its gate, one that is missed would need a better bound.
static void remarkScheme(wy::ScoresOp scores, const GateBounds &bounds) {
  StringRef scheme = wy::stringifyScheme(scores.getScheme());
  auto options = remark::RemarkOpts::name("Scheme").category("delta-to-wy");
  Bound bound;
  if (!scores.getGate().empty())
    bound = getGateBound(scores, bounds);
  auto say = [&](auto &&remark, const Twine &reason) {
    remark << remark::add("scores take the scheme '{0}'", scheme)
           << remark::reason("{0}", reason.str());
  };
  Location loc = scores.getLoc();
  switch (scores.getScheme()) {
  case wy::Scheme::Ungated:
    return say(remark::passed(loc, options), "nothing decays");
  case wy::Scheme::AfterProduct:
    return say(remark::passed(loc, options),
               "the gate is a scalar, so it leaves the sum over channels");
  case wy::Scheme::Dyadic:
    if (bound.source == BoundSource::None)
      return say(remark::missed(loc, options), describe(scores, bound));
    return say(remark::missed(loc, options),
               Twine(describe(scores, bound)) +
                   ", which is too much for a leaf of " +
                   Twine(kSmallestShiftedLeaf) + " tokens");
  case wy::Scheme::Shifted:
    return say(
        remark::passed(loc, options),
        Twine(describe(scores, bound)) + ", so a leaf may have " +
            Twine(wy::getShiftedLeaf(*scores.getKind(), *scores.getBound())) +
            " tokens");
  case wy::Scheme::Pairwise:
    llvm_unreachable("a scheme of decomposed scores");
  }
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
    if (analysis.getClass() > TransitionClass::Delta) {
      auto error = analysis.getReasonOp()->emitError()
                   << "recurrence @" << op.getSymName()
                   << " has no chunk form: " << analysis.getReason()
                   << " (class "
                   << stringifyTransitionClass(analysis.getClass()) << ")";
      if (Operation *earlier = analysis.getReasonEarlierOp())
        error.attachNote(earlier->getLoc()) << "the earlier one";
      return error;
    }
    FailureOr<TokenForm> form = TokenForm::create(op);
    if (failed(form))
      return failure();
    FailureOr<wy::ScanOp> scan =
        ScanBuilder(*form, {chunk, keyDim, valueDim}).build();
    if (failed(scan))
      return failure();
    op.erase();
    GateBounds bounds(*scan);
    shiftScores(*scan, bounds);
    if (getContext().getRemarkEngine())
      scan->walk([&](wy::ScoresOp scores) { remarkScheme(scores, bounds); });
    return success();
  }
};
} // namespace
