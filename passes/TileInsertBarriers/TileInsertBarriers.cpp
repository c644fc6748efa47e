//===- TileInsertBarriers.cpp - threads wait for each other ---------------===//

#include "passes/TileInsertBarriers/TileInsertBarriers.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

namespace sluice {
#define GEN_PASS_DEF_TILEINSERTBARRIERS
#include "passes/TileInsertBarriers/TileInsertBarriers.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// Who waits for whom: all are the CTA's threads, or those of a role.
enum class Wait { None, Warp, All, Cluster };

/// A rank of a cluster: that of a value with some bits turned over.
struct Rank {
  Value base;
  int64_t turned = 0;

  static Rank of(Value rank) {
    auto turn = rank ? rank.getDefiningOp<arith::XOrIOp>() : arith::XOrIOp();
    llvm::APInt bits;
    if (turn && matchPattern(turn.getRhs(), m_ConstantInt(&bits)))
      return {turn.getLhs(), bits.getSExtValue()};
    return {rank};
  }
  /// Whether it is surely another one.
  bool differsFrom(const Rank &other) const {
    return base && base == other.base && turned != other.turned;
  }
};

/// Bytes of shared memory, or a state in global memory, read or written.
struct Access {
  int64_t begin, end;
  bool isStore;
  /// Whether each warp looks at bytes of its own: those that all buffers by
  /// warp are in, or the slot of the CTA's buffer that its number picks, of so
  /// many bytes; 0 if it picks none.
  bool isByWarp;
  int64_t slot;
  /// Whether a store is to what other CTAs of the cluster have, too.
  bool isMulticast;
  /// The one CTA that it is to, if it is to one.
  Rank to;
  /// A state's name, and which threads have which of its elements.
  StringAttr state;
  LayoutAttr layout;
  /// The slot of a ring, which is what a tile.acquire or a tile.wait gives.
  Value ringSlot;
  /// What a kernel's begin is for other CTAs.
  bool isBegin = false;

  /// What must stand between this access and a later one.
  Wait conflictsWith(const Access &other) const {
    // Not every CTA may have begun.
    if (isBegin || other.isBegin)
      return isMulticast || other.isMulticast ? Wait::Cluster : Wait::None;
    if (state != other.state || end <= other.begin || other.end <= begin ||
        (!isStore && !other.isStore) || isOfSameThreads(other) ||
        to.differsFrom(other.to))
      return Wait::None;
    // The ring keeps uses apart.
    if (ringSlot && other.ringSlot && ringSlot != other.ringSlot)
      return Wait::None;
    bool isSameSlot = slot != 0 && slot == other.slot && begin == other.begin;
    if ((isByWarp && other.isByWarp) || isSameSlot)
      return Wait::Warp;
    return isMulticast || other.isMulticast ? Wait::Cluster : Wait::All;
  }
  auto asTuple() const {
    return std::tuple(begin, end, isStore, isByWarp, slot, isMulticast, isBegin,
                      to.base.getAsOpaquePointer(), to.turned,
                      state.getAsOpaquePointer(), layout.getAsOpaquePointer(),
                      ringSlot.getAsOpaquePointer());
  }
  bool operator<(const Access &other) const {
    return asTuple() < other.asTuple();
  }

private:
  /// Whether each element of a state is one thread's, and the same one's.
  bool isOfSameThreads(const Access &other) const {
    if (!layout || layout != other.layout)
      return false;
    const layout::LinearLayout &linear = layout.getLinear();
    return linear.getFreeBits(layout::kLane) == 0 &&
           linear.getFreeBits(layout::kWarp) == 0;
  }
};

/// What was accessed since all threads of a cluster, of a CTA, or of a warp
/// have waited, on any path.
struct Pending {
  std::set<Access> ofCluster, ofAll, ofWarp;
  /// Asynchronous copies that nobody has waited for. They are in nobody's way
  /// until then: who looks at what they write before does so at no time.
  std::set<Access> inFlight;
  /// Whether CTAs are in clusters.
  bool isClustered = false;

