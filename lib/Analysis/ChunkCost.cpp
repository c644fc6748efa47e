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

/// Numbers that a token has of `tensor`, whose rows are tokens.
uint64_t ChunkCost::getColumns(Value tensor) const {
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

Cost ChunkCost::getAnchors(GateKind kind, uint64_t gateColumns,
                           uint64_t columns, uint64_t states) const {
  uint64_t levels = llvm::Log2_64_Ceil(chunk);
  Count rows = Count(chunk) * (levels > 0 ? levels - 1 : 0);
  uint64_t product = 2 * states - 1;
  Count merge = Count(gateColumns) * (states * states * product);
  Count multiply = Count(columns) * (states * product);
  return {rows * (merge + multiply),
          kind == GateKind::Log ? rows * gateColumns : Count()};
}

/// Factors of a leaf: of each gate and its inverse the products since the
/// block's first token, both times rows or columns and a constant; then
/// anchors.
Cost ChunkCost::getShifted(GateKind kind, delta::RangeAttr bound,
                           uint64_t gateColumns, uint64_t columns) const {
  uint64_t levels = llvm::Log2_64_Ceil(chunk);
  uint64_t leafLevels = std::min<uint64_t>(
      levels,
      llvm::Log2_64(static_cast<uint64_t>(getShiftedLeaf(kind, bound))));
  Count factors = Count(chunk) * gateColumns;
  Count merges = factors * (2 * leafLevels);
  Count anchors =
      Count(chunk) * (gateColumns + columns) * (levels - leafLevels);
  return {merges + factors * 3 + Count(chunk) * columns * 2 + anchors,
          kind == GateKind::Log ? factors * 2 : Count()};
}

/// Of a product of scores that decays along the axis it keeps.
Cost ChunkCost::getDecays(std::optional<GateKind> kind, Value gate,
                          uint64_t columns) const {
  if (!gate)
    return {};
  return shapeOf(gate).size() == 1
             ? getPairDecays(*kind)
             : getAnchors(*kind, getColumns(gate), columns, 1);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// Decays of each pair by itself: a product of gates that grows by one, and its
/// product with a row.
Cost ChunkCost::getPairwise(std::optional<MaskAttr> mask, GateKind kind,
                            Value gate, uint64_t columns,
                            uint64_t states) const {
  if (states == 1 && shapeOf(gate).size() == 1)
    return {getPairs(mask) * 2, kind == GateKind::Log ? chunk : Count()};
  uint64_t product = 2 * states - 1, gateColumns = getColumns(gate);
  Count grow = Count(gateColumns) * (states * states * product);
  Count multiply = Count(columns) * (states * product);
  return {getPairs(mask) * (grow + multiply),
          kind == GateKind::Log ? Count(chunk) * gateColumns : Count()};
}

Cost ChunkCost::of(ScoresOp op) const {
  uint64_t states = op.getRows().size();
  uint64_t columns = getColumns(op.getRows().front());
  Cost products{getPairs(op.getMask()) * 2 * states * columns, {}};
  switch (op.getScheme()) {
  case Scheme::Ungated:
    return products;
  case Scheme::AfterProduct:
    return products + getPairDecays(*op.getKind());
  case Scheme::Dyadic:
    return products + getAnchors(*op.getKind(),
                                 getColumns(op.getGate().front()), columns,
                                 states);
  case Scheme::Shifted:
    return products + getShifted(*op.getKind(), *op.getBound(),
                                 getColumns(op.getGate().front()), columns);
  case Scheme::Pairwise:
    return products + getPairwise(op.getMask(), *op.getKind(),
                                  op.getGate().front(), columns, states);
  }
  llvm_unreachable("unknown scheme");
}

Cost ChunkCost::of(ApplyOp op) const {
  uint64_t columns = getColumns(op.getValues());
  std::optional<MaskAttr> mask = op.getMask();
  Cost products{(getPairs(mask) + getDiagonal(mask)) * 2 * columns, {}};
  Value gate = op.getGate().empty() ? Value() : op.getGate().front();
  if (gate && mask)
    return products + getPairwise(mask, *op.getKind(), gate, columns, 1);
  return products + getDecays(op.getKind(), gate, columns);
}

Cost ChunkCost::of(SolveOp op) const {
  uint64_t columns = getColumns(op.getRhs().front());
  Cost total;
  for (const SolveOp::Term &term : op.getTermList()) {
    total.flop += getPairs() * 2 * columns;
    if (term.weight)
      total.flop += Count(chunk) * 2 * columns;
    total += getDecays(op.getKind(), term.gate, columns);
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
  if (op.getColumns())
    passes += 1;
  for (unsigned m = 0, e = op.getNumWrites(); m < e; ++m)
    if (present(op.getRow(m)) || present(op.getColumn(m)))
      passes += Count(chunk) * 2;
  return {state * passes, {}};
}

Cost ChunkCost::of(AccumulateOp op) const {
  uint64_t tensors = op.getGate().size();
  auto states = static_cast<uint64_t>(
      std::lround(std::sqrt(static_cast<double>(tensors))));
  Count columns = getColumns(op.getGate().front());
  Cost total{columns * chunk * (tensors * (2 * states - 1)), {}};
  if (op.getKind() == GateKind::Log && op.getFiner().empty())
    total.exp = columns * tensors * (op.getRange() == Range::All ? 1 : chunk);
  return total;
}

Cost ChunkCost::of(SumOp op, function_ref<bool(Value)> present) const {
  uint64_t terms = llvm::count_if(op.getTerms(), present);
  Count elements = Count(chunk) * getColumns(op.getResult());
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
            ScaleOp, ProductOp, InverseOp>(
          [&](auto typed) { return of(typed); })
      .Default(Cost());
}
