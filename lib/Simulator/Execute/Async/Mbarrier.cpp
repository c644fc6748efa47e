//===- Mbarrier.cpp - barriers in shared memory ---------------------------===//

#include "lib/Simulator/Execute/Async/Mbarrier.h"
#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/Async/AsyncCopy.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Space;
using ptx::Type;

//===----------------------------------------------------------------------===//
// The object
//===----------------------------------------------------------------------===//

MbarrierState MbarrierState::decode(uint64_t bits) {
  MbarrierState state;
  state.pending = bits & 0xfffff;
  state.expected = bits >> 20 & 0xfffff;
  // 21 bits, signed.
  state.transactions =
      static_cast<int32_t>(static_cast<uint32_t>(bits >> 40 & 0x1fffff)
                           << 11) >>
      11;
  state.parity = bits >> 61 & 1;
  state.isLive = bits >> 62 & 1;
  return state;
}

uint64_t MbarrierState::encode() const {
  return uint64_t(pending & 0xfffff) | uint64_t(expected & 0xfffff) << 20 |
         uint64_t(static_cast<uint32_t>(transactions) & 0x1fffff) << 40 |
         uint64_t(parity) << 61 | uint64_t(isLive) << 62;
}

Mbarrier::Mbarrier(Cta &cta, uint64_t offset) : cta(&cta), offset(offset) {
  uint64_t bits;
  std::memcpy(&bits, cta.shared.at(offset), sizeof(bits));
  state = MbarrierState::decode(bits);
  if (!isChecked())
    return;
  object = cta.mbarriers.find(offset);
  state.isLive = object && object->isLive;
}

bool Mbarrier::isChecked() const { return cta->getGrid().getOptions().check; }

void Mbarrier::initialize(Warp &warp, unsigned lane, uint32_t count) {
  state = {count, count, 0, false, true};
  if (isChecked())
    object = &cta->mbarriers.initialize(offset, warp.clocks, lane);
  store();
}

void Mbarrier::invalidate() {
  state.isLive = false;
  if (isChecked())
    cta->mbarriers.invalidate(offset, *object);
  store();
}

llvm::StringRef Mbarrier::getReason() const {
  return object ? "has been invalidated" : "has not been initialised";
}

void Mbarrier::store() {
  if (state.isLive && state.pending == 0 && state.transactions == 0) {
    state.parity = !state.parity;
    state.pending = state.expected;
    if (object)
      object->clock.completePhase();
    cta->wakeAll();
  }
  uint64_t bits = state.encode();
  std::memcpy(cta->shared.at(offset), &bits, sizeof(bits));
  // What mbarrier.inval leaves nobody has written.
  cta->shared.setWritten(offset, sizeof(bits), state.isLive || !isChecked());
  cta->getWorker().noteProgress();
}

std::pair<Cta *, uint64_t> sim::findShared(Cta &from, uint64_t address) {
  if (!isSharedAddress(address))
    return {nullptr, 0};
  uint64_t place = address - kSharedWindow;
  unsigned rank = place >> kSharedRankShift;
  Cta *cta =
      rank == from.getClusterRank() ? &from : from.getCluster().getCta(rank);
  return {cta, place & ((uint64_t(1) << kSharedRankShift) - 1)};
}

std::pair<Cta *, uint64_t> sim::findCompletion(Warp &warp, unsigned lane,
                                               uint64_t address) {
  auto [owner, offset] = findShared(warp.getCta(), address);
  Mask self = Mask(1) << lane;
  if (!owner || offset % kMbarrierBytes ||
      !owner->shared.contains(offset, kMbarrierBytes)) {
    warp.find(FindingKind::OutOfBounds, self,
              "names an mbarrier that is not in shared memory", Space::Shared,
              address - kSharedWindow);
    return {nullptr, 0};
  }
  Mbarrier barrier(*owner, offset);
  if (barrier.state.isLive)
    return {owner, offset};
  warp.find(FindingKind::MbarrierMisuse, self,
            "names an mbarrier that " + barrier.getReason(), Space::Shared,
            offset);
  return {nullptr, 0};
}

void sim::checkCompletion(Warp &warp, unsigned lane, Cta &owner,
                          uint64_t offset, const AsyncOp &operation) {
  checkMbarrierRaces(warp, owner, offset, operation);
  const MbarrierTable::Object *object = owner.mbarriers.find(offset);
  if (!MbarrierTable::isPublished(*object, warp.clocks, lane))
    warp.find(FindingKind::MissingMbarrierFence, Mask(1) << lane,
              "completes on an mbarrier, but no fence.mbarrier_init or "
              "fence.proxy.async follows its mbarrier.init",
              Space::Shared, offset);
}

