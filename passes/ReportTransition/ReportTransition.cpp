//===- ReportTransition.cpp - say what a step is --------------------------===//

#include "passes/ReportTransition/ReportTransition.h"
#include "lib/Analysis/Transition.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::delta {
#define GEN_PASS_DEF_REPORTTRANSITION
#include "passes/ReportTransition/ReportTransition.h.inc"
} // namespace sluice::delta

using namespace mlir;
using namespace sluice::delta;

static void emitRemarks(const TransitionAnalysis &transition) {
  auto say = [](Operation *op, StringRef name, const Twine &text) {
    remark::analysis(op->getLoc(), remark::RemarkOpts::name(name).category(
                                       "delta-report-transition"))
        << text.str();
  };
  RecurrenceOp recurrence = transition.getRecurrence();
  say(recurrence, "Class",
      Twine("class ") + stringifyTransitionClass(transition.getClass()) +
          ": rank " + Twine(transition.getRank()) + ", micro-steps " +
          Twine(transition.getMicroSteps()));
  for (auto op : recurrence.getStep().getOps<StateOpInterface>())
    say(op, "Role", transition.describe(op));
  if (transition.getClass() >= TransitionClass::Affine)
    say(transition.getReasonOp(), "Reason", transition.getReason());
}

namespace {
struct ReportTransition
    : sluice::delta::impl::ReportTransitionBase<ReportTransition> {
  using ReportTransitionBase::ReportTransitionBase;

  void runOnOperation() override {
    std::string text;
    llvm::raw_string_ostream os(text);
    getOperation().walk([&](RecurrenceOp recurrence) {
      auto &transition = getChildAnalysis<TransitionAnalysis>(recurrence);
      if (format == ReportFormat::Text)
        transition.print(os);
      else
        emitRemarks(transition);
    });
    llvm::outs() << text;
    markAllAnalysesPreserved();
  }
};
} // namespace
