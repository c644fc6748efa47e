//===- Bulk.cpp - bulk copies ---------------------------------------------===//

#include "lib/Simulator/Execute/Async/Bulk.h"
#include "lib/Simulator/Execute/Async/BulkMove.h"
#include "lib/Simulator/Execute/Async/Mbarrier.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Races.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Space;
using ptx::Type;

//===----------------------------------------------------------------------===//
// Transfers
//===----------------------------------------------------------------------===//

static bool hasEnded(Cta &cta, uint64_t address) {
  Cta *owner = findShared(cta, address).first;
  return owner && owner != &cta && owner->isDone();
}

/// Calls for each row until it returns false; false then.
static bool forEachRow(llvm::ArrayRef<RowRange> ranges,
                       llvm::function_ref<bool(uint64_t, uint64_t)> use) {
  for (const RowRange &range : ranges)
    for (uint64_t row = 0; row < range.rows; ++row)
      if (!use(range.address + row * range.step, range.bytes))
        return false;
  return true;
}

/// Keeps other host threads away from what is copied.
static void hold(Cta &cta, const BulkTransfer &transfer) {
  Worker &worker = cta.getWorker();
  if (!worker.isOneOfMany())
    return;
  for (const auto *ranges : {&transfer.reads, &transfer.writes})
    forEachRow(*ranges, [&](uint64_t address, uint64_t bytes) {
      worker.want(address, bytes);
      return true;
    });
  worker.hold();
}

/// What goes to global memory must have been written, as that of a store.
static void checkSource(Warp &warp, unsigned lane,
                        const BulkTransfer &transfer) {
  if (transfer.writes.empty() ||
      isSharedAddress(transfer.writes.front().address))
    return;
  PlaceFinder places(warp.getCta());
  auto isWritten = [&](uint64_t address, uint64_t bytes) {
    auto [from, place] = places.find(address, bytes);
    return from->isWritten(place, bytes);
  };
  forEachRow(transfer.reads, [&](uint64_t address, uint64_t bytes) {
    if (isWritten(address, bytes))
      return true;
    while (isWritten(address, 1))
      ++address;
    warp.find(FindingKind::Uninitialized, Mask(1) << lane,
              "stores what nobody has written", Space::Shared,
              places.find(address, 1).second);
    return false;
  });
}

void sim::beginTransfer(Warp &warp, unsigned lane, BulkTransfer transfer,
                        uint64_t mbarrier) {
  Cta &cta = warp.getCta();
  Grid &grid = cta.getGrid();
  Mask self = Mask(1) << lane;
  for (const auto *ranges : {&transfer.reads, &transfer.writes})
    for (const RowRange &range : *ranges)
      if (hasEnded(cta, range.address)) {
        warp.find(FindingKind::OutOfBounds, self,
                  "copies to or from the shared memory of a CTA that has "
                  "exited",
                  Space::Shared, range.address - kSharedWindow);
        return;
      }
  PlaceFinder places(cta);
  for (bool isWrite : {true, false}) {
    // Constants are not a place to write to.
    auto find = [&](uint64_t address, uint64_t bytes) {
      const Region *region = places.find(address, bytes).first;
      return region && !(isWrite && region->isConstant);
    };
    auto isThere = [&](uint64_t address, uint64_t bytes) {
      if (find(address, bytes))
        return true;
      // The first granule that is not.
      uint64_t end = address + bytes;
      while (end - address > kBulkGranule && find(address, kBulkGranule))
        address += kBulkGranule;
      warp.find(FindingKind::OutOfBounds, self,
                isWrite ? "copies to where there is no memory"
                        : "copies from where there is no memory",
                Space::Generic, address);
      return false;
    };
    for (const RowRange &range : isWrite ? transfer.writes : transfer.reads)
      if (!find(range.address, (range.rows - 1) * range.step + range.bytes) &&
          !forEachRow(range, isThere))
        return;
  }
  Cta *owner = nullptr;
  uint64_t offset = 0;
  if (mbarrier) {
    std::tie(owner, offset) = findCompletion(warp, lane, mbarrier);
    if (!owner)
      return;
  }
  hold(cta, transfer);
  AsyncOp reads, writes;
  if (grid.getOptions().check) {
    if (mbarrier) {
      reads = writes = warp.clocks.issue(self);
      checkCompletion(warp, lane, *owner, offset, writes);
    } else {
      reads = warp.bulk.reads.issue(warp.clocks, self);
      writes = warp.bulk.writes.issue(warp.clocks, self);
    }
    checkRangeRaces(warp, transfer.reads, /*isWrite=*/false, reads, true);
    checkSource(warp, lane, transfer);
    llvm::SmallVector<uint8_t, 0> bytes;
    // A box that one lane loads has no twin as a rule, and is much to compare.
    if (!transfer.reduce && !transfer.writes.empty() &&
        (transfer.isOneOfSeveral ||
         !isSharedAddress(transfer.writes.front().address)))
      gatherBytes(cta, transfer, bytes);
    checkRangeRaces(warp, transfer.writes, /*isWrite=*/true, writes, true,
                    transfer.reduce.has_value(),
                    bytes.empty() ? nullptr : bytes.data());
  }
  cta.getWorker().getCounts().asyncBytes += transfer.total;
  if (warp.recorder)
    warp.recorder->noteTransfer(transfer.reads, transfer.writes, transfer.total,
                                mbarrier);
  // Until then nobody has written there.
  if (!transfer.reduce)
    forEachRow(transfer.writes, [&](uint64_t address, uint64_t bytes) {
      auto [to, place] = places.find(address, bytes);
      to->setWritten(place, bytes, false);
      return true;
    });
  auto work = [&cta, transfer = std::move(transfer), owner, offset, reads]() {
    hold(cta, transfer);
    moveBytes(cta, transfer);
    if (owner)
      completeTransaction(*owner, offset, transfer.total, &reads);
    cta.getWorker().noteProgress();
  };
  if (mbarrier)
    cta.getWorker().defer(std::move(work));
  else if (cta.getWorker().draw() % 2)
    work();
  else
    warp.bulk.pending.push_back(
        {lane, warp.bulk.committed[lane], std::move(work)});
}

