//===- KernelBuilder.cpp - code in terms of a chunk's tensors -------------===//

#include "passes/WYToVector/KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

KernelBuilder::KernelBuilder(OpBuilder &builder, const ChunkPlan &plan,
                             const ScratchLayout &layout, KernelFunction kernel)
    : VectorBuilder(builder, plan.getScan().getLoc(), plan.getSizes().lanes),
      plan(plan), layout(layout), scan(plan.getScan()),
      kernel(std::move(kernel)) {
  scratch = this->kernel.scratch;
}

//===----------------------------------------------------------------------===//
// Places in scratch
//===----------------------------------------------------------------------===//

Value KernelBuilder::at(Value begin, const ChunkBuffer &buffer, Value row,
                        Value column) {
  Value place = begin;
  if (buffer.rows > 1)
    place = add(place, mul(row, buffer.stride));
  return buffer.stride > 1 ? add(place, column) : place;
}

Chunk KernelBuilder::getNext(const Chunk &chunk) {
  Value size = index(plan.getChunk());
  if (scan.getReverse()) {
    // All before the last are whole.
    Value count = min(size, sub(chunk.first, kernel.begin));
    return {sub(chunk.first, count), count, Value()};
  }
  Value first = add(chunk.first, chunk.count);
  return {first, min(size, sub(kernel.end, first)), Value()};
}

Value KernelBuilder::at(const ChunkBuffer &buffer, const Chunk &chunk,
                        Value row, Value column) {
  Value begin = index(buffer.offset);
  return at(buffer.isInSlot ? add(chunk.slot, begin) : begin, buffer, row,
            column);
}

Value KernelBuilder::at(Value tensor, const Chunk &chunk, Value row,
                        Value column) {
  const ChunkBuffer &buffer = layout.get(tensor);
  if (Value begin = bound.lookup(tensor))
    return at(begin, buffer, row, column);
  return at(buffer, chunk, row, column);
}

Value KernelBuilder::stateRow(unsigned state, Value panel, Value row) {
  Value rows = add(mul(panel, plan.dim(plan.getContracted())), row);
  return add(mul(rows, plan.panelWidth()), layout.getStateOffset(state));
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

Value KernelBuilder::createTable(ArrayRef<int64_t> numbers) {
  OpBuilder::InsertPoint here = builder.saveInsertionPoint();
  func::FuncOp function = kernel.function;
  builder.setInsertionPoint(function);
  auto type = MemRefType::get({static_cast<int64_t>(numbers.size())},
                              builder.getI64Type());
  auto contents = DenseElementsAttr::get(
      RankedTensorType::get(type.getShape(), type.getElementType()), numbers);
  std::string name =
      (function.getSymName() + "_table_" + llvm::Twine(numTables++)).str();
  memref::GlobalOp::create(builder, loc, name, builder.getStringAttr("private"),
                           type, contents,
                           /*constant=*/true, /*alignment=*/IntegerAttr());
  builder.restoreInsertionPoint(here);
  return memref::GetGlobalOp::create(builder, loc, type, name);
}

Value KernelBuilder::loadNumber(Value table, Value i) {
  Value number = memref::LoadOp::create(builder, loc, table, i);
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                    number);
}

Value KernelBuilder::loadPlace(Value table, Value i, const ChunkBuffer &like,
                               const Chunk &chunk) {
  Value offset = loadNumber(table, i);
  return like.isInSlot ? add(chunk.slot, offset) : offset;
}

//===----------------------------------------------------------------------===//
// Vectors along an axis
//===----------------------------------------------------------------------===//

Value KernelBuilder::vectorStart(Value panel, int64_t v) {
  return add(mul(panel, plan.panelWidth()), v * lanes);
}

Value KernelBuilder::vectorMask(Axis axis, Value start) {
  int64_t unit = axis == plan.getFree() ? plan.panelWidth() : lanes;
  if (plan.dim(axis) % unit == 0)
    return Value();
  Value left = sub(index(plan.dim(axis)), start);
  return vector::CreateMaskOp::create(
      builder, loc, VectorType::get({lanes}, builder.getI1Type()), left);
}

Strip KernelBuilder::panelStrip(Value panel) {
  return {vectorStart(panel, 0), plan.getSizes().panelVectors};
}

void KernelBuilder::alongAxis(Axis axis,
                              function_ref<void(const VectorSpan &)> body) {
  reduceAxis(axis, {}, [&](const VectorSpan &span, ValueRange) {
    body(span);
    return Vectors();
  });
}

