//===- FirstPhaseEmitter.cpp - arguments and maths of tokens --------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/DeltaToVector/Elementwise.h"
#include "passes/WYToVector/ChunkEmitter.h"
#include <limits>

using namespace mlir;
using namespace sluice;
using delta::ArgKind;
using delta::Axis;

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

Value ChunkEmitter::loadArgument(BlockArgument argument, const Chunk &chunk,
                                 Value row, const Columns *columns) {
  unsigned i = argument.getArgNumber();
  ArgKind kind = scan.getArgKind(i);
  SmallVector<Value> place = argumentIndices(
      kind, kind == ArgKind::Params ? Value() : add(chunk.first, row));
  if (!columns)
    return toF32(memref::LoadOp::create(b, loc, args[i], place));
  place.push_back(columns->start);
  auto type = VectorType::get({lanes}, argElements[i]);
  if (!columns->mask)
    return toF32(vector::LoadOp::create(b, loc, type, args[i], place));
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return toF32(vector::MaskedLoadOp::create(b, loc, type, args[i], place,
                                            columns->mask, zeros));
}

/// Asks for the rows of one token that a later block will load, and those of
/// the outputs that it will store. They are a few cache lines in a page of
/// their own, where no hardware looks ahead.
void ChunkEmitter::prefetchToken(Value token) {
  constexpr int64_t kCacheLine = 64;
  auto prefetch = [&](Value memory, ArgKind kind, Axis axis, bool isWrite) {
    auto type = cast<MemRefType>(memory.getType());
    int64_t step = kCacheLine * 8 / type.getElementTypeBitWidth();
    for (int64_t start = 0; start < plan.dim(axis); start += step) {
      SmallVector<Value> place = argumentIndices(kind, token);
      place.push_back(index(start));
      memref::PrefetchOp::create(b, loc, memory, place, isWrite,
                                 /*localityHint=*/2, /*isDataCache=*/true);
    }
  };
  for (BlockArgument argument : scan.getGraph().getArguments()) {
    ArgKind kind = scan.getArgKind(argument.getArgNumber());
    std::optional<Axis> axis = plan.getShape(argument).axis;
    if (axis && kind != ArgKind::State && kind != ArgKind::Params)
      prefetch(args[argument.getArgNumber()], kind, *axis, false);
  }
  for (auto [output, memory] : llvm::zip(scan.getOutputs(), outputs))
    if (std::optional<Axis> axis = plan.getShape(output).axis)
      prefetch(memory, ArgKind::VHeads, *axis, true);
}

/// A share of the next block's tokens for each chunk of each panel, so that
/// memory works while the panels compute.
void ChunkEmitter::prefetchShare(const Chunk &chunk, Value panel) {
  Value panels = arith::SubIOp::create(b, loc, endPanel, firstPanel);
  Value share =
      arith::CeilDivSIOp::create(b, loc, index(plan.getChunk()), panels);
  Value first = arith::MulIOp::create(
      b, loc, arith::SubIOp::create(b, loc, panel, firstPanel), share);
  Value past = min(add(first, share), index(plan.getChunk()));
  Value ahead = index(plan.getChunk() * plan.getSizes().blockChunks);
  Value from = add(add(chunk.first, first), ahead);
  Value to = min(add(add(chunk.first, past), ahead), end);
  loop(from, to, 1, [&](Value token) { prefetchToken(token); });
}

/// Into scratch as float32, for nodes that take whole chunks.
void ChunkEmitter::copyArgument(BlockArgument argument, const Chunk &chunk) {
  TensorShape shape = plan.getShape(argument);
  auto copyRow = [&](Value row) {
    if (!shape.axis)
      return storeScalar(loadArgument(argument, chunk, row, nullptr),
                         at(argument, chunk, row, index(0)));
    alongAxis(*shape.axis, [&](Value start, Value mask) {
      Columns columns{start, mask};
      store(loadArgument(argument, chunk, row, &columns),
            at(argument, chunk, row, start));
    });
  };
  if (!shape.perToken)
    return copyRow(index(0));
  loop(index(0), chunk.count, 1, copyRow);
  clearMissingRows(argument, chunk);
}

/// Zeros for tokens that a short chunk does not have; ones in a gate.
void ChunkEmitter::clearMissingRows(Value tensor, const Chunk &chunk) {
  const ChunkBuffer &buffer = *plan.getBuffer(tensor);
  double missing = plan.isOnlyGate(tensor) ? 1 : 0;
  loop(chunk.count, index(buffer.rows), 1, [&](Value row) {
    if (buffer.stride == 1)
      return storeScalar(number(missing), at(tensor, chunk, row, index(0)));
    loop(index(0), index(buffer.stride), lanes, [&](Value start) {
      store(splat(missing), at(tensor, chunk, row, start));
    });
  });
}

