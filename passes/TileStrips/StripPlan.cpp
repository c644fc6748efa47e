//===- StripPlan.cpp - which operation is in which pass -------------------===//
//
// Pass p is a loop over strips; what is between passes p and p + 1 has level p.
// What an operation takes along the axis is of its own pass or an earlier one,
// and what it takes whole, a sum for one, is there before its pass.
//
//===----------------------------------------------------------------------===//

#include "passes/TileStrips/StripPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

static int64_t getBits(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getNumElements() * type.getElementTypeBitWidth();
}

//===----------------------------------------------------------------------===//
// What is made again
//===----------------------------------------------------------------------===//

std::optional<unsigned> StripPlan::getRepeatCost(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto found = repeatCosts.find(op); found != repeatCosts.end())
    return found->second;
  std::optional<unsigned> cost = findRepeatCost(op);
  repeatCosts[op] = cost;
  return cost;
}

static bool isMaths(Operation *op) {
  return isa<PrefixOp>(op) || isa<math::MathDialect>(op->getDialect());
}

std::optional<unsigned> StripPlan::findRepeatCost(Operation *op) {
  if (!axis.canStrip(op))
    return std::nullopt;
  auto load = dyn_cast<LoadOp>(op);
  if (load)
    return memory.isConstant(load.getMemory()) ? std::optional(1u)
                                               : std::nullopt;
  bool isFree = isa<arith::ConstantOp, BroadcastOp, PlaceOp>(op);
  bool isCheap = isa<arith::ArithDialect>(op->getDialect()) &&
                 !isa<arith::DivFOp, arith::RemFOp>(op);
  if (!isFree && !isCheap && !(again.isMaths && isMaths(op)))
    return std::nullopt;
  unsigned cost =
      !isFree && isa<FloatType>(getElementTypeOrSelf(op->getResult(0)));
  for (Value operand : op->getOperands()) {
    if (!axis.find(operand))
      continue;
    std::optional<unsigned> own = getRepeatCost(operand);
    if (!own)
      return std::nullopt;
    cost += *own;
  }
  return cost <= again.most ? std::optional(cost) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Who is in a pass
//===----------------------------------------------------------------------===//

void StripPlan::findInside() {
  for (Operation &op : block.without_terminator()) {
    bool isAvailable = llvm::all_of(op.getOperands(), [&](Value operand) {
      Operation *producer = operand.getDefiningOp();
      return !axis.find(operand) || (producer && isInside(producer)) ||
             canRepeat(operand);
    });
    if (isAvailable && axis.canStrip(&op))
      inside.insert(&op);
  }
}

bool StripPlan::isUsedOutside(Value value) const {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    return !isInside(block.findAncestorOpInBlock(*user));
  });
}

int64_t StripPlan::getCut(Operation *op) {
  int64_t cut = 0;
  for (Value operand : op->getOperands()) {
    if (!axis.find(operand) || canRepeat(operand) || isUsedOutside(operand))
      continue;
    int64_t bits = getBits(operand);
    cut += operand.hasOneUse() ? std::min(bits, getCut(operand.getDefiningOp()))
                               : bits;
  }
  return cut;
}

/// Whoever is needed only between the passes is there itself, unless what goes
/// through memory for it is more than what it gives.
void StripPlan::leaveOut() {
  for (Operation &op : llvm::reverse(block)) {
    if (!isInside(&op) || op.getNumResults() == 0 || axis.isSum(&op))
      continue;
    Value result = op.getResult(0);
    bool isUsedInside = llvm::any_of(op.getUsers(), [&](Operation *user) {
      return isInside(block.findAncestorOpInBlock(*user));
    });
    if (!isUsedInside && getCut(&op) < getBits(result))
      inside.erase(&op);
  }
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

/// After how many passes a value is there, for one that is in none.
unsigned StripPlan::getLevel(Value value) {
  Operation *producer = value.getDefiningOp();
  if (!producer || producer->getBlock() != &block)
    return 0;
  // Made again, it waits for what is taken whole only.
  bool isRepeated = isInside(producer) && axis.find(value) && canRepeat(value);
  return getLevel(producer) - isRepeated;
}

unsigned StripPlan::getLevelOfAll(Operation *op) {
  unsigned level = 0;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      level = std::max(level, getLevel(operand));
  });
  return level;
}

bool StripPlan::isAddedInside(Operation *op) const {
  if (!op->hasOneUse())
    return false;
  Operation *user = *op->getUsers().begin();
  return isPartial(user) && getLevel(user) == getLevel(op);
}

