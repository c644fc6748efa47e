//===- PerTokenEmitter.cpp - maths of every token by itself ---------------===//

#include "passes/WYToVector/PerTokenEmitter.h"
#include "lib/Algebra/Elementwise.h"
#include "passes/WYToVector/TokenReduction.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

static std::optional<Axis> axisOf(Value value) {
  if (auto vec = dyn_cast<delta::VecType>(value.getType()))
    return vec.getAxis();
  return std::nullopt;
}

namespace {
/// Code of one token, row `row` of a chunk.
class TokenCode {
public:
  using Vectors = VectorBuilder::Vectors;

  TokenCode(KernelBuilder &b, ArgumentEmitter &arguments, wy::TokensOp op,
            const Chunk &chunk, Value row)
      : b(b), arguments(arguments), op(op), chunk(chunk), row(row) {}

  void emit();
  /// Without reductions; `registers` has vectors of inputs.
  void emitSpan(const VectorSpan &span,
                const llvm::DenseMap<Value, Value> &registers);

private:
  /// The values of the elements that one vector covers.
  struct SpanValues {
    VectorSpan span;
    llvm::DenseMap<Value, Value> vectors{};
  };
  void emitReductions();
  void reduce(ArrayRef<Operation *> reductions, Axis axis);
  void emitResults(Axis axis);
  void storeVector(Value vector, Value result, const VectorSpan &span);
  /// Makes the scalars that `users` need through elementwise maths, before a
  /// loop along an axis begins.
  void holdScalars(ArrayRef<Operation *> users);
  Value scalarOf(Value value);
  Value vectorOf(Value value, SpanValues &of);
  /// What the region's argument stands for, with a row that is this token's.
  Value inputOf(Value value) {
    return op.getInputs()[cast<BlockArgument>(value).getArgNumber()];
  }
  BlockArgument asArgumentInMemory(Value input) {
    auto argument = dyn_cast<BlockArgument>(input);
    return argument && !b.plan.isCopied(argument) ? argument : BlockArgument();
  }

  KernelBuilder &b;
  ArgumentEmitter &arguments;
  wy::TokensOp op;
  const Chunk &chunk;
  Value row;
  llvm::DenseMap<Value, Value> scalars;
};
} // namespace

void TokenCode::emit() {
  emitReductions();
  holdScalars(op.getYield().getOperation());
  for (Axis axis : {Axis::Key, Axis::Value})
    emitResults(axis);
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults()))
    if (!axisOf(value))
      b.storeScalar(scalarOf(value), result, chunk, row);
}

/// Depth by depth, the number of reductions that a value waits for one after
/// another: all reductions along an axis in one loop.
void TokenCode::emitReductions() {
  llvm::DenseMap<Value, unsigned> depths;
  struct Level {
    SmallVector<Operation *> key, value;
  };
  SmallVector<Level> levels;
  for (Operation &step : op.getStep().without_terminator()) {
    unsigned depth = 0;
    for (Value operand : step.getOperands())
      depth =
          std::max(depth, depths.lookup(operand) +
                              TokenReduction::isOne(operand.getDefiningOp()));
    depths[step.getResult(0)] = depth;
    if (!TokenReduction::isOne(&step))
      continue;
    if (levels.size() <= depth)
      levels.resize(depth + 1);
    Level &level = levels[depth];
    (axisOf(step.getOperand(0)) == Axis::Key ? level.key : level.value)
        .push_back(&step);
  }
  for (const Level &level : levels) {
    reduce(level.key, Axis::Key);
    reduce(level.value, Axis::Value);
  }
}

void TokenCode::reduce(ArrayRef<Operation *> reductions, Axis axis) {
  if (reductions.empty())
    return;
  Vectors neutral;
  for (Operation *made : reductions)
    neutral.push_back(TokenReduction(made).getNeutral(b));
  holdScalars(reductions);
  Vectors sums = b.reduceAxis(
      axis, neutral, [&](const VectorSpan &span, ValueRange carried) {
        SpanValues values{span};
        Vectors next;
        for (auto [made, sum] : llvm::zip(reductions, carried)) {
          Vectors operands;
          for (Value operand : made->getOperands())
            operands.push_back(vectorOf(operand, values));
          Value combined = TokenReduction(made).accumulate(b, operands, sum);
          // Elements that do not exist take no part.
          next.push_back(span.mask ? b.select(span.mask, combined, sum)
                                   : combined);
        }
        return next;
      });
  for (auto [made, sum] : llvm::zip(reductions, sums))
    scalars[made->getResult(0)] = TokenReduction(made).finish(b, sum);
}

void TokenCode::emitResults(Axis axis) {
  SmallVector<std::pair<Value, Value>> results;
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults()))
    if (axisOf(value) == axis)
      results.push_back({value, result});
  if (results.empty())
    return;
  b.alongAxis(axis, [&](const VectorSpan &span) {
    SpanValues values{span};
    for (auto [value, result] : results)
      storeVector(vectorOf(value, values), result, span);
  });
}

