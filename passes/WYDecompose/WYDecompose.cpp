//===- WYDecompose.cpp - aggregates spelled out ---------------------------===//

#include "passes/WYDecompose/WYDecompose.h"
#include "dialects/WY/GateLevels.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/WYDecompose/ShiftedLeaf.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace sluice {
#define GEN_PASS_DEF_WYDECOMPOSE
#include "passes/WYDecompose/WYDecompose.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static bool isScalar(Value gate) {
  return cast<RankedTensorType>(gate.getType()).getRank() == 1;
}

static int64_t getTokens(Operation *op) {
  return cast<ChunkHolderOpInterface>(op->getParentOp()).getChunk();
}

/// Along which axis the vectors of scores and gated products run, found before
/// anything is rewritten.
using Axes = llvm::DenseMap<Operation *, delta::Axis>;

static void findAxes(ChunkHolderOpInterface holder, Axes &axes) {
  ChunkShapes shapes(holder);
  for (Operation &op : holder.getGraph()) {
    Value vectors;
    if (auto scores = dyn_cast<ScoresOp>(op))
      vectors = scores.getRows().front();
    else if (auto apply = dyn_cast<ApplyOp>(op))
      vectors = apply.getValues();
    if (std::optional<ChunkShape> shape =
            vectors ? shapes.find(vectors) : std::nullopt)
      axes[&op] = shape->axis.value_or(delta::Axis::Key);
  }
}

namespace {
//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

struct DecomposeScores : OpRewritePattern<ScoresOp> {
  DecomposeScores(MLIRContext *context, const Axes &axes, int64_t leaf,
                  double shiftLimit)
      : OpRewritePattern(context), axes(axes), leaf(leaf),
        shiftLimit(shiftLimit) {}

  LogicalResult matchAndRewrite(ScoresOp op,
                                PatternRewriter &rewriter) const override {
    // Of vectors that another dialect made nothing is known.
    if (op.getScheme() == Scheme::Ungated ||
        op.getScheme() == Scheme::Pairwise || !axes.contains(op))
      return failure();
    if (getTokens(op) <= leaf) {
      rewriter.modifyOpInPlace(op, [&] {
        op.setScheme(Scheme::Pairwise);
        op.removeBoundAttr();
      });
      return success();
    }
    if (op.getScheme() == Scheme::AfterProduct)
      rewriter.replaceOp(op, decayProduct(rewriter, op));
    else if (int64_t shifted = getShiftedLeafOf(op); shifted > leaf)
      shift(op, shifted, rewriter);
    else
      splitByBlocks(op, rewriter);
    return success();
  }

private:
  /// Of the chunk's tokens at most, to the next power of two; 0 for scores
  /// without a bound.
  int64_t getShiftedLeafOf(ScoresOp op) const {
    if (!op.getBound())
      return 0;
    auto most = llvm::PowerOf2Ceil(static_cast<uint64_t>(getTokens(op)));
    return std::min(getShiftedLeaf(*op.getKind(), *op.getBound(), shiftLimit),
                    static_cast<int64_t>(most));
  }

  void shift(ScoresOp op, int64_t shifted, PatternRewriter &b) const {
    delta::Axis axis = axes.at(op);
    ShiftedGate gate = buildShiftedGate(b, op, axis);
    Anchors anchors(b, op.getLoc(), gate.factor, GateKind::Factor);
    SmallVector<Value> terms{buildShiftedLeaf(b, op, gate, anchors, shifted,
                                              op.getDiagonal(), axis)};
    addScoreLevels(b, op, {shifted, getTokens(op)}, anchors, Value(), axis,
                   terms);
    b.replaceOp(op, sumOf(b, op.getLoc(), terms));
  }

