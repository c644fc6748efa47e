//===- RowPatterns.cpp - nodes that go from row to row --------------------===//
//
// What a row needs of the rows before it is in shared memory: a loop takes
// one row after another, each held by all that hold it in the result.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "passes/WYToTile/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

using Loop = llvm::function_ref<SmallVector<Value>(Value, ValueRange)>;

/// for (i = from; i < to; i += step), carrying values.
static SmallVector<Value> loop(ChunkTensors &t, Value from, Value to,
                               int64_t step, ValueRange initial, Loop body) {
  auto made = scf::ForOp::create(
      t.getBuilder(), t.getLoc(), from, to, t.index(step), initial,
      [&](OpBuilder &b, Location loc, Value at, ValueRange carried) {
        scf::YieldOp::create(b, loc, body(at, carried));
      });
  return llvm::to_vector_of<Value>(made.getResults());
}

static Value minus(ChunkTensors &t, Value x, Value y) {
  return arith::SubIOp::create(t.getBuilder(), t.getLoc(), x, y);
}

/// e^x, if it is a log. Of a masked one the exponential is masked, so that it
/// is the one that others have taken of it as it was.
static Value toFactor(ChunkTensors &t, Value x, GateKind kind) {
  if (kind == GateKind::Factor)
    return x;
  auto choice = x.getDefiningOp<arith::SelectOp>();
  if (choice && matchPattern(choice.getFalseValue(), m_AnyZeroFloat()))
    return t.choose(choice.getCondition(),
                    toFactor(t, choice.getTrueValue(), kind), /*other=*/1);
  return math::ExpOp::create(t.getBuilder(), t.getLoc(), x);
}

//===----------------------------------------------------------------------===//
// Products of gates
//===----------------------------------------------------------------------===//

namespace {
/// A product of gates of n coupled states: n × n numbers, or vectors; of logs a
/// sum.
class GateProduct {
public:
  GateProduct(ChunkTensors &tensors, GateKind kind, size_t entries)
      : t(tensors), isLog(kind == GateKind::Log), n(getNumStates(entries)) {}

  SmallVector<Value> getIdentity(Type type) {
    SmallVector<Value> identity;
    for (int64_t i = 0; i < n * n; ++i)
      identity.push_back(t.splat(type, !isLog && i % (n + 1) == 0 ? 1 : 0));
    return identity;
  }

  /// What comes later stands on the left.
  SmallVector<Value> multiply(ValueRange later, ValueRange earlier) {
    if (isLog)
      return {t.add(later.front(), earlier.front())};
    SmallVector<Value> product(n * n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j)
        for (int64_t k = 0; k < n; ++k)
          product[i * n + j] =
              t.accumulate(product[i * n + j],
                           t.multiply(later[i * n + k], earlier[k * n + j]));
    return product;
  }

private:
  ChunkTensors &t;
  bool isLog;
  int64_t n;
};

struct AccumulatePattern : OpConversionPattern<AccumulateOp> {
  AccumulatePattern(const TypeConverter &converter, MLIRContext *context,
                    const Chunk &chunk)
      : OpConversionPattern(converter, context), chunk(chunk) {}

