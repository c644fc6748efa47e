//===- Replay.cpp - a trace in the time of a chip -------------------------===//

#include "lib/Simulator/Estimate/Replayer.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace sluice::sim;
using namespace sluice::sim::estimate;

Replayer::Replayer(const Chip &chip, const Trace &trace,
                   const Residency &residency, bool keepsTimeline)
    : chip(chip), trace(trace), blockBegins(trace.steps.size()),
      clusterCtas(trace.clusterCtas), keepsTimeline(keepsTimeline) {
  std::iota(blockBegins.begin(), blockBegins.end(), 0);
  for (const Block &block : trace.blocks)
    std::fill_n(blockBegins.begin() + block.first, block.order.size(),
                block.first);
  sms.reserve(clusterCtas);
  for (size_t i = 0; i < clusterCtas; ++i)
    sms.emplace_back(chip, trace, residency);
  choices.resize(clusterCtas * sms.front().subCores.size());
  isStale.assign(choices.size(), true);
  result.steps.resize(trace.steps.size());
  for (const Step &step : trace.steps)
    pipes.push_back(getPipe(chip, step));
  if (keepsTimeline) {
    for (size_t i = 0; i < sms.front().subCores.size(); ++i)
      rows.push_back(result.timeline.addRow("tensor cores " + std::to_string(i),
                                            /*isUnit=*/true));
    rows.push_back(
        result.timeline.addRow("shared memory and L1", /*isUnit=*/true));
    rows.push_back(result.timeline.addRow("TMA", /*isUnit=*/true));
  }
  for (unsigned i = 0; i < residency.ctas; ++i)
    startCluster(0);
}

//===----------------------------------------------------------------------===//
// CTAs and warps
//===----------------------------------------------------------------------===//

void Replayer::startCluster(uint64_t time) {
  if (nextCta + clusterCtas > trace.ctas.size())
    return;
  clusters.push_back(std::make_unique<ClusterState>());
  ClusterState &cluster = *clusters.back();
  size_t first = warps.size();
  for (unsigned rank = 0; rank < clusterCtas; ++rank) {
    const CtaTrace &cta = trace.ctas[nextCta++];
    cluster.ctas.push_back(std::make_unique<CtaState>());
    CtaState &state = *cluster.ctas.back();
    state.trace = &cta;
    state.cluster = &cluster;
    state.rank = rank;
    state.client.number = cta.number;
    state.firstWarp = static_cast<uint32_t>(warps.size());
    state.liveWarps = cta.warps.size();
    cluster.liveWarps += cta.warps.size();
    for (auto [index, own] : llvm::enumerate(cta.warps)) {
      auto warp = std::make_unique<WarpState>();
      warp->trace = &own;
      warp->cta = &state;
      warp->number = static_cast<uint32_t>(warps.size());
      warp->since = time;
      warp->registerTimes.resize(trace.numRegisters);
      warp->registerStalls.resize(trace.numRegisters);
      warp->registerPipes.resize(trace.numRegisters);
      if (keepsTimeline && rank == 0)
        warp->row = result.timeline.addRow("CTA " + std::to_string(cta.number) +
                                               " warp " + std::to_string(index),
                                           /*isUnit=*/false);
      SmState &sm = sms[rank];
      size_t place = sm.nextPlace++ % sm.warps.size();
      sm.warps[place].push_back(warp->number);
      warp->place = rank * sm.warps.size() + place;
      warps.push_back(std::move(warp));
    }
  }
  for (size_t i = first; i < warps.size(); ++i)
    prepare(*warps[i], time);
}

void Replayer::endWarp(WarpState &warp, uint64_t time) {
  warp.isDone = true;
  // What the others would do without it says nothing.
  result.isPartial |= warp.trace->isCut();
  // Its registers are most of what it holds.
  warp.registerTimes = {};
  warp.registerStalls = {};
  warp.registerPipes = {};
  size_t places = sms.front().subCores.size();
  llvm::erase(sms[warp.place / places].warps[warp.place % places], warp.number);
  lastEnd = std::max(lastEnd, time);
  CtaState &cta = *warp.cta;
  ClusterState &cluster = *cta.cluster;
  --cta.liveWarps;
  --cluster.liveWarps;
  constexpr uint64_t kThreads = 32;
  for (CountedBarrier &barrier : cta.barriers)
    if (barrier.checkAll(cta.liveWarps * kThreads, time))
      wake(barrier.waiters, time);
  if (cluster.barrier.checkAll(cluster.liveWarps * kThreads, time))
    wake(cluster.barrier.waiters, time);
  if (!cta.liveWarps && cta.rank == 0)
    result.ctaEnds.push_back(time);
  if (!cluster.liveWarps)
    startCluster(time + uint64_t(chip.ctaLatency));
}

