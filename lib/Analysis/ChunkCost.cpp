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
  ArrayRef<int64_t> shape = shapeOf(tensor);
  if (shape.size() < 2)
    return 1;
  auto columns = static_cast<uint64_t>(shape[1]);
  return columns == scanKey ? key : columns == scanValue ? value : columns;
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

Cost ChunkCost::getPairDecays(GateKind kind) const {
  Count pairs = getPairs();
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

Cost ChunkCost::of(ScoresOp op) const {
  uint64_t states = op.getRows().size();
  uint64_t columns = getColumns(op.getRows().front());
  Cost products{getPairs() * 2 * states * columns, {}};
  switch (op.getScheme()) {
  case Scheme::Ungated:
    return products;
  case Scheme::AfterProduct:
    return products + getPairDecays(*op.getKind());
  case Scheme::Dyadic:
    return products + getAnchors(*op.getKind(),
                                 getColumns(op.getGate().front()), columns,
                                 states);
  }
  llvm_unreachable("unknown scheme");
}

Cost ChunkCost::of(ApplyOp op) const {
  uint64_t columns = getColumns(op.getValues());
  Cost products{(getPairs() + chunk) * 2 * columns, {}};
  Value gate = op.getGate().empty() ? Value() : op.getGate().front();
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
  if (op.getKind() == GateKind::Log)
    total.exp = columns * tensors * (op.getRange() == Range::All ? 1 : chunk);
  return total;
}

Cost ChunkCost::of(SumOp op, function_ref<bool(Value)> present) const {
  uint64_t terms = llvm::count_if(op.getTerms(), present);
  Count elements = Count(chunk) * getColumns(op.getResult());
  return {elements * (terms > 0 ? terms - 1 : 0), {}};
}

Cost ChunkCost::getTokenOp(Operation &op) const {
  if (op.getNumResults() != 1)
    return {};
  Count results = getSize(op.getResult(0).getType());
  return llvm::TypeSwitch<Operation *, Cost>(&op)
      .Case<delta::ExpOp, delta::Expm1Op, delta::SigmoidOp, delta::LogSigmoidOp,
            delta::SoftplusOp, delta::SiluOp, delta::TanhOp>(
          [&](auto) { return Cost{{}, results}; })
      .Case<delta::ElementwiseOpInterface>(
          [&](auto) { return Cost{results, {}}; })
      .Case<delta::DotOp>([&](auto dot) {
        return Cost{getSize(dot.getLhs().getType()) * 2, {}};
      })
      .Case<delta::ReduceOp>([&](auto reduce) {
        return Cost{getSize(reduce.getOperand().getType()), {}};
      })
      .Case<delta::L2NormOp>([&](auto) { return Cost{results * 3, {}}; })
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
      .Case<ScoresOp, ApplyOp, SolveOp, AccumulateOp, TokensOp>(
          [&](auto typed) { return of(typed); })
      .Default(Cost());
}
