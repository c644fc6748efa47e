//===- TileOps.cpp - verifiers of the operations of a kernel --------------===//
//
// The numbered rules, here and in the dialect's other files, have a negative
// test each, in test/Dialect/Tile/*-errors.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/TileOps.h"
#include "lib/Layout/Conversion.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;
using layout::LinearLayout;

/// The shape of a tensor, or of a number.
static ArrayRef<int64_t> shapeOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.getShape() : ArrayRef<int64_t>();
}

/// Different axes, in any order.
static bool areDistinctAxes(ArrayRef<int64_t> along, int64_t rank) {
  SmallVector<int64_t> sorted(along);
  llvm::sort(sorted);
  return llvm::is_sorted(sorted, std::less_equal<>()) &&
         (sorted.empty() || (sorted.front() >= 0 && sorted.back() < rank));
}

static bool areAxes(ArrayRef<int64_t> along, int64_t rank) {
  return llvm::is_sorted(along, std::less_equal<>()) &&
         (along.empty() || (along.front() >= 0 && along.back() < rank));
}

//===----------------------------------------------------------------------===//
// tile.role
//===----------------------------------------------------------------------===//

/// The number of a role's warp, and what it does.
static ParseResult parseRoleBody(OpAsmParser &parser, Region &body) {
  OpAsmParser::Argument warp;
  if (parser.parseLParen() || parser.parseArgument(warp) ||
      parser.parseRParen())
    return failure();
  warp.type = parser.getBuilder().getIndexType();
  if (parser.parseRegion(body, warp))
    return failure();
  return success();
}

