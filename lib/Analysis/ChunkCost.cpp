//===- ChunkCost.cpp - operations of a chunk's graph, counted -------------===//

#include "lib/Analysis/ChunkCost.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static ArrayRef<int64_t> shapeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getShape();
}

uint64_t ChunkCost::getWidth(Value tensor) const {
  std::optional<ChunkShape> shape = shapes.find(tensor);
  if (shape && shape->axis)
    return *shape->axis == delta::Axis::Key ? key : value;
  ArrayRef<int64_t> sizes = shapeOf(tensor);
  return sizes.size() < 2 ? 1 : static_cast<uint64_t>(sizes[1]);
}

Count ChunkCost::getPairs(std::optional<MaskAttr> mask) const {
  return mask ? Count(mask->countPairs(chunk)) : Count(chunk) * (chunk - 1) / 2;
}

Count ChunkCost::getDiagonal(std::optional<MaskAttr> mask) const {
  return !mask || mask->contains(0, 0) ? chunk : 0;
}

Count ChunkCost::getSize(Type tokenType) const {
  auto vec = dyn_cast<delta::VecType>(tokenType);
  if (!vec)
    return 1;
  return vec.getAxis() == delta::Axis::Key ? key : value;
}

//===----------------------------------------------------------------------===//
// Decays between tokens
//===----------------------------------------------------------------------===//

Cost ChunkCost::getPairDecays(GateKind kind,
                              std::optional<MaskAttr> mask) const {
  Count pairs = getPairs(mask);
  return {pairs * 2, kind == GateKind::Log ? pairs : Count()};
}

Cost ChunkCost::getAnchors(GateKind kind, uint64_t gateWidth, uint64_t width,
                           uint64_t states) const {
  uint64_t levels = llvm::Log2_64_Ceil(chunk);
  Count rows = Count(chunk) * (levels > 0 ? levels - 1 : 0);
  uint64_t product = 2 * states - 1;
  Count merge = Count(gateWidth) * (states * states * product);
  Count multiply = Count(width) * (states * product);
  return {rows * (merge + multiply),
          kind == GateKind::Log ? rows * gateWidth : Count()};
}

/// Factors of a leaf: of each gate and its inverse the products since the
/// block's first token, both times rows or columns and a constant; then
/// anchors.
Cost ChunkCost::getShifted(GateKind kind, delta::RangeAttr bound,
                           uint64_t gateWidth, uint64_t width) const {
  uint64_t levels = llvm::Log2_64_Ceil(chunk);
  uint64_t leafLevels = std::min<uint64_t>(
      levels,
      llvm::Log2_64(static_cast<uint64_t>(getShiftedLeaf(kind, bound))));
  Count factors = Count(chunk) * gateWidth;
  Count merges = factors * (2 * leafLevels);
  Count anchors = Count(chunk) * (gateWidth + width) * (levels - leafLevels);
  return {merges + factors * 3 + Count(chunk) * width * 2 + anchors,
          kind == GateKind::Log ? factors * 2 : Count()};
}

