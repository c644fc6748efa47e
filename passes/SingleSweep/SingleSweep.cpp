//===- SingleSweep.cpp - one sweep of the state a token -------------------===//

#include "passes/SingleSweep/SingleSweep.h"
#include "lib/Algebra/L2Norm.h"
#include "lib/Algebra/ReadPusher.h"
#include "lib/Support/Remarks.h"
#include "mlir/IR/Builders.h"

namespace sluice {
#define GEN_PASS_DEF_SINGLESWEEP
#include "passes/SingleSweep/SingleSweep.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

namespace {
struct SingleSweep : sluice::impl::SingleSweepBase<SingleSweep> {
  void runOnOperation() override {
    Block &step = getOperation().getStep();
    unsigned count = 0;
    for (Operation &op : llvm::make_early_inc_range(step)) {
      if (auto decay = dyn_cast<DecayOp>(op)) {
        OpBuilder builder(decay);
        Value factor = ExpOp::create(builder, op.getLoc(), decay.getGate());
        Value scaled = ScaleStateOp::create(
            builder, op.getLoc(), decay.getType(), decay.getState(), factor);
        decay.replaceAllUsesWith(scaled);
        decay.erase();
      } else if (auto norm = dyn_cast<L2NormOp>(op)) {
        expandL2Norm(norm);
      } else if (auto read = dyn_cast<ReadOp>(op)) {
        count += !isa<BlockArgument>(read.getState());
      }
    }
    if (failed(pushReadsToIncomingStates(getOperation())))
      return signalPassFailure();
    remarkCount(*this, getOperation(), "Moved", count);
  }
};
} // namespace
