//===- AsyncCopy.cpp - cp.async (PTX ISA 9.0, section 9.7.9.25.3) ---------===//
//
// A copy happens at any time between its issue and the wait that observes it:
// at once, or at the wait, as the seed says.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Async/AsyncCopy.h"
#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Space;
using ptx::Type;

namespace {
/// rows: destination, source [, bytes of the source or a predicate].
struct CopyDetail {
  uint8_t bytes, toBits, fromBits;
  bool hasSize, hasIgnore;
  int32_t fromOffset;
};
} // namespace

/// Poison moves with the bytes. The caller holds what it reads.
static void copyOne(const AsyncCopies::Copy &copy, unsigned lane) {
  unsigned used = copy.used[lane];
  std::memcpy(copy.to[lane], copy.from[lane], used);
  std::memset(copy.to[lane] + used, 0, copy.bytes - used);
  Region *to = copy.toRegion[lane], *from = copy.fromRegion[lane];
  uint64_t toPlace = to->address + (copy.to[lane] - to->bytes.data()),
           fromPlace = from->address + (copy.from[lane] - from->bytes.data());
  if (from->isWritten(fromPlace, used)) {
    to->setWritten(toPlace, copy.bytes, true);
    return;
  }
  for (unsigned i = 0; i < copy.bytes; ++i)
    to->setWritten(toPlace + i, 1,
                   i >= used || from->isWritten(fromPlace + i, 1));
}

void sim::completeCopies(Warp &warp, Mask lanes, uint32_t pending,
                         bool alsoOpen) {
  Worker &worker = warp.getCta().getWorker();
  for (AsyncCopies::Copy &copy : warp.copies.pending)
    for (Mask rest = copy.lanes & lanes; rest; rest &= rest - 1) {
      unsigned lane = llvm::countr_zero(rest);
      bool isDone = alsoOpen ||
                    (copy.group[lane] < warp.copies.committed[lane] &&
                     warp.copies.committed[lane] - copy.group[lane] > pending);
      if (!isDone)
        continue;
      const Region &from = *copy.fromRegion[lane];
      worker.want(from.address + (copy.from[lane] - from.bytes.data()),
                  copy.used[lane]);
      worker.hold();
      copyOne(copy, lane);
      copy.lanes &= ~(Mask(1) << lane);
      worker.noteProgress();
    }
  llvm::erase_if(warp.copies.pending,
                 [](const auto &copy) { return copy.lanes == 0; });
}

static Flow runCopy(Warp &warp, const Operation &operation, Mask active) {
  auto detail = getDetail<CopyDetail>(operation);
  Grid &grid = warp.getCta().getGrid();
  if (Mask poisoned = warp.getPoison(operation) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the copy depends on a value that nobody has written");
    active &= ~poisoned;
  }
  if (!active)
    return Flow::Next;
  Addresses to = getAddresses(
      warp, {operation.rows[0], detail.toBits, operation.immediate},
      Space::Shared);
  Addresses from = getAddresses(
      warp, {operation.rows[1], detail.fromBits, detail.fromOffset},
      Space::Global);
  AsyncCopies::Copy copy;
  copy.bytes = detail.bytes;
  Mask reading = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    copy.used[lane] = detail.bytes;
    if (detail.hasSize)
      copy.used[lane] =
          std::min<uint32_t>(warp.words(operation.rows[2])[lane], detail.bytes);
    if (detail.hasIgnore && (warp.predicate(operation.rows[2]) >> lane & 1))
      copy.used[lane] = 0;
    if ((active >> lane & 1) && copy.used[lane])
      reading |= Mask(1) << lane;
  }
  AsyncOp async;
  bool check = grid.getOptions().check;
  if (check)
    async = warp.copies.queue.issue(warp.clocks, active);
  // Checked as the operation's accesses, not as the thread's.
  Access write;
  write.space = Space::Shared;
  write.bytes = write.alignment = detail.bytes;
  write.isWrite = true;
  Access read = write;
  read.space = Space::Global;
  read.isWrite = false;
  read.isRead = true;
  write.isUnchecked = read.isUnchecked = true;
  Places toPlaces = resolve(warp, active, to, write);
  Places fromPlaces = resolve(warp, reading, from, read);
  copy.lanes = toPlaces.lanes & (fromPlaces.lanes | ~reading);
  if (check && copy.lanes) {
    checkRaces(warp, copy.lanes, to, write, async, /*isAsyncProxy=*/false);
    if (Mask lanes = copy.lanes & reading)
      checkRaces(warp, lanes, from, read, async, false);
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(copy.lanes >> lane & 1))
      continue;
    copy.to[lane] = toPlaces.lane[lane];
    copy.toRegion[lane] = toPlaces.region[lane];
    bool reads = reading >> lane & 1;
    copy.from[lane] = reads ? fromPlaces.lane[lane] : toPlaces.lane[lane];
    copy.fromRegion[lane] =
        reads ? fromPlaces.region[lane] : toPlaces.region[lane];
    copy.group[lane] = warp.copies.committed[lane];
  }
  if (warp.getCta().getWorker().draw() % 2) {
    for (Mask rest = copy.lanes; rest; rest &= rest - 1)
      copyOne(copy, llvm::countr_zero(rest));
    warp.getCta().getWorker().noteProgress();
  } else {
    // Until then nobody has written there.
    setWritten(warp, toPlaces, to, detail.bytes, 0);
    warp.copies.pending.push_back(copy);
  }
  return Flow::Next;
}

