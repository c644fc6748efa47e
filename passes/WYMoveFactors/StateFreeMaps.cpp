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
#include "llvm/ADT/SetVector.h"

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

/// True if the next state is made of a value.
static bool reachesState(Value value) {
  llvm::SetVector<Operation *> seen;
  seen.insert(value.user_begin(), value.user_end());
  for (size_t i = 0; i < seen.size(); ++i) {
    if (isa<UpdateOp>(seen[i]))
      return true;
    seen.insert(seen[i]->user_begin(), seen[i]->user_end());
  }
  return false;
}

namespace {
/// A term of a sum: factors, outermost first, of what a read gives or of
/// vectors that no state reaches.
struct Term {
  SmallVector<LinearPart, 2> factors;
  ReadOp read;

  /// The factors times `vectors`.
  Value build(Value vectors, OpBuilder &b, Location loc) const {
    for (const LinearPart &part : llvm::reverse(factors))
      if (part.hasCoefficient())
        vectors = buildProduct(b, loc, part.buildCoefficient(b, loc), vectors);
    return vectors;
  }
};

/// Y = solve(c + f ∘ read(S, a)) = solve(c) + read(S, solve(f ∘ a))
class WFormRule {
public:
  WFormRule(LinearForms &forms, wy::WForm form) : forms(forms), form(form) {}

protected:
  /// False if something but reads that are to be split off depends on a state:
  /// splitting would not take the rest from the way of the state.
  bool find(Value tensor, SmallVectorImpl<Term> &reads,
            SmallVectorImpl<Term> &rest) const {
    return find(tensor, {}, reads, rest);
  }

  static Value buildReader(Term &term, OpBuilder &b, Location loc) {
    return term.build(term.read.getVectors(), b, loc);
  }

  static SmallVector<Value> build(ArrayRef<Term> terms, OpBuilder &b,
                                  Location loc) {
    return llvm::map_to_vector(terms, [&](const Term &term) {
      return term.build(term.factors.back().buildVectors(b, loc), b, loc);
    });
  }

private:
  bool find(Value tensor, ArrayRef<LinearPart> outer,
            SmallVectorImpl<Term> &reads, SmallVectorImpl<Term> &rest) const {
    for (const LinearPart &part : forms.find(tensor)) {
      Term term;
      llvm::append_range(term.factors, outer);
      term.factors.push_back(part);
      if (llvm::all_of(part.vectors, isStateFree)) {
        rest.push_back(term);
        continue;
      }
      if (part.vectors.size() != 1 || !hasStateFreeFactors(part))
        return false;
      Value inside = part.vectors.front();
      term.read = inside.getDefiningOp<ReadOp>();
      if (term.read) {
        if (!isWanted(term.read))
          return false;
        reads.push_back(term);
        continue;
      }
      // A sum whose factors were not multiplied with those around it.
      if (inside == tensor || !find(inside, term.factors, reads, rest))
        return false;
    }
    return true;
  }

  static bool hasStateFreeFactors(const LinearPart &part) {
    return llvm::all_of(part.coefficient, [](const ScalarProduct &product) {
      return llvm::all_of(product.scalars, isStateFree);
    });
  }

  bool isWanted(ReadOp read) const {
    return form != wy::WForm::NotFormed && isStateFree(read.getVectors()) &&
           (form == wy::WForm::Formed ||
            !isa<BlockArgument>(read.getVectors()));
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
    SmallVector<SmallVector<Term>> reads(n), rest(n);
    bool any = false;
    for (auto [m, rhs] : llvm::enumerate(op.getRhs())) {
      if (!find(rhs, reads[m], rest[m]))
        return failure();
      any |= !reads[m].empty();
    }
    if (!any)
      return failure();

    Location loc = op.getLoc();
    auto holder = cast<ChunkHolderOpInterface>(op->getParentOp());
    // By state, the vectors of each unknown.
    llvm::MapVector<std::pair<Value, Side>, SmallVector<SmallVector<Value>>>
        readers;
    for (size_t m = 0; m < n; ++m)
      for (Term &term : reads[m]) {
        auto &vectors = readers[{term.read.getState(), term.read.getSide()}];
        vectors.resize(n);
        vectors[m].push_back(buildReader(term, b, loc));
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

/// apply(T, c + f ∘ read(S, a)) = apply(T, c) + read(S, apply(T, f ∘ a)), on
/// the way from a state to the next one.
struct ReadThroughMap : OpRewritePattern<ApplyOp>, WFormRule {
  ReadThroughMap(MLIRContext *context, LinearForms &forms, wy::WForm form)
      : OpRewritePattern(context), WFormRule(forms, form) {}

  LogicalResult matchAndRewrite(ApplyOp op, PatternRewriter &b) const override {
    SmallVector<Term> reads, rest;
    if (!isPlain(op) || !isStateFree(op.getScores()) ||
        !find(op.getValues(), reads, rest) || reads.empty() ||
        !reachesState(op.getResult()))
      return failure();
    Location loc = op.getLoc();
    SmallVector<Value> terms;
    if (!rest.empty())
      terms.push_back(ApplyOp::create(b, loc, op.getScores(),
                                      buildSum(b, loc, build(rest, b, loc))));
    for (Term &term : reads) {
      Value w =
          ApplyOp::create(b, loc, op.getScores(), buildReader(term, b, loc));
      terms.push_back(
          ReadOp::create(b, loc, term.read.getSide(), term.read.getState(), w));
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
      // Leaving out what others need too saves no work.
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