  void splitByBlocks(ScoresOp op, PatternRewriter &b) const {
    Location loc = op.getLoc();
    Anchors anchors(b, loc, op.getGate(), *op.getKind());
    // A diagonal goes into one term.
    Value diagonal = op.getDiagonal();
    SmallVector<Value> terms;
    if (leaf > 1)
      terms.push_back(ScoresOp::create(
          b, loc, op.getType(), op.getRows(), op.getColumns(), op.getKindAttr(),
          op.getGate(), SchemeAttr::get(b.getContext(), Scheme::Pairwise),
          std::exchange(diagonal, Value()),
          MaskAttr::get(b.getContext(), MaskKind::Inside, leaf)));
    addScoreLevels(b, op, {leaf, getTokens(op)}, anchors, diagonal, axes.at(op),
                   terms);
    b.replaceOp(op, sumOf(b, loc, terms));
  }

  const Axes &axes;
  int64_t leaf;
  double shiftLimit;
};

//===----------------------------------------------------------------------===//
// Gated products
//===----------------------------------------------------------------------===//

struct DecomposeApply : OpRewritePattern<ApplyOp> {
  DecomposeApply(MLIRContext *context, const Axes &axes, int64_t leaf)
      : OpRewritePattern(context), axes(axes), leaf(leaf) {}

  LogicalResult matchAndRewrite(ApplyOp op, PatternRewriter &b) const override {
    if (op.getGate().empty() || op.getMask() || getTokens(op) <= leaf ||
        !axes.contains(op))
      return failure();
    Location loc = op.getLoc();
    Value gate = op.getGate().front();
    if (isScalar(gate)) {
      b.replaceOp(op, decayScores(b, op));
      return success();
    }
    Anchors anchors(b, loc, gate, *op.getKind());
    auto mask = [&](MaskKind kind, int64_t size) {
      return MaskAttr::get(b.getContext(), kind, size);
    };
    SmallVector<Value> terms;
    if (leaf > 1)
      terms.push_back(ApplyOp::create(
          b, loc, op.getType(), op.getScores(), op.getValues(),
          op.getKindAttr(), op.getGate(), mask(MaskKind::Inside, leaf)));
    else
      terms.push_back(ApplyOp::create(b, loc, op.getScores(), op.getValues(),
                                      mask(MaskKind::Pairs, 0)));
    addApplyLevels(b, loc, op.getScores(), op.getValues(),
                   {leaf, getTokens(op)}, anchors, axes.at(op), terms);
    b.replaceOp(op, sumOf(b, loc, terms));
    return success();
  }

private:
  const Axes &axes;
  int64_t leaf;
};

//===----------------------------------------------------------------------===//
// Systems
//===----------------------------------------------------------------------===//

/// Y = T · rhs, with T by blocks that double.
struct InvertSystem : OpRewritePattern<SolveOp> {
  InvertSystem(MLIRContext *context, int64_t leaf)
      : OpRewritePattern(context), leaf(leaf) {}