  void insert(const Access &access) {
    if (isClustered)
      ofCluster.insert(access);
    ofAll.insert(access);
    ofWarp.insert(access);
  }
  void insert(const Pending &other) {
    isClustered |= other.isClustered;
    ofCluster.insert(other.ofCluster.begin(), other.ofCluster.end());
    ofAll.insert(other.ofAll.begin(), other.ofAll.end());
    ofWarp.insert(other.ofWarp.begin(), other.ofWarp.end());
    inFlight.insert(other.inFlight.begin(), other.inFlight.end());
  }
  /// Any of what was in flight may have come.
  void waitForCopies(bool ofAllGroups) {
    for (const Access &access : inFlight)
      insert(access);
    if (ofAllGroups)
      inFlight.clear();
  }
  /// A use of a ring begins: those before it of the same slot are over.
  void take(Value slot) {
    for (std::set<Access> *pending : {&ofCluster, &ofAll, &ofWarp, &inFlight})
      std::erase_if(*pending, [&](const Access &access) {
        return access.ringSlot == slot;
      });
  }
  void wait(Wait wait) {
    if (wait == Wait::Cluster)
      ofCluster.clear();
    if (wait >= Wait::All)
      ofAll.clear();
    if (wait != Wait::None)
      ofWarp.clear();
  }
  /// What must stand before an access.
  Wait conflictsWith(const Access &access) const {
    auto conflicts = [&](const std::set<Access> &pending, Wait wait) {
      return llvm::any_of(pending, [&](const Access &other) {
        return other.conflictsWith(access) == wait;
      });
    };
    if (conflicts(ofCluster, Wait::Cluster))
      return Wait::Cluster;
    if (conflicts(ofAll, Wait::All))
      return Wait::All;
    return conflicts(ofWarp, Wait::Warp) ? Wait::Warp : Wait::None;
  }
};

class BarrierInserter {
public:
  /// Fails where a buffer has no place.
  LogicalResult insert(Block &block, Pending &pending) {
    for (Operation &op : block)
      if (failed(visit(op, pending)))
        return failure();
    return success();
  }

private:
  /// Whether an index is the number of the warp that looks: in its CTA, or in
  /// its cluster.
  static bool isNumberOfWarp(Value index, Operation *op) {
    auto kernel = op->getParentOfType<KernelOp>();
    auto sum = index.getDefiningOp<arith::AddIOp>();
    if (!sum || kernel.getCluster() == 1)
      return kernel.getCluster() == 1 &&
             index.getDefiningOp<gpu::SubgroupIdOp>();
    auto isFirst = [&](Value value) {
      auto product = value.getDefiningOp<arith::MulIOp>();
      llvm::APInt warps;
      return product &&
             product.getLhs().getDefiningOp<gpu::ClusterBlockIdOp>() &&
             matchPattern(product.getRhs(), m_ConstantInt(&warps)) &&
             warps == kernel.getWarps();
    };
    return isFirst(sum.getLhs()) &&
           sum.getRhs().getDefiningOp<gpu::SubgroupIdOp>();
  }

  static Rank getTo(LoadOp) { return {}; }
  static Rank getTo(CopyOp) { return {}; }
  static Rank getTo(StoreOp op) { return Rank::of(op.getTo()); }

  template <typename Op>
  static FailureOr<Access> getSharedAccess(Op op, bool isStore) {
    Value memory = op.getMemory();
    auto shared = memory.getDefiningOp<SharedOp>();
    if (!shared || !shared.getOffset())
      return op.emitOpError("accesses shared memory without an offset: run "
                            "tile-allocate-shared before "
                            "tile-insert-barriers");
    MemRefType type = shared.getType();
    auto begin = static_cast<int64_t>(*shared.getOffset());
    bool isPicked = !shared.getByWarp() &&
                    isNumberOfWarp(op.getIndices().front(), op) &&
                    !llvm::is_contained(op.getAlong(), 0);
    int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
    Access access{begin,
                  begin + bytes,
                  isStore,
                  shared.getByWarp(),
                  isPicked ? bytes / std::max<int64_t>(type.getDimSize(0), 1)
                           : 0,
                  isStore && shared.getMulticast(),
                  getTo(op),
                  {},
                  {},
                  {}};
    if (RingOp ring = RingOp::getOf(shared)) {
      // The slot is of the bytes that all slots are in.
      access.ringSlot = op.getIndices().front();
      access.isByWarp = ring.getEach();
    }
    return access;
  }