Operation *StripPlan::getPartBefore(Operation *op) const {
  auto dot = dyn_cast<DotOp>(op);
  Operation *before =
      dot && dot.getInto() ? dot.getInto().getDefiningOp() : nullptr;
  return before && isPartial(before) && isAddedInside(before) ? before
                                                              : nullptr;
}

Value StripPlan::getStart(Operation *op) const {
  while (Operation *before = getPartBefore(op))
    op = before;
  auto dot = dyn_cast<DotOp>(op);
  return dot ? dot.getInto() : Value();
}

bool StripPlan::isOnlyPart(Value value) const {
  Operation *producer = value.getDefiningOp();
  return producer && isPartial(producer) && producer->hasOneUse() &&
         !isa<ReduceOp>(producer);
}

/// Returns true for a choice between a value and zero by what is there before
/// all passes: of a sum's parts it is a part of the sum's.
bool StripPlan::isMask(Operation *op) {
  auto select = dyn_cast<arith::SelectOp>(op);
  return select && getLevel(select.getCondition()) == 0 &&
         matchPattern(select.getFalseValue(), m_AnyZeroFloat());
}

/// Sums of parts of sums of one pass, masked or not, are summed over strips at
/// once, if they begin with nothing.
void StripPlan::addParts(Operation *op) {
  auto isPart = [&](Value operand) {
    return isOnlyPart(operand) && !getStart(operand.getDefiningOp());
  };
  unsigned left, right;
  if (isa<arith::AddFOp>(op) && llvm::all_of(op->getOperands(), isPart)) {
    left = getLevel(op->getOperand(0));
    right = getLevel(op->getOperand(1));
  } else if (isMask(op) && isPart(op->getOperand(1))) {
    left = right = getLevel(op->getOperand(1));
  } else {
    return;
  }
  if (left != right)
    return;
  inside.insert(op);
  partial.insert(op);
  levels[op] = left;
}

unsigned StripPlan::getLevelInside(Operation *op) {
  auto dot = dyn_cast<DotOp>(op);
  Value into = dot ? dot.getInto() : Value();
  unsigned level = 1;
  for (Value operand : op->getOperands()) {
    if (operand == into)
      continue;
    Operation *producer = operand.getDefiningOp();
    bool isStrip = axis.find(operand) && producer && isInside(producer);
    level =
        std::max(level, isStrip ? getLevel(producer) : getLevel(operand) + 1);
  }
  if (!into)
    return level;
  // Parts are added to parts, unless those of the product come later.
  bool isOfParts = axis.isSum(op) && isOnlyPart(into);
  bool isStrip =
      axis.find(into) && into.getDefiningOp() && isInside(into.getDefiningOp());
  return std::max(level, getLevel(into) + !(isOfParts || isStrip));
}

void StripPlan::findLevels() {
  for (Operation &op : block) {
    unsigned level;
    if (isInside(&op)) {
      level = getLevelInside(&op);
      level = std::max(level, memory.getLevel(&op, &axis) + 1);
      if (axis.isSum(&op))
        partial.insert(&op);
      memory.add(&op, &axis, level);
      numPasses = std::max(numPasses, level);
    } else {
      level = std::max(getLevelOfAll(&op), memory.getLevel(&op, nullptr));
      memory.add(&op, nullptr, level);
    }
    levels[&op] = level;
    if (!isInside(&op))
      addParts(&op);
  }
}

/// The last pass in which an operation can be for those who need what it does.
unsigned StripPlan::getLatestPass(Operation *op) {
  unsigned latest = numPasses;
  auto finishBefore = [&](Operation *other, bool isInSamePass) {
    latest = std::min(latest, getLevel(other) -
                                  (isInside(other) && !isInSamePass ? 1 : 0));
  };
  for (Operation *user : op->getUsers())
    finishBefore(block.findAncestorOpInBlock(*user), /*isInSamePass=*/true);
  auto store = dyn_cast<StoreOp>(op);
  for (Operation *next = op->getNextNode(); store && next;
       next = next->getNextNode())
    if (memory.isAccessed(store.getMemory(), next))
      finishBefore(next, /*isInSamePass=*/false);
  return latest;
}

/// Has each operation of an earlier pass than `pass` wait for that one, or the
/// last in which it can be.
void StripPlan::sinkInside(unsigned pass) {
  for (Operation &op : llvm::reverse(block.without_terminator()))
    if (isInside(&op) && !isPartial(&op) &&
        (isa<StoreOp>(op) || (!op.use_empty() && isMemoryEffectFree(&op))))
      levels[&op] = std::max(getLevel(&op), std::min(pass, getLatestPass(&op)));
}