  LogicalResult
  matchAndRewrite(AccumulateOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    GateProduct gates(t, op.getKind(), op.getGate().size());
    auto type = cast<RankedTensorType>(op.getGate().front().getType());
    int64_t tokens = type.getDimSize(0);
    int64_t block = static_cast<int64_t>(op.getBlock().value_or(tokens));
    Type row = type.getRank() == 1
                   ? type.getElementType()
                   : RankedTensorType::get({type.getDimSize(1)},
                                           type.getElementType());
    if (op.getGate().size() == 1) {
      rewriter.replaceOp(op, multiplyRows(t, op, adaptor.getGate().front()));
      return success();
    }
    SmallVector<Value> entries, products;
    // Tokens that do not exist change nothing: the identity, which of logs is
    // 0, as all that does not exist.
    int64_t states = getNumStates(op.getGate().size());
    for (auto [i, gate] : llvm::enumerate(adaptor.getGate())) {
      bool isDiagonal = static_cast<int64_t>(i) % (states + 1) == 0;
      if (op.getKind() == GateKind::Factor && isDiagonal)
        gate = t.choose(t.getExistingRows(type, chunk.count), gate, 1);
      entries.push_back(t.store(gate));
    }
    bool isAll = op.getRange() == wy::Range::All;
    bool isAfter = op.getRange() == wy::Range::After;
    for (size_t i = 0; i < entries.size() && !isAll; ++i)
      products.push_back(t.allocate(type.getShape()));
    auto load = [&](Value at) {
      return llvm::map_to_vector(
          entries, [&](Value memory) { return t.loadRow(memory, at); });
    };
    // Over the tokens of a block, in the order in which their gates come.
    auto overBlock = [&](Value start, Value end) {
      Value last = minus(t, end, t.index(1));
      return loop(t, start, end, 1, gates.getIdentity(row),
                  [&](Value step, ValueRange product) {
                    // From the block's end: start + last − step.
                    Value at = isAfter
                                   ? minus(t, addIndex(t, start, last), step)
                                   : step;
                    for (auto [value, memory] : llvm::zip(product, products))
                      t.storeRow(value, memory, at);
                    SmallVector<Value> gate = load(at);
                    return isAfter ? gates.multiply(product, gate)
                                   : gates.multiply(gate, product);
                  });
    };
    SmallVector<Value> results;
    if (isAll) {
      results = overBlock(t.index(0), t.index(tokens));
    } else {
      loop(t, t.index(0), t.index(tokens), block, {},
           [&](Value start, ValueRange) -> SmallVector<Value> {
             Value end = addIndex(t, start, t.index(block));
             overBlock(start, arith::MinSIOp::create(rewriter, op.getLoc(), end,
                                                     t.index(tokens)));
             return {};
           });
      for (Value memory : products)
        results.push_back(t.loadAll(memory));
    }
    for (Value &result : results)
      result = toFactor(t, result, op.getKind());
    rewriter.replaceOp(op, results);
    return success();
  }

  /// Of one state: one exponential a gate, and products of rows.
  Value multiplyRows(ChunkTensors &t, AccumulateOp op, Value gate) const {
    auto type = cast<RankedTensorType>(gate.getType());
    gate = toFactor(t, gate, op.getKind());
    if (op.getKind() == GateKind::Factor)
      gate = t.choose(t.getExistingRows(type, chunk.count), gate, 1);
    OpBuilder &b = t.getBuilder();
    if (op.getRange() == wy::Range::All)
      return tile::ReduceOp::create(b, t.getLoc(), tile::Reduction::Product,
                                    gate, /*axis=*/0);
    return tile::PrefixOp::create(b, t.getLoc(), type, tile::Reduction::Product,
                                  gate, op.getRange() == wy::Range::After,
                                  op.getBlockAttr());
  }

  static Value addIndex(ChunkTensors &t, Value x, Value y) {
    return arith::AddIOp::create(t.getBuilder(), t.getLoc(), x, y);
  }

