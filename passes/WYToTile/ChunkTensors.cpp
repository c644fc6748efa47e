//===- ChunkTensors.cpp - maths on a chunk's tensors ----------------------===//

#include "passes/WYToTile/ChunkTensors.h"

using namespace mlir;
using namespace sluice;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Value ChunkTensors::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value ChunkTensors::splat(Type type, double value) {
  FloatAttr number = b.getF32FloatAttr(static_cast<float>(value));
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(tensor, number));
  return arith::ConstantOp::create(b, loc, number);
}

Value ChunkTensors::add(Value x, Value y) {
  return arith::AddFOp::create(b, loc, x, y);
}

Value ChunkTensors::multiply(Value x, Value y) {
  return arith::MulFOp::create(b, loc, x, y);
}

Value ChunkTensors::broadcast(Value value, Type type, ArrayRef<int64_t> along) {
  if (value.getType() == type)
    return value;
  if (!isa<RankedTensorType>(value.getType()))
    along = {};
  return tile::BroadcastOp::create(b, loc, type, value, along);
}

/// How many numbers in bf16 a tensor is the sum of, if that is known: one that
/// was in bf16 is one of them, and the 11 bits of f16 are two.
static unsigned getMostParts(Value tensor, Type element) {
  auto wide = tensor.getDefiningOp<arith::ExtFOp>();
  if (!wide)
    return std::numeric_limits<unsigned>::max();
  Type narrow = getElementTypeOrSelf(wide.getIn().getType());
  return narrow == element ? 1 : 2;
}

SmallVector<Value> ChunkTensors::split(Value tensor, Type element,
                                       unsigned parts) {
  RankedTensorType wide = getTensorType(tensor);
  Type narrow = wide.clone(element);
  parts = std::min(parts, getMostParts(tensor, element));
  SmallVector<Value> split;
  for (unsigned i = 0; i < parts; ++i) {
    split.push_back(arith::TruncFOp::create(b, loc, narrow, tensor));
    if (i + 1 < parts)
      tensor = arith::SubFOp::create(
          b, loc, tensor, arith::ExtFOp::create(b, loc, wide, split.back()));
  }
  return split;
}

/// How many numbers of tensor cores a factor is the sum of; 0: none.
static unsigned getNumParts(wy::Precision precision) {
  switch (precision) {
  case wy::Precision::F32:
  case wy::Precision::TF32:
    return 0;
  case wy::Precision::F16:
  case wy::Precision::BF16:
    return 1;
  case wy::Precision::BF16x2:
    return 2;
  case wy::Precision::BF16x3:
    return 3;
  }
  llvm_unreachable("covered switch");
}

Value ChunkTensors::dot(wy::Precision precision, Value lhs, Value rhs,
                        bool transposeLhs, bool transposeRhs) {
  int64_t m = getTensorType(lhs).getDimSize(transposeLhs ? 1 : 0);
  int64_t n = getTensorType(rhs).getDimSize(transposeRhs ? 0 : 1);
  auto type = RankedTensorType::get({m, n}, b.getF32Type());
  auto multiply = [&](Value left, Value right) -> Value {
    return tile::DotOp::create(b, loc, type, left, right, transposeLhs,
                               transposeRhs);
  };
  unsigned parts = getNumParts(precision);
  if (parts == 0)
    return multiply(lhs, rhs);
  Type element = precision == wy::Precision::F16 ? Type(b.getF16Type())
                                                 : Type(b.getBF16Type());
  // Products of parts that are small beside the first one's are left out; what
  // is left is added from the smallest on.
  SmallVector<Value> left = split(lhs, element, parts),
                     right = split(rhs, element, parts);
  Value sum;
  for (unsigned order = parts; order-- > 0;)
    for (unsigned i = 0; i <= order; ++i)
      if (i < left.size() && order - i < right.size())
        sum = accumulate(sum, multiply(left[i], right[order - i]));
  return sum;
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

Value ChunkTensors::place(RankedTensorType type, int64_t axis) {
  return tile::PlaceOp::create(b, loc, type.clone(b.getI32Type()), axis);
}

Value ChunkTensors::integers(RankedTensorType type, int64_t value) {
  return arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(type.clone(b.getI32Type()),
                             b.getI32IntegerAttr(static_cast<int32_t>(value))));
}

Value ChunkTensors::compare(arith::CmpIPredicate predicate, Value x, Value y) {
  return arith::CmpIOp::create(b, loc, predicate, x, y);
}

Value ChunkTensors::getExistingRows(RankedTensorType type, Value count) {
  Value bits = arith::IndexCastOp::create(b, loc, b.getI32Type(), count);
  Value limit = tile::BroadcastOp::create(b, loc, type.clone(b.getI32Type()),
                                          bits, ArrayRef<int64_t>{});
  return compare(arith::CmpIPredicate::slt, place(type, 0), limit);
}

