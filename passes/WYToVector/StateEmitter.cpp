//===- StateEmitter.cpp - states between memory and scratch ---------------===//

#include "passes/WYToVector/StateEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
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

//===----------------------------------------------------------------------===//
// Channels
//===----------------------------------------------------------------------===//

/// Chunks are counted so that those of all sequences differ: by the tokens of
/// all rows before them, and the sequences.
static Value getSlot(KernelBuilder &b, const Chunk &chunk) {
  for (auto [i, memory] : llvm::enumerate(b.kernel.args)) {
    delta::ArgKind kind = b.scan.getArgKind(i);
    if (kind != delta::ArgKind::QKHeads && kind != delta::ArgKind::VHeads)
      continue;
    Value tokens = memref::DimOp::create(b.builder, b.loc, memory, 1);
    Value place = b.add(b.mul(b.kernel.batch, tokens), chunk.first);
    Value before = arith::DivUIOp::create(b.builder, b.loc, place,
                                          b.index(b.plan.getChunk()));
    return b.add(before, b.kernel.sequence);
  }
  llvm_unreachable("a scan whose chunks have tokens has arguments for them");
}

void StateEmitter::moveChannel(Value memory, unsigned state, const Chunk &chunk,
                               Value panel, bool isLoad) {
  Value slot = getSlot(b, chunk);
  Value rows = b.index(b.plan.dim(b.plan.getContracted()));
  if (b.plan.getFree() == Axis::Key) {
    // Panels cut rows of the memory's matrix.
    b.loop(b.index(0), rows, 1, [&](Value row) {
      b.loop(b.index(0), b.index(b.plan.panelWidth()), 1, [&](Value i) {
        Value key = b.add(b.vectorStart(panel, 0), i);
        Value place = b.add(b.stateRow(state, panel, row), i);
        b.branch(b.isLess(key, b.index(b.plan.dim(Axis::Key))), [&] {
          Value indices[] = {slot, b.kernel.head, key, row};
          if (isLoad)
            b.storeScalar(
                memref::LoadOp::create(b.builder, b.loc, memory, indices),
                place);
          else
            memref::StoreOp::create(b.builder, b.loc, b.loadScalar(place),
                                    memory, indices);
        });
      });
    });
    return;
  }
  b.loop(b.index(0), rows, 1, [&](Value row) {
    for (int64_t v = 0; v < b.plan.getSizes().panelVectors; ++v) {
      Value place = b.add(b.stateRow(state, panel, row), v * b.lanes);
      Value start = b.vectorStart(panel, v);
      Value indices[] = {slot, b.kernel.head, row, start};
      Value mask = b.vectorMask(Axis::Value, start);
      if (isLoad && mask)
        b.store(vector::MaskedLoadOp::create(b.builder, b.loc, b.vectorType,
                                             memory, indices, mask, b.splat(0)),
                place);
      else if (isLoad)
        b.store(vector::LoadOp::create(b.builder, b.loc, b.vectorType, memory,
                                       indices),
                place);
      else if (mask)
        vector::MaskedStoreOp::create(b.builder, b.loc, memory, indices, mask,
                                      b.load(place));
      else
        vector::StoreOp::create(b.builder, b.loc, b.load(place), memory,
                                indices);
    }
  });
}

void StateEmitter::loadChannels(const Chunk &chunk, Value panel) {
  for (unsigned i = 0, e = b.scan.getNumInChannels(); i < e; ++i)
    moveChannel(b.kernel.channels[i],
                b.plan.getStateIndex(b.scan.getChannelArgument(i)), chunk,
                panel, /*isLoad=*/true);
}

void StateEmitter::storeChannels(const Chunk &chunk, Value panel) {
  unsigned taken = b.scan.getNumInChannels();
  for (auto [i, value] : llvm::enumerate(b.scan.getChannelValues()))
    moveChannel(b.kernel.channels[taken + i], b.plan.getStateIndex(value),
                chunk, panel, /*isLoad=*/false);
}

void StateEmitter::prefetchChannels(const Chunk &chunk, int64_t part,
                                    int64_t parts) {
  if (b.scan.getNumInChannels() == 0)
    return;
  constexpr int64_t kCacheLine = 64 / sizeof(float);
  Chunk next = b.getNext(chunk);
  auto rows = static_cast<int64_t>(b.scan.getKeyDim());
  b.branch(b.isLess(b.index(0), next.count), [&] {
    Value slot = getSlot(b, next);
    b.loop(b.index(rows * part / parts), b.index(rows * (part + 1) / parts), 1,
           [&](Value row) {
             for (unsigned i = 0, e = b.scan.getNumInChannels(); i < e; ++i)
               for (int64_t column = 0; column < b.plan.dim(Axis::Value);
                    column += kCacheLine)
                 memref::PrefetchOp::create(
                     b.builder, b.loc, b.kernel.channels[i],
                     ValueRange{slot, b.kernel.head, row, b.index(column)},
                     /*isWrite=*/false, /*localityHint=*/2,
                     /*isDataCache=*/true);
           });
  });
}
