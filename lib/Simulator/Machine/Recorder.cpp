//===- Recorder.cpp - a trace for the estimate of time --------------------===//

#include "lib/Simulator/Machine/Recorder.h"
#include "lib/Simulator/Estimate/Estimate.h"
#include "lib/Simulator/Machine/Device.h"
#include "lib/Simulator/Machine/Fusion.h"
#include "lib/Simulator/Machine/Memory.h"
#include "lib/Simulator/Machine/Steps.h"
#include "llvm/ADT/bit.h"

using namespace sluice::sim;
using estimate::Fact;
using estimate::kSectorBytes;
using estimate::WarpTrace;

/// Of all traces together: beyond that they are cut.
static constexpr size_t kMostEvents = size_t(1) << 23;
static constexpr size_t kMostBytes = size_t(256) << 20;

Recorder::Recorder(const Program &program, const LaunchOptions &options,
                   uint64_t sharedBytes, const estimate::Chip &chip,
                   const estimate::Residency &residency) {
  for (const auto &[function, code] : program.codes)
    addCode(*code, options);
  trace.clusterCtas = options.cluster.total();
  trace.sharedBytes = sharedBytes;
  trace.registers = options.registers;
  trace.notes = options.estimateNotes;

  // CTAs go round the SMs: those that come to the first one's.
  uint64_t groups =
      std::max<uint64_t>(uint64_t(chip.sms) / trace.clusterCtas, 1);
  size_t warps = (options.block.total() + kLanes - 1) / kLanes;
  for (uint64_t i = 0; i < estimate::getSampleSize(residency); ++i)
    for (uint64_t rank = 0; rank < trace.clusterCtas; ++rank) {
      uint64_t number = i * groups * trace.clusterCtas + rank;
      sampled[number] = trace.ctas.size();
      trace.ctas.push_back({number, std::vector<WarpTrace>(warps)});
    }
  size_t all = std::max<size_t>(trace.ctas.size() * warps, 1);
  mostEvents = kMostEvents / all;
  mostBytes = kMostBytes / all;
}

void Recorder::addCode(const Code &code, const LaunchOptions &options) {
  size_t first = trace.steps.size();
  firstSteps[&code] = static_cast<uint32_t>(first);
  bool isSerial = llvm::is_contained(options.serialised, code.function->name);
  for (const Operation &operation : code.operations) {
    trace.steps.push_back(makeStep(operation, trace.numRegisters));
    if (isSerial && trace.steps.back().role == estimate::Role::AsyncMatrix)
      trace.steps.back().isChain = true;
  }
  // What ptxas has made one needs no guess.
  if (options.order != IssueOrder::Machine)
    fuseSteps(llvm::MutableArrayRef(trace.steps).drop_front(first));
  // Behind the last instruction stands a ret.
  trace.steps.emplace_back().place.isFence = true;

  trace.steps[first].place.isTarget = true;
  for (const Operation &operation : code.operations)
    if (operation.which == ptx::Class::Control)
      trace.steps[first + operation.target].place.isTarget = true;
  for (const std::vector<uint32_t> &table : code.jumpTables)
    for (uint32_t target : table)
      trace.steps[first + target].place.isTarget = true;

  trace.registerWords.resize(trace.numRegisters + code.numRows);
  for (auto [row, bits] : code.registers)
    if (bits > 1)
      trace.registerWords[trace.numRegisters + row] = getNumRows(bits);
  trace.numRegisters += code.numRows;
}

std::unique_ptr<WarpRecorder> Recorder::makeWarp(uint64_t cta, unsigned warp) {
  auto it = sampled.find(cta);
  return std::make_unique<WarpRecorder>(
      *this, cta,
      it == sampled.end() ? nullptr : &trace.ctas[it->second].warps[warp]);
}

//===----------------------------------------------------------------------===//
// Warps
//===----------------------------------------------------------------------===//

WarpRecorder::WarpRecorder(Recorder &recorder, uint64_t cta, WarpTrace *trace)
    : recorder(recorder), cta(cta), trace(trace) {}

void WarpRecorder::begin(const Code &code, uint32_t counter) {
  if (!trace)
    return;
  uint32_t before = step;
  step = recorder.firstSteps.lookup(&code) + counter;
  if (step < before && !isFull)
    dropTurn(step);
  firstFact = trace->facts.size();
  firstSector = trace->sectors.size();
  lastSource = 0;
}

void WarpRecorder::end(bool isBlocked, bool isOff) {
  if (!trace)
    return;
  // What only waits does nothing yet, but it may have arrived.
  bool hasArrived = trace->facts.size() > firstFact &&
                    trace->facts[firstFact].kind == Fact::Kind::Arrive;
  if (isBlocked && !hasArrived) {
    trace->facts.resize(firstFact);
    trace->sectors.resize(firstSector);
    return;
  }
  addEvent(isOff);
}

