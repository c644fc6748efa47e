//===- VectorLayouts.cpp - who holds vectors, by cost ---------------------===//

#include "passes/TileAssignLayouts/VectorLayouts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

int64_t sluice::getVectorLength(LayoutAttr layout) {
  return static_cast<int64_t>(layout.getLinear().getConsecutive(
      layout::kRegister, layout.getAxis(layout.getRank() - 1)));
}

namespace {
/// What it costs to hold a class of vectors in a layout, in instructions of a
/// thread.
class VectorCost {
public:
  VectorCost(const TensorClasses &classes, LayoutAttr layout)
      : classes(classes), layout(layout), registers(layout.getNumRegisters()) {}

  int64_t get(ArrayRef<Value> values) {
    for (Value value : values) {
      if (Operation *op = value.getDefiningOp())
        addResult(op);
      for (Operation *user : value.getUsers())
        addUse(user);
    }
    return cost;
  }

private:
  // Of exponentials, quotients and their like; of a round trip through shared
  // memory beside its accesses; of a sum over a warp, and over all warps.
  static constexpr int64_t kExpensive = 12, kConversion = 30, kShuffles = 20,
                           kWarps = 40;

  int64_t getAccesses(LayoutAttr of) const {
    constexpr int64_t kMostOfVector = 4;
    return of.getNumRegisters() / std::min(getVectorLength(of), kMostOfVector);
  }

  /// Whether lanes, or warps, hold different elements.
  bool isSpread(StringRef input) const {
    return llvm::any_of(layout.getLinear().getBases(input),
                        [](uint64_t place) { return place != 0; });
  }

  void addConversion(LayoutAttr other) {
    if (other != layout)
      cost += kConversion + getAccesses(layout) + getAccesses(other);
  }

  void addResult(Operation *op) {
    if (isa<LoadOp>(op))
      cost += 4 * getAccesses(layout);
    else if (auto reduce = dyn_cast<ReduceOp>(op))
      addConversion(
          classes.getLayout(reduce.getOperand()).dropAxis(reduce.getAxis()));
    else if (isa<arith::DivFOp>(op) ||
             (isa<math::MathDialect>(op->getDialect()) &&
              !isa<math::AbsFOp, math::FmaOp>(op)))
      cost += kExpensive * registers;
    else
      cost += registers;
  }

  void addUse(Operation *user) {
    if (isa<StoreOp>(user)) {
      cost += 4 * getAccesses(layout);
    } else if (auto broadcast = dyn_cast<BroadcastOp>(user)) {
      LayoutAttr result = classes.getLayout(broadcast.getResult());
      addConversion(result.dropAxis(1 - broadcast.getAlong().front()));
    } else if (isa<ReduceOp>(user)) {
      cost += registers;
      if (isSpread(layout::kLane))
        cost += kShuffles;
      if (isSpread(layout::kWarp))
        cost += kWarps;
    }
  }

  const TensorClasses &classes;
  LayoutAttr layout;
  int64_t registers, cost = 0;
};
} // namespace

/// What the class has, and what its neighbours hold.
static SmallVector<LayoutAttr> getCandidates(const TensorClasses &classes,
                                             const TensorClass &of) {
  SmallVector<LayoutAttr> candidates{of.layout};
  auto add = [&](LayoutAttr matrix, unsigned dropped) {
    LayoutAttr layout = matrix.dropAxis(dropped);
    if (!llvm::is_contained(candidates, layout))
      candidates.push_back(layout);
  };
  for (Value value : of.values) {
    if (auto reduce = value.getDefiningOp<ReduceOp>())
      add(classes.getLayout(reduce.getOperand()), reduce.getAxis());
    for (Operation *user : value.getUsers())
      if (auto broadcast = dyn_cast<BroadcastOp>(user))
        add(classes.getLayout(broadcast.getResult()),
            1 - broadcast.getAlong().front());
  }
  return candidates;
}

LayoutAttr sluice::chooseVectorLayout(const TensorClasses &classes,
                                      const TensorClass &vectors) {
  LayoutAttr cheapest;
  std::optional<int64_t> least;
  for (LayoutAttr candidate : getCandidates(classes, vectors)) {
    int64_t cost = VectorCost(classes, candidate).get(vectors.values);
    if (least && cost >= *least)
      continue;
    cheapest = candidate;
    least = cost;
  }
  return cheapest;
}