/// Zeros past the axis' end.
void TokenCode::storeVector(Value vector, Value result,
                            const VectorSpan &span) {
  if (span.mask)
    vector = b.select(span.mask, vector, b.splat(0));
  b.store(vector, b.at(result, chunk, row, span.start));
}

void TokenCode::emitSpan(const VectorSpan &span,
                         const llvm::DenseMap<Value, Value> &registers) {
  SpanValues values{span};
  for (auto [argument, input] :
       llvm::zip(op.getStep().getArguments(), op.getInputs()))
    if (Value known = registers.lookup(input))
      values.vectors[argument] = known;
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults())) {
    storeVector(vectorOf(value, values), result, span);
  }
}

void TokenCode::holdScalars(ArrayRef<Operation *> users) {
  llvm::DenseSet<Value> seen;
  for (Operation *user : users) {
    SmallVector<Value> wanted(user->getOperands());
    while (!wanted.empty()) {
      Value value = wanted.pop_back_val();
      if (!seen.insert(value).second)
        continue;
      if (!axisOf(value))
        scalarOf(value);
      else if (Operation *made = value.getDefiningOp())
        llvm::append_range(wanted, made->getOperands());
    }
  }
}

Value TokenCode::scalarOf(Value value) {
  if (auto constant = value.getDefiningOp<delta::ConstantOp>())
    return b.number(constant.getValue().convertToDouble());
  if (value.getDefiningOp<delta::ScaleOp>())
    return b.kernel.scale;
  if (Value known = scalars.lookup(value))
    return known;
  Value made;
  if (isa<BlockArgument>(value)) {
    Value input = inputOf(value);
    if (BlockArgument argument = asArgumentInMemory(input))
      made = arguments.loadScalar(argument, chunk, row);
    else
      made = b.loadScalar(input, chunk, row);
  } else {
    SmallVector<Value> operands;
    for (Value operand : value.getDefiningOp()->getOperands())
      operands.push_back(scalarOf(operand));
    made = emitElementwise(b.builder, b.loc, value.getDefiningOp(), operands);
  }
  return scalars[value] = made;
}

Value TokenCode::vectorOf(Value value, SpanValues &of) {
  if (!axisOf(value))
    return b.broadcast(scalarOf(value));
  if (Value known = of.vectors.lookup(value))
    return known;
  Value made;
  if (isa<BlockArgument>(value)) {
    Value input = inputOf(value);
    if (BlockArgument argument = asArgumentInMemory(input))
      made = arguments.loadVector(argument, chunk, row, of.span);
    else
      made = b.load(b.at(input, chunk, row, of.span.start));
  } else {
    SmallVector<Value> operands;
    for (Value operand : value.getDefiningOp()->getOperands())
      operands.push_back(vectorOf(operand, of));
    made = emitElementwise(b.builder, b.loc, value.getDefiningOp(), operands);
  }
  return of.vectors[value] = made;
}

void PerTokenEmitter::emit(wy::TokensOp op, const Chunk &chunk) {
  RowSet rows;
  for (Value result : op.getResults())
    rows.unite(b.plan.getWantedRows(result));
  b.forRows(rows, chunk.count,
            [&](Value row) { TokenCode(b, arguments, op, chunk, row).emit(); });
  clearMissingRows(op, chunk);
}

void PerTokenEmitter::clearMissingRows(wy::TokensOp op, const Chunk &chunk) {
  for (Value result : op.getResults())
    if (b.layout.get(result).rows > 1)
      arguments.clearMissingRows(result, chunk);
}

void PerTokenEmitter::emitAnchors(const AnchorGroup &group,
                                  const Chunk &chunk) {
  wy::AccumulateOp products = group.products;
  Axis axis = *b.plan.getShape(products.getResult(0)).axis;
  auto emitRow = [&](Value row, Value start, const GateMatrix &product) {
    llvm::DenseMap<Value, Value> registers;
    for (auto [result, value] :
         llvm::zip(products.getResults(), product.entries))
      registers[result] = value;
    if (group.isStored)
      gates.storeProduct(products, product, chunk, row, start);
    for (wy::TokensOp user : group.users)
      TokenCode(b, arguments, user, chunk, row)
          .emitSpan({start, b.vectorMask(axis, start)}, registers);
  };
  b.alongPadded(axis, [&](Value start) {
    gates.forProducts(products, chunk, start,
                      [&](Value row, const GateMatrix &product) {
                        emitRow(row, start, product);
                      });
  });
  for (wy::TokensOp user : group.users)
    clearMissingRows(user, chunk);
}

void PerTokenEmitter::emitStrip(wy::TokensOp op, const Chunk &chunk,
                                const Strip &strip) {
  b.rows(b.plan.getChunk(), [&](Value row) {
    TokenCode code(b, arguments, op, chunk, row);
    for (int64_t v = 0; v < strip.vectors; ++v)
      code.emitSpan({b.add(strip.start, v * b.lanes), Value()},
                    llvm::DenseMap<Value, Value>());
  });
}
