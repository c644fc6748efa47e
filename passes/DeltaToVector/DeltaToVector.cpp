//===- DeltaToVector.cpp - the step form on a CPU -------------------------===//

#include "passes/DeltaToVector/DeltaToVector.h"
#include "dialects/WY/WYDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/DeltaToVector/StepEmitter.h"

namespace sluice {
#define GEN_PASS_DEF_DELTATOVECTOR
#include "passes/DeltaToVector/DeltaToVector.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// The lowering relies on delta-single-sweep; say so instead of miscompiling.
static LogicalResult checkForm(RecurrenceOp op) {
  for (Operation &step : op.getStep()) {
    auto read = dyn_cast<ReadOp>(step);
    if (isa<DecayOp, L2NormOp>(step) ||
        (read && !isa<BlockArgument>(read.getState())))
      return step.emitOpError("is not in single-sweep form: run "
                              "delta-single-sweep before delta-to-vector");
  }
  return success();
}

namespace {
struct DeltaToVector : sluice::impl::DeltaToVectorBase<DeltaToVector> {
  using DeltaToVectorBase::DeltaToVectorBase;

  void runOnOperation() override {
    if (keyDim <= 0 || valueDim <= 0) {
      getOperation().emitError("key-dim and value-dim are positive");
      return signalPassFailure();
    }
    for (auto op :
         llvm::make_early_inc_range(getOperation().getOps<RecurrenceOp>())) {
      if (failed(lower(op)))
        return signalPassFailure();
      op.erase();
    }
  }

  FailureOr<Type> elementType(RecurrenceOp op, StringRef name) {
    if (Type type = parseKernelType(name, &getContext()))
      return type;
    return op.emitError() << "unknown element type '" << name
                          << "': expected f32, f16 or bf16";
  }

  LogicalResult lower(RecurrenceOp op) {
    auto schedule = op->getAttrOfType<wy::ScheduleAttr>(
        wy::WYDialect::getStepScheduleName());
    wy::CPUScheduleAttr cpu = schedule ? schedule.getCPU() : nullptr;
    if (!cpu)
      return op.emitOpError("has no schedule for a processor: run "
                            "choose-schedule before delta-to-vector");
    if (failed(checkForm(op)))
      return failure();
    SmallVector<Type> types(op.getNumArgs(), Float32Type::get(&getContext()));
    for (auto [type, name] : llvm::zip(types, argTypes)) {
      FailureOr<Type> parsed = elementType(op, name);
      if (failed(parsed))
        return failure();
      type = *parsed;
    }
    FailureOr<Type> output = elementType(op, outputType);
    if (failed(output))
      return failure();
    // No more vectors than the columns fill.
    int64_t vectors = llvm::divideCeil(valueDim, cpu.getLanes());
    StepSizes sizes{keyDim, valueDim, cpu.getLanes(),
                    std::min(cpu.getPanel(), vectors), cpu.getBlock()};
    StepPlan plan(op, sizes);
    OpBuilder builder(op);
    StepEmitter(builder, op, plan, types, *output).emit();
    return success();
  }
};
} // namespace
