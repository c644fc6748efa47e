//===- ReplayIssue.cpp - what an instruction does to an SM ----------------===//

#include "lib/Simulator/Estimate/Replayer.h"

using namespace sluice::sim;
using namespace sluice::sim::estimate;

/// When the unit of the warp's next instruction has room.
uint64_t Replayer::getRoomTime(SmState &sm, SubCore &subCore,
                               const WarpState &warp) {
  const Event &event = warp.trace->events[warp.next];
  const Step &step = trace.steps[event.step];
  if (event.isOff)
    return 0;
  if (warp.repeated < step.extra.size())
    return static_cast<uint64_t>(
        subCore.getPipe(chip, step.extra[warp.repeated]).getFree());
  // Of a fraction of a cycle the next can go behind.
  switch (step.role) {
  case Role::Math:
  case Role::Branch:
    if (step.math == Math::Shuffle)
      return toCycle(sm.memory.getAccessTime());
    return static_cast<uint64_t>(subCore.getPipe(chip, step.math).getFree());
  case Role::Matrix:
    return static_cast<uint64_t>(subCore.tensor.getFree());
  case Role::Access:
  case Role::Copy: {
    double time = sm.memory.getAccessTime();
    for (const Fact &fact : warp.getFacts())
      if (fact.kind == Fact::Kind::Global)
        time = std::max(time, sm.memory.getGlobalTime());
    return toCycle(time);
  }
  default:
    return 0;
  }
}

/// The warp of a partition that can issue first; of several the one that has
/// not for longest.
Replayer::Choice Replayer::choose(SmState &sm, size_t place) {
  SubCore &subCore = sm.subCores[place];
  Choice best;
  for (uint32_t number : sm.warps[place]) {
    WarpState &warp = *warps[number];
    if (warp.isDone || warp.ready == kNever)
      continue;
    uint64_t time = std::max(warp.ready, subCore.nextIssue);
    if (time > best.time)
      continue;
    time = std::max(time, getRoomTime(sm, subCore, warp));
    if (time < best.time || (time == best.time && best.warp &&
                             warp.lastIssue < best.warp->lastIssue)) {
      best.time = time;
      best.warp = &warp;
    }
  }
  return best;
}

/// Why the warp issues only now, since it could have.
void Replayer::account(SmState &sm, SubCore &subCore, const WarpState &warp,
                       uint32_t number, uint64_t time) {
  if (&sm != &sms.front())
    return;
  const Step &step = trace.steps[number];
  uint64_t room = std::clamp(getRoomTime(sm, subCore, warp), warp.ready, time);
  bool isAccess = step.role == Role::Access || step.role == Role::Copy;
  bool isMemory =
      isAccess && sm.memory.getGlobalTime() > sm.memory.getAccessTime();
  const std::pair<Stall, uint64_t> waits[] = {
      {warp.reason, warp.ready - warp.since},
      {isMemory ? Stall::Memory : Stall::Unit, room - warp.ready},
      {Stall::NotSelected, time - room}};
  StepTimes &times = result.steps[number];
  ++times.issued;
  ++result.issued;
  auto longest = waits[0];
  for (auto [stall, cycles] : waits) {
    times.stalls[size_t(stall)] += cycles;
    result.stalls[size_t(stall)] += cycles;
    if (cycles > longest.second)
      longest = {stall, cycles};
  }
  if (keepsTimeline)
    result.timeline.addIssue(warp.row, number, warp.since, time, longest.first);
}

