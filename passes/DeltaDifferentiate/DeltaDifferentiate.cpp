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

  /// The arguments whose gradients are asked for.
  FailureOr<SmallVector<unsigned>> findWanted(RecurrenceOp op) {
    SmallVector<unsigned> differentiable = findDifferentiable(op);
    if (gradients.empty())
      return differentiable;
    SmallVector<unsigned> wanted;
    for (const std::string &name : gradients) {
      std::optional<unsigned> index = op.findArg(name);
      if (!index)
        return op.emitError()
               << "recurrence @" << op.getSymName() << " has no argument '"
               << name << "' to differentiate by";
      if (!llvm::is_contained(differentiable, *index))
        return op.emitError()
               << "argument '" << name << "' of recurrence @" << op.getSymName()
               << " has no gradient: no output and no next state depends on it";
      wanted.push_back(*index);
    }
    llvm::sort(wanted);
    wanted.erase(llvm::unique(wanted), wanted.end());
    return wanted;
  }

  void runOnOperation() override {
    for (RecurrenceOp op :
         llvm::make_early_inc_range(getOperation().getOps<RecurrenceOp>())) {
      FailureOr<SmallVector<unsigned>> wanted = findWanted(op);
      if (failed(wanted) || failed(differentiate(op, *wanted)))
        return signalPassFailure();
    }
  }
};
} // namespace