/// Passes are early where sums are: what else could be in a later one goes
/// there if less has to go from pass to pass then.
LogicalResult StripPlan::chooseLatePass() {
  auto early = levels, best = levels;
  std::optional<int64_t> least;
  for (unsigned pass = 1; pass <= numPasses; ++pass) {
    levels = early;
    sinkInside(pass);
    if (failed(findThrough()))
      continue;
    int64_t bits = getBitsThrough();
    if (least && bits >= *least)
      continue;
    least = bits;
    best = levels;
  }
  levels = std::move(best);
  return findThrough();
}

/// Has what is between passes wait for the first that needs it, so that nobody
/// holds it meanwhile.
void StripPlan::sink() {
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    auto load = dyn_cast<LoadOp>(op);
    bool canMove =
        load ? memory.isConstant(load.getMemory()) : isMemoryEffectFree(&op);
    if (isInside(&op) || op.use_empty() || !canMove)
      continue;
    unsigned latest = numPasses;
    for (Operation *user : op.getUsers()) {
      Operation *own = block.findAncestorOpInBlock(*user);
      latest = std::min(latest, getLevel(own) - isInside(own));
    }
    levels[&op] = std::max(getLevel(&op), latest);
  }
}

//===----------------------------------------------------------------------===//
// From pass to pass
//===----------------------------------------------------------------------===//

LogicalResult StripPlan::findThrough() {
  through.clear();
  WalkResult walk = block.walk([&](Operation *op) {
    Operation *own = block.findAncestorOpInBlock(*op);
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!producer || !isInside(producer) || !axis.find(operand) ||
          canRepeat(operand) ||
          (isInside(own) && getLevel(own) == getLevel(producer)))
        continue;
      // Masks have no place in memory.
      if (!isa<FloatType>(getElementTypeOrSelf(operand)))
        return WalkResult::interrupt();
      through.insert(operand);
    }
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

void StripPlan::findNeeded() {
  for (Operation &op : llvm::reverse(block)) {
    if (!isInside(&op))
      continue;
    auto isNeededBy = [&](Operation *user) {
      return isNeeded(user) && getLevel(user) == getLevel(&op);
    };
    if (op.getNumResults() == 0 || isPartial(&op) ||
        goesThroughMemory(op.getResult(0)) ||
        llvm::any_of(op.getUsers(), isNeededBy))
      needed.insert(&op);
  }
}

int64_t StripPlan::getBitsThrough() const {
  int64_t bits = 0;
  for (Value value : through)
    bits += getBits(value);
  return bits;
}

int64_t StripPlan::getSharedBytes() const {
  auto getPaddedBytes = [](RankedTensorType type) {
    return getBytes(getPaddedType(type.getShape(), type.getElementType()));
  };
  int64_t bytes = 0, longest = 0;
  for (Operation *op : needed)
    for (Value result : op->getResults())
      if (axis.find(result) &&
          isa<FloatType>(getElementTypeOrSelf(result.getType())))
        longest = std::max(longest, getPaddedBytes(axis.getStripType(result)));
  for (Value value : through)
    bytes += getPaddedBytes(cast<RankedTensorType>(value.getType()));
  return bytes + longest;
}

/// Returns true if something does more than access memory, so that no access
/// may pass it.
static bool hasUnknownEffects(Block &block) {
  return block
      .walk([](Operation *op) {
        bool isKnown = op->getNumRegions() > 0 || isMemoryEffectFree(op) ||
                       isa<LoadOp, StoreOp, SharedOp, SequenceOp, PieceOp>(op);
        return isKnown ? WalkResult::advance() : WalkResult::interrupt();
      })
      .wasInterrupted();
}

LogicalResult StripPlan::build(int64_t least, int64_t mostBytes) {
  constexpr int64_t kLanes = 32, kRegisterBits = 32;
  if (hasUnknownEffects(block))
    return failure();
  findInside();
  leaveOut();
  findLevels();
  levels[block.getTerminator()] = numPasses;
  sink();
  if (failed(chooseLatePass()))
    return failure();
  findNeeded();
  int64_t largest = 0;
  bool endsInside = false;
  for (Operation *op : needed) {
    endsInside |= op->getNumResults() == 0 || isPartial(op);
    for (Value result : op->getResults())
      if (axis.find(result)) {
        int64_t elements =
            cast<RankedTensorType>(result.getType()).getNumElements();
        gain += elements - elements / axis.getNumStrips();
        largest = std::max(largest, getBits(result) / (kLanes * kRegisterBits));
      }
  }
  return success(endsInside && largest > least &&
                 getSharedBytes() <= mostBytes);
}
