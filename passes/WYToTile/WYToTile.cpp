//===- WYToTile.cpp - the chunk form as a kernel --------------------------===//

#include "passes/WYToTile/WYToTile.h"
#include "lib/Analysis/Stages.h"
#include "lib/Target/GPU/KernelFrame.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "passes/WYToTile/Patterns.h"

namespace sluice {
#define GEN_PASS_DEF_WYTOTILE
#include "passes/WYToTile/WYToTile.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

/// A tensor without axes is a number.
static Type withoutRank0(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 0 ? tensor.getElementType() : type;
}

static Value castTo(OpBuilder &b, Location loc, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
}

namespace {
class GraphConverter : public TypeConverter {
public:
  GraphConverter() {
    addConversion(withoutRank0);
    auto materialize = [](OpBuilder &b, Type type, ValueRange values,
                          Location loc) -> Value {
      return UnrealizedConversionCastOp::create(b, loc, type, values)
          .getResult(0);
    };
    addSourceMaterialization(materialize);
    addTargetMaterialization(materialize);
  }
};

/// A scan's graph, copied into a loop over chunks, in a kernel around it.
class ScanKernel {
public:
  ScanKernel(OpBuilder &b, ScanOp scan, const KernelSizes &sizes)
      : b(b), loc(scan.getLoc()), scan(scan),
        frame(b, scan, scan.getSymName(), scan.getSignature(), sizes) {
    chunk.tokens = static_cast<int64_t>(scan.getChunk());
    chunk.keyDim = sizes.keyDim;
    chunk.valueDim = sizes.valueDim;
    chunk.scale = frame.getScale();
    chunk.precisions = scan.getScheduleAttr().getPrecision();
  }

  void build();
  tile::KernelOp getKernel() const { return frame.getKernel(); }
  /// Refers to values in the kernel.
  const Chunk &getChunk() const { return chunk; }

private:
  void buildChunk(Value first, ValueRange states,
                  const DenseMap<unsigned, Value> &params);

  OpBuilder &b;
  Location loc;
  ScanOp scan;
  KernelFrame frame;
  Chunk chunk;
};
} // namespace

void ScanKernel::buildChunk(Value first, ValueRange states,
                            const DenseMap<unsigned, Value> &params) {
  Value size = arith::ConstantIndexOp::create(b, loc, chunk.tokens);
  Value left = arith::SubIOp::create(b, loc, frame.getEnd(), first);
  chunk.count = arith::MinSIOp::create(b, loc, left, size);
  IRMapping map;
  unsigned nextState = 0;
  for (BlockArgument argument : scan.getGraph().getArguments()) {
    unsigned i = argument.getArgNumber();
    Value value;
    switch (scan.getArgKind(i)) {
    case delta::ArgKind::State:
      value = states[nextState++];
      break;
    case delta::ArgKind::Params:
      value = params.lookup(i);
      break;
    case delta::ArgKind::QKHeads:
    case delta::ArgKind::VHeads:
      value = frame.loadArgument(i, first, chunk.tokens, chunk.count);
      break;
    }
    map.map(argument, castTo(b, loc, value, argument.getType()));
  }
  Stages stages(scan);
  for (Operation &op : scan.getGraph().without_terminator()) {
    Operation *node = b.clone(op, map);
    if (stages.feeding.contains(&op))
      chunk.feeding.insert(node);
  }
  auto getTensor = [&](Value value) {
    return castTo(b, loc, map.lookup(value), withoutRank0(value.getType()));
  };
  for (auto [i, value] : llvm::enumerate(scan.getOutputs()))
    frame.storeOutput(static_cast<unsigned>(i), getTensor(value), first,
                      chunk.count);
  scf::YieldOp::create(b, loc,
                       llvm::map_to_vector(scan.getNextStates(), getTensor));
}

void ScanKernel::build() {
  SmallVector<Value> initial;
  DenseMap<unsigned, Value> params;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    if (scan.getArgKind(i) == delta::ArgKind::State)
      initial.push_back(frame.loadInitial(i));
    else if (scan.getArgKind(i) == delta::ArgKind::Params)
      params[i] = frame.loadArgument(i);
  }
  Value step = arith::ConstantIndexOp::create(b, loc, chunk.tokens);
  auto loop = scf::ForOp::create(
      b, loc, frame.getBegin(), frame.getEnd(), step, initial,
      [&](OpBuilder &, Location, Value first, ValueRange states) {
        buildChunk(first, states, params);
      });
  for (auto [i, value] : llvm::enumerate(loop.getResults()))
    frame.storeFinal(static_cast<unsigned>(i), value);
  tile::ReturnOp::create(b, loc);
}