  /// Of the barriers of a ring.
  static FailureOr<Access> getBarriers(Operation &op) {
    auto ring = dyn_cast<RingOp>(op);
    bool isMade = ring != nullptr;
    if (!isMade)
      ring = op.getOperand(0).getDefiningOp<RingOp>();
    if (!ring.getOffset())
      return op.emitOpError("is of a ring without an offset: run "
                            "tile-allocate-shared before "
                            "tile-insert-barriers");
    auto begin = static_cast<int64_t>(*ring.getOffset());
    return Access{
        begin, begin + ring.getBytes(), isMade, false, 0, false, {}, {}, {},
        {}};
  }

  /// Of a state, which may be written where it was read.
  static std::optional<Access> getStateAccess(Value memory, Value tensor,
                                              bool isStore) {
    auto argument = dyn_cast<BlockArgument>(memory);
    auto kernel = argument
                      ? dyn_cast<KernelOp>(argument.getOwner()->getParentOp())
                      : KernelOp();
    if (!kernel)
      return std::nullopt;
    BindingAttr binding = kernel.getBinding(argument.getArgNumber());
    BindingKind kind = isStore ? BindingKind::Final : BindingKind::Input;
    if (binding.getKind() != kind)
      return std::nullopt;
    return Access{0,
                  1,
                  isStore,
                  /*isByWarp=*/false,
                  /*slot=*/0,
                  /*isMulticast=*/false,
                  /*to=*/{},
                  binding.getName(),
                  getLayout(tensor.getType()),
                  {}};
  }

  LogicalResult visit(Operation &op, Pending &pending) {
    if (isa<SyncClusterOp>(op)) {
      pending.wait(Wait::Cluster);
    } else if (isa<gpu::BarrierOp, SyncRoleOp>(op)) {
      pending.wait(Wait::All);
    } else if (isa<SyncWarpOp>(op)) {
      pending.wait(Wait::Warp);
    } else if (auto wait = dyn_cast<WaitCopiesOp>(op)) {
      pending.waitForCopies(wait.getPending() == 0);
    } else if (auto roles = dyn_cast<RolesOp>(op)) {
      return visitRoles(roles, pending);
    } else if (isAccess(op)) {
      return visitAccess(op, pending);
    } else if (isa<ReturnOp>(op)) {
      // Nobody stores to a CTA that is gone.
      bool isStoredTo = llvm::any_of(pending.ofCluster, [](const Access &each) {
        return each.isMulticast;
      });
      put(isStoredTo ? Wait::Cluster : Wait::None, op, pending);
    } else if (isa<scf::ForOp>(op)) {
      // Before the loop a barrier is one; in it, one for each time round.
      FailureOr<Wait> wait = conflictsWithin(op, pending);
      if (failed(wait))
        return failure();
      put(*wait, op, pending);
      // Once as what comes first, once more behind itself; after that nothing
      // new is pending.
      Pending before = pending;
      for (int i = 0; i < 2; ++i) {
        if (failed(insert(op.getRegion(0).front(), pending)))
          return failure();
        pending.insert(before);
      }
    } else if (isa<scf::IfOp>(op)) {
      Pending before = std::move(pending);
      pending = {};
      for (Region &region : op.getRegions()) {
        Pending after = before;
        if (!region.empty() && failed(insert(region.front(), after)))
          return failure();
        pending.insert(after);
      }
    }
    return success();
  }

  /// Roles go on at the same time, and each begins behind what was before.
  LogicalResult visitRoles(RolesOp op, Pending &pending) {
    FailureOr<Wait> wait = conflictsWithin(*op, pending);
    if (failed(wait))
      return failure();
    put(*wait, *op, pending);
    Pending before = pending;
    for (auto role : op.getBody().getOps<RoleOp>()) {
      Pending after = before;
      if (failed(insert(role.getBody().front(), after)))
        return failure();
      pending.insert(after);
    }
    return insertAllOf(op, pending);
  }

