//===- TileByWarps.cpp - every warp on its own ----------------------------===//

#include "passes/TileByWarps/TileByWarps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "passes/TileByWarps/ChunkPhases.h"
#include "passes/TileByWarps/ColumnCopier.h"
#include "llvm/Support/MathExtras.h"

namespace sluice {
#define GEN_PASS_DEF_TILEBYWARPS
#include "passes/TileByWarps/TileByWarps.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// Value columns of a warp: rows of an accumulator, which the transposed state
/// is.
constexpr int64_t kColumns = 16;
/// Warps that have all registers that a thread may have: more of a CTA would
/// have fewer.
constexpr int64_t kMostTogether = 8;

/// Who makes a block of chunks: CTAs of so many warps, of which so many are a
/// cluster.
struct Team {
  int64_t warps, ctas;

  int64_t getChunks() const { return warps * ctas; }
  /// Value columns of a CTA, and CTAs of a head.
  int64_t getColumns() const { return warps * kColumns; }
  int64_t getNumCTAs(const ChunkPhases &phases) const {
    return llvm::divideCeil(phases.getColumns(), getColumns());
  }
};

/// Writes a kernel's body anew.
class WarpsBuilder {
public:
  WarpsBuilder(KernelOp kernel, const ChunkPhases &phases, Team team)
      : kernel(kernel), phases(phases), team(team), b(kernel.getContext()),
        loc(phases.getLoop().getLoc()),
        sums(phases.getColumnSums(), team.warps) {}

  void build();

private:
  /// The place of the CTA's first column, and the CTA's number of a head.
  Value divideGrid(IRMapping &map);
  void buildLoop(ColumnCopier &around);
  void makeChunk(Value block, const ColumnCopier &around);
  void makeRows(Operation &op, ColumnCopier copier);
  /// Has a chunk's part wait for its slot, of one CTA or of all, and stores
  /// what waits.
  void handOver(Operation &op, const IRMapping &map, Value to);
  void storeMade();
  SmallVector<Value> goThroughChunks(Value block, ValueRange states,
                                     const ColumnCopier &around);
  void makeSlots();
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  /// The slot of a chunk: where a tensor of it is, and how it lies there.
  std::pair<SmallVector<Value>, SmallVector<int64_t>>
  getPlace(Value cut, Value chunk, Value column);

  KernelOp kernel;
  const ChunkPhases &phases;
  Team team;
  OpBuilder b;
  Location loc;
  ColumnSums sums;
  /// Of each cut, the memory of the slots; a CTA's first column and a warp's; a
  /// CTA's rank and a warp's number in the cluster.
  DenseMap<Value, Value> slots;
  Value firstOfCTA, warp, column, rank, maker;
  struct Made {
    Value cut, value, to;
  };
  SmallVector<Made> made;
};
} // namespace

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

/// The memory of a cut's slots, for a block of chunks.
static MemRefType getSlotsType(const ChunkPhases &phases, Value cut,
                               Team team) {
  SmallVector<int64_t> shape{team.getChunks()};
  if (auto type = dyn_cast<RankedTensorType>(cut.getType())) {
    shape.append(type.getShape().begin(), type.getShape().end());
    if (std::optional<unsigned> axis = phases.getValueAxis(cut))
      shape[1 + *axis] = team.getColumns();
  }
  Type element = getElementTypeOrSelf(cut.getType());
  // Vectors of several chunks are rows that nobody reads together.
  return shape.size() > 2 ? getPaddedType(shape, element)
                          : getSharedType(shape, element);
}

