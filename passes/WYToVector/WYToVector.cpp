//===- WYToVector.cpp - the chunk form on a CPU ---------------------------===//

#include "passes/WYToVector/WYToVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/WYToVector/KernelEmitter.h"

namespace sluice {
#define GEN_PASS_DEF_WYTOVECTOR
#include "passes/WYToVector/WYToVector.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

/// The lowering relies on the shape that delta-to-wy gives a scan's carry.
static LogicalResult checkCarry(wy::ScanOp scan) {
  SmallVector<BlockArgument> states = scan.getStates();
  for (auto [state, next] : llvm::zip(states, scan.getNextStates())) {
    if (next == state)
      continue;
    auto update = next.getDefiningOp<wy::UpdateOp>();
    bool isCarry = update && llvm::all_of(update.getStates(), [&](Value from) {
                     return llvm::is_contained(states, from);
                   });
    if (!isCarry)
      return scan.emitOpError(
          "is not lowered: a next state is not a 'wy.update' of its states");
  }
  auto isFinal = [](Operation *user) { return isa<wy::YieldOp>(user); };
  for (wy::UpdateOp update : scan.getGraph().getOps<wy::UpdateOp>())
    if (!llvm::all_of(update->getUsers(), isFinal))
      return update.emitOpError(
          "is not lowered: only the scan's carry may use it");
  return success();
}

/// Columns of a vector are computed one by one: its norm is another's work.
static LogicalResult checkMaths(wy::ScanOp scan) {
  WalkResult result = scan.walk([](delta::L2NormOp norm) {
    norm.emitOpError("is not lowered: run expand-l2norm before wy-to-vector");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct WYToVector : sluice::impl::WYToVectorBase<WYToVector> {
  using WYToVectorBase::WYToVectorBase;

  void runOnOperation() override {
    for (auto scan :
         llvm::make_early_inc_range(getOperation().getOps<wy::ScanOp>())) {
      if (failed(lower(scan)))
        return signalPassFailure();
      scan.erase();
    }
  }

  FailureOr<Type> elementType(wy::ScanOp scan, StringRef name) {
    if (Type type = parseKernelType(name, &getContext()))
      return type;
    return scan.emitError() << "unknown element type '" << name
                            << "': expected f32, f16 or bf16";
  }

  LogicalResult lower(wy::ScanOp scan) {
    wy::ScheduleAttr schedule = scan.getScheduleAttr();
    wy::CPUScheduleAttr cpu = schedule ? schedule.getCPU() : nullptr;
    if (!cpu)
      return scan.emitOpError("has no schedule for a processor: run "
                              "choose-schedule before wy-to-vector");
    if (failed(checkCarry(scan)) || failed(checkMaths(scan)))
      return failure();
    SmallVector<Type> types(scan.getGraph().getNumArguments(),
                            Float32Type::get(&getContext()));
    for (auto [type, name] : llvm::zip(types, argTypes)) {
      FailureOr<Type> parsed = elementType(scan, name);
      if (failed(parsed))
        return failure();
      type = *parsed;
    }
    FailureOr<Type> output = elementType(scan, outputType);
    if (failed(output))
      return failure();
    ChunkPlan plan(scan, {cpu.getLanes(), cpu.getPanel(), cpu.getBlock(),
                          cpu.getRegisters()});
    ScratchLayout layout(plan);
    OpBuilder builder(scan);
    KernelEmitter(builder, plan, layout, types, *output).emit();
    return success();
  }
};
} // namespace
