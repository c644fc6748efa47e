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
  constexpr unsigned kGlobal = 1;
  addConversion([](Type type) { return type; });
  addConversion(
      [](RankedTensorType type,
         SmallVectorImpl<Type> &types) -> std::optional<LogicalResult> {
        LayoutAttr layout = getLayout(type);
        if (!layout)
          return std::nullopt;
        types.append(layout.getNumRegisters(), type.getElementType());
        return success();
      });
  addConversion(
      [](MemRefType type,
         SmallVectorImpl<Type> &types) -> std::optional<LogicalResult> {
        MLIRContext *context = type.getContext();
        types.push_back(LLVM::LLVMPointerType::get(
            context, isShared(type) ? kSharedSpace : kGlobal));
        if (!isShared(type))
          types.append(type.getRank() - 1, IndexType::get(context));
        return success();
      });
  addConversion([](RingType type) -> Type {
    return LLVM::LLVMPointerType::get(type.getContext(), kSharedSpace);
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

Value sluice::getThreadPlace(OpBuilder &b, Location loc, LayoutAttr layout,
                             unsigned axis) {
  return getThreadPlace(b, loc, layout.getThreadsAlong(axis).getBases());
}

Value sluice::getThreadPlace(OpBuilder &b, Location loc,
                             ArrayRef<uint64_t> places) {
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
      part = arith::MulIOp::create(b, loc, part,
                                   index(static_cast<int64_t>(places[bit])));
      sum = sum ? arith::AddIOp::create(b, loc, sum, part) : part;
    }
    bit = end;
  }
  return sum ? sum : index(0);
}

RegisterFinder::RegisterFinder(LayoutAttr layout)
    : linear(layout.getLinear()), span(linear.getBases(layout::kRegister)) {}

std::optional<int64_t> RegisterFinder::find(ArrayRef<int64_t> place) const {
  for (auto [at, axis] : llvm::zip_equal(place, linear.getOutputs()))
    if (at >= static_cast<int64_t>(axis.getSize()))
      return std::nullopt;
  std::optional<uint64_t> reg = span.solve(linear.joinOutput(place));
  return reg ? std::optional<int64_t>(*reg) : std::nullopt;
}

LogicalResult sluice::checkRowsInRegisters(Operation *op, LayoutAttr layout) {
  layout::LinearLayout rows = layout.getThreadsAlong(/*axis=*/0);
  if (llvm::all_of(rows.getBases(), [](uint64_t place) { return place == 0; }))
    return success();
  return op->emitOpError("is along an axis that several threads hold: "
                         "tile-assign-layouts gives it to one");
}

LogicalResult sluice::checkLayout(Operation *op, LayoutAttr layout) {
  if (!layout || layout.getLinear().isAdditive())
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
  const layout::LinearLayout &linear = layout.getLinear();
  uint64_t mask = linear.getFreeBits(layout::kLane) |
                  linear.getFreeBits(layout::kWarp)
                      << linear.getInputBits(layout::kLane);
  if (mask == 0)
    return {};
  Value bits = arith::AndIOp::create(
      b, loc, getThread(b, loc),
      arith::ConstantIndexOp::create(b, loc, static_cast<int64_t>(mask)));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, bits,
                               arith::ConstantIndexOp::create(b, loc, 0));
}