/// What all slots take, and beside them, of each warp, the largest tensor that
/// may pass from lane to lane: of a chunk, or, if those pass too, with columns
/// of a state. What is stored has passed.
static int64_t estimateBytes(const ChunkPhases &phases, Team team,
                             bool doColumnsPass) {
  int64_t bytes = 0, longest = 0;
  for (Value cut : phases.getCuts())
    bytes += getBytes(getSlotsType(phases, cut, team));
  auto addPassage = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !isa<FloatType>(type.getElementType()))
      return;
    SmallVector<int64_t> shape(type.getShape());
    if (std::optional<unsigned> axis = phases.getValueAxis(value))
      shape[*axis] = kColumns;
    longest = std::max(longest,
                       getBytes(getPaddedType(shape, type.getElementType())));
  };
  if (doColumnsPass)
    for (Value state : phases.getLoop().getRegionIterArgs())
      addPassage(state);
  for (Operation &op : *phases.getLoop().getBody()) {
    if (auto store = dyn_cast<StoreOp>(op))
      addPassage(store.getValue());
    for (Value value : op.getResults())
      if (doColumnsPass || !phases.getValueAxis(value))
        addPassage(value);
  }
  return bytes + longest * team.warps +
         ColumnSums(phases.getColumnSums(), team.warps).getBytes();
}

void WarpsBuilder::makeSlots() {
  for (Value cut : phases.getCuts())
    slots[cut] = SharedOp::create(b, loc, getSlotsType(phases, cut, team),
                                  /*by_warp=*/false,
                                  /*multicast=*/team.ctas > 1);
  sums.makeMemory(b);
}