  LogicalResult matchAndRewrite(SolveOp op, PatternRewriter &b) const override {
    if (!op.getWeights().empty() || !op.getGates().empty())
      return failure();
    Location loc = op.getLoc();
    size_t n = op.getRhs().size();
    llvm::MapVector<int64_t, SmallVector<Value>> parts;
    for (const SolveOp::Term &term : op.getTermList())
      parts[static_cast<int64_t>(term.destination * n + term.source)].push_back(
          term.scores);
    SmallVector<int64_t> entries;
    for (auto &[entry, scores] : parts)
      entries.push_back(entry);
    llvm::sort(entries);
    SmallVector<Value> system;
    for (int64_t entry : entries)
      system.push_back(sumOf(b, loc, parts[entry]));

    int64_t tokens = getTokens(op);
    SmallVector<Type> types(
        n * n, RankedTensorType::get({tokens, tokens}, b.getF32Type()));
    auto places = b.getDenseI64ArrayAttr(entries);
    auto mask = [&](MaskKind kind, int64_t size) {
      return MaskAttr::get(b.getContext(), kind, size);
    };
    ValueRange inverse =
        InverseOp::create(b, loc, types, places, system,
                          b.getI64IntegerAttr(std::min(leaf, tokens)))
            .getResults();
    SmallVector<Value> merged;
    for (int64_t half = leaf; half < tokens && !system.empty(); half *= 2) {
      auto block = b.getI64IntegerAttr(2 * half);
      auto inner = ProductOp::create(b, loc, types, system, inverse, places,
                                     mask(MaskKind::Pairs, half), block);
      auto outer = ProductOp::create(b, loc, types, inverse, inner.getResults(),
                                     DenseI64ArrayAttr(),
                                     mask(MaskKind::Inside, half), block);
      SmallVector<Value> next;
      for (auto [diagonal, below] : llvm::zip(inverse, outer.getResults()))
        next.push_back(sumOf(b, loc, {diagonal, below}));
      merged = next;
      inverse = merged;
    }
    SmallVector<Value> solved;
    for (size_t m = 0; m < n; ++m) {
      SmallVector<Value> terms;
      for (size_t source = 0; source < n; ++source)
        terms.push_back(ApplyOp::create(b, loc, inverse[m * n + source],
                                        op.getRhs()[source]));
      solved.push_back(sumOf(b, loc, terms));
    }
    b.replaceOp(op, solved);
    return success();
  }

private:
  int64_t leaf;
};

struct WYDecompose : sluice::impl::WYDecomposeBase<WYDecompose> {
  using WYDecomposeBase::WYDecomposeBase;

  void runOnOperation() override {
    if (leaf < 1 || leaf > kMostDerivedTokens ||
        !llvm::isPowerOf2_64(static_cast<uint64_t>(leaf)) || solveLeaf < 0 ||
        solveLeaf > kMostDerivedTokens ||
        (solveLeaf != 0 &&
         !llvm::isPowerOf2_64(static_cast<uint64_t>(solveLeaf))) ||
        (solve != "substitution" && solve != "inverse")) {
      getOperation().emitError()
          << "a leaf is a power of two of 1 to " << kMostDerivedTokens
          << " tokens, one of the inverse is that or 0, and a system is solved "
             "by 'substitution' or 'inverse'; found "
          << static_cast<int64_t>(leaf) << ", "
          << static_cast<int64_t>(solveLeaf) << " and '" << solve << "'";
      return signalPassFailure();
    }
    if (!(shiftLimit >= 0 && shiftLimit <= kShiftLimit)) {
      getOperation().emitError() << "the limit of a shift is between 0 and "
                                 << kShiftLimit << ", found " << shiftLimit;
      return signalPassFailure();
    }
    getOperation().walk([&](ChunkHolderOpInterface holder) {
      decompose(holder);
      return WalkResult::skip();
    });
  }

  /// As the scan's schedule has it, and as the options say where it has none.
  void decompose(ChunkHolderOpInterface holder) {
    int64_t leafTokens = leaf, solveTokens = solveLeaf;
    bool isInverted = solve == "inverse";
    double limit = shiftLimit;
    auto scan = dyn_cast<ScanOp>(holder.getOperation());
    if (ScheduleAttr schedule =
            scan ? scan.getScheduleAttr() : ScheduleAttr()) {
      leafTokens = schedule.getLeaf();
      solveTokens = schedule.getSolveLeaf();
      isInverted = schedule.getSolve() == SolveMethod::Inverse;
      if (schedule.getScheme() == LeafScheme::Pairwise)
        limit = 0;
    }
    Axes axes;
    findAxes(holder, axes);
    RewritePatternSet patterns(&getContext());
    patterns.add<DecomposeScores>(&getContext(), axes, leafTokens, limit);
    patterns.add<DecomposeApply>(&getContext(), axes, leafTokens);
    if (isInverted)
      patterns.add<InvertSystem>(&getContext(),
                                 solveTokens != 0 ? solveTokens : leafTokens);
    walkAndApplyPatterns(holder, std::move(patterns));
  }
};
} // namespace
