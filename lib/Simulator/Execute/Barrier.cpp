//===- Barrier.cpp - barriers and fences (PTX ISA 9.0, section 9.7.13) ----===//

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Grid.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;

namespace {
enum class Reduction : uint8_t { None, Popc, And, Or };

/// rows: [d,] barrier, [count,] [predicate].
struct BarrierDetail {
  bool isArrive, isAligned, hasCount, isNegated;
  Reduction reduction;
};
} // namespace

/// The same in all lanes, or a finding.
static bool getUniform(Warp &warp, Row row, Mask active, uint32_t &value) {
  if (Mask poisoned = warp.poison(row) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the barrier depends on a value that nobody has written");
    return false;
  }
  const uint32_t *words = warp.words(row);
  value = words[llvm::countr_zero(active)];
  for (unsigned lane = 0; lane < kLanes; ++lane)
    if ((active >> lane & 1) && words[lane] != value) {
      warp.find(FindingKind::DivergentBarrier, active,
                "lanes of one warp name different barriers or counts");
      return false;
    }
  return true;
}

static void setResult(Warp &warp, const Operation &operation,
                      const BarrierDetail &detail, const NamedBarrier &barrier,
                      Mask active) {
  Row row = operation.rows[0];
  warp.poison(row) &= ~active;
  if (detail.reduction == Reduction::Popc) {
    for (unsigned lane = 0; lane < kLanes; ++lane)
      if (active >> lane & 1)
        warp.words(row)[lane] = barrier.lastTrueCount;
    return;
  }
  bool holds = detail.reduction == Reduction::And
                   ? barrier.lastTrueCount == barrier.lastCount
                   : barrier.lastTrueCount > 0;
  Mask &to = warp.predicate(row);
  to = holds ? to | active : to & ~active;
}

/// Without a number of threads a barrier is for all of the CTA, by warps.
static uint64_t getExpected(Cta &cta, uint32_t count) {
  return count ? count : cta.getWarps().size() * kLanes;
}

static Flow runBarrier(Warp &warp, const Operation &operation, Mask active) {
  auto detail = getDetail<BarrierDetail>(operation);
  Cta &cta = warp.getCta();
  size_t next = detail.reduction == Reduction::None ? 0 : 1;
  Path &here = warp.path();
  if (here.hasArrived) {
    uint32_t index =
        warp.words(operation.rows[next])[llvm::countr_zero(active)];
    NamedBarrier &barrier = cta.barriers[index];
    if (barrier.phase == here.phase)
      return Flow::Blocked;
    here.hasArrived = false;
    if (warp.recorder)
      warp.recorder->noteWait(index);
    if (cta.getGrid().getOptions().check)
      barrier.lastClock.receive(warp.clocks, active);
    if (detail.reduction != Reduction::None)
      setResult(warp, operation, detail, barrier, active);
    return Flow::Next;
  }
  // Of a guarded barrier, lanes whose guard fails go past it as if it were not.
  if (detail.isAligned && operation.guard == kNoRow) {
    active = warp.gather();
    if (active != warp.getLive())
      return Flow::Blocked;
  } else if (active != warp.path().lanes) {
    return warp.splitOff(active);
  }
  uint32_t index = 0, count = 0;
  if (!getUniform(warp, operation.rows[next], active, index) ||
      (detail.hasCount &&
       !getUniform(warp, operation.rows[next + 1], active, count)))
    return Flow::Next;
  if (index >= 16 || count % kLanes || count > 1024) {
    warp.find(FindingKind::DivergentBarrier, active,
              index >= 16
                  ? "barrier " + llvm::Twine(index) + " does not exist: 0 to 15"
                  : "a barrier of " + llvm::Twine(count) +
                        " threads: expected a multiple of 32");
    return Flow::Next;
  }
  NamedBarrier &barrier = cta.barriers[index];
  if (barrier.isOpen &&
      getExpected(cta, barrier.expected) != getExpected(cta, count)) {
    warp.find(FindingKind::DivergentBarrier, active,
              "threads wait at one barrier for " +
                  llvm::Twine(getExpected(cta, count)) + " threads, and for " +
                  llvm::Twine(getExpected(cta, barrier.expected)));
    return Flow::Next;
  }
  if (detail.reduction != Reduction::None) {
    Mask holds =
        warp.predicate(operation.rows[next + (detail.hasCount ? 2 : 1)]);
    barrier.trueCount +=
        llvm::popcount((detail.isNegated ? ~holds : holds) & active);
  }
  uint64_t phase = barrier.phase;
  if (warp.recorder)
    warp.recorder->noteArrival(index, count, active, warp.getLive());
  cta.arrive(barrier, warp, active, count, !detail.isArrive);
  if (detail.isArrive)
    return Flow::Next;
  Path &path = warp.path();
  if (barrier.phase != phase) {
    if (warp.recorder)
      warp.recorder->noteWait(index);
    if (cta.getGrid().getOptions().check)
      barrier.lastClock.receive(warp.clocks, active);
    if (detail.reduction != Reduction::None)
      setResult(warp, operation, detail, barrier, active);
    return Flow::Yield;
  }
  path.hasArrived = true;
  path.phase = phase;
  return Flow::Blocked;
}

