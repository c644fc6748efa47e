//===- StateFreeMaps.cpp - maps of tokens are applied to maps -------------===//
//
// What a chunk does to its tokens without the state, a matrix A or the inverse
// T of its system, is applied to other such maps and to the vectors that read
// the state, before the state is there.
//
//===----------------------------------------------------------------------===//

#include "passes/WYMoveFactors/Neighbourhood.h"
#include "passes/WYMoveFactors/Patterns.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static bool isPlain(ApplyOp op) {
  return op.getGate().empty() && !op.getMask();
}

/// Zero vectors.
static Value buildZeros(OpBuilder &b, Location loc, RankedTensorType type,
                        delta::Axis axis) {
  auto node = TokensOp::create(b, loc, TypeRange{type}, ValueRange());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&node.getBody());
  Value zero = delta::ConstantOp::create(
      b, loc, delta::ScalarType::get(b.getContext()), b.getF64FloatAttr(0));
  Value zeros = delta::BroadcastOp::create(
      b, loc, delta::VecType::get(b.getContext(), axis), zero);
  YieldOp::create(b, loc, zeros);
  return node.getResult(0);
}

namespace {
/// Y = solve(c + f ∘ read(S, a)) = solve(c) + read(S, solve(f ∘ a))
class WFormRule {
public:
  WFormRule(LinearForms &forms, wy::WForm form) : forms(forms), form(form) {}

protected:
  /// Takes reads that are to be split off from the rest; nothing is built.
  bool find(Value tensor, SmallVectorImpl<std::pair<LinearPart, ReadOp>> &reads,
            SmallVectorImpl<LinearPart> &rest) const {
    for (const LinearPart &part : forms.find(tensor)) {
      auto read = part.vectors.size() == 1
                      ? part.vectors.front().getDefiningOp<ReadOp>()
                      : ReadOp();
      if (read && isWanted(part, read))
        reads.push_back({part, read});
      else
        rest.push_back(part);
    }
    return !reads.empty();
  }

  static Value buildReader(const LinearPart &part, ReadOp read, OpBuilder &b,
                           Location loc) {
    if (!part.hasCoefficient())
      return read.getVectors();
    return buildProduct(b, loc, part.buildCoefficient(b, loc),
                        read.getVectors());
  }

  static SmallVector<Value> build(ArrayRef<LinearPart> parts, OpBuilder &b,
                                  Location loc) {
    return llvm::map_to_vector(
        parts, [&](const LinearPart &part) { return part.build(b, loc); });
  }

private:
  bool isWanted(const LinearPart &part, ReadOp read) const {
    if (form == wy::WForm::NotFormed || !isStateFree(read.getVectors()))
      return false;
    for (const ScalarProduct &product : part.coefficient)
      if (!llvm::all_of(product.scalars, isStateFree))
        return false;
    return form == wy::WForm::Formed || !isa<BlockArgument>(read.getVectors());
  }

  LinearForms &forms;
  wy::WForm form;
};

struct ReadThroughSolve : OpRewritePattern<SolveOp>, WFormRule {
  ReadThroughSolve(MLIRContext *context, LinearForms &forms, wy::WForm form)
      : OpRewritePattern(context), WFormRule(forms, form) {}

