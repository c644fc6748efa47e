//===- WYToVector.cpp - the chunk form on a CPU ---------------------------===//

#include "passes/WYToVector/WYToVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/WYToVector/KernelEmitter.h"
#include "llvm/ADT/TypeSwitch.h"

namespace sluice {
#define GEN_PASS_DEF_WYTOVECTOR
#include "passes/WYToVector/WYToVector.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

/// Next states are updates, made last; other updates are made for other nodes.
static LogicalResult checkCarry(wy::ScanOp scan) {
  for (auto [state, next] : llvm::zip(scan.getStates(), scan.getNextStates())) {
    if (next == state)
      continue;
    auto update = next.getDefiningOp<wy::UpdateOp>();
    if (!update)
      return scan.emitOpError(
          "is not lowered: a next state is not a 'wy.update' of its states");
    if (!llvm::all_of(update->getUsers(), llvm::IsaPred<wy::YieldOp>))
      return update.emitOpError(
          "is not lowered: only the scan's carry may use it");
  }
  wy::ChunkShapes shapes(scan);
  for (Operation &op : scan.getGraph().without_terminator())
    for (Value result : op.getResults())
      if (std::optional<wy::ChunkShape> shape = shapes.find(result);
          shape && shape->kind == wy::ShapeKind::State &&
          !isa<wy::UpdateOp>(op))
        return op.emitOpError(
            "is not lowered: states are made by 'wy.update' alone");
  return success();
}

/// What goes from kernel to kernel are states before chunks.
static LogicalResult checkChannels(wy::ScanOp scan) {
  SmallVector<wy::ChannelAttr> channels;
  for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
    channels.push_back(scan.getInChannel(i));
  for (auto [i, value] : llvm::enumerate(scan.getChannelValues())) {
    channels.push_back(scan.getOutChannel(i));
    if (!llvm::is_contained(scan.getStates(), value))
      return scan.emitOpError()
             << "is not lowered: channel '" << scan.getOutChannel(i).getName()
             << "' is not a state before the chunk";
  }
  SmallVector<int64_t> state{static_cast<int64_t>(scan.getKeyDim()),
                             static_cast<int64_t>(scan.getValueDim())};
  for (wy::ChannelAttr channel : channels)
    if (channel.getKind() != wy::ShapeKind::State ||
        channel.getType().getShape() != ArrayRef(state))
      return scan.emitOpError() << "is not lowered: channel '"
                                << channel.getName() << "' is no state";
  if (scan.getSegmentsAttr())
    return scan.emitOpError("is not lowered in segments: these are sequences "
                            "to a kernel");
  bool hasTokens = llvm::any_of(
      scan.getSignature().getArguments(), [](delta::ArgumentAttr argument) {
        return argument.getKind() == delta::ArgKind::QKHeads ||
               argument.getKind() == delta::ArgKind::VHeads;
      });
  if (!channels.empty() && !hasTokens)
    return scan.emitOpError("is not lowered: it looks at no token, and has "
                            "channels from chunk to chunk");
  return success();
}

/// Vectors along an axis are computed one by one: a norm is another's work.
static LogicalResult checkMaths(wy::ScanOp scan) {
  WalkResult result = scan.walk([](delta::L2NormOp norm) {
    norm.emitOpError("is not lowered: run expand-l2norm before wy-to-vector");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Whether a gate's products are made pair by pair, as of a few tokens they can
/// be, or not at all.
template <typename OpT> static bool isLeafOrUngated(OpT op, int64_t chunk) {
  if (op.getGate().empty())
    return true;
  auto mask = op.getMask();
  int64_t tokens = mask ? mask->getSize() : chunk;
  return tokens <= kSmallChunk &&
         (!mask || mask->getKind() == wy::MaskKind::Inside);
}

/// Matrices of pairs are multiplied by each other in wy.product, and stay
/// inside.
static LogicalResult checkPairs(wy::ScanOp scan) {
  wy::ChunkShapes shapes(scan);
  for (auto apply : scan.getGraph().getOps<wy::ApplyOp>())
    if (shapes.get(apply.getValues()).isPairs())
      return apply.emitOpError(
          "is not lowered for pairs of tokens: 'wy.product' multiplies these");
  for (auto apply : scan.getGraph().getOps<wy::ApplyTransposedOp>())
    if (shapes.get(apply.getValues()).isPairs())
      return apply.emitOpError("is not lowered for pairs of tokens");
  for (auto [i, output] : llvm::enumerate(scan.getOutputs()))
    if (shapes.get(output).isPairs())
      return scan.emitOpError()
             << "is not lowered: output '" << scan.getOutputName(i)
             << "' has a number for each pair of tokens";
  return success();
}

/// Chunks of more than a few tokens come spelt out, and all nodes are known.
static LogicalResult checkGraph(wy::ScanOp scan) {
  for (Operation &op : scan.getGraph().without_terminator()) {
    if (op.getDialect() != scan->getDialect())
      return op.emitOpError("is not lowered by wy-to-vector, which takes "
                            "operations of 'wy' alone");
    bool isSpeltOut = llvm::TypeSwitch<Operation *, bool>(&op)
                          .Case<wy::ScoresOp, wy::ApplyOp>([&](auto op) {
                            return isLeafOrUngated(op, scan.getChunk());
                          })
                          .Default(true);
    if (!isSpeltOut)
      return op.emitOpError("has a gate over more than ")
             << kSmallChunk << " tokens: run wy-decompose with a leaf of at "
             << "most " << kSmallChunk << " before wy-to-vector";
  }
  return checkPairs(scan);
}

/// Products over blocks are made of the gates; those of half the block are not
/// made for them.
static void dropFinerProducts(wy::ScanOp scan) {
  SmallVector<wy::AccumulateOp> ops(scan.getGraph().getOps<wy::AccumulateOp>());
  for (wy::AccumulateOp op : ops)
    op.getFinerMutable().clear();
  for (wy::AccumulateOp op : llvm::reverse(ops))
    if (op->use_empty())
      op->erase();
}

namespace {
struct WYToVector : sluice::impl::WYToVectorBase<WYToVector> {
  using WYToVectorBase::WYToVectorBase;

  void runOnOperation() override {
    OpBuilder builder(&getContext());
    for (auto scan :
         llvm::make_early_inc_range(getOperation().getOps<wy::ScanOp>())) {
      builder.setInsertionPoint(scan);
      if (failed(lower(scan, builder)))
        return signalPassFailure();
      scan.erase();
    }
    if (this->scan.empty())
      return;
    for (auto placed :
         llvm::make_early_inc_range(getOperation().getOps<wy::PlacedOp>())) {
      auto scan = placed.lookupSymbol<wy::ScanOp>(this->scan);
      if (!scan) {
        placed.emitOpError() << "has no scan @" << this->scan;
        return signalPassFailure();
      }
      builder.setInsertionPoint(placed);
      scan.setSymName(placed.getSymName());
      if (failed(lower(scan, builder)))
        return signalPassFailure();
      placed.erase();
    }
  }

  FailureOr<Type> elementType(wy::ScanOp scan, StringRef name) {
    if (Type type = parseKernelType(name, &getContext()))
      return type;
    return scan.emitError() << "unknown element type '" << name
                            << "': expected f32, f16 or bf16";
  }

  /// The function is made where the builder stands.
  LogicalResult lower(wy::ScanOp scan, OpBuilder &builder) {
    wy::ScheduleAttr schedule = scan.getScheduleAttr();
    wy::CPUScheduleAttr cpu = schedule ? schedule.getCPU() : nullptr;
    if (!cpu)
      return scan.emitOpError("has no schedule for a processor: run "
                              "choose-schedule before wy-to-vector");
    if (schedule.getPlacement() != wy::PlacementKind::OneKernel)
      return scan.emitOpError()
             << "is scheduled to be placed as '"
             << stringifyPlacementKind(schedule.getPlacement())
             << "': run wy-place before wy-to-vector";
    if (failed(checkCarry(scan)) || failed(checkChannels(scan)) ||
        failed(checkMaths(scan)) || failed(checkGraph(scan)))
      return failure();
    dropFinerProducts(scan);
    gatherAlike(scan);
    SmallVector<Type> types(scan.getNumArgs(), Float32Type::get(&getContext()));
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
    KernelEmitter(builder, plan, layout, types, *output).emit();
    return success();
  }
};
} // namespace