static void printRoleBody(OpAsmPrinter &printer, RoleOp, Region &body) {
  printer << '(';
  printer.printRegionArgument(body.getArgument(0), {}, /*omitType=*/true);
  printer << ") ";
  printer.printRegion(body, /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

// T7: shared memory has a size that is known, and starts at whole vectors.
LogicalResult SharedOp::verify() {
  constexpr uint64_t kAlignment = 16, kMostBytes = uint64_t(1) << 20;
  if (!isShared(getType()) || !getType().hasStaticShape() ||
      !getType().getLayout().isIdentity())
    return emitOpError() << "gives a dense memref of static shape in "
                            "#gpu.address_space<workgroup>, found "
                         << getType();
  if (std::optional<uint64_t> offset = getOffset();
      offset && *offset % kAlignment != 0)
    return emitOpError() << "starts at a multiple of " << kAlignment
                         << " bytes, found " << *offset;
  if (std::optional<uint64_t> stride = getStride();
      stride && (!getByWarp() || !getOffset() || *stride % kAlignment != 0))
    return emitOpError() << "has a stride, a multiple of " << kAlignment
                         << " bytes, only by_warp and behind an offset, found "
                         << *stride;
  if (getByWarp() && getMulticast())
    return emitOpError("is by_warp, a warp's own, or multicast, found both");
  uint64_t bytes = getType().getElementTypeBitWidth() / 8;
  for (int64_t size : getType().getShape())
    bytes = llvm::SaturatingMultiply(bytes, static_cast<uint64_t>(size));
  if (llvm::SaturatingAdd(getOffset().value_or(0), bytes) > kMostBytes)
    return emitOpError() << "ends at most " << kMostBytes
                         << " bytes from the start of shared memory, found "
                         << getType() << " at " << getOffset().value_or(0);
  return success();
}

/// T8: an access of memory says where each axis of its tensor runs.
static LogicalResult verifyAccess(Operation *op, MemRefType memory, Type value,
                                  size_t numIndices, ArrayRef<int64_t> along,
                                  bool hasValid) {
  if (getElementTypeOrSelf(value) != memory.getElementType())
    return op->emitOpError() << "moves elements of one type, found " << memory
                             << " and " << value;
  if (numIndices != static_cast<size_t>(memory.getRank()))
    return op->emitOpError()
           << "has an index for each of the " << memory.getRank()
           << " axes of the memory, found " << numIndices;
  size_t rank = shapeOf(value).size();
  if (along.size() != rank || !areDistinctAxes(along, memory.getRank()))
    return op->emitOpError()
           << "names another axis of the memory for each of the " << rank
           << " axes of the tensor, found [" << along << "]";
  if (hasValid && rank == 0)
    return op->emitOpError("has one element, which is valid");
  return success();
}

LogicalResult LoadOp::verify() {
  return verifyAccess(*this, cast<MemRefType>(getMemory().getType()), getType(),
                      getIndices().size(), getAlong(), getValid() != nullptr);
}

LogicalResult StoreOp::verify() {
  // T29: a CTA stores to its own memory, or to what says otherwise.
  auto shared = getMemory().getDefiningOp<SharedOp>();
  if (getTo() && (!shared || !shared.getMulticast()))
    return emitOpError("is to the copy of one CTA, so its memory is multicast "
                       "shared memory");
  return verifyAccess(*this, cast<MemRefType>(getMemory().getType()),
                      getValue().getType(), getIndices().size(), getAlong(),
                      getValid() != nullptr);
}

RankedTensorType CopyOp::getRegionType() {
  return RankedTensorType::get(getShape(),
                               getMemory().getType().getElementType());
}

// T20: a copy moves whole words from global to shared memory.
LogicalResult CopyOp::verify() {
  constexpr int64_t kLeastBytes = 4;
  MemRefType from = getFrom().getType(), to = getMemory().getType();
  if (isShared(from) || !isShared(to))
    return emitOpError() << "is from global to shared memory, found " << from
                         << " and " << to;
  if (getShape().empty() ||
      llvm::any_of(getShape(), [](int64_t size) { return size < 1; }))
    return emitOpError() << "is of a region of one element at least along each "
                            "of its axes, found ["
                         << getShape() << "]";
  RankedTensorType region = getRegionType();
  if (failed(verifyAccess(*this, from, region, getFromIndices().size(),
                          getFromAlong(), getValid() != nullptr)) ||
      failed(verifyAccess(*this, to, region, getIndices().size(), getAlong(),
                          getValid() != nullptr)))
    return failure();
  const auto *row = llvm::find(getAlong(), to.getRank() - 1);
  auto axis = row - getAlong().begin();
  if (row == getAlong().end() || getFromAlong()[axis] != from.getRank() - 1)
    return emitOpError() << "is of rows that are rows in both memories, found ["
                         << getFromAlong() << "] and [" << getAlong() << "]";
  int64_t bytes = getShape()[axis] * region.getElementTypeBitWidth() / 8;
  if (bytes % kLeastBytes != 0)
    return emitOpError() << "moves " << kLeastBytes
                         << " bytes at a time at least, found rows of "
                         << bytes;
  return success();
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// The layout that is left of one when axes of its tensor are dropped; null
/// where there is none.
static LayoutAttr dropAxes(LayoutAttr layout, ArrayRef<int64_t> kept) {
  if (!layout || kept.empty())
    return {};
  for (unsigned axis = layout.getRank(); axis-- > 0;)
    if (!llvm::is_contained(kept, int64_t(axis)))
      layout = layout.dropAxis(axis);
  return layout;
}

// T9: a broadcast keeps sizes, and who holds what.
LogicalResult BroadcastOp::verify() {
  ArrayRef<int64_t> from = shapeOf(getOperand().getType());
  ArrayRef<int64_t> to = getType().getShape();
  if (getElementTypeOrSelf(getOperand().getType()) !=
      getType().getElementType())
    return emitOpError() << "repeats elements, found " << getOperand().getType()
                         << " and " << getType();
  if (from.size() >= to.size())
    return emitOpError() << "adds an axis at least, found "
                         << getOperand().getType() << " and " << getType();
  if (getAlong().size() != from.size() || !areAxes(getAlong(), to.size()))
    return emitOpError()
           << "names an axis of the result, in order, for each of "
              "the "
           << from.size() << " axes of the operand, found [" << getAlong()
           << "]";
  for (auto [size, axis] : llvm::zip(from, getAlong()))
    if (size != to[axis])
      return emitOpError() << "keeps sizes, found " << size << " along axis "
                           << axis << " of " << getType();
  LayoutAttr expected = dropAxes(getLayout(getType()), getAlong());
  if (!from.empty() && getLayout(getOperand().getType()) != expected)
    return emitOpError()
           << "repeats what its threads hold, so the operand has the result's "
              "layout without the new axes";
  return success();
}

/// The layout of a reduction that leaves warps apart: those of one number along
/// the axis are one place of it.
static LayoutAttr getByWarp(LayoutAttr layout, unsigned axis) {
  const LinearLayout &linear = layout.getLinear();
  uint64_t next = 1;
  SmallVector<SmallVector<int64_t>> places;
  for (const layout::Axis &input : linear.getInputs())
    for (uint64_t basis : linear.getBases(input.name)) {
      int64_t &along = places.emplace_back(linear.splitOutput(basis))[axis];
      bool isApart = input.name == layout::kWarp && along != 0;
      along = isApart ? std::exchange(next, 2 * next) : 0;
    }
  layout::Axes outputs(linear.getOutputs());
  outputs[axis].bits = llvm::Log2_64(next);
  LinearLayout shape({}, outputs, {});
  auto bases = llvm::map_to_vector(
      places, [&](ArrayRef<int64_t> place) { return shape.joinOutput(place); });
  return LayoutAttr::get(layout.getContext(),
                         LinearLayout(linear.getInputs(), outputs, bases)
                             .dropZeroBits(layout::kRegister));
}

// T11: a place is along an axis.
LogicalResult PlaceOp::verify() {
  if (static_cast<int64_t>(getAxis()) < getType().getRank())
    return success();
  return emitOpError() << "is along one of the result's " << getType().getRank()
                       << " axes, found " << getAxis();
}

// T12: the sizes of a product.
LogicalResult DotOp::verify() {
  auto getShape = [](Value value, bool isTransposed) {
    ArrayRef<int64_t> shape = shapeOf(value.getType());
    return std::pair(shape[isTransposed], shape[!isTransposed]);
  };
  if (getElementTypeOrSelf(getLhs().getType()) !=
      getElementTypeOrSelf(getRhs().getType()))
    return emitOpError() << "multiplies elements of one type, found "
                         << getLhs().getType() << " and " << getRhs().getType();
  auto [m, k] = getShape(getLhs(), getTransposeLhs());
  auto [otherK, n] = getShape(getRhs(), getTransposeRhs());
  ArrayRef<int64_t> shape = getType().getShape();
  if (k == otherK && shape[0] == m && shape[1] == n)
    return success();
  return emitOpError() << "multiplies m × k by k × n to m × n, found " << m
                       << " × " << k << ", " << otherK << " × " << n << " and "
                       << shape[0] << " × " << shape[1];
}

namespace {
/// c + A B is a product that is added into c.
struct AddInto : OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [product, other] : {std::pair(op.getRhs(), op.getLhs()),
                                  std::pair(op.getLhs(), op.getRhs())}) {
      auto dot = product.getDefiningOp<DotOp>();
      if (!dot || dot.getInto() || !dot->hasOneUse() ||
          dot->getBlock() != op->getBlock())
        continue;
      rewriter.replaceOpWithNewOp<DotOp>(
          op, dot.getType(), dot.getLhs(), dot.getRhs(), other,
          dot.getTransposeLhs(), dot.getTransposeRhs());
      rewriter.eraseOp(dot);
      return success();
    }
    return failure();
  }
};
} // namespace

void DotOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<AddInto>(context);
}

// T10: a reduction takes one axis away, or leaves a place for each warp.
LogicalResult ReduceOp::verify() {
  auto operand = cast<RankedTensorType>(getOperand().getType());
  auto axis = static_cast<int64_t>(getAxis());
  if (axis >= operand.getRank())
    return emitOpError() << "is along one of the operand's "
                         << operand.getRank() << " axes, found " << axis;
  LayoutAttr layout = getLayout(operand);
  if (getByWarp() && !layout)
    return emitOpError("leaves warps apart only where a layout says what they "
                       "hold");
  if (getByWarp() && !canLeaveWarpsApart(layout, getAxis()))
    return emitOpError() << "leaves warps apart that differ along axis " << axis
                         << " only, found " << layout;
  Type expected = inferType(operand, getAxis(), getByWarp());
  if (getType() != expected)
    return emitOpError() << "gives " << expected << ", found " << getType();
  return success();
}

Type ReduceOp::inferType(RankedTensorType operand, unsigned axis, bool byWarp) {
  LayoutAttr layout = getLayout(operand);
  SmallVector<int64_t> shape(operand.getShape());
  if (byWarp) {
    LayoutAttr result = ::getByWarp(layout, axis);
    shape[axis] = result.getShape()[axis];
    return RankedTensorType::get(shape, operand.getElementType(), result);
  }
  shape.erase(shape.begin() + axis);
  if (shape.empty())
    return operand.getElementType();
  return RankedTensorType::get(shape, operand.getElementType(),
                               layout ? layout.dropAxis(axis) : LayoutAttr());
}

