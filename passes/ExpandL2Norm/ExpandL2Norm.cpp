//===- ExpandL2Norm.cpp - normalisation by simpler operations -------------===//

#include "passes/ExpandL2Norm/ExpandL2Norm.h"
#include "dialects/Delta/DeltaOps.h"
#include "lib/Algebra/L2Norm.h"
#include "lib/Support/Remarks.h"

namespace sluice {
#define GEN_PASS_DEF_EXPANDL2NORM
#include "passes/ExpandL2Norm/ExpandL2Norm.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

namespace {
struct ExpandL2Norm : sluice::impl::ExpandL2NormBase<ExpandL2Norm> {
  void runOnOperation() override {
    unsigned count = 0;
    getOperation()->walk([&](delta::L2NormOp norm) {
      expandL2Norm(norm);
      ++count;
    });
    remarkCount(*this, getOperation(), "Expanded", count);
  }
};
} // namespace
