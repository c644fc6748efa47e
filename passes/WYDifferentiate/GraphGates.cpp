//===- GraphGates.cpp - gated products of a graph, spelled out ------------===//

#include "passes/WYDifferentiate/GraphGates.h"
#include "dialects/WY/GateLevels.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

namespace {
/// Rewrites one graph.
class GateSpeller {
public:
  explicit GateSpeller(ScanOp scan)
      : tokens(static_cast<int64_t>(scan.getChunk())), shapes(scan),
        b(scan.getContext()) {}

  void spellOut(ScoresOp op);
  void spellOut(ApplyOp op);
  SmallVector<Value> addResiduals(SolveOp op);

private:
  delta::Axis getAxis(Value vectors) const {
    std::optional<ChunkShape> shape = shapes.find(vectors);
    return shape ? shape->axis.value_or(delta::Axis::Key) : delta::Axis::Key;
  }
  /// Of a leaf its own tokens, else all.
  Halves getHalves(std::optional<MaskAttr> mask) const {
    return {1, mask ? std::min(mask->getSize(), tokens) : tokens};
  }
  void replace(Operation *op, Value by) {
    op->getResult(0).replaceAllUsesWith(by);
    op->erase();
  }

  int64_t tokens;
  ChunkShapes shapes;
  OpBuilder b;
};
} // namespace

void GateSpeller::spellOut(ScoresOp op) {
  if (op.getGate().empty())
    return;
  b.setInsertionPoint(op);
  if (op.getScheme() == Scheme::AfterProduct)
    return replace(op, decayProduct(b, op));
  Anchors anchors(b, op.getLoc(), op.getGate(), *op.getKind());
  SmallVector<Value> terms;
  addScoreLevels(b, op, getHalves(op.getMask()), anchors, op.getDiagonal(),
                 getAxis(op.getRows().front()), terms);
  // Of one token there is the diagonal.
  if (terms.empty())
    terms.push_back(ScoresOp::create(
        b, op.getLoc(), op.getType(), op.getRows(), op.getColumns(),
        GateKindAttr(), ValueRange(),
        SchemeAttr::get(b.getContext(), Scheme::Ungated), op.getDiagonal(),
        MaskAttr::get(b.getContext(), MaskKind::Pairs, 0)));
  replace(op, sumOf(b, op.getLoc(), terms));
}

void GateSpeller::spellOut(ApplyOp op) {
  if (op.getGate().empty())
    return;
  b.setInsertionPoint(op);
  bool isScalar =
      cast<RankedTensorType>(op.getGate().front().getType()).getRank() == 1;
  if (isScalar && !op.getMask())
    return replace(op, decayScores(b, op));
  Anchors anchors(b, op.getLoc(), op.getGate(), *op.getKind());
  SmallVector<Value> terms{
      ApplyOp::create(b, op.getLoc(), op.getScores(), op.getValues(),
                      MaskAttr::get(b.getContext(), MaskKind::Pairs, 0))};
  addApplyLevels(b, op.getLoc(), op.getScores(), op.getValues(),
                 getHalves(op.getMask()), anchors, getAxis(op.getValues()),
                 terms);
  replace(op, sumOf(b, op.getLoc(), terms));
}

SmallVector<Value> GateSpeller::addResiduals(SolveOp op) {
  SmallVector<Value> residuals;
  b.setInsertionPointAfter(op);
  for (const SystemTerm &term : op.getTermList()) {
    Value &residual = residuals.emplace_back();
    // A chunk of one token has no system.
    if ((!term.gate && !term.weight) || tokens == 1)
      continue;
    SmallVector<Value, 1> gate;
    if (term.gate)
      gate.push_back(term.gate);
    Anchors anchors(b, op.getLoc(), gate,
                    op.getKind().value_or(GateKind::Factor));
    SmallVector<Value> terms;
    Value source = op.getResult(term.source);
    addApplyLevels(b, op.getLoc(), term.scores, source, {1, tokens}, anchors,
                   getAxis(op.getRhs()[term.source]), terms);
    residual = sumOf(b, op.getLoc(), terms);
  }
  return residuals;
}

Residuals sluice::spellOutGates(ScanOp scan) {
  GateSpeller speller(scan);
  Residuals residuals;
  SmallVector<Value> kept;
  for (Operation &op :
       llvm::make_early_inc_range(scan.getGraph().without_terminator())) {
    if (auto scores = dyn_cast<ScoresOp>(op))
      speller.spellOut(scores);
    else if (auto apply = dyn_cast<ApplyOp>(op))
      speller.spellOut(apply);
  }
  for (auto solve : scan.getGraph().getOps<SolveOp>())
    residuals.emplace_back(solve, SmallVector<Value>());
  for (auto &[solve, values] : residuals) {
    values = speller.addResiduals(solve);
    for (Value value : values)
      if (value)
        kept.push_back(value);
  }
  scan.getYield().getValuesMutable().append(kept);
  return residuals;
}

void sluice::releaseResiduals(ScanOp scan, Residuals &residuals) {
  YieldOp yield = scan.getYield();
  auto count = [](const auto &system) {
    return llvm::count_if(system.second, [](Value value) { return !!value; });
  };
  unsigned kept = 0;
  for (const auto &system : residuals)
    kept += count(system);
  unsigned next = yield.getValues().size() - kept;
  for (auto &[solve, values] : residuals)
    for (Value &value : values)
      if (value)
        value = yield.getValues()[next++];
  yield.getValuesMutable().erase(yield.getValues().size() - kept, kept);
}
