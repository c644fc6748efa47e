//===- WYToTile.cpp - the chunk form as a kernel --------------------------===//

#include "passes/WYToTile/WYToTile.h"
#include "lib/Analysis/Stages.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/WYToTile/Patterns.h"
#include "passes/WYToTile/ScanKernel.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

namespace sluice {
#define GEN_PASS_DEF_WYTOTILE
#include "passes/WYToTile/WYToTile.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

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
} // namespace

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
    for (Operation &op :
         llvm::make_early_inc_range(*getOperation().getBody())) {
      auto placed = dyn_cast<PlacedOp>(op);
      auto scan = dyn_cast<ScanOp>(op);
      if ((placed && failed(lower(placed))) || (scan && failed(lower(scan))))
        return signalPassFailure();
    }
  }

  LogicalResult check(ScanOp scan) {
    ScheduleAttr schedule = scan.getScheduleAttr();
    if (!schedule || !schedule.getGPU())
      return scan.emitOpError("has no schedule for a GPU: run choose-schedule "
                              "before wy-to-tile");
    if (scan.getReverse() ||
        schedule.getPlacement() != PlacementKind::OneKernel)
      return scan.emitOpError("is to be placed, or runs backwards: only scans "
                              "that are placed become kernels of a GPU");
    if (scan.getSegments() &&
        (scan.getNumInChannels() > 0 || scan.getNumOutChannels() > 0))
      return scan.emitOpError("has segments, and channels from chunk to chunk: "
                              "no GPU runs that");
    ChunkShapes shapes(scan);
    for (auto [i, output] : llvm::enumerate(scan.getOutputs()))
      if (shapes.get(output).isPairs())
        return scan.emitOpError()
               << "is not lowered: output '" << scan.getOutputName(i)
               << "' has a number for each pair of tokens";
    return success();
  }

  LogicalResult lower(ScanOp scan) {
    if (!scan.isWhole())
      return scan.emitOpError("has channels or segments, and is in no "
                              "wy.placed");
    if (failed(lower(scan, scan, scan.getSymName(), argTypes, {})))
      return failure();
    scan.erase();
    return success();
  }

  /// Creates the kernel beside `place`. `types` are those of the scan's own
  /// arguments.
  LogicalResult lower(ScanOp scan, Operation *place, StringRef name,
                      ArrayRef<std::string> types, ValueRange feeding) {
    if (failed(check(scan)))
      return failure();
    auto keyDim = static_cast<int64_t>(scan.getKeyDim()),
         valueDim = static_cast<int64_t>(scan.getValueDim());
    GPUScheduleAttr gpu = scan.getScheduleAttr().getGPU();
    KernelSizes sizes{keyDim,        valueDim, valueDim, gpu.getWarps(),
                      gpu.getCtas(), {},       {}};
    if (failed(setElements(scan, scan.getNumArgs(), types, outputType, sizes)))
      return failure();
    OpBuilder builder(&getContext());
    ScanKernel kernel(builder, scan, place, name, std::move(sizes), feeding);
    kernel.build();
    return convertGraph(kernel.getKernel(), kernel.getChunk());
  }

  /// A kernel for each scan, in their order.
  LogicalResult lower(PlacedOp placed) {
    SmallVector<ScanOp> scans =
        llvm::to_vector(placed.getScans().getOps<ScanOp>());
    SmallVector<SmallVector<Value>> feeding = findFeeding(scans);
    int64_t tokens = 0;
    for (auto [scan, values] : llvm::zip(scans, feeding)) {
      std::string name = placed.getSymName().str();
      if (scans.size() > 1)
        name += ("_" + scan.getSymName()).str();
      if (SegmentsAttr segments = scan.getSegmentsAttr()) {
        if (tokens != 0 && segments.getTokens() != tokens)
          return scan.emitOpError("has segments of another length than a scan "
                                  "before it: no GPU runs that");
        tokens = segments.getTokens();
      } else if (tokens != 0) {
        if (!isJoin(scan) || scan.getReverse() ||
            static_cast<int64_t>(scan.getChunk()) != tokens)
          return scan.emitOpError("is behind segments and does more than join "
                                  "them: no GPU runs that");
        OpBuilder builder(&getContext());
        buildJoinKernel(builder, scan, placed, name);
        continue;
      }
      SmallVector<std::string> types;
      for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
        std::optional<unsigned> argument = placed.findArg(scan.getArgName(i));
        bool isGiven = scan.getArgKind(i) != delta::ArgKind::State &&
                       argument && *argument < argTypes.size();
        types.push_back(isGiven ? argTypes[*argument] : "f32");
      }
      if (failed(lower(scan, placed, name, types, values)))
        return failure();
    }
    placed.erase();
    return success();
  }

  /// Of each scan the values that go, through channels, to states after a chunk
  /// of a later one.
  static SmallVector<SmallVector<Value>> findFeeding(ArrayRef<ScanOp> scans) {
    SmallVector<SmallVector<Value>> feeding(scans.size());
    llvm::StringSet<> channels;
    for (size_t i = scans.size(); i-- > 0;) {
      ScanOp scan = scans[i];
      for (auto [number, value] : llvm::enumerate(scan.getChannelValues()))
        if (channels.contains(
                scan.getOutChannel(static_cast<unsigned>(number)).getName()))
          feeding[i].push_back(value);
      Stages stages(scan, feeding[i]);
      for (unsigned c = 0, e = scan.getNumInChannels(); c < e; ++c) {
        Value argument = scan.getChannelArgument(c);
        bool feeds =
            llvm::is_contained(scan.getNextStates(), argument) ||
            llvm::is_contained(feeding[i], argument) ||
            llvm::any_of(stages.feeding, [&](Operation *node) {
              return llvm::is_contained(getNodeOperands(*node), argument);
            });
        if (feeds)
          channels.insert(scan.getInChannel(c).getName());
      }
    }
    return feeding;
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
      kernel.walk([](Operation *op) {
        auto mayBeRough = [](auto maths) {
          maths.setFastmath(maths.getFastmath() | arith::FastMathFlags::afn);
        };
        llvm::TypeSwitch<Operation *>(op)
            .Case<math::ExpOp, math::Log1pOp, math::SqrtOp>(mayBeRough);
      });
    return success(left.empty());
  }
};
} // namespace
