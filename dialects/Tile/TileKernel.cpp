//===- TileKernel.cpp - what a kernel may be ------------------------------===//
//
// Its text, and the numbered rules of what is in it; the operations' own are in
// TileOps.cpp.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;
using layout::LinearLayout;

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
