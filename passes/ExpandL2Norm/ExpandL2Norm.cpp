//===- ExpandL2Norm.cpp - normalisation by simpler operations -------------===//

#include "passes/ExpandL2Norm/ExpandL2Norm.h"
#include "dialects/Delta/DeltaOps.h"
#include "lib/Algebra/L2Norm.h"

namespace sluice {
#define GEN_PASS_DEF_EXPANDL2NORM
#include "passes/ExpandL2Norm/ExpandL2Norm.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

namespace {
struct ExpandL2Norm : sluice::impl::ExpandL2NormBase<ExpandL2Norm> {
  void runOnOperation() override {
    getOperation()->walk([](delta::L2NormOp norm) { expandL2Norm(norm); });
  }
};
} // namespace
