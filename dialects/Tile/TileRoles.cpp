//===- TileRoles.cpp - verifiers of roles and rings -----------------------===//

#include "dialects/Tile/TileOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// The memory of an access, which may be shared, and where in it; nothing of
/// other operations.
static std::optional<std::pair<Value, OperandRange>> getAccess(Operation *op) {
  if (auto load = dyn_cast<LoadOp>(op))
    return std::pair(Value(load.getMemory()), load.getIndices());
  if (auto store = dyn_cast<StoreOp>(op))
    return std::pair(Value(store.getMemory()), store.getIndices());
  if (auto copy = dyn_cast<CopyOp>(op))
    return std::pair(Value(copy.getMemory()), copy.getIndices());
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

RoleOp RoleOp::getAround(Operation *op) {
  return op->getParentOfType<RoleOp>();
}

int64_t RoleOp::getFirstWarp() {
  int64_t first = 0;
  for (auto other : (*this)->getParentOp()->getRegion(0).getOps<RoleOp>()) {
    if (other == *this)
      break;
    first += static_cast<int64_t>(other.getWarps());
  }
  return first;
}

RoleOp RolesOp::lookUp(StringRef name) {
  for (auto role : getBody().getOps<RoleOp>())
    if (role.getName() == name)
      return role;
  return {};
}

int64_t RolesOp::getRegistersAtStart(int64_t warps) {
  constexpr int64_t kRegisterFile = 64 * 1024, kLanes = 32, kMost = 255,
                    kUnit = 8;
  return llvm::alignDown(std::min(kRegisterFile / (warps * kLanes), kMost),
                         kUnit);
}

// T21: all of a kernel's warps have one role each.
LogicalResult RolesOp::verify() {
  constexpr size_t kMostRoles = 15;
  auto kernel = cast<KernelOp>((*this)->getParentOp());
  for (Operation &op : getBody().getOps())
    if (!isa<RoleOp>(op))
      return op.emitOpError("is beside roles, where nothing but roles are");
  auto all = kernel.getBody().getOps<RolesOp>();
  if (*all.begin() != *this)
    return emitOpError("is the second of its kernel, which has one");
  int64_t warps = 0;
  llvm::SmallSet<StringRef, 4> names;
  for (auto role : getBody().getOps<RoleOp>()) {
    warps += static_cast<int64_t>(role.getWarps());
    if (!names.insert(role.getName()).second)
      return role.emitOpError()
             << "has the name of another, '" << role.getName() << "'";
  }
  if (names.size() > kMostRoles)
    return emitOpError() << "has at most " << kMostRoles << " roles, found "
                         << names.size();
  if (warps != static_cast<int64_t>(kernel.getWarps()))
    return emitOpError() << "gives each of the kernel's " << kernel.getWarps()
                         << " warps a role, found roles of " << warps;
  return success();
}

/// T22: registers go round by groups of warps, and there are no more than the
/// kernel begins with.
static LogicalResult verifyRegisters(RolesOp op) {
  constexpr int64_t kLeast = 24, kMost = 240, kUnit = 8, kGroup = 4;
  auto kernel = cast<KernelOp>(op->getParentOp());
  int64_t registers = 0, said = 0, roles = 0;
  for (auto role : op.getBody().getOps<RoleOp>()) {
    ++roles;
    if (!role.getRegisters())
      continue;
    ++said;
    auto own = static_cast<int64_t>(*role.getRegisters()),
         warps = static_cast<int64_t>(role.getWarps());
    if (own < kLeast || own > kMost || own % kUnit != 0)
      return role.emitOpError()
             << "has a multiple of " << kUnit << " registers a thread, from "
             << kLeast << " to " << kMost << ", found " << own;
    if (warps % kGroup != 0)
      return role.emitOpError()
             << "has registers of its own, so its warps are groups of "
             << kGroup << ", found " << warps;
    registers += own * warps;
  }
  if (said != 0 && said != roles)
    return op.emitOpError() << "says of all roles, or of none, how many "
                               "registers they have, found "
                            << said << " of " << roles;
  auto warps = static_cast<int64_t>(kernel.getWarps());
  int64_t most = warps * RolesOp::getRegistersAtStart(
                             warps * static_cast<int64_t>(kernel.getCtas()));
  if (registers > most)
    return op.emitOpError() << "has at most " << most
                            << " registers for a lane of all its warps, as the "
                               "kernel begins, found "
                            << registers;
  return success();
}

/// T23: roles meet in rings alone.
static LogicalResult verifyMemory(RolesOp op) {
  DenseMap<Value, std::pair<RoleOp, bool>> seen;
  WalkResult walk = op.walk([&](Operation *access) {
    auto found = getAccess(access);
    if (!found)
      return WalkResult::advance();
    Value memory = found->first;
    auto shared = memory.getDefiningOp<SharedOp>();
    if (!shared || shared.getByWarp() || RingOp::getOf(memory))
      return WalkResult::advance();
    RoleOp role = RoleOp::getAround(access);
    bool writes = !isa<LoadOp>(access);
    auto [at, isNew] = seen.try_emplace(memory, role, writes);
    auto &[other, wasWritten] = at->second;
    if (!isNew && other != role && (writes || wasWritten))
      return WalkResult(access->emitOpError()
                        << "is of shared memory that role '" << other.getName()
                        << "' looks at, too, and no ring's");
    wasWritten |= writes;
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

LogicalResult RolesOp::verifyRegions() {
  return failure(failed(verifyRegisters(*this)) || failed(verifyMemory(*this)));
}

LogicalResult RoleOp::verifyRegions() {
  if (getBody().getNumArguments() == 1 &&
      getBody().getArgument(0).getType().isIndex())
    return success();
  return emitOpError("gets the number of its warp, an index");
}

// T24: only a role's warps wait for a role.
LogicalResult SyncRoleOp::verify() {
  if (RoleOp::getAround(*this))
    return success();
  return emitOpError("is in a role, whose threads wait for one another");
}

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

/// The roles stand beside the ring, in a kernel or in what becomes of one.
static RoleOp lookUpRole(RingOp ring, StringRef name) {
  for (auto roles : ring->getBlock()->getOps<RolesOp>())
    if (RoleOp role = roles.lookUp(name))
      return role;
  return {};
}

RoleOp RingOp::getProducerRole() { return lookUpRole(*this, getProducer()); }
RoleOp RingOp::getConsumerRole() { return lookUpRole(*this, getConsumer()); }

int64_t RingOp::getCommits() {
  return getEach() ? 1 : static_cast<int64_t>(getProducerRole().getWarps());
}

int64_t RingOp::getReleases() {
  return static_cast<int64_t>(getConsumerRole().getWarps());
}

RingOp RingOp::getOf(Value buffer) {
  for (Operation *user : buffer.getUsers())
    if (auto ring = dyn_cast<RingOp>(user))
      return ring;
  return {};
}

/// T27: a ring's buffers are looked at where a slot of it is held.
static LogicalResult verifyBuffer(RingOp ring, Value buffer) {
  for (Operation *user : buffer.getUsers()) {
    if (user == ring)
      continue;
    auto access = getAccess(user);
    Operation *slot = access && !access->second.empty()
                          ? access->second.front().getDefiningOp()
                          : nullptr;
    auto acquire = dyn_cast_or_null<AcquireOp>(slot);
    auto wait = dyn_cast_or_null<WaitOp>(slot);
    if ((acquire && acquire.getRing() == ring) ||
        (wait && wait.getRing() == ring && isa<LoadOp>(user)))
      continue;
    return user->emitOpError()
           << "is of a buffer of ring '" << ring.getName()
           << "', at a slot from tile.acquire, or from tile.wait if it loads";
  }
  return success();
}

/// Whether a slot is the first index of one of its ring's buffers.
static bool isIndexOf(RingOp ring, OpOperand &use) {
  auto access = getAccess(use.getOwner());
  return access && llvm::is_contained(ring.getBuffers(), access->first) &&
         use.getOperandNumber() == access->second.getBeginOperandIndex();
}

// T25: a ring goes from a role to another, and has slots enough.
LogicalResult RingOp::verify() {
  if (getBuffers().empty())
    return emitOpError("has a buffer at least");
  for (Value buffer : getBuffers()) {
    auto type = cast<MemRefType>(buffer.getType());
    auto shared = buffer.getDefiningOp<SharedOp>();
    if (!shared || shared.getByWarp() || type.getDimSize(0) != getSlots() ||
        getOf(buffer) != *this || llvm::count(getBuffers(), buffer) != 1)
      return emitOpError()
             << "is of memory that tile.shared gives the CTA, each "
                "once and in no other ring, with as many slots as "
                "the first, found "
             << type;
  }
  if (std::optional<uint64_t> offset = getOffset();
      offset && *offset % kBarrierBytes != 0)
    return emitOpError() << "starts at a multiple of " << kBarrierBytes
                         << " bytes, found " << *offset;
  RoleOp producer = getProducerRole(), consumer = getConsumerRole();
  if (!producer || !consumer || producer == consumer)
    return emitOpError()
           << "goes from one role of its kernel to another, found "
              "'"
           << getProducer() << "' and '" << getConsumer() << "'";
  auto makers = static_cast<int64_t>(producer.getWarps());
  if (getEach() && getSlots() < makers)
    return emitOpError() << "has a slot at least for each of the " << makers
                         << " warps of role '" << getProducer() << "', found "
                         << getSlots();
  for (Value buffer : getBuffers())
    if (failed(verifyBuffer(*this, buffer)))
      return failure();
  return success();
}

/// T26: a slot is taken by the role whose it is, used where it is an index, and
/// handed on once, in its block, behind all of that.
template <typename HandOn>
static LogicalResult verifySlot(Operation *op, Value of, StringRef verb,
                                StringRef role) {
  auto ring = of.getDefiningOp<RingOp>();
  if (!ring)
    return op->emitOpError("is of what a tile.ring gives");
  RoleOp around = RoleOp::getAround(op);
  StringRef expected =
      role == "producer" ? ring.getProducer() : ring.getConsumer();
  if (!around || around.getName() != expected)
    return op->emitOpError()
           << "is of ring '" << ring.getName() << "', whose " << role
           << " is role '" << expected << "', found it in "
           << (around ? "role '" + around.getName().str() + "'"
                      : std::string("no role"));
  Value slot = op->getResult(0);
  Operation *end = nullptr;
  for (Operation *user : slot.getUsers())
    if (isa<HandOn>(user)) {
      if (end)
        return op->emitOpError() << "has one tile." << verb << ", found two";
      end = user;
    }
  if (!end || end->getBlock() != op->getBlock())
    return op->emitOpError() << "has a tile." << verb
                             << " of its slot behind it in the same block";
  for (OpOperand &use : slot.getUses()) {
    Operation *user = use.getOwner();
    if (user == end)
      continue;
    if (!isIndexOf(ring, use))
      return user->emitOpError() << "takes a slot of ring '" << ring.getName()
                                 << "', which is only an index of its buffers";
    Operation *here = op->getBlock()->findAncestorOpInBlock(*user);
    if (!here || !here->isBeforeInBlock(end))
      return user->emitOpError() << "uses a slot of ring '" << ring.getName()
                                 << "' behind its tile." << verb;
  }
  return success();
}

template <typename Take>
static LogicalResult verifyHandOn(Operation *op, Value ring, Value slot,
                                  StringRef taker) {
  auto take = slot.getDefiningOp<Take>();
  if (take && take.getRing() == ring)
    return success();
  return op->emitOpError() << "hands on a slot that a tile." << taker
                           << " of the same ring gives";
}

LogicalResult AcquireOp::verify() {
  return verifySlot<CommitOp>(*this, getRing(), "commit", "producer");
}
LogicalResult WaitOp::verify() {
  return verifySlot<ReleaseOp>(*this, getRing(), "release", "consumer");
}
LogicalResult CommitOp::verify() {
  return verifyHandOn<AcquireOp>(*this, getRing(), getSlot(), "acquire");
}
LogicalResult ReleaseOp::verify() {
  return verifyHandOn<WaitOp>(*this, getRing(), getSlot(), "wait");
}