static bool decodeBarrier(Decoder &decoder) {
  Operation &operation = decoder.operation();
  const ptx::Match &match = decoder.match();
  BarrierDetail detail{};
  llvm::StringRef how = match.get("how");
  detail.isArrive = how == "arrive";
  // bar is barrier.aligned.
  detail.isAligned =
      decoder.instruction().mnemonic == "bar" || match.has("aligned");
  detail.reduction = how != "red"                ? Reduction::None
                     : match.get("op") == "popc" ? Reduction::Popc
                     : match.get("op") == "and"  ? Reduction::And
                                                 : Reduction::Or;
  size_t next = 0;
  if (detail.reduction != Reduction::None) {
    bool isCount = detail.reduction == Reduction::Popc;
    if (!decoder.addDestination(next++, isCount ? Type::U32 : Type::Pred))
      return false;
  }
  if (!decoder.addSource(next++, Type::U32))
    return false;
  size_t last = decoder.numOperands() - (how == "red" ? 1 : 0);
  if (next < last) {
    detail.hasCount = true;
    if (!decoder.addSource(next++, Type::U32))
      return false;
  }
  if (detail.isArrive && !detail.hasCount)
    return decoder.fail("an arrive needs the number of threads");
  if (how == "red") {
    detail.isNegated = decoder.operand(next).isNegated;
    if (!decoder.addSource(next, Type::Pred))
      return false;
  }
  operation.run = runBarrier;
  setDetail(operation, detail);
  return true;
}

/// detail[0]: the scope; detail[1]: it releases.
static Flow runFence(Warp &warp, const Operation &operation, Mask active) {
  auto scope = static_cast<SyncScope>(operation.detail[0]);
  if (!warp.getCta().getGrid().getOptions().check)
    return Flow::Next;
  if (scope >= SyncScope::Cluster && operation.detail[1])
    warp.getCta().mbarriers.release(warp.clocks, active);
  warp.clocks.fence(active, scope);
  return Flow::Next;
}

static bool decodeFence(Decoder &decoder) {
  Operation &operation = decoder.operation();
  operation.run = runFence;
  operation.detail[0] = static_cast<uint32_t>(
      llvm::StringSwitch<SyncScope>(decoder.match().get("scope"))
          .Case("cta", SyncScope::Cta)
          .Case("cluster", SyncScope::Cluster)
          .Cases({"gpu", "gl"}, SyncScope::Gpu)
          .Default(SyncScope::Sys));
  operation.detail[1] = decoder.match().get("kind") != "acquire";
  return true;
}

/// Restricted to what mbarriers in shared memory synchronise: not told apart
/// from a fence of all.
static bool decodeRestrictedFence(Decoder &decoder) {
  decoder.operation().run = [](Warp &warp, const Operation &operation,
                               Mask active) {
    if (!warp.getCta().getGrid().getOptions().check)
      return Flow::Next;
    if (operation.detail[1])
      warp.getCta().mbarriers.release(warp.clocks, active);
    warp.clocks.fence(active, SyncScope::Cluster);
    if (operation.detail[0])
      warp.clocks.fenceProxyAsync(active);
    return Flow::Next;
  };
  decoder.operation().detail[0] = decoder.match().has("proxy");
  decoder.operation().detail[1] = decoder.match().has("release");
  return true;
}

/// Between generic accesses and those of the async proxy; other proxies are not
/// told apart from the generic one.
static bool decodeProxyFence(Decoder &decoder) {
  decoder.operation().run = [](Warp &warp, const Operation &, Mask active) {
    if (warp.getCta().getGrid().getOptions().check)
      warp.clocks.fenceProxyAsync(active);
    return Flow::Next;
  };
  return true;
}

static bool decodeOtherProxyFence(Decoder &decoder) {
  decoder.operation().run = [](Warp &, const Operation &, Mask) {
    return Flow::Next;
  };
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getBarrierDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Barrier, decodeBarrier},
      {Semantics::Fence, decodeFence},
      {Semantics::FenceSyncRestrict, decodeRestrictedFence},
      {Semantics::FenceProxyAsync, decodeProxyFence},
      {Semantics::FenceProxyAlias, decodeOtherProxyFence},
  };
  return decoders;
}