void sim::completeTransaction(Cta &cta, uint64_t offset, uint64_t bytes,
                              const AsyncOp *operation) {
  Mbarrier barrier(cta, offset);
  if (!barrier.state.isLive)
    return;
  barrier.state.transactions -= static_cast<int32_t>(bytes);
  if (operation && barrier.object)
    barrier.object->clock.complete(*operation);
  barrier.store();
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

namespace {
enum class Kind : uint8_t {
  Init,
  Invalidate,
  ExpectTx,
  CompleteTx,
  Arrive,
  TestWait,
  TryWait,
  CopyArrive,
};

struct MbarrierDetail {
  Kind kind;
  Space space;
  uint8_t baseBits;
  bool hasResult, isDrop, isRelaxed, isParity, isExpect, noComplete, noIncrease;
  /// Row of the count, bytes or state among the operation's: 0 if there is
  /// none.
  uint8_t valueRow, countRow;
  Ordering::Scope scope;
  /// Without one it is that of the CTA.
  bool hasScope;

  MbarrierScope getScope() const {
    return hasScope ? MbarrierScope(static_cast<SyncScope>(scope))
                    : MbarrierScope::getDefault();
  }
};
} // namespace

/// For the estimate of time.
static void record(Warp &warp, const MbarrierDetail &detail, Cta &cta,
                   uint64_t offset, uint32_t count, uint32_t bytes) {
  using Fact = estimate::Fact::Kind;
  if (!warp.recorder)
    return;
  auto note = [&](Fact fact, uint32_t b, uint32_t c, bool isHeld = false) {
    warp.recorder->noteMbarrier(fact, cta.getClusterRank(), offset, b, c,
                                detail.isDrop, isHeld);
  };
  switch (detail.kind) {
  case Kind::Init:
    return note(Fact::MbarrierInit, count, 0);
  case Kind::ExpectTx:
    return note(Fact::MbarrierArrive, 0, bytes);
  case Kind::CompleteTx:
    return note(Fact::MbarrierComplete, 0, bytes);
  case Kind::Arrive:
    return note(Fact::MbarrierArrive, count, detail.isExpect ? bytes : 0);
  case Kind::CopyArrive:
    return note(Fact::MbarrierCopies, 1, 0, !detail.noIncrease);
  case Kind::Invalidate:
  case Kind::TestWait:
  case Kind::TryWait:
    return;
  }
}

static void recordWait(Warp &warp, uint64_t address, bool parity) {
  auto [cta, offset] = findShared(warp.getCta(), address);
  warp.recorder->noteMbarrier(estimate::Fact::Kind::MbarrierWait,
                              cta->getClusterRank(), offset, parity);
}

static bool writes(Kind kind) {
  return kind != Kind::TestWait && kind != Kind::TryWait;
}

/// For checks: what those who wait will know.
static void arrive(Warp &warp, Mask lanes, const MbarrierDetail &detail,
                   Mbarrier &barrier) {
  if (!barrier.object)
    return;
  if (!detail.isRelaxed && detail.scope >= Ordering::Scope::Cluster)
    warp.getCta().mbarriers.release(warp.clocks, lanes);
  barrier.object->clock.arrive(warp.clocks, lanes, detail.getScope(),
                               detail.isRelaxed);
}

/// One lane's part. False if the object is not an mbarrier.
static bool execute(Warp &warp, const Operation &operation,
                    const MbarrierDetail &detail, unsigned lane, Cta &cta,
                    uint64_t offset) {
  Mask self = Mask(1) << lane;
  auto fail = [&](FindingKind kind, const llvm::Twine &message) {
    warp.find(kind, self, message, Space::Shared, offset);
    return false;
  };
  auto word = [&](unsigned row) {
    return row ? warp.words(operation.rows[row])[lane] : 1u;
  };
  Mbarrier barrier(cta, offset);
  MbarrierState &state = barrier.state;
  if (detail.kind == Kind::Init) {
    uint32_t count = word(detail.valueRow);
    if (count == 0 || count > kMostArrivals)
      return fail(FindingKind::AsyncUse,
                  "an mbarrier for " + llvm::Twine(count) +
                      " arrivals: expected 1 to 1048575");
    if (barrier.object && state.isLive)
      fail(FindingKind::MbarrierMisuse,
           "initialises an mbarrier where there is a valid one: mbarrier.inval "
           "must come first");
    record(warp, detail, cta, offset, count, 0);
    barrier.initialize(warp, lane, count);
    return true;
  }
  if (!state.isLive)
    return fail(FindingKind::MbarrierMisuse,
                "uses an mbarrier that " + barrier.getReason());
  record(warp, detail, cta, offset, word(detail.countRow),
         word(detail.valueRow));
  uint64_t before = state.encode();
  switch (detail.kind) {
  case Kind::Init:
    break;
  case Kind::Invalidate:
    if (barrier.object && !barrier.object->waiting.empty())
      fail(FindingKind::MbarrierMisuse,
           "invalidates an mbarrier at which threads wait");
    barrier.invalidate();
    return true;
  case Kind::ExpectTx:
    state.transactions += word(detail.valueRow);
    break;
  case Kind::CompleteTx:
    state.transactions -= word(detail.valueRow);
    arrive(warp, self, detail, barrier);
    break;
  case Kind::CopyArrive:
  case Kind::Arrive: {
    uint32_t count = word(detail.countRow);
    if (detail.isExpect)
      state.transactions += word(detail.valueRow);
    if (detail.kind == Kind::CopyArrive) {
      if (barrier.object)
        barrier.object->clock.complete(
            warp.copies.queue.getAll(warp.clocks, lane));
      // What was added at the issue is taken away now.
      count = detail.noIncrease ? 1 : 0;
    } else {
      arrive(warp, self, detail, barrier);
    }
    if (count > state.pending)
      return fail(FindingKind::AsyncUse, "arrives " + llvm::Twine(count) +
                                             " times where the phase "
                                             "expects " +
                                             llvm::Twine(state.pending) +
                                             " more");
    state.pending -= count;
    if (detail.isDrop)
      state.expected -= std::min(count, state.expected);
    if (detail.noComplete && state.pending == 0)
      return fail(FindingKind::AsyncUse,
                  "an arrival with .noComplete completes the phase");
    break;
  }
  case Kind::TestWait:
  case Kind::TryWait:
    break;
  }
  if (state.transactions > kMostTransactions ||
      state.transactions < -kMostTransactions)
    return fail(FindingKind::AsyncUse,
                "the transactions of an mbarrier are out of range");
  if (detail.hasResult)
    warp.longs(operation.rows[0])[lane] = before;
  barrier.store();
  return true;
}

/// Lanes that arrive once each at one object, with nothing else to do or to
/// fear: together. False if it is not that simple.
static bool arriveTogether(Warp &warp, const Operation &operation,
                           const MbarrierDetail &detail, Mask lanes,
                           uint64_t address) {
  if (detail.kind != Kind::Arrive || detail.isExpect || detail.noComplete ||
      detail.countRow)
    return false;
  auto [cta, offset] = findShared(warp.getCta(), address);
  Mbarrier barrier(*cta, offset);
  MbarrierState &state = barrier.state;
  uint32_t count = llvm::popcount(lanes);
  if (!state.isLive || count > state.pending)
    return false;
  record(warp, detail, *cta, offset, count, 0);
  arrive(warp, lanes, detail, barrier);
  for (Mask rest = lanes; rest; rest &= rest - 1) {
    if (detail.hasResult)
      warp.longs(operation.rows[0])[llvm::countr_zero(rest)] = state.encode();
    --state.pending;
  }
  if (detail.isDrop)
    state.expected -= std::min(count, state.expected);
  barrier.store();
  return true;
}

/// For checks: the mbarriers of the lanes, and those of each together, so that
/// what they know stays one object.
static void
forEachObject(Warp &warp, Mask lanes, const Addresses &addresses,
              llvm::function_ref<void(MbarrierTable::Object &, Mask)> use) {
  if (!warp.getCta().getGrid().getOptions().check)
    return;
  while (lanes) {
    uint64_t address = addresses.lane[llvm::countr_zero(lanes)];
    Mask alike = 0;
    for (unsigned lane = 0; lane < kLanes; ++lane)
      alike |= Mask(addresses.lane[lane] == address) << lane;
    alike &= lanes;
    lanes &= ~alike;
    auto [cta, offset] = findShared(warp.getCta(), address);
    if (MbarrierTable::Object *object = cta->mbarriers.find(offset))
      use(*object, alike);
  }
}

/// A wait of the lanes: those whose phase has ended.
static Flow runWait(Warp &warp, const Operation &operation,
                    const MbarrierDetail &detail, Mask active,
                    const Addresses &addresses, const Places &places) {
  Path &path = warp.path();
  Mask done = 0, bad = active & ~places.lanes;
  std::optional<Mbarrier> barrier;
  uint64_t last = 0;
  for (Mask rest = places.lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    if (uint64_t address = addresses.lane[lane]; address != last) {
      auto [cta, offset] = findShared(warp.getCta(), address);
      barrier.emplace(*cta, offset);
      last = address;
      // Those that were suspended look again.
      if (barrier->object)
        barrier->object->resume(warp.getIndex(), active);
    }
    const MbarrierState &state = barrier->state;
    if (!state.isLive) {
      warp.find(FindingKind::MbarrierMisuse, Mask(1) << lane,
                "waits on an mbarrier that " + barrier->getReason(),
                Space::Shared, findShared(warp.getCta(), last).second);
      bad |= Mask(1) << lane;
      continue;
    }
    bool parity = detail.isParity
                      ? warp.words(operation.rows[detail.valueRow])[lane] & 1
                      : MbarrierState::decode(
                            warp.longs(operation.rows[detail.valueRow])[lane])
                            .parity;
    if (state.parity != parity) {
      done |= Mask(1) << lane;
      if (warp.recorder)
        recordWait(warp, addresses.lane[lane], parity);
    }
  }
  // Suspends where that may help; a wait that nothing ends comes back false.
  if (detail.kind == Kind::TryWait && !done && !bad && !path.hasTimedOut) {
    path.mayTimeOut = true;
    forEachObject(warp, active, addresses,
                  [&](MbarrierTable::Object &object, Mask lanes) {
                    object.suspend(warp.getIndex(), lanes);
                  });
    return Flow::Blocked;
  }
  path.mayTimeOut = path.hasTimedOut = false;
  done |= bad; // reported: go on
  Mask &result = warp.predicate(operation.rows[0]);
  result = (result & ~active) | (done & active);
  warp.poison(operation.rows[0]) &= ~active;
  forEachObject(warp, done & ~bad, addresses,
                [&](MbarrierTable::Object &object, Mask lanes) {
                  object.clock.wait(warp.clocks, lanes, detail.getScope(),
                                    detail.isRelaxed);
                });
  return done == active ? Flow::Next : Flow::Yield;
}

static Flow runMbarrier(Warp &warp, const Operation &operation, Mask active) {
  auto detail = getDetail<MbarrierDetail>(operation);
  if (Mask poisoned = warp.getPoison(operation) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "an operand is a value that nobody has written");
    active &= ~poisoned;
    if (!active)
      return Flow::Next;
  }
  Addresses addresses = getAddresses(warp,
                                     {operation.rows[operation.destinations],
                                      detail.baseBits, operation.immediate},
                                     detail.space);
  Access access;
  access.space = Space::Shared;
  access.bytes = access.alignment = kMbarrierBytes;
  access.isRead = true;
  access.isMbarrier = true;
  access.isWrite = writes(detail.kind);
  // All but init and inval are morally strong with each other.
  access.isAtomic =
      detail.kind != Kind::Init && detail.kind != Kind::Invalidate;
  access.ordering.semantics = access.isAtomic ? Ordering::Semantics::Relaxed
                                              : Ordering::Semantics::Weak;
  access.ordering.scope = Ordering::Scope::Sys;
  // A suspended wait is one access.
  access.isUnchecked = warp.path().mayTimeOut;
  Places places = resolve(warp, active, addresses, access);
  if (!writes(detail.kind))
    return runWait(warp, operation, detail, active, addresses, places);
  if (detail.kind == Kind::CopyArrive)
    completeCopies(warp, places.lanes, 0, /*alsoOpen=*/true);
  if (detail.hasResult)
    warp.poison(operation.rows[0]) &= ~active;
  if (places.isOne &&
      arriveTogether(warp, operation, detail, places.lanes,
                     addresses.lane[llvm::countr_zero(places.lanes)]))
    return Flow::Next;
  for (Mask rest = places.lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    auto [cta, offset] = findShared(warp.getCta(), addresses.lane[lane]);
    execute(warp, operation, detail, lane, *cta, offset);
  }
  return Flow::Next;
}

