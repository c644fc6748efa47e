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
      Value start = vectorStart(panel, v);
      VectorSpan span{start, vectorMask(start)};
      emitSpan(values, token, span, accumulators);
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
    auto spans = scf::ForOp::create(b, loc, index(0), index(whole),
                                    index(sizes.lanes), getCarried());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(spans.getBody());
    carry(spans.getRegionIterArgs());
    VectorSpan span{spans.getInductionVar(), Value()};
    emitSpan(values, token, span, accumulators);
    if (!accumulators.empty()) // otherwise the loop came with its terminator
      scf::YieldOp::create(b, loc, getCarried());
    carry(spans.getResults());
  }
  if (int64_t rest = sizes.dim(axis) - whole) {
    Value mask = vector::ConstantMaskOp::create(
        b, loc, VectorType::get({sizes.lanes}, b.getI1Type()),
        ArrayRef<int64_t>{rest});
    VectorSpan span{index(whole), mask};
    emitSpan(values, token, span, accumulators);
  }

  for (auto [value, accumulator] : accumulators) {
    Value reduced =
        vector::ReductionOp::create(b, loc, getCombiningKind(value),
                                    accumulator, arith::FastMathFlags::reassoc);
    token.scalars[value] = reduced;
    finish(value, reduced, token, nullptr);
  }
}

void StepEmitter::emitSpan(ArrayRef<Value> values, Token &token,
                           VectorSpan &span, Accumulators &accumulators) {
  for (Value value : values) {
    if (isReduction(value)) {
      Value &accumulator = accumulators[value];
      accumulator = combine(value.getDefiningOp(), accumulator, token, span);
      continue;
    }
    Operation *made = value.getDefiningOp();
    if (!made || isa<ReadOp>(made)) {
      finish(value, loadVector(value, token, span), token, &span);
      continue;
    }
    SmallVector<Value> operands;
    for (Value operand : made->getOperands())
      operands.push_back(loadVector(operand, token, span));
    Value computed = emitElementwise(b, loc, made, operands);
    span.vectors[value] = computed;
    finish(value, computed, token, &span);
  }
}

/// One vector's share of a reduction.
Value StepEmitter::combine(Operation *reduction, Value accumulator,
                           Token &token, VectorSpan &span) {
  Value a = loadVector(reduction->getOperand(0), token, span);
  Value combined;
  if (isa<DotOp>(reduction)) {
    Value c = loadVector(reduction->getOperand(1), token, span);
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
  if (span.mask)
    combined =
        arith::SelectOp::create(b, loc, span.mask, combined, accumulator);
  return combined;
}

/// Puts a value where others look for it: its buffer, and the outputs.
void StepEmitter::finish(Value value, Value computed, Token &token,
                         VectorSpan *span) {
  const Buffer *buffer = plan.getBuffer(value);
  bool isRead = value.getDefiningOp() && isa<ReadOp>(value.getDefiningOp());
  if (buffer && !isRead) { // a sweep has put the reads in theirs
    Value place = element(*buffer, token.slot, span ? span->start : index(0));
    if (span)
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
    if (span)
      place.push_back(span->start);
    if (!span)
      memref::StoreOp::create(b, loc, narrow, kernel.outputs[i], place);
    else if (span->mask)
      vector::MaskedStoreOp::create(b, loc, kernel.outputs[i], place,
                                    span->mask, narrow);
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

Value StepEmitter::loadVector(Value value, Token &token, VectorSpan &span) {
  if (!getAxis(value))
    return broadcast(loadScalar(value, token));
  Value &known = span.vectors[value];
  if (known)
    return known;
  if (auto argument = dyn_cast<BlockArgument>(value))
    known = loadArgument(argument, token.index, &span);
  else
    known = vector::LoadOp::create(
        b, loc, vectorType, kernel.scratch,
        element(*plan.getBuffer(value), token.slot, span.start));
  return known;
}

Value StepEmitter::loadArgument(BlockArgument argument, Value token,
                                VectorSpan *span) {
  Value source = kernel.args[argument.getArgNumber()];
  SmallVector<Value> place =
      kernel.argumentIndices(op.getArgKind(argument.getArgNumber()), token);
  if (!span)
    return toF32(memref::LoadOp::create(b, loc, source, place));
  place.push_back(span->start);
  Type element = cast<MemRefType>(source.getType()).getElementType();
  auto type = VectorType::get({sizes.lanes}, element);
  if (!span->mask)
    return toF32(vector::LoadOp::create(b, loc, type, source, place));
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return toF32(vector::MaskedLoadOp::create(b, loc, type, source, place,
                                            span->mask, zeros));
}