/// No user of a result needs it so long after its time.
static constexpr uint64_t kFarthest = 32;

/// Finds out from when on the warp's next instruction can be issued.
void Replayer::prepare(WarpState &warp, uint64_t time) {
  isStale[warp.place] = true;
  warp.waitsForUnits = false;
  const std::vector<Event> &events = warp.trace->events;
  for (; warp.next < events.size(); ++warp.next) {
    const Step &step = trace.steps[events[warp.next].step];
    Pipe pipe = pipes[events[warp.next].step];
    uint64_t ready = warp.since;
    Stall reason = Stall::Math;
    bool isFree = step.role == Role::Free;
    const uint32_t *guard =
        step.place.isGuarded ? &step.sources.back() : nullptr;
    for (const uint32_t &source : step.sources) {
      uint64_t time = warp.registerTimes[source];
      if (time + kFarthest <= ready)
        continue;
      if (isFree)
        pipe = warp.registerPipes[source];
      else
        time += uint64_t(getDistance(chip, warp.registerPipes[source], pipe,
                                     &source == guard));
      if (time > ready) {
        ready = time;
        reason = warp.registerStalls[source];
      }
    }
    if (isFree) {
      for (uint32_t destination : step.destinations) {
        warp.registerTimes[destination] = ready;
        warp.registerStalls[destination] = reason;
        warp.registerPipes[destination] = pipe;
      }
      continue;
    }
    warp.ready = ready;
    warp.reason = reason;
    uint64_t until = 0;
    if (isHeldUp(warp, step, until))
      warp.ready = kNever;
    else
      warp.ready = std::max(ready, until);
    return;
  }
  if (!warp.isDone)
    endWarp(warp, time);
}

llvm::ArrayRef<std::unique_ptr<WarpState>>
Replayer::getWarpgroup(const WarpState &warp) const {
  constexpr size_t kWarpsInGroup = 4;
  const CtaState &cta = *warp.cta;
  size_t index = warp.number - cta.firstWarp;
  return llvm::ArrayRef(warps)
      .slice(cta.firstWarp, cta.trace->warps.size())
      .drop_front(index / kWarpsInGroup * kWarpsInGroup)
      .take_front(kWarpsInGroup);
}

/// True if nobody knows until when; the warp is among the waiters then.
bool Replayer::isHeldUp(WarpState &warp, const Step &step, uint64_t &until) {
  auto wait = [&](double time, Stall stall) {
    if (toCycle(time) > std::max(warp.ready, until)) {
      until = toCycle(time);
      warp.reason = stall;
    }
  };
  auto waitFor = [&](std::optional<double> end, Stall stall) {
    if (end) {
      wait(*end, stall);
      return false;
    }
    warp.waitsForUnits = true;
    warp.reason = stall;
    return true;
  };
  if (warp.awaitsProducts &&
      waitFor(warp.products.getEnd(-1), Stall::AsyncProduct))
    return true;
  // A group is the warpgroup's: all four have committed it, and it has ended
  // for all of them.
  auto isHeldUpByProducts = [&] {
    size_t own = warp.products.getCommitted();
    auto pending = static_cast<size_t>(step.pending);
    if (own <= pending)
      return false;
    for (const auto &other : getWarpgroup(warp)) {
      size_t committed = other->products.getCommitted();
      std::optional<double> end;
      if (committed + pending >= own)
        end = other->products.getEnd(
            static_cast<int32_t>(committed + pending - own));
      if (waitFor(end, Stall::AsyncProduct))
        return true;
    }
    return false;
  };
  switch (step.role) {
  case Role::WaitCopies:
    return waitFor(warp.copies.getEnd(step.pending), Stall::Copies);
  case Role::WaitBulk:
    return waitFor((step.isForReads ? warp.bulkReads : warp.bulkWrites)
                       .getEnd(step.pending),
                   Stall::Copies);
  case Role::WaitMatrix:
    return isHeldUpByProducts();
  case Role::Synchronise:
    break;
  default:
    return false;
  }
  for (const Fact &fact : warp.getFacts()) {
    if (fact.kind == Fact::Kind::Wait) {
      bool isCluster = fact.a >= kClusterBarrier;
      CountedBarrier &barrier =
          isCluster ? warp.cta->cluster->barrier : warp.cta->barriers[fact.a];
      Stall stall = isCluster ? Stall::ClusterBarrier : Stall::Barrier;
      if (barrier.phase == warp.phases[std::min(fact.a, kClusterBarrier)]) {
        barrier.waiters.push_back(warp.number);
        warp.reason = stall;
        return true;
      }
      wait(double(barrier.endedAt) +
               (isCluster ? chip.clusterBarrierLatency : chip.barrierLatency),
           stall);
    } else if (fact.kind == Fact::Kind::MbarrierWait) {
      CtaState *owner = findOwner(*warp.cta, fact.a);
      if (!owner)
        continue;
      PhasedBarrier &barrier = owner->mbarriers[fact.a];
      if (!barrier.hasEnded(fact.b)) {
        barrier.waiters.push_back(warp.number);
        warp.reason = Stall::Mbarrier;
        return true;
      }
      wait(double(barrier.endedAt), Stall::Mbarrier);
    }
  }
  return false;
}

