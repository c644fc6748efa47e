//===- Atomic.cpp - atom, red (PTX ISA 9.0, 9.7.13.5 and 9.7.13.6) --------===//

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/Collective/AtomicOps.h"
#include "lib/Simulator/Execute/Collective/Collective.h"
#include "lib/Simulator/Execute/Collective/Sync.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Space;
using ptx::Type;

namespace {
/// What an atomic knows beside its rows: results, address, operands, and the
/// value to swap in.
struct Atomic {
  AtomicOp op;
  Type type;
  Space space;
  Ordering::Semantics semantics;
  Ordering::Scope scope;
  uint8_t baseBits;
  /// Elements of the vector.
  uint8_t count;
  bool hasResult;

  unsigned getElementBytes() const { return ptx::getByteSize(type); }
  unsigned getBytes() const { return getElementBytes() * count; }
};

/// Up to 128 bits, the upper ones zero.
struct Value {
  uint64_t low = 0, high = 0;
  bool operator==(const Value &) const = default;
};
constexpr unsigned kMostElements = 8;
} // namespace

static Value readRow(Warp &warp, Row row, Type type, unsigned lane) {
  switch (ptx::getBitWidth(type)) {
  case 16:
    return {warp.words(row)[lane] & 0xffff};
  case 32:
    return {warp.words(row)[lane]};
  case 64:
    return {warp.longs(row)[lane]};
  default:
    return {warp.longs(row)[lane], warp.longs(row)[kLanes + lane]};
  }
}

static void writeRow(Warp &warp, Row row, Type type, unsigned lane,
                     Value value) {
  unsigned bits = ptx::getBitWidth(type);
  if (bits <= 32) {
    warp.words(row)[lane] = static_cast<uint32_t>(value.low);
    return;
  }
  warp.longs(row)[lane] = value.low;
  if (bits > 64)
    warp.longs(row)[kLanes + lane] = value.high;
}

static Value apply(const Atomic &atomic, Value old, Value operand, Value swap,
                   bool isGlobal) {
  if (atomic.op == AtomicOp::CompareAndSwap)
    return old == operand ? swap : old;
  if (atomic.op == AtomicOp::Exchange)
    return operand;
  return {applyAtomic(atomic.op, atomic.type, old.low, operand.low, isGlobal)};
}

/// The generic addresses that atomics cannot take, and lanes whose address
/// nobody has defined, are reported here.
static Mask findUsable(Warp &warp, const Atomic &atomic, Mask active, Row base,
                       const Addresses &addresses) {
  if (Mask poisoned = warp.poison(base) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the address depends on a value that nobody has written");
    active &= ~poisoned;
  }
  bool isVector = atomic.count > 1;
  Mask foreign = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    uint64_t address = addresses.lane[lane];
    bool isForeign = isLocalAddress(address) || isParameterAddress(address) ||
                     (isVector && isSharedAddress(address));
    foreign |= Mask(isForeign) << lane;
  }
  foreign &= active;
  if (foreign)
    warp.find(FindingKind::OutOfBounds, foreign,
              isVector ? "an atomic of a vector must be of global memory"
                       : "an atomic must be of global or shared memory",
              atomic.space, addresses.lane[llvm::countr_zero(foreign)]);
  return active & ~foreign;
}

static bool doLanesMeet(const Addresses &addresses, Mask lanes) {
  llvm::SmallVector<uint64_t, kLanes> places;
  for (unsigned lane = 0; lane < kLanes; ++lane)
    if (contains(lanes, lane))
      places.push_back(addresses.lane[lane]);
  llvm::sort(places);
  return std::adjacent_find(places.begin(), places.end()) != places.end();
}

namespace {
/// One instruction, for its lanes one after another.
class AtomicRun {
public:
  AtomicRun(Warp &warp, const Operation &operation, const Atomic &atomic,
            const Addresses &addresses, const Places &places,
            const Access &access)
      : warp(warp), operation(operation), atomic(atomic), addresses(addresses),
        places(places), access(access),
        isChecked(warp.getCta().getGrid().getOptions().check),
        first(operation.destinations + 1) {
    // All that is there is defined, as a rule, and so is what comes of it.
    Mask poisoned =
        getWrittenLanes(warp, places, addresses, atomic.getBytes()) ^
        places.lanes;
    for (size_t i = first; i < operation.rows.size(); ++i)
      poisoned |= warp.poison(operation.rows[i]) & places.lanes;
    mayBePoison = poisoned != 0;
    // Lanes that meet at one place read what those before them release, and a
    // comparison that fails writes nothing: then lane by lane.
    isCheckedByLane = isChecked && (atomic.op == AtomicOp::CompareAndSwap ||
                                    doLanesMeet(addresses, places.lanes));
  }

