//===- StripEmitter.cpp - loops over strips -------------------------------===//

#include "passes/TileStrips/StripEmitter.h"
#include "dialects/Tile/TileReductions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "passes/TileStrips/StripPlan.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

/// Shared memory for a tensor that goes from pass to pass.
static Value createBuffer(OpBuilder &b, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Operation *parent = b.getInsertionBlock()->getParentOp();
  auto kernel = dyn_cast<KernelOp>(parent);
  if (!kernel)
    kernel = parent->getParentOfType<KernelOp>();
  return SharedOp::create(b, tensor.getLoc(),
                          getPaddedType(type.getShape(), type.getElementType()),
                          /*by_warp=*/kernel.getApart());
}

/// Of a tensor with a buffer, or of a strip of one: an index for each axis.
static SmallVector<Value> getIndices(OpBuilder &b, Value tensor,
                                     std::optional<unsigned> axis = {},
                                     Value offset = {}) {
  Value zero = arith::ConstantIndexOp::create(b, tensor.getLoc(), 0);
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> indices(type.getRank(), zero);
  if (axis)
    indices[*axis] = offset;
  return indices;
}

static SmallVector<int64_t> getAllAxes(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
}

static Value load(OpBuilder &b, Value tensor, RankedTensorType type,
                  Value memory, ValueRange indices) {
  return LoadOp::create(b, tensor.getLoc(), type, memory, indices,
                        getAllAxes(tensor), /*valid=*/Value(),
                        /*in_bounds=*/true);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

static Reduction getKind(Operation *op) {
  auto reduce = dyn_cast<ReduceOp>(op);
  return reduce ? reduce.getKind() : Reduction::Sum;
}

/// What changes nothing.
static Value getNeutral(OpBuilder &b, Operation *op) {
  Type type = op->getResult(0).getType();
  TypedAttr number =
      getNeutral(getKind(op), cast<FloatType>(getElementTypeOrSelf(type)));
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    number = DenseElementsAttr::get(tensor, Attribute(number));
  return arith::ConstantOp::create(b, op->getLoc(), number);
}

static Value combine(OpBuilder &b, Operation *op, Value sum, Value part) {
  Location loc = op->getLoc();
  switch (getKind(op)) {
  case Reduction::Sum:
    return arith::AddFOp::create(b, loc, sum, part);
  case Reduction::Max:
    return arith::MaximumFOp::create(b, loc, sum, part);
  case Reduction::Min:
    return arith::MinimumFOp::create(b, loc, sum, part);
  case Reduction::Product:
    return arith::MulFOp::create(b, loc, sum, part);
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Strips
//===----------------------------------------------------------------------===//

using Buffers = DenseMap<Value, Value>;

namespace {
/// The body of one loop.
class StripBody {
public:
  StripBody(OpBuilder &b, const StripPlan &plan, const Buffers &buffers,
            Value offset)
      : b(b), plan(plan), axis(plan.getAxis()), buffers(buffers),
        offset(offset) {}

  /// Makes what an operation of the pass does to the strip. Returns its result,
  /// if it has one.
  Value emit(Operation *op);

private:
  /// The strip of an operand, or the operand, if it is taken whole.
  Value getStrip(Value value);
  void shift(const MutableOperandRange &indices, int64_t along);

  OpBuilder &b;
  const StripPlan &plan;
  const StripAxis &axis;
  const Buffers &buffers;
  Value offset;
  IRMapping strips;
};
} // namespace

Value StripBody::getStrip(Value value) {
  if (Value strip = strips.lookupOrNull(value))
    return strip;
  std::optional<unsigned> own = axis.find(value);
  if (!own)
    return value;
  if (!plan.goesThroughMemory(value))
    return emit(value.getDefiningOp());
  Value strip = load(b, value, axis.getStripType(value), buffers.lookup(value),
                     getIndices(b, value, own, offset));
  strips.map(value, strip);
  return strip;
}

/// Has an access begin where the strip does.
void StripBody::shift(const MutableOperandRange &indices, int64_t along) {
  OpOperand &index = indices[static_cast<unsigned>(along)];
  Value start = index.get();
  index.set(matchPattern(start, m_Zero())
                ? offset
                : arith::AddIOp::create(b, start.getLoc(), start, offset)
                      .getResult());
}

Value StripBody::emit(Operation *op) {
  Location loc = op->getLoc();
  IRMapping map;
  for (Value operand : op->getOperands())
    map.map(operand, getStrip(operand));
  OpBuilder::InsertionGuard guard(b);
  Operation *strip = op->clone(map);
  // The loop's sum begins with what is added once.
  if (auto dot = dyn_cast<DotOp>(strip);
      dot && plan.isPartial(op) && !plan.getPartBefore(op))
    dot.getIntoMutable().clear();
  // Before it stands where its part of memory begins.
  b.insert(strip);
  b.setInsertionPoint(strip);
  if (auto store = dyn_cast<StoreOp>(strip)) {
    auto own = *axis.find(cast<StoreOp>(op).getValue());
    shift(store.getIndicesMutable(), store.getAlong()[own]);
    return {};
  }
  Value from = op->getResult(0), result = strip->getResult(0);
  if (std::optional<unsigned> own = axis.find(from)) {
    RankedTensorType type = axis.getStripType(from);
    result.setType(type);
    if (auto constant = dyn_cast<arith::ConstantOp>(strip))
      constant.setValueAttr(
          cast<DenseElementsAttr>(constant.getValue()).resizeSplat(type));
    if (auto load = dyn_cast<LoadOp>(strip))
      shift(load.getIndicesMutable(), load.getAlong()[*own]);
    if (auto place = dyn_cast<PlaceOp>(strip);
        place && place.getAxis() == *own) {
      b.setInsertionPointAfter(strip);
      Value first = arith::IndexCastOp::create(b, loc, b.getI32Type(), offset);
      Value all = BroadcastOp::create(b, loc, type, first, ArrayRef<int64_t>());
      result = arith::AddIOp::create(b, loc, result, all);
    }
  }
  strips.map(from, result);
  return result;
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

namespace {
/// A block in the making: pass by pass, with what is between them.
class StripEmitter {
public:
  explicit StripEmitter(const StripPlan &plan)
      : plan(plan), axis(plan.getAxis()), b(plan.getBlock().getTerminator()) {
    for (Operation &op : plan.getBlock())
      ops.push_back(&op);
  }

  void emit();

private:
  void emitPass(unsigned pass);
  /// Gives an operation between passes, and what is in it, whole tensors.
  void takeWhole(Operation *op);
  Value getWhole(Value value);

  const StripPlan &plan;
  const StripAxis &axis;
  OpBuilder b;
  SmallVector<Operation *> ops;
  Buffers buffers, wholes;
};
} // namespace

void StripEmitter::emitPass(unsigned pass) {
  Location loc = plan.getBlock().getParentOp()->getLoc();
  SmallVector<Operation *> own, sums;
  SmallVector<Value> starts;
  for (Operation *op : ops) {
    if (plan.getLevel(op) != pass || !plan.isNeeded(op))
      continue;
    own.push_back(op);
    if (plan.isCarried(op)) {
      sums.push_back(op);
      Value start = plan.getStart(op);
      starts.push_back(start ? start : getNeutral(b, op));
    }
    for (Value result : op->getResults())
      if (plan.goesThroughMemory(result))
        buffers[result] = createBuffer(b, result);
  }
  // What a pass has may all be made again where it is used.
  if (own.empty())
    return;
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value zero = index(0), one = index(1), end = index(axis.getNumStrips()),
        width = index(axis.width);
  auto loop = scf::ForOp::create(b, loc, zero, end, one, starts);
  OpBuilder inner = OpBuilder::atBlockBegin(loop.getBody());
  // As a product its alignment can be seen.
  Value offset =
      arith::MulIOp::create(inner, loc, loop.getInductionVar(), width);
  StripBody body(inner, plan, buffers, offset);
  SmallVector<Value> parts;
  for (Operation *op : own) {
    Value strip = body.emit(op);
    if (plan.isCarried(op))
      parts.push_back(
          combine(inner, op, loop.getRegionIterArgs()[parts.size()], strip));
    else if (strip && plan.goesThroughMemory(op->getResult(0)))
      StoreOp::create(
          inner, op->getLoc(), strip, buffers.lookup(op->getResult(0)),
          getIndices(inner, strip, axis.find(op->getResult(0)), offset),
          getAllAxes(strip), /*valid=*/Value(),
          /*in_bounds=*/true);
  }
  if (parts.empty())
    return;
  scf::YieldOp::create(inner, loc, parts);
  for (auto [sum, result] : llvm::zip_equal(sums, loop.getResults()))
    sum->getResult(0).replaceAllUsesWith(result);
}

Value StripEmitter::getWhole(Value value) {
  Operation *producer = value.getDefiningOp();
  if (!producer || !plan.isInside(producer) || !axis.find(value))
    return value;
  Value &whole = wholes[value];
  if (whole)
    return whole;
  if (plan.goesThroughMemory(value))
    return whole = load(b, value, cast<RankedTensorType>(value.getType()),
                        buffers.lookup(value), getIndices(b, value));
  IRMapping map;
  for (Value operand : producer->getOperands())
    map.map(operand, getWhole(operand));
  return wholes[value] = b.clone(*producer, map)->getResult(0);
}

void StripEmitter::takeWhole(Operation *op) {
  op->walk([&](Operation *inner) {
    for (OpOperand &operand : inner->getOpOperands())
      operand.set(getWhole(operand.get()));
  });
}

void StripEmitter::emit() {
  Operation *terminator = plan.getBlock().getTerminator();
  for (unsigned level = 0; level <= plan.getNumPasses(); ++level) {
    if (level > 0)
      emitPass(level);
    for (Operation *op : ops) {
      if (op == terminator || plan.isInside(op) || plan.getLevel(op) != level)
        continue;
      takeWhole(op);
      op->moveBefore(terminator);
    }
  }
  takeWhole(terminator);
  for (Operation *op : llvm::reverse(ops))
    if (plan.isInside(op))
      op->erase();
}

void sluice::emitStrips(const StripPlan &plan) { StripEmitter(plan).emit(); }
