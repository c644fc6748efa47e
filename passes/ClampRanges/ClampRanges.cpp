//===- ClampRanges.cpp - declared ranges made true ------------------------===//

#include "passes/ClampRanges/ClampRanges.h"
#include "lib/Support/Remarks.h"
#include "mlir/IR/Builders.h"
#include <cmath>

namespace sluice {
#define GEN_PASS_DEF_CLAMPRANGES
#include "passes/ClampRanges/ClampRanges.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// `Op` of `value` and an end; the value itself where the end is infinite.
template <typename Op>
static Value clampTo(OpBuilder &b, Location loc, Value value, double end) {
  if (std::isinf(end))
    return value;
  Value constant = ConstantOp::create(b, loc, b.getF64FloatAttr(end));
  return Op::create(b, loc, value, constant);
}

namespace {
struct ClampRanges : sluice::impl::ClampRangesBase<ClampRanges> {
  void runOnOperation() override {
    RecurrenceOp op = getOperation();
    auto b = OpBuilder::atBlockBegin(&op.getStep());
    unsigned count = 0;
    for (BlockArgument arg : op.getStep().getArguments()) {
      RangeAttr range = op.getArgRange(arg.getArgNumber());
      if (!range || arg.use_empty())
        continue;
      SmallVector<OpOperand *> uses(llvm::make_pointer_range(arg.getUses()));
      Location loc = arg.getLoc();
      Value clamped = clampTo<MinOp>(b, loc, arg, range.getOuterUpper());
      clamped = clampTo<MaxOp>(b, loc, clamped, range.getOuterLower());
      for (OpOperand *use : uses)
        use->set(clamped);
      ++count;
    }
    remarkCount(*this, op, "Clamped", count);
  }
};
} // namespace
