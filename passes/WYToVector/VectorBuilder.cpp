//===- VectorBuilder.cpp - vectors of float32 in scratch ------------------===//

#include "passes/WYToVector/VectorBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sluice;

/// Longer loops stay loops: code grows with the square of a chunk.
static constexpr int64_t kMostUnrolled = 8;

VectorBuilder::VectorBuilder(OpBuilder &builder, Location loc, int64_t lanes)
    : builder(builder), loc(loc), lanes(lanes),
      vectorType(VectorType::get({lanes}, builder.getF32Type())) {}

Value VectorBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}
Value VectorBuilder::number(double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getF32FloatAttr(value));
}
Value VectorBuilder::splat(double value) {
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(vectorType, builder.getF32FloatAttr(value)));
}
Value VectorBuilder::broadcast(Value scalar) {
  if (isa<VectorType>(scalar.getType()))
    return scalar;
  return vector::BroadcastOp::create(builder, loc, vectorType, scalar);
}
Value VectorBuilder::add(Value a, Value c) {
  return builder.createOrFold<arith::AddIOp>(loc, a, c);
}
Value VectorBuilder::sub(Value a, Value c) {
  return arith::SubIOp::create(builder, loc, a, c);
}
Value VectorBuilder::mul(Value a, Value c) {
  return builder.createOrFold<arith::MulIOp>(loc, a, c);
}
Value VectorBuilder::ceilDiv(Value a, Value c) {
  return arith::CeilDivSIOp::create(builder, loc, a, c);
}
Value VectorBuilder::min(Value a, Value c) {
  return arith::MinSIOp::create(builder, loc, a, c);
}
Value VectorBuilder::isLess(Value a, Value c) {
  return builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, a,
                                             c);
}

Value VectorBuilder::product(Value a, Value c) {
  if (!a || !c)
    return a ? a : c;
  if (a.getType() != c.getType()) {
    a = broadcast(a);
    c = broadcast(c);
  }
  return arith::MulFOp::create(builder, loc, a, c);
}
Value VectorBuilder::sum(Value a, Value c) {
  if (!a || !c)
    return a ? a : c;
  if (a.getType() != c.getType()) {
    a = broadcast(a);
    c = broadcast(c);
  }
  return arith::AddFOp::create(builder, loc, a, c);
}
Value VectorBuilder::fma(Value a, Value c, Value acc) {
  return vector::FMAOp::create(builder, loc, broadcast(a), broadcast(c), acc);
}
Value VectorBuilder::exponential(Value a) {
  return math::ExpOp::create(builder, loc, a);
}
Value VectorBuilder::select(Value condition, Value a, Value c) {
  return arith::SelectOp::create(builder, loc, condition, a, c);
}

Value VectorBuilder::reduce(Value vector, vector::CombiningKind kind) {
  return vector::ReductionOp::create(builder, loc, kind, vector,
                                     arith::FastMathFlags::reassoc);
}

Value VectorBuilder::reduceAll(ArrayRef<Value> vectors) {
  assert(static_cast<int64_t>(vectors.size()) == lanes && "a sum in each lane");
  // Every vector has `blocks` sums, each as the lanes of one block; two vectors
  // become one with twice as many blocks of half the size.
  SmallVector<Value> current(vectors);
  for (int64_t size = lanes; size > 1; size /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t block = 0; block < 2 * lanes; block += size)
      for (int64_t i = 0; i < size / 2; ++i) {
        low.push_back(block + i);
        high.push_back(block + size / 2 + i);
      }
    SmallVector<Value> next;
    for (size_t i = 0; i < current.size(); i += 2) {
      auto half = [&](ArrayRef<int64_t> picked) -> Value {
        return vector::ShuffleOp::create(builder, loc, current[i],
                                         current[i + 1], picked);
      };
      next.push_back(sum(half(low), half(high)));
    }
    current = std::move(next);
  }
  return current.front();
}

Value VectorBuilder::load(Value offset) {
  return vector::LoadOp::create(builder, loc, vectorType, scratch, offset);
}
void VectorBuilder::store(Value vector, Value offset) {
  vector::StoreOp::create(builder, loc, vector, scratch, offset);
}
Value VectorBuilder::loadScalar(Value offset) {
  return memref::LoadOp::create(builder, loc, scratch, offset);
}
void VectorBuilder::storeScalar(Value scalar, Value offset) {
  memref::StoreOp::create(builder, loc, scalar, scratch, offset);
}

void VectorBuilder::loop(Value from, Value to, int64_t step,
                         function_ref<void(Value)> body) {
  // No iteration, or one, needs no loop.
  std::optional<int64_t> first = getConstantIntValue(from),
                         past = getConstantIntValue(to);
  if (first && past && *past - *first <= step) {
    if (*first < *past)
      body(from);
    return;
  }
  auto loop = scf::ForOp::create(builder, loc, from, to, index(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

VectorBuilder::Vectors
VectorBuilder::carry(Value from, Value to, int64_t step, ValueRange initial,
                     function_ref<Vectors(Value, ValueRange)> body) {
  return carry(from, to, index(step), initial, body);
}

VectorBuilder::Vectors
VectorBuilder::carry(Value from, Value to, Value step, ValueRange initial,
                     function_ref<Vectors(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(builder, loc, from, to, step, initial);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Vectors next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!initial.empty()) // otherwise the loop came with its terminator
    scf::YieldOp::create(builder, loc, next);
  return Vectors(loop.getResults());
}

void VectorBuilder::carry(Value from, Value to, int64_t step, Carried &carried,
                          function_ref<void(Value)> body) {
  carried.assign(carry(from, to, step, carried.getValues(),
                       [&](Value i, ValueRange values) {
                         carried.assign(values);
                         body(i);
                         return carried.getValues();
                       }));
}

VectorBuilder::Vectors
VectorBuilder::rows(int64_t count, bool backwards, ValueRange initial,
                    function_ref<Vectors(Value, ValueRange)> body) {
  auto at = [&](Value i) -> Value {
    if (!backwards)
      return i;
    return builder.createOrFold<arith::SubIOp>(loc, index(count - 1), i);
  };
  if (count > kMostUnrolled)
    return carry(
        index(0), index(count), 1, initial,
        [&](Value i, ValueRange carried) { return body(at(i), carried); });
  Vectors carried(initial);
  for (int64_t i = 0; i < count; ++i)
    carried = body(index(backwards ? count - 1 - i : i), carried);
  return carried;
}

void VectorBuilder::rows(int64_t count, function_ref<void(Value)> body) {
  rows(count, false, {}, [&](Value row, ValueRange) {
    body(row);
    return Vectors();
  });
}

void VectorBuilder::branch(Value condition, function_ref<void()> then,
                           function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(builder, loc, condition,
                                  /*withElseRegion=*/bool(otherwise));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  then();
  if (otherwise) {
    builder.setInsertionPointToStart(branch.elseBlock());
    otherwise();
  }
}