  void run() {
    if (isChecked && !isCheckedByLane)
      checkRaces(warp, places.lanes, addresses, access);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      if (contains(places.lanes, lane))
        runLane(lane);
    checkReaders();
    report(unknownOperand, "stores a value that nobody has written");
    report(unknownMemory, "changes a value in memory that nobody has written");
    if (hasChanged)
      warp.getCta().getWorker().noteProgress();
  }

private:
  void runLane(unsigned lane) {
    Value results[kMostElements];
    bool areUnknown[kMostElements] = {};
    bool isGlobal = !isSharedAddress(addresses.lane[lane]), hasWritten = true;
    unsigned bytes = atomic.getElementBytes();
    for (unsigned e = 0; e < atomic.count; ++e) {
      uint8_t *place = places.lane[lane] + e * bytes;
      Value &old = results[e];
      std::memcpy(&old, place, bytes);
      Value operand =
          readRow(warp, operation.rows[first + e], atomic.type, lane);
      Value swap;
      if (atomic.op == AtomicOp::CompareAndSwap)
        swap = readRow(warp, operation.rows[first + 1], atomic.type, lane);
      Value changed = apply(atomic, old, operand, swap, isGlobal);
      std::memcpy(place, &changed, bytes);
      hasChanged |= changed != old;
      if (atomic.op == AtomicOp::CompareAndSwap)
        hasWritten = old == operand;
      if (mayBePoison)
        areUnknown[e] = movePoison(lane, e, isGlobal);
    }
    if (isCheckedByLane)
      check(lane, hasWritten);
    if (!atomic.hasResult)
      return;
    // Only now: a result's register may be the next element's operand.
    for (unsigned e = 0; e < atomic.count; ++e) {
      Row row = operation.rows[e];
      writeRow(warp, row, atomic.type, lane, results[e]);
      assign(warp.poison(row), areUnknown[e] ? kAllLanes : 0, Mask(1) << lane);
    }
  }

  void check(unsigned lane, bool hasWritten) {
    if (!hasWritten) {
      readers |= Mask(1) << lane;
      return;
    }
    checkReaders();
    checkRaces(warp, Mask(1) << lane, addresses, access);
  }

  /// Lanes whose comparison failed one after another: many, where they wait for
  /// a lock.
  void checkReaders() {
    if (!readers)
      return;
    Access read = access;
    read.isWrite = false;
    checkRaces(warp, readers, addresses, read);
    readers = 0;
  }

  /// True if nobody has written what the lane's element was.
  bool movePoison(unsigned lane, unsigned e, bool isGlobal) {
    Mask bit = Mask(1) << lane;
    unsigned bytes = atomic.getElementBytes();
    Places place = places;
    Addresses address = addresses;
    place.lanes = bit;
    place.lane[lane] += e * bytes;
    address.lane[lane] += e * bytes;
    bool wasWritten = getWrittenLanes(warp, place, address, bytes) != 0;
    bool isOperandKnown = !(warp.poison(operation.rows[first + e]) & bit);
    if (atomic.op == AtomicOp::CompareAndSwap)
      isOperandKnown &= !(warp.poison(operation.rows[first + 1]) & bit);
    bool dependsOnOld = atomic.op != AtomicOp::Exchange;
    bool isKnown = isOperandKnown && (wasWritten || !dependsOnOld);
    setWritten(warp, place, address, bytes, isKnown ? bit : 0);
    // As of a store, what goes to global memory must be known.
    if (isGlobal && !isOperandKnown)
      unknownOperand |= bit;
    else if (isGlobal && !isKnown)
      unknownMemory |= bit;
    return !wasWritten;
  }

  void report(Mask lanes, llvm::StringRef message) {
    if (lanes)
      warp.find(FindingKind::Uninitialized, lanes, message, Space::Global,
                addresses.lane[llvm::countr_zero(lanes)]);
  }

  Warp &warp;
  const Operation &operation;
  const Atomic &atomic;
  const Addresses &addresses;
  const Places &places;
  const Access &access;
  const bool isChecked;
  /// The first operand, in the operation's rows.
  const unsigned first;
  bool mayBePoison = false, isCheckedByLane = false, hasChanged = false;
  Mask unknownOperand = 0, unknownMemory = 0, readers = 0;
};
} // namespace

