//===- RowPatterns.cpp - nodes that go from row to row --------------------===//
//
// Products of gates are prefixes. Of what is substituted, what a row needs of
// the rows before it is in shared memory: a loop takes one row after another,
// each held by all that hold it in the result.
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
/// Products of the gates of n coupled states along tokens: of each token the
/// gate is n × n numbers, or vectors, of which each is a tensor.
///
/// In blocks of two tokens they are known: the other token's gate, or nothing.
/// Those of a block come from those of its halves: what lies between a token
/// and the block's end (or start) is what lies in its half, and, of the half
/// that is farther from there, all of the other.
class GateProducts {
public:
  GateProducts(ChunkTensors &tensors, ValueRange gates)
      : t(tensors), gates(gates.begin(), gates.end()),
        n(getNumStates(gates.size())),
        type(cast<RankedTensorType>(gates.front().getType())) {}

  /// Of the tokens before each, or after it, in its block.
  SmallVector<Value> findBeside(int64_t block, bool isAfter) {
    SmallVector<Value> products;
    for (int64_t i = 0; i < n * n; ++i)
      products.push_back(t.splat(type, i % (n + 1) == 0 ? 1 : 0));
    for (int64_t half = 1; half < std::min(block, type.getDimSize(0));
         half *= 2)
      mergeHalves(products, half, isAfter);
    return products;
  }

  /// Of all tokens: the last token's gate, and what is before it.
  SmallVector<Value> findAll() {
    int64_t tokens = type.getDimSize(0);
    SmallVector<Value> all = multiply(gates, findBeside(tokens, false));
    for (Value &entry : all)
      entry = tile::ReduceOp::create(
          t.getBuilder(), t.getLoc(), tile::Reduction::Sum,
          t.choose(t.getRowsAt(type, tokens, tokens - 1), entry), /*axis=*/0);
    return all;
  }

private:
  void mergeHalves(SmallVectorImpl<Value> &products, int64_t half,
                   bool isAfter) {
    // All of a half is at the token where it ends. Of one token it is the gate.
    SmallVector<Value> all = half == 1 ? gates
                             : isAfter ? multiply(products, gates)
                                       : multiply(gates, products);
    // The tokens of the other half get it by a sum with nothing else in it.
    Value ends = t.getRowsAt(type, 2 * half, isAfter ? half : half - 1);
    for (Value &entry : all)
      entry = tile::PrefixOp::create(
          t.getBuilder(), t.getLoc(), type, tile::Reduction::Sum,
          t.choose(ends, entry), isAfter,
          t.getBuilder().getI64IntegerAttr(2 * half));
    SmallVector<Value> merged = half == 1 ? all
                                : isAfter ? multiply(all, products)
                                          : multiply(products, all);
    Value second = t.getSecondHalves(type, half);
    // The last block may have no second half.
    int64_t tokens = type.getDimSize(0), rest = tokens % (2 * half);
    bool isShort = isAfter && rest > 0 && rest <= half;
    Value whole =
        isShort ? t.getExistingRows(type, t.index(tokens - rest)) : Value();
    for (auto [product, after] : llvm::zip_equal(products, merged)) {
      Value next = isAfter ? t.choose(second, product, after)
                           : t.choose(second, after, product);
      product = whole ? t.choose(whole, next, product) : next;
    }
  }

  /// What comes later stands on the left.
  SmallVector<Value> multiply(ArrayRef<Value> later, ArrayRef<Value> earlier) {
    SmallVector<Value> product(n * n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j)
        for (int64_t k = 0; k < n; ++k)
          product[i * n + j] =
              t.accumulate(product[i * n + j],
                           t.multiply(later[i * n + k], earlier[k * n + j]));
    return product;
  }

  ChunkTensors &t;
  SmallVector<Value> gates;
  int64_t n;
  RankedTensorType type;
};

struct AccumulatePattern : OpConversionPattern<AccumulateOp> {
  AccumulatePattern(const TypeConverter &converter, MLIRContext *context,
                    const Chunk &chunk)
      : OpConversionPattern(converter, context), chunk(chunk) {}

  LogicalResult
  matchAndRewrite(AccumulateOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors t(rewriter, op.getLoc());
    if (op.getGate().size() == 1) {
      rewriter.replaceOp(op, multiplyRows(t, op, adaptor.getGate().front()));
      return success();
    }
    auto type = cast<RankedTensorType>(op.getGate().front().getType());
    int64_t tokens = type.getDimSize(0);
    auto block = static_cast<int64_t>(op.getBlock().value_or(tokens));
    if (block < tokens && !llvm::isPowerOf2_64(static_cast<uint64_t>(block)))
      return op.emitOpError() << "of coupled states has blocks of a power of "
                                 "two of tokens on a GPU, found "
                              << block;
    // Tokens that do not exist change nothing: the identity.
    int64_t states = getNumStates(op.getGate().size());
    SmallVector<Value> gates(adaptor.getGate());
    for (int64_t i = 0; i < states; ++i) {
      Value &entry = gates[i * (states + 1)];
      entry = t.choose(t.getExistingRows(type, chunk.count), entry, 1);
    }
    GateProducts products(t, gates);
    rewriter.replaceOp(op, op.getRange() == wy::Range::All
                               ? products.findAll()
                               : products.findBeside(
                                     block, op.getRange() == wy::Range::After));
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