bool ReduceOp::canLeaveWarpsApart(LayoutAttr layout, unsigned axis) {
  const LinearLayout &linear = layout.getLinear();
  return llvm::all_of(linear.getBases(layout::kWarp), [&](uint64_t place) {
    SmallVector<int64_t> moved = linear.splitOutput(place);
    return moved[axis] == 0 ||
           llvm::count_if(moved, [](int64_t n) { return n; }) == 1;
  });
}

// T18: a square matrix, in blocks that places of a layout tell apart.
LogicalResult InverseOp::verify() {
  if (getType().getDimSize(0) != getType().getDimSize(1))
    return emitOpError() << "inverts blocks of a square matrix, found "
                         << getType();
  auto block = static_cast<int64_t>(getBlock());
  if (block > kMostBlock || !llvm::isPowerOf2_64(getBlock()))
    return emitOpError() << "has blocks of a power of two of rows, at most "
                         << kMostBlock << ", found " << block;
  return success();
}

int64_t InverseOp::getRowsOfBlock() {
  auto rows = static_cast<uint64_t>(getType().getDimSize(0));
  return static_cast<int64_t>(
      std::min<uint64_t>(getBlock(), llvm::PowerOf2Ceil(rows)));
}

// T17: a conversion keeps the tensor, as its traits say.
LinearLayout ConvertOp::getWanted() {
  return getLayout(getType()).getLinear().resizeOutputs(
      getLayout(getOperand().getType()).getLinear().getOutputs());
}

std::optional<LinearLayout> ConvertOp::findRegisters() {
  return layout::findRegisters(getLayout(getOperand().getType()).getLinear(),
                               getWanted());
}

std::optional<layout::ShufflePlan> ConvertOp::planShuffles() {
  Type element = getType().getElementType();
  if (!isa<Float32Type, Float16Type, BFloat16Type>(element))
    return std::nullopt;
  return layout::planShuffles(getLayout(getOperand().getType()).getLinear(),
                              getWanted(), element.getIntOrFloatBitWidth() / 8);
}

OpFoldResult ConvertOp::fold(FoldAdaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  if (auto before = getOperand().getDefiningOp<ConvertOp>())
    if (before.getOperand().getType() == getType())
      return before.getOperand();
  return {};
}

#define GET_OP_CLASSES
#include "dialects/Tile/TileOps.cpp.inc"
