//===- ValueEmitter.cpp - the values of one token -------------------------===//
//
// A stage's values by depth: scalars first, then one loop along each axis that
// makes the elementwise values of that depth and accumulates its reductions.
//
//===----------------------------------------------------------------------===//

#include "lib/Algebra/Elementwise.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/DeltaToVector/StepEmitter.h"
#include <limits>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static bool isReduction(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isa<DotOp, ReduceOp>(op);
}

/// The axis of the loop that makes a value; nothing for scalars made of
/// scalars.
static std::optional<Axis> getLoopAxis(Value value) {
  return isReduction(value) ? getAxis(value.getDefiningOp()->getOperand(0))
                            : getAxis(value);
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

void StepEmitter::emitStage(unsigned stage, Token &token, Value panel) {
  // What the stage makes, and what it only has to put somewhere: arguments and
  // reads that are wanted in scratch or as outputs.
  SmallVector<Value> wanted;
  auto isOutput = [&](Value value) {
    return llvm::is_contained(op.getYield().getOutputs(), value);
  };
  if (stage == 0)
    for (BlockArgument argument : op.getStep().getArguments())
      if (plan.getBuffer(argument) || isOutput(argument))
        wanted.push_back(argument);
  if (stage == 0)
    for (Operation &step : op.getStep())
      if (step.getNumResults() == 1 && isFree(step.getResult(0)) &&
          isOutput(step.getResult(0)))
        wanted.push_back(step.getResult(0));
  if (stage > 0)
    for (ReadOp read : plan.getReads(stage))
      if (isOutput(read.getResult()))
        wanted.push_back(read.getResult());
  for (Operation *made : plan.getOps(stage))
    wanted.push_back(made->getResult(0));

  unsigned depths = 0;
  for (Value value : wanted)
    depths = std::max(depths, plan.get(value).depth + 1);
  for (unsigned depth = 0; depth < depths; ++depth) {
    SmallVector<Value> byAxis[2];
    for (Value value : wanted) {
      if (plan.get(value).depth != depth)
        continue;
      if (std::optional<Axis> axis = getLoopAxis(value))
        byAxis[static_cast<unsigned>(*axis)].push_back(value);
      else
        emitScalar(value, token);
    }
    for (Axis axis : {Axis::Key, Axis::Value})
      if (ArrayRef<Value> values = byAxis[static_cast<unsigned>(axis)];
          !values.empty())
        emitAxis(axis, values, token, panel);
  }
}

void StepEmitter::emitScalar(Value value, Token &token) {
  Operation *made = value.getDefiningOp();
  if (!made || isFree(value))
    return finish(value, loadScalar(value, token), token, nullptr);
  SmallVector<Value> operands;
  for (Value operand : made->getOperands())
    operands.push_back(loadScalar(operand, token));
  Value computed = emitElementwise(b, loc, made, operands);
  token.scalars[value] = computed;
  finish(value, computed, token, nullptr);
}

static vector::CombiningKind getCombiningKind(Value reduction) {
  auto reduce = reduction.getDefiningOp<ReduceOp>();
  if (!reduce || reduce.getKind() == Reduction::Sum)
    return vector::CombiningKind::ADD;
  return reduce.getKind() == Reduction::Max ? vector::CombiningKind::MAXIMUMF
                                            : vector::CombiningKind::MINIMUMF;
}

/// What the reductions among `values` begin with.
StepEmitter::Accumulators
StepEmitter::makeAccumulators(ArrayRef<Value> values) {
  const double infinity = std::numeric_limits<double>::infinity();
  Accumulators accumulators;
  for (Value value : values) {
    if (!isReduction(value))
      continue;
    double neutral = 0;
    if (getCombiningKind(value) == vector::CombiningKind::MAXIMUMF)
      neutral = -infinity;
    if (getCombiningKind(value) == vector::CombiningKind::MINIMUMF)
      neutral = infinity;
    accumulators[value] = splat(neutral);
  }
  return accumulators;
}

void StepEmitter::emitAxis(Axis axis, ArrayRef<Value> values, Token &token,
                           Value panel) {
  Accumulators accumulators = makeAccumulators(values);
  if (panel) {
    // One panel of value vectors, nothing to reduce: no loop.
    for (int64_t v = 0; v < sizes.panelVectors; ++v) {
      Value start = column(panel, v);
      Chunk chunk{start, columnMask(start)};
      emitChunk(values, token, chunk, accumulators);
    }
    return;
  }

  auto carry = [&](ValueRange carried) {
    for (auto [accumulator, value] : llvm::zip_equal(accumulators, carried))
      accumulator.second = value;
  };
  auto getCarried = [&] {
    return llvm::to_vector(llvm::make_second_range(accumulators));
  };
  int64_t whole = sizes.dim(axis) / sizes.lanes * sizes.lanes;
  if (whole > 0) {
    auto chunks = scf::ForOp::create(b, loc, index(0), index(whole),
                                     index(sizes.lanes), getCarried());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(chunks.getBody());
    carry(chunks.getRegionIterArgs());
    Chunk chunk{chunks.getInductionVar(), Value()};
    emitChunk(values, token, chunk, accumulators);
    if (!accumulators.empty()) // otherwise the loop came with its terminator
      scf::YieldOp::create(b, loc, getCarried());
    carry(chunks.getResults());
  }
  if (int64_t rest = sizes.dim(axis) - whole) {
    Value mask = vector::ConstantMaskOp::create(
        b, loc, VectorType::get({sizes.lanes}, b.getI1Type()),
        ArrayRef<int64_t>{rest});
    Chunk chunk{index(whole), mask};
    emitChunk(values, token, chunk, accumulators);
  }

  for (auto [value, accumulator] : accumulators) {
    Value reduced =
        vector::ReductionOp::create(b, loc, getCombiningKind(value),
                                    accumulator, arith::FastMathFlags::reassoc);
    token.scalars[value] = reduced;
    finish(value, reduced, token, nullptr);
  }
}

void StepEmitter::emitChunk(ArrayRef<Value> values, Token &token, Chunk &chunk,
                            Accumulators &accumulators) {
  for (Value value : values) {
    if (isReduction(value)) {
      Value &accumulator = accumulators[value];
      accumulator = combine(value.getDefiningOp(), accumulator, token, chunk);
      continue;
    }
    Operation *made = value.getDefiningOp();
    if (!made || isa<ReadOp>(made)) {
      finish(value, loadChunk(value, token, chunk), token, &chunk);
      continue;
    }
    SmallVector<Value> operands;
    for (Value operand : made->getOperands())
      operands.push_back(loadChunk(operand, token, chunk));
    Value computed = emitElementwise(b, loc, made, operands);
    chunk.vectors[value] = computed;
    finish(value, computed, token, &chunk);
  }
}

/// One vector's share of a reduction.
Value StepEmitter::combine(Operation *reduction, Value accumulator,
                           Token &token, Chunk &chunk) {
  Value a = loadChunk(reduction->getOperand(0), token, chunk);
  Value combined;
  if (isa<DotOp>(reduction)) {
    Value c = loadChunk(reduction->getOperand(1), token, chunk);
    combined = vector::FMAOp::create(b, loc, a, c, accumulator);
  } else {
    switch (cast<ReduceOp>(reduction).getKind()) {
    case Reduction::Sum:
      combined = arith::AddFOp::create(b, loc, accumulator, a);
      break;
    case Reduction::Max:
      combined = arith::MaximumFOp::create(b, loc, accumulator, a);
      break;
    case Reduction::Min:
      combined = arith::MinimumFOp::create(b, loc, accumulator, a);
      break;
    }
  }
  // Elements that do not exist take no part.
  if (chunk.mask)
    combined =
        arith::SelectOp::create(b, loc, chunk.mask, combined, accumulator);
  return combined;
}

/// Puts a value where others look for it: its buffer, and the outputs.
void StepEmitter::finish(Value value, Value computed, Token &token,
                         Chunk *chunk) {
  const Buffer *buffer = plan.getBuffer(value);
  bool isRead = value.getDefiningOp() && isa<ReadOp>(value.getDefiningOp());
  if (buffer && !isRead) { // a sweep has put the reads in theirs
    Value place = element(*buffer, token.slot, chunk ? chunk->index : index(0));
    if (chunk)
      vector::StoreOp::create(b, loc, computed, kernel.scratch, place);
    else
      memref::StoreOp::create(b, loc, computed, kernel.scratch, place);
  }
  for (auto [i, output] : llvm::enumerate(op.getYield().getOutputs())) {
    if (output != value)
      continue;
    auto memory = cast<MemRefType>(kernel.outputs[i].getType());
    Value narrow = fromF32(computed, memory.getElementType());
    SmallVector<Value> place = {kernel.batch, token.index, kernel.head};
    if (chunk)
      place.push_back(chunk->index);
    if (!chunk)
      memref::StoreOp::create(b, loc, narrow, kernel.outputs[i], place);
    else if (chunk->mask)
      vector::MaskedStoreOp::create(b, loc, kernel.outputs[i], place,
                                    chunk->mask, narrow);
    else
      vector::StoreOp::create(b, loc, narrow, kernel.outputs[i], place);
  }
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

Value StepEmitter::loadScalar(Value value, Token &token) {
  if (auto constant = value.getDefiningOp<ConstantOp>())
    return number(constant.getValue().convertToDouble());
  if (value.getDefiningOp<ScaleOp>())
    return kernel.scale;
  if (Value known = token.scalars.lookup(value))
    return known;
  if (auto argument = dyn_cast<BlockArgument>(value))
    return loadArgument(argument, token.index, nullptr);
  return memref::LoadOp::create(
      b, loc, kernel.scratch,
      element(*plan.getBuffer(value), token.slot, index(0)));
}

Value StepEmitter::loadChunk(Value value, Token &token, Chunk &chunk) {
  if (!getAxis(value))
    return broadcast(loadScalar(value, token));
  Value &known = chunk.vectors[value];
  if (known)
    return known;
  if (auto argument = dyn_cast<BlockArgument>(value))
    known = loadArgument(argument, token.index, &chunk);
  else
    known = vector::LoadOp::create(
        b, loc, vectorType, kernel.scratch,
        element(*plan.getBuffer(value), token.slot, chunk.index));
  return known;
}

Value StepEmitter::loadArgument(BlockArgument argument, Value token,
                                Chunk *chunk) {
  Value source = kernel.args[argument.getArgNumber()];
  SmallVector<Value> place =
      kernel.argumentIndices(op.getArgKind(argument.getArgNumber()), token);
  if (!chunk)
    return toF32(memref::LoadOp::create(b, loc, source, place));
  place.push_back(chunk->index);
  Type element = cast<MemRefType>(source.getType()).getElementType();
  auto type = VectorType::get({sizes.lanes}, element);
  if (!chunk->mask)
    return toF32(vector::LoadOp::create(b, loc, type, source, place));
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return toF32(vector::MaskedLoadOp::create(b, loc, type, source, place,
                                            chunk->mask, zeros));
}
