//===- TileInsertBarriers.cpp - threads wait for each other ---------------===//

#include "passes/TileInsertBarriers/TileInsertBarriers.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SetVector.h"

namespace sluice {
#define GEN_PASS_DEF_TILEINSERTBARRIERS
#include "passes/TileInsertBarriers/TileInsertBarriers.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// Bytes of shared memory, or a state in global memory, read or written.
struct Access {
  int64_t begin, end;
  bool isStore;
  /// A state's name, and which threads have which of its elements.
  StringAttr state;
  LayoutAttr layout;

  bool conflictsWith(const Access &other) const {
    return state == other.state && begin < other.end && other.begin < end &&
           (isStore || other.isStore) && !isOfSameThreads(other);
  }
  auto asTuple() const {
    return std::tuple(begin, end, isStore, state.getAsOpaquePointer(),
                      layout.getAsOpaquePointer());
  }
  bool operator<(const Access &other) const {
    return asTuple() < other.asTuple();
  }

private:
  /// Whether each element of a state is one thread's, and the same one's.
  bool isOfSameThreads(const Access &other) const {
    if (!layout || layout != other.layout)
      return false;
    for (ArrayRef<int64_t> places : {layout.getLanes(), layout.getWarps()})
      for (; !places.empty(); places = places.drop_front(layout.getRank()))
        if (llvm::all_of(places.take_front(layout.getRank()),
                         [](int64_t n) { return n == 0; }))
          return false;
    return true;
  }
};

/// What was accessed since the last barrier, on any path.
using Pending = std::set<Access>;

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
  static FailureOr<Access> getSharedAccess(Operation &op, Value memory,
                                           bool isStore) {
    auto shared = memory.getDefiningOp<SharedOp>();
    if (!shared || !shared.getOffset())
      return op.emitOpError("accesses shared memory without an offset: run "
                            "tile-allocate-shared before "
                            "tile-insert-barriers");
    MemRefType type = shared.getType();
    auto begin = static_cast<int64_t>(*shared.getOffset());
    return Access{begin,
                  begin +
                      type.getNumElements() * type.getElementTypeBitWidth() / 8,
                  isStore,
                  {},
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
    return Access{0, 1, isStore, binding.getName(),
                  getLayout(tensor.getType())};
  }

  LogicalResult visit(Operation &op, Pending &pending) {
    if (isa<gpu::BarrierOp>(op)) {
      pending.clear();
    } else if (isa<LoadOp, StoreOp>(op)) {
      return visitAccess(op, pending);
    } else if (isa<scf::ForOp>(op)) {
      // Before the loop a barrier is one; in it, one for each time round.
      FailureOr<bool> conflicts = conflictsWithin(op, pending);
      if (failed(conflicts))
        return failure();
      if (*conflicts)
        putBarrier(op, pending);
      // Once as what comes first, once more behind itself; after that nothing
      // new is pending.
      Pending before = pending;
      for (int i = 0; i < 2; ++i) {
        if (failed(insert(op.getRegion(0).front(), pending)))
          return failure();
        pending.insert(before.begin(), before.end());
      }
    } else if (isa<scf::IfOp>(op)) {
      Pending before;
      before.swap(pending);
      for (Region &region : op.getRegions()) {
        Pending after = before;
        if (!region.empty() && failed(insert(region.front(), after)))
          return failure();
        pending.insert(after.begin(), after.end());
      }
    }
    return success();
  }

  static void putBarrier(Operation &before, Pending &pending) {
    OpBuilder b(&before);
    gpu::BarrierOp::create(b, before.getLoc());
    pending.clear();
  }

  /// What a load or a store says to memory that others look at; nothing for
  /// other operations. Fails where a buffer has no place.
  static FailureOr<std::optional<Access>> getAccess(Operation &op) {
    auto load = dyn_cast<LoadOp>(op);
    auto store = dyn_cast<StoreOp>(op);
    if (!load && !store)
      return std::optional<Access>();
    Value memory = load ? load.getMemory() : store.getMemory();
    if (!isShared(cast<MemRefType>(memory.getType())))
      return getStateAccess(memory, load ? load.getResult() : store.getValue(),
                            /*isStore=*/!load);
    FailureOr<Access> found = getSharedAccess(op, memory, /*isStore=*/!load);
    if (failed(found))
      return failure();
    return std::optional<Access>(found);
  }

  static bool conflictsWith(const Access &access, const Pending &pending) {
    return llvm::any_of(pending, [&](const Access &other) {
      return access.conflictsWith(other);
    });
  }

  /// Whether anything in an operation's regions conflicts with what is pending.
  static FailureOr<bool> conflictsWithin(Operation &op,
                                         const Pending &pending) {
    bool conflicts = false;
    WalkResult walk = op.walk([&](Operation *inner) {
      FailureOr<std::optional<Access>> access = getAccess(*inner);
      if (failed(access))
        return WalkResult::interrupt();
      conflicts |= *access && conflictsWith(**access, pending);
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return failure();
    return conflicts;
  }

  static LogicalResult visitAccess(Operation &op, Pending &pending) {
    FailureOr<std::optional<Access>> access = getAccess(op);
    if (failed(access))
      return failure();
    if (!*access)
      return success();
    if (conflictsWith(**access, pending))
      putBarrier(op, pending);
    pending.insert(**access);
    return success();
  }
};

struct TileInsertBarriers
    : sluice::impl::TileInsertBarriersBase<TileInsertBarriers> {
  void runOnOperation() override {
    Pending pending;
    if (failed(BarrierInserter().insert(getOperation().getBody().front(),
                                        pending)))
      signalPassFailure();
  }
};
} // namespace