/// Of a product of scores that decays along the axis it keeps.
Cost ChunkCost::getDecays(std::optional<GateKind> kind, Value gate,
                          uint64_t width) const {
  if (!gate)
    return {};
  return shapeOf(gate).size() == 1
             ? getPairDecays(*kind)
             : getAnchors(*kind, getWidth(gate), width, 1);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// Decays of each pair by itself: a product of gates that grows by one, and its
/// product with a row.
Cost ChunkCost::getPairwise(std::optional<MaskAttr> mask, GateKind kind,
                            Value gate, uint64_t width, uint64_t states) const {
  if (states == 1 && shapeOf(gate).size() == 1)
    return {getPairs(mask) * 2, kind == GateKind::Log ? chunk : Count()};
  uint64_t product = 2 * states - 1, gateWidth = getWidth(gate);
  Count grow = Count(gateWidth) * (states * states * product);
  Count multiply = Count(width) * (states * product);
  return {getPairs(mask) * (grow + multiply),
          kind == GateKind::Log ? Count(chunk) * gateWidth : Count()};
}

Cost ChunkCost::of(ScoresOp op) const {
  uint64_t states = op.getRows().size();
  uint64_t width = getWidth(op.getRows().front());
  Cost products{getPairs(op.getMask()) * 2 * states * width, {}};
  switch (op.getScheme()) {
  case Scheme::Ungated:
    return products;
  case Scheme::AfterProduct:
    return products + getPairDecays(*op.getKind());
  case Scheme::Dyadic:
    return products + getAnchors(*op.getKind(), getWidth(op.getGate().front()),
                                 width, states);
  case Scheme::Shifted:
    return products + getShifted(*op.getKind(), *op.getBound(),
                                 getWidth(op.getGate().front()), width);
  case Scheme::Pairwise:
    return products + getPairwise(op.getMask(), *op.getKind(),
                                  op.getGate().front(), width, states);
  }
  llvm_unreachable("unknown scheme");
}

Cost ChunkCost::of(ApplyOp op) const {
  uint64_t width = getWidth(op.getValues());
  std::optional<MaskAttr> mask = op.getMask();
  Cost products{(getPairs(mask) + getDiagonal(mask)) * 2 * width, {}};
  Value gate = op.getGate().empty() ? Value() : op.getGate().front();
  if (gate && mask)
    return products + getPairwise(mask, *op.getKind(), gate, width, 1);
  return products + getDecays(op.getKind(), gate, width);
}

template <typename SystemOp> Cost ChunkCost::ofSystem(SystemOp op) const {
  uint64_t width = getWidth(op.getRhs().front());
  Cost total;
  for (const SystemTerm &term : op.getTermList()) {
    total.flop += getPairs() * 2 * width;
    if (term.weight)
      total.flop += Count(chunk) * 2 * width;
    total += getDecays(op.getKind(), term.gate, width);
  }
  return total;
}

Cost ChunkCost::of(UpdateOp op, function_ref<bool(Value)> present) const {
  Count state = Count(key) * value, passes;
  bool isFirst = true;
  for (auto [i, source] : llvm::enumerate(op.getStates())) {
    if (!present(source))
      continue;
    passes += (isFirst ? 0 : 1) + (op.getDecays().empty() ? 0 : 1);
    isFirst = false;
  }
  if (op.getValueDecays())
    passes += 1;
  for (unsigned m = 0, e = op.getNumWrites(); m < e; ++m)
    if (present(op.getAlongKey(m)) || present(op.getAlongValue(m)))
      passes += Count(chunk) * 2;
  return {state * passes, {}};
}

Cost ChunkCost::of(AccumulateOp op) const {
  uint64_t tensors = op.getGate().size();
  auto states = static_cast<uint64_t>(
      std::lround(std::sqrt(static_cast<double>(tensors))));
  Count width = getWidth(op.getGate().front());
  Cost total{width * chunk * (tensors * (2 * states - 1)), {}};
  if (op.getKind() == GateKind::Log && op.getFiner().empty())
    total.exp = width * tensors * (op.getRange() == Range::All ? 1 : chunk);
  return total;
}

Cost ChunkCost::of(SumOp op, function_ref<bool(Value)> present) const {
  uint64_t terms = llvm::count_if(op.getTerms(), present);
  Count elements = Count(chunk) * getWidth(op.getResult());
  return {elements * (terms > 0 ? terms - 1 : 0), {}};
}

Cost ChunkCost::of(DecaysOp op) const {
  return {getPairs(), op.getKind() == GateKind::Log ? chunk : Count()};
}

Cost ChunkCost::of(ScaleOp op) const {
  return {(getPairs() + chunk) * (op.getNumOperands() - 1), {}};
}

/// Rows t of a block: how many s ≤ u ≤ t there are with (t, u) in the mask.
static Count countTriples(uint64_t row, std::optional<MaskAttr> mask) {
  // Σ (u + 1) over u in [begin, end).
  auto sum = [](uint64_t begin, uint64_t end) {
    return Count(end - begin) * (begin + end + 1) / 2;
  };
  if (!mask)
    return sum(0, row + 1);
  auto size = static_cast<uint64_t>(mask->getSize());
  if (mask->getKind() == MaskKind::Inside)
    return sum(row / size * size, row + 1);
  if (size == 0)
    return sum(row, row + 1);
  uint64_t half = row / size;
  return half % 2 == 0 ? Count() : sum((half - 1) * size, half * size);
}

Cost ChunkCost::of(ProductOp op) const {
  uint64_t block = op.getBlock().value_or(chunk);
  Count triples;
  for (uint64_t t = 0; t < chunk; ++t)
    triples += countTriples(t % block, op.getMask());
  return {triples * 2 * op.getLhs().size() *
              static_cast<uint64_t>(op.getGrid()),
          {}};
}

Cost ChunkCost::of(InverseOp op) const {
  Count triples;
  for (uint64_t t = 0; t < chunk; ++t) {
    uint64_t row = t % op.getBlock();
    triples += row > 0 ? countTriples(row - 1, std::nullopt) : Count();
  }
  return {triples * 2 * op.getScores().size() *
              static_cast<uint64_t>(op.getGrid()),
          {}};
}

Cost ChunkCost::of(ApplyTransposedOp op) const {
  Count products = getPairs(op.getMask()) + getDiagonal(op.getMask());
  return {products * 2 * getWidth(op.getValues()), {}};
}

Cost ChunkCost::of(TokenSumsOp op) const {
  uint64_t tensors = op.getTerms().size();
  auto states = static_cast<uint64_t>(getNumStates(tensors));
  Count elements = Count(chunk) * getWidth(op.getTerms().front()) * tensors;
  if (op.getGate().empty())
    return {elements, {}};
  return {elements * (2 * states),
          op.getKind() == GateKind::Log ? elements : Count()};
}

Cost ChunkCost::of(PairSumsOp op) const {
  switch (op.getSum()) {
  case PairSum::Rows:
  case PairSum::Columns:
    return {getPairs() + chunk, {}};
  case PairSum::Diagonal:
    return {};
  case PairSum::Between:
    return {getPairs() * (op.getGate() ? 4 : 2),
            op.getKind() == GateKind::Log ? chunk : Count()};
  }
  llvm_unreachable("unknown sum");
}

Cost ChunkCost::of(DotStatesOp) const { return {Count(key) * 2 * value, {}}; }

Cost ChunkCost::getTokenOp(Operation &op) const {
  if (op.getNumResults() != 1)
    return {};
  Count results = getSize(op.getResult(0).getType());
  return llvm::TypeSwitch<Operation *, Cost>(&op)
      .Case([&](delta::ElementwiseOpInterface function) {
        return function.isExponential() ? Cost{{}, results} : Cost{results, {}};
      })
      .Case<delta::DotOp>([&](auto dot) {
        return Cost{getSize(dot.getLhs().getType()) * 2, {}};
      })
      .Case<delta::ReduceOp>([&](auto reduce) {
        return Cost{getSize(reduce.getOperand().getType()), {}};
      })
      // Magnitudes and their sum, a product, squares and their sum, a product.
      .Case<delta::L2NormOp>([&](auto) { return Cost{results * 6, {}}; })
      .Default(Cost());
}

Cost ChunkCost::of(TokensOp op) const {
  Cost token;
  for (Operation &inner : op.getStep().without_terminator())
    token += getTokenOp(inner);
  return token * chunk;
}

Cost ChunkCost::get(Operation *op, function_ref<bool(Value)> present) const {
  return llvm::TypeSwitch<Operation *, Cost>(op)
      .Case<ReadOp>(
          [&](auto) { return Cost{Count(chunk) * 2 * key * value, {}}; })
      .Case<UpdateOp, SumOp>([&](auto typed) { return of(typed, present); })
      .Case<ScoresOp, ApplyOp, SolveOp, AccumulateOp, TokensOp, DecaysOp,
            ScaleOp, ProductOp, InverseOp, ApplyTransposedOp, SolveTransposedOp,
            TokenSumsOp, PairSumsOp, DotStatesOp>(
          [&](auto typed) { return of(typed); })
      .Default(Cost());
}