/// Whether the products of some kind have factors that are not rounded. Of the
/// others each loses more than an approximate exponential does.
static bool isExact(PrecisionsAttr precisions) {
  return llvm::is_contained({precisions.getScores(), precisions.getApply(),
                             precisions.getSolve(), precisions.getRead(),
                             precisions.getUpdate(), precisions.getOutputs()},
                            Precision::F32);
}

namespace {
struct WYToTile : sluice::impl::WYToTileBase<WYToTile> {
  using WYToTileBase::WYToTileBase;

  void runOnOperation() override {
    for (auto scan :
         llvm::make_early_inc_range(getOperation().getOps<ScanOp>()))
      if (failed(lower(scan)))
        return signalPassFailure();
  }

  LogicalResult check(ScanOp scan) {
    ScheduleAttr schedule = scan.getScheduleAttr();
    if (!schedule || !schedule.getGPU())
      return scan.emitOpError("has no schedule for a GPU: run choose-schedule "
                              "before wy-to-tile");
    if (!scan.isWhole() || scan.getReverse() ||
        schedule.getPlacement() != PlacementKind::OneKernel)
      return scan.emitOpError("is a part of a placement, or runs backwards: "
                              "only whole scans become kernels of a GPU");
    ChunkShapes shapes(scan);
    for (auto [i, output] : llvm::enumerate(scan.getOutputs()))
      if (shapes.get(output).isPairs())
        return scan.emitOpError()
               << "is not lowered: output '" << scan.getOutputName(i)
               << "' has a number for each pair of tokens";
    return success();
  }

  LogicalResult lower(ScanOp scan) {
    if (failed(check(scan)))
      return failure();
    auto keyDim = static_cast<int64_t>(scan.getKeyDim()),
         valueDim = static_cast<int64_t>(scan.getValueDim());
    GPUScheduleAttr gpu = scan.getScheduleAttr().getGPU();
    KernelSizes sizes{keyDim,        valueDim, valueDim, gpu.getWarps(),
                      gpu.getCtas(), {},       {}};
    if (failed(
            setElements(scan, scan.getNumArgs(), argTypes, outputType, sizes)))
      return failure();

    OpBuilder builder(scan);
    ScanKernel kernel(builder, scan, sizes);
    kernel.build();
    scan.erase();
    return convertGraph(kernel.getKernel(), kernel.getChunk());
  }

  LogicalResult convertGraph(tile::KernelOp kernel, const Chunk &chunk) {
    GraphConverter converter;
    RewritePatternSet patterns(&getContext());
    populateGraphPatterns(patterns, converter, chunk);
    populateRowPatterns(patterns, converter, chunk);
    populateTokenPatterns(patterns, converter, chunk);
    ConversionTarget target(getContext());
    target.addIllegalDialect<WYDialect, delta::DeltaDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    if (failed(applyPartialConversion(kernel, target, std::move(patterns))))
      return failure();
    SmallVector<UnrealizedConversionCastOp> casts, left;
    kernel.walk([&](UnrealizedConversionCastOp op) { casts.push_back(op); });
    reconcileUnrealizedCasts(casts, &left);
    if (!isExact(chunk.precisions))
      kernel.walk([](math::ExpOp op) {
        op.setFastmath(op.getFastmath() | arith::FastMathFlags::afn);
      });
    return success(left.empty());
  }
};
} // namespace