static Ordering::Scope parseScope(llvm::StringRef scope) {
  return scope == "cluster" ? Ordering::Scope::Cluster : Ordering::Scope::Cta;
}

/// `operand`: which one is the address.
static bool decodeCommon(Decoder &decoder, MbarrierDetail &detail,
                         size_t operand) {
  Operation &operation = decoder.operation();
  const ptx::Match &match = decoder.match();
  detail.space = match.get("space").empty() ? Space::Generic : Space::Shared;
  detail.scope = parseScope(match.get("scope"));
  detail.hasScope = !match.get("scope").empty();
  detail.isRelaxed = match.get("sem") == "relaxed";
  Decoder::Address address;
  if (!decoder.addAddress(operand, address))
    return false;
  detail.baseBits = address.baseBits;
  operation.immediate = address.offset;
  operation.run = runMbarrier;
  return true;
}

template <Kind kind> static bool decodeSimple(Decoder &decoder) {
  MbarrierDetail detail{};
  detail.kind = kind;
  if (!decodeCommon(decoder, detail, 0))
    return false;
  // With the qualifier or without.
  detail.isRelaxed = kind == Kind::ExpectTx || kind == Kind::CompleteTx;
  if (kind != Kind::Invalidate) {
    detail.valueRow = decoder.operation().rows.size();
    if (!decoder.addSource(1, Type::U32))
      return false;
  }
  setDetail(decoder.operation(), detail);
  return true;
}

