//===- StateEmitter.cpp - states between memory and scratch ---------------===//

#include "passes/WYToVector/StateEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

Value StateEmitter::loadInitial(unsigned state, Value row, Value start) {
  const KernelFunction &kernel = b.kernel;
  Value source = kernel.args[b.scan.getStates()[state].getArgNumber()];
  // Without initial states the memref is one matrix of zeros.
  Value n = b.select(kernel.hasInitial[state], kernel.sequence, b.index(0));
  Value h = b.select(kernel.hasInitial[state], kernel.head, b.index(0));
  Value indices[] = {n, h, row, start};
  if (Value mask = b.vectorMask(Axis::Value, start))
    return vector::MaskedLoadOp::create(b.builder, b.loc, b.vectorType, source,
                                        indices, mask, b.splat(0));
  return vector::LoadOp::create(b.builder, b.loc, b.vectorType, source,
                                indices);
}

void StateEmitter::storeFinal(unsigned state, Value row, Value start,
                              Value vector) {
  const KernelFunction &kernel = b.kernel;
  Value indices[] = {kernel.sequence, kernel.head, row, start};
  if (Value mask = b.vectorMask(Axis::Value, start))
    vector::MaskedStoreOp::create(b.builder, b.loc, kernel.finals[state],
                                  indices, mask, vector);
  else
    vector::StoreOp::create(b.builder, b.loc, vector, kernel.finals[state],
                            indices);
}

void StateEmitter::emitStates(bool isStart) {
  for (unsigned s = 0, e = b.scan.getStates().size(); s < e; ++s) {
    if (b.plan.getFree() == Axis::Key) {
      emitTransposed(s, isStart);
      continue;
    }
    b.loop(b.kernel.firstPanel, b.kernel.endPanel, 1, [&](Value panel) {
      b.loop(b.index(0), b.index(b.plan.dim(Axis::Key)), 1, [&](Value row) {
        for (int64_t v = 0; v < b.plan.getSizes().panelVectors; ++v) {
          Value place = b.add(b.stateRow(s, panel, row), v * b.lanes);
          Value start = b.vectorStart(panel, v);
          if (isStart)
            b.store(loadInitial(s, row, start), place);
          else
            storeFinal(s, row, start, b.load(place));
        }
      });
    });
  }
}

/// Panels cut rows of the memory's matrix: element by element, once a
/// sequence.
void StateEmitter::emitTransposed(unsigned s, bool isStart) {
  const KernelFunction &kernel = b.kernel;
  const ChunkPlan &plan = b.plan;
  Value source = kernel.args[b.scan.getStates()[s].getArgNumber()];
  auto emitElement = [&](Value panel, Value row, Value i) {
    Value key = b.add(b.mul(panel, plan.panelWidth()), i);
    Value place = b.add(b.stateRow(s, panel, row), i);
    Value exists = b.isLess(key, b.index(plan.dim(Axis::Key)));
    if (isStart) {
      Value n = b.select(kernel.hasInitial[s], kernel.sequence, b.index(0));
      Value h = b.select(kernel.hasInitial[s], kernel.head, b.index(0));
      Value safe = b.select(exists, key, b.index(0));
      Value loaded = memref::LoadOp::create(b.builder, b.loc, source,
                                            ValueRange{n, h, safe, row});
      b.storeScalar(b.select(exists, loaded, b.number(0)), place);
      return;
    }
    b.branch(exists, [&] {
      memref::StoreOp::create(
          b.builder, b.loc, b.loadScalar(place), kernel.finals[s],
          ValueRange{kernel.sequence, kernel.head, key, row});
    });
  };
  b.loop(kernel.firstPanel, kernel.endPanel, 1, [&](Value panel) {
    b.loop(b.index(0), b.index(plan.dim(plan.getContracted())), 1,
           [&](Value row) {
             b.loop(b.index(0), b.index(plan.panelWidth()), 1,
                    [&](Value i) { emitElement(panel, row, i); });
           });
  });
}