void sim::completeBulkGroups(Warp &warp, Mask lanes, uint32_t pending) {
  llvm::erase_if(warp.bulk.pending, [&](const BulkGroups::Transfer &transfer) {
    uint32_t committed = warp.bulk.committed[transfer.lane];
    if (!(lanes >> transfer.lane & 1) || transfer.group >= committed ||
        committed - transfer.group <= pending)
      return false;
    transfer.work();
    return true;
  });
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

namespace {
/// rows: to, from, size [, mbarrier] [, mask].
struct BulkDetail {
  uint8_t toBits, fromBits, barrierBits;
  bool toGlobal, fromGlobal, hasBarrier, hasMask, isReduction;
  AtomicOp op;
  Type type;
};
} // namespace

static uint64_t getAddress(Warp &warp, const Operation &operation, size_t row,
                           unsigned bits, size_t offset, bool isGlobal,
                           unsigned lane) {
  Decoder::Address address{operation.rows[row], bits,
                           operation.offsets[offset]};
  return getAddresses(warp, address, isGlobal ? Space::Global : Space::Shared)
      .lane[lane];
}

static Flow runBulk(Warp &warp, const Operation &operation, Mask active) {
  auto detail = getDetail<BulkDetail>(operation);
  if (Mask poisoned = warp.getPoison(operation) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the copy depends on a value that nobody has written");
    active &= ~poisoned;
  }
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    uint64_t to =
        getAddress(warp, operation, 0, detail.toBits, 0, detail.toGlobal, lane);
    uint64_t from = getAddress(warp, operation, 1, detail.fromBits, 1,
                               detail.fromGlobal, lane);
    uint32_t size = warp.words(operation.rows[2])[lane];
    uint64_t mbarrier = 0;
    if (detail.hasBarrier)
      mbarrier =
          getAddress(warp, operation, 3, detail.barrierBits, 2, false, lane);
    if (to % 16 || from % 16 || size % 16) {
      warp.find(FindingKind::Misaligned, Mask(1) << lane,
                "addresses and size of a bulk copy are multiples of 16",
                Space::Generic, to % 16 ? to : from);
      continue;
    }
    if (size == 0)
      continue;
    auto begin = [&](uint64_t target, uint64_t barrier) {
      BulkTransfer transfer;
      transfer.pieces.push_back({target, from, size});
      transfer.reads.push_back({from, size});
      transfer.writes.push_back({target, size});
      transfer.total = size;
      transfer.isOneOfSeveral = !llvm::has_single_bit(active);
      if (detail.isReduction) {
        transfer.reduce = detail.op;
        transfer.type = detail.type;
      }
      beginTransfer(warp, lane, std::move(transfer), barrier);
    };
    if (!detail.hasMask) {
      begin(to, mbarrier);
      continue;
    }
    uint32_t ranks = warp.words(operation.rows[4])[lane] & 0xffff;
    for (uint32_t left = ranks; left; left &= left - 1) {
      uint64_t rank = llvm::countr_zero(left);
      begin(moveToRank(to, rank), moveToRank(mbarrier, rank));
    }
  }
  return Flow::Next;
}

