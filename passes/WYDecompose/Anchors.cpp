//===- Anchors.cpp - gates between halves of blocks -----------------------===//

#include "passes/WYDecompose/Anchors.h"

using namespace mlir;
using namespace sluice;

Anchors::Anchors(OpBuilder &builder, Location loc, ValueRange gate,
                 wy::GateKind kind)
    : b(builder), loc(loc), gate(gate), kind(kind),
      states(wy::getNumStates(gate.size())) {}

ValueRange Anchors::get(wy::Range range, int64_t half) {
  if (half == 1)
    return {};
  wy::AccumulateOp &last = coarsest[range == wy::Range::Before ? 0 : 1];
  auto size = [&] { return last ? static_cast<int64_t>(*last.getBlock()) : 1; };
  while (size() < half) {
    ValueRange finer = last ? ValueRange(last.getResults()) : ValueRange();
    last = wy::AccumulateOp::create(b, loc, TypeRange(gate), range,
                                    b.getI64IntegerAttr(2 * size()), kind, gate,
                                    finer);
  }
  return last.getResults();
}