Value ChunkTensors::getLowerPairs(RankedTensorType type, bool withDiagonal,
                                  wy::MaskAttr mask) {
  Value t = place(type, 0), s = place(type, 1);
  Value pairs = compare(withDiagonal ? arith::CmpIPredicate::sge
                                     : arith::CmpIPredicate::sgt,
                        t, s);
  if (!mask)
    return pairs;
  auto both = [&](Value x, Value y) -> Value {
    return arith::AndIOp::create(b, loc, x, y);
  };
  if (mask.getSize() == 0)
    return both(pairs, compare(arith::CmpIPredicate::eq, t, s));
  Value size = integers(type, mask.getSize());
  Value row = arith::DivUIOp::create(b, loc, t, size),
        column = arith::DivUIOp::create(b, loc, s, size);
  if (mask.getKind() == wy::MaskKind::Inside)
    return both(pairs, compare(arith::CmpIPredicate::eq, row, column));
  Value one = integers(type, 1);
  Value next = arith::AddIOp::create(b, loc, column, one);
  Value isFirstHalf =
      compare(arith::CmpIPredicate::eq,
              arith::AndIOp::create(b, loc, column, one), integers(type, 0));
  return both(both(pairs, isFirstHalf),
              compare(arith::CmpIPredicate::eq, row, next));
}

Value ChunkTensors::getSecondHalves(RankedTensorType type, int64_t half) {
  Value number =
      arith::DivUIOp::create(b, loc, place(type, 0), integers(type, half));
  Value bit = arith::AndIOp::create(b, loc, number, integers(type, 1));
  return compare(arith::CmpIPredicate::ne, bit, integers(type, 0));
}

Value ChunkTensors::getRowsAt(RankedTensorType type, int64_t size, int64_t at) {
  Value number =
      arith::RemUIOp::create(b, loc, place(type, 0), integers(type, size));
  return compare(arith::CmpIPredicate::eq, number, integers(type, at));
}

Value ChunkTensors::getDiagonal(RankedTensorType type) {
  return compare(arith::CmpIPredicate::eq, place(type, 0), place(type, 1));
}

Value ChunkTensors::choose(Value mask, Value value, double other) {
  return arith::SelectOp::create(b, loc, mask, value,
                                 splat(value.getType(), other));
}

Value ChunkTensors::choose(Value mask, Value value, Value other) {
  return arith::SelectOp::create(b, loc, mask, value, other);
}

//===----------------------------------------------------------------------===//
// Rows in shared memory
//===----------------------------------------------------------------------===//

Value ChunkTensors::allocate(ArrayRef<int64_t> shape) {
  return tile::SharedOp::create(b, loc,
                                tile::getSharedType(shape, b.getF32Type()));
}

/// All axes from the first on.
static SmallVector<int64_t> getAxes(int64_t from, int64_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(from, rank));
}

Value ChunkTensors::store(Value tensor) {
  RankedTensorType type = getTensorType(tensor);
  Value memory = allocate(type.getShape());
  SmallVector<Value> indices(type.getRank(), index(0));
  tile::StoreOp::create(b, loc, tensor, memory, indices,
                        getAxes(0, type.getRank()), /*valid=*/Value(),
                        /*in_bounds=*/true);
  return memory;
}

Value ChunkTensors::loadAll(Value memory) {
  auto type = cast<MemRefType>(memory.getType());
  SmallVector<Value> indices(type.getRank(), index(0));
  return tile::LoadOp::create(
      b, loc, RankedTensorType::get(type.getShape(), type.getElementType()),
      memory, indices, getAxes(0, type.getRank()), /*valid=*/Value(),
      /*in_bounds=*/true);
}

Value ChunkTensors::loadRow(Value memory, Value row) {
  auto type = cast<MemRefType>(memory.getType());
  if (type.getRank() == 1)
    return tile::LoadOp::create(b, loc, type.getElementType(), memory, row,
                                ArrayRef<int64_t>{}, /*valid=*/Value(),
                                /*in_bounds=*/true);
  return tile::LoadOp::create(
      b, loc,
      RankedTensorType::get({type.getDimSize(1)}, type.getElementType()),
      memory, ValueRange{row, index(0)}, ArrayRef<int64_t>{1},
      /*valid=*/Value(), /*in_bounds=*/true);
}

void ChunkTensors::storeRow(Value value, Value memory, Value row) {
  auto type = cast<MemRefType>(memory.getType());
  SmallVector<Value> indices{row};
  if (type.getRank() == 2)
    indices.push_back(index(0));
  tile::StoreOp::create(b, loc, value, memory, indices,
                        getAxes(1, type.getRank()), /*valid=*/Value(),
                        /*in_bounds=*/true);
}

Value ChunkTensors::loadElement(Value memory, Value row, Value column) {
  auto type = cast<MemRefType>(memory.getType());
  return tile::LoadOp::create(b, loc, type.getElementType(), memory,
                              ValueRange{row, column}, ArrayRef<int64_t>{},
                              /*valid=*/Value(), /*in_bounds=*/true);
}