  LogicalResult matchAndRewrite(SolveOp op, PatternRewriter &b) const override {
    if (!op.getWeights().empty() || !op.getGates().empty() ||
        !llvm::all_of(op.getScores(), isStateFree))
      return failure();
    size_t n = op.getRhs().size();
    using Reads = SmallVector<std::pair<LinearPart, ReadOp>>;
    SmallVector<Reads> reads(n);
    SmallVector<SmallVector<LinearPart>> rest(n);
    bool any = false;
    for (auto [m, rhs] : llvm::enumerate(op.getRhs()))
      any |= find(rhs, reads[m], rest[m]);
    if (!any)
      return failure();

    Location loc = op.getLoc();
    auto holder = cast<ChunkHolderOpInterface>(op->getParentOp());
    // By state, the vectors of each unknown.
    llvm::MapVector<std::pair<Value, Side>, SmallVector<SmallVector<Value>>>
        readers;
    for (size_t m = 0; m < n; ++m)
      for (auto &[part, read] : reads[m]) {
        auto &vectors = readers[{read.getState(), read.getSide()}];
        vectors.resize(n);
        vectors[m].push_back(buildReader(part, read, b, loc));
      }
    auto solve = [&](ArrayRef<Value> rhs) -> ValueRange {
      SmallVector<Type> types(n, rhs.front().getType());
      return SolveOp::create(b, loc, types, rhs, op.getScores(), ValueRange(),
                             ValueRange(), op.getTermsAttr(),
                             op.getWeightedAttr(), op.getGatedAttr(),
                             GateKindAttr())
          .getResults();
    };
    auto sumOf = [&](ArrayRef<Value> terms, Type type, delta::Axis axis) {
      return terms.empty()
                 ? buildZeros(b, loc, cast<RankedTensorType>(type), axis)
                 : buildSum(b, loc, terms);
    };
    delta::Axis kept = readers.front().first.second == Side::Left
                           ? delta::Axis::Value
                           : delta::Axis::Key;
    SmallVector<SmallVector<Value>> solved(n);
    SmallVector<Value> rhs;
    for (size_t m = 0; m < n; ++m)
      rhs.push_back(
          sumOf(build(rest[m], b, loc), op.getRhs()[m].getType(), kept));
    // Of zeros alone nothing comes.
    if (llvm::any_of(rest, [](auto &terms) { return !terms.empty(); }))
      for (auto [m, result] : llvm::enumerate(solve(rhs)))
        solved[m].push_back(result);
    for (auto &[source, vectors] : readers) {
      auto [state, side] = source;
      delta::Axis axis =
          side == Side::Left ? delta::Axis::Key : delta::Axis::Value;
      Type type = holder.getChunkType(delta::VecType::get(b.getContext(), axis),
                                      delta::ArgKind::VHeads);
      SmallVector<Value> sides;
      for (size_t m = 0; m < n; ++m)
        sides.push_back(sumOf(vectors[m], type, axis));
      for (auto [m, w] : llvm::enumerate(solve(sides)))
        solved[m].push_back(ReadOp::create(b, loc, side, state, w));
    }
    SmallVector<Value> results;
    for (ArrayRef<Value> terms : solved)
      results.push_back(buildSum(b, loc, terms));
    b.replaceOp(op, results);
    return success();
  }
};

/// apply(T, c + f ∘ read(S, a)) = apply(T, c) + read(S, apply(T, f ∘ a))
struct ReadThroughMap : OpRewritePattern<ApplyOp>, WFormRule {
  ReadThroughMap(MLIRContext *context, LinearForms &forms, wy::WForm form)
      : OpRewritePattern(context), WFormRule(forms, form) {}

  LogicalResult matchAndRewrite(ApplyOp op, PatternRewriter &b) const override {
    SmallVector<std::pair<LinearPart, ReadOp>> reads;
    SmallVector<LinearPart> rest;
    if (!isPlain(op) || !isStateFree(op.getScores()) ||
        !find(op.getValues(), reads, rest))
      return failure();
    Location loc = op.getLoc();
    SmallVector<Value> terms;
    if (!rest.empty())
      terms.push_back(ApplyOp::create(b, loc, op.getScores(),
                                      buildSum(b, loc, build(rest, b, loc))));
    for (auto &[part, read] : reads) {
      Value w = ApplyOp::create(b, loc, op.getScores(),
                                buildReader(part, read, b, loc));
      terms.push_back(
          ReadOp::create(b, loc, read.getSide(), read.getState(), w));
    }
    b.replaceOp(op, buildSum(b, loc, terms));
    return success();
  }
};

/// apply(A, Σ apply(T, r)) = Σ apply(A T, r)
struct ComposeMaps : OpRewritePattern<ApplyOp> {
  ComposeMaps(MLIRContext *context, bool always)
      : OpRewritePattern(context), always(always) {}

  LogicalResult matchAndRewrite(ApplyOp op, PatternRewriter &b) const override {
    if (!isPlain(op) || !isStateFree(op.getScores()) ||
        isStateFree(op.getValues()))
      return failure();
    SmallVector<Value> terms = {op.getValues()};
    auto sum = op.getValues().getDefiningOp<SumOp>();
    if (sum)
      terms.assign(sum.getTerms().begin(), sum.getTerms().end());
    for (Value term : terms) {
      auto apply = term.getDefiningOp<ApplyOp>();
      if (!apply || !isPlain(apply) || !isStateFree(apply.getScores()))
        return failure();
      // What others need is no work saved.
      if (!always && (!apply->hasOneUse() || (sum && !sum->hasOneUse())))
        return failure();
    }
    Location loc = op.getLoc();
    SmallVector<Value> results;
    for (Value term : terms) {
      auto apply = term.getDefiningOp<ApplyOp>();
      auto product = ProductOp::create(
          b, loc, op.getScores().getType(), op.getScores(), apply.getScores(),
          DenseI64ArrayAttr(), MaskAttr(), IntegerAttr());
      results.push_back(
          ApplyOp::create(b, loc, product.getResult(0), apply.getValues()));
    }
    b.replaceOp(op, buildSum(b, loc, results));
    return success();
  }

private:
  bool always;
};
} // namespace

void sluice::populateStateFreeMaps(RewritePatternSet &patterns,
                                   LinearForms &forms, wy::WForm form,
                                   bool compose) {
  patterns.add<ComposeMaps>(patterns.getContext(), compose);
  patterns.add<ReadThroughSolve, ReadThroughMap>(patterns.getContext(), forms,
                                                 form);
}
