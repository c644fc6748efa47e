//===- TileInsertBarriers.cpp - threads wait for each other ---------------===//

#include "passes/TileInsertBarriers/TileInsertBarriers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "passes/TileInsertBarriers/Accesses.h"
#include "llvm/ADT/SetVector.h"

namespace sluice {
#define GEN_PASS_DEF_TILEINSERTBARRIERS
#include "passes/TileInsertBarriers/TileInsertBarriers.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
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