  const Chunk &chunk;
};

/// Column s is the product of the gates from s + 1 on, of those before each
/// row.
struct DecaysPattern : OpConversionPattern<DecaysOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(DecaysOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    RankedTensorType type = cast<RankedTensorType>(op.getResult().getType());
    Value gates =
        t.broadcast(toFactor(t, adaptor.getGate(), op.getKind()), type, {0});
    Value later = t.choose(
        t.getLowerPairs(type, /*withDiagonal=*/false, MaskAttr()), gates, 1);
    Value products = tile::PrefixOp::create(
        rewriter, op.getLoc(), type, tile::Reduction::Product, later,
        /*reverse=*/false, /*block=*/IntegerAttr());
    rewriter.replaceOp(
        op, t.choose(t.getLowerPairs(type, /*withDiagonal=*/true, MaskAttr()),
                     products));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Substitution
//===----------------------------------------------------------------------===//

/// The blocks of one system are inverted in registers. Of several row t is that
/// of the identity, and what the rows before it in its block give.
struct InversePattern : OpConversionPattern<InverseOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(InverseOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    int64_t n = op.getGrid();
    auto type = cast<RankedTensorType>(op.getResult(0).getType());
    int64_t tokens = type.getDimSize(0);
    auto block = static_cast<int64_t>(op.getBlock());
    if (std::optional<int64_t> rows = getRowsInRegisters(op, tokens)) {
      rewriter.replaceOpWithNewOp<tile::InverseOp>(
          op, type, adaptor.getScores().front(), *rows);
      return success();
    }
    SmallVector<Value> identity;
    for (int64_t i = 0; i < n * n; ++i)
      identity.push_back(i % (n + 1) == 0
                             ? t.choose(t.getDiagonal(type), t.splat(type, 1))
                             : t.splat(type, 0));
    if (block > 1)
      substitute(t, op, adaptor, tokens, block, identity);
    rewriter.replaceOp(op, identity);
    return success();
  }

  /// The rows of a block for tile.inverse, if it can be that.
  static std::optional<int64_t> getRowsInRegisters(InverseOp op,
                                                   int64_t tokens) {
    uint64_t rows = op.getBlock();
    if (rows >= static_cast<uint64_t>(tokens))
      rows = llvm::PowerOf2Ceil(static_cast<uint64_t>(tokens));
    if (op.getGrid() > 1 || op.getScores().empty() || rows == 1 ||
        rows > tile::InverseOp::kMostBlock || !llvm::isPowerOf2_64(rows))
      return std::nullopt;
    return static_cast<int64_t>(rows);
  }

  /// Replaces the identity by T, row by row in its place.
  static void substitute(ChunkTensors &t, InverseOp op, OpAdaptor adaptor,
                         int64_t tokens, int64_t block,
                         SmallVectorImpl<Value> &inverse) {
    int64_t n = op.getGrid();
    SmallVector<Value> scores, rows;
    for (Value matrix : adaptor.getScores())
      scores.push_back(t.store(matrix));
    for (Value matrix : inverse)
      rows.push_back(t.store(matrix));
    loop(t, t.index(0), t.index(tokens), 1, {},
         [&](Value at, ValueRange) -> SmallVector<Value> {
           OpBuilder &b = t.getBuilder();
           Value inBlock =
               arith::RemUIOp::create(b, t.getLoc(), at, t.index(block));
           SmallVector<Value> sums;
           for (Value memory : rows)
             sums.push_back(t.loadRow(memory, at));
           sums = loop(
               t, minus(t, at, inBlock), at, 1, sums,
               [&](Value before, ValueRange carried) {
                 SmallVector<Value> next(carried);
                 for (auto [matrix, entry] :
                      llvm::zip(scores, op.getEntries())) {
                   Value score = t.loadElement(matrix, at, before);
                   for (int64_t j = 0; j < n; ++j) {
                     Value row = t.loadRow(rows[entry % n * n + j], before);
                     Value &sum = next[entry / n * n + j];
                     sum = t.add(
                         sum, t.multiply(t.broadcast(score, row.getType(), {}),
                                         row));
                   }
                 }
                 return next;
               });
           for (auto [sum, memory] : llvm::zip(sums, rows))
             t.storeRow(sum, memory, at);
           return {};
         });
    for (auto [result, memory] : llvm::zip(inverse, rows))
      result = t.loadAll(memory);
  }
};

struct SolvePattern : OpConversionPattern<SolveOp> {
  using OpConversionPattern::OpConversionPattern;

  /// A term, its operands in shared memory.
  struct Term {
    unsigned destination, source;
    Value scores, weight, gate;
  };