static bool decodeArrive(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  MbarrierDetail detail{};
  detail.kind = Kind::Arrive;
  detail.isDrop = decoder.instruction().qualifiers.front() == "arrive_drop";
  detail.isExpect = match.has("expect_tx");
  detail.noComplete = match.has("noComplete");
  size_t next = 0;
  if (decoder.operand(0).kind != ptx::Operand::Kind::Address) {
    detail.hasResult = true;
    if (!decoder.addDestination(next++, Type::B64))
      return false;
  }
  if (!decodeCommon(decoder, detail, next++))
    return false;
  if (next < decoder.numOperands()) {
    uint8_t row = decoder.operation().rows.size();
    (detail.isExpect ? detail.valueRow : detail.countRow) = row;
    if (!decoder.addSource(next, Type::U32))
      return false;
  } else if (detail.isExpect) {
    return decoder.fail("expected the bytes that the phase waits for");
  }
  setDetail(decoder.operation(), detail);
  return true;
}

static bool decodeWait(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  MbarrierDetail detail{};
  detail.kind = match.get("how") == "try_wait" ? Kind::TryWait : Kind::TestWait;
  detail.isParity = match.has("parity");
  if (!decoder.addDestination(0, Type::Pred) ||
      !decodeCommon(decoder, detail, 1))
    return false;
  detail.valueRow = decoder.operation().rows.size();
  if (!decoder.addSource(2, detail.isParity ? Type::U32 : Type::B64))
    return false;
  // The time limit is a hint.
  if (decoder.numOperands() > 3 && !decoder.addSource(3, Type::U32))
    return false;
  setDetail(decoder.operation(), detail);
  return true;
}

