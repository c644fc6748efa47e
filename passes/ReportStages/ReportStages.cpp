//===- ReportStages.cpp - say how a chunk's graph is cut ------------------===//

#include "passes/ReportStages/ReportStages.h"
#include "lib/Analysis/StageCutDot.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::wy {
#define GEN_PASS_DEF_REPORTSTAGES
#include "passes/ReportStages/ReportStages.h.inc"
} // namespace sluice::wy

using namespace mlir;
using namespace sluice::wy;

namespace {
struct ReportStages : sluice::wy::impl::ReportStagesBase<ReportStages> {
  using ReportStagesBase::ReportStagesBase;

  void runOnOperation() override {
    if (ioBytes == 0 || innerBytes == 0 || segment == 0) {
      getOperation().emitError("io-bytes, inner-bytes and segment are above 0");
      return signalPassFailure();
    }
    std::string text;
    llvm::raw_string_ostream os(text);
    WalkResult walked = getOperation().walk([&](ScanOp scan) -> WalkResult {
      if (!scan.isWhole())
        return scan.emitError("has channels or segments: a graph is cut before "
                              "it is placed");
      StageCut cut(scan, {ioBytes, innerBytes, segment});
      if (format == StageFormat::Text)
        cut.print(os);
      else
        printDot(cut, os);
      return WalkResult::advance();
    });
    if (walked.wasInterrupted())
      return signalPassFailure();
    llvm::outs() << text;
    markAllAnalysesPreserved();
  }
};
} // namespace