  static SmallVector<Term> storeTerms(ChunkTensors &t, SolveOp op,
                                      OpAdaptor adaptor) {
    // Terms name the operands by their old values.
    DenseMap<Value, Value> memory;
    auto store = [&](ValueRange from, ValueRange to, bool isGate) {
      for (auto [old, value] : llvm::zip(from, to))
        if (!memory.contains(old))
          memory[old] =
              t.store(isGate ? toFactor(t, value, *op.getKind()) : value);
    };
    store(op.getScores(), adaptor.getScores(), false);
    store(op.getWeights(), adaptor.getWeights(), false);
    store(op.getGates(), adaptor.getGates(), true);
    SmallVector<Term> terms;
    for (const SolveOp::Term &term : op.getTermList())
      terms.push_back({term.destination, term.source,
                       memory.lookup(term.scores), memory.lookup(term.weight),
                       memory.lookup(term.gate)});
    return terms;
  }

  LogicalResult
  matchAndRewrite(SolveOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    auto type = cast<RankedTensorType>(op.getRhs().front().getType());
    auto row =
        RankedTensorType::get({type.getDimSize(1)}, rewriter.getF32Type());
    SmallVector<Term> terms = storeTerms(t, op, adaptor);
    // Right sides become unknowns in their place.
    SmallVector<Value> unknowns;
    for (Value rhs : adaptor.getRhs())
      unknowns.push_back(t.store(rhs));
    loop(t, t.index(0), t.index(type.getDimSize(0)), 1, {},
         [&](Value at, ValueRange) -> SmallVector<Value> {
           solveRow(t, terms, unknowns, row, at);
           return {};
         });
    rewriter.replaceOp(op, llvm::map_to_vector(unknowns, [&](Value memory) {
                         return t.loadAll(memory);
                       }));
    return success();
  }

  /// Adds to row `at` what the rows before it give, the nearest first, so that
  /// the gates between are a product that grows.
  static void solveRow(ChunkTensors &t, ArrayRef<Term> terms,
                       ArrayRef<Value> unknowns, RankedTensorType row,
                       Value at) {
    // What the loop carries: a sum for each term, then a decay for each.
    SmallVector<Value> carried(terms.size(), t.splat(row, 0));
    carried.append(terms.size(), t.splat(row, 1));
    carried =
        loop(t, t.index(0), at, 1, carried, [&](Value step, ValueRange values) {
          Value before = minus(t, minus(t, at, t.index(1)), step);
          SmallVector<Value> next(values);
          for (auto [i, term] : llvm::enumerate(terms)) {
            Value &sum = next[i], &decay = next[terms.size() + i];
            Value score = t.loadElement(term.scores, at, before);
            Value given = t.multiply(t.broadcast(score, row, {}),
                                     t.loadRow(unknowns[term.source], before));
            if (term.gate)
              given = t.multiply(given, decay);
            sum = t.add(sum, given);
            if (term.gate)
              decay = t.multiply(
                  decay, t.broadcast(t.loadRow(term.gate, before), row, {0}));
          }
          return next;
        });
    for (auto [m, memory] : llvm::enumerate(unknowns)) {
      Value sum = t.loadRow(memory, at);
      for (auto [i, term] : llvm::enumerate(terms)) {
        if (term.destination != m)
          continue;
        Value given = carried[i];
        if (term.weight)
          given = t.multiply(given,
                             t.broadcast(t.loadRow(term.weight, at), row, {0}));
        sum = t.add(sum, given);
      }
      t.storeRow(sum, memory, at);
    }
  }
};
} // namespace

void sluice::populateRowPatterns(RewritePatternSet &patterns,
                                 const TypeConverter &converter,
                                 const Chunk &chunk) {
  patterns.add<AccumulatePattern>(converter, patterns.getContext(), chunk);
  patterns.add<DecaysPattern, InversePattern, SolvePattern>(
      converter, patterns.getContext());
}
