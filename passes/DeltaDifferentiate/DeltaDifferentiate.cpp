//===- DeltaDifferentiate.cpp - gradients of a step -----------------------===//

#include "passes/DeltaDifferentiate/DeltaDifferentiate.h"
#include "lib/Algebra/Differentiate.h"
#include "llvm/ADT/STLExtras.h"

namespace sluice {
#define GEN_PASS_DEF_DELTADIFFERENTIATE
#include "passes/DeltaDifferentiate/DeltaDifferentiate.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

namespace {
struct DeltaDifferentiate
    : sluice::impl::DeltaDifferentiateBase<DeltaDifferentiate> {
  using DeltaDifferentiateBase::DeltaDifferentiateBase;

  void runOnOperation() override {
    for (RecurrenceOp op :
         llvm::make_early_inc_range(getOperation().getOps<RecurrenceOp>())) {
      FailureOr<SmallVector<unsigned>> wanted =
          findWanted(op, op.getSymName(), op.getSignature(),
                     findDifferentiable(op), gradients);
      if (failed(wanted) || failed(differentiate(op, *wanted)))
        return signalPassFailure();
    }
  }
};
} // namespace
