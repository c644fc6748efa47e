//===- WYDifferentiate.cpp - gradients of a chunk's graph -----------------===//

#include "passes/WYDifferentiate/WYDifferentiate.h"
#include "lib/Algebra/Differentiate.h"
#include "passes/WYDifferentiate/GraphDifferentiator.h"

namespace sluice {
#define GEN_PASS_DEF_WYDIFFERENTIATE
#include "passes/WYDifferentiate/WYDifferentiate.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

namespace {
struct WYDifferentiate : sluice::impl::WYDifferentiateBase<WYDifferentiate> {
  using WYDifferentiateBase::WYDifferentiateBase;

  void runOnOperation() override {
    for (auto scan :
         llvm::make_early_inc_range(getOperation().getOps<wy::ScanOp>())) {
      if (failed(replace(scan)))
        return signalPassFailure();
      scan.erase();
    }
  }

  LogicalResult replace(wy::ScanOp scan) {
    if (scan.getReverse())
      return scan.emitOpError("runs backwards already, and is not "
                              "differentiated once more");
    StringRef name = scan.getSymName();
    if (failed(checkGradientNames(scan, name, scan.getSignature())))
      return failure();
    // Of what is named and has no influence they are zeros.
    SmallVector<unsigned> differentiable = findDifferentiable(scan);
    if (!gradients.empty())
      differentiable = llvm::to_vector(llvm::seq<unsigned>(scan.getNumArgs()));
    FailureOr<SmallVector<unsigned>> wanted =
        findWanted(scan, name, scan.getSignature(), differentiable, gradients);
    return failure(failed(wanted) || failed(differentiate(scan, *wanted)));
  }
};
} // namespace