std::pair<SmallVector<Value>, SmallVector<int64_t>>
WarpsBuilder::getPlace(Value cut, Value chunk, Value column) {
  SmallVector<Value> indices{chunk};
  SmallVector<int64_t> along;
  if (auto type = dyn_cast<RankedTensorType>(cut.getType())) {
    indices.append(type.getRank(), index(0));
    llvm::append_range(along, llvm::seq<int64_t>(1, type.getRank() + 1));
    std::optional<unsigned> axis = phases.getValueAxis(cut);
    if (axis && column)
      indices[1 + *axis] = column;
  }
  return {indices, along};
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

Value WarpsBuilder::divideGrid(IRMapping &map) {
  Value zero = index(0);
  int64_t blocks = team.getNumCTAs(phases);
  if (blocks == 1)
    return zero;
  Value block = sluice::divideGrid(b, loc, kernel, blocks, map);
  return arith::MulIOp::create(b, loc, block, index(team.getColumns()));
}

/// Whether an operation gives numbers only: of addresses and masks.
static bool areNumbers(Operation &op) {
  auto isTensor = llvm::IsaPred<RankedTensorType>;
  return llvm::none_of(op.getResultTypes(), isTensor) &&
         llvm::none_of(op.getOperandTypes(), isTensor);
}

void WarpsBuilder::handOver(Operation &op, const IRMapping &map, Value to) {
  for (Value result : op.getResults())
    if (slots.contains(result))
      made.push_back({result, map.lookup(result), to});
}

void WarpsBuilder::storeMade() {
  for (auto [cut, value, to] : made) {
    auto [indices, along] = getPlace(cut, maker, Value());
    StoreOp::create(b, loc, value, slots.lookup(cut), indices, along,
                    /*valid=*/Value(), to, /*in_bounds=*/true);
  }
  made.clear();
}

/// Rows of values, of which each CTA of the cluster gets its columns.
void WarpsBuilder::makeRows(Operation &op, ColumnCopier copier) {
  IRMapping map = copier.map;
  for (int64_t other = 0; other < team.ctas; ++other) {
    Value to = rank;
    if (team.ctas > 1) {
      // The CTA of that rank begins so many columns behind.
      if (other > 0)
        to = arith::XOrIOp::create(b, loc, rank, index(other));
      Value behind = arith::SubIOp::create(b, loc, to, rank);
      copier.first = arith::AddIOp::create(
          b, loc, firstOfCTA,
          arith::MulIOp::create(b, loc, behind, index(team.getColumns())));
    }
    copier.map = map;
    copier.copy(op);
    handOver(op, copier.map, to);
  }
}

/// The first phase: the warp's own chunk, into its slot.
void WarpsBuilder::makeChunk(Value block, const ColumnCopier &around) {
  Value tokens = index(phases.getTokens());
  Value mine = arith::AddIOp::create(
      b, loc, block, arith::MulIOp::create(b, loc, maker, tokens));
  // Rows of values are loaded for all warps of a CTA.
  ColumnCopier copier{b,          phases.getValues(),  team.getColumns(),
                      firstOfCTA, around.isInBounds,   around.map,
                      &sums,      phases.getColumns(), warp};
  copier.map.map(phases.getLoop().getInductionVar(), mine);
  auto make = [&](Operation &op) {
    if (phases.hasColumns(&op))
      return makeRows(op, copier);
    copier.copy(op);
    handOver(op, copier.map, /*to=*/Value());
  };
  // Loads follow one another, and none waits for the one before to be stored;
  // nor does the warp wait for what is loaded before it says that it needs the
  // slots no more.
  SmallVector<Operation *> extensions;
  bool isFirst = true;
  auto makeExtensions = [&] {
    storeMade();
    for (Operation *op : extensions)
      make(*op);
    isFirst = false;
  };
  for (Operation &op : phases.getLoop().getBody()->without_terminator()) {
    if (phases.getPhase(&op) == Phase::Columns)
      continue;
    bool isEarly = isa<LoadOp, arith::ExtFOp>(op) || areNumbers(op);
    if (isFirst && isa<arith::ExtFOp>(op) && !areNumbers(op)) {
      extensions.push_back(&op);
      continue;
    }
    if (!isEarly && isFirst)
      makeExtensions();
    if (!isEarly)
      storeMade();
    make(op);
  }
  if (isFirst)
    makeExtensions();
  storeMade();
}

/// The second phase: the block's chunks, one by one, on the warp's columns.
SmallVector<Value> WarpsBuilder::goThroughChunks(Value block, ValueRange states,
                                                 const ColumnCopier &around) {
  Value tokens = index(phases.getTokens());
  scf::ForOp old = phases.getLoop();
  Value left = arith::SubIOp::create(
      b, loc, around.map.lookup(old.getUpperBound()), block);
  // No less than one chunk is left.
  Value last = arith::DivUIOp::create(
      b, loc, arith::SubIOp::create(b, loc, left, index(1)), tokens);
  Value count = arith::MinUIOp::create(
      b, loc, arith::AddIOp::create(b, loc, last, index(1)),
      index(team.getChunks()));
  auto loop = scf::ForOp::create(
      b, loc, index(0), count, index(1), states,
      [&](OpBuilder &, Location, Value chunk, ValueRange carried) {
        ColumnCopier copier{b,      phases.getValues(),  kColumns,
                            column, around.isInBounds,   around.map,
                            &sums,  phases.getColumns(), warp};
        copier.map.map(
            old.getInductionVar(),
            arith::AddIOp::create(
                b, loc, block, arith::MulIOp::create(b, loc, chunk, tokens)));
        copier.map.map(old.getRegionIterArgs(), carried);
        Value columnOfSlot =
            arith::MulIOp::create(b, loc, warp, index(kColumns));
        auto load = [&](Value cut) {
          Value memory = slots.lookup(cut);
          if (!memory || copier.map.contains(cut))
            return;
          auto [indices, along] = getPlace(cut, chunk, columnOfSlot);
          copier.map.map(cut,
                         LoadOp::create(b, loc, copier.getType(cut), memory,
                                        indices, along, /*valid=*/Value(),
                                        /*in_bounds=*/true)
                             .getResult());
        };
        for (Operation &op : *old.getBody()) {
          if (phases.getPhase(&op) == Phase::Chunk && !isa<scf::YieldOp>(op))
            continue;
          for (Value operand : op.getOperands())
            load(operand);
          copier.copy(op);
        }
      });
  return loop.getResults();
}

void WarpsBuilder::buildLoop(ColumnCopier &around) {
  scf::ForOp old = phases.getLoop();
  auto get = [&](Value value) { return around.map.lookup(value); };
  Value step = index(phases.getTokens() * team.getChunks());
  auto loop = scf::ForOp::create(
      b, loc, get(old.getLowerBound()), get(old.getUpperBound()), step,
      llvm::map_to_vector(old.getInitArgs(), get),
      [&](OpBuilder &, Location, Value block, ValueRange states) {
        makeChunk(block, around);
        scf::YieldOp::create(b, loc, goThroughChunks(block, states, around));
      });
  around.map.map(old.getResults(), loop.getResults());
}

void WarpsBuilder::build() {
  Region region;
  Block *body = b.createBlock(&region);
  IRMapping map;
  for (BlockArgument argument : kernel.getBody().getArguments())
    map.map(argument, body->addArgument(argument.getType(), argument.getLoc()));
  warp = gpu::SubgroupIdOp::create(b, loc, b.getIndexType(),
                                   /*upper_bound=*/IntegerAttr());
  firstOfCTA = divideGrid(map);
  maker = warp;
  if (team.ctas > 1) {
    rank = gpu::ClusterBlockIdOp::create(b, loc, gpu::Dimension::x);
    maker = arith::AddIOp::create(
        b, loc, arith::MulIOp::create(b, loc, rank, index(team.warps)), warp);
  }
  column = arith::AddIOp::create(
      b, loc, firstOfCTA, arith::MulIOp::create(b, loc, warp, index(kColumns)));
  makeSlots();
  ColumnCopier copier{b,
                      phases.getValues(),
                      kColumns,
                      column,
                      phases.getColumns() % team.getColumns() == 0,
                      std::move(map),
                      &sums,
                      phases.getColumns(),
                      warp};
  for (Operation &op : kernel.getBody().getOps()) {
    if (&op == phases.getLoop())
      buildLoop(copier);
    else if (!copier.map.contains(&op) &&
             !(isa<gpu::BlockIdOp>(op) && team.getNumCTAs(phases) > 1))
      copier.copy(op);
  }
  kernel.getBody().takeBody(region);
  kernel.setApart(true);
  kernel.setWarps(team.warps);
  kernel.setCluster(team.ctas);
}

namespace {
struct TileByWarps : sluice::impl::TileByWarpsBase<TileByWarps> {
  using TileByWarpsBase::TileByWarpsBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    separateUniforms(kernel);
    if (makeWarpsOfPieces(kernel))
      return;
    std::optional<ChunkPhases> phases = ChunkPhases::find(kernel);
    if (!phases)
      return;
    // Whether columns pass is known only when layouts are: room for it is not
    // worth a kernel that all warps make together.
    std::optional<Team> team = chooseTeam(*phases, /*doColumnsPass=*/true);
    if (!team)
      team = chooseTeam(*phases, /*doColumnsPass=*/false);
    if (team)
      WarpsBuilder(kernel, *phases, *team).build();
  }

private:
  /// The largest team whose slots fit, or none.
  std::optional<Team> chooseTeam(const ChunkPhases &phases,
                                 bool doColumnsPass) {
    auto wanted = static_cast<int64_t>(llvm::bit_ceil(static_cast<uint64_t>(
        llvm::divideCeil(phases.getColumns(), kColumns))));
    // Columns that are summed over are all one CTA's, whatever its warps were.
    bool isTogether = !phases.getColumnSums().empty();
    int64_t warps = getOperation().getWarps();
    Team team{
        isTogether ? wanted : std::min({warps, wanted, int64_t(mostWarps)}), 1};
    auto fits = [&] {
      return estimateBytes(phases, team, doColumnsPass) <= most;
    };
    while (team.warps > 1 && !fits())
      team.warps /= 2;
    // All CTAs of a head, if so many can be a cluster, and part of them if not.
    int64_t ctas = team.getNumCTAs(phases);
    team.ctas = isTogether ? 1 : std::min(ctas & -ctas, int64_t(mostCTAs));
    while (team.ctas > 1 && !fits())
      team.ctas /= 2;
    if (!fits() || (phases.storesRows() && ctas > team.ctas) ||
        (isTogether && (ctas > 1 || team.warps > kMostTogether)))
      return std::nullopt;
    return team;
  }
};
} // namespace