void Replayer::issue(SmState &sm, SubCore &subCore, WarpState &warp,
                     uint64_t time) {
  const Event &event = warp.trace->events[warp.next];
  uint32_t number = event.step;
  const Step &step = trace.steps[number];
  account(sm, subCore, warp, number, time);
  warp.awaitsProducts = false;
  isStale[warp.place] = true;
  ++subCore.issued;
  subCore.nextIssue = time + 1;
  warp.since = time + 1;
  warp.lastIssue = time;

  if (!event.isOff) {
    Stall stall = Stall::Math;
    double done = keepsTimeline && &sm == &sms.front()
                      ? executeNoted(sm, subCore, warp, number, time, stall)
                      : execute(sm, subCore, warp, number, time, stall);
    if (++warp.repeated < step.extra.size() + step.count) {
      warp.ready = step.isChain ? std::max(toCycle(done), time + 1) : time + 1;
      warp.reason = stall;
      return;
    }
    warp.repeated = 0;
    for (uint32_t destination : step.destinations) {
      warp.registerTimes[destination] = toCycle(done);
      warp.registerStalls[destination] = stall;
      warp.registerPipes[destination] = pipes[number];
    }
  }
  const std::vector<Event> &events = warp.trace->events;
  bool jumps = step.role == Role::Branch && warp.next + 1 < events.size() &&
               blockBegins[events[warp.next + 1].step] != number + 1;
  ++warp.next;
  prepare(warp, time + 1);
  uint64_t target = time + uint64_t(chip.branchLatency);
  if (jumps && !warp.isDone && warp.ready < target) {
    warp.ready = target;
    warp.reason = Stall::Branch;
  }
}

/// As execute, and the timeline learns what units took on at once.
double Replayer::executeNoted(SmState &sm, SubCore &subCore, WarpState &warp,
                              uint32_t number, uint64_t time, Stall &stall) {
  double tensor = subCore.tensor.getFree(), access = sm.memory.getAccessEnd();
  double done = execute(sm, subCore, warp, number, time, stall);
  auto cycle = double(time);
  size_t parts = sm.subCores.size();
  note(sm, size_t(&subCore - sm.subCores.data()), number,
       std::max(tensor, cycle), subCore.tensor.getFree());
  note(sm, parts, number, std::max(access, cycle), sm.memory.getAccessEnd());
  return done;
}

/// What the instruction does to the units; when its results are there.
double Replayer::execute(SmState &sm, SubCore &subCore, WarpState &warp,
                         uint32_t number, uint64_t time, Stall &stall) {
  const Step &step = trace.steps[number];
  auto cycle = double(time);
  double done = cycle + 1;
  if (warp.repeated < step.extra.size()) {
    Math math = step.extra[warp.repeated];
    subCore.getPipe(chip, math).take(cycle, getCycles(chip, math));
    return done;
  }
  switch (step.role) {
  case Role::Math:
  case Role::Branch:
    if (step.math == Math::Shuffle) {
      stall = Stall::SharedLoad;
      return sm.memory.access.take(cycle, 1) + chip.shuffleLatency;
    }
    subCore.getPipe(chip, step.math).take(cycle, getCycles(chip, step.math));
    return cycle + getLatency(chip, step.math);
  case Role::Matrix: {
    double cost = getMatrixCycles(chip, step);
    double start = subCore.tensor.take(cycle, cost);
    stall = Stall::Product;
    return start + cost + chip.mmaLatency;
  }
  case Role::AsyncMatrix:
    queueProduct(sm, warp, number, time);
    warp.awaitsProducts = step.isChain;
    return done;
  case Role::CommitCopies:
    warp.copies.commit();
    return done;
  case Role::CommitBulk:
    warp.bulkReads.commit();
    warp.bulkWrites.commit();
    return done;
  case Role::CommitMatrix:
    warp.products.commit();
    wakeWarpgroup(warp, cycle);
    return done;
  case Role::Access:
  case Role::Copy:
  case Role::Bulk:
  case Role::Synchronise:
    for (const Fact &fact : warp.getFacts())
      done = std::max(done, executeFact(sm, warp, number, fact, time, stall));
    if (step.role == Role::Copy)
      warp.copies.add(done);
    return done;
  case Role::Free:
  case Role::WaitCopies:
  case Role::WaitBulk:
  case Role::WaitMatrix:
    return done;
  }
  return done;
}

