//===- Cluster.cpp - barrier.cluster (PTX ISA 9.0, section 9.7.13.4) ------===//

#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;

/// Of an aligned instruction: all lanes of the warp, or wait for them.
static bool isWhole(Warp &warp, const Operation &operation) {
  return !operation.detail[0] || operation.guard != kNoRow ||
         warp.gather() == warp.getLive();
}

/// detail[1]: without release.
static Flow runArrive(Warp &warp, const Operation &operation, Mask active) {
  if (!isWhole(warp, operation))
    return Flow::Blocked;
  if (operation.guard == kNoRow)
    active = warp.path().lanes;
  Cluster &cluster = warp.getCta().getCluster();
  ClusterBarrier &barrier = cluster.barrier;
  bool check = warp.getCta().getGrid().getOptions().check;
  if (Mask again = warp.clusterArrived & active) {
    warp.find(FindingKind::DivergentBarrier, again,
              "arrives at the cluster's barrier twice in one phase");
    return Flow::Next;
  }
  warp.clusterArrived |= active;
  if (warp.recorder)
    warp.recorder->noteArrival(estimate::kClusterBarrier, 0, active,
                               warp.getLive());
  barrier.arrived += llvm::popcount(active);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    if (active >> lane & 1)
      warp.clusterPhase[lane] = barrier.phase + 1;
  if (check && !operation.detail[1]) {
    warp.getCta().mbarriers.release(warp.clocks, active);
    barrier.clock.arrive(warp.clocks, active, /*waits=*/false);
  }
  // A relaxed arrival releases what the lanes' last fences did.
  if (check && operation.detail[1])
    warp.clocks.forEachFence(active,
                             [&](SyncScope scope, const Knowledge &known) {
                               if (scope != SyncScope::Cta)
                                 barrier.fenced.join(known);
                             });
  cluster.getWorker().noteProgress();
  cluster.checkBarrier();
  return Flow::Next;
}

static Flow runWait(Warp &warp, const Operation &operation, Mask active) {
  if (!isWhole(warp, operation))
    return Flow::Blocked;
  if (operation.guard == kNoRow)
    active = warp.path().lanes;
  Cluster &cluster = warp.getCta().getCluster();
  ClusterBarrier &barrier = cluster.barrier;
  bool check = warp.getCta().getGrid().getOptions().check;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(active >> lane & 1))
      continue;
    if (warp.clusterPhase[lane] == 0) {
      warp.find(FindingKind::DivergentBarrier, Mask(1) << lane,
                "waits at the cluster's barrier without having arrived");
      return Flow::Next;
    }
    if (barrier.phase < warp.clusterPhase[lane])
      return Flow::Blocked;
  }
  if (check) {
    barrier.lastClock.receive(warp.clocks, active);
    warp.clocks.acquire(active, barrier.lastFenced);
  }
  if (warp.recorder)
    warp.recorder->noteWait(estimate::kClusterBarrier);
  // The next wait needs an arrival of its own.
  for (Mask rest = active; rest; rest &= rest - 1)
    warp.clusterPhase[llvm::countr_zero(rest)] = 0;
  return Flow::Next;
}

static bool decodeArrive(Decoder &decoder) {
  Operation &operation = decoder.operation();
  operation.run = runArrive;
  operation.detail[0] = decoder.match().has("aligned");
  operation.detail[1] = decoder.match().get("sem") == "relaxed";
  return true;
}

static bool decodeWait(Decoder &decoder) {
  Operation &operation = decoder.operation();
  operation.run = runWait;
  operation.detail[0] = decoder.match().has("aligned");
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getClusterDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::ClusterArrive, decodeArrive},
      {Semantics::ClusterWait, decodeWait},
  };
  return decoders;
}