static Flow runAtomic(Warp &warp, const Operation &operation, Mask active) {
  auto atomic = getDetail<Atomic>(operation);
  Row base = operation.rows[operation.destinations];
  Addresses addresses = getAddresses(
      warp, {base, atomic.baseBits, operation.immediate}, atomic.space);
  Mask usable = findUsable(warp, atomic, active, base, addresses);
  Places places;
  if (usable) {
    Access access;
    access.space = atomic.space;
    access.bytes = access.alignment = atomic.getBytes();
    access.isRead = access.isWrite = access.isAtomic = true;
    access.elementBytes = atomic.getElementBytes();
    access.isUnchecked = true;
    access.ordering = {atomic.semantics, atomic.scope};
    places = resolve(warp, usable, addresses, access);
    AtomicRun(warp, operation, atomic, addresses, places, access).run();
  }
  // A lane that was reported has no result.
  for (unsigned i = 0; i < operation.destinations; ++i)
    warp.poison(operation.rows[i]) |= active & ~places.lanes;
  return Flow::Next;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// Absent semantics are relaxed, an absent scope is .gpu.
static void setOrdering(Atomic &atomic, const ptx::Match &match) {
  atomic.semantics = llvm::StringSwitch<Ordering::Semantics>(match.get("sem"))
                         .Case("acquire", Ordering::Semantics::Acquire)
                         .Case("release", Ordering::Semantics::Release)
                         .Case("acq_rel", Ordering::Semantics::AcquireRelease)
                         .Default(Ordering::Semantics::Relaxed);
  atomic.scope = llvm::StringSwitch<Ordering::Scope>(match.get("scope"))
                     .Case("cta", Ordering::Scope::Cta)
                     .Case("cluster", Ordering::Scope::Cluster)
                     .Case("sys", Ordering::Scope::Sys)
                     .Default(Ordering::Scope::Gpu);
  llvm::StringRef space = match.get("space");
  atomic.space = space.empty()       ? Space::Generic
                 : space == "global" ? Space::Global
                                     : Space::Shared;
}

/// The registers of a vector, or the one of a scalar.
static bool getElements(Decoder &decoder, size_t i, unsigned count,
                        llvm::ArrayRef<Operand> &elements) {
  const Operand &operand = decoder.operand(i);
  elements = operand;
  if (operand.kind == Operand::Kind::Vector)
    elements = operand.elements;
  if (elements.size() != count)
    return decoder.fail("expected " + llvm::Twine(count) +
                        " registers, found " + llvm::Twine(elements.size()));
  return true;
}

template <bool hasResult> static bool decodeAtomic(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  Operation &operation = decoder.operation();
  llvm::StringRef vector = match.get("vec");
  Atomic atomic;
  atomic.op = *parseAtomicOp(match.get("op"));
  atomic.type = match.getType("type");
  atomic.count = vector.empty() ? 1 : vector[1] - '0';
  setOrdering(atomic, match);
  operation.run = runAtomic;
  size_t next = 0;
  llvm::ArrayRef<Operand> elements;
  // `_` stands for a whole vector, too.
  atomic.hasResult =
      hasResult && decoder.operand(0).kind != Operand::Kind::Sink;
  if (atomic.hasResult) {
    if (!getElements(decoder, 0, atomic.count, elements))
      return false;
    for (const Operand &element : elements)
      if (!decoder.addDestination(element, atomic.type))
        return false;
  }
  next += hasResult;
  Decoder::Address address;
  if (!decoder.addAddress(next, address) ||
      !getElements(decoder, next + 1, atomic.count, elements))
    return false;
  next += 2;
  for (const Operand &element : elements)
    if (!decoder.addSource(element, atomic.type))
      return false;
  if (atomic.op == AtomicOp::CompareAndSwap &&
      !decoder.addSource(next++, atomic.type))
    return false;
  atomic.baseBits = address.baseBits;
  operation.immediate = address.offset;
  setDetail(operation, atomic);
  // The policy itself changes nothing that can be seen.
  if (match.has("L2::cache_hint") != (next < decoder.numOperands()))
    return decoder.fail("a cache policy goes with '.L2::cache_hint', and "
                        "'.L2::cache_hint' with a cache policy");
  if (match.has("L2::cache_hint") && atomic.space == Space::Shared)
    return decoder.fail("'.L2::cache_hint' is for global memory");
  return true;
}

// Any order of sem, scope, space, op and type is fine: see Form.

llvm::ArrayRef<InstructionDecoder> sim::getAtomicDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Atom, decodeAtomic<true>},
      {Semantics::Red, decodeAtomic<false>},
  };
  return decoders;
}
