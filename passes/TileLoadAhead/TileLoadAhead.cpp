//===- TileLoadAhead.cpp - loads of the next time round -------------------===//

#include "passes/TileLoadAhead/TileLoadAhead.h"
#include "dialects/Tile/KernelMemory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace sluice {
#define GEN_PASS_DEF_TILELOADAHEAD
#include "passes/TileLoadAhead/TileLoadAhead.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// What is copied at a time, and the loads that are of it.
struct Rows {
  Value memory;
  /// Where it begins; null for 0.
  SmallVector<Value> indices;
  SmallVector<int64_t> along, shape;
  Value valid;
  bool isInBounds;
  /// With the place of an inner loop that goes along rows; null if none does.
  SmallVector<std::pair<LoadOp, Value>> loads;

  bool isSame(const Rows &other) const {
    return std::tie(memory, indices, along, shape, valid, isInBounds) ==
           std::tie(other.memory, other.indices, other.along, other.shape,
                    other.valid, other.isInBounds);
  }
  MemRefType getBufferType() const {
    return getPaddedType(shape,
                         cast<MemRefType>(memory.getType()).getElementType());
  }
};

/// The regions that a loop loads, and how it comes to copy them.
class LoopCopier {
public:
  LoopCopier(scf::ForOp loop, const WrittenMemory &written)
      : loop(loop), written(written) {}

  void collect();
  /// Bytes of a warp's buffers.
  int64_t getBytes() const;
  void rewrite();

private:
  std::optional<Rows> getRows(LoadOp load);
  /// Whether a value can be computed for another number of the loop; notes what
  /// computes it.
  bool isKnownAhead(Value value);
  /// Begins to copy all regions for a number of the loop.
  void copy(OpBuilder &b, Value number);

  scf::ForOp loop;
  const WrittenMemory &written;
  SmallVector<Rows, 4> regions;
  SmallVector<Value> buffers;
  /// In an order in which each follows what it looks at.
  llvm::SetVector<Operation *> slice;
};
} // namespace

static bool isInput(Value memory) {
  auto argument = dyn_cast<BlockArgument>(memory);
  auto kernel = argument
                    ? dyn_cast<KernelOp>(argument.getOwner()->getParentOp())
                    : KernelOp();
  return kernel && kernel.getBinding(argument.getArgNumber()).getKind() ==
                       BindingKind::Input;
}

/// Whether an index is a multiple of 2 for all that is known; null is 0.
static bool isEven(Value index) {
  if (!index)
    return true;
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return *constant % 2 == 0;
  if (auto product = index.getDefiningOp<arith::MulIOp>())
    return isEven(product.getLhs()) || isEven(product.getRhs());
  if (auto sum = index.getDefiningOp<arith::AddIOp>())
    return isEven(sum.getLhs()) && isEven(sum.getRhs());
  return false;
}

/// Whether rows of a region are whole words.
static bool hasWholeWords(const Rows &region) {
  constexpr unsigned kWordBits = 32;
  auto memory = cast<MemRefType>(region.memory.getType());
  int64_t row = memory.getShape().back();
  return memory.getElementTypeBitWidth() == kWordBits ||
         (region.shape.back() % 2 == 0 && row != ShapedType::kDynamic &&
          row % 2 == 0 && isEven(region.indices.back()));
}

/// The end of the elements that a loop of known bounds goes along from 0,
/// `size` at a time, if `place` is where it is.
static std::optional<int64_t> getRange(Value place, int64_t size) {
  std::optional<int64_t> factor = 1;
  Value number = place;
  if (auto product = place.getDefiningOp<arith::MulIOp>()) {
    number = product.getLhs();
    factor = getConstantIntValue(product.getRhs());
  }
  auto argument = dyn_cast<BlockArgument>(number);
  auto loop = argument
                  ? dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp())
                  : scf::ForOp();
  if (!loop || !factor || number != loop.getInductionVar() ||
      getConstantIntValue(loop.getLowerBound()) != 0)
    return std::nullopt;
  std::optional<int64_t> end = getConstantIntValue(loop.getUpperBound()),
                         step = getConstantIntValue(loop.getStep());
  if (!end || !step || *step * *factor != size || *end % *step != 0)
    return std::nullopt;
  return *end * *factor;
}

bool LoopCopier::isKnownAhead(Value value) {
  if (!value || value == loop.getInductionVar() ||
      !loop.getRegion().isAncestor(value.getParentRegion()))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() > 0 || !isMemoryEffectFree(op) ||
      !llvm::all_of(op->getOperands(),
                    [&](Value operand) { return isKnownAhead(operand); }))
    return false;
  slice.insert(op);
  return true;
}