uint64_t sim::moveToRank(uint64_t address, uint64_t rank) {
  uint64_t offset =
      (address - kSharedWindow) & ((uint64_t(1) << kSharedRankShift) - 1);
  return kSharedWindow + (rank << kSharedRankShift | offset);
}

static bool decodeBulk(Decoder &decoder) {
  Operation &operation = decoder.operation();
  const ptx::Match &match = decoder.match();
  BulkDetail detail{};
  detail.toGlobal = match.get("to") == "global";
  detail.fromGlobal = match.get("from") == "global";
  detail.isReduction = decoder.instruction().qualifiers.front() == "reduce";
  if (detail.isReduction) {
    std::optional<AtomicOp> op = parseAtomicOp(match.get("op"));
    if (!op)
      return decoder.fail("reduction '" + match.get("op") +
                          "' is not supported");
    detail.op = *op;
    detail.type = match.getType("t");
  }
  Decoder::Address to, from, barrier;
  if (!decoder.addAddress(0, to) || !decoder.addAddress(1, from) ||
      !decoder.addSource(2, Type::U32))
    return false;
  detail.hasBarrier = match.has("mbarrier::complete_tx::bytes");
  if (detail.hasBarrier && !decoder.addAddress(3, barrier))
    return false;
  detail.hasMask = match.has("multicast::cluster");
  if (detail.hasMask && !detail.hasBarrier)
    return decoder.fail("a multicast needs an mbarrier");
  if (detail.hasMask && !decoder.addSource(4, Type::U16, true))
    return false;
  detail.toBits = to.baseBits;
  detail.fromBits = from.baseBits;
  detail.barrierBits = barrier.baseBits;
  operation.offsets = {to.offset, from.offset, barrier.offset};
  operation.run = runBulk;
  setDetail(operation, detail);
  return true;
}

static bool decodeCommit(Decoder &decoder) {
  decoder.operation().run = [](Warp &warp, const Operation &, Mask active) {
    for (Mask rest = active; rest; rest &= rest - 1)
      ++warp.bulk.committed[llvm::countr_zero(rest)];
    if (warp.getCta().getGrid().getOptions().check) {
      warp.bulk.reads.commit(warp.clocks, active);
      warp.bulk.writes.commit(warp.clocks, active);
    }
    return Flow::Next;
  };
  return true;
}

/// immediate: groups that may be pending; detail[0]: reads only.
static Flow runWait(Warp &warp, const Operation &operation, Mask active) {
  completeBulkGroups(warp, active, operation.immediate);
  if (warp.getCta().getGrid().getOptions().check) {
    warp.bulk.reads.wait(warp.clocks, active, operation.immediate);
    if (!operation.detail[0])
      warp.bulk.writes.wait(warp.clocks, active, operation.immediate);
  }
  return Flow::Next;
}

static bool decodeWait(Decoder &decoder) {
  if (decoder.operand(0).kind != ptx::Operand::Kind::Immediate)
    return decoder.fail("expected the number of groups");
  decoder.operation().immediate = decoder.operand(0).bits & 0x7fffffff;
  decoder.operation().detail[0] = decoder.match().has("read");
  decoder.operation().run = runWait;
  return true;
}

static bool decodePrefetch(Decoder &decoder) {
  decoder.operation().run = [](Warp &, const Operation &, Mask) {
    return Flow::Next;
  };
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getBulkDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::BulkCopy, decodeBulk},
      {Semantics::BulkPrefetch, decodePrefetch},
      {Semantics::BulkCommit, decodeCommit},
      {Semantics::BulkWait, decodeWait},
  };
  return decoders;
}
