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
// tile.kernel
//===----------------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> args;
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name),
                             result.attributes) ||
      parser.parseArgumentList(args, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true, /*allowAttrs=*/true))
    return failure();
  SmallVector<Type> types;
  for (const OpAsmParser::Argument &arg : args)
    types.push_back(arg.type);
  Builder &b = parser.getBuilder();
  result.addAttribute(getFunctionTypeAttrName(result.name),
                      TypeAttr::get(b.getFunctionType(types, {})));
  call_interface_impl::addArgAndResultAttrs(b, result, args, /*resultAttrs=*/{},
                                            getArgAttrsAttrName(result.name),
                                            getResAttrsAttrName(result.name));
  auto parseNumber = [&](StringRef keyword, StringAttr attr) {
    int64_t number = 0;
    if (parser.parseLParen() || parser.parseInteger(number) ||
        parser.parseRParen())
      return failure();
    result.addAttribute(attr, b.getI64IntegerAttr(number));
    return success();
  };
  if (parser.parseKeyword("warps") ||
      failed(parseNumber("warps", getWarpsAttrName(result.name))))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("ctas")) &&
      failed(parseNumber("ctas", getCtasAttrName(result.name))))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("cluster")) &&
      failed(parseNumber("cluster", getClusterAttrName(result.name))))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("apart")))
    result.addAttribute(getApartAttrName(result.name), b.getUnitAttr());
  SmallVector<Attribute> grid;
  if (parser.parseKeyword("grid") ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren,
                                     [&]() -> ParseResult {
                                       StringAttr size;
                                       if (parser.parseAttribute(size))
                                         return failure();
                                       grid.push_back(size);
                                       return success();
                                     }))
    return failure();
  result.addAttribute(getGridAttrName(result.name), b.getArrayAttr(grid));
  return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseRegion(*result.addRegion(), args));
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(
      getBody().getArguments(), printer, [&](BlockArgument arg) {
        printer.printRegionArgument(
            arg, getArgAttrDict(arg.getArgNumber()).getValue());
      });
  printer << ") warps(" << getWarps() << ')';
  if (getCtas() != 1)
    printer << " ctas(" << getCtas() << ')';
  if (getCluster() != 1)
    printer << " cluster(" << getCluster() << ')';
  if (getApart())
    printer << " apart";
  printer << " grid(";
  llvm::interleaveComma(getGrid(), printer);
  printer << ')';
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {getSymNameAttrName(), getFunctionTypeAttrName(), getWarpsAttrName(),
       getCtasAttrName(), getClusterAttrName(), getApartAttrName(),
       getGridAttrName(), getArgAttrsAttrName(), getResAttrsAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

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

/// T5: what a launch gives has the type of its kind.
static LogicalResult verifyBinding(KernelOp op, unsigned index) {
  BindingAttr binding = op.getBinding(index);
  if (!binding)
    return op.emitOpError() << "says by tile.binding what each argument is, "
                               "and does not of argument "
                            << index;
  Type type = op.getArgumentTypes()[index];
  auto memory = dyn_cast<MemRefType>(type);
  StringRef expected;
  switch (binding.getKind()) {
  case BindingKind::Input:
  case BindingKind::Output:
  case BindingKind::Final:
  case BindingKind::Workspace:
    if (isMemory(type) && !memory.getMemorySpace())
      return success();
    expected = "global memory: a memref of f32, f16 or bf16, of one to four "
               "axes, dense along the last and without an offset,";
    break;
  case BindingKind::Size:
    if (isa<IndexType>(type))
      return success();
    expected = "an index";
    break;
  case BindingKind::Sequences:
    if (isStarts(type))
      return success();
    expected = "memref<?xi64>";
    break;
  case BindingKind::Scale:
    if (type.isF32())
      return success();
    expected = "f32";
    break;
  }
  return op.emitOpError() << "takes " << expected << " for '"
                          << stringifyBindingKind(binding.getKind())
                          << "', found " << type << " as argument " << index;
}

LogicalResult KernelOp::verify() {
  // T4: the shape of a grid, and of a CTA.
  constexpr int64_t kMostWarps = 32, kMostCTAs = 32, kMostClusterCTAs = 8,
                    kMostAxes = 3;
  if (static_cast<int64_t>(getWarps()) > kMostWarps ||
      (!getApart() && !llvm::isPowerOf2_64(getWarps())))
    return emitOpError() << "has " << (getApart() ? "" : "a power of two of ")
                         << "warps, at most " << kMostWarps << ", found "
                         << getWarps();
  if (static_cast<int64_t>(getCtas()) > kMostCTAs)
    return emitOpError() << "is for at most " << kMostCTAs
                         << " CTAs in a multiprocessor, found " << getCtas();
  if (!llvm::isPowerOf2_64(getCluster()) ||
      static_cast<int64_t>(getCluster()) > kMostClusterCTAs)
    return emitOpError() << "has a power of two of CTAs in a cluster, at most "
                         << kMostClusterCTAs << ", found " << getCluster();
  if (getGrid().empty() || getGrid().size() > kMostAxes)
    return emitOpError() << "has a grid of one to three axes, found "
                         << getGrid().size();
  if (getFunctionType().getNumResults() != 0)
    return emitOpError() << "gives nothing back, found "
                         << getFunctionType().getNumResults() << " results";
  for (unsigned i = 0, e = getArgumentTypes().size(); i < e; ++i)
    if (failed(verifyBinding(*this, i)))
      return failure();
  return success();
}

/// T6, T13: a CTA's threads can hold a tensor, and its layout is of them all.
static LogicalResult verifyTensor(Operation *op, Type type, KernelOp kernel) {
  constexpr int64_t kMostAxes = 4;
  constexpr uint64_t kMostElements = uint64_t(1) << 20;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return success();
  bool isHeld = tensor.hasStaticShape() && tensor.getRank() > 0 &&
                tensor.getRank() <= kMostAxes;
  uint64_t elements = 1;
  for (int64_t size : tensor.getShape())
    elements = llvm::SaturatingMultiply(elements, static_cast<uint64_t>(size));
  if (!isHeld || elements == 0 || elements > kMostElements)
    return op->emitOpError() << "is in a kernel, so a tensor has one to "
                             << kMostAxes << " axes of known sizes, and 1 to "
                             << kMostElements << " elements, found " << type;
  unsigned bits = llvm::Log2_64(kernel.getWarpsOfTensors());
  LayoutAttr layout = getLayout(type);
  unsigned found =
      layout ? layout.getLinear().getInputBits(layout::kWarp) : bits;
  if (found != bits)
    return op->emitOpError()
           << "is in a kernel of " << kernel.getWarps() << " warps"
           << (kernel.getApart() ? " apart" : "") << ", so its layout has "
           << bits << " places of warps, found " << found;
  return success();
}

/// T14: one thread holds what belongs together.
static LogicalResult verifyElementwise(Operation *op) {
  LayoutAttr layout = getLayout(op->getResult(0).getType());
  for (ValueRange values :
       {ValueRange(op->getOperands()), ValueRange(op->getResults())})
    for (Type type : values.getTypes())
      if (isa<RankedTensorType>(type) && getLayout(type) != layout)
        return op->emitOpError()
               << "is elementwise, so its tensors have one layout, found "
               << type << " and " << op->getResult(0).getType();
  return success();
}

/// What a kernel may hold.
static LogicalResult verifyInKernel(Operation *op, KernelOp kernel) {
  for (Type type : op->getResultTypes())
    if (failed(verifyTensor(op, type, kernel)))
      return failure();
  // T19: only warps that are apart have something of their own.
  auto shared = dyn_cast<SharedOp>(op);
  if (!kernel.getApart() && (isa<SyncWarpOp, gpu::SubgroupIdOp, RolesOp>(op) ||
                             (shared && shared.getByWarp())))
    return op->emitOpError(
        "tells warps apart, so it is in a kernel whose warps "
        "are apart");
  // T28: only CTAs of a cluster have anything in common.
  if (kernel.getCluster() == 1 &&
      (isa<SyncClusterOp, gpu::ClusterBlockIdOp>(op) ||
       (shared && shared.getMulticast())))
    return op->emitOpError("is of a cluster, so it is in a kernel whose CTAs "
                           "are in clusters");
  if (kernel.getCluster() > 1 && isa<RolesOp>(op))
    return op->emitOpError("has rings of one CTA, so it is in a kernel whose "
                           "CTAs are not in clusters");
  // T15: all control flow is that of all threads, and passes know it.
  if (op->getNumRegions() > 0 &&
      !isa<scf::ForOp, scf::IfOp, RolesOp, RoleOp>(op))
    return op->emitOpError("is in a kernel, whose control flow is scf.for and "
                           "scf.if");
  // T24: a barrier is for all warps that may come to it.
  if (isa<gpu::BarrierOp>(op) && RoleOp::getAround(op))
    return op->emitOpError(
        "is for all warps, and not in a role: tile.sync_role "
        "is for the role's");
  // T16: constants are the same in all threads.
  Attribute constant;
  if (matchPattern(op, m_Constant(&constant)) &&
      isa<RankedTensorType>(op->getResult(0).getType()) &&
      !isa<SplatElementsAttr>(constant))
    return op->emitOpError("is in a kernel, so a tensor's constant is one "
                           "number, repeated");
  if (op->getNumResults() > 0 && OpTrait::hasElementwiseMappableTraits(op))
    return verifyElementwise(op);
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  WalkResult walk = getBody().walk([&](Operation *op) {
    return failed(verifyInKernel(op, *this)) ? WalkResult::interrupt()
                                             : WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

LogicalResult tile::checkLayouts(KernelOp kernel, StringRef pass) {
  WalkResult walk = kernel.getBody().walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (isa<RankedTensorType>(type) && !getLayout(type))
        return WalkResult(op->emitOpError()
                          << "gives a tensor without a layout: run "
                             "tile-assign-layouts before "
                          << pass);
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
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
