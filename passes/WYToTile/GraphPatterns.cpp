//===- GraphPatterns.cpp - products and maps of whole tensors -------------===//

#include "passes/WYToTile/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

namespace {
/// A node that is a product: the schedule says how exact, and whether the next
/// states depend on it.
template <typename Op> struct ProductOfChunk : OpConversionPattern<Op> {
  using OpAdaptor = typename OpConversionPattern<Op>::OpAdaptor;

  ProductOfChunk(const TypeConverter &converter, MLIRContext *context,
                 const Chunk &chunk)
      : OpConversionPattern<Op>(converter, context),
        precisions(chunk.precisions), feeding(chunk.feeding) {}

  /// `precision`, unless nothing but outputs depends on the node.
  Precision unlessOfOutputs(Op op, Precision precision) const {
    return feeding.contains(op) ? precision : precisions.getOutputs();
  }

  PrecisionsAttr precisions;
  const DenseSet<Operation *> &feeding;
};

struct SumPattern : OpConversionPattern<SumOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SumOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    Value sum;
    for (Value term : adaptor.getTerms())
      sum = t.accumulate(sum, term);
    rewriter.replaceOp(op, sum);
    return success();
  }
};

struct ScoresPattern : ProductOfChunk<ScoresOp> {
  using ProductOfChunk::ProductOfChunk;

  LogicalResult
  matchAndRewrite(ScoresOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.getGate().empty())
      return op.emitOpError("has a gate for each pair of tokens: run "
                            "wy-decompose with a leaf of one token before "
                            "wy-to-tile");
    ChunkTensors t(rewriter, op.getLoc());
    Value sum;
    for (auto [row, column] :
         llvm::zip(adaptor.getRows(), adaptor.getColumns())) {
      // Of a token in the second half of its block only the row is looked at,
      // of one in the first half only the column: one matrix has both.
      MaskAttr mask = op.getMaskAttr();
      if (mask && mask.getKind() == MaskKind::Pairs && mask.getSize() > 0)
        row = column = arith::SelectOp::create(
            rewriter, op.getLoc(),
            t.getSecondHalves(getTensorType(row), mask.getSize()), row, column);
      sum = t.accumulate(sum, t.dot(precisions.getScores(), row, column,
                                    /*transposeLhs=*/false,
                                    /*transposeRhs=*/true));
    }
    RankedTensorType type = getTensorType(sum);
    Value scores = t.choose(
        t.getLowerPairs(type, /*withDiagonal=*/false, op.getMaskAttr()), sum);
    if (Value diagonal = adaptor.getDiagonal())
      scores =
          arith::SelectOp::create(rewriter, op.getLoc(), t.getDiagonal(type),
                                  t.broadcast(diagonal, type, {0}), scores);
    rewriter.replaceOp(op, scores);
    return success();
  }
};

struct ApplyPattern : ProductOfChunk<ApplyOp> {
  using ProductOfChunk::ProductOfChunk;

  LogicalResult
  matchAndRewrite(ApplyOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    // On the diagonal nothing lies between the tokens.
    MaskAttr mask = op.getMaskAttr();
    bool isDiagonal = mask && mask.getSize() == 0;
    if (!op.getGate().empty() && !isDiagonal)
      return op.emitOpError("has a gate for each pair of tokens: run "
                            "wy-decompose with a leaf of one token before "
                            "wy-to-tile");
    ChunkTensors t(rewriter, op.getLoc());
    Value scores = adaptor.getScores();
    Value pairs = t.getLowerPairs(getTensorType(scores),
                                  /*withDiagonal=*/true, mask);
    rewriter.replaceOp(op, t.dot(unlessOfOutputs(op, precisions.getApply()),
                                 t.choose(pairs, scores), adaptor.getValues()));
    return success();
  }
};

struct ScalePattern : OpConversionPattern<ScaleOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ScaleOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    Value scores = adaptor.getScores();
    for (Value factor : adaptor.getFactors())
      scores = t.multiply(scores, factor);
    if (Value rows = adaptor.getRows())
      scores = t.multiply(scores, t.broadcast(rows, scores.getType(), {0}));
    if (Value columns = adaptor.getColumns())
      scores = t.multiply(scores, t.broadcast(columns, scores.getType(), {1}));
    rewriter.replaceOp(op, scores);
    return success();
  }
};

struct ProductPattern : ProductOfChunk<ProductOp> {
  using ProductOfChunk::ProductOfChunk;

  LogicalResult
  matchAndRewrite(ProductOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    int64_t n = op.getGrid();
    RankedTensorType type = getTensorType(op.getRhs().front());
    Value pairs = op.getMask() ? t.getLowerPairs(type, /*withDiagonal=*/true,
                                                 op.getMaskAttr())
                               : Value();
    SmallVector<Value> results(n * n);
    for (auto [at, left] : llvm::enumerate(adaptor.getLhs())) {
      int64_t entry = op.getEntry(static_cast<unsigned>(at));
      Value lhs = pairs ? t.choose(pairs, left) : left;
      for (int64_t j = 0; j < n; ++j) {
        Value &sum = results[entry / n * n + j];
        sum = t.accumulate(sum, t.dot(precisions.getSolve(), lhs,
                                      adaptor.getRhs()[entry % n * n + j]));
      }
    }
    for (Value &result : results) {
      if (!result)
        result = t.splat(type, 0);
      else if (op.getBlock())
        result = t.choose(
            t.getLowerPairs(type, /*withDiagonal=*/true,
                            MaskAttr::get(op.getContext(), MaskKind::Inside,
                                          *op.getBlock())),
            result);
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct ReadPattern : ProductOfChunk<ReadOp> {
  using ProductOfChunk::ProductOfChunk;

  LogicalResult
  matchAndRewrite(ReadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    rewriter.replaceOp(op, t.dot(unlessOfOutputs(op, precisions.getRead()),
                                 adaptor.getVectors(), adaptor.getState(),
                                 /*transposeLhs=*/false,
                                 /*transposeRhs=*/op.getSide() == Side::Right));
    return success();
  }
};

struct UpdatePattern : ProductOfChunk<UpdateOp> {
  using ProductOfChunk::ProductOfChunk;

  LogicalResult
  matchAndRewrite(UpdateOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    RankedTensorType type = getTensorType(op.getResult());
    Value sum;
    for (auto [j, state] : llvm::enumerate(adaptor.getStates())) {
      Value kept = state;
      if (!adaptor.getDecays().empty())
        kept = t.multiply(kept, t.broadcast(adaptor.getDecays()[j], type, {0}));
      sum = t.accumulate(sum, kept);
    }
    if (Value decays = adaptor.getValueDecays(); decays && sum)
      sum = t.multiply(sum, t.broadcast(decays, type, {1}));
    for (unsigned m = 0; m < op.getNumWrites(); ++m)
      sum = t.accumulate(sum, t.dot(precisions.getUpdate(),
                                    adaptor.getWrites()[2 * m],
                                    adaptor.getWrites()[2 * m + 1],
                                    /*transposeLhs=*/true));
    rewriter.replaceOp(op, sum ? sum : t.splat(type, 0));
    return success();
  }
};
} // namespace

void sluice::populateGraphPatterns(RewritePatternSet &patterns,
                                   const TypeConverter &converter,
                                   const Chunk &chunk) {
  patterns.add<SumPattern, ScalePattern>(converter, patterns.getContext());
  patterns.add<ScoresPattern, ApplyPattern, ProductPattern, ReadPattern,
               UpdatePattern>(converter, patterns.getContext(), chunk);
}
