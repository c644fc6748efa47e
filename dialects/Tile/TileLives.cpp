//===- TileLives.cpp - registers that tensors take ------------------------===//

#include "dialects/Tile/TileLives.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

int64_t TileLives::countRegisters(Value value, int64_t warps) {
  constexpr int64_t kRegisterBits = 32, kLanes = 32;
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (!type || type.getElementType().isIntOrIndex() ||
      isa_and_nonnull<arith::ConstantOp>(op))
    return 0;
  LayoutAttr layout = getLayout(type);
  int64_t elements =
      layout ? layout.getNumRegisters()
             : llvm::divideCeil(type.getNumElements(), kLanes * warps);
  if (auto broadcast = dyn_cast_if_present<BroadcastOp>(op))
    return std::min(elements, countRegisters(broadcast.getOperand(), warps));
  return llvm::divideCeil(elements * type.getElementTypeBitWidth(),
                          kRegisterBits);
}

TileLives::TileLives(KernelOp kernel) : warps(kernel.getWarpsOfTensors()) {
  visit(kernel.getBody().front(), 0);
}

void TileLives::visit(Block &block, int64_t outside) {
  llvm::DenseSet<Value> alive;
  int64_t now = outside;
  auto extend = [&](Value value) {
    if (value.getParentBlock() == &block && alive.insert(value).second)
      now += countRegisters(value, warps);
  };
  for (Operation &op : llvm::reverse(block)) {
    int64_t most = now;
    for (Value result : op.getResults())
      if (alive.erase(result))
        now -= countRegisters(result, warps);
    for (Region &region : op.getRegions())
      region.walk([&](Operation *inner) {
        llvm::for_each(inner->getOperands(), extend);
      });
    int64_t inside = now;
    llvm::for_each(op.getOperands(), extend);
    most = std::max(most, now);
    around[&op] = inside;
    for (Region &region : op.getRegions())
      for (Block &inner : region) {
        visit(inner, inside);
        for (Operation &own : inner)
          most = std::max(most, get(&own));
      }
    lives[&op] = most;
    widest = std::max(widest, most);
  }
}