void WarpRecorder::addEvent(bool isOff) {
  ++trace->executed;
  size_t bytes = trace->events.size() * sizeof(estimate::Event) +
                 trace->facts.size() * sizeof(Fact) +
                 trace->sectors.size() * sizeof(uint32_t);
  isFull |= trace->events.size() >= recorder.mostEvents ||
            bytes >= recorder.mostBytes;
  if (isFull) {
    trace->facts.resize(firstFact);
    trace->sectors.resize(firstSector);
    return;
  }
  trace->events.push_back({step, isOff, static_cast<uint32_t>(firstFact)});
  turns[1].hasPoll |= recorder.trace.steps[step].isPoll;
  firstFact = trace->facts.size();
  firstSector = trace->sectors.size();
}

void WarpRecorder::addFact(const Fact &fact) {
  if (trace)
    trace->facts.push_back(fact);
}

/// Sectors of the grid; and of the trace, in order, each once.
void WarpRecorder::addSectors(llvm::SmallVectorImpl<uint32_t> &sectors,
                              Fact &fact) {
  llvm::sort(sectors);
  sectors.erase(llvm::unique(sectors), sectors.end());
  {
    std::lock_guard<std::mutex> lock(recorder.mutex);
    if (!fact.isShared)
      recorder.trace.touchedSectors +=
          sectors.size() * (fact.isWrite && fact.isAtomic ? 2 : 1);
    for (uint32_t sector : sectors) {
      if (!fact.isWrite || fact.isAtomic)
        recorder.trace.sectors.note(sector, cta, /*isWrite=*/false);
      if (fact.isWrite)
        recorder.trace.sectors.note(sector, cta, /*isWrite=*/true);
    }
  }
  if (!trace)
    return;
  fact.a = static_cast<uint32_t>(trace->sectors.size());
  fact.b = static_cast<uint32_t>(sectors.size());
  llvm::append_range(trace->sectors, sectors);
}

void WarpRecorder::noteAccess(Mask lanes, const uint64_t *addresses,
                              unsigned bytes, bool isWrite, bool isAtomic,
                              uint64_t wavefronts, unsigned ownRank) {
  uint64_t any = addresses[llvm::countr_zero(lanes)];
  Fact fact;
  fact.isWrite = isWrite;
  fact.isAtomic = isAtomic;
  if (!isSharedAddress(any) && !isLocalAddress(any)) {
    llvm::SmallVector<uint32_t, 128> sectors;
    for (Mask rest = lanes; rest; rest &= rest - 1) {
      uint64_t address = addresses[llvm::countr_zero(rest)];
      for (uint64_t sector = address / kSectorBytes;
           sector <= (address + bytes - 1) / kSectorBytes; ++sector)
        sectors.push_back(static_cast<uint32_t>(sector));
    }
    fact.kind = Fact::Kind::Global;
    addSectors(sectors, fact);
    return addFact(fact);
  }
  // A barrier's own access is part of what it does.
  if (!trace || recorder.trace.steps[step].role == estimate::Role::Synchronise)
    return;
  auto total = static_cast<uint32_t>(llvm::popcount(lanes) * bytes);
  if (isLocalAddress(any)) {
    constexpr uint32_t kPiece = 128;
    fact.kind = Fact::Kind::Local;
    fact.a = (total + kPiece - 1) / kPiece;
  } else if ((any - kSharedWindow) >> kSharedRankShift != ownRank) {
    fact.kind = Fact::Kind::Remote;
    fact.a = total;
  } else {
    fact.kind = Fact::Kind::Shared;
    fact.a = static_cast<uint32_t>(wavefronts);
  }
  addFact(fact);
}

void WarpRecorder::noteArrival(uint32_t barrier, uint32_t expected, Mask lanes,
                               Mask live) {
  Fact fact;
  fact.kind = Fact::Kind::Arrive;
  fact.a = barrier;
  fact.b = expected;
  // Lanes that do not exist or have exited come with the others.
  fact.c = (live & ~lanes) == 0 ? kLanes : llvm::popcount(lanes);
  addFact(fact);
}

void WarpRecorder::noteWait(uint32_t barrier) {
  if (!trace)
    return;
  // The last to arrive does not block: still it arrives first, then waits.
  if (trace->facts.size() > firstFact)
    addEvent(/*isOff=*/false);
  Fact fact;
  fact.kind = Fact::Kind::Wait;
  fact.a = barrier;
  addFact(fact);
}

