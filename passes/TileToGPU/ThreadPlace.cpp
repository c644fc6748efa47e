//===- ThreadPlace.cpp - which elements a thread has ----------------------===//

#include "passes/TileToGPU/ThreadPlace.h"
#include "dialects/Tile/TileOps.h"
#include "lib/Target/Gpu.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

ThreadTypeConverter::ThreadTypeConverter() {
  constexpr unsigned kGlobal = 1, kShared = 3;
  addConversion([](Type type) { return type; });
  addConversion(
      [](RankedTensorType type,
         SmallVectorImpl<Type> &types) -> std::optional<LogicalResult> {
        LayoutAttr layout = getLayout(type);
        if (!layout)
          return std::nullopt;
        types.assign(layout.getNumRegisters(), type.getElementType());
        return success();
      });
  addConversion(
      [](MemRefType type,
         SmallVectorImpl<Type> &types) -> std::optional<LogicalResult> {
        MLIRContext *context = type.getContext();
        types.push_back(LLVM::LLVMPointerType::get(
            context, isShared(type) ? kShared : kGlobal));
        if (!isShared(type))
          types.append(type.getRank() - 1, IndexType::get(context));
        return success();
      });
}

Value sluice::getThread(OpBuilder &b, Location loc) {
  return gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
}

Value sluice::getWarp(OpBuilder &b, Location loc) {
  return arith::DivUIOp::create(
      b, loc, getThread(b, loc),
      arith::ConstantIndexOp::create(b, loc, target::kWarpLanes));
}

/// The places along one axis of the bits of a thread's number.
static SmallVector<int64_t> getThreadPlaces(LayoutAttr layout, unsigned axis) {
  SmallVector<int64_t> places;
  for (ArrayRef<int64_t> list : {layout.getLanes(), layout.getWarps()})
    for (size_t i = axis; i < list.size(); i += layout.getRank())
      places.push_back(list[i]);
  return places;
}

Value sluice::getThreadPlace(OpBuilder &b, Location loc, LayoutAttr layout,
                             unsigned axis) {
  return getThreadPlace(b, loc, getThreadPlaces(layout, axis));
}

Value sluice::getThreadPlace(OpBuilder &b, Location loc,
                             ArrayRef<int64_t> places) {
  auto index = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value sum;
  // Bits that follow one another move the place as far as they count.
  for (size_t bit = 0; bit < places.size();) {
    size_t end = bit + 1;
    while (end < places.size() && places[bit] != 0 &&
           places[end] == places[end - 1] * 2)
      ++end;
    if (places[bit] != 0) {
      Value part = getThread(b, loc);
      if (bit > 0)
        part = arith::ShRUIOp::create(b, loc, part, index(bit));
      // Above the bits of a layout are those of warps that are apart.
      part = arith::AndIOp::create(b, loc, part,
                                   index((int64_t(1) << (end - bit)) - 1));
      part = arith::MulIOp::create(b, loc, part, index(places[bit]));
      sum = sum ? arith::AddIOp::create(b, loc, sum, part) : part;
    }
    bit = end;
  }
  return sum ? sum : index(0);
}

SmallVector<int64_t> sluice::getRegisterPlace(LayoutAttr layout, int64_t reg) {
  return layout.getPlace(reg, /*lane=*/0, /*warp=*/0);
}

std::map<SmallVector<int64_t>, int64_t>
sluice::getRegistersByPlace(LayoutAttr layout) {
  std::map<SmallVector<int64_t>, int64_t> registers;
  for (int64_t reg = layout.getNumRegisters(); reg-- > 0;)
    registers[getRegisterPlace(layout, reg)] = reg;
  return registers;
}

LogicalResult sluice::checkRowsInRegisters(Operation *op, LayoutAttr layout) {
  for (ArrayRef<int64_t> places : {layout.getLanes(), layout.getWarps()})
    for (size_t i = 0; i < places.size(); i += layout.getRank())
      if (places[i] != 0)
        return op->emitOpError("is along an axis that several threads hold: "
                               "tile-assign-layouts gives it to one");
  return success();
}

bool sluice::hasDisjointBits(LayoutAttr layout) {
  for (unsigned axis = 0; axis < layout.getRank(); ++axis) {
    int64_t seen = 0;
    for (ArrayRef<int64_t> list :
         {layout.getRegisters(), layout.getLanes(), layout.getWarps()})
      for (size_t i = axis; i < list.size(); i += layout.getRank()) {
        if (seen & list[i])
          return false;
        seen |= list[i];
      }
  }
  return true;
}

LogicalResult sluice::checkLayout(Operation *op, LayoutAttr layout) {
  if (!layout || hasDisjointBits(layout))
    return success();
  return op->emitOpError() << "has a layout whose bits overlap along an axis: "
                           << layout;
}

bool sluice::areWarpsApart(Operation *op) {
  // The kernel around it may be a function already.
  if (auto kernel = op->getParentOfType<KernelOp>())
    return kernel.getApart();
  return op->getParentOfType<gpu::GPUFuncOp>()->hasAttr(kApart);
}

int64_t sluice::getCluster(Operation *op) {
  if (auto kernel = op->getParentOfType<KernelOp>())
    return static_cast<int64_t>(kernel.getCluster());
  auto function = op->getParentOfType<gpu::GPUFuncOp>();
  std::optional<ArrayRef<int32_t>> size = function.getKnownClusterSize();
  return size ? size->front() : 1;
}

Value sluice::isFirstThread(OpBuilder &b, Location loc, bool isOfWarp) {
  auto index = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value thread = getThread(b, loc);
  if (isOfWarp)
    thread = arith::RemUIOp::create(b, loc, thread, index(target::kWarpLanes));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, thread,
                               index(0));
}

Value sluice::isFirstHolder(OpBuilder &b, Location loc, LayoutAttr layout) {
  int64_t mask = 0;
  unsigned bit = 0;
  for (ArrayRef<int64_t> list : {layout.getLanes(), layout.getWarps()})
    for (size_t i = 0; i < list.size(); i += layout.getRank(), ++bit)
      if (llvm::all_of(list.slice(i, layout.getRank()),
                       [](int64_t n) { return n == 0; }))
        mask |= int64_t(1) << bit;
  if (mask == 0)
    return {};
  Value bits = arith::AndIOp::create(
      b, loc, getThread(b, loc), arith::ConstantIndexOp::create(b, loc, mask));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, bits,
                               arith::ConstantIndexOp::create(b, loc, 0));
}