//===----------------------------------------------------------------------===//
// Maths of one token
//===----------------------------------------------------------------------===//

static bool isReduction(Operation *op) {
  return isa_and_nonnull<delta::DotOp, delta::ReduceOp>(op);
}

/// Reductions that a value waits for, one after another.
static unsigned getDepth(Value value, llvm::DenseMap<Value, unsigned> &known) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return 0;
  auto it = known.find(value);
  if (it != known.end())
    return it->second;
  unsigned depth = 0;
  for (Value operand : op->getOperands())
    depth = std::max(depth, getDepth(operand, known) +
                                isReduction(operand.getDefiningOp()));
  return known[value] = depth;
}

static std::optional<Axis> axisOf(Value value) {
  if (auto vec = dyn_cast<delta::VecType>(value.getType()))
    return vec.getAxis();
  return std::nullopt;
}

void ChunkEmitter::emitTokens(wy::TokensOp op, const Chunk &chunk) {
  loop(index(0), chunk.count, 1, [&](Value row) {
    Token token{chunk, row};
    emitToken(op, token);
  });
  for (Value result : op.getResults())
    if (plan.getBuffer(result)->rows > 1)
      clearMissingRows(result, chunk);
}

/// Depth by depth: reductions along each axis, then the vectors that need no
/// further ones.
void ChunkEmitter::emitToken(wy::TokensOp op, Token &token) {
  llvm::DenseMap<Value, unsigned> depths;
  SmallVector<Value> reductions;
  unsigned most = 0;
  for (Operation &step : op.getStep().without_terminator()) {
    most = std::max(most, getDepth(step.getResult(0), depths));
    if (isReduction(&step))
      reductions.push_back(step.getResult(0));
  }
  for (unsigned depth = 0; depth <= most; ++depth)
    for (Axis axis : {Axis::Key, Axis::Value}) {
      SmallVector<Value> now;
      for (Value reduction : reductions)
        if (getDepth(reduction, depths) == depth &&
            axisOf(reduction.getDefiningOp()->getOperand(0)) == axis)
          now.push_back(reduction);
      if (!now.empty())
        reduceToken(op, now, axis, token);
    }
  holdScalars(op, *op.getStep().getTerminator(), token);
  for (Axis axis : {Axis::Key, Axis::Value}) {
    SmallVector<std::pair<Value, Value>> results;
    for (auto [value, result] :
         llvm::zip(op.getYield().getValues(), op.getResults()))
      if (axisOf(value) == axis)
        results.push_back({value, result});
    if (results.empty())
      continue;
    alongAxis(axis, [&](Value start, Value mask) {
      Columns columns{start, mask};
      for (auto [value, result] : results) {
        Value vector = vectorOf(value, op, token, columns);
        if (mask)
          vector = select(mask, vector, splat(0));
        store(vector, at(result, token.chunk, token.row, start));
      }
    });
  }
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults()))
    if (!axisOf(value))
      storeScalar(scalarOf(value, op, token),
                  at(result, token.chunk, token.row, index(0)));
}

vector::CombiningKind ChunkEmitter::getCombiningKind(Operation *reduction) {
  auto reduce = dyn_cast<delta::ReduceOp>(reduction);
  if (!reduce || reduce.getKind() == delta::Reduction::Sum)
    return vector::CombiningKind::ADD;
  return reduce.getKind() == delta::Reduction::Max
             ? vector::CombiningKind::MAXIMUMF
             : vector::CombiningKind::MINIMUMF;
}

/// What a reduction begins with.
Value ChunkEmitter::getNeutral(Operation *reduction) {
  const double infinity = std::numeric_limits<double>::infinity();
  switch (getCombiningKind(reduction)) {
  case vector::CombiningKind::MAXIMUMF:
    return splat(-infinity);
  case vector::CombiningKind::MINIMUMF:
    return splat(infinity);
  default:
    return splat(0);
  }
}

Value ChunkEmitter::accumulateReduction(Operation *reduction,
                                        ArrayRef<Value> operands, Value sum) {
  if (isa<delta::DotOp>(reduction))
    return fma(operands[0], operands[1], sum);
  switch (getCombiningKind(reduction)) {
  case vector::CombiningKind::MAXIMUMF:
    return arith::MaximumFOp::create(b, loc, sum, operands[0]);
  case vector::CombiningKind::MINIMUMF:
    return arith::MinimumFOp::create(b, loc, sum, operands[0]);
  default:
    return arith::AddFOp::create(b, loc, sum, operands[0]);
  }
}