void WarpRecorder::noteMbarrier(Fact::Kind kind, unsigned rank, uint64_t offset,
                                uint32_t b, uint32_t c, bool isDrop,
                                bool isHeld) {
  if (!trace)
    return;
  Fact fact;
  fact.kind = kind;
  fact.isDrop = isDrop;
  fact.isHeld = isHeld;
  fact.a = rank << estimate::kRankShift | static_cast<uint32_t>(offset);
  fact.b = b;
  fact.c = c;
  bool isSum = kind == Fact::Kind::MbarrierArrive ||
               kind == Fact::Kind::MbarrierComplete ||
               kind == Fact::Kind::MbarrierCopies;
  for (Fact &other : llvm::MutableArrayRef(trace->facts).drop_front(firstFact))
    if (other.kind == kind && other.a == fact.a) {
      if (isSum) {
        other.b += b;
        other.c += c;
      }
      return;
    }
  addFact(fact);
}

void WarpRecorder::noteTransfer(llvm::ArrayRef<RowRange> reads,
                                llvm::ArrayRef<RowRange> writes, uint64_t bytes,
                                uint64_t mbarrier) {
  Fact fact;
  fact.kind = Fact::Kind::Transfer;
  fact.c = static_cast<uint32_t>(bytes);
  fact.d = estimate::kNoBarrier;
  if (mbarrier)
    fact.d = static_cast<uint32_t>(mbarrier - kSharedWindow);
  llvm::SmallVector<uint32_t, 512> sectors;
  for (bool isWrite : {false, true})
    for (const RowRange &range : isWrite ? writes : reads) {
      if (range.address < kArenaBase || !range.bytes)
        continue;
      fact.isWrite = isWrite;
      for (uint64_t row = 0; row < range.rows; ++row) {
        uint64_t address = range.address + row * range.step;
        for (uint64_t sector = address / kSectorBytes;
             sector <= (address + range.bytes - 1) / kSectorBytes; ++sector)
          sectors.push_back(static_cast<uint32_t>(sector));
      }
    }
  // A multicast comes here once for each CTA.
  uint64_t source = reads.empty() ? 0 : reads.front().address;
  fact.isShared = source && source == lastSource && !fact.isWrite;
  lastSource = source;
  // What several lanes store is one.
  if (reads.empty() && trace && trace->facts.size() > firstFact) {
    Fact &last = trace->facts.back();
    if (last.kind == fact.kind && last.d == fact.d && !last.b) {
      last.c += fact.c;
      return;
    }
  }
  addSectors(sectors, fact);
  addFact(fact);
}

//===----------------------------------------------------------------------===//
// Loops that wait
//===----------------------------------------------------------------------===//

bool WarpRecorder::isSameTurn(size_t one, size_t other, size_t count) const {
  auto getFacts = [&](size_t i) {
    size_t end = i + 1 < trace->events.size() ? trace->events[i + 1].facts
                                              : trace->facts.size();
    return llvm::ArrayRef(trace->facts)
        .slice(trace->events[i].facts, end - trace->events[i].facts);
  };
  // What changes something is not a mere look.
  auto isLook = [](const Fact &fact) {
    return fact.kind <= Fact::Kind::Global && (!fact.isWrite || fact.isAtomic);
  };
  auto isSame = [&](const Fact &x, const Fact &y) {
    if (!isLook(x) || x.kind != y.kind || x.b != y.b)
      return false;
    if (x.kind != Fact::Kind::Global)
      return x.a == y.a;
    llvm::ArrayRef<uint32_t> sectors = trace->sectors;
    return sectors.slice(x.a, x.b) == sectors.slice(y.a, y.b);
  };
  for (size_t i = 0; i < count; ++i) {
    const estimate::Event &a = trace->events[one + i],
                          &b = trace->events[other + i];
    llvm::ArrayRef<Fact> ours = getFacts(one + i), theirs = getFacts(other + i);
    if (a.step != b.step || a.isOff != b.isOff || ours.size() != theirs.size())
      return false;
    for (auto [x, y] : llvm::zip_equal(ours, theirs))
      if (!isSame(x, y))
        return false;
  }
  return true;
}

/// A loop that looks for a change, in vain, as the turn before did: how often
/// it turns is this machine's order of warps, not the chip's time. One turn
/// stays.
void WarpRecorder::dropTurn(uint32_t target) {
  size_t here = trace->events.size();
  Turn next{here, trace->sectors.size(), false};
  if (loop != target) {
    loop = target;
    turns[0] = turns[1] = next;
    return;
  }
  size_t length = here - turns[1].event;
  if (turns[1].hasPoll && length && turns[1].event - turns[0].event == length &&
      isSameTurn(turns[0].event, turns[1].event, length)) {
    trace->executed -= length;
    trace->facts.resize(trace->events[turns[1].event].facts);
    trace->sectors.resize(turns[1].sector);
    trace->events.resize(turns[1].event);
    turns[1].hasPoll = false;
    return;
  }
  turns[0] = turns[1];
  turns[1] = next;
}