double Replayer::executeFact(SmState &sm, WarpState &warp, uint32_t number,
                             const Fact &fact, uint64_t time, Stall &stall) {
  const Step &step = trace.steps[number];
  auto cycle = double(time);
  MemoryPath &memory = sm.memory;
  MemoryPath::Client &client = warp.cta->client;
  switch (fact.kind) {
  case Fact::Kind::Shared:
    stall = stall == Stall::GlobalLoad ? stall : Stall::SharedLoad;
    return memory.accessShared(cycle, fact.a, fact.isAtomic);
  case Fact::Kind::Remote:
    stall = Stall::SharedLoad;
    return memory.accessRemote(cycle, fact.a);
  case Fact::Kind::Local:
    stall = Stall::GlobalLoad;
    return memory.accessLocal(cycle, fact.a);
  case Fact::Kind::Global:
    stall = Stall::GlobalLoad;
    if (!fact.isWrite || fact.isAtomic)
      return memory.load(cycle, warp.getSectors(fact), client,
                         step.usesL1 && !fact.isAtomic, fact.isAtomic);
    memory.store(cycle, warp.getSectors(fact), client);
    return cycle + 1;
  case Fact::Kind::Transfer:
    if (step.role == Role::Access)
      tell(*warp.cta, fact,
           std::max(cycle, memory.remote.getFree()) + chip.remoteLatency);
    else
      queueTransfer(sm, warp, number, fact, time);
    return cycle + 1;
  case Fact::Kind::Arrive:
    synchronise(warp, fact, time);
    return cycle + 1;
  case Fact::Kind::Wait:
    return cycle + 1;
  case Fact::Kind::MbarrierWait:
    stall = Stall::Mbarrier;
    return memory.accessShared(cycle, 1, false);
  default:
    synchronise(warp, fact, time);
    return memory.accessShared(cycle, 1, false);
  }
}

void Replayer::synchronise(WarpState &warp, const Fact &fact, uint64_t time) {
  constexpr uint64_t kThreads = 32;
  CtaState &cta = *warp.cta;
  if (fact.kind == Fact::Kind::Arrive) {
    bool isCluster = fact.a >= kClusterBarrier;
    CountedBarrier &barrier =
        isCluster ? cta.cluster->barrier : cta.barriers[fact.a];
    uint64_t all =
        (isCluster ? cta.cluster->liveWarps : cta.liveWarps) * kThreads;
    warp.phases[std::min(fact.a, kClusterBarrier)] = barrier.phase;
    if (barrier.arrive(fact.c, fact.b, all, time))
      wake(barrier.waiters, time);
    return;
  }
  bool isMbarrier = fact.kind == Fact::Kind::MbarrierInit ||
                    fact.kind == Fact::Kind::MbarrierArrive ||
                    fact.kind == Fact::Kind::MbarrierComplete ||
                    fact.kind == Fact::Kind::MbarrierCopies;
  CtaState *owner = isMbarrier ? findOwner(cta, fact.a) : nullptr;
  if (!owner)
    return;
  PhasedBarrier &barrier = owner->mbarriers[fact.a];
  bool hasEnded = false;
  if (fact.kind == Fact::Kind::MbarrierInit)
    barrier.init(fact.b);
  else if (fact.kind == Fact::Kind::MbarrierArrive)
    hasEnded = barrier.arrive(fact.b, fact.c, fact.isDrop, time);
  else if (fact.kind == Fact::Kind::MbarrierComplete)
    hasEnded = barrier.complete(fact.c, time);
  else {
    if (fact.isHeld)
      barrier.hold(fact.b);
    // They are the warp's own accesses, so their end is known.
    double end = std::max(warp.copies.getEnd(-1).value(), double(time));
    dues.push({end, Due::Kind::Completion, 0, 0, {owner, fact.a, fact.b, 0}});
  }
  if (hasEnded)
    wake(barrier.waiters, time);
}