static bool decodeCopy(Decoder &decoder) {
  Operation &operation = decoder.operation();
  CopyDetail detail{};
  if (decoder.operand(2).kind != ptx::Operand::Kind::Immediate)
    return decoder.fail("expected the number of bytes");
  uint64_t bytes = decoder.operand(2).bits;
  bool isL2 = decoder.match().get("cache") == "cg";
  if (bytes != 16 && (isL2 || (bytes != 4 && bytes != 8)))
    return decoder.fail(isL2 ? "cp.async.cg copies 16 bytes, found " +
                                   llvm::Twine(bytes)
                             : "cp.async.ca copies 4, 8 or 16 bytes, found " +
                                   llvm::Twine(bytes));
  Decoder::Address to, from;
  if (!decoder.addAddress(0, to) || !decoder.addAddress(1, from))
    return false;
  size_t operands = decoder.numOperands();
  if (decoder.match().has("L2::cache_hint"))
    --operands;
  if (operands > 3) {
    unsigned bits = decoder.getRegisterBits(decoder.operand(3));
    detail.hasIgnore = bits == 1;
    detail.hasSize = !detail.hasIgnore;
    if (detail.hasIgnore && decoder.operand(3).isNegated)
      return decoder.fail("a negated predicate is not supported here");
    if (!decoder.addSource(3, detail.hasIgnore ? Type::Pred : Type::U32))
      return false;
  }
  detail.bytes = bytes;
  detail.toBits = to.baseBits;
  detail.fromBits = from.baseBits;
  detail.fromOffset = from.offset;
  operation.immediate = to.offset;
  operation.run = runCopy;
  setDetail(operation, detail);
  return true;
}

static bool decodeCommit(Decoder &decoder) {
  decoder.operation().run = [](Warp &warp, const Operation &, Mask active) {
    for (Mask rest = active; rest; rest &= rest - 1)
      ++warp.copies.committed[llvm::countr_zero(rest)];
    if (warp.getCta().getGrid().getOptions().check)
      warp.copies.queue.commit(warp.clocks, active);
    return Flow::Next;
  };
  return true;
}

/// immediate: groups that may be pending, or -1 for all that was issued.
static Flow runWait(Warp &warp, const Operation &operation, Mask active) {
  bool all = operation.immediate < 0;
  completeCopies(warp, active, all ? 0 : operation.immediate, all);
  if (warp.getCta().getGrid().getOptions().check) {
    if (all)
      warp.copies.queue.waitAll(warp.clocks, active);
    else
      warp.copies.queue.wait(warp.clocks, active, operation.immediate);
  }
  return Flow::Next;
}

static bool decodeWaitGroup(Decoder &decoder) {
  if (decoder.operand(0).kind != ptx::Operand::Kind::Immediate)
    return decoder.fail("expected the number of groups");
  decoder.operation().immediate = decoder.operand(0).bits & 0x7fffffff;
  decoder.operation().run = runWait;
  return true;
}

static bool decodeWaitAll(Decoder &decoder) {
  decoder.operation().immediate = -1;
  decoder.operation().run = runWait;
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getAsyncCopyDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::AsyncCopy, decodeCopy},
      {Semantics::AsyncCopyCommit, decodeCommit},
      {Semantics::AsyncCopyWaitGroup, decodeWaitGroup},
      {Semantics::AsyncCopyWaitAll, decodeWaitAll},
  };
  return decoders;
}
