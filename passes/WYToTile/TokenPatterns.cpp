//===- TokenPatterns.cpp - maths of single tokens -------------------------===//

#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/WYToTile/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

namespace {
/// The values of a token's maths, for all tokens of a chunk: what one token has
/// gets a row for each, unless it is the same for all.
class TokenMaths {
public:
  TokenMaths(ChunkTensors &tensors, const Chunk &chunk)
      : t(tensors), chunk(chunk) {}

  void map(Value value, Value tensor) { values[value] = tensor; }
  Value get(Value value) const { return values.lookup(value); }
  LogicalResult emit(Operation &op);
  /// With a row for each token; if it `isMasked`, 0 where there is none.
  Value getRows(Value value, bool isMasked);

private:
  static bool isVector(Value value) {
    return isa<delta::VecType>(value.getType());
  }
  int64_t getRank(Value value) const {
    auto tensor = dyn_cast<RankedTensorType>(get(value).getType());
    return tensor ? tensor.getRank() : 0;
  }
  bool hasRows(Value value) const {
    return getRank(value) > (isVector(value) ? 1 : 0);
  }
  /// A value as it is in a tensor of `type`.
  Value broadcast(Value value, Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || tensor.getRank() < 2)
      return t.broadcast(get(value), type, {0});
    return t.broadcast(get(value), type, {isVector(value) ? 1 : 0});
  }
  Value reduce(tile::Reduction kind, Value tensor) {
    auto axis = static_cast<unsigned>(
        cast<RankedTensorType>(tensor.getType()).getRank() - 1);
    return tile::ReduceOp::create(t.getBuilder(), t.getLoc(), kind, tensor,
                                  axis);
  }
  /// The type of what elementwise maths makes of the operands.
  Type getJoinedType(ValueRange operands, bool isVectors);

  ChunkTensors &t;
  const Chunk &chunk;
  DenseMap<Value, Value> values;
};
} // namespace

Type TokenMaths::getJoinedType(ValueRange operands, bool isVectors) {
  Type number = t.getBuilder().getF32Type();
  SmallVector<int64_t> shape;
  if (llvm::any_of(operands, [&](Value x) { return hasRows(x); }))
    shape.push_back(chunk.tokens);
  if (isVectors)
    for (Value operand : operands)
      if (isVector(operand)) {
        shape.push_back(
            cast<RankedTensorType>(get(operand).getType()).getShape().back());
        break;
      }
  return shape.empty() ? number : RankedTensorType::get(shape, number);
}

static tile::Reduction convert(delta::Reduction kind) {
  switch (kind) {
  case delta::Reduction::Sum:
    return tile::Reduction::Sum;
  case delta::Reduction::Max:
    return tile::Reduction::Max;
  case delta::Reduction::Min:
    return tile::Reduction::Min;
  }
  llvm_unreachable("covered switch");
}

LogicalResult TokenMaths::emit(Operation &op) {
  Value result = op.getResult(0);
  if (auto elementwise = dyn_cast<delta::ElementwiseOpInterface>(op)) {
    Type type = getJoinedType(op.getOperands(), isVector(result));
    SmallVector<Value> operands;
    for (Value operand : op.getOperands())
      operands.push_back(broadcast(operand, type));
    map(result, elementwise.emit(t.getBuilder(), t.getLoc(), operands));
    return success();
  }
  if (auto repeat = dyn_cast<delta::BroadcastOp>(op)) {
    SmallVector<int64_t> shape;
    if (hasRows(repeat.getScalar()))
      shape.push_back(chunk.tokens);
    bool isKey =
        cast<delta::VecType>(result.getType()).getAxis() == delta::Axis::Key;
    shape.push_back(isKey ? chunk.keyDim : chunk.valueDim);
    map(result,
        broadcast(repeat.getScalar(),
                  RankedTensorType::get(shape, t.getBuilder().getF32Type())));
    return success();
  }
  if (isa<delta::ScaleOp>(op)) {
    map(result, chunk.scale);
    return success();
  }
  if (auto constant = dyn_cast<delta::ConstantOp>(op)) {
    map(result, t.splat(t.getBuilder().getF32Type(),
                        constant.getValue().convertToDouble()));
    return success();
  }
  if (auto dot = dyn_cast<delta::DotOp>(op)) {
    Type type = getJoinedType(op.getOperands(), /*isVectors=*/true);
    map(result, reduce(tile::Reduction::Sum,
                       t.multiply(broadcast(dot.getLhs(), type),
                                  broadcast(dot.getRhs(), type))));
    return success();
  }
  if (auto reduction = dyn_cast<delta::ReduceOp>(op)) {
    map(result,
        reduce(convert(reduction.getKind()), get(reduction.getOperand())));
    return success();
  }
  return op.emitOpError("is not lowered by wy-to-tile: run expand-l2norm "
                        "before it");
}

