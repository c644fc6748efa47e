//===- ArgumentEmitter.cpp - a chunk's arguments from memory --------------===//

#include "passes/WYToVector/ArgumentEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sluice;
using delta::ArgKind;
using delta::Axis;

SmallVector<Value> ArgumentEmitter::place(BlockArgument argument,
                                          const Chunk &chunk, Value row) {
  ArgKind kind = b.scan.getArgKind(argument.getArgNumber());
  return b.kernel.argumentIndices(
      kind, kind == ArgKind::Params ? Value() : b.add(chunk.first, row));
}

Value ArgumentEmitter::loadScalar(BlockArgument argument, const Chunk &chunk,
                                  Value row) {
  Value memory = b.kernel.args[argument.getArgNumber()];
  return b.toF32(memref::LoadOp::create(b.builder, b.loc, memory,
                                        place(argument, chunk, row)));
}

Value ArgumentEmitter::loadVector(BlockArgument argument, const Chunk &chunk,
                                  Value row, const VectorSpan &span) {
  Value memory = b.kernel.args[argument.getArgNumber()];
  SmallVector<Value> indices = place(argument, chunk, row);
  indices.push_back(span.start);
  auto type = VectorType::get(
      {b.lanes}, cast<MemRefType>(memory.getType()).getElementType());
  if (!span.mask)
    return b.toF32(
        vector::LoadOp::create(b.builder, b.loc, type, memory, indices));
  Value zeros =
      arith::ConstantOp::create(b.builder, b.loc, b.builder.getZeroAttr(type));
  return b.toF32(vector::MaskedLoadOp::create(b.builder, b.loc, type, memory,
                                              indices, span.mask, zeros));
}

/// Asks for the rows of one token that a later block will load, and those of
/// the outputs that it will store. They are a few cache lines in a page of
/// their own, where no hardware looks ahead.
void ArgumentEmitter::prefetchToken(Value token) {
  constexpr int64_t kCacheLine = 64;
  auto prefetch = [&](Value memory, ArgKind kind, Axis axis, bool isWrite) {
    auto type = cast<MemRefType>(memory.getType());
    int64_t step = kCacheLine * 8 / type.getElementTypeBitWidth();
    for (int64_t start = 0; start < b.plan.dim(axis); start += step) {
      SmallVector<Value> indices = b.kernel.argumentIndices(kind, token);
      indices.push_back(b.index(start));
      memref::PrefetchOp::create(b.builder, b.loc, memory, indices, isWrite,
                                 /*localityHint=*/2, /*isDataCache=*/true);
    }
  };
  auto arguments = b.scan.getGraph().getArguments();
  for (BlockArgument argument : arguments.take_front(b.scan.getNumArgs())) {
    ArgKind kind = b.scan.getArgKind(argument.getArgNumber());
    std::optional<Axis> axis = b.plan.getShape(argument).axis;
    if (axis && kind != ArgKind::State && kind != ArgKind::Params)
      prefetch(b.kernel.args[argument.getArgNumber()], kind, *axis, false);
  }
  for (auto [output, memory] : llvm::zip(b.scan.getOutputs(), b.kernel.outputs))
    if (std::optional<Axis> axis = b.plan.getShape(output).axis)
      prefetch(memory, ArgKind::VHeads, *axis, true);
}

void ArgumentEmitter::prefetchShare(const Chunk &chunk, Value panel) {
  int64_t size = b.plan.getChunk();
  Value panels = b.sub(b.kernel.endPanel, b.kernel.firstPanel);
  Value share = b.ceilDiv(b.index(size), panels);
  Value first = b.mul(b.sub(panel, b.kernel.firstPanel), share);
  Value past = b.min(b.add(first, share), b.index(size));
  Value ahead = b.index(size * b.plan.getSizes().blockChunks);
  Value from = b.add(b.add(chunk.first, first), ahead);
  Value to = b.min(b.add(b.add(chunk.first, past), ahead), b.kernel.end);
  b.loop(from, to, 1, [&](Value token) { prefetchToken(token); });
}

void ArgumentEmitter::prefetchNext(const Chunk &chunk, int64_t part,
                                   int64_t parts) {
  Chunk next = b.getNext(chunk);
  auto bound = [&](int64_t share) {
    return b.min(b.add(next.first, b.plan.getChunk() * share / parts),
                 b.add(next.first, next.count));
  };
  b.loop(bound(part), bound(part + 1), 1,
         [&](Value token) { prefetchToken(token); });
}

void ArgumentEmitter::copy(BlockArgument argument, const Chunk &chunk) {
  wy::ChunkShape shape = b.plan.getShape(argument);
  auto copyRow = [&](Value row) {
    if (!shape.axis)
      return b.storeScalar(loadScalar(argument, chunk, row), argument, chunk,
                           row);
    b.alongAxis(*shape.axis, [&](const VectorSpan &span) {
      b.store(loadVector(argument, chunk, row, span),
              b.at(argument, chunk, row, span.start));
    });
  };
  if (!shape.isTokens())
    return copyRow(b.index(0));
  b.loop(b.index(0), chunk.count, 1, copyRow);
  clearMissingRows(argument, chunk);
}

void ArgumentEmitter::clearMissingRows(Value tensor, const Chunk &chunk) {
  const ChunkBuffer &buffer = b.layout.get(tensor);
  double missing = b.plan.isOnlyGate(tensor) ? 1 : 0;
  b.loop(chunk.count, b.index(buffer.rows), 1, [&](Value row) {
    if (buffer.stride == 1)
      return b.storeScalar(b.number(missing), tensor, chunk, row);
    b.loop(b.index(0), b.index(buffer.stride), b.lanes, [&](Value start) {
      b.store(b.splat(missing), b.at(tensor, chunk, row, start));
    });
  });
}