void Replayer::wake(Waiters &waiters, uint64_t time) {
  for (uint32_t number : std::exchange(waiters, {}))
    if (WarpState &warp = *warps[number]; !warp.isDone)
      prepare(warp, time);
}

/// Nothing moves: what the trace does not show (a part that was cut off, lanes
/// that waited apart) would have ended the waits. False if there are none.
bool Replayer::breakWaits(uint64_t time) {
  bool any = false;
  for (auto &warp : warps) {
    if (warp->isDone || warp->ready != kNever)
      continue;
    any = true;
    ++result.brokenWaits;
    isStale[warp->place] = true;
    warp->ready = std::max(time, warp->since);
  }
  return any;
}

CtaState *Replayer::findOwner(CtaState &cta, uint32_t mbarrier) {
  size_t rank = mbarrier >> kRankShift;
  return rank < cta.cluster->ctas.size() ? cta.cluster->ctas[rank].get()
                                         : nullptr;
}

//===----------------------------------------------------------------------===//
// Time
//===----------------------------------------------------------------------===//

ReplayResult Replayer::run() {
  size_t places = sms.front().subCores.size();
  while (!result.isPartial) {
    size_t best = 0;
    for (size_t i = 0; i < choices.size(); ++i) {
      if (isStale[i])
        choices[i] = choose(sms[i / places], i % places);
      isStale[i] = false;
      if (choices[i].time < choices[best].time)
        best = i;
    }
    uint64_t time = choices[best].time;
    if (time != kNever) {
      choices[best] = choose(sms[best / places], best % places);
      if (choices[best].time != time)
        continue;
    }
    if (!dues.empty() && dues.top().time <= double(time)) {
      Due next = dues.top();
      dues.pop();
      now = std::max(now, toCycle(next.time));
      happen(next);
      continue;
    }
    if (time == kNever) {
      if (breakWaits(now))
        continue;
      break;
    }
    now = time;
    issue(sms[best / places], sms[best / places].subCores[best % places],
          *choices[best].warp, time);
  }
  summarise();
  return std::move(result);
}

void Replayer::summarise() {
  double end = double(lastEnd);
  for (const auto &warp : warps)
    result.replayed += warp->next;
  for (const CtaTrace &cta : trace.ctas)
    for (const WarpTrace &warp : cta.warps)
      result.executed += warp.executed;
  for (const SmState &sm : sms)
    end = std::max(end, sm.memory.getDrained());
  result.cycles = toCycle(end);
  SmState &sm = sms.front();
  auto set = [&](Resource resource, double busy, double units) {
    result.use[size_t(resource)] = end > 0 ? busy / (end * units) : 0;
  };
  double parts = chip.subCores, issued = 0, fma = 0, integer = 0, fp64 = 0,
         special = 0, tensor = 0;
  for (const SubCore &subCore : sm.subCores) {
    issued += double(subCore.issued);
    fma += subCore.fma.getBusy();
    integer += subCore.integer.getBusy();
    fp64 += subCore.fp64.getBusy();
    special += subCore.special.getBusy();
    tensor += subCore.tensor.getBusy();
  }
  set(Resource::IssueSlots, issued, parts);
  set(Resource::Fp32Unit, fma, parts);
  set(Resource::IntegerUnit, integer, parts);
  set(Resource::Fp64Unit, fp64, parts);
  set(Resource::SpecialUnit, special, parts);
  set(Resource::TensorCores, tensor, parts);
  set(Resource::AccessUnit, sm.memory.access.getBusy(), 1);
  set(Resource::SharedMemory, double(sm.memory.data.getBusy()), 1);
  set(Resource::L2, sm.memory.l2.getBusy(), 1);
  set(Resource::DeviceMemory, sm.memory.dram.getBusy(), 1);
  set(Resource::BulkUnit, sm.memory.bulk.getBusy(), 1);
}

ReplayResult estimate::replay(const Chip &chip, const Trace &trace,
                              const Residency &residency, bool keepsTimeline) {
  return Replayer(chip, trace, residency, keepsTimeline).run();
}