  /// What a role has waited for, others have not. Fails where what one does
  /// conflicts with what another does: nothing could stand between.
  static LogicalResult insertAllOf(RolesOp op, Pending &pending) {
    SmallVector<std::pair<RoleOp, Access>> all;
    WalkResult walk = op.walk([&](Operation *inner) {
      std::optional<Access> access = *getAccess(*inner);
      if (!access)
        return WalkResult::advance();
      RoleOp role = RoleOp::getAround(inner);
      for (auto &[other, before] : all)
        if (other != role && before.conflictsWith(*access) >= Wait::All)
          return WalkResult(inner->emitOpError()
                            << "is in no order with what role '"
                            << other.getName() << "' does there");
      all.emplace_back(role, *access);
      pending.insert(*access);
      return WalkResult::advance();
    });
    return failure(walk.wasInterrupted());
  }

  static void put(Wait wait, Operation &before, Pending &pending) {
    OpBuilder b(&before);
    if (wait == Wait::Cluster)
      SyncClusterOp::create(b, before.getLoc());
    else if (wait == Wait::All && RoleOp::getAround(&before))
      SyncRoleOp::create(b, before.getLoc());
    else if (wait == Wait::All)
      gpu::BarrierOp::create(b, before.getLoc());
    else if (wait == Wait::Warp)
      SyncWarpOp::create(b, before.getLoc());
    pending.wait(wait);
  }

  static bool isAccess(Operation &op) {
    return isa<LoadOp, StoreOp, CopyOp, RingOp, AcquireOp, CommitOp, WaitOp,
               ReleaseOp>(op);
  }

  /// What an operation says to memory that others look at; nothing for those
  /// that say nothing. Fails where a buffer or a ring has no place.
  static FailureOr<std::optional<Access>> getAccess(Operation &op) {
    if (!isAccess(op))
      return std::optional<Access>();
    auto load = dyn_cast<LoadOp>(op);
    auto store = dyn_cast<StoreOp>(op);
    auto copy = dyn_cast<CopyOp>(op);
    FailureOr<Access> found;
    if (!load && !store && !copy) {
      found = getBarriers(op);
    } else if (copy) {
      found = getSharedAccess(copy, /*isStore=*/true);
    } else if (Value memory = load ? load.getMemory() : store.getMemory();
               !isShared(cast<MemRefType>(memory.getType()))) {
      return getStateAccess(memory, load ? load.getResult() : store.getValue(),
                            /*isStore=*/!load);
    } else {
      found = load ? getSharedAccess(load, /*isStore=*/false)
                   : getSharedAccess(store, /*isStore=*/true);
    }
    if (failed(found))
      return failure();
    return std::optional<Access>(found);
  }

  /// What must stand before an operation because of anything in its regions.
  static FailureOr<Wait> conflictsWithin(Operation &op,
                                         const Pending &pending) {
    Wait most = Wait::None;
    WalkResult walk = op.walk([&](Operation *inner) {
      FailureOr<std::optional<Access>> access = getAccess(*inner);
      if (failed(access))
        return WalkResult::interrupt();
      if (*access)
        most = std::max(most, pending.conflictsWith(**access));
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return failure();
    return most;
  }

  static LogicalResult visitAccess(Operation &op, Pending &pending) {
    FailureOr<std::optional<Access>> access = getAccess(op);
    if (failed(access))
      return failure();
    if (!*access)
      return success();
    put(pending.conflictsWith(**access), op, pending);
    if (isa<AcquireOp, WaitOp>(op))
      pending.take(op.getResult(0));
    if (isa<CopyOp>(op))
      pending.inFlight.insert(**access);
    else
      pending.insert(**access);
    return success();
  }
};

struct TileInsertBarriers
    : sluice::impl::TileInsertBarriersBase<TileInsertBarriers> {
  void runOnOperation() override {
    KernelOp kernel = getOperation();
    Pending pending;
    pending.isClustered = kernel.getCluster() > 1;
    if (pending.isClustered) {
      Access begin{};
      begin.isBegin = true;
      pending.ofCluster.insert(begin);
    }
    if (failed(BarrierInserter().insert(kernel.getBody().front(), pending)))
      signalPassFailure();
  }
};
} // namespace