std::optional<Rows> LoopCopier::getRows(LoadOp load) {
  auto type = dyn_cast<RankedTensorType>(load.getType());
  MemRefType memory = load.getMemory().getType();
  // Behind the loop's end there are no rows, which takes an axis of them.
  if (!type || type.getRank() < 2 ||
      load.getAlong().back() != memory.getRank() - 1 ||
      !isInput(load.getMemory()) || !written.isConstant(load.getMemory()))
    return std::nullopt;
  // What is loaded on a condition may not be there.
  for (Operation *op = load->getParentOp(); op != loop; op = op->getParentOp())
    if (!isa<scf::ForOp>(op))
      return std::nullopt;
  Rows region{load.getMemory(),
              SmallVector<Value>(load.getIndices()),
              SmallVector<int64_t>(load.getAlong()),
              SmallVector<int64_t>(type.getShape()),
              load.getValid(),
              load.getInBounds(),
              {}};
  Value place;
  Value &column = region.indices.back();
  auto takePlace = [&](Value part, Value rest) {
    std::optional<int64_t> range = getRange(part, region.shape.back());
    if (place || !range || isKnownAhead(part))
      return;
    place = part;
    column = rest;
    region.shape.back() = *range;
  };
  auto sum = column.getDefiningOp<arith::AddIOp>();
  takePlace(column, Value());
  if (sum) {
    takePlace(sum.getLhs(), sum.getRhs());
    takePlace(sum.getRhs(), sum.getLhs());
  }
  if (!llvm::all_of(region.indices,
                    [&](Value index) { return isKnownAhead(index); }) ||
      !isKnownAhead(region.valid) || !hasWholeWords(region))
    return std::nullopt;
  for (Value &index : region.indices)
    if (index && matchPattern(index, m_Zero()))
      index = Value();
  region.loads.emplace_back(load, place);
  return region;
}

void LoopCopier::collect() {
  loop.walk([&](LoadOp load) {
    std::optional<Rows> region = getRows(load);
    if (!region)
      return;
    for (Rows &other : regions)
      if (other.isSame(*region))
        return other.loads.append(region->loads);
    regions.push_back(std::move(*region));
  });
  // What is loaded once, in the body itself, is under way early enough: ptxas
  // moves it up, but not into a loop.
  llvm::erase_if(regions, [](const Rows &region) {
    return llvm::none_of(region.loads,
                         [](const auto &load) { return load.second; });
  });
}

int64_t LoopCopier::getBytes() const {
  int64_t bytes = 0;
  for (const Rows &region : regions)
    bytes += tile::getBytes(region.getBufferType());
  return bytes;
}

void LoopCopier::copy(OpBuilder &b, Value number) {
  Location loc = loop.getLoc();
  IRMapping map;
  map.map(loop.getInductionVar(), number);
  for (Operation *op : slice)
    b.clone(*op, map);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value zero = constant(0);
  Value isIn = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, number,
                                     loop.getUpperBound());
  for (auto [region, buffer] : llvm::zip_equal(regions, buffers)) {
    auto indices = llvm::map_to_vector(region.indices, [&](Value index) {
      return index ? map.lookupOrDefault(index) : zero;
    });
    Value rows = region.valid ? map.lookupOrDefault(region.valid)
                              : constant(region.shape.front());
    auto rank = static_cast<int64_t>(region.shape.size());
    CopyOp::create(b, loc, region.memory, indices, region.along, buffer,
                   SmallVector<Value>(rank, zero),
                   llvm::to_vector(llvm::seq<int64_t>(rank)), region.shape,
                   arith::SelectOp::create(b, loc, isIn, rows, zero),
                   region.isInBounds);
  }
  CommitCopiesOp::create(b, loc);
}

void LoopCopier::rewrite() {
  Location loc = loop.getLoc();
  OpBuilder b(loop);
  for (const Rows &region : regions)
    buffers.push_back(
        SharedOp::create(b, loc, region.getBufferType(), /*by_warp=*/true));
  copy(b, loop.getLowerBound());
  Operation *last = nullptr;
  for (auto [region, buffer] : llvm::zip_equal(regions, buffers))
    for (auto [load, place] : region.loads) {
      Operation *at = loop.getBody()->findAncestorOpInBlock(*load);
      if (!last || last->isBeforeInBlock(at))
        last = at;
      b.setInsertionPoint(load);
      auto rank = static_cast<int64_t>(region.shape.size());
      SmallVector<Value> indices(
          rank, arith::ConstantIndexOp::create(b, load.getLoc(), 0));
      if (place)
        indices.back() = place;
      auto loaded = LoadOp::create(
          b, load.getLoc(), load.getType(), buffer, indices,
          llvm::to_vector(llvm::seq<int64_t>(rank)), /*valid=*/Value(),
          /*in_bounds=*/true);
      load.replaceAllUsesWith(loaded.getResult());
      if (last == load)
        last = loaded;
      load.erase();
    }
  b.setInsertionPointAfter(last);
  copy(b,
       arith::AddIOp::create(b, loc, loop.getInductionVar(), loop.getStep()));
  b.setInsertionPointToStart(loop.getBody());
  WaitCopiesOp::create(b, loc, /*pending=*/0);
  // Nobody needs what comes behind the end.
  b.setInsertionPointAfter(loop);
  WaitCopiesOp::create(b, loc, /*pending=*/0);
}

namespace {
struct TileLoadAhead : sluice::impl::TileLoadAheadBase<TileLoadAhead> {
  using TileLoadAheadBase::TileLoadAheadBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (!kernel.getApart())
      return;
    auto warps = static_cast<int64_t>(kernel.getWarps());
    SharedBytes shared(kernel);
    WrittenMemory written(kernel);
    int64_t longest = 0;
    kernel.getBody().walk([&](Operation *op) {
      for (Type type : op->getResultTypes())
        if (auto tensor = dyn_cast<RankedTensorType>(type))
          longest = std::max(longest, getBytes(tensor));
    });
    int64_t bytes = shared.ofCTA + (shared.ofWarp + longest) * warps;
    for (auto loop :
         llvm::make_early_inc_range(kernel.getBody().getOps<scf::ForOp>())) {
      LoopCopier copier(loop, written);
      copier.collect();
      int64_t more = copier.getBytes() * warps;
      if (more == 0 || bytes + more > most)
        continue;
      bytes += more;
      copier.rewrite();
    }
  }
};
} // namespace
