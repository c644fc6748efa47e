//===- DeltaToTile.cpp - the step form as a kernel ------------------------===//

#include "passes/DeltaToTile/DeltaToTile.h"
#include "dialects/WY/WYDialect.h"
#include "lib/Algebra/L2Norm.h"
#include "lib/Analysis/IndependentColumns.h"
#include "lib/Target/GPU/KernelFrame.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "passes/DeltaToTile/StepPatterns.h"

namespace sluice {
#define GEN_PASS_DEF_DELTATOTILE
#include "passes/DeltaToTile/DeltaToTile.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Copies the step into a loop over tokens, in a kernel around it. The step's
/// operations stay; their operands and results that meet tensors are cast.
static void buildKernel(OpBuilder &b, RecurrenceOp op, KernelFrame &frame,
                        const StepTypeConverter &converter) {
  Location loc = op.getLoc();
  SmallVector<Value> initial;
  DenseMap<unsigned, Value> params;
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i) {
    if (op.getArgKind(i) == ArgKind::State)
      initial.push_back(frame.loadInitial(i));
    else if (op.getArgKind(i) == ArgKind::Params)
      params[i] = frame.loadArgument(i);
  }
  auto castTo = [&](Value value, Type type) -> Value {
    return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
  };
  auto buildStep = [&](Value token, ValueRange states) {
    IRMapping map;
    unsigned nextState = 0;
    for (BlockArgument argument : op.getStep().getArguments()) {
      unsigned i = argument.getArgNumber();
      Value value;
      switch (op.getArgKind(i)) {
      case ArgKind::State:
        value = states[nextState++];
        break;
      case ArgKind::Params:
        value = params.lookup(i);
        break;
      case ArgKind::QKHeads:
      case ArgKind::VHeads:
        value = frame.loadArgument(i, token);
        break;
      }
      map.map(argument, castTo(value, argument.getType()));
    }
    for (Operation &step : op.getStep().without_terminator())
      b.clone(step, map);
    auto getTensor = [&](Value value) {
      return castTo(map.lookup(value), converter.convertType(value.getType()));
    };
    YieldOp yield = op.getYield();
    for (auto [i, value] : llvm::enumerate(yield.getOutputs()))
      frame.storeOutput(static_cast<unsigned>(i), getTensor(value), token);
    scf::YieldOp::create(b, loc,
                         llvm::map_to_vector(yield.getStates(), getTensor));
  };
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  auto loop =
      scf::ForOp::create(b, loc, frame.getBegin(), frame.getEnd(), one, initial,
                         [&](OpBuilder &, Location, Value token,
                             ValueRange states) { buildStep(token, states); });
  for (auto [i, value] : llvm::enumerate(loop.getResults()))
    frame.storeFinal(static_cast<unsigned>(i), value);
  tile::ReturnOp::create(b, loc);
}

namespace {
struct DeltaToTile : sluice::impl::DeltaToTileBase<DeltaToTile> {
  using DeltaToTileBase::DeltaToTileBase;

  void runOnOperation() override {
    if (keyDim <= 0 || valueDim <= 0) {
      getOperation().emitError("key-dim and value-dim are positive");
      return signalPassFailure();
    }
    for (auto op :
         llvm::make_early_inc_range(getOperation().getOps<RecurrenceOp>()))
      if (failed(lower(op)))
        return signalPassFailure();
  }

  LogicalResult lower(RecurrenceOp op) {
    auto schedule = op->getAttrOfType<wy::ScheduleAttr>(
        wy::WYDialect::getStepScheduleName());
    wy::GPUScheduleAttr gpu = schedule ? schedule.getGPU() : nullptr;
    if (!gpu)
      return op.emitOpError("has no schedule for a GPU: run choose-schedule "
                            "before delta-to-tile");
    KernelSizes sizes{keyDim,
                      valueDim,
                      std::min<int64_t>(gpu.getValueBlock(), valueDim),
                      gpu.getWarps(),
                      gpu.getCtas(),
                      {},
                      {}};
    if (failed(setElements(op, op.getNumArgs(), argTypes, outputType, sizes)))
      return failure();
    Operation *mixes = findMixedColumns(op);
    if (mixes && sizes.valueBlock < valueDim) {
      InFlightDiagnostic diagnostic =
          op.emitOpError() << "mixes columns, so all " << int64_t(valueDim)
                           << " are one CTA's, but the schedule gives it "
                           << sizes.valueBlock;
      diagnostic.attachNote(mixes->getLoc()) << "here";
      return diagnostic;
    }
    op.walk([](L2NormOp norm) { expandL2Norm(norm); });

    StepTypeConverter converter(keyDim, sizes.valueBlock);
    OpBuilder builder(op);
    KernelFrame frame(builder, op, op.getSymName(), op.getSignature(), sizes);
    buildKernel(builder, op, frame, converter);
    op.erase();
    return convertStep(frame.getKernel(), converter, frame.getScale());
  }

  LogicalResult convertStep(tile::KernelOp kernel,
                            const StepTypeConverter &converter, Value scale) {
    RewritePatternSet patterns(&getContext());
    populateStepPatterns(patterns, converter, scale);
    ConversionTarget target(getContext());
    target.addIllegalDialect<DeltaDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    if (failed(applyPartialConversion(kernel, target, std::move(patterns))))
      return failure();
    SmallVector<UnrealizedConversionCastOp> casts, left;
    kernel.walk([&](UnrealizedConversionCastOp op) { casts.push_back(op); });
    reconcileUnrealizedCasts(casts, &left);
    return success(left.empty());
  }
};
} // namespace