Value TokenMaths::getRows(Value value, bool isMasked) {
  Value tensor = get(value);
  SmallVector<int64_t> shape{chunk.tokens};
  if (isVector(value))
    shape.push_back(cast<RankedTensorType>(tensor.getType()).getShape().back());
  auto type = RankedTensorType::get(shape, t.getBuilder().getF32Type());
  Value rows = broadcast(value, type);
  if (!isMasked)
    return rows;
  return t.choose(t.getExistingRows(type, chunk.count), rows);
}

//===----------------------------------------------------------------------===//
// Past the last token
//===----------------------------------------------------------------------===//

/// Whether rows past the last token have to be 0: others than per-token maths
/// look at all rows together.
static bool mustVanish(Value result) {
  return llvm::any_of(result.getUsers(),
                      [](Operation *user) { return !isa<TokensOp>(user); });
}

static bool isMadeToVanish(TokensOp op, unsigned result);

/// Whether a graph's value is 0 past the last token: a tensor's load is, and
/// what per-token maths makes of it may be.
static bool vanishes(Value value) {
  Operation *producer = value.getDefiningOp();
  if (auto tokens = dyn_cast_if_present<TokensOp>(producer))
    return mustVanish(value) ||
           isMadeToVanish(tokens, cast<OpResult>(value).getResultNumber());
  // A scan's argument is a load here, of a float32.
  if (isa_and_present<UnrealizedConversionCastOp, arith::ExtFOp>(producer))
    return vanishes(producer->getOperand(0));
  auto load = dyn_cast_if_present<tile::LoadOp>(producer);
  return load && load.getValid();
}

/// Whether a value that is not 0 past the last token may be infinite there: a
/// param, or what per-token maths makes of one. Products of gates are finite.
static bool mayBeInfinite(Value value) {
  Operation *producer = value.getDefiningOp();
  if (isa_and_present<UnrealizedConversionCastOp, arith::ExtFOp>(producer))
    return mayBeInfinite(producer->getOperand(0));
  return isa_and_present<TokensOp, tile::LoadOp>(producer);
}

/// Whether per-token maths gives 0 where its operands are those of no token.
/// What is multiplied by 0 may be infinite if it is a param, the exponential of
/// any number, a quotient or its like.
static bool isMadeToVanish(TokensOp op, unsigned result) {
  llvm::DenseSet<Value> zeros, unbounded;
  for (auto [argument, input] :
       llvm::zip(op.getStep().getArguments(), op.getInputs()))
    if (vanishes(input))
      zeros.insert(argument);
    else if (mayBeInfinite(input))
      unbounded.insert(argument);
  auto isZero = [&](Value value) { return zeros.contains(value); };
  auto isUnbounded = [&](Value value) { return unbounded.contains(value); };
  for (Operation &step : op.getStep().without_terminator()) {
    bool anyIs = isa<delta::MulOp, delta::DotOp>(step),
         allAre =
             isa<delta::AddOp, delta::SubOp, delta::NegOp, delta::BroadcastOp>(
                 step);
    bool isInfinite = isa<delta::DivOp, delta::LogOp, delta::SqrtOp>(step) ||
                      (isa<delta::ExpOp>(step) && !isZero(step.getOperand(0)));
    if (isInfinite || llvm::any_of(step.getOperands(), isUnbounded))
      unbounded.insert(step.getResult(0));
    else if ((anyIs && llvm::any_of(step.getOperands(), isZero)) ||
             (allAre && llvm::all_of(step.getOperands(), isZero)))
      zeros.insert(step.getResult(0));
  }
  return isZero(op.getYield().getValues()[result]);
}

namespace {
struct TokensPattern : OpConversionPattern<TokensOp> {
  TokensPattern(const TypeConverter &converter, MLIRContext *context,
                const Chunk &chunk)
      : OpConversionPattern(converter, context), chunk(chunk) {}

  LogicalResult
  matchAndRewrite(TokensOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ChunkTensors tensors(rewriter, op.getLoc());
    TokenMaths maths(tensors, chunk);
    for (auto [argument, input] :
         llvm::zip(op.getStep().getArguments(), adaptor.getInputs()))
      maths.map(argument, input);
    for (Operation &step : op.getStep().without_terminator())
      if (failed(maths.emit(step)))
        return failure();
    SmallVector<Value> results;
    for (auto [value, result] :
         llvm::zip(op.getYield().getValues(), op.getResults()))
      results.push_back(maths.getRows(
          value,
          mustVanish(result) && !isMadeToVanish(op, result.getResultNumber())));
    rewriter.replaceOp(op, results);
    return success();
  }

  const Chunk &chunk;
};
} // namespace

void sluice::populateTokenPatterns(RewritePatternSet &patterns,
                                   const TypeConverter &converter,
                                   const Chunk &chunk) {
  patterns.add<TokensPattern>(converter, patterns.getContext(), chunk);
}