VectorBuilder::Vectors KernelBuilder::reduceAxis(
    Axis axis, ValueRange initial,
    function_ref<Vectors(const VectorSpan &, ValueRange)> body) {
  int64_t whole = plan.dim(axis) / lanes * lanes;
  Vectors carried(initial);
  if (whole > 0)
    carried = carry(index(0), index(whole), lanes, carried,
                    [&](Value start, ValueRange values) {
                      return body({start, Value()}, values);
                    });
  if (int64_t rest = plan.dim(axis) - whole) {
    Value mask = vector::ConstantMaskOp::create(
        builder, loc, VectorType::get({lanes}, builder.getI1Type()),
        ArrayRef<int64_t>{rest});
    carried = body({index(whole), mask}, carried);
  }
  return carried;
}

void KernelBuilder::alongPadded(Axis axis, function_ref<void(Value)> body) {
  loop(index(0), index(plan.paddedDim(axis)), lanes, body);
}

//===----------------------------------------------------------------------===//
// Rows of tensors
//===----------------------------------------------------------------------===//

void KernelBuilder::forRows(const RowSet &rows, Value end,
                            function_ref<void(Value)> body) {
  if (rows.kind == RowSet::Kind::None || rows.kind == RowSet::Kind::All)
    return loop(index(0), end, 1, body);
  int64_t first = rows.kind == RowSet::Kind::Later ? rows.half : 0;
  loop(index(first), end, 2 * rows.half, [&](Value begin) {
    loop(begin, min(add(begin, rows.half), end), 1, body);
  });
}

VectorBuilder::Vectors KernelBuilder::loadRow(Value tensor, const Chunk &chunk,
                                              Value row, const Strip &strip) {
  Vectors vectors;
  for (int64_t v = 0; v < strip.vectors; ++v)
    vectors.push_back(
        load(at(tensor, chunk, row, add(strip.start, v * lanes))));
  return vectors;
}

void KernelBuilder::storeRow(Value tensor, const Chunk &chunk, Value row,
                             const Strip &strip, ArrayRef<Value> vectors) {
  for (auto [v, vector] : llvm::enumerate(vectors))
    store(vector, at(tensor, chunk, row,
                     add(strip.start, static_cast<int64_t>(v) * lanes)));
}

void KernelBuilder::forRowBlocks(function_ref<void(const RowBlock &)> body) {
  constexpr int64_t kRows = RowBlock::kRows;
  int64_t chunk = plan.getChunk();
  if (chunk <= RowBlock::kMostStraight)
    return body({index(0), chunk, Value(), Value()});
  int64_t whole = chunk / kRows * kRows;
  loop(index(0), index(whole), kRows,
       [&](Value first) { body({first, kRows, index(0), first}); });
  if (int64_t rest = chunk - whole)
    body({index(whole), rest, index(0), index(whole)});
}

void KernelBuilder::addScaled(Carried &sums, const void *owner, int64_t row,
                              Value score, ArrayRef<Value> vectors) {
  for (auto [v, vector] : llvm::enumerate(vectors)) {
    Value &sum = sums.at(owner, row, static_cast<int64_t>(v));
    sum = fma(score, vector, sum);
  }
}

Value KernelBuilder::loadScalar(Value tensor, const Chunk &chunk, Value row) {
  return loadScalar(at(tensor, chunk, row, index(0)));
}

void KernelBuilder::storeScalar(Value scalar, Value tensor, const Chunk &chunk,
                                Value row) {
  storeScalar(scalar, at(tensor, chunk, row, index(0)));
}

//===----------------------------------------------------------------------===//
// Element types of memory
//===----------------------------------------------------------------------===//

static Type withElementType(Type type, Type element) {
  if (auto shaped = dyn_cast<ShapedType>(type))
    return shaped.clone(element);
  return element;
}

Value KernelBuilder::toF32(Value value) {
  Type type = withElementType(value.getType(), builder.getF32Type());
  return type == value.getType()
             ? value
             : Value(arith::ExtFOp::create(builder, loc, type, value));
}

Value KernelBuilder::fromF32(Value value, Type element) {
  Type type = withElementType(value.getType(), element);
  return type == value.getType()
             ? value
             : Value(arith::TruncFOp::create(builder, loc, type, value));
}