static bool decodeCopyArrive(Decoder &decoder) {
  MbarrierDetail detail{};
  detail.kind = Kind::CopyArrive;
  detail.noIncrease = decoder.match().has("noinc");
  if (!decodeCommon(decoder, detail, 0))
    return false;
  setDetail(decoder.operation(), detail);
  return true;
}

static Flow runPendingCount(Warp &warp, const Operation &operation,
                            Mask active) {
  Mask &poison = warp.poison(operation.rows[0]);
  poison = (poison & ~active) | (warp.getPoison(operation) & active);
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    warp.words(operation.rows[0])[lane] =
        MbarrierState::decode(warp.longs(operation.rows[1])[lane]).pending;
  }
  return Flow::Next;
}

static bool decodePendingCount(Decoder &decoder) {
  decoder.operation().run = runPendingCount;
  return decoder.addDestination(0, Type::U32) &&
         decoder.addSource(1, Type::B64);
}

llvm::ArrayRef<InstructionDecoder> sim::getMbarrierDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::MbarrierInit, decodeSimple<Kind::Init>},
      {Semantics::MbarrierInval, decodeSimple<Kind::Invalidate>},
      {Semantics::MbarrierExpectTx, decodeSimple<Kind::ExpectTx>},
      {Semantics::MbarrierCompleteTx, decodeSimple<Kind::CompleteTx>},
      {Semantics::MbarrierArrive, decodeArrive},
      {Semantics::MbarrierWait, decodeWait},
      {Semantics::MbarrierPendingCount, decodePendingCount},
      {Semantics::AsyncCopyArrive, decodeCopyArrive},
  };
  return decoders;
}