void ChunkEmitter::reduceToken(wy::TokensOp op, ArrayRef<Value> reductions,
                               Axis axis, Token &token) {
  Vectors neutral;
  for (Value reduction : reductions)
    neutral.push_back(getNeutral(reduction.getDefiningOp()));
  for (Value reduction : reductions)
    holdScalars(op, *reduction.getDefiningOp(), token);
  Vectors sums = reduceAxis(
      axis, neutral, [&](Value start, Value mask, ValueRange carried) {
        Columns columns{start, mask};
        Vectors next;
        for (auto [reduction, sum] : llvm::zip(reductions, carried)) {
          Operation *made = reduction.getDefiningOp();
          Vectors operands;
          for (Value operand : made->getOperands())
            operands.push_back(vectorOf(operand, op, token, columns));
          Value combined = accumulateReduction(made, operands, sum);
          // Elements that do not exist take no part.
          next.push_back(mask ? select(mask, combined, sum) : combined);
        }
        return next;
      });
  for (auto [reduction, sum] : llvm::zip(reductions, sums))
    token.scalars[reduction] =
        reduce(sum, getCombiningKind(reduction.getDefiningOp()));
}

/// Scalars that `user` needs, through elementwise maths, before a loop over
/// columns begins.
void ChunkEmitter::holdScalars(wy::TokensOp op, Operation &user, Token &token) {
  SmallVector<Value> wanted(user.getOperands());
  llvm::DenseSet<Value> seen;
  while (!wanted.empty()) {
    Value value = wanted.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    if (!axisOf(value))
      token.scalars[value] = scalarOf(value, op, token);
    else if (Operation *made = value.getDefiningOp())
      llvm::append_range(wanted, made->getOperands());
  }
}

/// Where a region's argument comes from.
static Value inputOf(wy::TokensOp op, Value value) {
  return op.getInputs()[cast<BlockArgument>(value).getArgNumber()];
}

Value ChunkEmitter::scalarOf(Value value, wy::TokensOp op, Token &token) {
  if (auto constant = value.getDefiningOp<delta::ConstantOp>())
    return number(constant.getValue().convertToDouble());
  if (value.getDefiningOp<delta::ScaleOp>())
    return scale;
  if (Value known = token.scalars.lookup(value))
    return known;
  Value made;
  if (isa<BlockArgument>(value)) {
    Value input = inputOf(op, value);
    auto argument = dyn_cast<BlockArgument>(input);
    if (argument && !plan.getBuffer(argument))
      made = loadArgument(argument, token.chunk, token.row, nullptr);
    else
      made = loadScalar(at(input, token.chunk, token.row, index(0)));
  } else {
    SmallVector<Value> operands;
    for (Value operand : value.getDefiningOp()->getOperands())
      operands.push_back(scalarOf(operand, op, token));
    made = emitElementwise(b, loc, value.getDefiningOp(), operands);
  }
  return made;
}

Value ChunkEmitter::vectorOf(Value value, wy::TokensOp op, Token &token,
                             Columns &columns) {
  if (!axisOf(value))
    return broadcast(scalarOf(value, op, token));
  if (Value known = columns.vectors.lookup(value))
    return known;
  Value made;
  if (isa<BlockArgument>(value)) {
    Value input = inputOf(op, value);
    auto argument = dyn_cast<BlockArgument>(input);
    if (argument && !plan.getBuffer(argument))
      made = loadArgument(argument, token.chunk, token.row, &columns);
    else
      made = load(at(input, token.chunk, token.row, columns.start));
  } else {
    SmallVector<Value> operands;
    for (Value operand : value.getDefiningOp()->getOperands())
      operands.push_back(vectorOf(operand, op, token, columns));
    made = emitElementwise(b, loc, value.getDefiningOp(), operands);
  }
  return columns.vectors[value] = made;
}

/// A node of the panel phase: every row, tokens or not.
void ChunkEmitter::emitTokenColumns(wy::TokensOp op, const Chunk &chunk,
                                    const Strip &strip) {
  rows(plan.getChunk(), [&](Value row) {
    Token token{chunk, row};
    for (int64_t v = 0; v < strip.vectors; ++v) {
      Columns columns{add(strip.start, v * lanes), Value()};
      for (auto [value, result] :
           llvm::zip(op.getYield().getValues(), op.getResults()))
        store(vectorOf(value, op, token, columns),
              at(result, chunk, row, columns.start));
    }
  });
}
